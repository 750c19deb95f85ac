"""What becomes of a dossier whose worker died, or whose message the queue lost?"""

from datetime import timedelta

import pytest
import time_machine
from celery.signals import after_task_publish

from audit.models import Event
from dossiers import lost, making, requests, tasks
from dossiers.choices import State
from dossiers.models import Dossier

SECOND = timedelta(seconds=1)


@pytest.fixture
def checklist(one_statement):
    return one_statement


@pytest.fixture
def dossier(review, auditor):
    return requests.request_dossier(review, by=auditor)


@pytest.fixture
def sent():
    """The dossiers that workers are told of, in order."""
    told = []

    def note(body, **_):
        told.append(body[0][0])

    after_task_publish.connect(note)
    yield told
    after_task_publish.disconnect(note)


@pytest.fixture
def look_after(django_capture_on_commit_callbacks):
    """Return a function that looks after all at an instant, as the scheduler has it done."""

    def at(instant):
        with time_machine.travel(instant, tick=False), django_capture_on_commit_callbacks(execute=True):
            tasks.look_after()

    return at


def fresh(dossier):
    return Dossier.objects.with_all().get(pk=dossier.pk)


def kinds_of_events(dossier):
    return list(Event.objects.about(dossier).order_by("pk").values_list("event_type", flat=True))


def test_what_a_dead_worker_left_is_queued_and_sent_again(dossier, sent, look_after):
    claimed = making._claim(Dossier, dossier.pk)
    look_after(claimed.worked_at + lost.STALLED_AFTER)
    assert (fresh(dossier).state, sent) == (State.RENDERING, [])

    look_after(claimed.worked_at + lost.STALLED_AFTER + SECOND)
    look_after(claimed.worked_at + lost.STALLED_AFTER + SECOND)
    assert (fresh(dossier).state, fresh(dossier).step, fresh(dossier).percent) == (State.QUEUED, "", 0)
    assert sent == [dossier.pk]
    assert kinds_of_events(dossier) == ["dossier.requested", "dossier.queued_again"]

    tasks.render_dossier(dossier.pk)
    assert (fresh(dossier).state, fresh(dossier).attempt) == (State.READY, 2)


def test_a_worker_that_was_only_slow_finds_its_attempt_superseded(dossier, look_after):
    slow = making._claim(Dossier, dossier.pk)
    look_after(slow.worked_at + lost.STALLED_AFTER + SECOND)
    with pytest.raises(making.Superseded):
        making._make(slow, making._dossier)
    assert fresh(dossier).state == State.QUEUED


def test_one_that_takes_its_worker_down_each_time_is_given_up(dossier, sent, look_after):
    for _ in range(lost.MOST_ATTEMPTS):
        claimed = making._claim(Dossier, dossier.pk)
        look_after(claimed.worked_at + lost.STALLED_AFTER + SECOND)
    assert (fresh(dossier).state, fresh(dossier).error) == (State.FAILED, lost.STALLED)
    assert sent == [dossier.pk] * (lost.MOST_ATTEMPTS - 1)
    assert kinds_of_events(dossier)[-1] == "dossier.failed"


def test_attempts_before_somebody_asked_again_do_not_count(dossier, auditor, sent, look_after):
    for _ in range(lost.MOST_ATTEMPTS):
        requests.fail(making._claim(Dossier, dossier.pk), making.UNEXPECTED)
        dossier = requests.try_again(dossier, by=auditor)
    for _ in range(lost.MOST_ATTEMPTS - 1):
        look_after(making._claim(Dossier, dossier.pk).worked_at + lost.STALLED_AFTER + SECOND)
        assert fresh(dossier).state == State.QUEUED
    look_after(making._claim(Dossier, dossier.pk).worked_at + lost.STALLED_AFTER + SECOND)
    assert (fresh(dossier).state, fresh(dossier).error) == (State.FAILED, lost.STALLED)


def test_a_request_whose_message_may_be_lost_is_sent_again_until_somebody_takes_it(dossier, sent, look_after):
    look_after(dossier.requested_at + lost.SENT_AGAIN_AFTER)
    assert sent == []
    look_after(dossier.requested_at + lost.SENT_AGAIN_AFTER + SECOND)
    look_after(dossier.requested_at + lost.UNCLAIMED_AFTER)
    assert (fresh(dossier).state, sent) == (State.QUEUED, [dossier.pk, dossier.pk])
    tasks.render_dossier(dossier.pk)
    look_after(dossier.requested_at + lost.UNCLAIMED_AFTER)
    assert sent == [dossier.pk, dossier.pk]


def test_who_has_waited_longest_is_sent_first(dossier, review, auditor, sent, look_after):
    later = Dossier.objects.create(review=review, requested_by=auditor, requested_at=dossier.requested_at + SECOND)
    look_after(later.requested_at + lost.SENT_AGAIN_AFTER + SECOND)
    assert sent == [dossier.pk, later.pk]


def test_a_request_nobody_picks_up_is_given_up(dossier, sent, look_after):
    look_after(dossier.requested_at + lost.UNCLAIMED_AFTER + SECOND)
    assert (fresh(dossier).state, fresh(dossier).error) == (State.FAILED, lost.UNCLAIMED)
    assert sent == []


def test_what_was_queued_again_waits_from_then_on(dossier, look_after):
    Dossier.objects.filter(pk=dossier.pk).update(requested_at=dossier.requested_at - lost.UNCLAIMED_AFTER)
    claimed = making._claim(Dossier, dossier.pk)
    look_after(claimed.worked_at + lost.STALLED_AFTER + SECOND)
    assert fresh(dossier).state == State.QUEUED


def test_a_queue_that_does_not_answer_leaves_it_waiting(dossier, use_broker, tmp_path, look_after):
    use_broker(f"redis+socket://{tmp_path}/nobody.sock")
    look_after(dossier.requested_at + lost.SENT_AGAIN_AFTER + SECOND)
    assert fresh(dossier).state == State.QUEUED
