"""How is a check set aside, and taken up again? With a reason that stays on record; it holds while the facts are the same."""

from django.db import transaction
from django.utils import timezone

from accounts.permissions import Refused, ask
from reviews import checks, events
from reviews.models import Dismissal, Review
from reviews.permissions import can_dismiss


@transaction.atomic
def dismiss(review, *, by, key, subject, fingerprint, reason):
    """Set aside what a check says of the review, as it was shown (`fingerprint`).

    One that was given for other facts ends with it. Raises Refused when the check no longer says that, or says nothing.
    """
    review = _lock(review)
    ask(can_dismiss(by, review))
    if not reason.strip():
        raise Refused("Say why this check is set aside. The reason is kept.")
    fired = next((each for each in checks.of(review) if (each.key, each.subject) == (key, subject)), None)
    if fired is None:
        raise Refused("This check does not fire any more: there is nothing to set aside.")
    if fired.dismissal:
        raise Refused(f"{fired.dismissal.by.name} has set this aside already.")
    if fired.fingerprint != fingerprint:
        raise Refused(f"Not set aside: it says something else by now. {fired.why}")
    now = timezone.now()
    if fired.earlier:
        _end(fired.earlier, by, now)
    row = Dismissal.objects.create(
        review=review,
        check_key=key,
        subject=subject,
        fired=fired.why,
        fingerprint=fingerprint,
        reason=reason.strip(),
        by=by,
        at=now,
    )
    _note("check.dismissed", row, review, by, fired.title, reason=row.reason)
    return row


@transaction.atomic
def revoke(dismissal, *, by):
    """Take the check up again. Raises Refused when that was done already."""
    review = _lock(dismissal.review)
    ask(can_dismiss(by, review))
    row = Dismissal.objects.select_for_update().get(pk=dismissal.pk)
    if row.revoked_at:
        raise Refused("It is taken up again already.")
    _end(row, by, timezone.now())
    _note("check.taken_up", row, review, by, checks.title_of(row.check_key))
    return row


def _lock(review):
    """Two people who set the same aside come one after the other."""
    Review.objects.select_for_update().get(pk=review.pk)
    return Review.objects.with_context().get(pk=review.pk)


def _end(row, by, now):
    row.revoked_at, row.revoked_by = now, by
    row.save(update_fields=["revoked_at", "revoked_by"])


def _note(event_type, row, review, by, title, **extra):
    said = {"check": row.check_key, "subject": row.subject, "fired": row.fired}
    events.record(event_type, review, review=review, by=by, about=title, after=said, **extra)
