"""Is nothing lost and nothing done twice when a process is told to stop, and nothing lost when it is killed?"""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

import pytest
from redis import Redis

from config import embedded
from config.environment import BASE_DIR
from tests.services import answers, wait_until

pytestmark = [pytest.mark.once, pytest.mark.xdist_group("product")]

TAKING = ("--concurrency", "1", "--include", "tests.waiting_tasks")


@pytest.fixture
def queue(product):
    """The installation's queue, empty."""
    with Redis(unix_socket_path=str(embedded.redis_socket(product.folder))) as asked:
        asked.flushdb()
        yield asked


def send(product, *tasks):
    sends = "; ".join(f"app.send_task('tests.wait', [{str(path)!r}, {seconds}])" for path, seconds in tasks)
    sent = product.manage("shell", "--no-imports", "-c", f"from config.celery import app; {sends}")
    assert sent.returncode == 0, sent.stderr


def said(path: Path) -> list[str]:
    return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []


def test_a_form_that_is_arriving_when_the_web_server_stops_is_carried_out(product):
    with product.web() as site:
        browser = site.browser("reviewer@example.com")
        half_sent = HalfSent(site, browser, {"name": "Renamed at the end"})
        site.process.signal(signal.SIGTERM)
        wait_until(lambda: not answers(int(site.url.rpartition(":")[2])))
        assert half_sent.finish() == (302, "/profile/")
        assert site.process.popen.wait(timeout=60) == 0
    with product.web() as site:
        browser.url = site.url
        assert 'value="Renamed at the end"' in browser.get("/profile/").body


class HalfSent:
    """A form whose second half is still on its way."""

    def __init__(self, site, browser, values):
        token = browser.token
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **values}).encode()
        self.rest = body[20:]
        self.connection = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=60)
        self.connection.putrequest("POST", "/profile/")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
            "Origin": site.url,
            "Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies),
        }
        for name, value in headers.items():
            self.connection.putheader(name, value)
        self.connection.endheaders(body[:20])
        # Time for a thread to have taken it up; what is not read yet when the server stops is another matter.
        time.sleep(1)

    def finish(self):
        with contextlib.closing(self.connection):
            self.connection.send(self.rest)
            response = self.connection.getresponse()
            return response.status, response.headers["Location"]


def test_a_worker_told_to_stop_ends_its_task_and_leaves_the_others_in_the_queue(product, queue, tmp_path):
    running, waiting = tmp_path / "running", tmp_path / "waiting"
    with product.worker(*TAKING) as worker:
        send(product, (running, 6), (waiting, 0))
        wait_until(lambda: said(running) == ["began"])
        worker.signal(signal.SIGTERM)
        assert worker.popen.wait(timeout=60) == 0
    assert said(running) == ["began", "ended"]
    assert said(waiting) == []
    assert (queue.llen("default"), queue.hlen("unacked")) == (1, 0)
    with product.worker(*TAKING):
        wait_until(lambda: said(waiting) == ["began", "ended"])
        wait_until(lambda: (queue.llen("default"), queue.hlen("unacked")) == (0, 0))
    assert said(running) == ["began", "ended"]


def test_a_task_whose_process_is_killed_is_done_by_another_one(product, queue, tmp_path):
    path = tmp_path / "out"
    with product.worker(*TAKING):
        send(product, (path, 5))
        wait_until(lambda: said(path) == ["began"])
        os.kill(int(path.read_text().split()[1]), signal.SIGKILL)
        wait_until(lambda: said(path) == ["began", "began", "ended"], seconds=60)
        wait_until(lambda: (queue.llen("default"), queue.hlen("unacked")) == (0, 0))


def test_a_task_whose_worker_is_killed_comes_back_when_its_message_becomes_visible_again(product, queue, tmp_path):
    path, taking = tmp_path / "out", (*TAKING[:-1], "tests.waiting_tasks,tests.impatient_queue")
    with product.worker(*taking):
        send(product, (path, 600))
        wait_until(lambda: said(path) == ["began"])
        began = int(path.read_text().split()[1])
    # The block ended with a SIGKILL for the worker and all of its children.
    wait_until(lambda: gone(began))
    assert queue.hlen("unacked") == 1
    with product.worker(*taking):
        wait_until(lambda: said(path) == ["began", "began"])


PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
print(child.pid, flush=True)
child.wait()
"""
CHILD = """
import time
from dossiers import pdf
pdf._limit({"memory_bytes": 2**31, "cpu_seconds": 60, "file_bytes": 2**20, "seconds": 600})
print("limited", flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel does not tell, and the alarm ends it")
def test_the_layout_of_a_dossier_ends_with_the_process_that_wanted_it():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with parent.stdout:
        child = int(parent.stdout.readline())
        assert parent.stdout.readline() == "limited\n"
        parent.kill()
        parent.wait()
        wait_until(lambda: gone(child))


def gone(process):
    """Ended; whoever should have asked for its status may be gone as well."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
