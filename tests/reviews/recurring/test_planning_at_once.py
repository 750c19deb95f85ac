"""What happens when two workers plan, or two people act on a date, at the same moment? (rules 20 to 22; PostgreSQL)"""

import threading
import time
from datetime import date, timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from accounts.permissions import Refused
from audit.models import Event
from reviews import signoffs, workflow
from reviews.choices import Duty, Status
from reviews.models import Completion, CompletionSignOff, Item, Obligation, Occurrence
from reviews.recurring import obligations, occurrences, plan
from tests.at_once import at_once
from tests.cast import item, settle
from tests.reviews.recurring.dates import add, add_counted, days, first_open, open_days, record, sign

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


@pytest.fixture(autouse=True)
def on_31_january(time_machine):
    time_machine.move_to("2027-01-31T12:00:00Z", tick=True)


def test_two_workers_write_each_date_once(vendor, lead):
    many = [add(vendor, lead, title=f"Call {number}") for number in range(5)]
    for turn in range(1, ROUNDS + 1):
        today = date(2027, 1, 31) + timedelta(days=40 * turn)
        before = Occurrence.objects.count()
        answers = at_once(*[partial(plan.materialise, today)] * 2)
        assert sum(answers) == Occurrence.objects.count() - before > 0
    for obligation in many:
        found = days(obligation)
        assert len(found) == len(set(found))
        assert [each.number for each in obligation.occurrences.order_by("number")] == list(range(len(found)))


def test_a_date_done_twice_at_once_is_done_once_and_has_one_successor(vendor, lead, reviewer):
    counted = add_counted(vendor, lead)
    for _ in range(ROUNDS):
        occurrence = first_open(counted)
        act = partial(record, occurrence, reviewer, done_on=date(2027, 1, 31))
        answers = at_once(act, act, plan.materialise)
        assert {type(answer) for answer in answers[:2]} == {Completion, Refused}
        assert len(open_days(counted)) == 1
    assert Completion.objects.count() == ROUNDS


def test_a_change_of_cadence_beside_a_worker_leaves_dates_of_one_cadence(vendor, lead):
    obligation = add(vendor, lead)
    for unit, found in [("week", 9), ("month", 3)] * (ROUNDS // 2):
        version = Obligation.objects.get(pk=obligation.pk).version
        change = partial(obligations.change, obligation, by=lead, version=version, unit=unit)
        answers = at_once(change, plan.materialise, plan.materialise)
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert len(open_days(obligation)) == found


def test_one_of_two_signatures_counts(vendor, lead, ciso, reviewer, legal, privacy_officer):
    occurrence = first_open(add(vendor, lead, duty=Duty.DRILL, owner=ciso, escalate_to=legal))
    completion = record(occurrence, ciso, done_on=date(2027, 1, 31))
    acts = [
        partial(occurrences.sign, occurrence, by=who, shown=occurrences.shown(completion, to=who))
        for who in (legal, privacy_officer)
    ]
    answers = at_once(*acts)
    assert sorted(type(answer).__name__ for answer in answers) == ["CompletionSignOff", "Refused"]
    assert Event.objects.filter(event_type="occurrence.done").count() == 1


def test_two_approvals_at_once_propose_each_duty_once(small, ciso):
    answers = at_once(*[partial(obligations.propose, small, by=ciso)] * 2)
    assert sorted(len(answer) for answer in answers) == [0, 5]


def test_accepting_twice_at_once_plans_once(small, ciso, lead):
    proposal = obligations.propose(small, by=ciso)[0]
    answers = at_once(*[partial(obligations.accept, proposal, by=lead)] * 2)
    assert sorted(type(answer).__name__ for answer in answers) == ["Obligation", "Refused"]
    assert Occurrence.objects.filter(obligation=proposal).count() == 1


def test_a_failed_drill_and_somebody_at_what_it_opens_again_do_not_wait_for_each_other_for_ever(
    small, vendor, deployment, lead, reviewer, ciso, evidence
):
    settle(small, [1, 2], reviewer, evidence)
    drill = first_open(add(vendor, lead, duty=Duty.DRILL, owner=ciso, deployment=deployment))
    record(drill, reviewer, done_on=date(2027, 1, 31), failed=True, reopens=[1, 2])
    drill.refresh_from_db()
    held = threading.Event()

    def sign_when_held():
        held.wait(10)
        return sign(drill, ciso)

    @transaction.atomic
    def withdraw():
        workflow.lock_alone(item(small, 2))
        held.set()
        _wait_until_somebody_waits()
        return signoffs.withdraw(item(small, 2), by=ciso, reason="No.")

    answers = at_once(sign_when_held, withdraw)
    assert [type(answer) for answer in answers] == [CompletionSignOff, Item], answers
    assert {item(small, number).status for number in (1, 2)} == {Status.IN_PROGRESS}


def _wait_until_somebody_waits():
    deadline = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("Nobody waited.")
