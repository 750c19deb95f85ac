"""Is every line of every process readable by a machine, tied to its request, and silent about people and data?"""

import io
import json
import logging
import logging.config
import re
import socket
import sqlite3
import urllib.request
from contextlib import closing

import pytest
from celery import signals
from django.db import IntegrityError
from django.test import Client

from accounts.models import User
from audit import context
from config import logs
from config.celery import app
from tests.services import wait_until
from vendors.models import Vendor

pytestmark = pytest.mark.xdist_group("product")

SECRET = "unannounced-breach"
MAIL = "somebody@confidential.example"


class Written:
    """What a process writes whose lines have this form."""

    def __init__(self, form):
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter({"json": logs.Json, "plain": logs.Plain}[form]())

    @property
    def text(self):
        return self.stream.getvalue()

    @property
    def lines(self):
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def messages(self):
        return [line["message"] for line in self.lines]


@pytest.fixture(params=["json", "plain"])
def form(request):
    return request.param


@pytest.fixture
def written(form):
    yield from _listening(form)


@pytest.fixture
def as_json():
    yield from _listening("json")


def _listening(form):
    listening = Written(form)
    root = logging.getLogger()
    root.addHandler(listening.handler)
    yield listening
    root.removeHandler(listening.handler)


# One line


def test_a_line_for_a_machine_has_these_fields_and_no_other(as_json):
    with context.acting(request_id="request-1"):
        logging.getLogger("dossiers.making").warning("dossier %s took long", 7, extra={"finding": SECRET})
    (line,) = as_json.lines
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time"))
    assert line == {
        "level": "WARNING",
        "logger": "dossiers.making",
        "request_id": "request-1",
        "message": "dossier 7 took long",
    }


def test_a_line_outside_of_requests_says_so(written):
    logging.getLogger("config").error("nothing")
    assert '"request_id": "-"' in written.text or "[-]" in written.text


@pytest.mark.parametrize("words", ["a\nb", "a\r\nb", "a\u2028b", "a\x1b[2Kb", "a\u202eb", "a\x00b", "a\x85b"])
def test_no_line_can_be_forged_or_turned_round(written, words):
    logging.getLogger("config").error("%s 2026-01-01 ERROR forged", words)
    assert len(written.text.splitlines()) == 1
    assert written.text.removesuffix("\n").isprintable()


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        (f"mail to {MAIL} refused", "mail to …@… refused"),
        ("Connected to redis://:password@queue:6379/0", "Connected to redis://queue:6379/…"),
        ("at https://user:password@host now", "at https://host now"),
        ("GET https://files.example.com/bucket/key?signature=1 failed", "GET https://files.example.com/… failed"),
        ("Listening at: http://127.0.0.1:8000 (17)", "Listening at: http://127.0.0.1:8000 (17)"),
    ],
)
def test_addresses_of_people_and_what_follows_a_host_stay_out(as_json, said, logged):
    logging.getLogger("somebody.elses").error(said)
    assert as_json.messages == [logged]


def test_a_row_goes_by_its_number_because_its_name_can_be_a_vendors(written, review):
    logging.getLogger("dossiers.making").error("%s failed in %s", review, "17 s")
    assert f"review {review.pk} failed in 17 s" in written.text
    assert review.title not in written.text


def test_libraries_never_get_below_info_where_they_print_bodies_and_statements():
    for level, others in (("DEBUG", "INFO"), ("WARNING", "WARNING")):
        loggers = logs.settings("json", level)
        assert loggers["root"]["level"] == loggers["loggers"]["django"]["level"] == others
        assert {loggers["loggers"][name]["level"] for name in logs.APPS} == {level}


# Errors


def fails(error, cause=None):
    try:
        try:
            raise cause or KeyError(SECRET)
        except Exception as first:
            raise error from first
    except Exception:
        logging.getLogger("config").exception("it failed")


def test_a_trace_names_places_and_kinds_of_what_went_wrong_and_quotes_nothing(written):
    fails(ValueError(f"invalid literal: {SECRET}"), IntegrityError(f"duplicate\nDETAIL: Key (email)=({MAIL})"))
    assert SECRET not in written.text
    assert MAIL not in written.text
    trace = written.lines[0]["trace"] if '"trace"' in written.text else written.text
    assert "in fails" in trace
    assert trace.index("IntegrityError\nwhich caused:") < trace.index("ValueError")


def test_an_error_that_is_logged_as_words_is_not_quoted_either(as_json):
    logging.getLogger("somebody.elses").error("it failed: %s", ValueError(SECRET))
    logging.getLogger("somebody.elses").error(ValueError(SECRET))
    assert as_json.messages == ["it failed: ValueError", "ValueError"]


def test_a_row_that_is_no_value_for_a_field_is_not_named(written):
    with pytest.raises(TypeError, match=SECRET) as refusal:
        User.objects.filter(pk=Vendor(name=SECRET))
    fails(refusal.value)
    assert "TypeError" in written.text
    assert SECRET not in written.text


def test_what_cannot_be_reached_is_said_with_its_first_line(as_json):
    fails(ConnectionRefusedError("[Errno 111] redis://:password@queue/0 refused\nDETAIL: " + SECRET))
    assert as_json.lines[0]["trace"].endswith("ConnectionRefusedError: [Errno 111] redis://queue/… refused")


def test_a_forged_line_in_an_error_stays_on_its_line(written):
    fails(ConnectionError("gone\x0b2026-01-01 ERROR forged"))
    assert "\x0b" not in written.text
    assert "gone" in written.text


def test_a_mail_servers_refusal_does_not_name_the_recipient(written):
    from smtplib import SMTPRecipientsRefused

    fails(SMTPRecipientsRefused({MAIL: (550, b"who?")}))
    assert "SMTPRecipientsRefused" in written.text
    assert "confidential" not in written.text


# Requests


@pytest.fixture
def failing(settings, db):
    settings.ROOT_URLCONF = "tests.config.failing_urls"
    return Client(raise_request_exception=False, headers={"X-Request-ID": "request-17"})


def test_a_failing_page_is_logged_by_its_route_and_request_and_without_what_was_typed(failing, written, form):
    response = failing.post(f"/fail/{SECRET}/?q={SECRET}", {"finding": SECRET}, headers={"Cookie": f"a={SECRET}"})
    assert response.status_code == 500
    assert "Internal Server Error: POST fail" in written.text
    assert "request-17" in written.text
    assert "in fail\n" in (written.lines[0]["trace"] if form == "json" else written.text)
    assert SECRET not in written.text


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        (f"/nowhere/{SECRET}/", 404, "Not Found: GET none"),
        (f"/suspect/{SECRET}/", 400, "Bad Request: GET suspect"),
    ],
)
def test_a_refusal_is_one_line_that_does_not_say_what_was_asked_for(failing, as_json, path, status, message):
    assert failing.get(path, {"q": SECRET}).status_code == status
    # Django says a suspicious request twice.
    assert set(as_json.messages) == {message}
    assert {line["request_id"] for line in as_json.lines} == {"request-17"}
    assert not any("trace" in line for line in as_json.lines)


def test_a_form_from_elsewhere_is_logged_with_the_host_it_came_from(as_json, db):
    client = Client(enforce_csrf_checks=True)
    client.post(
        "/accounts/login/", {"login": MAIL}, secure=True, headers={"Referer": f"https://other.example/{SECRET}?q=1"}
    )
    assert as_json.messages == [
        "Forbidden: POST account_login (Referer checking failed - https://other.example/… "
        "does not match any trusted origins.)"
    ]


def test_an_unknown_host_is_named_because_a_forgotten_setting_looks_like_that(as_json, db, settings):
    settings.ALLOWED_HOSTS = ["review.example.com"]
    assert Client().get(f"/accounts/login/?q={SECRET}", headers={"Host": "other.example"}).status_code == 400
    assert as_json.messages[0].startswith("Invalid HTTP_HOST header: 'other.example'.")
    assert SECRET not in as_json.text


# Tasks


def test_what_celery_says_of_a_task_holds_its_name_and_nothing_it_was_given(as_json):
    said = {"id": "17", "name": "some.task", "runtime": 0.5, "return_value": SECRET, "args": f"('{SECRET}',)"}
    logging.getLogger("celery.app.trace").info(
        "Task %(name)s[%(id)s] succeeded in %(runtime)ss: %(return_value)s %(args)s", said, extra={"data": said}
    )
    assert as_json.messages == ["Task some.task[17] succeeded in 0.5s: … …"]
    logging.getLogger("celery.worker.consumer.consumer").error("Unregistered task %r\nbody:\n%s", "some.task", SECRET)
    assert SECRET not in as_json.text


@pytest.mark.parametrize("asked_by", ["request-17", ""])
def test_a_task_is_sent_with_the_request_it_belongs_to_and_else_with_an_id_of_its_own(use_broker, asked_by):
    use_broker("memory://")
    sent = []

    def note(headers, **kwargs):
        sent.append(headers["request_id"])

    signals.after_task_publish.connect(note)
    with context.acting(request_id=asked_by):
        app.send_task("config.tasks.poke", ["scheduler"])
    signals.after_task_publish.disconnect(note)
    assert sent == [asked_by] if asked_by else context.REQUEST_ID.fullmatch(sent[0])


# The processes


def lines_of(log):
    """Every line of a log but one that is only half written."""
    return [json.loads(line) for line in log[: log.rfind("\n") + 1].splitlines()]


def raw(url, request):
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(request)
        return client.recv(1000)


@pytest.mark.once
def test_one_id_leads_from_the_page_through_the_task_to_the_event(product):
    with product.web(LOG_FORMAT="json") as site, product.worker(LOG_FORMAT="json") as worker:
        browser = site.browser("lead@example.com")
        page = re.search(r"/reviews/(?!new/)[\w-]+/", browser.get("/reviews/").body)[0]
        browser.opener.addheaders.append(("X-Request-ID", "asks-for-a-dossier"))
        assert browser.post(f"{page}dossiers/request/", {}).status == 200
        wait_until(lambda: "render_dossier" in worker.log and "succeeded" in worker.log, 60)
        web, task = lines_of(site.process.log), lines_of(worker.log)
    asked = [line for line in web if line.get("route") == "dossiers:request"]
    assert [(line["request_id"], line["method"], line["status"]) for line in asked] == [
        ("asks-for-a-dossier", "POST", 302)
    ]
    done = [line for line in task if "dossiers.tasks.render_dossier" in line["message"]]
    assert {line["request_id"] for line in done} == {"asks-for-a-dossier"}
    with closing(sqlite3.connect(product.folder / "db.sqlite3")) as database:
        events = database.execute("SELECT event_type FROM audit_event WHERE request_id = 'asks-for-a-dossier'")
        assert {event for (event,) in events} == {"dossier.requested", "dossier.made"}


@pytest.mark.once
def test_a_web_process_writes_nothing_but_such_lines_and_nothing_of_what_it_was_sent(product):
    with product.web(LOG_FORMAT="json", LOG_LEVEL="DEBUG") as site:
        browser = site.browser()
        assert browser.get(f"/{SECRET}/?q={SECRET}").status == 404
        assert browser.get(f"/accounts/password/reset/key/3-{SECRET}/").status == 200
        assert browser.post("/accounts/login/", {"login": MAIL, "password": SECRET}).status == 200
        assert browser.post("/accounts/password/reset/", {"email": MAIL}).status == 200
        asked = urllib.request.Request(f"{site.url}/livez", headers={"User-Agent": SECRET, "Cookie": f"a={SECRET}"})
        with urllib.request.urlopen(asked) as answer:
            assert answer.status == 200
        assert b"400" in raw(site.url, f"GET /{SECRET} HTTP/1.1\r\nBad {SECRET}\r\n\r\n".encode())
        assert b"400" in raw(site.url, f"{SECRET}\r\n\r\n".encode())
        log = site.process.log
    assert {"time", "level", "logger", "request_id", "message"} <= set.intersection(*map(set, lines_of(log)))
    assert {line["logger"] for line in lines_of(log)} >= {"gunicorn.error", "gunicorn.access"}
    assert "account_reset_password_from_key" in log
    assert SECRET not in log
    assert "confidential" not in log
    assert "/livez" not in log


def poked(worker):
    """The lines a worker closed its pokes with."""
    return [line for line in lines_of(worker.log) if re.match(r"Task config\.tasks\.poke.* succeeded", line["message"])]


@pytest.mark.once
def test_scheduler_and_worker_write_such_lines_and_poke(product):
    with product.scheduler(LOG_FORMAT="json") as scheduler, product.worker(LOG_FORMAT="json") as worker:
        wait_until(lambda: len(poked(worker)) == 2, 60)
        said, done = lines_of(scheduler.log), poked(worker)
    assert any("config.tasks.poke" in line["message"] for line in said)
    assert len({line["request_id"] for line in done}) == 2
    assert all(context.REQUEST_ID.fullmatch(line["request_id"]) for line in done)
    with closing(sqlite3.connect(product.folder / "db.sqlite3")) as database:
        names = {name for (name,) in database.execute("SELECT name FROM audit_heartbeat")}
    assert names >= {"scheduler", "worker:dossiers"}
