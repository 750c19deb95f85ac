"""Does a re-assessment look at what it must, inherit without counting, and rest on the remainder? (rules 8, 20, 21)"""

from datetime import timedelta
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import grants
from accounts.choices import Access, Role
from accounts.permissions import Refused
from audit.models import Event
from evidence import library
from reviews import decisions, events, gate, mywork, ownership, signoffs, standings, workflow
from reviews.again import delta, reassessments
from reviews.choices import Duty, Finding, Kind, Outcome, State, Status, Trigger
from reviews.dashboard import overview
from reviews.models import Decision, Obligation, Occurrence, Reassessment, Review
from reviews.templatetags.reviews import in_words
from tests.at_once import at_once
from tests.cast import item, pdf, record, settle, sign
from tests.reviews.again.again import IN_10_DAYS, decide, due, prepared, states
from tests.reviews.conftest import fresh


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


def numbers(review):
    return sorted(review.items.values_list("statement__number", flat=True))


def resting(review):
    return sorted(review.again.rests_on.values_list("statement__number", flat=True))


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
    assert item(review, 1).why_again == []


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


def test_a_lead_prepares_it_earlier_and_nobody_else(approved, lead, reviewer):
    occurrence = due(approved.deployment, lead, timezone.localdate() + timedelta(days=80))
    with pytest.raises(PermissionDenied):
        reassessments.prepare_now(occurrence, by=reviewer)
    review = reassessments.prepare_now(occurrence, by=lead)
    assert (review.due_on, review.opened_by) == (occurrence.due_on, lead)
    line = events.history(occurrence)["events"][0]
    assert (line.actor_name, in_words(line)) == (lead.name, f"opened the review “{review.title}”")
    assert Event.objects.get(event_type="reassessment.opened").actor_id == lead.pk
    assert reassessments.prepare_now(occurrence, by=lead) == review
    reassessments.prepare_due(occurrence.due_on)
    assert Reassessment.objects.count() == 1


def test_what_hinders_it_is_said_to_who_prepares_it_by_hand(quarterly, approved, lead):
    first = quarterly()
    with pytest.raises(Refused, match="is not decided yet"):
        reassessments.prepare_now(due(approved.deployment, lead), by=lead)
    decide(first)
    skipped = due(approved.deployment, lead, duty=Duty.ANNUAL_REVIEW)
    Occurrence.objects.filter(pk=skipped.pk).update(state="skipped")
    with pytest.raises(Refused, match="This date is closed"):
        reassessments.prepare_now(skipped, by=lead)


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
    in_force = approved
    for _ in range(5):
        occurrence = due(approved.deployment, lead)
        decided, opened = at_once(partial(decide, in_force, Outcome.HOLD), partial(reassessments.prepare, occurrence))
        assert isinstance(decided, Decision), decided
        assert isinstance(opened, Review), opened
        decide(opened, Outcome.HOLD)
        in_force = opened


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_is_opened_wherever_in_the_chain_somebody_asks_at_once(approved, lead):
    chain = [approved]
    for _ in range(3):
        triggers = [
            partial(reassessments.trigger, each, by=lead, trigger=Trigger.OTHER, why="Because.", numbers=[1])
            for each in (chain[0], chain[-1])
        ]
        worker = partial(reassessments.prepare, due(approved.deployment, lead, duty=Duty.ANNUAL_REVIEW))
        answers = at_once(*triggers, worker)
        assert {type(answer) for answer in answers} <= {Review, Refused, type(None)}, answers
        [opened] = [answer for answer in answers if isinstance(answer, Review)]
        assert not Review.objects.undecided().exclude(pk=opened.pk).exists()
        decide(opened, Outcome.HOLD)
        chain.append(fresh(opened))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_decided_is_not_widened_at_the_same_moment(varied, lead):
    for number in (1, 2, 3):
        opened = reassessments.trigger(varied, by=lead, trigger=Trigger.OTHER, why="Because.", numbers=[9])
        widening = partial(reassessments.widen, opened, by=lead, numbers=[number])
        decided, items = at_once(partial(decide, opened, Outcome.HOLD), widening)
        assert {type(decided), type(items)} in ({Decision, Refused}, {Refused, list}), (decided, items)
        if isinstance(decided, Refused):
            decide(opened, Outcome.HOLD)


# What hinders it


def hindered(occurrence):
    assert reassessments.prepare(occurrence) is None
    return reassessments.hindrance(occurrence)


def test_nothing_is_opened_before_something_was_decided(small, lead):
    assert hindered(due(small.deployment, lead)) == (
        "No review of this deployment was decided yet: there is nothing to look at again."
    )


@pytest.mark.parametrize("kind", [Duty.QUARTERLY_REVIEW, Duty.ANNUAL_REVIEW])
def test_nothing_is_opened_while_another_one_is_open_whatever_its_kind(quarterly, approved, lead, kind):
    first = quarterly()
    second = due(approved.deployment, lead, duty=kind)
    assert hindered(second) == (
        f"“{first.title}” is not decided yet. Take statements into that one. The next one is opened after that."
    )
    with pytest.raises(Refused, match=r"is not decided yet\. Take statements into that one\."):
        reassessments.trigger(approved, by=lead, trigger=Trigger.INCIDENT, why="Breach.", numbers=[1])
    decide(first)
    assert reassessments.prepare(second).again.previous == first


def test_a_quarterly_one_waits_for_what_was_triggered_and_an_open_annual_one_has_everything(varied, lead):
    triggered = reassessments.trigger(varied, by=lead, trigger=Trigger.INCIDENT, why="Breach.", numbers=[1])
    annual = due(varied.deployment, lead, duty=Duty.ANNUAL_REVIEW)
    assert hindered(annual).startswith(f"“{triggered.title}” is not decided yet.")
    decide(triggered, Outcome.HOLD)
    reassessments.prepare(annual)
    with pytest.raises(Refused, match="It looks at every statement already"):
        reassessments.trigger(triggered, by=lead, trigger=Trigger.INCIDENT, why="Again.", numbers=[1])


def test_the_lead_of_last_time_prepares_it_or_another_one(approved, lead, second_reviewer):
    first = reassessments.prepare(due(approved.deployment, lead))
    assert first.lead == lead
    decide(first)
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


def test_rule_24_roles_and_items_go_to_who_is_still_there(approved, lead, legal, ciso, it_security):
    ownership.hand_over([item(approved, 2), item(approved, 3)], to=it_security, by=lead)
    ownership.hand_over([item(approved, 4)], to=legal, by=lead)
    type(legal).objects.filter(pk=legal.pk).update(is_active=False)
    grants.take(it_security, Access.SIGN, approved.vendor)
    review = prepared(approved.deployment, lead, duty=Duty.ANNUAL_REVIEW)
    assert set(review.holders) == {Role.CISO, Role.COMPLIANCE_OFFICER, Role.PRIVACY_OFFICER}
    assert item(review, 1).holder == ciso
    assert [item(review, number).owner for number in (2, 3, 4)] == [None, None, None]
    assert item(review, 7).is_unowned  # legal's role
    after = Event.objects.get(event_type="reassessment.opened").after
    assert after["roles"] == [
        "CISO: CISO",
        "Compliance officer: Compliance officer",
        "Privacy officer: Privacy officer",
    ]
    assert after["roles_left_empty"] == ["IT security", "Legal"]


# What it rests on


def test_rule_08_what_it_rests_on_lapses_and_the_gate_falls(approved, lead, reviewer, evidence):
    review = prepared(approved.deployment, lead)
    assert gate.assess(review).recommendation == gate.Recommendation.GO
    decide(review)
    library.add_version(evidence, by=reviewer, upload=pdf("newer"))
    assessed = gate.assess(fresh(review))
    assert assessed.sum_in_words == "0 confirmed + 1 not applicable = 1 of 12"
    assert {each.review_id for each in assessed.items_in(State.LAPSED)} == {approved.pk}
    assert not gate.approval(assessed, decisions.last_decision(review)).holds


def test_rule_08_lists_count_what_it_rests_on_as_the_gate_does(approved, lead, reviewer, evidence):
    review = prepared(approved.deployment, lead)
    decide(review)
    annual = prepared(approved.deployment, lead, duty=Duty.ANNUAL_REVIEW)
    for change in (
        lambda: None,
        lambda: settle(annual, [12], reviewer, finding=Finding.NOT_APPLICABLE),
        lambda: library.withdraw(evidence, by=reviewer, reason="A draft."),
        lambda: Review.objects.filter(pk=review.pk).update(title="Another title"),
    ):
        change()
        today = timezone.localdate()
        counted = standings.counts([approved, review, annual], today)
        for each in (approved, review, annual):
            assert counted[each.pk,] == gate.assess(fresh(each)).counts
            assert counted[each.pk,].total() == 12
        rows = overview.rows(list(Review.objects.with_context()))
        assert {row.review.pk: row.gate.sum_in_words for row in rows} == {
            each.pk: gate.assess(fresh(each)).sum_in_words for each in (approved, review, annual)
        }


def test_lists_of_re_assessments_cost_the_same_for_one_and_for_many(approved, lead, django_assert_max_num_queries):
    opened = [prepared(approved.deployment, lead)]
    standings.refresh()
    with CaptureQueriesContext(connection) as one:
        overview.rows(list(Review.objects.with_context()))
    for _ in range(4):
        decide(opened[-1])
        opened.append(prepared(approved.deployment, lead))
    standings.refresh()
    with CaptureQueriesContext(connection) as many:
        assert len(overview.rows(list(Review.objects.with_context()))) == 6
    assert len(many) == len(one)


def test_a_decided_one_replaces_the_approval_before_it(approved, lead):
    review = prepared(approved.deployment, lead)
    assert fresh(approved).replaced_by is None
    decide(review)
    rows = {row.review.pk: row.approval for row in overview.rows(list(Review.objects.with_context()))}
    assert (rows[approved.pk].label, rows[approved.pk].holds) == ("Replaced", False)
    assert rows[approved.pk].why == f"“{review.title}” was decided since: that decision is in force."
    assert rows[review.pk].holds
    with pytest.raises(Refused, match="was decided since"):
        decide(approved)


def test_rule_13_nobody_decides_over_work_of_their_own_on_which_it_rests(approved, lead, ciso, legal):
    review = prepared(approved.deployment, lead)
    ownership.assign(review, Role.CISO, to=legal, by=lead)
    signoffs.withdraw(item(approved, 1), by=ciso, reason="Once more.")
    record(item(approved, 1), legal, Finding.NOT_APPLICABLE)
    workflow.apply(workflow.SUBMIT, item(approved, 1), by=legal)
    sign(item(approved, 1))
    with pytest.raises(Refused, match="for statement 1"):
        decide(review, Outcome.HOLD)
    row = {"review": review, "number": 1, "outcome": "hold", "recommendation": "go", "reason": "x", "signer": legal}
    with pytest.raises(IntegrityError, match="four eyes"), transaction.atomic():
        Decision.objects.create(**row, signer_name="Legal", signer_role="CISO", meaning="x", content="{}", digest="x")


# Triggered and widened


def test_a_trigger_opens_what_was_chosen_and_says_why(varied, lead):
    opened = reassessments.trigger(varied, by=lead, trigger=Trigger.INCIDENT, why="Breach.", numbers=[3, 4])
    assert (opened.kind, opened.lead, opened.again.trigger, opened.again.why) == (
        Kind.TRIGGERED,
        lead,
        Trigger.INCIDENT,
        "Breach.",
    )
    assert numbers(opened) == [3, 4]
    assert item(opened, 3).why_again == ["An incident puts it in question."]
    assert gate.assess(fresh(opened)).satisfied == 10
    event = Event.objects.get(event_type="reassessment.opened")
    assert (event.actor_id, event.reason) == (lead.pk, "An incident: Breach.")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"why": " "}, "Say what happened"),
        ({"numbers": []}, "Choose at least one"),
        ({"numbers": [99]}, "at least one"),
    ],
)
def test_a_trigger_needs_a_reason_and_a_statement(varied, lead, changes, sentence):
    given = {"trigger": Trigger.OTHER, "why": "Because.", "numbers": [1]} | changes
    with pytest.raises(Refused, match=sentence):
        reassessments.trigger(varied, by=lead, **given)
    assert Reassessment.objects.count() == 0


def test_only_a_lead_triggers_and_only_after_a_decision_and_one_at_a_time(varied, lead, reviewer):
    given = {"trigger": Trigger.OTHER, "why": "Because.", "numbers": [1]}
    with pytest.raises(PermissionDenied):
        reassessments.trigger(varied, by=reviewer, **given)
    reassessments.trigger(varied, by=lead, **given)
    with pytest.raises(Refused, match="is not decided yet"):
        reassessments.trigger(varied, by=lead, **given)


def test_what_is_not_decided_is_not_looked_at_again(small, lead):
    with pytest.raises(Refused, match="Nothing is decided here yet"):
        reassessments.trigger(small, by=lead, trigger=Trigger.OTHER, why="Because.", numbers=[1])


@pytest.mark.parametrize(
    ("trigger", "numbers"), [(Trigger.INCIDENT, [12, 13, 43, 44]), (Trigger.SUBPROCESSOR, [4, 17, 20, 24, 38])]
)
def test_what_happened_suggests_statements_of_the_47(review, trigger, numbers):
    assert list(delta.suggested(gate.assess(review).items, trigger)) == numbers


def test_a_changed_document_and_an_owner_who_left_suggest_theirs(varied, own_evidence, legal):
    items = gate.assess(varied).items
    assert delta.suggested(items, Trigger.DOCUMENT, evidence=own_evidence) == {5: "It cites Report of one statement."}
    assert list(delta.suggested(items, Trigger.OWNER_LEFT, person=legal)) == [7, 8, 9, 10, 11, 12]
    assert delta.suggested(items, Trigger.INCIDENT) == {}  # another checklist


def test_widening_takes_in_what_it_rests_on(varied, lead, own_evidence, reviewer):
    opened = prepared(varied.deployment, lead)
    library.add_version(own_evidence, by=reviewer, upload=pdf("of this year"))
    assert states(opened)[5] == State.LAPSED
    reassessments.widen(opened, by=lead, numbers=[5], why="It lapsed.")
    assert (numbers(opened), len(resting(fresh(opened)))) == ([5], 11)
    assert states(opened)[5] == State.INHERITED
    assert item(opened, 5).why_again == [
        "Its sign-off lapsed. Changed since it was signed: the cited evidence.",
        "It lapsed.",
    ]
    with pytest.raises(Refused, match="on which this re-assessment rests"):
        reassessments.widen(opened, by=lead, numbers=[5])
    with pytest.raises(PermissionDenied):
        reassessments.widen(opened, by=reviewer, numbers=[6])
    decide(opened)
    with pytest.raises(Refused, match="is decided"):
        reassessments.widen(opened, by=lead, numbers=[6])
    with pytest.raises(Refused, match="no re-assessment"):
        reassessments.widen(varied, by=lead, numbers=[6])


def test_my_work_shows_what_is_looked_at_again_where_the_work_is(varied, lead, own_evidence, reviewer, ciso):
    library.add_version(own_evidence, by=reviewer, upload=pdf("of this year"))
    assert lapsed_in(mywork.sections(ciso)) == [varied.pk]
    prepared(varied.deployment, lead, on=timezone.localdate())
    assert lapsed_in(mywork.sections(ciso)) == []
    soon = {section.key: section.lines for section in mywork.sections(ciso)}["soon"]
    assert [(line.number, line.state) for line in soon] == [(5, State.INHERITED)]


def lapsed_in(sections):
    return [line.review_id for section in sections if section.key == "lapsed" for line in section.lines]
