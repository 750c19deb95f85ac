"""What becomes of one date: moved, skipped, recorded, signed, returned? (rules 5, 6, 7 and 20)"""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from accounts import grants, people
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from evidence import library
from reviews import decisions, digest, gate, opening, workflow
from reviews.choices import Duty, OccurrenceState, Outcome, Status
from reviews.models import Completion, CompletionSignOff, Obligation, Occurrence
from reviews.recurring import occurrences
from tests.cast import add_evidence, bring_to, item, pdf, settle
from tests.reviews.again.again import prepared
from tests.reviews.recurring.dates import ANSWERS, FOUND, add, at, days, first_open, open_days, record, sign
from tests.unwritable import no_more_events  # noqa: F401

TODAY = date(2027, 1, 31)


@pytest.fixture(autouse=True)
def on_31_january(time_machine):
    time_machine.move_to(at("2027-01-31"), tick=False)


@pytest.fixture
def drill(vendor, deployment, lead, ciso, legal):
    """A date of a drill that the CISO owns; Legal hears of misses."""
    values = {"owner": ciso, "escalate_to": legal, "duty": Duty.DRILL, "deployment": deployment}
    return first_open(add(vendor, lead, **values))


def fresh(occurrence):
    return Occurrence.objects.with_names().get(pk=occurrence.pk)


@pytest.mark.parametrize("duty", [Duty.SPOT_CHECK, Duty.KEY_ROTATION, Duty.OTHER])
def test_what_needs_no_signature_is_done_on_recording(vendor, lead, reviewer, duty):
    occurrence = first_open(add(vendor, lead, duty=duty))
    completion = record(occurrence, reviewer, done_on=date(2027, 1, 30))
    done = fresh(occurrence)
    assert (done.state, done.done_on, done.result) == ("done", date(2027, 1, 30), "passed")
    assert (completion.by, completion.number) == (reviewer, 1)
    assert completion.digest == digest.sha256(completion.content)


@pytest.mark.parametrize("duty", [Duty.DRILL, Duty.ACCESS_REVIEW])
def test_where_the_outcome_matters_the_owner_signs(vendor, lead, ciso, reviewer, duty):
    occurrence = first_open(add(vendor, lead, duty=duty, owner=ciso))
    completion = record(occurrence, reviewer, done_on=TODAY)
    assert fresh(occurrence).state == OccurrenceState.AWAITING
    signoff = sign(occurrence, ciso)
    assert fresh(occurrence).state == OccurrenceState.DONE
    assert (signoff.signer, signoff.signer_role, signoff.digest) == (ciso, "CISO", completion.digest)
    assert "was done as written" in signoff.meaning


def test_rule_05_nobody_signs_what_they_recorded(drill, ciso, legal, reviewer, privacy_officer):
    record(drill, ciso, done_on=TODAY)
    with pytest.raises(PermissionDenied, match="You recorded this"):
        sign(drill, ciso)
    with pytest.raises(PermissionDenied, match="Instead signs Legal or a stakeholder of Anthropic"):
        sign(drill, reviewer)
    assert sign(drill, legal).signer == legal


def test_rule_05_a_stakeholder_signs_when_the_owner_recorded_it(drill, ciso, privacy_officer):
    record(drill, ciso, done_on=TODAY)
    assert sign(drill, privacy_officer).signer_role == "Privacy officer"


def test_rule_05_the_owner_alone_signs_what_someone_else_recorded(drill, reviewer, legal, lead):
    record(drill, reviewer, done_on=TODAY)
    for person in (legal, lead):
        with pytest.raises(PermissionDenied, match="Only the owner, CISO"):
            sign(drill, person)


def test_rule_05_nobody_signs_over_evidence_they_uploaded(drill, ciso, legal, reviewer, vendor):
    record(drill, reviewer, done_on=TODAY, evidence=[add_evidence(vendor, ciso)])
    with pytest.raises(PermissionDenied, match="uploaded"):
        sign(drill, ciso)
    assert sign(drill, legal).signer == legal


def test_when_the_owner_has_left_or_lost_the_access_somebody_else_signs(
    drill, ciso, legal, reviewer, vendor, administrator
):
    record(drill, reviewer, done_on=TODAY)
    grants.take(ciso, Access.SIGN, vendor)
    with pytest.raises(PermissionDenied):
        sign(drill, ciso)
    grants.give(ciso, Access.SIGN, vendor)
    people.deactivate(ciso, by=administrator)
    assert sign(drill, legal).signer == legal


def test_rule_05_the_database_refuses_the_recorders_own_signature(drill, ciso):
    completion = record(drill, ciso, done_on=TODAY)
    with pytest.raises(DatabaseError, match="four eyes"), transaction.atomic():
        CompletionSignOff.objects.create(
            completion=completion, signer=ciso, signer_name="CISO", signer_role="CISO", meaning="I.", digest="0" * 64
        )


@pytest.mark.parametrize("act", [lambda rows: rows.update(digest=""), lambda rows: rows._raw_delete("default")])
def test_rule_07_a_completion_and_its_signature_never_change(drill, ciso, reviewer, act):
    record(drill, reviewer, done_on=TODAY)
    signoff = sign(drill, ciso)
    for row in (signoff, signoff.completion):
        with pytest.raises(DatabaseError, match="append"), transaction.atomic():
            act(type(row).objects.filter(pk=row.pk))


def test_rule_06_a_signature_covers_what_was_shown(drill, ciso, legal, reviewer):
    first = record(drill, reviewer, done_on=TODAY)
    shown = occurrences.shown(first, to=ciso)
    occurrences.return_to_open(drill, by=ciso, reason="Who called?")
    record(drill, reviewer, done_on=TODAY)
    with pytest.raises(Refused, match="something else is recorded"):
        occurrences.sign(drill, by=ciso, shown=shown)
    with pytest.raises(Refused, match="did not say what it showed"):
        occurrences.sign(drill, by=ciso, shown="forged")
    theirs = occurrences.shown(occurrences.last_completion(drill), to=legal)
    with pytest.raises(Refused, match="somebody else"):
        occurrences.sign(drill, by=ciso, shown=theirs)
    assert fresh(drill).state == OccurrenceState.AWAITING


def test_a_returned_date_is_open_and_keeps_what_was_recorded(drill, ciso, reviewer, second_reviewer):
    record(drill, reviewer, done_on=TODAY)
    with pytest.raises(PermissionDenied):
        occurrences.return_to_open(drill, by=second_reviewer, reason="Who called?")
    with pytest.raises(Refused, match="Say what is missing"):
        occurrences.return_to_open(drill, by=ciso, reason=" ")
    occurrences.return_to_open(drill, by=ciso, reason="Who called?")
    back = fresh(drill)
    assert (back.state, back.result, back.done_on, back.closed_reason) == ("open", "", None, "Who called?")
    assert record(drill, reviewer, done_on=TODAY).number == 2
    assert Completion.objects.count() == 2
    occurrences.return_to_open(drill, by=reviewer, reason="I forgot somebody.")
    assert fresh(drill).state == OccurrenceState.OPEN


def test_what_is_closed_or_waits_takes_no_other_act(drill, ciso, lead, reviewer):
    record(drill, reviewer, done_on=TODAY)
    acts = [
        lambda: record(drill, reviewer, done_on=TODAY),
        lambda: occurrences.move(drill, by=lead, due_on=date(2027, 3, 1), reason="Later."),
        lambda: occurrences.skip(drill, by=lead, reason="Not now."),
    ]
    for act in acts:
        with pytest.raises(Refused, match="awaiting sign-off by now"):
            act()
    sign(drill, ciso)
    for act in [*acts, lambda: sign(drill, ciso), lambda: occurrences.return_to_open(drill, by=ciso, reason="No.")]:
        with pytest.raises(Refused, match="done by now"):
            act()


def test_moving_leaves_the_dates_after_it_where_they_are(vendor, lead):
    obligation = add(vendor, lead)
    occurrence = first_open(obligation)
    occurrences.move(occurrence, by=lead, due_on=date(2027, 2, 10), reason="The test system is down.")
    moved = fresh(occurrence)
    assert (moved.due_on, moved.planned_on, moved.moved_reason) == (
        date(2027, 2, 10),
        date(2027, 1, 31),
        "The test system is down.",
    )
    assert open_days(obligation) == ["2027-02-10", "2027-02-28", "2027-03-31"]


@pytest.mark.parametrize(
    ("due_on", "reason", "words"),
    [(date(2027, 1, 30), "Before.", "past"), (date(2027, 3, 1), "  ", "Say why")],
)
def test_a_move_that_cannot_be_is_a_sentence(vendor, lead, due_on, reason, words):
    occurrence = first_open(add(vendor, lead))
    with pytest.raises(Refused, match=words):
        occurrences.move(occurrence, by=lead, due_on=due_on, reason=reason)


def test_a_skipped_date_keeps_its_reason(vendor, lead):
    obligation = add(vendor, lead)
    with pytest.raises(Refused, match="Say why"):
        occurrences.skip(first_open(obligation), by=lead, reason="")
    occurrences.skip(first_open(obligation), by=lead, reason="Nobody uses it.")
    assert obligation.occurrences.get(state="skipped").closed_reason == "Nobody uses it."
    assert open_days(obligation) == ["2027-02-28", "2027-03-31"]


def test_auditors_record_nothing(vendor, lead, auditor, stranger):
    occurrence = first_open(add(vendor, lead))
    for person in (auditor, stranger):
        with pytest.raises(PermissionDenied):
            record(occurrence, person, done_on=TODAY)


def test_a_day_to_come_cannot_be_recorded(vendor, lead):
    with pytest.raises(Refused, match="day to come"):
        record(first_open(add(vendor, lead)), lead, done_on=date(2027, 2, 1))


def test_a_day_long_before_the_due_day_is_a_slip_and_cannot_be_recorded(vendor, lead):
    occurrence = first_open(add(vendor, lead))
    words = "This is done every month and due on 31 January 2027: it was not before 31 December 2026"
    for day in (date(1926, 1, 31), date(2026, 12, 30)):
        with pytest.raises(Refused, match=words):
            record(occurrence, lead, done_on=day)
    assert fresh(occurrence).state == OccurrenceState.OPEN
    record(occurrence, lead, done_on=date(2026, 12, 31))


def test_a_date_moved_later_may_still_have_been_done_when_it_was_planned(vendor, lead):
    occurrence = first_open(add(vendor, lead))
    occurrences.move(occurrence, by=lead, due_on=date(2027, 3, 15), reason="Holidays.")
    record(occurrence, lead, done_on=TODAY)
    assert fresh(occurrence).done_on == TODAY


def test_it_was_not_done_before_the_time_before(vendor, lead, time_machine):
    obligation = add(vendor, lead)
    record(first_open(obligation), lead, done_on=date(2027, 1, 31))
    time_machine.move_to(at("2027-02-28"))
    with pytest.raises(Refused, match="It was done on 31 January 2027 the last time"):
        record(first_open(obligation), lead, done_on=date(2027, 1, 30))
    record(first_open(obligation), lead, done_on=date(2027, 1, 31))


def test_evidence_is_cited_with_its_version_and_hash(vendor, lead, reviewer):
    evidence = add_evidence(vendor, reviewer)
    completion = record(first_open(add(vendor, lead)), reviewer, done_on=TODAY, evidence=[evidence])
    version = evidence.current
    assert completion.said["evidence"] == [
        {
            "evidence": evidence.pk,
            "title": "SOC 2 report",
            "version": 1,
            "name": "report.pdf",
            "sha256": version.sha256,
            "uploaded_by": reviewer.pk,
        }
    ]


def test_withdrawn_or_foreign_evidence_proves_nothing(vendor, lead, reviewer):
    from vendors.models import Vendor

    other = Vendor.objects.create(name="Other", slug="other", created_by=lead)
    grants.give(reviewer, Access.REVIEW, other)
    foreign = add_evidence(other, reviewer, title="Theirs")
    withdrawn = add_evidence(vendor, reviewer, title="Old")
    library.withdraw(withdrawn, by=reviewer, reason="Out of date.")
    withdrawn.refresh_from_db()
    for evidence, words in ((foreign, "another vendor"), (withdrawn, "withdrawn")):
        with pytest.raises(Refused, match=words):
            record(first_open(add(vendor, lead)), reviewer, done_on=TODAY, evidence=[evidence])


def test_rule_24_what_was_done_is_on_record_with_its_hash(drill, ciso, reviewer):
    completion = record(drill, reviewer, done_on=TODAY)
    sign(drill, ciso)
    events = Event.objects.filter(event_type__startswith="occurrence.").order_by("pk")
    assert [(event.event_type, event.actor_name) for event in events] == [
        ("occurrence.recorded", "Reviewer"),
        ("occurrence.done", "CISO"),
    ]
    assert {event.content_hash for event in events} == {f"sha256:{completion.digest}"}
    assert events[1].approved_by == "CISO"


def test_rule_24_what_cannot_be_written_down_is_not_recorded(request, vendor, lead):
    occurrence = first_open(add(vendor, lead))
    request.getfixturevalue("no_more_events")
    with pytest.raises(DatabaseError, match="full"):
        record(occurrence, lead, done_on=TODAY)
    assert fresh(occurrence).state == OccurrenceState.OPEN
    assert not Completion.objects.exists()


# What a failure opens again


def test_rule_21_a_failed_drill_opens_statements_again_when_it_is_signed(
    drill, review, reviewer, evidence, ciso, compliance_officer
):
    for number in (12, 43):
        bring_to(review, Status.COMPLETE, number, by=reviewer, evidence=evidence)
    record(drill, reviewer, done_on=TODAY, failed=True, reopens=[43, 12])
    assert {item(review, number).status for number in (12, 43)} == {Status.COMPLETE}
    sign(drill, ciso)
    for number in (12, 43):
        opened = item(review, number)
        assert (opened.status, opened.returned_to) == (Status.IN_PROGRESS, reviewer)
        assert opened.comments.get().text == f"Incident response drill, 2027-01-31 found something: {FOUND}"
    event = Event.objects.filter(event_type="item.reopen_by_duty").first()
    assert event.reason == f"Incident response drill, 2027-01-31 found something: {FOUND}"
    assert (event.before, event.after["status"]) == ({"status": "complete"}, "in_progress")


@pytest.mark.parametrize("duty", [Duty.SPOT_CHECK, Duty.KEY_ROTATION, Duty.OTHER])
def test_rule_05_nobody_alone_opens_a_signed_statement_again(
    vendor, deployment, lead, reviewer, review, evidence, ciso, duty
):
    bring_to(review, Status.COMPLETE, 12, by=reviewer, evidence=evidence)
    occurrence = first_open(add(vendor, lead, duty=duty, deployment=deployment, owner=ciso))
    record(occurrence, reviewer, done_on=TODAY, failed=True, reopens=[12])
    assert (fresh(occurrence).state, item(review, 12).status) == (OccurrenceState.AWAITING, Status.COMPLETE)
    with pytest.raises(PermissionDenied):
        sign(occurrence, reviewer)
    sign(occurrence, ciso)
    assert (fresh(occurrence).state, item(review, 12).status) == (OccurrenceState.DONE, Status.IN_PROGRESS)


def test_what_was_found_and_opens_nothing_is_done_on_recording(vendor, lead, reviewer):
    occurrence = first_open(add(vendor, lead, duty=Duty.SPOT_CHECK))
    record(occurrence, reviewer, done_on=TODAY, failed=True)
    assert (fresh(occurrence).state, fresh(occurrence).result) == (OccurrenceState.DONE, "failed")


def test_an_item_that_is_not_complete_gets_a_comment_only(drill, review, reviewer, evidence, ciso):
    bring_to(review, Status.AWAITING, 12, by=reviewer, evidence=evidence)
    record(drill, reviewer, done_on=TODAY, failed=True, reopens=[12, 43])
    sign(drill, ciso)
    assert (item(review, 12).status, item(review, 43).status) == (Status.AWAITING, Status.NOT_STARTED)
    assert {item(review, number).comments.count() for number in (12, 43)} == {1}


def test_a_passed_drill_opens_nothing(drill, review, reviewer, evidence, ciso):
    bring_to(review, Status.COMPLETE, 12, by=reviewer, evidence=evidence)
    completion = record(drill, reviewer, done_on=TODAY, reopens=[12])
    sign(drill, ciso)
    assert completion.said["reopens"] == []
    assert item(review, 12).status == Status.COMPLETE


def test_the_newest_review_is_the_one_that_opens_again(drill, review, reviewer, evidence, ciso, deployment, lead):
    bring_to(review, Status.COMPLETE, 12, by=reviewer, evidence=evidence)
    later = opening.open_review(deployment, review.checklist, by=lead, holders=review.holders, title="Later")
    bring_to(later, Status.COMPLETE, 12, by=reviewer, evidence=evidence)
    record(drill, reviewer, done_on=TODAY, failed=True, reopens=[12])
    sign(drill, ciso)
    assert (item(review, 12).status, item(later, 12).status) == (Status.COMPLETE, Status.IN_PROGRESS)


def test_what_is_in_force_opens_again_and_the_open_re_assessment_hears_of_it(
    drill, small, reviewer, evidence, ciso, lead
):
    settle(small, [1, 2], reviewer, evidence)
    decide(small, ciso, Outcome.HOLD)
    annual = prepared(small.deployment, lead, duty=Duty.ANNUAL_REVIEW)
    settle(annual, [2], reviewer)
    record(drill, reviewer, done_on=TODAY, failed=True, reopens=[1, 2])
    sign(drill, ciso)
    assert [item(small, number).status for number in (1, 2)] == [Status.IN_PROGRESS] * 2
    assert [item(annual, number).status for number in (1, 2)] == [Status.NOT_STARTED, Status.IN_PROGRESS]
    assert {item(annual, number).comments.get().text for number in (1, 2)} == {
        f"Incident response drill, 2027-01-31 found something: {FOUND}"
    }


def test_what_a_re_assessment_rests_on_opens_again_and_another_review_that_began_does_not(
    drill, small, review, reviewer, evidence, ciso, lead
):
    settle(small, [1], reviewer, evidence)
    decide(small, ciso, Outcome.HOLD)
    bring_to(review, Status.COMPLETE, 1, by=reviewer, evidence=evidence)
    quarterly = prepared(small.deployment, lead)
    decide(quarterly, ciso, Outcome.HOLD)
    record(drill, reviewer, done_on=TODAY, failed=True, reopens=[1])
    sign(drill, ciso)
    assert not quarterly.items.filter(statement__number=1).exists()
    assert (item(small, 1).status, item(review, 1).status) == (Status.IN_PROGRESS, Status.COMPLETE)


def test_what_another_checklist_says_under_the_number_stays(drill, small, review, reviewer, evidence, ciso, lead):
    for each in (small, review):
        bring_to(each, Status.COMPLETE, 1, by=reviewer, evidence=evidence)
        decide(each, ciso, Outcome.HOLD)
    newer, older = sorted((small, review), key=lambda each: -each.pk)
    Obligation.objects.update(proposed_by=older)
    record(fresh(drill), reviewer, done_on=TODAY, failed=True, reopens=[1])
    sign(drill, ciso)
    assert (item(older, 1).status, item(newer, 1).status) == (Status.IN_PROGRESS, Status.COMPLETE)


def test_a_statement_no_review_has_cannot_be_opened(drill, small, reviewer):
    with pytest.raises(Refused, match="No review here has statement 43"):
        record(drill, reviewer, done_on=TODAY, failed=True, reopens=[12, 43])


def test_a_failure_says_what_was_found(drill, review, reviewer):
    with pytest.raises(Refused, match="What was found"):
        record(drill, reviewer, done_on=TODAY, failed=True, answers=ANSWERS[Duty.DRILL])


# Done by a review


def decide(review, by, outcome):
    shown = decisions.shown(gate.assess(review), to=by)
    return decisions.decide(review, by=by, outcome=outcome, reason="Because.", shown=shown)


def test_a_date_is_done_when_its_review_is_decided(small, deployment, vendor, lead, ciso):
    obligation = add(vendor, lead, duty=Duty.QUARTERLY_REVIEW, deployment=deployment, unit="quarter")
    occurrence = first_open(obligation)
    Occurrence.objects.filter(pk=occurrence.pk).update(review=small)
    with pytest.raises(Refused, match="done by a review"):
        occurrences.record(occurrence, by=lead, done_on=TODAY, result="passed", answers={})
    decide(small, ciso, "hold")
    done = fresh(occurrence)
    assert (done.state, done.done_on, done.result) == ("done", TODAY, "failed")
    assert days(obligation) == ["2027-01-31", "2027-04-30"]
    decide(small, ciso, "refuse")
    assert Event.objects.filter(event_type="occurrence.done").count() == 1


def test_a_drill_cannot_reopen_what_a_stranger_to_the_vendor_asks(drill, stranger):
    with pytest.raises(PermissionDenied):
        record(drill, stranger, done_on=TODAY, failed=True, reopens=[12])


def test_the_move_is_no_way_around_an_open_item(review, reviewer, evidence):
    bring_to(review, Status.AWAITING, 12, by=reviewer, evidence=evidence)
    with pytest.raises(Refused, match="no longer applies"):
        workflow.apply(workflow.REOPEN_BY_DUTY, item(review, 12), by=reviewer, remark="Found.")


def test_a_newer_version_does_not_change_what_was_cited(drill, reviewer, ciso, vendor):
    evidence = add_evidence(vendor, reviewer)
    completion = record(drill, reviewer, done_on=TODAY, evidence=[evidence])
    library.add_version(evidence, by=reviewer, upload=pdf("newer"))
    assert sign(drill, ciso).digest == completion.digest
