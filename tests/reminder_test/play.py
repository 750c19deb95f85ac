"""What happens in the reminder test? Two workers, two schedulers, a mail server with its moods, and somebody who kills."""

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import redis as redis_client
from django.db import connection

from reviews.choices import Delivery
from reviews.models import Message, Reminder
from tests import mail_server
from tests.mail_server import MailServer
from tests.product import Process, Product
from tests.services import Redis

# How each tenth of people fares at their mail's first tries; everybody else's is taken at once.
MOODS = [
    [mail_server.LATER],
    [mail_server.LATER_AFTER_DATA],
    [mail_server.HANG_UP],
    [mail_server.HANG],
    [mail_server.LATER, mail_server.LATER],
]
REFUSED = 5


class Kill(NamedTuple):
    at: float
    what: str


def mood(address: str, nth: int) -> str:
    """What the mail server does at the nth try for this person."""
    number = int("".join(filter(str.isdecimal, address)) or 0) % 20
    if number == REFUSED:
        return mail_server.REFUSE
    moods = MOODS[number] if number < len(MOODS) else []
    return moods[nth - 1] if nth <= len(moods) else mail_server.TAKE


def is_refused(address: str) -> bool:
    return mood(address, 1) == mail_server.REFUSE


class Play:
    """One run over a database in which the stage stands."""

    def __init__(
        self, folder: Path, queue: Redis, database_url: str, server: MailServer, seed: int, most_kills: int = 10**6
    ) -> None:
        self.queue, self.server, self.random = queue, server, random.Random(seed)  # noqa: S311
        self.product = Product(folder, DATABASE_URL=database_url, REDIS_URL=queue.url, EMAIL_URL=server.url)
        self.kills: list[Kill] = []
        self.most_kills = most_kills
        self.flushed_at = 0.0
        self.workers: list[contextlib.ExitStack] = []
        self.processes: list[Process] = []

    def run(self, *, pause: float, seconds: float, say: Callable[[str], None] = lambda words: None) -> float:
        """Let all of it happen until nothing waits; return the seconds it took. Raises AssertionError after `seconds`."""
        with contextlib.ExitStack() as stack:
            for number in range(2):
                stack.enter_context(self._process("beat", number, "--schedule", f"{self.product.folder}/beat{number}"))
                self.workers.append(stack.enter_context(contextlib.ExitStack()))
                self.processes.append(self._start(number))
            began = time.monotonic()
            while not self._is_done():
                assert time.monotonic() - began < seconds, f"mails still wait after {seconds} s: {self._states()}"
                time.sleep(self.random.uniform(0.5, 1.5) * pause)
                self._hurt(say)
            return time.monotonic() - began

    def _hurt(self, say):
        """Kill a process of a worker, or a whole worker; empty Redis once, when half of the mails are out."""
        number = self.random.randrange(2)
        if len(self.server.received) > Message.objects.count() / 2 and not self.flushed_at:
            redis_client.Redis.from_url(self.queue.url).flushall()
            self.flushed_at = time.time()
            say(f"{len(self.server.received)} mails are out: Redis is emptied")
        elif len(self.kills) >= self.most_kills:
            return
        elif self.server.received and self.random.random() < 0.2:
            self._kill(self.processes[number].popen.pid, "a worker with all its processes")
            self.workers[number].close()
            self.processes[number] = self._start(number)
        elif children := _children(self.processes[number].popen.pid):
            self._kill(self.random.choice(children), "a process of a worker")

    def _kill(self, pid, what):
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if what.endswith("processes") else os.kill)(pid, signal.SIGKILL)
            self.kills.append(Kill(time.time(), what))

    def _start(self, number):
        options = ["--queues", "default", "--concurrency", "2", "--without-gossip", "--without-mingle"]
        return self.workers[number].enter_context(
            self._process("worker", number, *options, "--hostname", f"{number}@here")
        )

    @contextlib.contextmanager
    def _process(self, what: str, number: int, *options: str) -> Iterator[Process]:
        words = ["celery", "--quiet", "-A", "tests.reminder_test.quick", what, "--loglevel", "WARNING", *options]
        with self.product.process(f"{what}{number}-{len(self.kills)}", *words) as process:
            yield process

    def _is_done(self):
        planned, untold = Reminder.objects.exists(), Reminder.objects.untold().exists()
        waits = Message.objects.waiting().exists()
        connection.close()
        return planned and not untold and not waits

    def _states(self):
        return {str(state): Message.objects.filter(state=state).count() for state in Delivery}


def _children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
