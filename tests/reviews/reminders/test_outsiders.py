"""Is a mail to somebody without an account treated as every other: sent once, told when it fails, remembered?"""

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from audit.models import Event
from reviews import tasks
from reviews.choices import About, Delivery
from reviews.models import Message
from reviews.reminders import bounces, delivery, messages, outbox, outsiders, remembered
from reviews.reminders.sources import SOURCES
from tests.reviews.conftest import text_of
from tests.reviews.reminders.conftest import MONDAY
from tests.reviews.reminders.test_bounces import report

HOUR = timedelta(hours=1)


def write(message):
    return EmailMessage(f"To {message.recipient_name}", "Good day.")


@pytest.fixture(autouse=True)
def letters(monkeypatch):
    monkeypatch.setitem(messages.WRITERS, "letter", write)


@pytest.fixture
def letter(clock, vendor):
    return outsiders.queue("letter:1", name="Account team", email="accounts@vendor.example", vendor=vendor)


def test_it_goes_out_once_with_its_event(letter, poke, vendor):
    again = outsiders.queue("letter:1", name="Somebody else", email="else@vendor.example", vendor=vendor)
    assert again == letter
    [mail] = poke()
    assert (mail.to, mail.subject) == (["accounts@vendor.example"], "To Account team")
    assert poke(MONDAY + HOUR) == []
    letter.refresh_from_db()
    assert (letter.state, letter.sent_to, letter.day) == (Delivery.SENT, "accounts@vendor.example", MONDAY.date())
    event = Event.objects.get(event_type="message.sent")
    assert (event.target_label, event.vendor_id) == ("letter for Account team", vendor.pk)


def test_without_an_address_it_says_so(clock, vendor, poke):
    message = outsiders.queue("letter:2", name="Account team", email="", vendor=vendor)
    assert poke() == []
    message.refresh_from_db()
    assert (message.state, message.outcome) == (
        Delivery.NO_ADDRESS, "Account team has no e-mail address: nothing was sent.",
    )  # fmt: skip


def test_that_it_came_back_is_told_to_the_leads_of_that_vendor(letter, poke, lead, reviewer, stranger):
    poke()
    letter.refresh_from_db()
    assert bounces.take(report(delivery.message_id(letter))).endswith("to accounts@vendor.example bounced.")
    wanted = list(SOURCES[About.UNDELIVERED].wanted(MONDAY.date()))
    assert [each.person_id for each in wanted] == [lead.pk]
    said = SOURCES[About.UNDELIVERED].say({letter.pk}, MONDAY.date())
    assert said[letter.pk].text == "A mail to Account team did not arrive: bounced"


def test_rule_23_the_vendors_leads_alone_read_of_it(letter, poke, browser_of, lead, administrator, second_vendor_lead):
    poke()
    Message.objects.update(state=Delivery.BOUNCED, outcome="It came back: 550 gone")
    for user, is_shown in ((lead, True), (administrator, False), (second_vendor_lead, False)):
        page = text_of(browser_of(user).get("/messages/?show=undelivered&q=account team"))
        assert ("accounts@vendor.example" in page) is is_shown
        assert ("correct the contact, and send it again" in page) is is_shown


@pytest.fixture
def second_vendor_lead(db, administrator):
    from accounts.choices import Access, Role
    from tests.cast import person
    from vendors.models import Vendor

    other = Vendor.objects.create(name="Other", slug="other", created_by=administrator)
    return person("Other lead", Role.LEAD, other, Access.LEAD)


def test_an_older_state_brought_back_does_not_send_it_again(letter, poke, clock):
    poke()
    sent = remembered.since(MONDAY - HOUR)
    Message.objects.update(state=Delivery.WAITING, sent_at=None, sent_to="")
    assert remembered.hold(sent, MONDAY + HOUR) == 1
    assert poke(MONDAY + HOUR) == []
    # A letter that the older state does not have may get its number again, and one to another address is another.
    Message.objects.update(outsider_email="new@vendor.example", state=Delivery.WAITING)
    assert remembered.hold(sent, MONDAY + HOUR) == 0
    Message.objects.all().delete()
    assert remembered.hold(sent, MONDAY + HOUR) == 0


def test_every_kind_of_mail_has_a_name_where_mails_are_listed():
    assert set(outbox.WHAT) == set(messages.WRITERS) - {"digest"}


def test_the_first_word_of_every_key_has_its_writer(vendor, clock, poke, caplog):
    message = outsiders.queue("unknown:1", name="Account team", email="accounts@vendor.example", vendor=vendor)
    with caplog.at_level("CRITICAL"):
        tasks.remind()
    message.refresh_from_db()
    assert (message.state, message.outcome) == (Delivery.WAITING, messages.UNWRITTEN)
    assert message.due_at > timezone.now()
