"""Does the System page say what is wrong, to administrators only, whatever hangs, and does each of its buttons act once?"""

import os
import re
import smtplib
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from django_celery_results.models import TaskResult

from audit.models import Event
from config import advice, embedded, health, mail, metrics, queues, system, tasks
from config.celery import app
from config.health import Limited
from dossiers import packages, papers, requests
from dossiers.choices import State
from dossiers.models import Dossier, Package, Paper
from reviews.choices import Delivery
from reviews.models import Message
from tests.failed_task import failed_task


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    """What another test found out is not known."""
    monkeypatch.setattr(health, "_health", health.Health())
    # No worker is here to be waited for.
    monkeypatch.setattr(queues, "ANSWER_WITHIN", 0.05)


@pytest.fixture
def signed_in(client, administrator):
    client.force_login(administrator)
    return client


@pytest.fixture
def page(signed_in):
    """Return a function that gets the page and returns its words."""

    def get():
        response = signed_in.get("/system/")
        assert response.status_code == 200
        return words_of(response)

    return get


def words_of(response):
    main = response.content.decode().split("<main", 1)[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace(" .", ".")


def test_administrators_find_it_in_the_navigation_and_others_do_not(client, administrator, lead_account):
    client.force_login(administrator)
    assert 'href="/system/"' in client.get("/profile/").content.decode()
    client.force_login(lead_account)
    assert 'href="/system/"' not in client.get("/profile/").content.decode()
    assert client.get("/system/").status_code == 403


def test_a_failed_task_is_said_in_words_with_its_request(page):
    failed_task("dossiers.tasks.render_dossier", "[12]", "TimeLimitExceeded")
    said = page()
    assert "Make a dossier 12 It took too long and was stopped. dossiers/lost.py:35 in look_after" in said
    assert "Request request-0001" in said


def test_what_failed_often_is_one_line(page):
    failed_task(meta='{"request_id": "", "times": 480}')
    assert "480 times, last just now" in page()


def test_mails_that_wait_or_reached_nobody_are_counted(page, administrator):
    assert "0 mails wait to be sent, 0 after a failure; 0 of the last 7 days reached nobody." in page()
    now = timezone.now()
    for number, (state, attempts, due_at) in enumerate(
        [
            (Delivery.WAITING, 0, now),
            (Delivery.WAITING, 2, now + timedelta(minutes=5)),
            (Delivery.SENT, 1, now),
            (Delivery.REFUSED, 1, now - timedelta(days=6)),
            (Delivery.BOUNCED, 1, now - timedelta(days=8)),
        ]
    ):
        Message.objects.create(
            key=f"digest:{number}", person=administrator, day=now, state=state, attempts=attempts, due_at=due_at
        )
    assert "2 mails wait to be sent, 1 after a failure; 1 of the last 7 days reached nobody." in page()
    in_hand = {"attempts": 1, "leased_until": now + timedelta(minutes=5)}
    Message.objects.create(key="digest:9", person=administrator, day=now, due_at=now, **in_hand)
    assert "3 mails wait to be sent, 1 after a failure; 1 of the last 7 days reached nobody." in page()


def test_a_mail_that_is_tried_again_and_again_grows_older_in_the_metrics(administrator):
    now = timezone.now()
    made, again = now - timedelta(hours=5), now + timedelta(hours=1)
    Message.objects.create(key="digest:1", person=administrator, day=now, created_at=made, due_at=again)
    families = {family.name: family for family in metrics.Installation()._rows()}
    [sample] = families["countersign_oldest_waiting_message_seconds"].samples
    assert 18000 <= sample.value < 18600


def test_without_a_failed_task_the_page_says_so(page):
    assert "No task has failed" in page()


def test_a_task_whose_arguments_were_not_kept_can_only_be_dismissed(signed_in):
    row = failed_task("reviews.tasks.unknown", None, "NotRegistered")
    response = signed_in.get("/system/")
    assert "Unknown task reviews.tasks.unknown" in words_of(response)
    assert f"/system/tasks/{row.pk}/dismiss/" in response.content.decode()
    assert f"/system/tasks/{row.pk}/try-again/" not in response.content.decode()


def test_trying_again_twice_sends_once_and_says_both(signed_in, broker):
    row = failed_task("dossiers.tasks.look_after")
    first = signed_in.post(f"/system/tasks/{row.pk}/try-again/", follow=True)
    second = signed_in.post(f"/system/tasks/{row.pk}/try-again/", follow=True)
    assert "Sent to a worker again." in words_of(first)
    assert "This task was tried again or dismissed already." in words_of(second)
    assert broker() == [("dossiers.tasks.look_after", [])]
    assert "No task has failed" in words_of(second)


def test_dismissing_does_nothing_but_forget(signed_in, broker):
    row = failed_task()
    said = words_of(signed_in.post(f"/system/tasks/{row.pk}/dismiss/", follow=True))
    assert "Dismissed. Nothing was done again." in said
    assert broker() == []
    assert not TaskResult.objects.exists()


@pytest.mark.parametrize("rows", [1, 30])
def test_the_page_costs_as_many_queries_for_thirty_failures_as_for_one(
    signed_in, django_assert_num_queries, review, lead, rows
):
    for number in range(rows):
        failed_task("dossiers.tasks.render_dossier", f"[{number}]")
        requests.fail(requests.request_dossier(review, by=lead), "It broke.")
        requests.fail(packages.request(review, by=lead), "It broke.")
        requests.fail(papers.request("overview", "", by=lead), "It broke.")
    signed_in.get("/system/")  # what else is late is done by whoever comes first
    with django_assert_num_queries(13):
        said = words_of(signed_in.get("/system/"))
    assert ("And 20 earlier ones." in said) == (rows == 30)


def test_a_failed_dossier_is_named_to_whoever_may_see_its_review_only(page, review, lead, administrator):
    requests.fail(requests.request_dossier(review, by=lead), "The finding of Anthropic is too long.")
    requests.fail(packages.request(review, by=lead), "So is that of Anthropic's package.")
    requests.fail(papers.request("overview", "", by=lead), "So is that of Anthropic's overview.")
    said = page()
    assert f"Dossier {Dossier.objects.get().pk} For somebody else, or of a review you have no access to." in said
    assert f"Package {Package.objects.get().pk} For somebody else, or of a review you have no access to." in said
    assert f"Paper {Paper.objects.get().pk} For somebody else" in said
    assert "Anthropic" not in said


def test_a_dossier_that_was_made_since_or_failed_long_ago_is_no_trouble(page, review, lead):
    dossier = requests.request_dossier(review, by=lead)
    assert "Every dossier, paper and package was made" in page()
    Dossier.objects.update(requested_at=timezone.now() - timedelta(minutes=6))
    assert "Waiting for a worker" in page()
    requests.fail(dossier, "It broke.")
    assert "of a review you have no access to." in page()
    Dossier.objects.update(finished_at=timezone.now() - timedelta(days=8))
    assert "Every dossier, paper and package was made" in page()
    Dossier.objects.update(finished_at=timezone.now())
    assert "of a review you have no access to." in page()
    made = {"state": State.READY, "sha256": "0" * 64, "file": "made.pdf", "snapshot_at": timezone.now()}
    Dossier.objects.create(review=review, requested_by=lead, **made)
    assert "Every dossier, paper and package was made" in page()


def test_what_waits_is_said_by_queue(page, broker):
    app.send_task("dossiers.tasks.look_after")
    waiting, _ = queues.ask_queues()
    assert [(queue.name, queue.waiting) for queue in waiting] == [("default", 1), ("dossiers", 0)]
    assert "default Short work, such as reminders and imports 1 None answers never" in page()
    tasks.poke("scheduler")
    assert "None answers just now dossiers" in page()


def test_redis_says_what_waits_and_who_takes_it(page, tmp_path, use_broker, monkeypatch):
    queue = f"redis+socket://{embedded.redis_socket(tmp_path)}"
    environment = os.environ | {"REDIS_URL": queue.replace("redis+socket", "unix"), "VAR_DIR": str(tmp_path)}
    command = [
        "celery",
        "--quiet",
        "-A",
        "config",
        "worker",
        "--queues",
        "dossiers",
        "--concurrency",
        "1",
        "--hostname",
        "one@here",
    ]
    with embedded.private_redis(tmp_path), (tmp_path / "log").open("w") as log:
        use_broker(queue)
        for _ in range(2):
            app.send_task("dossiers.tasks.look_after")
        tasks.poke.apply_async(["scheduler"], queue="default")
        worker = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *command], env=environment, stdout=log, stderr=log
        )
        try:
            monkeypatch.setattr(queues, "ANSWER_WITHIN", 0.5)
            end = time.monotonic() + 60
            while not queues.ask_workers() and time.monotonic() < end:
                time.sleep(0.1)
            said = page()
        finally:
            worker.terminate()
            worker.wait(60)
    waits = "3 2 × Look after dossiers that nobody makes any more 1 × Say that scheduler and workers are alive"
    assert f"default Short work, such as reminders and imports {waits} None answers never" in said
    assert (
        "dossiers Long work: dossiers, packages, reviews that move in 0 1 answering never one@here takes dossiers."
        in said
    )
    assert re.search(r"Redis \d+\.\d+\.\d+ Celery", said)


def test_an_old_database_is_said(page):
    from django.db.migrations.recorder import MigrationRecorder

    assert "Every migration is applied." in page()
    MigrationRecorder.Migration.objects.filter(app="dossiers").order_by("-pk").first().delete()
    assert "1 migration waits: run manage.py migrate. The first is dossiers." in page()


def test_versions_are_said_and_weasyprint_is_not_imported(page):
    said = page()
    assert re.search(r"Countersign \d+\.\d+\.\d+ Python 3\.\d+\.\d+ Django 5\.2\.\d+ (SQLite|PostgreSQL) \d+\.", said)
    assert re.search(r"Celery \d+\.\d+\.\d+ WeasyPrint \d+\.\d+", said)
    code = "import django; django.setup(); import config.system, sys; print('weasyprint' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert run.stdout.splitlines()[-1] == "False"


# What hangs or is down


@pytest.fixture
def hanging(tmp_path):
    """The address of a server that takes calls and says nothing."""
    path = str(tmp_path / "silent.sock")
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(path)
        silent.listen(20)
        yield path


@pytest.mark.parametrize("state", ["down", "hanging"])
def test_without_redis_the_page_comes_and_says_so(page, settings, use_broker, hanging, monkeypatch, state):
    socket_path = hanging if state == "hanging" else f"{hanging}.nobody"
    use_broker(f"redis+socket://{socket_path}")
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"unix://{socket_path}",
            "OPTIONS": {"socket_timeout": 2},
        }
    }
    said = page()
    assert "Queue (Redis) Does not work Does not answer." in said
    assert "Not known: Redis, which keeps the queues, does not answer." in said
    assert "Not known: Redis, which keeps the count, does not answer." in said


def test_nothing_is_waited_for_longer_than_the_limit(page, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(system, "LIMIT_SECONDS", 0.1)
    monkeypatch.setitem(system._QUESTIONS, "space", Limited("the free space", release.wait))
    try:
        assert "A folder; how much room it has is not known." in page()
    finally:
        release.set()


def test_a_folder_that_is_nearly_full_needs_care():
    assert system._more(health.STORAGE, (9, 100)) == {
        "words": "A folder; 9\xa0bytes of 100\xa0bytes are free.",
        "care": True,
    }
    assert system._more(health.STORAGE, (10, 100))["care"] is False


# The test mail


def test_the_test_mail_goes_to_whoever_asks(signed_in, administrator, mailoutbox):
    said = words_of(signed_in.post("/system/test-mail/", follow=True))
    assert "The mail was written on this machine; in embedded mode none leaves it." in said
    assert [each.to for each in mailoutbox] == [[administrator.email]]
    event = Event.objects.get(event_type="system.mail_tested")
    assert (event.actor_id, event.after) == (administrator.pk, {"taken": True})


@pytest.fixture
def smtp(settings):
    """Name a mail server for this test."""

    def name(port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""

    return name


def answering(listener, lines):
    """Speak as a mail server that says these lines, one to each thing it is told."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as told:
        for line in lines:
            connection.sendall(line + b"\r\n")
            told.readline()


def taking(listener, lines):
    """Speak as a mail server that takes one mail."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as told:
        for line in lines:
            connection.sendall(line + b"\r\n")
            told.readline()
        while told.readline() != b".\r\n":
            pass
        for line in (b"250 taken", b"221 good bye"):
            connection.sendall(line + b"\r\n")
            told.readline()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([b"220 ready", b"250 hello", b"550 no mail from you"], "it does not let us send as DEFAULT_FROM_EMAIL"),
        ([b"220 ready", b"250 hello", b"250 ok", b"550 unknown"], "it refused your address"),
        ([b"554 go away secret-word"], "it refused the mail"),
        ([b"220 ready"], "it ended the conversation, or said nothing for 8 seconds"),
    ],
)
def test_why_the_server_refused_is_said_and_written_down(signed_in, smtp, lines, words):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        smtp(listener.getsockname()[1])
        server = threading.Thread(target=answering, args=(listener, lines))
        server.start()
        said = words_of(signed_in.post("/system/test-mail/", follow=True))
        server.join()
    assert f"The mail server did not take the mail: {words}." in said
    event = Event.objects.get(event_type="system.mail_tested")
    assert (event.after, event.reason) == ({"taken": False}, words)


def test_a_server_that_takes_the_mail_is_said(signed_in, smtp, administrator):
    lines = [b"220 ready", b"250 hello", b"250 ok", b"250 ok", b"354 go on"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        smtp(listener.getsockname()[1])
        server = threading.Thread(target=taking, args=(listener, lines))
        server.start()
        said = words_of(signed_in.post("/system/test-mail/", follow=True))
        server.join()
    assert f"The mail server took the mail to {administrator.email}. Look whether it arrives." in said
    assert Event.objects.get(event_type="system.mail_tested").after == {"taken": True}


def test_a_server_that_is_not_there_is_said(signed_in, smtp):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    smtp(port)
    said = words_of(signed_in.post("/system/test-mail/", follow=True))
    assert "nobody listens at the host and port in EMAIL_URL." in said
    assert f"127.0.0.1, port {port}, unencrypted" in said


def test_a_server_that_says_nothing_is_given_up(signed_in, smtp, monkeypatch):
    monkeypatch.setattr(mail, "ANSWER_WITHIN", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        smtp(listener.getsockname()[1])
        said = words_of(signed_in.post("/system/test-mail/", follow=True))
    assert "it ended the conversation, or said nothing for 8 seconds." in said


def test_every_error_of_a_mail_server_has_a_reason():
    kinds = [
        kind for kind in vars(smtplib).values() if isinstance(kind, type) and issubclass(kind, smtplib.SMTPException)
    ]
    assert len(kinds) > 8
    assert all(any(issubclass(kind, known) for known, _ in mail.REASONS) for kind in kinds)


# Advice


@pytest.fixture
def well_set(settings):
    """Production as it should be."""
    settings.EMBEDDED = False
    settings.BACKUP_RECIPIENT, settings.METRICS_TOKEN = "age1example", "a token"
    settings.EMAIL_BACKEND, settings.EMAIL_USE_TLS = "django.core.mail.backends.smtp.EmailBackend", True
    settings.DEFAULT_FROM_EMAIL, settings.ORGANISATION_NAME = "review@example.com", "Example"
    return settings


@pytest.fixture(autouse=True)
def check_settings_again():
    advice.djangos.cache_clear()


def test_embedded_mode_is_told_what_it_is_for():
    (sentence,) = advice.advice()
    assert sentence.startswith("This is embedded mode")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("BACKUP_RECIPIENT", "", "BACKUP_RECIPIENT is not set"),
        ("METRICS_TOKEN", "", "METRICS_TOKEN is not set"),
        ("EMAIL_USE_TLS", False, "EMAIL_URL speaks to the mail server unencrypted"),
        ("DEFAULT_FROM_EMAIL", "countersign@localhost", "DEFAULT_FROM_EMAIL is not set"),
        ("ORGANISATION_NAME", "Our organisation", "ORGANISATION_NAME is not set"),
        ("SESSION_COOKIE_AGE", 48 * 3600, "SESSION_HOURS is 48"),
    ],
)
def test_each_setting_that_could_be_better_has_its_sentence(well_set, name, value, words):
    assert advice._ours() == []
    setattr(well_set, name, value)
    (sentence,) = advice._ours()
    assert sentence.startswith(words)


def test_djangos_own_warnings_are_among_the_advice(well_set):
    well_set.SESSION_COOKIE_SECURE = False
    assert [sentence for sentence in advice.advice() if "(security.W012)" in sentence]


def test_no_secret_is_on_the_page(signed_in, well_set):
    well_set.EMAIL_HOST_PASSWORD = "secret-of-the-mail"
    well_set.METRICS_TOKEN = "secret-of-the-metrics"
    body = signed_in.get("/system/").content.decode()
    for secret in ("secret-of", well_set.SECRET_KEY, well_set.BACKUP_RECIPIENT):
        assert secret not in body
