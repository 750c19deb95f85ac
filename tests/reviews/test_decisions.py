"""What may be decided over which gate, and how long does it hold? (rules 11 and 13)"""

import json
from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import grants
from accounts.choices import Access, Role
from accounts.permissions import Refused
from audit.models import Event
from evidence import library
from reviews import decisions, gate, mywork, opening, ownership, signoffs, workflow
from reviews.choices import Finding, Outcome
from reviews.models import Checklist, Condition, Decision
from tests.cast import add_evidence, item, pdf, record, settle, sign
from tests.reviews.again import again
from tests.reviews.conftest import fresh

SOON = timedelta(days=30)


@pytest.fixture
def owing(legal):
    """One condition, as `decide` takes them."""
    return [("Add the annex to the contract.", legal, timezone.localdate() + SOON)]


def decide(review, by, outcome, conditions=(), reason="Because of what was read."):
    shown = decisions.shown(gate.assess(review), to=by)
    return decisions.decide(review, by=by, outcome=outcome, reason=reason, shown=shown, conditions=conditions)


def approval(review):
    review = fresh(review)
    return gate.approval(gate.assess(review), decisions.last_decision(review))


@pytest.fixture
def at_go(small, reviewer, evidence):
    settle(small, range(1, 11), reviewer, evidence)
    return small


@pytest.fixture
def at_conditional(small, reviewer, evidence):
    Checklist.objects.filter(pk=small.checklist_id).update(go_at=12)
    settle(small, range(1, 11), reviewer, evidence)
    settle(small, [11, 12], reviewer, finding=Finding.UNCONFIRMED)
    return fresh(small)


@pytest.fixture
def at_escalation(small, reviewer):
    settle(small, [1, 2, 3], reviewer, finding=Finding.UNCONFIRMED)
    return small


POSSIBLE = {
    "small": {Outcome.HOLD, Outcome.REFUSE},
    "at_go": {Outcome.GO, Outcome.CONDITIONAL, Outcome.HOLD, Outcome.REFUSE},
    "at_conditional": {Outcome.CONDITIONAL, Outcome.HOLD, Outcome.ESCALATE, Outcome.REFUSE},
    "at_escalation": {Outcome.HOLD, Outcome.ESCALATE, Outcome.REFUSE},
}


@pytest.mark.parametrize("stage", POSSIBLE)
def test_rule_13_an_approval_needs_its_ground_and_caution_never_does(request, ciso, owing, stage):
    review = request.getfixturevalue(stage)
    offered = {outcome for outcome, why in decisions.possible(gate.assess(review)).items() if not why}
    assert offered == POSSIBLE[stage]
    for outcome in Outcome:
        conditions = owing if outcome == Outcome.CONDITIONAL else ()
        if outcome in offered:
            assert decide(review, ciso, outcome, conditions).outcome == outcome
        else:
            with pytest.raises(Refused):
                decide(review, ciso, outcome, conditions)
    assert Decision.objects.count() == len(offered)


def test_rule_13_a_decision_records_the_inputs_of_the_gate_as_they_were(at_go, ciso, evidence, reviewer):
    decision = decide(at_go, ciso, Outcome.GO)
    library.add_version(evidence, by=reviewer, upload=pdf("newer"))
    content = json.loads(Decision.objects.get().content)
    assert content["sum"] == "10 confirmed + 0 not applicable = 10 of 12"
    assert (content["needed"], content["escalate_at"], content["recommendation"]) == (10, 3, "go")
    assert content["items"][0] == [1, "confirmed", item(at_go, 1).signoffs.get().digest]
    assert content["items"][11] == [12, "unowned", ""]
    assert (decision.signer_name, decision.signer_role, decision.recommendation) == ("CISO", "CISO", "go")
    assert decision.meaning.endswith("approve the deployment Claude Enterprise.")
    assert decision.meaning == content["meaning"]


def test_rule_13_the_escalation_names_the_account_team(at_escalation, vendor, ciso):
    from vendors.models import Contact

    Contact.objects.create(vendor=vendor, name="Account team", email="team@example.com", is_account_team=True)
    decision = decide(at_escalation, ciso, Outcome.ESCALATE)
    assert json.loads(decision.content)["escalated_to"] == ["Account team team@example.com"]


@pytest.mark.parametrize("name", ["lead", "reviewer", "legal", "auditor", "administrator", "stranger"])
def test_rule_13_only_the_reviews_ciso_decides(small, request, name):
    person = request.getfixturevalue(name)
    with pytest.raises(PermissionDenied, match="Only the review's CISO, CISO, decides"):
        decide(small, person, Outcome.HOLD)


def test_rule_13_without_a_ciso_nobody_decides(deployment, twelve, lead, ciso):
    review = opening.open_review(deployment, twelve, by=lead)
    with pytest.raises(PermissionDenied, match="Nobody holds the CISO's role"):
        decide(review, ciso, Outcome.HOLD)


def test_rule_13_a_ciso_without_access_decides_nothing(small, ciso, vendor):
    grants.take(ciso, Access.SIGN, vendor)
    with pytest.raises(PermissionDenied, match="no longer have"):
        decide(small, ciso, Outcome.HOLD)


def test_rule_13_somebody_else_in_the_role_decides_where_the_ciso_did_the_work(at_go, lead, ciso, legal):
    signoffs.withdraw(item(at_go, 7), by=legal, reason="Misread.")
    settle(at_go, [7], ciso, finding=Finding.NOT_APPLICABLE)
    with pytest.raises(Refused, match="for statement 7"):
        decide(at_go, ciso, Outcome.HOLD)
    ownership.assign(at_go, Role.CISO, to=legal, by=lead)
    assert decide(fresh(at_go), legal, Outcome.GO).signer_name == "Legal"


@pytest.mark.parametrize("reason", ["", " \n "])
def test_rule_13_a_decision_says_why(small, ciso, reason):
    with pytest.raises(Refused, match="Say in a sentence why"):
        decide(small, ciso, Outcome.HOLD, reason=reason)


# Conditions


def test_rule_11_an_approval_with_conditions_needs_one(at_conditional, ciso):
    with pytest.raises(Refused, match="needs at least one condition, with an owner and a date"):
        decide(at_conditional, ciso, Outcome.CONDITIONAL)


def test_rule_11_a_condition_has_an_owner_and_a_date_that_is_not_past(at_conditional, ciso, legal):
    yesterday = timezone.localdate() - timedelta(days=1)
    with pytest.raises(Refused, match="cannot be in the past"):
        decide(at_conditional, ciso, Outcome.CONDITIONAL, [("Do it.", legal, yesterday)])
    decision = decide(at_conditional, ciso, Outcome.CONDITIONAL, [("Do it.", legal, timezone.localdate())])
    condition = decision.conditions.get()
    assert (condition.text, condition.owner, condition.due_on) == ("Do it.", legal, timezone.localdate())
    assert json.loads(decision.content)["conditions"] == [["Do it.", "Legal", timezone.localdate().isoformat()]]


@pytest.mark.parametrize("outcome", [Outcome.HOLD, Outcome.REFUSE, Outcome.GO])
def test_conditions_belong_to_an_approval_with_conditions(at_go, ciso, owing, outcome):
    with pytest.raises(Refused, match="belong to an approval with conditions"):
        decide(at_go, ciso, outcome, owing)
    assert Condition.objects.count() == 0


def test_rule_11_an_overdue_condition_takes_the_approval_back_to_hold(at_conditional, ciso, legal):
    due = timezone.localdate() + timedelta(days=10)
    with time_machine.travel(due - timedelta(days=10)):
        decide(at_conditional, ciso, Outcome.CONDITIONAL, [("Add the annex.", legal, due)])
    with time_machine.travel(due):
        assert (approval(at_conditional).holds, approval(at_conditional).label) == (True, "Approved with conditions")
    with time_machine.travel(due + timedelta(days=1)):
        held = approval(at_conditional)
        assert (held.holds, held.label) == (False, "Approval on hold")
        assert held.why == f"Condition overdue since {due:%-d %B %Y}: Add the annex."
        decisions.meet(Condition.objects.get(), by=legal, note="It is signed.")
        assert approval(at_conditional).holds


def test_rule_11_a_later_decision_replaces_the_earlier_ones_conditions(at_conditional, ciso, legal):
    tomorrow = timezone.localdate() + timedelta(days=1)
    decide(at_conditional, ciso, Outcome.CONDITIONAL, [("First.", legal, tomorrow)])
    decide(at_conditional, ciso, Outcome.CONDITIONAL, [("Second.", legal, tomorrow + SOON)])
    assert [condition.text for condition in Condition.objects.in_force()] == ["Second."]
    with time_machine.travel(tomorrow + timedelta(days=1)):
        assert approval(at_conditional).holds
    assert list(Decision.objects.values_list("number", flat=True)) == [1, 2]


def test_rule_13_a_later_decision_replaces_an_approval(at_go, ciso):
    decide(at_go, ciso, Outcome.GO)
    assert approval(at_go).holds
    decide(at_go, ciso, Outcome.HOLD, reason="A new incident.")
    assert (approval(at_go).holds, approval(at_go).label, approval(at_go).why) == (False, "Hold", "A new incident.")


def test_rule_12_an_approval_holds_only_while_the_gate_carries_it(at_go, ciso, evidence, reviewer):
    decide(at_go, ciso, Outcome.GO)
    library.add_version(evidence, by=reviewer, upload=pdf("newer"))
    held = approval(at_go)
    assert (held.holds, held.label) == (False, "Approval on hold")
    assert held.why == "The gate has moved since: 0 of the 10 needed are satisfied; 12 are not decided."


def test_nothing_decided_is_no_approval(at_go):
    assert approval(at_go) is None


@pytest.mark.parametrize(("name", "may"), [("legal", True), ("ciso", True), ("reviewer", False), ("lead", False)])
def test_a_condition_is_met_by_its_owner_or_the_ciso(request, at_conditional, ciso, owing, name, may):
    condition = decide(at_conditional, ciso, Outcome.CONDITIONAL, owing).conditions.get()
    person = request.getfixturevalue(name)
    if may:
        decisions.meet(condition, by=person, note="Signed on Monday.")
        condition.refresh_from_db()
        assert (condition.met_by, condition.met_note) == (person, "Signed on Monday.")
        with pytest.raises(Refused, match="met already"):
            decisions.meet(condition, by=person, note="Again.")
    else:
        with pytest.raises(PermissionDenied):
            decisions.meet(condition, by=person, note="Signed on Monday.")


def test_a_condition_is_met_in_words(at_conditional, ciso, owing):
    condition = decide(at_conditional, ciso, Outcome.CONDITIONAL, owing).conditions.get()
    with pytest.raises(Refused, match="Say how"):
        decisions.meet(condition, by=ciso, note=" ")


def test_rule_24_a_decision_is_an_event_with_its_hash(at_go, ciso):
    decision = decide(at_go, ciso, Outcome.GO)
    event = Event.objects.newest_first().first()
    assert (event.event_type, event.actor_name, event.approved_by) == ("review.decided", "CISO", "CISO")
    assert event.content_hash == f"sha256:{decision.digest}"
    assert event.before == {"recommendation": "Go", "sum": "10 confirmed + 0 not applicable = 10 of 12"}
    assert event.after == {"outcome": "Go: approved"}


# What was shown is what is decided over


def hold(small, ciso, seen, **values):
    values = {"outcome": Outcome.HOLD, "reason": "Too early.", **values}
    return decisions.decide(small, by=ciso, shown=seen, **values)


def signed_over_a_newer_version(small, reviewer, vendor, evidence, ciso):
    library.add_version(evidence, by=reviewer, upload=pdf("newer"))


def signed_over_withdrawn_evidence(small, reviewer, vendor, evidence, ciso):
    library.withdraw(evidence, by=reviewer, reason="A draft.")


def signed_over_corrected_dates(small, reviewer, vendor, evidence, ciso):
    library.correct(evidence, by=reviewer, issued_on=date(2024, 1, 1))


def withdrawn_sign_off(small, reviewer, vendor, evidence, ciso):
    signoffs.withdraw(item(small, 1), by=ciso, reason="Misread.")


def signed_again_with_other_notes(small, reviewer, vendor, evidence, ciso):
    withdrawn_sign_off(small, reviewer, vendor, evidence, ciso)
    record(item(small, 1), reviewer, notes="Other notes.")
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    sign(item(small, 1))


def one_more_signed(small, reviewer, vendor, evidence, ciso):
    settle(small, [3], reviewer, add_evidence(vendor, reviewer, "Certificate"))


@pytest.mark.parametrize(
    ("change", "number"),
    [
        (signed_over_a_newer_version, 1),
        (signed_over_withdrawn_evidence, 1),
        (signed_over_corrected_dates, 1),
        (withdrawn_sign_off, 1),
        (signed_again_with_other_notes, 1),
        (one_more_signed, 3),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_rule_13_a_decision_over_a_gate_that_moved_is_refused(small, reviewer, vendor, evidence, ciso, change, number):
    settle(small, [1], reviewer, evidence)
    seen = decisions.shown(gate.assess(small), to=ciso)
    change(small, reviewer, vendor, evidence, ciso)
    with pytest.raises(Refused, match=f"Statement {number} changed while you were reading"):
        hold(small, ciso, seen)
    assert Decision.objects.count() == 0


def test_rule_13_a_forged_foreign_or_others_form_decides_nothing(small, deployment, twelve, review, lead, ciso, legal):
    assessed = gate.assess(small)
    for forged in ("", "nothing", decisions.shown(assessed, to=ciso)[:-1]):
        with pytest.raises(Refused, match="did not say what it showed"):
            hold(small, ciso, forged)
    other = opening.open_review(deployment, twelve, by=lead, holders={"ciso": ciso})
    for wrong in (
        decisions.shown(assessed, to=legal),
        decisions.shown(gate.assess(other), to=ciso),
        decisions.shown(gate.assess(review), to=ciso),
    ):
        with pytest.raises(Refused, match="another review, or was shown to somebody else"):
            hold(small, ciso, wrong)
    assert Decision.objects.count() == 0


def test_rule_13_a_second_click_decides_nothing(small, ciso):
    seen = decisions.shown(gate.assess(small), to=ciso)
    hold(small, ciso, seen)
    with pytest.raises(Refused, match="a decision was recorded since you opened the page"):
        hold(small, ciso, seen)
    assert Decision.objects.count() == 1


def test_conditions_of_a_replaced_approval_wait_for_nobody(small, lead, legal, reviewer):
    settle(small, range(1, 13), reviewer, finding=Finding.NOT_APPLICABLE)
    again.decide(small, Outcome.CONDITIONAL, [("Get the letter.", legal, timezone.localdate())])
    assert [each.text for each in mywork.conditions(legal)] == ["Get the letter."]
    later = again.prepared(small.deployment, lead)
    assert [each.text for each in mywork.conditions(legal)] == ["Get the letter."]
    again.decide(later, Outcome.HOLD)
    assert mywork.conditions(legal) == []
