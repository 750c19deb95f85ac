"""What becomes of requests that have arrived when a web host is stopped?"""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import answers, free_port, wait_until

ROOT = Path(__file__).parent.parent.parent
FORM = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nConnection: close\r\n\r\nwords"


@pytest.fixture
def server(tmp_path):
    """Gunicorn with one process of ours and an application that answers at once; yields it and its port."""
    (tmp_path / "answering.py").write_text(
        "def app(environ, start_response):\n"
        "    environ['wsgi.input'].read()\n"
        "    start_response('200 OK', [('Content-Length', '4')])\n"
        "    return [b'done']\n"
    )
    port = free_port()
    words = ["--workers", "1", "--threads", "4", "--no-control-socket", "--bind", f"127.0.0.1:{port}", "answering:app"]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--worker-class", "config.draining.Worker", *words],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: answers(port) and children(process))
    yield process, port
    process.kill()
    process.wait()


def children(process):
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def call(port):
    client = socket.create_connection(("127.0.0.1", port), timeout=30)
    client.sendall(FORM)
    return client


def answer(client):
    with client:
        return client.recv(4096).split(b"\r\n")[0]


def test_whoever_has_called_is_answered_although_nobody_had_taken_the_call(server):
    process, port = server
    assert answer(call(port)) == b"HTTP/1.1 200 OK"
    (worker,) = children(process)
    os.kill(worker, signal.SIGSTOP)
    waiting = [call(port) for _ in range(8)]
    process.send_signal(signal.SIGTERM)
    wait_until(lambda: not listens(process))
    os.kill(worker, signal.SIGCONT)
    assert [answer(client) for client in waiting] == [b"HTTP/1.1 200 OK"] * 8
    assert process.wait(30) == 0


def listens(process):
    """Whether gunicorn's first process still has a socket open, as it has until it passes the signal on."""
    links = Path(f"/proc/{process.pid}/fd").iterdir()
    return any(os.readlink(link).startswith("socket:") for link in links)
