"""Is the mail of a day short, in order, and free of what is confidential?"""

import re

import pytest
from django.utils import timezone

from accounts import absences, preferences
from evidence import library
from reviews.choices import About
from reviews.models import Message, Reminder
from reviews.reminders import digest
from reviews.reminders.sources import SOURCES
from tests.cast import add_evidence, item, pdf, settle, submit
from tests.reviews.reminders.conftest import DAY, MONDAY

TODAY = MONDAY.date()

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def mail_to():
    """Return a function that writes the mail of everything a person is to be told on a day, theirs and others'."""

    def write(recipient, day=TODAY, of=None):
        message = Message.objects.create(
            key=f"digest:{recipient.pk}:{day}", person=recipient, day=day, due_at=timezone.now()
        )
        people = {person.pk for person in of or [recipient]}
        for about, source in SOURCES.items():
            Reminder.objects.bulk_create(
                Reminder(about=about, message=message, **each._asdict())
                for each in source.wanted(day)
                if each.person_id in people
            )
        return digest.write(message)

    return write


def headings(mail):
    return re.findall(r"^[A-Z][A-Z ]+$", mail.body, re.MULTILINE)


def test_lines_stand_in_the_order_of_urgency(due, mail_to, ciso):
    for number, days in ((1, -3), (2, 0), (3, 5), (4, 20)):
        due(number, days)
    mail = mail_to(ciso)
    assert mail.subject == "Countersign: 4 things wait for you"
    assert headings(mail) == ["LATE", "DUE TODAY", "IN THE NEXT SEVEN DAYS", "LATER"]
    assert "- Anthropic · Statement 1 of Claude Enterprise, Small review, due on 8 January 2027\n" in mail.body
    assert f"  http://127.0.0.1:8000{item(due(1, -3).review, 1).get_absolute_url()}\n" in mail.body


def test_what_waits_and_what_lapsed_stand_apart(due, small, mail_to, ciso, reviewer, vendor, clock):
    lapsing = add_evidence(vendor, reviewer, "Lapsing")
    settle(small, [2], reviewer, lapsing)
    submit(due(1, 60), reviewer, lapsing)
    library.add_version(lapsing, by=reviewer, upload=pdf("newer"))
    clock.move_to(MONDAY + DAY)
    mail = mail_to(ciso, TODAY + DAY)
    assert mail.subject == "Countersign: 2 things wait for you"
    assert headings(mail) == ["WAITING FOR YOUR SIGNATURE", "NO LONGER HOLDING"]


def test_many_sign_offs_that_end_with_one_evidence_are_one_line(small, mail_to, ciso, reviewer, vendor, clock):
    ending = add_evidence(
        vendor, reviewer, "Acquisition of a rival", kind="soc2_report", issued_on=TODAY, valid_until=TODAY + 9 * DAY
    )
    settle(small, range(1, 7), reviewer, ending)
    clock.move_to(MONDAY + 10 * DAY)
    mail = mail_to(ciso, TODAY + 10 * DAY)
    assert mail.subject == "Countersign: 6 things wait for you"
    assert mail.body.count("\n- ") == 1
    line = "6 sign-offs ended on 20 January 2027, with one evidence, “SOC 2 report”: statements 1 to 6"
    assert f"- Anthropic · {line}\n  http://127.0.0.1:8000{ending.get_absolute_url()}\n" in mail.body


def test_many_items_due_on_one_day_are_one_line_and_those_of_another_day_are_not(due, mail_to, ciso, small):
    for number in (1, 2, 3, 5, 6):
        due(number, 5)
    due(4, 6)
    mail = mail_to(ciso)
    line = "5 items of Claude Enterprise, Small review, due on 16 January 2027: statements 1 to 3, 5, 6"
    assert f"- Anthropic · {line}\n" in mail.body
    assert f"  http://127.0.0.1:8000{small.get_absolute_url()}\n" in mail.body
    assert "- Anthropic · Statement 4 of" in mail.body


def test_a_name_with_braces_stays_a_name(due, mail_to, ciso, small):
    small.deployment.name = "{0} {n} {text.__class__}"
    small.deployment.save()
    for number in (1, 2, 3):
        due(number, 5)
    assert "- Anthropic · 3 items of {0} {n} {text.__class__}, Small review" in mail_to(ciso).body


def test_what_one_acts_in_for_somebody_stands_under_their_name(due, mail_to, ciso, legal):
    due(1, 5), due(7, 5)
    absences.plan(ciso, legal, TODAY, TODAY + 3 * DAY, by=ciso)
    body = mail_to(legal, of=[legal, ciso]).body
    mine, others = body.split("For CISO, away 11 to 14 January 2027: you act.")
    assert ("Statement 7" in mine, "Statement 1 " in mine) == (True, False)
    assert ("Statement 7" in others, "Statement 1 " in others) == (False, True)


def test_nothing_confidential_is_in_it(due, small, mail_to, ciso, lead, reviewer, vendor, legal, clock):
    secret = add_evidence(
        vendor,
        reviewer,
        "Acquisition of a rival",
        content="Tourmaline",
        kind="soc2_report",
        issued_on=TODAY,
        valid_until=TODAY + 5 * DAY,
    )
    submit(due(1, 5), reviewer, secret, notes="Sassafras")
    settle(small, [2, 7], reviewer, secret)
    clock.move_to(MONDAY + 6 * DAY)
    for who in (ciso, lead, legal, reviewer):
        mail = mail_to(who, TODAY + 6 * DAY)
        if mail is None:
            continue
        whole = mail.subject + mail.body + mail.alternatives[0].content
        assert "Anthropic" not in mail.subject
        assert not re.search("rival|Tourmaline|Sassafras|report.pdf", whole)


def test_plain_text_and_html_say_the_same_and_html_is_escaped(due, small, mail_to, ciso):
    small.title = "Review <b> & more"
    small.save()
    due(1, 5)
    mail = mail_to(ciso)
    [html] = mail.alternatives
    assert html.mimetype == "text/html"
    assert "Statement 1 of Claude Enterprise, Review <b> & more" in mail.body
    assert "Review &lt;b&gt; &amp; more" in html.content
    assert "<b>" not in html.content
    links = re.findall(r"http\S+", mail.body)
    assert set(links) == set(re.findall(r'href="([^"]+)"', html.content))
    assert links[-1] == "http://127.0.0.1:8000/profile/reminders/"
    assert not re.search(r"<script|<img|<link|style=", html.content)


def test_what_is_muted_or_closed_is_left_out_and_nothing_is_no_mail(due, mail_to, ciso, reviewer, evidence):
    due(1, 5)
    preferences.change(ciso, muted=[About.ITEM])
    assert mail_to(ciso) is None
