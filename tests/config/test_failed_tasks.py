"""Is every way of failing kept, without anything confidential, and is a failed task tried again once?"""

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from celery import states
from celery.app.task import Context
from celery.beat import PersistentScheduler
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from django_celery_results.models import TaskResult

from accounts.permissions import Refused
from audit.models import Event
from config import embedded, failed_tasks
from config.celery import app
from dossiers import requests
from dossiers.choices import State
from dossiers.models import Dossier
from evidence.storage import Unreachable
from tests.at_once import at_once
from tests.config import failing_tasks
from tests.failed_task import failed_task

SECONDS_TO_FAIL = 90


@pytest.fixture
def worker(tmp_path, use_broker):
    """A real worker over this test's database that knows tasks which fail; yields where it logs."""
    queue, database = f"unix://{embedded.redis_socket(tmp_path)}", connection.settings_dict
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}",
        "REDIS_URL": queue,
        "VAR_DIR": str(tmp_path),
    }
    command = ["celery", "--quiet", "-A", "tests.config.failing_tasks", "worker", "--concurrency", "1"]
    log = tmp_path / "worker.log"
    with embedded.private_redis(tmp_path), log.open("w") as out:
        use_broker(queue.replace("unix", "redis+socket", 1))
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *command, "--loglevel", "INFO"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=out,
            stderr=out,
        )
        yield log
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def when_kept(task_id, log):
    end = time.monotonic() + SECONDS_TO_FAIL
    while time.monotonic() < end:
        if row := TaskResult.objects.filter(task_id=task_id).first():
            return row
        time.sleep(0.1)
    pytest.fail(f"No failure was kept.\n{log.read_text()}")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_every_way_of_failing_is_kept_and_success_is_not(worker, tmp_path):
    succeeded = failing_tasks.succeeds.delay(1)
    recovered = failing_tasks.kills_its_process_once.delay(str(tmp_path / "recovered"))
    raised = failing_tasks.raises.delay(17)
    worded = failing_tasks.raises_with.delay("confidential words")
    hung = failing_tasks.hangs.delay(3)
    killed = failing_tasks.kills_its_process.delay(str(tmp_path / "attempts"))
    unknown = app.send_task("reviews.tasks.not_yet_known", args=[1])
    rows = {each.id: when_kept(each.id, worker) for each in (raised, worded, hung, killed, unknown)}

    assert (tmp_path / "recovered").read_text() == "xdone"
    assert not TaskResult.objects.filter(task_id__in=[succeeded.id, recovered.id]).exists()
    assert TaskResult.objects.count() == 5
    assert [failed_tasks.reason(row) for row in rows.values()] == [
        "Unexpected: ValueError. The worker's log says more.",
        "Unexpected: LookupError. The worker's log says more.",
        "It took too long and was stopped.",
        "The process that worked on it died several times, say for lack of memory.",
        "The worker does not know this task: it runs another version of Countersign.",
    ]
    assert [row.task_args for row in rows.values()] == ["[17]", None, "[3]", None, None]
    assert rows[raised.id].task_name == "tests.config.failing_tasks.raises"
    line = failing_tasks.raises.run.__code__.co_firstlineno + 2
    assert rows[raised.id].traceback == f"tests/config/failing_tasks.py:{line} in raises"
    assert all(failed_tasks.request_id(row) for row in rows.values() if row != rows[unknown.id])
    assert rows[unknown.id].task_name == "reviews.tasks.not_yet_known"
    # The first attempt and three more.
    assert (tmp_path / "attempts").read_text() == "xxxx"
    assert "confidential" not in str(list(TaskResult.objects.values()))


def test_what_fails_again_in_the_same_way_is_counted_in_one_row(db):
    backend, request = failed_tasks.Failures(app), {"task": "dossiers.tasks.look_after", "args": [], "kwargs": {}}
    for number in range(3):
        asked = Context(request, request_id=f"request-{number}")
        backend.store_result(f"id {number}", OperationalError("the words of the server"), states.FAILURE, request=asked)
    row = TaskResult.objects.get()
    assert (row.task_id, failed_tasks.failed_times(row), failed_tasks.request_id(row)) == ("id 2", 3, "request-2")
    for kind, args in ((ValueError, []), (OperationalError, [1])):
        backend.store_result(f"{kind} {args}", kind(), states.FAILURE, request=Context(request, args=args))
    assert sorted(map(failed_tasks.failed_times, TaskResult.objects.all())) == [1, 1, 3]


def test_a_task_that_comes_back_and_fails_otherwise_has_one_row(db):
    backend, request = failed_tasks.Failures(app), Context(task="dossiers.tasks.look_after", args=[], kwargs={})
    for error in (ValueError(), KeyError(), ValueError()):
        backend.store_result("the same id", error, states.FAILURE, request=request)
    row = TaskResult.objects.get()
    assert "ValueError" in failed_tasks.reason(row)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unreachable("/srv/files is away"), "The storage of files did not answer, or could not be used."),
        (ConnectionRefusedError(111, "refused"), "A service did not answer."),
        (ConnectionResetError(104, "reset"), "A service did not answer."),
        (BrokenPipeError(32, "broken"), "A service did not answer."),
        (socket.gaierror(-2, "not known"), "A service did not answer."),
        (TimeoutError(110, "timed out"), "A service did not answer in time."),
        (InterfaceError("the connection is closed"), "The database did not answer."),
        (ValueError("secret"), "Unexpected: ValueError. The worker's log says more."),
    ],
)
def test_what_was_away_is_said_in_a_sentence(db, error, words):
    request = Context(task="dossiers.tasks.look_after", args=[], kwargs={})
    failed_tasks.Failures(app).store_result("some id", error, states.FAILURE, request=request)
    assert failed_tasks.reason(TaskResult.objects.get()) == words


def test_a_database_that_does_not_take_the_failure_does_not_end_the_worker(db, caplog):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE django_celery_results_taskresult")
    failed_tasks.Failures(app).store_result("some id", ValueError(), states.FAILURE, request=Context())
    assert caplog.messages == ["the failure of task some id could not be kept"]


def test_every_task_a_worker_knows_can_be_said_in_words():
    app.loader.import_default_modules()
    helpers = {f"celery.{name}" for name in ("accumulate", "chain", "chord", "chord_unlock", "chunks", "group")}
    helpers |= {"celery.map", "celery.starmap"}
    known = {name for name in app.tasks if not name.startswith("tests.")} - helpers
    assert known == set(failed_tasks.TASKS), "Say in config/failed_tasks.py what each task does."


def test_the_scheduler_forgets_failures_older_than_90_days(db, tmp_path):
    scheduler = PersistentScheduler(app, schedule_filename=str(tmp_path / "schedule"))
    assert scheduler.schedule["celery.backend_cleanup"].task in failed_tasks.TASKS
    scheduler.close()
    old, young = failed_task("old"), failed_task("young")
    TaskResult.objects.filter(pk=old.pk).update(date_done=timezone.now() - timedelta(days=91))
    TaskResult.objects.filter(pk=young.pk).update(date_done=timezone.now() - timedelta(days=89))
    app.tasks["celery.backend_cleanup"]()
    assert list(TaskResult.objects.values_list("task_name", flat=True)) == ["young"]


def test_what_comes_every_minute_does_not_pile_up_while_no_worker_is_there():
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        assert entry["options"]["expires"] < entry["schedule"], name


def test_trying_again_sends_the_task_once_and_is_an_event(administrator, broker):
    row = failed_task("dossiers.tasks.look_after")
    failed_tasks.try_again(row.pk, by=administrator)
    with pytest.raises(Refused, match="tried again or dismissed already"):
        failed_tasks.try_again(row.pk, by=administrator)
    assert broker() == [("dossiers.tasks.look_after", [])]
    assert not TaskResult.objects.exists()
    event = Event.objects.get(event_type="system.task_retried")
    assert (event.actor_id, event.target_label) == (administrator.pk, "Look after dossiers that nobody makes any more")
    assert event.after == {"task": "dossiers.tasks.look_after", "given": []}


def test_only_administrators_try_again_and_dismiss(lead_account):
    row = failed_task()
    for act in (failed_tasks.try_again, failed_tasks.dismiss):
        with pytest.raises(PermissionDenied):
            act(row.pk, by=lead_account)
    assert TaskResult.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "args"), [("dossiers.tasks.render_dossier", None), ("os.system", "[1]"), (None, "[]")]
)
def test_what_is_not_known_is_not_sent(administrator, broker, name, args):
    row = failed_task(name, args)
    with pytest.raises(Refused, match="Dismiss it"):
        failed_tasks.try_again(row.pk, by=administrator)
    assert broker() == []
    failed_tasks.dismiss(row.pk, by=administrator)
    assert not TaskResult.objects.exists()
    assert Event.objects.get().event_type == "system.task_dismissed"


def test_a_queue_that_does_not_answer_keeps_the_task_listed(administrator, use_broker):
    row = failed_task()
    use_broker("redis://127.0.0.1:1/0")
    with pytest.raises(Refused, match="queue does not answer"):
        failed_tasks.try_again(row.pk, by=administrator)
    assert TaskResult.objects.count() == 1
    assert not Event.objects.exists()


def test_a_dossier_is_made_again_for_whoever_asked_for_it(
    administrator, review, ciso, broker, django_capture_on_commit_callbacks
):
    dossier = requests.request_dossier(review, by=ciso)
    requests.fail(dossier, "The worker that made it stopped without a word. Try again.")
    row = failed_task("dossiers.tasks.render_dossier", f"[{dossier.pk}]", "TimeLimitExceeded")
    with django_capture_on_commit_callbacks(execute=True):
        failed_tasks.try_again(row.pk, by=administrator)
    dossier = Dossier.objects.get()
    assert (dossier.state, dossier.requested_by) == (State.QUEUED, ciso)
    assert broker() == [("dossiers.tasks.render_dossier", [dossier.pk])]


def test_a_dossier_that_is_still_being_made_is_left_alone(administrator, review, ciso):
    dossier = requests.request_dossier(review, by=ciso)
    row = failed_task("dossiers.tasks.render_dossier", f"[{dossier.pk}]")
    with pytest.raises(Refused, match="not failed but waiting for a worker"):
        failed_tasks.try_again(row.pk, by=administrator)
    assert TaskResult.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_pressing_at_the_same_moment_sends_once(administrator, broker):
    row = failed_task("dossiers.tasks.look_after")
    answers = at_once(*[lambda: failed_tasks.try_again(row.pk, by=administrator)] * 4)
    assert sorted(str(answer) for answer in answers) == ["None", *[failed_tasks.GONE] * 3]
    assert broker() == [("dossiers.tasks.look_after", [])]
    assert Event.objects.filter(event_type="system.task_retried").count() == 1
