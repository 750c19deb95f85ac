"""What is stopped, killed and started again, when, and what do people notice?"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import redis

from tests.cluster.hosts import Host
from tests.cluster.ledger import FAILED, OK, Request
from tests.cluster.person import until
from tests.cluster.play import ASKED, Play

# Long enough without a request that did not go well to say that all is well again; and how long that may take.
CALM, PATIENCE = 3, 60
# Seconds until nobody may be refused any more, once the part is back or its twin goes on.
RECOVERS_WITHIN = 10
# How long something stays away.
AWAY = 4
RENDERING = "dossiers/pdf.py"


@dataclass
class Outage:
    what: str
    began: float
    # From here on all should be well: a twin goes on, or the part itself is back.
    back: float
    ended: float = 0.0
    requests: list[Request] = field(default_factory=list)
    note: str = ""
    wrong: list[str] = field(default_factory=list)

    @property
    def bad(self) -> list[Request]:
        """Requests that were answered, and not well."""
        return [request for request in self.requests if request.outcome != OK]

    def must_not_be_noticed(self) -> None:
        self.wrong += [f"{request}" for request in self.bad]

    @property
    def recovery(self) -> float:
        """Seconds until the last request ended that did not go well."""
        return max([0.0, *(request.ended - self.back for request in self.bad)])


class Outages:
    def __init__(self, play: Play, tell: Callable[[Outage], None]) -> None:
        self.play, self.cluster, self.tell, self.done = play, play.cluster, tell, []

    def all(self) -> None:
        self.web_host_stops()
        self.web_host_dies()
        self.worker_stops()
        killed, dossier, host = self.worker_dies()
        self.scheduler_dies()
        self.redis_stops()
        emptied, asked = self.redis_is_emptied()
        self.database_restarts()
        self.storage_goes()
        self._finish(killed, dossier)
        host.start()
        self._finish(emptied, *asked)

    def web_host_stops(self) -> None:
        host = self.cluster.web[0]
        with self._noted("Web host 1 stopped (SIGTERM), started again") as outage:
            outage.note = f"ended after {host.stop():.1f} s"
            time.sleep(AWAY)
            self._work_again(host)
        outage.must_not_be_noticed()

    def web_host_dies(self) -> None:
        host = self.cluster.web[1]
        with self._noted("Web host 2 killed in mid-upload, started again") as outage:
            received = until(lambda: list((host.folder / "tmp").glob("*.upload*")), PATIENCE, pause=0.002)
            outage.began = outage.back = time.monotonic()
            host.kill()
            time.sleep(AWAY)
            self._work_again(host)
        outage.wrong += [] if received else ["no upload was on its way through it"]

    def worker_stops(self) -> None:
        with self._noted("Worker host stopped (SIGTERM) in mid-dossier, started again") as outage:
            dossier, host = self._being_made(ASKED[1])
            seconds = host.stop(within=120)
            state = self.play.state_of(dossier)
            outage.note = f"{host.name} made its dossier first and ended after {seconds:.1f} s"
            host.start()
        outage.wrong += [] if state == "ready" else [f"the dossier was not finished first, it is {state}"]
        outage.must_not_be_noticed()

    def worker_dies(self) -> tuple[Outage, str, Host]:
        """Returns the dossier that was being made, and the host, which stays dead until the other one has made it."""
        with self._noted("Worker host killed in mid-dossier") as outage:
            dossier, host = self._being_made(ASKED[2])
            outage.began = outage.back = time.monotonic()
            host.kill()
        outage.must_not_be_noticed()
        return outage, dossier, host

    def scheduler_dies(self) -> None:
        with self._noted("Scheduler 1 killed, not started again") as outage:
            self.cluster.schedulers[0].kill()
            self.scheduler_died_at = datetime.now(UTC)
        outage.must_not_be_noticed()

    def redis_stops(self) -> None:
        with self._noted("Redis stopped, started again") as outage:
            self.play.ask_for_dossiers(*ASKED[3:5])
            self.cluster.redis.stop()
            time.sleep(AWAY)
            self.cluster.redis.start()
            outage.back = time.monotonic()

    def redis_is_emptied(self) -> tuple[Outage, list[str]]:
        """Returns the dossiers that nobody but the database knew of afterwards."""
        with self._noted("Redis emptied (FLUSHALL)") as outage:
            asked = self.play.ask_for_dossiers(*ASKED[5:])
            client = redis.Redis(self.cluster.redis.address)
            waiting = client.llen("dossiers")
            client.flushall()
            outage.note = f"{waiting} dossiers were in the queue"
        outage.wrong += [] if waiting else ["nothing was in the queue"]
        outage.must_not_be_noticed()
        return outage, asked

    def database_restarts(self) -> None:
        with self._noted("PostgreSQL stopped (fast), started again") as outage:
            self.cluster.database.stop()
            time.sleep(AWAY)
            self.cluster.database.start()
            outage.back = time.monotonic()

    def storage_goes(self) -> None:
        with self._noted("S3 stopped, started again") as outage:
            self.cluster.bucket.stop("gateway")
            time.sleep(AWAY * 2)
            self.cluster.bucket.start("gateway")
            outage.back = time.monotonic()

    def wrong(self) -> list[str]:
        """What should not have happened, in each outage and beside them."""
        found = [f"{outage.what}: {sentence}" for outage in self.done for sentence in outage.wrong]
        expected = {id(request) for outage in self.done for request in outage.requests}
        for request in self.play.ledger.requests:
            quiet = id(request) not in expected
            if request.outcome == FAILED or (quiet and request.outcome != OK):
                found.append(f"{request}{' while nothing was stopped' if quiet else ''}")
        return found + [
            f"{outage.what}: it took {outage.recovery:.1f} s to recover"
            for outage in self.done
            if outage.recovery > RECOVERS_WITHIN
        ]

    def _finish(self, outage: Outage, *dossiers: str) -> None:
        """Wait until the dossiers are there that an outage left behind, and say how long that took."""
        for dossier in dossiers:
            self.play.finish(dossier)
        asked_again = sum(dossier in dossiers for dossier in self.play.tried_again)
        by_hand = f"after {asked_again} clicks on Try again" if asked_again else "without anybody asking again"
        there = f"its dossiers were there after {time.monotonic() - outage.back:.0f} s, {by_hand}"
        outage.note = "; ".join(filter(None, [outage.note, there]))
        self.tell(outage)

    def _work_again(self, host: Host) -> None:
        """Start a web host and wait until the proxy has heard an answer of it: only then can the other one go."""
        log = self.cluster.proxy.folder / "proxy.log"
        seen = log.stat().st_size
        host.start()
        # Of the hosts that were asked the last one answered.
        answered = re.compile(rb'"status":[23][^\n]*"web":"[^"]*%s:\d+"' % re.escape(host.address.encode()))

        def serves():
            with log.open("rb") as lines:
                lines.seek(seen)
                return answered.search(lines.read())

        if not until(serves, PATIENCE):
            raise AssertionError(f"The proxy gave {host.name} no work within {PATIENCE} s.")

    def _being_made(self, title: str) -> tuple[str, Host]:
        """Ask for a dossier and wait until a worker host lays one out; return the dossier and the host."""
        found: list[Host] = []

        def rendering():
            found[:] = [host for host in self.cluster.workers if host.is_running(RENDERING)]
            return found

        with self.play.only_dossier:
            dossier = self.play.ask_for_dossiers(title)[0]
            if not until(rendering, PATIENCE, pause=0.05):
                raise AssertionError("No worker host began to make the dossier.")
            return dossier, found[0]

    @contextmanager
    def _noted(self, what: str) -> Iterator[Outage]:
        """Note an outage with the requests during it, until all has gone well for a while."""
        now = time.monotonic()
        outage = Outage(what, now, now)
        self.done.append(outage)
        yield outage

        def calm():
            self._take_in(outage)
            last = max([outage.back, *(min(bad.ended, time.monotonic()) for bad in outage.bad)])
            return time.monotonic() - last > CALM

        until(calm, PATIENCE)
        self._take_in(outage)
        self.tell(outage)

    def _take_in(self, outage: Outage) -> None:
        outage.ended = time.monotonic()
        outage.requests = [each for each in self.play.ledger.during(outage.began, outage.ended) if each.is_over]
