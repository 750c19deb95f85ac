"""Does a check that was set aside stay so while its facts are the same, and ask again when they change?"""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.permissions import Refused
from audit.models import Event
from reviews import checks, dismissals, ownership
from reviews.models import Dismissal
from tests.cast import item
from tests.reviews.conftest import fresh


def only(review, key="unowned"):
    [found] = [each for each in checks.of(fresh(review)) if each.key == key]
    return found


def set_aside(review, by, reason="Nobody needs it."):
    each = only(review)
    return dismissals.dismiss(
        review, by=by, key=each.key, subject=each.subject, fingerprint=each.fingerprint, reason=reason
    )


def test_it_holds_while_the_facts_are_the_same_and_says_what_it_was_about(small, lead):
    row = set_aside(small, lead)
    assert only(small).dismissal == row
    assert (row.fired, row.reason) == ("Statement 12 has no owner, so nobody can sign there.", "Nobody needs it.")
    assert "unowned" not in {each.key for each in checks.asking(checks.of(fresh(small)))}
    event = Event.objects.get(event_type="check.dismissed")
    assert (event.reason, event.after["fired"]) == (row.reason, row.fired)


def test_it_fires_again_when_the_facts_change_and_is_set_aside_anew(small, lead, legal):
    first = set_aside(small, lead)
    legal.is_active = False
    legal.save()
    again = only(small)
    assert (again.dismissal, again.earlier) == (None, first)
    second = set_aside(small, lead, "Legal comes back.")
    first.refresh_from_db()
    assert (first.revoked_by, only(small).dismissal) == (lead, second)


def test_it_is_taken_up_again_once(small, lead, ciso):
    row = set_aside(small, lead)
    dismissals.revoke(row, by=ciso)
    assert only(small).dismissal is None
    with pytest.raises(Refused, match="taken up again already"):
        dismissals.revoke(row, by=ciso)
    assert Event.objects.filter(event_type="check.taken_up").count() == 1


def test_what_it_no_longer_says_is_not_set_aside(small, lead, legal):
    seen = only(small)
    said = {"by": lead, "key": seen.key, "subject": "", "fingerprint": seen.fingerprint}
    with pytest.raises(Refused, match="Say why"):
        dismissals.dismiss(small, reason=" ", **said)
    with pytest.raises(Refused, match="it says something else by now"):
        dismissals.dismiss(small, reason="x", **said | {"fingerprint": "of other facts"})
    set_aside(small, lead)
    with pytest.raises(Refused, match="Lead has set this aside already"):
        dismissals.dismiss(small, reason="x", **said)
    ownership.hand_over([item(small, 12)], to=legal, by=lead)
    with pytest.raises(Refused, match="does not fire any more"):
        dismissals.dismiss(small, reason="x", **said)


def test_the_lead_and_the_ciso_set_aside_and_nobody_else(small, lead, ciso, legal, reviewer, auditor):
    for who in (legal, reviewer, auditor):
        with pytest.raises(PermissionDenied, match="Only the review lead or the review's CISO"):
            set_aside(small, who)
    dismissals.revoke(set_aside(small, ciso), by=lead)
    assert Dismissal.objects.count() == 1
