"""What is proposed after an approval, what is accepted or changed, and which dates follow? (rules 20 to 22)"""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from accounts import grants, people
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from reviews import decisions, gate, opening
from reviews.again import reassessments
from reviews.choices import Counted, Duty, OccurrenceState
from reviews.models import Meeting, Obligation, Occurrence
from reviews.recurring import obligations, occurrences, plan
from reviews.recurring.plan import Next, next_dates
from reviews.tasks import plan_ahead
from tests.cast import settle
from tests.reviews.recurring.dates import add, add_counted, at, days, first_open, fresh, open_days, record
from vendors.choices import Channel
from vendors.models import Deployment, Vendor


@pytest.fixture(autouse=True)
def on_31_january(time_machine):
    time_machine.move_to(at("2027-01-31"), tick=False)


def decide(review, by, outcome):
    shown = decisions.shown(gate.assess(review), to=by)
    return decisions.decide(review, by=by, outcome=outcome, reason="Because.", shown=shown)


def proposed(review):
    return {each.duty: each for each in Obligation.objects.filter(proposed_by=review)}


def test_rule_21_an_approval_proposes_what_the_source_asks_for(small, reviewer, evidence, ciso):
    settle(small, range(1, 11), reviewer, evidence)
    decide(small, ciso, "go")
    found = proposed(small)
    cadences = {
        each.duty: (each.every, each.unit, each.first_on.isoformat(), each.owner.name) for each in found.values()
    }
    assert cadences == {
        "quarterly_review": (1, "quarter", "2027-04-30", "Compliance officer"),
        "annual_review": (1, "year", "2028-01-31", "CISO"),
        "drill": (6, "month", "2027-07-31", "CISO"),
        "access_review": (1, "month", "2027-02-28", "IT security"),
        "spot_check": (1, "month", "2027-02-28", "Privacy officer"),
    }
    assert {each.state for each in found.values()} == {"proposed"}
    assert {each.deployment for each in found.values()} == {small.deployment}
    assert "names no cadence" in found["spot_check"].instructions
    assert Event.objects.filter(event_type="obligation.proposed").count() == 5


@pytest.mark.parametrize("channel", Channel)
def test_rule_21_keys_are_rotated_every_90_days_where_we_hold_keys(small, ciso, deployment, channel):
    deployment.channel = channel
    deployment.save()
    obligations.propose(small, by=ciso)
    keys = proposed(small).get(Duty.KEY_ROTATION)
    if channel not in {Channel.CLAUDE_API, Channel.CLAUDE_CODE}:
        assert keys is None
    else:
        assert (keys.every, keys.unit, keys.counted) == (90, "day", "completion")


def test_nothing_is_proposed_while_the_same_duty_is_proposed_in_force_or_dismissed(small, ciso, lead, deployment):
    first = {each.duty: each for each in obligations.propose(small, by=ciso)}
    assert obligations.propose(small, by=ciso) == []
    obligations.accept(first[Duty.DRILL], by=lead)
    obligations.dismiss(first[Duty.SPOT_CHECK], by=lead, reason="Done by others.")
    assert obligations.propose(small, by=ciso) == []
    later = opening.open_review(deployment, small.checklist, by=lead, title="A year later")
    assert obligations.propose(later, by=ciso) == []
    obligations.end(first[Duty.DRILL], by=lead, reason="We left.")
    assert [each.duty for each in obligations.propose(later, by=ciso)] == [Duty.DRILL]


def test_a_role_without_a_holder_who_can_falls_to_the_lead(small, ciso, lead, privacy_officer, vendor):
    grants.take(privacy_officer, Access.SIGN, vendor)
    found = {each.duty: each for each in obligations.propose(small, by=ciso)}
    assert found[Duty.SPOT_CHECK].owner == lead
    assert found[Duty.DRILL].owner == ciso
    assert (found[Duty.SPOT_CHECK].escalate_to, found[Duty.DRILL].escalate_to) == (ciso, lead)


def test_a_hold_proposes_nothing(small, ciso):
    decide(small, ciso, "hold")
    assert not Obligation.objects.exists()


def test_accepting_plans_the_dates_of_60_days_and_always_the_next_one(small, ciso, lead):
    for each in obligations.propose(small, by=ciso):
        obligations.accept(each, by=lead)
    planned = {each.duty: days(each) for each in Obligation.objects.all()}
    assert planned == {
        "quarterly_review": ["2027-04-30"],
        "annual_review": ["2028-01-31"],
        "drill": ["2027-07-31"],
        "access_review": ["2027-02-28", "2027-03-28"],
        "spot_check": ["2027-02-28", "2027-03-28"],
    }


def test_rule_20_dates_are_computed_from_the_first_one(vendor, lead, time_machine):
    monthly = add(vendor, lead)
    quarterly = add(vendor, lead, unit="quarter", title="Quarterly")
    time_machine.move_to(at("2027-10-31"), tick=False)
    plan.materialise()
    assert days(monthly) == [
        *("2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30"),
        *("2027-07-31", "2027-08-31", "2027-09-30", "2027-10-31", "2027-11-30"),
    ]
    assert days(quarterly) == ["2027-01-31", "2027-04-30", "2027-07-31", "2027-10-31"]


def test_materialising_twice_writes_nothing_twice(vendor, lead):
    add(vendor, lead)
    add_counted(vendor, lead, title="Counted")
    events = Event.objects.count()
    assert plan.materialise() == 0
    assert plan.materialise(date(2027, 3, 1)) == 1
    assert plan.materialise(date(2027, 3, 1)) == 0
    assert Event.objects.count() == events + 1


def test_after_a_long_downtime_each_missed_date_is_an_occurrence_of_its_own(vendor, lead):
    obligation = add(vendor, lead, every=2, unit="week")
    plan.materialise(date(2029, 1, 31))
    missed = [day for day in open_days(obligation) if day < "2029-01-31"]
    assert len(missed) == 53
    assert (missed[0], missed[-1]) == ("2027-01-31", "2029-01-28")


def test_a_first_date_in_the_past_makes_up_no_dates(vendor, lead):
    assert days(add(vendor, lead, first_on=date(2020, 5, 31))) == ["2027-01-31", "2027-02-28", "2027-03-31"]


def test_the_last_day_ends_it(vendor, lead):
    obligation = add(vendor, lead, ends_on=date(2027, 3, 15))
    assert days(obligation) == ["2027-01-31", "2027-02-28"]
    for day in (date(2027, 1, 31), date(2027, 1, 31)):
        record(first_open(obligation), lead, done_on=day)
    assert fresh(obligation).state == "active"
    plan.materialise(date(2027, 3, 15))
    assert fresh(obligation).state == "active"
    plan.materialise(date(2027, 3, 16))
    ended = fresh(obligation)
    assert (ended.state, ended.state_reason) == ("ended", "Its last day has passed.")


def test_dates_missed_before_the_last_day_exist_after_it(vendor, lead):
    obligation = add(vendor, lead, ends_on=date(2027, 12, 31))
    plan.materialise(date(2028, 6, 1))
    assert len(days(obligation)) == 12
    assert fresh(obligation).state == "active"


def test_one_done_early_has_its_next_date(vendor, lead):
    obligation = add(vendor, lead, unit="year", first_on=date(2027, 12, 31))
    record(first_open(obligation), lead, done_on=date(2027, 1, 31))
    assert open_days(obligation) == ["2028-12-31"]


def test_rule_20_what_is_counted_from_the_completion_has_one_open_date(vendor, lead, time_machine):
    obligation = add_counted(vendor, lead)
    assert open_days(obligation) == ["2027-01-31"]
    time_machine.move_to(at("2027-06-01"), tick=False)
    plan.materialise()
    assert open_days(obligation) == ["2027-01-31"]
    record(first_open(obligation), lead, done_on=date(2027, 5, 20))
    assert open_days(obligation) == ["2027-08-18"]
    occurrences.skip(first_open(obligation), by=lead, reason="No keys at the moment.")
    assert open_days(obligation) == ["2027-11-16"]


def test_both_ways_of_counting_are_said(vendor, lead, time_machine):
    calendar, counted = add(vendor, lead, unit="quarter"), add_counted(vendor, lead, title="Counted")
    assert next_dates(calendar) == Next(date(2027, 1, 31), None)
    time_machine.move_to(at("2027-02-10"), tick=False)
    record(first_open(calendar), lead, done_on=date(2027, 2, 10))
    record(first_open(counted), lead, done_on=date(2027, 2, 10))
    assert next_dates(calendar) == Next(date(2027, 4, 30), date(2027, 5, 10))
    assert next_dates(counted) == Next(date(2027, 5, 1), date(2027, 5, 11))


def test_a_date_done_early_is_not_next_again(vendor, lead):
    obligation = add(vendor, lead, unit="quarter", first_on=date(2027, 3, 31))
    record(first_open(obligation), lead, done_on=date(2027, 1, 31))
    assert next_dates(obligation).by_calendar == date(2027, 6, 30)


def change(obligation, by, **values):
    return obligations.change(obligation, by=by, version=fresh(obligation).version, **values)


def test_a_changed_cadence_moves_the_open_dates_and_no_closed_one(vendor, lead, time_machine):
    obligation = add(vendor, lead)
    record(first_open(obligation), lead, done_on=date(2027, 1, 31))
    change(obligation, lead, unit="quarter")
    assert days(obligation, OccurrenceState.DONE) == ["2027-01-31"]
    assert open_days(obligation) == ["2027-04-30"]
    change(obligation, lead, unit="month", first_on=date(2027, 2, 15))
    assert open_days(obligation) == ["2027-02-15", "2027-03-15"]
    assert [each.number for each in obligation.occurrences.order_by("number")] == [0, 1, 2]


def test_an_overdue_date_stays_overdue_when_the_cadence_changes(vendor, lead, time_machine):
    obligation = add(vendor, lead)
    time_machine.move_to(at("2027-02-10"), tick=False)
    change(obligation, lead, unit="quarter")
    assert open_days(obligation) == ["2027-01-31", "2027-04-30"]


def test_a_returned_date_stays_where_it_was_recorded_for(vendor, lead, ciso, reviewer):
    obligation = add(vendor, lead, duty=Duty.DRILL, owner=ciso)
    occurrence = first_open(obligation)
    record(occurrence, reviewer, done_on=date(2027, 1, 31))
    occurrences.return_to_open(occurrence, by=ciso, reason="Who called the vendor?")
    change(obligation, lead, unit="year", first_on=date(2027, 3, 1))
    assert open_days(obligation) == ["2027-01-31", "2027-03-01"]


def test_a_date_people_meet_for_is_skipped_and_not_forgotten(vendor, lead):
    obligation = add(vendor, lead)
    met = obligation.occurrences.last()
    Meeting.objects.create(occurrence=met, organiser=lead, starts_at="2027-03-31T10:00:00Z")
    change(obligation, lead, unit="year")
    assert days(obligation, OccurrenceState.SKIPPED) == ["2027-03-31"]
    assert Occurrence.objects.get(pk=met.pk).closed_reason == "The cadence changed."
    assert open_days(obligation) == ["2027-01-31"]


def test_counting_from_the_completion_instead_leaves_one_open_date(vendor, lead):
    obligation = add(vendor, lead)
    record(first_open(obligation), lead, done_on=date(2027, 1, 31))
    change(obligation, lead, counted=Counted.COMPLETION, every=90, unit="day")
    assert open_days(obligation) == ["2027-05-01"]
    change(obligation, lead, counted=Counted.CALENDAR, every=1, unit="month")
    assert open_days(obligation) == ["2027-02-28", "2027-03-31"]


def test_a_date_whose_review_is_open_stays_when_the_cadence_changes(small, lead, ciso, deployment, vendor):
    decide(small, ciso, "hold")
    quarterly = add(vendor, lead, deployment=deployment, duty=Duty.QUARTERLY_REVIEW, unit="quarter")
    review = reassessments.prepare(first_open(quarterly))
    change(quarterly, lead, first_on=date(2027, 8, 19))
    assert open_days(quarterly) == ["2027-01-31"]
    assert first_open(quarterly).due_on == review.due_on


def test_a_moved_date_stays_moved_unless_its_cadence_changes(vendor, lead):
    obligation = add(vendor, lead)
    occurrences.move(first_open(obligation), by=lead, due_on=date(2027, 2, 5), reason="Holidays.")
    change(obligation, lead, ends_on=date(2030, 1, 1))
    assert open_days(obligation)[0] == "2027-02-05"
    change(obligation, lead, first_on=date(2027, 2, 1))
    moved = first_open(obligation)
    assert (moved.due_on, moved.planned_on, moved.moved_reason) == (date(2027, 2, 1), date(2027, 2, 1), "")


def test_a_stale_change_is_refused_with_what_is_stored_now(vendor, lead):
    obligation = add(vendor, lead)
    obligations.change(obligation, by=lead, version=1, title="Mine")
    with pytest.raises(obligations.Stale, match="someone changed") as refusal:
        obligations.change(obligation, by=lead, version=1, title="Theirs")
    assert refusal.value.newest.title == "Mine"
    assert obligations.change(obligation, by=lead, version=1, title="Mine").version == 2


def test_an_obligation_does_not_end_over_a_date_that_awaits_its_signature(vendor, lead, ciso, reviewer):
    obligation = add(vendor, lead, duty=Duty.DRILL, owner=ciso)
    occurrence = first_open(obligation)
    record(occurrence, reviewer, done_on=date(2027, 1, 31))
    with pytest.raises(Refused, match="due on 31 January 2027 awaits its signature"):
        obligations.end(obligation, by=lead, reason="We left the vendor.")
    assert (fresh(obligation).state, days(obligation, OccurrenceState.SKIPPED)) == ("active", [])
    occurrences.return_to_open(occurrence, by=ciso, reason="Who took part?")
    obligations.end(obligation, by=lead, reason="We left the vendor.")
    assert fresh(obligation).state == "ended"


def test_ending_skips_the_open_dates_with_the_reason_and_keeps_the_done_ones(vendor, lead):
    obligation = add(vendor, lead)
    record(first_open(obligation), lead, done_on=date(2027, 1, 31))
    obligations.end(obligation, by=lead, reason="We left the vendor.")
    assert days(obligation, OccurrenceState.SKIPPED) == ["2027-02-28", "2027-03-31"]
    assert {each.closed_reason for each in obligation.occurrences.filter(state="skipped")} == {"We left the vendor."}
    assert days(obligation, OccurrenceState.DONE) == ["2027-01-31"]
    assert plan.materialise(date(2028, 1, 1)) == 0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"every": 0}, "1 or more"),
        ({"every": 2_147_483_647}, "year 9999"),
        ({"ends_on": date(2027, 1, 30)}, "last day lies before the first"),
        ({"steps": [7, -1]}, "Steps are days"),
        ({"steps": [366]}, "Steps are days"),
        ({"steps": []}, "Steps are days"),
    ],
)
def test_what_cannot_be_is_a_sentence(vendor, lead, values, words):
    with pytest.raises(Refused, match=words):
        add(vendor, lead, **values)
    obligation = add(vendor, lead)
    with pytest.raises(Refused, match=words):
        change(obligation, lead, **values)
    assert fresh(obligation).version == 1


def test_an_owner_or_escalation_without_access_is_refused(vendor, lead, stranger, auditor, reviewer, administrator):
    with pytest.raises(Refused, match="may not work on Anthropic"):
        add(vendor, lead, owner=stranger)
    with pytest.raises(Refused, match="may not work on Anthropic"):
        add(vendor, lead, escalate_to=auditor)
    people.deactivate(reviewer, by=administrator)
    reviewer.refresh_from_db()
    with pytest.raises(Refused, match="has left"):
        add(vendor, lead, owner=reviewer)


def test_a_deployment_of_another_vendor_is_refused(vendor, lead):
    other = Vendor.objects.create(name="Other", slug="other", created_by=lead)
    foreign = Deployment.objects.create(vendor=other, name="Theirs", channel=Channel.OTHER)
    with pytest.raises(Refused, match="another vendor"):
        add(vendor, lead, deployment=foreign)


def test_a_review_that_recurs_needs_its_deployment(vendor, lead, deployment):
    with pytest.raises(Refused, match="say which"):
        add(vendor, lead, duty=Duty.QUARTERLY_REVIEW)
    assert add(vendor, lead, duty=Duty.QUARTERLY_REVIEW, deployment=deployment).review_kind == "quarterly"


def test_accepting_all_accepts_all_or_none(small, ciso, lead, privacy_officer, vendor):
    obligations.propose(small, by=ciso)
    grants.take(privacy_officer, Access.SIGN, vendor)
    with pytest.raises(Refused, match=r"spot check.*Privacy officer may not work"):
        obligations.accept_all(vendor, by=lead)
    assert {each.state for each in Obligation.objects.all()} == {"proposed"}
    grants.give(privacy_officer, Access.SIGN, vendor)
    assert obligations.accept_all(vendor, by=lead) == 5
    assert {each.state for each in Obligation.objects.all()} == {"active"}


def test_what_is_settled_is_not_settled_again(small, ciso, lead):
    proposal = obligations.propose(small, by=ciso)[0]
    with pytest.raises(Refused, match="Say why"):
        obligations.dismiss(proposal, by=lead, reason=" ")
    obligations.dismiss(proposal, by=lead, reason="Not needed.")
    for act in (obligations.accept, obligations.dismiss, obligations.end):
        words = {} if act is obligations.accept else {"reason": "Again."}
        with pytest.raises(Refused, match="not accepted"):
            act(proposal, by=lead, **words)
    with pytest.raises(Refused, match="does not change any more"):
        change(proposal, lead, title="Other")


@pytest.mark.parametrize("name", ["reviewer", "ciso", "auditor", "administrator", "stranger"])
def test_only_the_vendors_lead_plans(request, small, vendor, lead, ciso, name):
    person = request.getfixturevalue(name)
    proposal, active = obligations.propose(small, by=ciso)[0], add(vendor, lead)
    acts = [
        lambda: add(vendor, person),
        lambda: obligations.accept(proposal, by=person),
        lambda: obligations.accept_all(vendor, by=person),
        lambda: obligations.change(active, by=person, version=1, title="Other"),
        lambda: obligations.dismiss(proposal, by=person, reason="No."),
        lambda: obligations.end(active, by=person, reason="No."),
        lambda: occurrences.move(first_open(active), by=person, due_on=date(2027, 2, 5), reason="No."),
        lambda: occurrences.skip(first_open(active), by=person, reason="No."),
    ]
    for act in acts:
        with pytest.raises(PermissionDenied, match="review lead"):
            act()


def test_rule_22_the_task_plans_what_is_missing_and_opens_the_reviews_that_come(small, ciso, lead, time_machine):
    decide(small, ciso, "hold")
    quarterly = next(each for each in obligations.propose(small, by=ciso) if each.duty == Duty.QUARTERLY_REVIEW)
    obligations.accept(quarterly, by=lead)
    time_machine.move_to(at("2027-04-15"), tick=False)
    for _ in range(2):
        plan_ahead()
    assert days(quarterly) == ["2027-04-30"]
    assert quarterly.occurrences.get().review.kind == "quarterly"
    time_machine.move_to(at("2027-06-15"), tick=False)
    plan_ahead()
    assert days(quarterly) == ["2027-04-30", "2027-07-30"]
