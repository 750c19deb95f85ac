"""Do the probes answer machines at once, whatever hangs, and reveal nothing?"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from audit.models import Heartbeat
from config import embedded, health, queues, tasks
from config.environment import BASE_DIR
from evidence import storage
from reviews.tasks import remind

NOWHERE = "203.0.113.7"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    """What another test found out is not known."""
    monkeypatch.setattr(health, "_health", health.Health())


@pytest.fixture(autouse=True)
def as_in_production(settings, files_dir):
    files_dir.mkdir()
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["review.example.com"]


@pytest.fixture
def poked(transactional_db):
    tasks.poke("scheduler")
    remind()


def words(response):
    return {name: check["words"] for name, check in response.json()["checks"].items()}


def test_alive_is_answered_over_plain_http_to_any_host_without_database_or_session(client):
    response = client.get("/livez", HTTP_HOST=NOWHERE)
    assert (response.status_code, response.content) == (200, b"alive\n")
    assert response.cookies == {}
    assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_everything_else_is_for_known_hosts_over_https(client):
    assert client.get("/accounts/login/", HTTP_HOST="review.example.com").status_code == 301
    assert client.get("/livez/", HTTP_HOST=NOWHERE).status_code == 400


@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_probes_only_read(client, address):
    response = client.post(address)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_ready_when_everything_answers(client, poked):
    response = client.get("/readyz", HTTP_HOST=NOWHERE)
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "checks": {
            "database": {"ok": True, "words": "answers"},
            "broker": {"ok": True, "words": "answers"},
            "storage": {"ok": True, "words": "answers"},
            "scheduler": {"ok": True, "words": "pokes"},
            "reminders": {"ok": True, "words": "are looked after"},
        },
    }


def test_a_late_scheduler_is_said_and_takes_no_web_host_away(client, poked):
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=4, seconds=1))
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert words(response)["scheduler"] == "late: last heard of 4 minutes ago"
    assert words(response)["reminders"] == "are looked after"


def test_reminders_nobody_looks_after_are_said_and_take_no_web_host_away(client, poked):
    Heartbeat.objects.filter(name="reminders").update(at=timezone.now() - timedelta(minutes=5, seconds=1))
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert words(response)["reminders"] == "late: last looked after 5 minutes ago"
    assert words(response)["scheduler"] == "pokes"


def test_a_scheduler_that_never_was_is_said(client, transactional_db):
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert words(response)["scheduler"] == "has never been heard of"
    assert words(response)["reminders"] == "have never been looked after"


def test_a_folder_that_is_gone_makes_a_web_host_unready_and_is_not_named(client, poked, files_dir):
    files_dir.rmdir()
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (503, "not ready")
    assert words(response) == {
        "database": "answers",
        "broker": "answers",
        "storage": "cannot be reached",
        "scheduler": "pokes",
        "reminders": "are looked after",
    }
    assert str(files_dir).encode() not in response.content


def test_a_full_disk_is_said_and_takes_no_web_host_away(client, poked, monkeypatch):
    monkeypatch.setattr(storage, "LEAST_FREE_BYTES", 10**18)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert words(response)["storage"].startswith("is nearly full: ")


def test_without_the_broker_people_are_served_and_it_is_said(client, poked, use_broker):
    use_broker("redis://127.0.0.1:1/0")
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert words(response) == {
        "database": "answers",
        "broker": "does not answer",
        "storage": "answers",
        "scheduler": "pokes",
        "reminders": "are looked after",
    }


def test_asking_the_queues_leaves_no_connection_behind(tmp_path, use_broker):
    path = embedded.redis_socket(tmp_path)
    with embedded.private_redis(tmp_path), redis.Redis(unix_socket_path=str(path)) as client:
        use_broker(f"redis+socket://{path}")
        client.lpush("dossiers", '{"headers": {}}')
        assert [queues.ask_lengths() for _ in range(5)] == [{"default": 0, "dossiers": 1}] * 5
        queues.ask_queues()
        assert len(client.client_list()) == 1


def test_many_who_ask_at_once_are_answered_by_one_asking_each_time():
    asking, twice = threading.Lock(), []

    def ask():
        if not asking.acquire(blocking=False):
            twice.append("asked while it was being asked")
            return "answer"
        time.sleep(0.0005)
        asking.release()
        return "answer"

    question = health.Limited("a question", ask)

    def wants_to_know():
        return [question.wait(question.start(), time.monotonic() + 60) for _ in range(100)]

    with ThreadPoolExecutor(8) as people:
        answers = [person.result() for person in [people.submit(wants_to_know) for _ in range(8)]]
    assert answers == [["answer"] * 100] * 8
    assert twice == []


def test_whoever_waits_gets_the_answer_to_what_was_asked_and_not_a_later_one():
    answers = iter(["first", "second"])
    question = health.Limited("a question", lambda: next(answers))
    first = question.start()
    assert question.wait(first, time.monotonic() + 60) == "first"
    assert question.wait(question.start(), time.monotonic() + 60) == "second"
    assert question.wait(first, time.monotonic()) == "first"


# What only a process of its own can show: services that hang or are not there

ASK = """
import json, sys, threading
import django
django.setup()
from django.test import Client
from config import health
health.FRESH_SECONDS, health.LIMIT_SECONDS = json.loads(sys.argv[1])
asked = [Client().get("/readyz") for _ in range(2)]
for thread in threading.enumerate():
    if thread.daemon:
        # One that has just answered is about to end.
        thread.join(0.2)
print(json.dumps([asked[-1].status_code, asked[-1].json(), threading.active_count(), Client().get("/livez").status_code]))
"""


def ask(folder, *, fresh, limit, **addresses):
    """What a web process with these addresses says at the second time, and everything it logged.

    It keeps an answer for `fresh` seconds, and waits for one for `limit` seconds.
    """
    environment = os.environ | {"VAR_DIR": str(folder), "FILES_DIR": str(folder)} | addresses
    said = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps([fresh, limit])],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    *log, answer = said.stdout.splitlines()
    return *json.loads(answer), "\n".join(log)


def addresses_at(port):
    database = f"postgres://somebody:hidden@127.0.0.1:{port}/nothing"
    return {"DATABASE_URL": database, "REDIS_URL": f"redis://127.0.0.1:{port}/0"}


def calls(listener):
    """How many have called a listener that takes none."""
    listener.setblocking(False)
    taken = []
    with contextlib.suppress(BlockingIOError):
        while True:
            taken.append(listener.accept()[0])
    for connection in taken:
        connection.close()
    return len(taken)


@pytest.mark.once
def test_services_that_take_the_call_and_say_nothing_are_given_up_in_seconds(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        status, said, _, alive, _ = ask(tmp_path, fresh=60, limit=3, **addresses_at(silent.getsockname()[1]))
        # Two probes, and each service was called once: what one found served the others.
        assert calls(silent) == 2
    assert (status, alive) == (503, 200)
    assert said == {
        "status": "not ready",
        "checks": {
            "database": {"ok": False, "words": "does not answer"},
            "broker": {"ok": False, "words": "does not answer"},
            "storage": {"ok": True, "words": "answers"},
            "scheduler": {"ok": False, "words": "not known while the database does not answer"},
            "reminders": {"ok": False, "words": "not known while the database does not answer"},
        },
    }


@pytest.mark.once
def test_a_service_that_hangs_is_not_called_again_until_it_lets_go(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        status, _, threads, _, _ = ask(tmp_path, fresh=0, limit=0.2, **addresses_at(silent.getsockname()[1]))
        assert calls(silent) == 2
    assert (status, threads) == (503, 3)


def test_services_that_are_not_there_are_named_without_their_addresses(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    status, said, threads, alive, log = ask(tmp_path, fresh=60, limit=3, **addresses_at(port))
    assert (status, said["status"], threads, alive) == (503, "not ready", 1, 200)
    assert "127.0.0.1" not in json.dumps(said)
    assert "database: OperationalError" in log
    assert "hidden" not in log
