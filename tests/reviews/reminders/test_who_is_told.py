"""Who is told what on which day, and when nobody? One table for each kind of thing."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import grants, people
from accounts.choices import Access, Role
from accounts.models import User
from evidence import library
from evidence.choices import Kind as EvidenceKind
from reviews import decisions, gate, opening, ownership, permissions, signoffs, workflow
from reviews.again import reassessments
from reviews.asking import answers, escalations, questions
from reviews.choices import About, ArrivalState, Duty, Finding, Outcome, Result, Unit
from reviews.models import Arrival, Checklist, Completion, Condition, Feed, Message, Obligation, Occurrence, Reminder
from reviews.recurring import obligations, occurrences
from reviews.reminders.sources import SOURCES, Wanted
from reviews.weekly import syncs
from tests.cast import add_evidence, item, pdf, person, settle, sign, submit
from tests.reviews.conftest import fresh
from tests.reviews.policy.policy import submitted
from tests.reviews.reminders.conftest import DAY, MONDAY
from tests.reviews.weekly.minutes import agree
from vendors.models import Contact, Deployment

TODAY = MONDAY.date()
DRILL = {"scenario": "A key was published.", "participants": "CISO", "found": "Nobody had the number."}

pytestmark = pytest.mark.usefixtures("clock")


def told(about, day=TODAY):
    """`{name: step}` of who is to be told on that day, of one thing."""
    names = dict(User.objects.values_list("pk", "name"))
    wanted = list(SOURCES[about].wanted(day))
    found = {names[each.person_id]: each.step for each in wanted}
    assert len({each.subject for each in wanted}) <= 1, "more than one thing"
    return found


def over(about, due_on, *days):
    """The same on several days, as they lie to the due day."""
    return [told(about, due_on + number * DAY) for number in days]


def remember(about, day=TODAY):
    """Plan what is wanted on that day, as the scheduler does."""
    return Reminder.objects.bulk_create(
        Reminder(about=about, planned_at=timezone.now(), **each._asdict()) for each in SOURCES[about].wanted(day)
    )


def lines(about, reminders, day=TODAY):
    return [line.text for _, line in sorted(SOURCES[about].lines(reminders, day).items())]


def decide(review, outcome, conditions=()):
    review = fresh(review)
    ciso = review.holders["ciso"]
    shown = decisions.shown(gate.assess(review), to=ciso)
    decisions.decide(review, by=ciso, outcome=outcome, reason="Because.", shown=shown, conditions=conditions)


# Items


def test_the_holder_is_told_of_an_item_before_it_is_due_on_the_day_and_weekly_after(due, ciso):
    day = due(1, 40).due_on
    assert over(About.ITEM, day, -31, -30, -15, -14, -7, -1, 0, 6, 7, 13, 14, 21) == [
        {},
        {"CISO": "30"},
        {"CISO": "30"},
        {"CISO": "14"},
        {"CISO": "7"},
        {"CISO": "1"},
        {"CISO": "0"},
        {"CISO": "0"},
        {"CISO": "+7"},
        {"CISO": "+7"},
        {"CISO": "+14"},
        {"CISO": "+21"},
    ]


def test_the_lead_is_told_of_an_item_that_nobody_owns(due):
    due(12, 1)
    assert told(About.ITEM) == {"Lead": "1"}


def test_an_item_that_came_back_is_told_to_who_has_to_mend_it_too(due, small, reviewer, evidence, ciso):
    submit(due(1, 1), reviewer, evidence)
    workflow.apply(workflow.RETURN, item(small, 1), by=ciso, remark="Page 3 is missing.")
    assert told(About.ITEM) == {"CISO": "1", "Reviewer": "1"}


def test_nobody_is_told_of_an_item_that_is_submitted_or_signed(due, small, reviewer, evidence):
    submit(due(1, 1), reviewer, evidence)
    assert told(About.ITEM) == {}
    sign(item(small, 1))
    assert told(About.ITEM) == {}


@pytest.mark.parametrize(("outcome", "who"), [(Outcome.GO, {}), (Outcome.REFUSE, {}), (Outcome.HOLD, {"Legal": "1"})])
def test_items_are_told_until_the_review_is_approved_or_refused(due, small, reviewer, evidence, outcome, who):
    settle(small, range(1, 11), reviewer, evidence)
    due(11, 1)
    reminders = remember(About.ITEM)
    assert lines(About.ITEM, reminders) == ["Statement 11 of Claude Enterprise, Small review"]
    decide(small, outcome)
    assert told(About.ITEM) == who
    assert bool(lines(About.ITEM, reminders)) == bool(who)


def test_a_later_review_takes_over_from_one_on_hold(due, small, lead):
    due(1, 1)
    decide(small, Outcome.HOLD)
    reminders = remember(About.ITEM)
    reassessments.trigger(fresh(small), by=lead, trigger="other", why="We begin anew.", numbers=[1])
    assert reminders[0].subject not in {each.subject for each in SOURCES[About.ITEM].wanted(TODAY)}
    assert lines(About.ITEM, reminders) == []


def test_a_moved_due_day_begins_its_steps_afresh_and_closes_what_was_planned(due, small, lead):
    due(1, 1)
    [reminder] = remember(About.ITEM)
    ownership.set_due([item(small, 1)], due_on=TODAY + 14 * DAY, by=lead)
    assert lines(About.ITEM, [reminder]) == []
    assert told(About.ITEM) == {"CISO": "14"}
    [newer] = remember(About.ITEM)
    assert lines(About.ITEM, [newer]) == ["Statement 1 of Claude Enterprise, Small review"]


def test_whoever_gives_an_item_away_is_told_no_more(due, small, lead, legal):
    due(1, 1)
    [reminder] = remember(About.ITEM)
    ownership.hand_over([item(small, 1)], to=legal, by=lead)
    assert lines(About.ITEM, [reminder]) == []
    assert told(About.ITEM) == {"Legal": "1"}


def test_whoever_lost_access_or_left_is_told_nothing_and_the_lead_is(due, vendor, ciso, lead, administrator):
    due(1, 1)
    [reminder] = remember(About.ITEM)
    grants.take(ciso, Access.SIGN, vendor, by=lead)
    assert told(About.ITEM) == {"Lead": "1"}
    assert lines(About.ITEM, [reminder]) == []
    grants.give(ciso, Access.SIGN, vendor, by=lead)
    assert told(About.ITEM) == {"CISO": "1"}
    people.deactivate(ciso, by=administrator)
    assert told(About.ITEM) == {"Lead": "1"}
    assert lines(About.ITEM, [reminder]) == []


# Sign-offs


def test_what_waits_for_a_signature_is_told_after_1_3_and_7_days_and_then_weekly(due, reviewer, evidence):
    submit(due(1, 40), reviewer, evidence)
    assert over(About.SIGNOFF, TODAY, 0, 1, 2, 3, 6, 7, 13, 14, 21) == [
        {},
        {"CISO": "+1"},
        {"CISO": "+1"},
        {"CISO": "+3"},
        {"CISO": "+3"},
        {"CISO": "+7"},
        {"CISO": "+7"},
        {"CISO": "+14"},
        {"CISO": "+21"},
    ]


def test_a_new_submission_begins_afresh(due, small, reviewer, evidence, clock):
    submit(due(1, 40), reviewer, evidence)
    [reminder] = remember(About.SIGNOFF, TODAY + 3 * DAY)
    assert lines(About.SIGNOFF, [reminder]) == [
        "Statement 1 of Claude Enterprise, Small review: waits since 11 January 2027"
    ]
    workflow.apply(workflow.TAKE_BACK, item(small, 1), by=reviewer)
    assert told(About.SIGNOFF, TODAY + 3 * DAY) == {}
    clock.move_to(MONDAY + 3 * DAY)
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    assert lines(About.SIGNOFF, [reminder], TODAY + 3 * DAY) == []
    assert told(About.SIGNOFF, TODAY + 4 * DAY) == {"CISO": "+1"}


def test_what_is_opened_again_in_an_approved_review_is_told_until_it_is_signed(due, small, reviewer, evidence, lead):
    """Its own items, and those that a later approval rests on."""
    settle(small, range(1, 11), reviewer, evidence)
    settle(small, [11], reviewer, finding=Finding.NOT_APPLICABLE)
    due(1, 14)
    decide(small, Outcome.GO)
    later = reassessments.trigger(fresh(small), by=lead, trigger="other", why="Again.", numbers=[2])
    submit(item(later, 2), reviewer)
    sign(item(later, 2))
    for approved in (small, later):
        if approved == later:
            decide(later, Outcome.GO)
        signoffs.withdraw(item(small, 1), by=item(small, 1).holder, reason="The report was renewed.")
        assert (told(About.ITEM), told(About.SIGNOFF, TODAY + DAY)) == ({"CISO": "14", "Reviewer": "14"}, {})
        workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
        assert (told(About.ITEM), told(About.SIGNOFF, TODAY + DAY)) == ({}, {"CISO": "+1"})
        sign(item(small, 1))
        assert (told(About.ITEM), told(About.SIGNOFF, TODAY + DAY)) == ({}, {})


def test_what_a_later_review_looks_at_again_is_told_there_alone(due, small, reviewer, evidence, lead):
    settle(small, range(1, 11), reviewer, evidence)
    due(1, 14)
    signoffs.withdraw(item(small, 1), by=item(small, 1).holder, reason="The report was renewed.")
    decide(small, Outcome.HOLD)
    later = reassessments.trigger(fresh(small), by=lead, trigger="other", why="Again.", numbers=[1])
    later.items.update(due_on=TODAY + 300 * DAY)
    assert told(About.ITEM) == {}


# Obligations


@pytest.fixture
def drill(vendor, deployment, lead, it_security, ciso):
    """The first date of a drill, in 40 days; the CISO hears of the third miss."""
    obligations.create(
        vendor, by=lead, duty=Duty.DRILL, deployment=deployment, title="Drill", owner=it_security, every=6,
        unit=Unit.MONTH, first_on=TODAY + 40 * DAY, escalate_to=ciso, steps=[20, 5, 0],
    )  # fmt: skip
    return Occurrence.objects.order_by("due_on").first()


def played(occurrence, by, evidence=()):
    return occurrences.record(
        occurrence, by=by, done_on=TODAY, result=Result.PASSED, answers=DRILL | {"found": ""}, evidence=evidence
    )


def test_the_owner_is_told_of_a_date_by_the_obligations_own_steps(drill):
    assert over(About.OBLIGATION, drill.due_on, -21, -20, -5, -1, 0, 7) == [
        {},
        {"IT security": "20"},
        {"IT security": "5"},
        {"IT security": "5"},
        {"IT security": "0"},
        {"IT security": "+7"},
    ]


def test_the_leads_are_told_of_a_date_whose_owner_left_or_lost_access(drill, it_security, vendor, lead, administrator):
    grants.take(it_security, Access.SIGN, vendor, by=lead)
    [reminder] = remember(About.OBLIGATION, drill.due_on)
    assert told(About.OBLIGATION, drill.due_on) == {"Lead": "0"}
    assert lines(About.OBLIGATION, [reminder], drill.due_on) == ["Drill: Claude Enterprise"]
    grants.give(it_security, Access.SIGN, vendor, by=lead)
    assert told(About.OBLIGATION, drill.due_on) == {"IT security": "0"}
    assert lines(About.OBLIGATION, [reminder], drill.due_on) == []
    people.deactivate(it_security, by=administrator)
    assert told(About.OBLIGATION, drill.due_on) == {"Lead": "0"}


def test_who_is_named_for_it_hears_of_the_third_miss_once(drill):
    assert over(About.MISSED, drill.due_on, 0, 20, 21, 28) == [{}, {}, {"CISO": "0"}, {"CISO": "0"}]
    assert len(remember(About.MISSED, drill.due_on + 21 * DAY)) == 1
    [again] = SOURCES[About.MISSED].wanted(drill.due_on + 80 * DAY)
    [reminder] = Reminder.objects.all()
    assert (again.subject, again.step) == (reminder.subject, reminder.step)


def test_nobody_is_told_of_a_date_that_was_moved_skipped_or_done(drill, lead, it_security):
    day = drill.due_on
    [reminder] = remember(About.OBLIGATION, day)
    assert lines(About.OBLIGATION, [reminder], day) == ["Drill: Claude Enterprise"]
    occurrences.move(drill, by=lead, due_on=day + 10 * DAY, reason="Holidays.")
    assert lines(About.OBLIGATION, [reminder], day) == []
    assert told(About.OBLIGATION, day) == {"IT security": "20"}
    played(Occurrence.objects.get(pk=drill.pk), it_security)
    assert told(About.OBLIGATION, day + 10 * DAY) == {}
    assert told(About.MISSED, day + 40 * DAY) == {}


def test_a_completion_waits_for_the_owner_or_else_for_the_stakeholders(drill, reviewer, it_security):
    completion = played(drill, reviewer)
    assert over(About.COUNTERSIGN, TODAY, 0, 1, 3, 7, 14) == [
        {},
        {"IT security": "+1"},
        {"IT security": "+3"},
        {"IT security": "+7"},
        {"IT security": "+14"},
    ]
    [reminder] = remember(About.COUNTERSIGN, TODAY + DAY)
    occurrences.return_to_open(completion.occurrence, by=it_security, reason="Who took part?")
    assert lines(About.COUNTERSIGN, [reminder], TODAY + DAY) == []
    played(Occurrence.objects.get(pk=drill.pk), it_security)
    assert lines(About.COUNTERSIGN, [reminder], TODAY + DAY) == []


def test_a_completion_the_owner_recorded_waits_for_everyone_who_may_sign_it(drill, it_security, legal, ciso):
    played(drill, it_security)
    assert told(About.COUNTERSIGN, TODAY + DAY) == {"Legal": "+1", "CISO": "+1"}


@pytest.mark.parametrize(
    "case", ["recorded", "uploaded", "left", "lost the access", "who hears may only read", "there"]
)
def test_whoever_is_told_of_a_completion_may_sign_it_and_nobody_else_may(
    drill, case, vendor, it_security, reviewer, lead, ciso, legal, auditor, administrator, stranger
):
    Obligation.objects.update(escalate_to=reviewer)
    evidence = [add_evidence(vendor, it_security)] if case == "uploaded" else []
    completion = played(drill, it_security if case == "recorded" else lead, evidence)
    if case == "left":
        people.deactivate(it_security, by=administrator)
    if case in {"lost the access", "who hears may only read"}:
        grants.take(it_security, Access.SIGN, vendor, by=lead)
    if case == "who hears may only read":
        grants.give(reviewer, Access.AUDIT, vendor, by=lead)
        grants.take(reviewer, Access.REVIEW, vendor, by=lead)
    completion = Completion.objects.select_related("occurrence__obligation__owner").get(pk=completion.pk)
    everybody = User.objects.filter(is_active=True)
    may = {each.name for each in everybody if permissions.can_countersign(each, completion)}
    assert set(told(About.COUNTERSIGN, TODAY + DAY)) == may
    others = {"CISO", "Legal"} if case == "who hears may only read" else {"CISO", "Legal", "Reviewer"}
    assert may == ({"IT security"} if case == "there" else others)


def test_the_lead_is_told_of_proposals_until_each_is_accepted_or_dismissed(small, vendor, ciso, lead):
    proposed = obligations.propose(small, by=ciso)
    assert over(About.PROPOSAL, TODAY, 0, 1, 7, 8, 15) == [
        {},
        {"Lead": "+1"},
        {"Lead": "+1"},
        {"Lead": "+8"},
        {"Lead": "+15"},
    ]
    [reminder] = remember(About.PROPOSAL, TODAY + DAY)
    assert lines(About.PROPOSAL, [reminder]) == [
        f"{len(proposed)} proposed for Claude Enterprise: accept or dismiss them"
    ]
    for each in proposed[1:]:
        obligations.dismiss(each, by=lead, reason="Not here.")
    assert lines(About.PROPOSAL, [reminder]) == ["1 proposed for Claude Enterprise: accept or dismiss them"]
    obligations.accept(proposed[0], by=lead)
    assert told(About.PROPOSAL, TODAY + DAY) == {}
    assert lines(About.PROPOSAL, [reminder]) == []


# Conditions and approvals


@pytest.fixture
def conditional(small, reviewer, evidence, legal):
    """Approved under a condition that the legal counsel meets within 20 days."""
    Checklist.objects.filter(pk=small.checklist_id).update(go_at=12)
    settle(small, range(1, 11), reviewer, evidence)
    settle(small, [11, 12], reviewer, finding=Finding.UNCONFIRMED)
    decide(small, Outcome.CONDITIONAL, [("Sign the secret annex.", legal, TODAY + 20 * DAY)])
    return Condition.objects.get()


def test_the_owner_is_told_of_a_condition_and_the_ciso_once_it_is_overdue(conditional):
    day = conditional.due_on
    assert over(About.CONDITION, day, -31, -20, -14, 0, 1, 7, 8, 14) == [
        {},
        {"Legal": "30"},
        {"Legal": "14"},
        {"Legal": "0"},
        {"Legal": "0", "CISO": "+1"},
        {"Legal": "+7", "CISO": "+1"},
        {"Legal": "+7", "CISO": "+8"},
        {"Legal": "+14", "CISO": "+8"},
    ]


def test_a_condition_is_told_without_its_words_until_it_is_met_or_decided_anew(conditional, small, legal):
    [reminder] = remember(About.CONDITION)
    assert lines(About.CONDITION, [reminder]) == ["A condition of the approval of Claude Enterprise, Legal meets it"]
    decisions.meet(conditional, by=legal, note="Signed.")
    assert told(About.CONDITION, conditional.due_on) == {}
    assert lines(About.CONDITION, [reminder]) == []
    Condition.objects.update(met_at=None)
    decide(small, Outcome.HOLD)
    assert told(About.CONDITION, conditional.due_on) == {}


def test_ciso_and_lead_hear_once_that_an_approval_no_longer_holds(conditional, small, reviewer, ciso):
    day = conditional.due_on
    assert over(About.APPROVAL, day, 0, 1, 30) == [{}, {"CISO": "0", "Lead": "0"}, {"CISO": "0", "Lead": "0"}]
    reminders = remember(About.APPROVAL, day + DAY)
    assert len(reminders) == 2
    assert {each.subject for each in SOURCES[About.APPROVAL].wanted(day + 30 * DAY)} == {reminders[0].subject}
    assert (
        lines(About.APPROVAL, reminders, day + DAY)
        == ["The approval of Claude Enterprise, Small review, no longer holds"] * 2
    )
    decide(small, Outcome.HOLD)
    assert told(About.APPROVAL, day + DAY) == {}
    assert lines(About.APPROVAL, reminders, day + DAY) == []


def test_an_approval_falls_with_the_sign_offs_it_rests_on(small, reviewer, vendor):
    settle(small, range(1, 11), reviewer, add_evidence(vendor, reviewer, valid_until=TODAY + 50 * DAY))
    decide(small, Outcome.GO)
    assert over(About.APPROVAL, TODAY, 0, 50, 51) == [{}, {}, {"CISO": "0", "Lead": "0"}]


def test_it_is_foreseen_that_an_approval_falls_with_sign_offs_of_an_earlier_review(small, reviewer, vendor, lead):
    settle(small, range(1, 11), reviewer, add_evidence(vendor, reviewer, valid_until=TODAY + 20 * DAY))
    decide(small, Outcome.GO)
    later = reassessments.trigger(fresh(small), by=lead, trigger="other", why="Again.", numbers=[11])
    settle(later, [11], reviewer, add_evidence(vendor, reviewer, "Newer", valid_until=TODAY + 90 * DAY))
    decide(later, Outcome.GO)
    [falls] = SOURCES[About.APPROVAL].find(TODAY, ahead=28)
    assert [falls.step_on(TODAY + number * DAY) for number in (20, 21)] == [None, "0"]


# Evidence and what rests on it


@pytest.fixture
def report(vendor, reviewer):
    return add_evidence(
        vendor, reviewer, "Acquisition of a rival", kind=EvidenceKind.SOC2_REPORT, issued_on=TODAY - 320 * DAY,
        valid_until=TODAY + 40 * DAY,
    )  # fmt: skip


def test_who_uploaded_evidence_is_told_before_it_ends_and_the_leads_who_cite_it(small, report, reviewer):
    day = TODAY + 40 * DAY
    expected = [(-31, ""), (-30, "30"), (-14, "14"), (-7, "7"), (-1, "1"), (0, "0"), (1, "")]
    assert over(About.EVIDENCE, day, *(at for at, _ in expected)) == [
        {"Reviewer": step} if step else {} for _, step in expected
    ]
    submit(item(small, 1), reviewer, report)
    assert told(About.EVIDENCE, day) == {"Reviewer": "0", "Lead": "0"}
    decide(small, Outcome.REFUSE)
    assert told(About.EVIDENCE, day) == {"Reviewer": "0"}


def test_evidence_is_named_by_kind_and_vendor_and_nobody_hears_of_it_once_replaced_or_withdrawn(report, reviewer):
    day = TODAY + 40 * DAY
    [reminder] = remember(About.EVIDENCE, day)
    [line] = lines(About.EVIDENCE, [reminder], day)
    assert line == "SOC 2 report: replace it or ask for a newer one"
    library.add_version(report, by=reviewer, upload=pdf("newer"), valid_until=day + 300 * DAY)
    assert lines(About.EVIDENCE, [reminder], day) == []
    assert told(About.EVIDENCE, day) == {}
    assert told(About.EVIDENCE, day + 300 * DAY) == {"Reviewer": "0"}
    library.withdraw(report, by=reviewer, reason="Wrong file.")
    assert told(About.EVIDENCE, day + 300 * DAY) == {}


def test_owner_and_ciso_are_told_before_a_sign_off_ends_and_once_when_it_has(small, report, reviewer):
    settle(small, [7], reviewer, report)
    day = TODAY + 40 * DAY
    assert over(About.LAPSING, day, -31, -30, -8, -7, -1, 0, 1) == [
        {},
        {"Legal": "30", "CISO": "30"},
        {"Legal": "30", "CISO": "30"},
        {"Legal": "7", "CISO": "7"},
        {"Legal": "1", "CISO": "1"},
        {"Legal": "1", "CISO": "1"},
        {},
    ]
    assert over(About.LAPSED, day, 0, 1, 90) == [{}, {"Legal": "0", "CISO": "0"}, {"Legal": "0", "CISO": "0"}]
    reminders = remember(About.LAPSED, day + DAY)
    assert len(reminders) == 2
    assert (
        lines(About.LAPSED, reminders, day + DAY)
        == [
            "Statement 7 of Claude Enterprise, Small review: the sign-off ended on 20 February 2027, "
            "with the evidence “SOC 2 report”"
        ]
        * 2
    )


def test_a_sign_off_given_anew_is_told_of_anew(small, report, reviewer, legal):
    settle(small, [7], reviewer, report)
    day = TODAY + 30 * DAY
    lapsing, lapsed = remember(About.LAPSING, day), remember(About.LAPSED, TODAY + 41 * DAY)
    assert (
        lines(About.LAPSING, lapsing, day)
        == [
            "Statement 7 of Claude Enterprise, Small review: the sign-off ends on 20 February 2027, "
            "with the evidence “SOC 2 report”"
        ]
        * 2
    )
    library.add_version(report, by=reviewer, upload=pdf("newer"), valid_until=TODAY + 300 * DAY)
    assert told(About.LAPSED) == {"Legal": "0", "CISO": "0"}
    assert (
        lines(About.LAPSED, lapsed)[0] == "Statement 7 of Claude Enterprise, Small review: changed since it was signed"
    )
    assert lines(About.LAPSING, lapsing, day) == []
    signoffs.withdraw(item(small, 7), by=legal, reason="Read it again.")
    assert told(About.LAPSED) == {}
    assert lines(About.LAPSED, lapsed) == []
    workflow.apply(workflow.SUBMIT, item(small, 7), by=reviewer)
    sign(item(small, 7))
    assert told(About.LAPSED, TODAY + 301 * DAY) == {"Legal": "0", "CISO": "0"}
    assert {each.subject for each in SOURCES[About.LAPSED].wanted(TODAY + 301 * DAY)}.isdisjoint(
        {each.subject for each in lapsed}
    )


def test_nobody_hears_of_sign_offs_of_a_review_that_was_refused_or_replaced(small, report, reviewer, lead):
    settle(small, [7], reviewer, report)
    decide(small, Outcome.HOLD)
    assert told(About.LAPSED, TODAY + 90 * DAY) == {"Legal": "0", "CISO": "0"}
    later = reassessments.trigger(fresh(small), by=lead, trigger="other", why="Again.", numbers=[7])
    assert told(About.LAPSED, TODAY + 90 * DAY) == {"Legal": "0", "CISO": "0"}
    decide(later, Outcome.HOLD)
    assert told(About.LAPSED, TODAY + 90 * DAY) == {}


def test_sign_offs_on_which_a_later_review_rests_still_count(small, report, reviewer, lead):
    settle(small, [7], reviewer, report)
    decide(small, Outcome.HOLD)
    later = reassessments.trigger(fresh(small), by=lead, trigger="other", why="Again.", numbers=[1])
    decide(later, Outcome.HOLD)
    assert told(About.LAPSING, TODAY + 40 * DAY) == {"Legal": "1", "CISO": "1"}
    assert told(About.LAPSED, TODAY + 41 * DAY) == {"Legal": "0", "CISO": "0"}


# Addresses and mails


def test_whoever_reads_a_calendar_address_is_told_before_it_expires(legal):
    feed = Feed.objects.create(person=legal, secret_sha256="0" * 64, expires_on=TODAY + 20 * DAY)
    assert over(About.TOKEN, feed.expires_on, -15, -14, -7, -1, 0, 1) == [
        {},
        {"Legal": "14"},
        {"Legal": "7"},
        {"Legal": "1"},
        {"Legal": "1"},
        {},
    ]
    [reminder] = remember(About.TOKEN, feed.expires_on)
    assert len(lines(About.TOKEN, [reminder], feed.expires_on)) == 1
    Feed.objects.update(revoked_at=timezone.now())
    assert told(About.TOKEN, feed.expires_on) == {}
    assert lines(About.TOKEN, [reminder], feed.expires_on) == []


@pytest.fixture
def bounced(reviewer, vendor):
    """A mail to the reviewer about something, that came back."""
    message = Message.objects.create(
        key=f"digest:{reviewer.pk}:x", person=reviewer, day=TODAY, state="bounced", due_at=timezone.now()
    )
    Reminder.objects.create(
        person=reviewer, about=About.EVIDENCE, subject="1:x", step="0", message=message, vendor=vendor
    )
    return message


def test_the_leads_of_the_vendors_somebody_works_for_hear_once_that_a_mail_did_not_arrive(bounced, stranger, lead):
    assert told(About.UNDELIVERED) == {"Lead": "0"}
    [reminder] = remember(About.UNDELIVERED)
    assert lines(About.UNDELIVERED, [reminder]) == ["A mail to Reviewer did not arrive: bounced"]
    assert [each.subject for each in SOURCES[About.UNDELIVERED].wanted(TODAY + 9 * DAY)] == [reminder.subject]
    Message.objects.update(state="sent")
    assert told(About.UNDELIVERED) == {}
    assert lines(About.UNDELIVERED, [reminder]) == []


def test_a_lead_of_another_vendor_hears_nothing_of_it(bounced, deployment):
    from vendors.models import Vendor

    other = Vendor.objects.create(name="Other", slug="other", created_by=bounced.person)
    person("Other lead", Role.LEAD, other, Access.LEAD)
    assert told(About.UNDELIVERED) == {"Lead": "0"}


def test_two_leads_without_a_mailbox_do_not_write_to_each_other_for_ever(bounced, vendor, lead):
    second = person("Second lead", Role.LEAD, vendor, Access.LEAD)
    message = Message.objects.create(
        key=f"digest:{lead.pk}:x", person=lead, day=TODAY, state="bounced", due_at=timezone.now()
    )
    Reminder.objects.create(person=lead, about=About.UNDELIVERED, subject=f"{bounced.pk}:", step="0", message=message)
    assert [each.person_id for each in SOURCES[About.UNDELIVERED].wanted(TODAY)] != []
    assert {each.subject for each in SOURCES[About.UNDELIVERED].wanted(TODAY)} == {f"{bounced.pk}:"}
    assert second.pk in {each.person_id for each in SOURCES[About.UNDELIVERED].wanted(TODAY)}


# All of them


def test_every_kind_has_a_source_under_its_name():
    assert set(SOURCES) == set(About)
    assert all(source.about == about for about, source in SOURCES.items())


def talk(review, lead, reviewer, legal):
    """A question asked, an answer to judge, a letter sent, an action agreed and a policy to sign."""
    asked, answered = (questions.ask_new(review, by=reviewer, text=text) for text in ("Is it so?", "Since when?"))
    questions.put(asked, by=reviewer, asked_of="Account team", via="email", due_on=TODAY + 9 * DAY)
    answers.record(answered, by=reviewer, text="Always.", source="Account team", said_on=TODAY, via="email")
    Contact.objects.create(vendor=review.vendor, name="Account team", is_account_team=True)
    letter = escalations.draft(review, by=lead, items=[item(review, 3)])
    escalations.send(letter, by=lead, version=1, mailed=False)
    agree(syncs.open_sync(review, by=lead), lead, legal)
    submitted(review.vendor, reviewer)


def test_what_is_foreseen_is_what_will_be_wanted(
    due, small, conditional, drill, report, reviewer, bounced, legal, lead, deployment
):
    """For every kind and each of the coming days, as long as nothing happens."""
    Feed.objects.create(person=legal, secret_sha256="0" * 64, expires_on=TODAY + 20 * DAY)
    obligations.propose(small, by=lead)
    played(drill, reviewer)
    for days in (-10, 10):
        obligations.create(
            drill.obligation.vendor, by=lead, duty=Duty.DRILL, deployment=deployment, title=f"In {days}", owner=legal,
            every=6, unit=Unit.MONTH, first_on=TODAY + 40 * DAY, escalate_to=lead,
        )  # fmt: skip
        Occurrence.objects.filter(obligation__title=f"In {days}").update(due_on=TODAY + days * DAY)
    later = reassessments.trigger(fresh(small), by=lead, trigger="other", why="Again.", numbers=[1, 2, 3])
    talk(later, lead, reviewer, legal)
    ending = add_evidence(drill.obligation.vendor, reviewer, "Ending", valid_until=TODAY + 9 * DAY)
    settle(later, [1], reviewer, ending)
    submit(item(later, 2), reviewer, report)
    Arrival.objects.create(
        vendor=deployment.vendor, name="review.zip", sha256="0" * 64, size=1, state=ArrivalState.READY,
        created_by=lead, worked_at=timezone.now(),
    )  # fmt: skip
    days, seen = [TODAY + number * DAY for number in range(29)], set()
    for about, source in SOURCES.items():
        wanted = [set(source.wanted(day)) for day in days]
        will_be = {
            (day, one) for before, day, now in zip(wanted, days[1:], wanted[1:], strict=False) for one in now - before
        }
        foreseen = set()
        for thing in source.find(TODAY, ahead=28):
            for yesterday, day in itertools.pairwise(days):
                step = thing.step_on(day)
                if step and step != thing.step_on(yesterday):
                    people = thing.told(grants.everyone())
                    foreseen |= {
                        (day, Wanted(who, thing.subject, step, thing.due_on, thing.vendor_id)) for who in people
                    }
        assert foreseen == will_be, about
        seen |= {about} if foreseen else set()
    # That a mail does not arrive, and when, nobody foresees.
    assert seen == set(About) - {About.UNDELIVERED}


def many(vendor, twelve, lead, reviewer, stakeholders, count):
    for number in range(count):
        deployment = Deployment.objects.create(vendor=vendor, name=f"Way {number} of {count}", channel="claude_api")
        review = opening.open_review(deployment, twelve, by=lead, holders=stakeholders)
        ends = add_evidence(vendor, reviewer, f"Report {number} of {count}", valid_until=TODAY + 5 * DAY)
        settle(review, [1, 7], reviewer, ends)
        submit(item(review, 2), reviewer, ends)
        obligations.create(
            vendor, by=lead, duty=Duty.DRILL, deployment=deployment, title="Drill", owner=lead, every=1,
            unit=Unit.MONTH, first_on=TODAY + DAY, escalate_to=stakeholders["ciso"],
        )  # fmt: skip
        obligations.propose(review, by=lead)


def test_asking_costs_the_same_for_one_review_and_for_thirty(vendor, twelve, lead, reviewer, stakeholders):
    def cost():
        for source in SOURCES.values():
            list(source.wanted(TODAY))
        found = {}
        for about, source in SOURCES.items():
            with CaptureQueriesContext(connection) as asked:
                wanted = list(source.wanted(TODAY + 2 * DAY))
            reminders = [Reminder(pk=number, **each._asdict()) for number, each in enumerate(wanted)]
            with CaptureQueriesContext(connection) as said:
                source.lines(reminders, TODAY + 2 * DAY)
            found[about] = (bool(wanted), len(asked), len(said))
        return found

    many(vendor, twelve, lead, reviewer, stakeholders, 1)
    before = cost()
    many(vendor, twelve, lead, reviewer, stakeholders, 29)
    assert cost() == before
    assert sum(asked for _, asked, _ in before.values()) <= 60


# Letters to the account team


def test_whoever_sent_a_letter_and_the_lead_are_told_until_it_is_closed(small, ciso, lead):
    Contact.objects.create(vendor=small.vendor, name="Account team", is_account_team=True)
    letter = escalations.draft(small, by=ciso, items=[item(small, 1)])
    assert told(About.ESCALATION, letter.answer_by) == {}
    letter = escalations.send(letter, by=ciso, version=1, mailed=False)
    day = letter.answer_by
    both = [{"CISO": step, "Lead": step} for step in ("14", "7", "1", "0", "0", "+7", "+14")]
    assert over(About.ESCALATION, day, -14, -7, -1, 0, 6, 7, 14) == both
    reminders = remember(About.ESCALATION, day)
    assert (
        lines(About.ESCALATION, reminders, day)
        == ["Escalation 1 to the account team about Claude Enterprise, Small review"] * 2
    )
    escalations.settle(letter.with_questions.get(), by=lead, outcome="answered")
    escalations.close(letter, by=lead)
    assert lines(About.ESCALATION, reminders, day) == []
