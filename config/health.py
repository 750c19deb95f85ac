"""Can people be served: do database, broker and storage answer, and is the scheduler alive?

Every check runs in a thread of its own with a time limit, over a connection of
its own. One that hangs is not started again until it ends, and what was found
serves everyone who asks within the next seconds; so no number of probes can
exhaust threads or connections.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, connections
from django.utils import timezone

from audit import heartbeats
from config import logs, queues
from evidence import storage
from reviews.reminders import REMINDERS

logger = logging.getLogger(__name__)

DATABASE, BROKER, STORAGE, SCHEDULER = "database", "broker", "storage", "scheduler"
WORDS_FOR_FAILURE = {DATABASE: "does not answer", BROKER: "does not answer", STORAGE: "cannot be reached"}
# Without these a web host serves nobody. Without the rest people read, save and sign, and later work waits.
NEEDED = {DATABASE, STORAGE}
LIMIT_SECONDS = 3
FRESH_SECONDS = 2
# The scheduler pokes every minute; a busy worker may let one pass.
SCHEDULER_LATE = timedelta(minutes=3)
# A round of sending may take three minutes when the mail server is slow.
REMINDERS_LATE = timedelta(minutes=5)


class Check(NamedTuple):
    name: str
    ok: bool
    words: str
    # Whether people can be served all the same.
    serves: bool = True


class NoAnswer(Exception):
    """What was asked failed, or did not answer in time; the log says why."""


class Limited:
    """A question that may hang: asked in a daemon thread, never twice at once, whoever asks."""

    def __init__(self, name: str, ask: Callable[[], Any]):
        self.name, self._ask = name, ask
        self._lock = threading.Lock()
        self._asked: Future | None = None

    def start(self) -> Future:
        """Ask, or join whoever is asking; `wait` takes what this returns."""
        with self._lock:
            if self._asked is None or self._asked.done():
                asked: Future = Future()
                threading.Thread(target=self._run, args=[asked], name=f"ask {self.name}", daemon=True).start()
                self._asked = asked
            return self._asked

    def wait(self, asked: Future, until: float) -> Any:
        """Return the answer, waiting until this moment of the monotonic clock. Raises ``NoAnswer``."""
        try:
            return asked.result(max(0.0, until - time.monotonic()))
        except TimeoutError:
            logger.warning("%s has not answered in time", self.name)
            raise NoAnswer from None

    def _run(self, asked: Future) -> None:
        try:
            asked.set_result(self._ask())
        except Exception as error:
            logger.warning("%s: %s", self.name, logs.described(error))
            asked.set_exception(NoAnswer())


class Health:
    """The last checks, renewed when they are older than `FRESH_SECONDS`."""

    def __init__(self) -> None:
        self._questions = (
            Limited(DATABASE, ask_database),
            Limited(BROKER, queues.ask_lengths),
            Limited(STORAGE, storage.ask_hindrance),
        )
        self._renewing = threading.Lock()
        self._checks: list[Check] = []
        self.waiting: dict[str, int] = {}
        self._checked_at = 0.0

    def checks(self) -> list[Check]:
        # Whoever comes while another one asks gets what was known, and waits only when that is nothing.
        if self._renewing.acquire(blocking=not self._checks):
            try:
                if not self._checks or time.monotonic() - self._checked_at >= FRESH_SECONDS:
                    self._checks = self._ask()
                    self._checked_at = time.monotonic()
            finally:
                self._renewing.release()
        return self._checks

    def _ask(self) -> list[Check]:
        started = time.monotonic()
        asked = [question.start() for question in self._questions]
        answers: dict[str, Any] = {}
        for question, answer in zip(self._questions, asked, strict=True):
            with contextlib.suppress(NoAnswer):
                answers[question.name] = question.wait(answer, started + LIMIT_SECONDS)
        self.waiting = answers.get(BROKER, {})
        found = [_found(question.name, answers) for question in self._questions]
        return [*found, _scheduler(answers), _reminders(answers)]


def checks() -> list[Check]:
    """Return database, broker, storage, scheduler and reminders as they were within the last seconds. Never raises.

    The words are for a person and name no host, address or error.
    """
    return _health.checks()


def waiting() -> dict[str, int]:
    """Return how many messages each queue held at the last checks; nothing when the broker did not answer."""
    return _health.waiting


def ready(found: list[Check]) -> bool:
    """Whether people can be served. What every web host lacks at once and can do without takes none away."""
    return all(check.serves for check in found)


def ask_database() -> dict[str, datetime | None]:
    """Return the last poke of the scheduler and of the reminders; a table that answers proves more than a connection."""
    own = connection.copy()
    if connection.vendor == "postgresql":
        options = own.settings_dict["OPTIONS"]
        # Neither waits for the pool of those who work, nor hangs for ever on a host that has vanished.
        options["pool"] = False
        options |= {"connect_timeout": 2, "tcp_user_timeout": 3000, "keepalives_idle": 2, "keepalives_interval": 1}
        options |= {"keepalives_count": 2}
    # This thread's alone; others keep theirs.
    connections["default"] = own
    try:
        return {name: heartbeats.last(name) for name in (SCHEDULER, REMINDERS)}
    finally:
        own.close()


def _found(name: str, answers: dict[str, Any]) -> Check:
    if name not in answers:
        return Check(name, False, WORDS_FOR_FAILURE[name], serves=name not in NEEDED)
    hindrance = answers[name] if name == STORAGE else ""
    return Check(name, not hindrance, hindrance or "answers")


def _scheduler(answers: dict[str, Any]) -> Check:
    return _heard_of(SCHEDULER, answers, SCHEDULER_LATE, never="has never been heard of", last="heard of", well="pokes")


def _reminders(answers: dict[str, Any]) -> Check:
    """Whether somebody plans and sends what people are told; the tasks may fail while the scheduler pokes."""
    words = {"never": "have never been looked after", "last": "looked after", "well": "are looked after"}
    return _heard_of(REMINDERS, answers, REMINDERS_LATE, **words)


def _heard_of(name: str, answers: dict[str, Any], late: timedelta, *, never: str, last: str, well: str) -> Check:
    """Whether the heartbeat of this name is younger than `late`."""
    if DATABASE not in answers:
        return Check(name, False, "not known while the database does not answer")
    at = answers[DATABASE][name]
    if at is None:
        return Check(name, False, never)
    age = timezone.now() - at
    if age > late:
        return Check(name, False, f"late: last {last} {_minutes(age)} minutes ago")
    return Check(name, True, well)


def _minutes(age: timedelta) -> int:
    return int(age.total_seconds() // 60)


_health = Health()
