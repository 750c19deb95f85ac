"""What do processes cost? Start a server, and read its processor seconds and memory from /proc."""

import contextlib
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN = 60


def environment(side):
    """What a process of one side may know; the product's is the environment of a production installation."""
    if side == "product":
        return dict(os.environ)
    server = runpy.run_path(str(ROOT / "config" / "gunicorn.py"))
    os.environ |= {"REFERENCE_WORKERS": str(server["workers"]), "REFERENCE_THREADS": str(server["threads"])}
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {name: value for name, value in os.environ.items() if name.startswith("REFERENCE_")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, environment, log):
    """Run a program of this Python's folder in a process group of its own, and end all of it with the block."""
    with Path(log).open("ab") as out:
        process = subprocess.Popen(
            [Path(sys.executable).with_name(command[0]), *command[1:]],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def web(command, environment, log, first_page):
    """Run a web server; yields `(process, port, seconds until its first page)`."""
    port = free_port()
    started = time.perf_counter()
    with running([*command, "--bind", f"127.0.0.1:{port}"], environment, log) as process:
        while not _answers(port, first_page):
            if process.poll() is not None or time.perf_counter() - started > START_WITHIN:
                raise RuntimeError(f"{command} does not answer:\n{Path(log).read_text()[-3000:]}")
            time.sleep(0.01)
        yield process, port, time.perf_counter() - started


def _answers(port, path):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"X-Forwarded-Proto": "https"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status == 200
    except ConnectionError:
        return False
    except urllib.error.HTTPError as problem:
        raise RuntimeError(f"{path}: {problem.read().decode()[:2000]}") from problem
    except OSError:
        return False


def children(pid):
    """Ids of a process's living descendants."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in path.read_text().split():
                found += [int(child), *children(int(child))]
    return found


def cpu_seconds(pid):
    """Processor seconds of a process and its living descendants, to the nanosecond."""
    return sum(_cpu(each) for each in (pid, *children(pid)))


def _cpu(pid):
    # The clock of another process, as clock_getcpuclockid(3) names it; Python has no name for it.
    with contextlib.suppress(OSError):
        return time.clock_gettime((~pid << 3) | 2)
    return 0.0


def memory(pid):
    """`{rss, pss}` of a process in megabytes of 1,000,000 bytes; pss shares what processes have in common."""
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split(":")
        found[name.lower()] = int(value.split()[0]) * 1024 / 1_000_000
    return {name: found[name] for name in ("rss", "pss")}


def peak(pid):
    """The largest resident size a process has had so far, in megabytes; 0 when it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024 / 1_000_000
    return 0.0
