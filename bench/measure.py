"""What does everything cost with this many reviews, on both sides in turn?"""

import os
from contextlib import ExitStack

from bench import importing, processes, rendering, world
from bench.client import Client, reauthenticate, signed_in
from bench.load import Timing, run
from bench.operations import OPERATIONS
from bench.people import PASSWORD

SIDES = ("product", "reference")
PRODUCT = ["gunicorn", "--config", "config/gunicorn.py", "config.wsgi"]
REFERENCE = ["gunicorn", "--config", "bench/reference/gunicorn.py", "bench.reference.wsgi"]
SIGN_IN = "/accounts/login/"


class Bench:
    """Two running sites over the same number of reviews, and the clients that call them."""

    def __init__(self, world, web, sessions, database_pid, folder, *, quick):
        self.world, self.web, self.sessions = world, web, sessions
        self.database_pid, self.folder, self.quick = database_pid, folder, quick
        self.rounds = 1 if quick else 3
        self.most_seconds = 1.5 if quick else 4

    def caller(self, operation, side, number, port=None):
        """A function that prepares and makes the operation's next request, and insists on the right answer."""
        headers = self.sessions[operation.person] if side == "product" else self._as(operation.person)
        client = Client(port or self.web[side][1], headers)
        give = getattr(operation, side)

        def call():
            answer = client.call(give(self.world, number))
            if answer.status != operation.status:
                raise RuntimeError(f"{side}, {operation.key}: {answer.status}\n{answer.body.decode()[:3000]}")
            return answer

        return call

    def _as(self, person):
        return {"X-Person": str(self.world.people[person].pk)}

    def measure(self, operation, most_clients):
        """`{side: {one: …, eight: …, cpu seconds of web and database a request}}`, both sides in turn, warm."""
        callers = {side: [self.caller(operation, side, number) for number in range(most_clients)] for side in SIDES}
        for side in SIDES:
            run(callers[side], 2, self.most_seconds)
        found = {side: {"one": Timing(), "web_cpu": 0.0, "database_cpu": 0.0} for side in SIDES}
        for _ in range(self.rounds):
            for side in SIDES:
                self._one(callers[side][0], found[side], side, max(2, operation.repeats // 3))
        if most_clients > 1:
            for side in SIDES:
                found[side]["eight"] = Timing()
            for _ in range(1 if self.quick else 2):
                for side in SIDES:
                    count = operation.repeats_of_eight
                    found[side]["eight"].add(run(callers[side], count, self.most_seconds))
        return {side: _plain(values) for side, values in found.items()}

    def _one(self, caller, found, side, count):
        pids = {"web_cpu": self.web[side][0].pid, "database_cpu": self.database_pid}
        before = {name: processes.cpu_seconds(pid) for name, pid in pids.items()}
        found["one"].add(run([caller], count, self.most_seconds))
        for name, pid in pids.items():
            found[name] += processes.cpu_seconds(pid) - before[name]

    def queries(self, operation, port):
        """The statements of one request, counted by a server of its own."""
        call = self.caller(operation, "product", 0, port)
        call()
        return int(call().headers["X-Queries"])

    def memory(self):
        """The largest web process of each side, in megabytes."""
        found = {}
        for side in SIDES:
            master = self.web[side][0].pid
            workers = [processes.memory(pid) for pid in processes.children(master)]
            found[side] = {name: max(each[name] for each in workers) for name in ("rss", "pss")}
        return found


def _plain(values):
    count = len(values["one"].seconds)
    plain = {name: each.as_dict() for name, each in values.items() if isinstance(each, Timing)}
    return plain | {name: values[name] / count for name in ("web_cpu", "database_cpu")}


def measure(reviews, folder, database_pid, *, quick, last):
    """All figures as plain values; the environment names the seeded databases, the queue and the folders.

    Eight clients, the rendering and the import are measured over the `last`, the largest number of reviews.
    """
    the_world = world.read(os.environ["DATABASE_URL"], os.environ["REFERENCE_DATABASE_URL"])
    found = {"reviews": reviews, "operations": {}}
    with ExitStack() as stack:
        web = {
            side: stack.enter_context(processes.web(command, processes.environment(side), folder / f"{side}.log", page))
            for side, command, page in (("product", PRODUCT, SIGN_IN), ("reference", REFERENCE, "/ready/"))
        }
        found["cold_start"] = {side: web[side][2] for side in SIDES}
        sessions = {name: signed_in(web["product"][1], user.email, PASSWORD) for name, user in the_world.people.items()}
        bench = Bench(the_world, web, sessions, database_pid, folder, quick=quick)
        for operation in OPERATIONS:
            if operation.key == "sign":
                sessions["ciso"] = reauthenticate(web["product"][1], sessions["ciso"], PASSWORD)
            found["operations"][operation.key] = bench.measure(operation, world.CLIENTS if last else 1)
        found["memory"] = bench.memory()
        found["queries"] = _count(bench, OPERATIONS)
        if last:
            found["rendering"] = rendering.measure(bench, repeats=1 if quick else 3)
            found["importing"] = importing.measure(folder, repeats=1 if quick else 3)
    return found


def _count(bench, operations):
    counting = processes.environment("product") | {"DJANGO_SETTINGS_MODULE": "bench.counting"}
    command = [*PRODUCT, "--workers", "1"]
    with processes.web(command, counting, bench.folder / "counting.log", SIGN_IN) as (_, port, _):
        return {operation.key: bench.queries(operation, port) for operation in operations}
