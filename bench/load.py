"""How long do requests take when one client asks, and when eight do?"""

import resource
import statistics
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Timing:
    """What a series of requests took. `busy` is the share of one processor that the clients themselves used."""

    seconds: list[float] = field(default_factory=list)
    wall: float = 0.0
    client_cpu: float = 0.0
    size: int = 0

    def add(self, other):
        self.seconds += other.seconds
        self.wall += other.wall
        self.client_cpu += other.client_cpu
        self.size = other.size

    @property
    def median(self):
        return statistics.median(self.seconds)

    @property
    def p95(self):
        return sorted(self.seconds)[max(0, -(-len(self.seconds) * 95 // 100) - 1)]

    def as_dict(self):
        return {
            "median": self.median,
            "p95": self.p95,
            "count": len(self.seconds),
            "per_second": len(self.seconds) / self.wall,
            "client_cpu": self.client_cpu / self.wall,
            "size": self.size,
        }


def run(callers, count, most_seconds):
    """Let every caller make up to `count` calls at the same time, at least two, for up to `most_seconds`.

    A caller is a function that makes one request and returns its Answer. Raises what any of them raised.
    """
    timing, problems = Timing(), []
    deadline = time.perf_counter() + most_seconds

    def loop(caller):
        try:
            for number in range(count):
                if number >= 2 and time.perf_counter() > deadline:
                    return
                answer = caller()
                timing.seconds.append(answer.seconds)
                timing.size = answer.size
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=loop, args=(caller,)) for caller in callers]
    cpu, started = _own_cpu(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    timing.wall, timing.client_cpu = time.perf_counter() - started, _own_cpu() - cpu
    if problems:
        raise problems[0]
    return timing


def _own_cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
