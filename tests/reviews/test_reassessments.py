"""Does a re-assessment look at what it must, inherit without counting, and rest on the remainder? (rules 8, 20, 21)"""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts import grants
from accounts.choices import Access, Role
from audit.models import Event
from reviews import decisions, gate, ownership, reassessments
from reviews.choices import Duty, Finding, Kind, ObligationState, Outcome, State, Status, Unit
from reviews.models import Obligation, Occurrence, Reassessment, Review
from tests.at_once import at_once
from tests.cast import item, settle
from tests.reviews.conftest import fresh

IN_10_DAYS = timezone.localdate() + timedelta(days=10)


def decide(review, outcome=Outcome.GO, conditions=()):
    review = fresh(review)
    ciso = review.holders["ciso"]
    shown = decisions.shown(gate.assess(review), to=ciso)
    return decisions.decide(
        review, by=ciso, outcome=outcome, reason="Because of what was read.", shown=shown, conditions=conditions
    )


def due(deployment, owner, on=IN_10_DAYS, duty=Duty.QUARTERLY_REVIEW):
    """A date of an obligation in force."""
    obligation = Obligation.objects.create(
        vendor=deployment.vendor,
        deployment=deployment,
        duty=duty,
        title=Duty(duty).label,
        owner=owner,
        unit=Unit.QUARTER,
        first_on=on,
        state=ObligationState.ACTIVE,
    )
    return Occurrence.objects.create(obligation=obligation, number=0, planned_on=on, due_on=on)


@pytest.fixture
def approved(small, reviewer, evidence):
    """Ten confirmed of twelve, 11 not applicable, 12 without an owner; approved."""
    settle(small, range(1, 11), reviewer, evidence)
    settle(small, [11], reviewer, finding=Finding.NOT_APPLICABLE)
    decide(small)
    return fresh(small)


@pytest.fixture
def quarterly(approved, lead):
    return partial(prepared, approved.deployment, lead)


def prepared(deployment, lead, **kwargs):
    return fresh(reassessments.prepare(due(deployment, lead, **kwargs)))


def numbers(review):
    return sorted(review.items.values_list("statement__number", flat=True))


def resting(review):
    return sorted(review.again.rests_on.values_list("statement__number", flat=True))


def states(review):
    assessed = gate.assess(fresh(review))
    return {each.number: assessed.states[each.pk] for each in assessed.items}


# Prepared


def test_a_quarterly_one_looks_at_what_is_not_settled_and_rests_on_the_remainder(quarterly, approved):
    review = quarterly()
    assert (review.kind, review.again.previous, review.again.first) == (Kind.QUARTERLY, approved, approved)
    assert numbers(review) == [12]
    assert resting(review) == list(range(1, 12))
    assert item(review, 12).why_again == ["It was not settled: no owner."]
    assert gate.assess(review).sum_in_words == "10 confirmed + 1 not applicable = 11 of 12"


def test_an_annual_one_looks_at_everything_and_counts_nothing_of_it(quarterly, approved):
    review = quarterly(duty=Duty.ANNUAL_REVIEW)
    assert numbers(review) == list(range(1, 13))
    assert resting(review) == []
    assert states(review) == dict.fromkeys(range(1, 12), State.INHERITED) | {12: State.UNOWNED}
    assessed = gate.assess(review)
    assert (assessed.satisfied, assessed.decided, assessed.recommendation) == (0, 0, gate.Recommendation.IN_REVIEW)
    assert item(review, 1).why_again == ["An annual re-assessment looks at every statement again."]


def test_what_is_inherited_is_what_was_found_and_nothing_of_the_signature(quarterly, approved, evidence, reviewer):
    before, now = item(approved, 1), item(quarterly(duty=Duty.ANNUAL_REVIEW), 1)
    for name in ("finding", "reason", "asked", "asked_of", "notes", "finding_by", "role"):
        assert getattr(now, name) == getattr(before, name)
    assert (now.status, now.submission, now.submitted_by, now.inherited_from) == (Status.NOT_STARTED, 0, None, before)
    assert not now.signoffs.exists()
    copied = ("evidence", "locator", "quote", "cited_by", "cited_at")
    assert list(now.citations.values_list(*copied)) == list(before.citations.values_list(*copied))
    assert now.due_on == now.review.due_on == IN_10_DAYS


def test_an_item_without_a_finding_inherits_nothing_to_re_affirm(quarterly, lead):
    review = quarterly()
    ownership.hand_over([item(review, 12)], to=review.holders["legal"], by=lead)
    assert states(review)[12] == State.NOT_STARTED


@pytest.mark.parametrize("offset", [21, 0, -7])
def test_it_is_prepared_three_weeks_ahead_and_also_late(approved, lead, offset):
    due_on = timezone.localdate() + timedelta(days=offset)
    occurrence = due(approved.deployment, lead, due_on)
    reassessments.prepare_due()
    occurrence.refresh_from_db()
    assert occurrence.review.due_on == due_on


def test_it_is_not_prepared_earlier(approved, lead):
    due(approved.deployment, lead, timezone.localdate() + timedelta(days=22))
    reassessments.prepare_due()
    assert Reassessment.objects.count() == 0


def test_preparing_twice_opens_one_review_with_one_event(approved, lead):
    due(approved.deployment, lead)
    reassessments.prepare_due()
    reassessments.prepare_due()
    assert Reassessment.objects.count() == 1
    event = Event.objects.get(event_type="reassessment.opened")
    assert (event.actor_id, event.after["items"], event.after["rests_on"]) == (None, 1, 11)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_open_one_review(approved, lead):
    for number in range(3):
        occurrence = due(approved.deployment, lead, duty=Duty.ANNUAL_REVIEW)
        answers = at_once(*[partial(reassessments.prepare, occurrence)] * 2)
        assert isinstance(answers[0], Review), answers
        assert answers[0] == answers[1]
        assert Reassessment.objects.count() == number + 1
        decide(answers[0], Outcome.HOLD)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_decision_and_the_preparation_at_once_do_not_wait_for_each_other_for_ever(approved, lead):
    for _ in range(5):
        occurrence = due(approved.deployment, lead, duty=Duty.QUARTERLY_REVIEW)
        decided, opened = at_once(partial(decide, approved, Outcome.HOLD), partial(reassessments.prepare, occurrence))
        assert not isinstance(decided, Exception)
        assert isinstance(opened, Review), opened
        decide(opened, Outcome.HOLD)


# What hinders it


def hindered(occurrence):
    assert reassessments.prepare(occurrence) is None
    return reassessments.hindrance(occurrence)


def test_nothing_is_opened_before_something_was_decided(small, lead):
    assert hindered(due(small.deployment, lead)) == (
        "No review of this deployment was decided yet: there is nothing to look at again."
    )


def test_nothing_is_opened_while_one_of_the_same_kind_is_open(quarterly, approved, lead):
    first = quarterly()
    second = due(approved.deployment, lead)
    assert hindered(second) == f"“{first.title}” is not decided yet. The next one is opened after that."
    assert reassessments.prepare(due(approved.deployment, lead, duty=Duty.ANNUAL_REVIEW)) is not None
    decide(first)
    assert reassessments.prepare(second).again.previous == first


def test_the_lead_of_last_time_prepares_it_or_another_one(approved, lead, second_reviewer):
    assert reassessments.prepare(due(approved.deployment, lead)).lead == lead
    grants.give(second_reviewer, Access.LEAD, approved.vendor)
    type(lead).objects.filter(pk=lead.pk).update(is_active=False)
    annual = due(approved.deployment, second_reviewer, duty=Duty.ANNUAL_REVIEW)
    assert reassessments.prepare(annual).lead == second_reviewer


def test_without_any_lead_nothing_is_opened_and_the_log_says_so_once(approved, lead):
    type(lead).objects.filter(pk=lead.pk).update(is_active=False)
    occurrence = due(approved.deployment, lead)
    for _ in range(3):
        assert hindered(occurrence) == (
            "Nobody leads reviews of Anthropic. Give somebody the access on the vendor's page."
        )
    assert Event.objects.get(event_type="reassessment.hindered").reason == reassessments.hindrance(occurrence)


def test_an_obligation_of_no_deployment_is_hindered(approved, lead):
    occurrence = due(approved.deployment, lead)
    Obligation.objects.update(deployment=None)
    occurrence.refresh_from_db()
    assert hindered(Occurrence.objects.get()) == ("It names no deployment, so nobody can say what to look at again.")


# Who owns it


def test_roles_and_items_go_to_who_is_still_there(approved, lead, legal, ciso, it_security):
    ownership.hand_over([item(approved, 2), item(approved, 3)], to=it_security, by=lead)
    ownership.hand_over([item(approved, 4)], to=legal, by=lead)
    type(legal).objects.filter(pk=legal.pk).update(is_active=False)
    grants.take(it_security, Access.SIGN, approved.vendor)
    review = prepared(approved.deployment, lead, duty=Duty.ANNUAL_REVIEW)
    assert set(review.holders) == {Role.CISO, Role.COMPLIANCE_OFFICER, Role.PRIVACY_OFFICER}
    assert item(review, 1).holder == ciso
    assert [item(review, number).owner for number in (2, 3, 4)] == [None, None, None]
    assert item(review, 7).is_unowned  # legal's role
