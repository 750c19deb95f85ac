"""What is kept of a task that failed, what does it say to a person, and how is it tried again?

Kept are the task, the ids it was given, the kind of error, the lines of our own code it came through, and the
request it belongs to. The error's message and the library's lines are not: they can quote what is confidential.
"""

import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from celery import states
from django.db import DatabaseError, close_old_connections, connection, transaction
from django_celery_results.backends.database import DatabaseBackend
from django_celery_results.models import TaskResult
from kombu.exceptions import OperationalError

from accounts import permissions
from accounts.permissions import Refused
from audit import log
from config.celery import app
from config.environment import BASE_DIR

logger = logging.getLogger(__name__)

GONE = "This task was tried again or dismissed already."
NO_QUEUE = "The task could not be handed to a worker: the queue does not answer. It is still listed; try again later."
NOT_OURS = "This task cannot be tried again from here, because what it was given is not kept. Dismiss it."


class Failures(DatabaseBackend):
    """Celery's result backend, of which only failures are wanted: one row for each task that failed for good."""

    def store_result(self, task_id, result, state, traceback=None, request=None, **kwargs):
        """Keep a failure. What succeeds, waits for its next attempt or expired leaves no row.

        Called by the process that ran the task, whose connection the failure may have broken, and by its parent when
        that process died or took too long. The parent holds no connection when it forks the next one, and a database
        that does not answer must not end it.
        """
        if state != states.FAILURE:
            return result
        own = not connection.in_atomic_block
        try:
            if own:
                close_old_connections()
            _keep(task_id, _kept(result, request), getattr(request, "request_id", None) or "")
        except DatabaseError:
            logger.exception("the failure of task %s could not be kept", task_id)
        finally:
            if own:
                connection.close()
        return result


def _kept(error, request):
    kind = type(error)
    # Celery wraps what cannot be pickled; the wrapper says what it holds.
    name = getattr(error, "exc_cls_name", None) or kind.__qualname__
    module = getattr(error, "exc_module", None) or kind.__module__
    return {
        "status": states.FAILURE,
        "task_name": getattr(request, "task", None) or getattr(request, "name", None),
        "task_args": _ids(getattr(request, "args", None), getattr(request, "kwargs", None)),
        "worker": getattr(request, "hostname", None),
        "content_type": "application/json",
        "content_encoding": "utf-8",
        "result": json.dumps({"exc_type": name, "exc_module": module, "exc_message": ""}),
        "traceback": "\n".join(_own_lines(error)),
    }


@transaction.atomic
def _keep(task_id, kept, request_id):
    """Write the row, or count in it when the same work has failed in the same way: what is due every minute can fail for a night."""
    same = {name: kept[name] for name in ("status", "task_name", "task_args", "result")}
    row = TaskResult.objects.select_for_update().filter(**same).first()
    times = failed_times(row) + 1 if row else 1
    TaskResult.objects.filter(task_id=task_id).exclude(pk=row and row.pk).delete()
    row = row or TaskResult()
    meta = json.dumps({"request_id": request_id, "times": times})
    for name, value in (kept | {"task_id": task_id, "meta": meta}).items():
        setattr(row, name, value)
    row.save()


def _ids(args, kwargs):
    """The arguments as JSON when they are whole numbers and nothing else, else None."""
    if args is None or kwargs or not all(type(value) is int for value in args):
        return None
    return json.dumps(list(args))


def _own_lines(error):
    """`dossiers/making.py:57 in _make`, outermost first; only files of this project."""
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(BASE_DIR) and "site-packages" not in path.parts:
            yield f"{path.relative_to(BASE_DIR)}:{frame.lineno} in {frame.name}"


# What to do again


def make_dossier_again(dossier_id, *, by):
    """For whoever asked for it, with their access: the administrator may see nothing of it."""
    from dossiers import requests
    from dossiers.models import Dossier

    dossier = Dossier.objects.select_related("requested_by").filter(pk=dossier_id).first()
    if dossier is None:
        raise Refused("The dossier no longer exists. Dismiss the task.")
    requests.try_again(dossier, by=by, requester=dossier.requested_by)


def make_paper_again(paper_id, *, by):
    """For whoever asked for it, if they still may see what it is of."""
    from dossiers import papers
    from dossiers.models import Paper

    paper = Paper.objects.with_all().filter(pk=paper_id).first()
    if paper is None:
        raise Refused("The paper no longer exists. Dismiss the task.")
    papers.request(paper.kind, paper.subject, by=paper.requested_by)


def make_package_again(package_id, *, by):
    """For whoever asked for it, if they still may see its review: the package is made with their rights."""
    from dossiers import packages
    from dossiers.models import Package

    package = Package.objects.with_all().filter(pk=package_id).first()
    if package is None:
        raise Refused("The package no longer exists. Dismiss the task.")
    packages.request(package.review, by=package.requested_by)


class Task(NamedTuple):
    """What a task does, in words, and how it is asked for again where sending it with the same ids is wrong."""

    words: str
    again: Callable | None = None


# Every task a worker knows; a test compares.
TASKS = {
    "dossiers.tasks.render_dossier": Task("Make a dossier", make_dossier_again),
    "dossiers.tasks.make_paper": Task("Make a paper", make_paper_again),
    "dossiers.tasks.make_package": Task("Make a package", make_package_again),
    "dossiers.tasks.look_after": Task("Look after dossiers that nobody makes any more"),
    "reviews.tasks.plan_ahead": Task("Plan the dates and reviews that come"),
    "reviews.tasks.read_import": Task("Read a spreadsheet that was brought"),
    "reviews.tasks.remind": Task("Tell people what is due"),
    "reviews.tasks.apply_import": Task("Apply an import"),
    "reviews.tasks.look_after_imports": Task("Look after imports that nobody works on any more"),
    "reviews.tasks.look_again": Task("Look again at items that something happened to"),
    "reviews.tasks.read_questionnaire": Task("Read a vendor's questionnaire"),
    "reviews.tasks.look_after_questionnaires": Task("Look after questionnaires that nobody reads any more"),
    "reviews.tasks.read_arrival": Task("Check a review from elsewhere"),
    "reviews.tasks.move_review_in": Task("Move in a review from elsewhere"),
    "config.tasks.poke": Task("Say that scheduler and workers are alive"),
    "celery.backend_cleanup": Task("Forget failed tasks older than 90 days"),
}


@transaction.atomic
def try_again(pk, *, by):
    """Send a failed task again and take it off the list; if it fails again, it is listed anew.

    Pressing twice sends once: the second finds no row. Raises Refused when it is gone, cannot be sent, or when
    the queue does not answer; then nothing was changed.
    """
    permissions.ask(permissions.can_administer(by))
    row = _locked(pk)
    if not can_try_again(row):
        raise Refused(NOT_OURS)
    _record("system.task_retried", row, by)
    row.delete()
    again, ids = TASKS[row.task_name].again, arguments(row)
    try:
        if again:
            again(*ids, by=by)
        else:
            app.send_task(row.task_name, args=ids)
    except OperationalError as failure:
        raise Refused(NO_QUEUE) from failure


@transaction.atomic
def dismiss(pk, *, by):
    """Take a failed task off the list without doing it. Raises Refused when it is gone."""
    permissions.ask(permissions.can_administer(by))
    row = _locked(pk)
    _record("system.task_dismissed", row, by)
    row.delete()


def arguments(row):
    return json.loads(row.task_args) if row.task_args else None


def can_try_again(row):
    return row.task_name in TASKS and arguments(row) is not None


def failed():
    return TaskResult.objects.filter(status=states.FAILURE).order_by("-date_done", "-pk")


def _locked(pk):
    row = failed().select_for_update().filter(pk=pk).first()
    if row is None:
        raise Refused(GONE)
    return row


def _record(event_type, row, by):
    after = {"task": row.task_name or "unknown", "given": arguments(row)}
    log.record(event_type, row, label=words(row), actor=by, after=after)


# What it says


def words(row) -> str:
    """What the task was to do."""
    known = TASKS.get(row.task_name)
    return known.words if known else f"Unknown task {row.task_name or row.task_id}"


# By the kind's own name: that of a kind it derives from is not kept.
REASONS = {
    "TimeLimitExceeded": "It took too long and was stopped.",
    "SoftTimeLimitExceeded": "It took too long and was stopped.",
    "WorkerLostError": "The process that worked on it died several times, say for lack of memory.",
    "NotRegistered": "The worker does not know this task: it runs another version of Countersign.",
    "OperationalError": "The database or the queue did not answer.",
    "InterfaceError": "The database did not answer.",
    "Unreachable": "The storage of files did not answer, or could not be used.",
    **dict.fromkeys(
        (
            *("ConnectionError", "ConnectionAbortedError", "ConnectionRefusedError", "ConnectionResetError"),
            *("BrokenPipeError", "gaierror"),
        ),
        "A service did not answer.",
    ),
    "TimeoutError": "A service did not answer in time.",
    "MemoryError": "It needed more memory than there was.",
}


def reason(row) -> str:
    """Why it failed, in a sentence; the kind of error when there is none for it."""
    kind = json.loads(row.result)["exc_type"]
    return REASONS.get(kind, f"Unexpected: {kind}. The worker's log says more.")


def request_id(row) -> str:
    return json.loads(row.meta)["request_id"]


def failed_times(row) -> int:
    return json.loads(row.meta)["times"]
