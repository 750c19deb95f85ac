"""Is a mail that came back marked as such, and does nothing a mail server pipes in break anything?"""

import io
import os
import subprocess
import sys

import pytest
from django.core.management import call_command

from audit.models import Event
from config.environment import BASE_DIR
from reviews.choices import Delivery
from reviews.models import Message
from reviews.reminders import delivery, planning
from tests.reviews.reminders.conftest import MONDAY

NO_REPORT = "Nothing was done: this is no report of a mail that could not be delivered.\n"
UNKNOWN = "Nothing was done: the report names no mail of this installation.\n"

REPORT = """\
From: MAILER-DAEMON@mx.example.com
To: countersign@example.com
Subject: Undelivered Mail Returned to Sender
Message-ID: <report@mx.example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="border"

--border
Content-Type: text/plain

I am sorry to have to tell you.

--border
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Mon, 11 Jan 2027 08:00:01 +0000

Final-Recipient: rfc822; ciso@example.com
Action: {action}
Status: 5.1.1
{diagnostic}
--border
Content-Type: {kind}

From: countersign@example.com
Subject: Countersign: 1 reminder
Message-ID: {message_id}

--border--
"""


def report(message_id, *, action="failed", kind="message/rfc822", diagnostic=True):
    said = "Diagnostic-Code: smtp; 550 5.1.1 <ciso@example.com>:\n    User unknown\n" if diagnostic else ""
    return REPORT.format(message_id=message_id, action=action, kind=kind, diagnostic=said).encode()


@pytest.fixture
def waiting(due, clock):
    due(1, 7)
    planning.plan(MONDAY)
    planning.compose(MONDAY)
    return Message.objects.get()


@pytest.fixture
def sent(waiting, poke):
    poke()
    return Message.objects.get()


@pytest.fixture
def take(monkeypatch, capsys):
    """Return a function that pipes bytes in and returns `(status, what it said)`."""

    def take(raw):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        status = 0
        try:
            call_command("take_bounce")
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status, said.out + said.err

    return take


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers", "message/global-headers"])
def test_what_came_back_is_marked_with_the_reason_and_an_event(take, sent, kind):
    said = take(report(delivery.message_id(sent), kind=kind))
    assert said == (0, "The mail of 2027-01-11 to ciso@example.com bounced.\n")
    sent.refresh_from_db()
    assert sent.state == Delivery.BOUNCED
    assert sent.outcome == "It came back: smtp; 550 5.1.1 <ciso@example.com>: User unknown"
    event = Event.objects.get(event_type="message.bounced")
    assert (event.reason, event.after["to"]) == (sent.outcome, "ciso@example.com")


def test_the_mail_really_sent_is_found_by_its_id(take, sent, mailoutbox):
    assert take(report(mailoutbox[0].message()["Message-ID"]))[1].endswith("bounced.\n")


def test_without_a_diagnostic_the_status_says_why(take, sent):
    take(report(delivery.message_id(sent), diagnostic=False))
    assert Message.objects.get().outcome == "It came back: 5.1.1"


def test_a_second_report_changes_nothing(take, sent):
    take(report(delivery.message_id(sent)))
    said = "Nothing was done: the mail of 2027-01-11 was not sent, or bounced before.\n"
    assert take(report(delivery.message_id(sent))) == (0, said)
    assert Event.objects.filter(event_type="message.bounced").count() == 1


def test_a_report_of_a_mail_still_being_sent_is_to_come_again(take, waiting):
    said = "The mail is still being sent. Hand the report over again later.\n"
    assert take(report(delivery.message_id(waiting))) == (75, said)
    assert Message.objects.get().state == Delivery.WAITING


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", ""])
def test_what_may_still_arrive_has_not_bounced(take, sent, action):
    assert take(report(delivery.message_id(sent), action=action)) == (0, NO_REPORT)
    assert Message.objects.get().state == Delivery.SENT


def test_an_id_that_was_made_up_names_nothing(take, sent):
    own = delivery.message_id(sent)
    for made_up in (
        own.replace(own[5:10], "00000"),
        f"<{sent.pk + 1}{own[own.index('.') :]}",
        "<@>",
        "<99999999999999999999999999.0@x>",
    ):
        assert take(report(made_up)) == (0, UNKNOWN)
    assert Message.objects.get().state == Delivery.SENT


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00\x01" * 1000,
        b"Content-Type: multipart/report; boundary=border\n\n--border\nContent-Type: message/delivery-status\n",
        b"Content-Type: message/delivery-status\n\n\n\n\n",
        b"Content-Type: multipart/report\n\nno border",
        b"Subject: Out of office\nMessage-ID: <a@b>\n\nI am away.\n",
        b"Content-Type: message/delivery-status; charset=nonsense\n\nAction: \xff\xff\n\n",
        b'Message-ID: =?utf-8?b?///?=\nContent-Type: multipart/report; boundary="\xff"\n\n--\xff\n',
    ],
)
def test_what_is_no_report_is_said_and_the_mail_server_is_content(db, take, raw):
    assert take(raw) == (0, NO_REPORT)


def test_without_the_database_the_mail_server_is_to_ask_again(tmp_path):
    run = subprocess.run(
        [sys.executable, "manage.py", "take_bounce"],
        input=report(f"<1.{'0' * 32}@example.com>"),
        cwd=BASE_DIR,
        env=os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stdout) == (75, b"")
    assert run.stderr.endswith(b"The database does not answer. Hand the report over again later.\n")
