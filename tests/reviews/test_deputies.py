"""Does the deputy act in the absent person's place, as long as that is away and no further? (rules 2, 5 and 13)"""

import json
from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts import absences, grants
from accounts.choices import Access, Role
from accounts.permissions import Refused
from audit.models import Event
from reviews import decisions, deputies, findings, gate, ownership, signoffs, workflow
from reviews.choices import Duty, Finding, Outcome, Status
from reviews.models import Item, SignOff
from reviews.permissions import answers_for, can_answer, can_decide
from reviews.recurring import occurrences
from tests.cast import add_evidence, bring_to, item, record, settle, sign, submit
from tests.reviews.recurring import dates
from tests.reviews.test_four_eyes import row

DAYS = "1 to 14 October 2026"


@pytest.fixture(autouse=True)
def first_of_october():
    with time_machine.travel("2026-10-01T09:00:00Z", tick=False):
        yield


def away(who, deputy, first=1, last=14):
    return absences.plan(who, deputy, date(2026, 10, first), date(2026, 10, last), by=who)


def refused(act, words):
    with pytest.raises(PermissionDenied, match=words):
        act()
    assert SignOff.objects.count() == 0


def decide(review, by, outcome=Outcome.HOLD):
    shown = decisions.shown(gate.assess(review), to=by)
    return decisions.decide(review, by=by, outcome=outcome, reason="Too early.", shown=shown)


# Signing


def test_the_deputy_signs_and_it_is_printed_as_such(small, reviewer, evidence, ciso, legal):
    submit(item(small, 1), reviewer, evidence)
    away(ciso, legal)
    signed = sign(item(small, 1), by=legal)
    assert (signed.signer, signed.signer_name, signed.signer_role) == (
        legal,
        "Legal",
        f"CISO, by deputy (away {DAYS})",
    )
    assert str(signed) == f"Signed by Legal, CISO, by deputy (away {DAYS})"
    assert signed.meaning.startswith(f"As the deputy of CISO, away {DAYS}: I have read the cited evidence")
    assert json.loads(signed.content)["meaning"] == signed.meaning
    assert item(small, 1).status == Status.COMPLETE
    assert gate.assess(small).confirmed == 1
    event = Event.objects.get(event_type="item.sign")
    assert (event.actor_name, event.after["deputy_of"]) == ("Legal", f"CISO (away {DAYS})")


def test_the_absent_person_keeps_the_right_and_signs_as_ever(small, reviewer, evidence, ciso, legal):
    submit(item(small, 1), reviewer, evidence)
    away(ciso, legal)
    signed = sign(item(small, 1), by=ciso)
    assert (signed.signer_role, signed.meaning[:11]) == ("CISO", "I have read")
    assert "deputy_of" not in Event.objects.get(event_type="item.sign").after


def test_the_deputy_returns_and_withdraws_in_the_absent_persons_place(small, reviewer, evidence, ciso, legal):
    bring_to(small, Status.COMPLETE, by=reviewer, evidence=evidence)
    away(ciso, legal)
    signoffs.withdraw(item(small, 1), by=legal, reason="Misread.")
    assert SignOff.objects.last().signer_role == f"CISO, by deputy (away {DAYS})"
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    workflow.apply(workflow.RETURN, item(small, 1), by=legal, remark="Page 3 is missing.")
    for event_type in ("item.withdraw", "item.return"):
        assert Event.objects.get(event_type=event_type).after["deputy_of"] == f"CISO (away {DAYS})"


def test_a_deputy_who_works_on_an_item_does_it_as_anybody_does(small, reviewer, evidence, ciso, legal):
    away(ciso, legal)
    submit(item(small, 1), legal, evidence)
    assert "deputy_of" not in Event.objects.get(event_type="item.submit").after


def test_before_and_after_the_absence_the_deputy_is_anybody(small, reviewer, evidence, ciso, legal):
    submit(item(small, 1), reviewer, evidence)
    away(ciso, legal, 2, 3)
    words = "Only the owner, CISO, may do this"
    refused(lambda: sign(item(small, 1), by=legal), words)
    with time_machine.travel("2026-10-04T00:00:01Z"):
        refused(lambda: sign(item(small, 1), by=legal), words)
    with time_machine.travel("2026-10-03T23:59:59Z"):
        assert sign(item(small, 1), by=legal).signer == legal


def test_a_cancelled_absence_ends_the_right_at_once(small, reviewer, evidence, ciso, legal):
    submit(item(small, 1), reviewer, evidence)
    absence = away(ciso, legal)
    shown = signoffs.shown(item(small, 1), to=legal)
    absences.cancel(absence, by=ciso)
    refused(lambda: signoffs.sign(item(small, 1), by=legal, shown=shown), "Only the owner, CISO, may")


def test_rule_06_a_deputy_of_other_days_than_were_shown_looks_again(small, reviewer, evidence, ciso, legal):
    submit(item(small, 1), reviewer, evidence)
    absence = away(ciso, legal)
    shown = signoffs.shown(item(small, 1), to=legal)
    absences.cancel(absence, by=ciso)
    away(ciso, legal, 1, 7)
    with pytest.raises(signoffs.Changed) as changed:
        signoffs.sign(item(small, 1), by=legal, shown=shown)
    assert [what for what, _, _ in changed.value.differences] == ["The words of the signature"]


def test_nothing_is_printed_for_somebody_who_does_not_act_any_more(ciso, legal):
    """Who was let through and then lost the right in the same moment does not sign as the owner."""
    for ask in (lambda: deputies.as_printed("CISO", user=legal, holder=ciso), lambda: deputies.noted(legal, ciso)):
        with pytest.raises(Refused, match="you do not act for CISO any more"):
            ask()


def test_the_deputys_deputy_acts_and_the_deputy_does_not(
    small, reviewer, evidence, ciso, legal, privacy_officer, compliance_officer
):
    submit(item(small, 1), reviewer, evidence)
    away(ciso, legal)
    away(legal, privacy_officer)
    assert not answers_for(legal, ciso)
    assert not answers_for(compliance_officer, ciso)
    refused(lambda: sign(item(small, 1), by=legal), "CISO \\(away until 14 October 2026, Privacy officer acts\\)")
    assert sign(item(small, 1), by=privacy_officer).signer_role == f"CISO, by deputy (away {DAYS})"


def test_the_longest_role_and_the_longest_absence_fit_into_the_column(
    small, reviewer, evidence, compliance_officer, legal, lead
):
    ownership.assign(small, Role.LEGAL, to=None, by=lead)
    ownership.hand_over([item(small, 7)], to=compliance_officer, by=lead)
    submit(item(small, 7), reviewer, evidence)
    absences.plan(compliance_officer, legal, date(2026, 10, 1), date(2027, 9, 30), by=compliance_officer)
    signed = sign(item(small, 7), by=legal)
    assert signed.signer_role == "Compliance officer, by deputy (away 1 October 2026 to 30 September 2027)"
    longest = "Compliance officer, by deputy (away 30 September 2026 to 28 September 2027)"
    assert len(longest) <= SignOff._meta.get_field("signer_role").max_length


# What a deputy may not


def test_a_deputy_without_access_of_their_own_signs_nothing(small, vendor, reviewer, evidence, ciso, legal):
    submit(item(small, 1), reviewer, evidence)
    away(ciso, legal)
    grants.take(legal, Access.SIGN, vendor)
    refused(
        lambda: sign(item(small, 1), by=legal),
        "You act for CISO and have no stakeholder's access to this vendor yourself",
    )
    assert not can_decide(legal, small)


def test_being_a_deputy_opens_no_vendor(small, reviewer, evidence, ciso, stranger):
    away(ciso, stranger)
    assert Item.objects.visible_to(stranger).count() == 0
    assert not can_answer(stranger, item(small, 1))


def deputy_submitted(small, reviewer, vendor, deputy):
    submit(item(small, 1), deputy, add_evidence(vendor, reviewer))
    return "You submitted this item"


def deputy_found(small, reviewer, vendor, deputy):
    record(item(small, 1), deputy)
    findings.cite(item(small, 1), add_evidence(vendor, reviewer), by=reviewer)
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    return "You wrote this finding"


def deputy_uploaded(small, reviewer, vendor, deputy):
    submit(item(small, 1), reviewer, add_evidence(vendor, deputy))
    return "You uploaded the cited evidence"


@pytest.mark.parametrize("work", [deputy_submitted, deputy_found, deputy_uploaded])
def test_rule_05_a_deputy_signs_nothing_of_their_own(small, reviewer, vendor, ciso, legal, work):
    """In the domain and, whatever is printed as the role, in the database."""
    words = work(small, reviewer, vendor, legal)
    away(ciso, legal)
    refused(lambda: sign(item(small, 1), by=legal), words)
    as_deputy = row(item(small, 1), legal, signer_role=f"CISO, by deputy (away {DAYS})", submitted_by=reviewer)
    with pytest.raises(IntegrityError, match="four eyes"), transaction.atomic():
        as_deputy.save()
    assert sign(item(small, 1), by=ciso).signer == ciso


def test_rule_05_what_the_absent_person_submitted_is_signed_by_the_deputy_who_is_another(
    small, reviewer, evidence, ciso, legal
):
    submit(item(small, 1), ciso, evidence)
    away(ciso, legal)
    refused(lambda: sign(item(small, 1), by=ciso), "You submitted this item")
    assert sign(item(small, 1), by=legal).signer == legal


def test_rule_05_each_the_others_deputy_is_no_way_to_sign_the_own_work(small, evidence, ciso, legal):
    """Whichever of two is away, whoever did the work never signs it."""
    for number in (1, 7):  # the CISO's, legal's
        submit(item(small, number), ciso, evidence)
    first = away(ciso, legal)
    refused(lambda: sign(item(small, 1), by=ciso), "You submitted this item")
    refused(lambda: sign(item(small, 7), by=ciso), "Only the owner, Legal, may")
    absences.cancel(first, by=ciso)
    away(legal, ciso)
    refused(lambda: sign(item(small, 1), by=ciso), "You submitted this item")
    refused(lambda: sign(item(small, 7), by=ciso), "You submitted this item")
    away(ciso, legal)
    refused(lambda: sign(item(small, 1), by=legal), "CISO \\(away until 14 October 2026, nobody acts\\), may")


# Deciding


def test_rule_13_the_deputy_of_the_ciso_decides_and_it_is_printed_as_such(small, ciso, legal):
    away(ciso, legal)
    decision = decide(small, legal)
    assert (decision.signer_name, decision.signer_role) == ("Legal", f"CISO, by deputy (away {DAYS})")
    assert decision.meaning == (
        f"As the deputy of CISO, away {DAYS}: I have read this review's recommendation "
        "and hold the deployment Claude Enterprise."
    )
    assert json.loads(decision.content)["meaning"] == decision.meaning
    event = Event.objects.get(event_type="review.decided")
    assert (event.actor_name, event.after) == ("Legal", {"outcome": "Hold", "deputy_of": f"CISO (away {DAYS})"})


def test_rule_13_the_deputys_right_to_decide_ends_with_the_absence(small, ciso, legal, privacy_officer):
    absence = away(ciso, legal)
    with pytest.raises(PermissionDenied, match="CISO \\(away until 14 October 2026, Legal acts\\), decides"):
        decide(small, privacy_officer)
    absences.cancel(absence, by=ciso)
    with pytest.raises(PermissionDenied, match="Only the review's CISO, CISO, decides"):
        decide(small, legal)


def test_rule_13_a_deputy_decides_nothing_over_their_own_work(small, ciso, legal):
    submit(item(small, 1), legal, finding=Finding.NOT_APPLICABLE)
    sign(item(small, 1))
    away(ciso, legal)
    with pytest.raises(
        Refused, match="You submitted, found, settled the sources of or uploaded evidence for statement 1"
    ):
        decide(small, legal)
    assert decide(small, ciso).signer == ciso


def test_rule_13_a_deputy_of_other_days_than_were_shown_decides_nothing(small, ciso, legal):
    absence = away(ciso, legal)
    shown = decisions.shown(gate.assess(small), to=legal)
    absences.cancel(absence, by=ciso)
    away(ciso, legal, 1, 7)
    with pytest.raises(Refused, match="the words to sign are others by now"):
        decisions.decide(small, by=legal, outcome=Outcome.HOLD, reason="Too early.", shown=shown)
    assert not small.decisions.exists()


@pytest.fixture
def condition(small, reviewer, lead, ciso, privacy_officer):
    """Approved, with one condition that the privacy officer has to meet."""
    settle(small, range(1, 13), reviewer, finding=Finding.NOT_APPLICABLE)
    shown = decisions.shown(gate.assess(small), to=ciso)
    terms = [("Get the letter.", privacy_officer, date(2026, 12, 1))]
    decided = decisions.decide(
        small, by=ciso, outcome=Outcome.CONDITIONAL, reason="Nearly.", shown=shown, conditions=terms
    )
    return decided.conditions.get()


def test_the_deputy_of_a_conditions_owner_meets_it(condition, privacy_officer, legal):
    with pytest.raises(PermissionDenied):
        decisions.meet(condition, by=legal, note="It is here.")
    away(privacy_officer, legal)
    decisions.meet(condition, by=legal, note="It is here.")
    condition.refresh_from_db()
    assert condition.met_by == legal
    assert Event.objects.get(event_type="condition.met").after == {
        "met": True,
        "deputy_of": f"Privacy officer (away {DAYS})",
    }


def test_a_deputy_without_access_meets_no_condition(condition, privacy_officer, reviewer):
    away(privacy_officer, reviewer)
    with pytest.raises(PermissionDenied):
        decisions.meet(condition, by=reviewer, note="It is here.")


def test_the_deputy_of_the_ciso_meets_it_in_the_cisos_place(condition, ciso, legal):
    away(ciso, legal)
    decisions.meet(condition, by=legal, note="It is here.")
    assert Event.objects.get(event_type="condition.met").after == {"met": True, "deputy_of": f"CISO (away {DAYS})"}


def test_the_owner_of_a_condition_meets_it_as_themselves_whoever_they_act_for(condition, ciso, privacy_officer):
    away(ciso, privacy_officer)
    decisions.meet(condition, by=privacy_officer, note="It is here.")
    assert Event.objects.get(event_type="condition.met").after == {"met": True}


# What recurs


@pytest.fixture
def recorded(vendor, lead, reviewer, ciso):
    """A drill that the CISO owns and signs, recorded by the reviewer."""
    occurrence = dates.first_open(dates.add(vendor, lead, duty=Duty.DRILL, owner=ciso, first_on=date(2026, 10, 1)))
    return dates.record(occurrence, reviewer, done_on=date(2026, 10, 1))


def test_the_deputy_signs_a_completion_and_it_is_printed_as_such(recorded, ciso, legal):
    away(ciso, legal)
    signed = dates.sign(recorded.occurrence, legal)
    assert signed.signer_role == f"CISO, by deputy (away {DAYS})"
    assert signed.meaning.startswith(f"As the deputy of CISO, away {DAYS}: I have read what was recorded of")
    said = Event.objects.get(event_type="occurrence.done").after
    assert said == {"done_on": "2026-10-01", "result": "passed", "deputy_of": f"CISO (away {DAYS})"}


def test_the_owner_signs_a_completion_as_ever(recorded, ciso, legal):
    away(ciso, legal)
    signed = dates.sign(recorded.occurrence, ciso)
    assert (signed.signer_role, signed.meaning[:11]) == ("CISO", "I have read")
    assert "deputy_of" not in Event.objects.get(event_type="occurrence.done").after


def test_rule_06_a_deputy_of_other_days_than_were_shown_signs_no_completion(recorded, ciso, legal):
    absence = away(ciso, legal)
    shown = occurrences.shown(recorded, to=legal)
    absences.cancel(absence, by=ciso)
    away(ciso, legal, 1, 7)
    with pytest.raises(Refused, match="the words to sign are others by now"):
        occurrences.sign(recorded.occurrence, by=legal, shown=shown)
