"""Does each mail go out once, whatever the mail server says and whoever dies?"""

import re
from datetime import timedelta

import pytest
from django.db.models import Count
from django.utils import timezone

from audit.models import Event
from reviews import tasks
from reviews.choices import Delivery
from reviews.models import Message, Reminder
from reviews.reminders import delivery, digest, messages, planning
from tests import mail_server
from tests.at_once import at_once
from tests.mail_server import MailServer
from tests.reviews.reminders.conftest import DAY, MONDAY
from tests.services import free_port

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def server(settings):
    with MailServer(hangs_for=30).running() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 0.3
        settings.DEFAULT_FROM_EMAIL = "Countersign <countersign@example.com>"
        yield server


@pytest.fixture
def message(due, ciso):
    """A mail to the CISO that waits."""
    due(1, 7)
    planning.plan(MONDAY)
    planning.compose(MONDAY)
    return Message.objects.get()


def outcome(message):
    message.refresh_from_db()
    return message.state, message.outcome


def tries(server, answer, clock, message, count=40):
    """Poke whenever the message is due, and return the minutes between the tries."""
    server.decide = lambda recipient, nth: answer
    waited = []
    for _ in range(count):
        clock.move_to(message.due_at)
        tasks.remind()
        message.refresh_from_db()
        if message.state != Delivery.WAITING:
            break
        waited.append((message.due_at - timezone.now()) / MINUTE)
    return waited


# What goes out


def test_the_mail_has_one_recipient_and_says_what_it_is(server, message, ciso):
    tasks.remind()
    [received] = server.received
    assert received.recipients == [ciso.email]
    mail = received.mail
    assert mail["To"] == ciso.email
    assert re.fullmatch(rf"<{message.pk}\.[0-9a-f]{{32}}@example\.com>", mail["Message-ID"])
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "bulk")
    assert mail["List-Id"] == "Countersign <countersign.example.com>"
    assert "Anthropic" not in mail["Subject"]


def test_sending_is_written_down_with_its_event(server, message, ciso):
    tasks.remind()
    assert outcome(message) == (Delivery.SENT, "The mail server took it.")
    assert (message.sent_to, message.sent_at, message.leased_until) == (ciso.email, timezone.now(), None)
    event = Event.objects.get(event_type="message.sent")
    assert event.target_label == "digest for CISO"
    assert event.after == {"day": "2027-01-11", "to": ciso.email, "reminders": 1}


def test_many_mails_share_a_conversation(server, due, stakeholders):
    for number in (1, 7):
        due(number, 7)
    tasks.remind()
    assert len(server.received) == 2
    assert server.conversations == 1


def test_the_server_may_take_its_time_after_the_mails_end(server, message, monkeypatch):
    monkeypatch.setattr(delivery, "AFTER_DATA", 10)
    server.hangs_for = 1
    server.decide = lambda recipient, nth: mail_server.SLOW
    tasks.remind()
    assert outcome(message)[0] == Delivery.SENT
    assert len(server.received) == 1


# What does not


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (mail_server.LATER, "The mail server said: 450 4.2.1 Mailbox busy"),
        (mail_server.LATER_AFTER_DATA, "The mail server said: 451 4.3.0 Try again"),
        (mail_server.HANG, "The mail server did not answer in time."),
        (mail_server.HANG_UP, "The mail server ended the conversation."),
    ],
)
def test_what_may_pass_is_tried_again(server, message, clock, answer, words):
    server.decide = lambda recipient, nth: answer if nth == 1 else mail_server.TAKE
    tasks.remind()
    assert outcome(message) == (Delivery.WAITING, words)
    assert message.due_at == MONDAY + MINUTE
    clock.move_to(MONDAY + MINUTE)
    tasks.remind()
    assert outcome(message) == (Delivery.SENT, "The mail server took it.")
    assert len(server.received) == 1
    assert not Event.objects.filter(event_type__in=["message.refused", "message.given_up"]).exists()


def test_tries_become_rarer_and_end_after_three_days(server, message, clock):
    waited = tries(server, mail_server.LATER, clock, message)
    assert waited == [1, 5, 15, 60, *[240] * 17]
    assert timedelta(days=2.5) < message.due_at - MONDAY < timedelta(days=3.5)
    assert outcome(message) == (
        Delivery.GIVEN_UP,
        "Given up after 22 tries. The mail server said: 450 4.2.1 Mailbox busy",
    )
    assert Event.objects.get(event_type="message.given_up").reason == message.outcome


def test_what_a_missing_server_kept_for_three_days_is_told_when_it_is_back(server, message, settings, clock):
    settings.EMAIL_PORT = free_port()
    tries(server, None, clock, message)
    assert outcome(message)[0] == Delivery.GIVEN_UP
    assert not message.reminders.exists()
    assert Event.objects.get(event_type="message.given_up").after["reminders"] == 1
    settings.EMAIL_PORT = server.port
    server.decide = lambda recipient, nth: mail_server.TAKE
    clock.move_to(MONDAY + 4 * DAY)
    tasks.remind()
    assert [each.mail["Subject"] for each in server.received] == ["Countersign: 1 thing waits for you"]


def test_what_a_server_would_not_take_for_three_days_is_not_tried_for_ever(server, message, clock):
    tries(server, mail_server.LATER, clock, message)
    assert outcome(message)[0] == Delivery.GIVEN_UP
    assert message.reminders.count() == 1
    clock.move_to(MONDAY + 4 * DAY)
    tasks.remind()
    assert not Message.objects.filter(person=message.person, state=Delivery.WAITING).exists()


@pytest.mark.parametrize("attempts", [0, 2])
def test_on_a_quiet_day_no_digest_is_tried(server, message, clock, attempts):
    Message.objects.update(attempts=attempts)
    clock.move_to(MONDAY + 5 * DAY + 3 * HOUR)
    messages.send_waiting()
    message.refresh_from_db()
    assert (message.state, message.attempts, message.leased_until) == (Delivery.WAITING, attempts, None)
    assert message.due_at == MONDAY + 7 * DAY
    clock.move_to(message.due_at)
    messages.send_waiting()
    assert outcome(message)[0] == Delivery.SENT


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (mail_server.REFUSE, "The mail server said: 550 5.1.1 No such person here"),
        (mail_server.REFUSE_AFTER_DATA, "The mail server said: 554 5.7.1 Not with these words"),
    ],
)
def test_what_is_refused_for_good_is_not_tried_again(server, message, clock, answer, words, ciso):
    assert tries(server, answer, clock, message) == []
    assert outcome(message) == (Delivery.REFUSED, words)
    event = Event.objects.get(event_type="message.refused")
    assert (event.reason, event.after["to"]) == (words, ciso.email)


def test_refusing_one_keeps_no_other_from_being_told(server, due, ciso, legal):
    for number in (1, 7):
        due(number, 7)
    server.decide = lambda recipient, nth: mail_server.REFUSE if recipient == ciso.email else mail_server.TAKE
    tasks.remind()
    assert [each.recipients for each in server.received] == [[legal.email]]


def test_a_server_that_is_gone_is_asked_once_a_round(server, due, settings, stakeholders):
    settings.EMAIL_PORT = free_port()
    for number in (1, 7):
        due(number, 7)
    tasks.remind()
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 1]
    [failed] = Message.objects.exclude(outcome="")
    assert failed.outcome == "The mail server could not be reached: [Errno 111] Connection refused"


def test_after_days_without_a_server_one_digest_says_all(server, due, settings, clock, ciso):
    for number in (1, 2, 3):
        due(number, 6 + number)
    settings.EMAIL_PORT = free_port()
    for days in range(3):
        clock.move_to(MONDAY + days * DAY)
        tasks.remind()
    settings.EMAIL_PORT = server.port
    clock.move_to(MONDAY + 2 * DAY + MINUTE)
    tasks.remind()
    [received] = server.received
    assert received.mail["Subject"] == "Countersign: 3 things wait for you"
    taken_over = (Delivery.NOTHING, "Its reminders went into a later mail.", 0)
    rows = Message.objects.annotate(Count("reminders")).order_by("day")
    assert list(rows.values_list("state", "outcome", "reminders__count")) == [
        taken_over,
        taken_over,
        (Delivery.SENT, "The mail server took it.", 5),
    ]


def test_what_a_worker_holds_goes_into_no_later_mail(message, due, clock):
    clock.move_to(MONDAY + DAY)
    held = messages.claim()
    due(2, 8)
    planning.plan(MONDAY + DAY)
    planning.compose(MONDAY + DAY)
    assert outcome(message) == (Delivery.WAITING, "")
    assert held.reminders.count() == 1
    assert Message.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_whoever_claims_while_another_composes_loses_no_reminder(due, ciso, clock):
    due(1, 7)
    planning.plan(MONDAY)
    planning.compose(MONDAY)
    clock.move_to(MONDAY + DAY)
    due(2, 8)
    planning.plan(MONDAY + DAY)
    answers = at_once(lambda: planning.compose(MONDAY + DAY), messages.claim, lambda: planning.compose(MONDAY + DAY))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert Reminder.objects.filter(message__state=Delivery.WAITING).count() == 2
    [*earlier] = Message.objects.filter(state=Delivery.NOTHING)
    assert all(each.leased_until is None for each in earlier)
    assert Message.objects.count() == 2


def test_a_mail_that_cannot_be_written_waits_and_says_so(server, message, monkeypatch):
    def broken(message):
        raise KeyError("something")

    monkeypatch.setitem(messages.WRITERS, "digest", broken)
    tasks.remind()
    assert outcome(message) == (Delivery.WAITING, "The mail could not be written. The worker's log says more.")


def test_an_address_that_is_none_is_refused_with_words(server, message, ciso):
    ciso.email = "a@b\r\nBcc: everyone@example.com"
    ciso.save()
    tasks.remind()
    assert outcome(message)[0] == Delivery.REFUSED
    assert outcome(message)[1].startswith("The mail cannot be written as one:")
    assert server.received == []


def test_when_all_was_done_meanwhile_nothing_goes_out(server, message, due):
    due(1, 200)
    tasks.remind()
    assert outcome(message)[0] == Delivery.NOTHING
    assert server.received == []
    assert message.reminders.get().closed_at == timezone.now()


# Claims


def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(message, clock):
    assert messages.claim() == message
    assert messages.claim() is None
    clock.move_to(MONDAY + messages.LEASE - timedelta(seconds=1))
    assert messages.claim() is None
    clock.move_to(MONDAY + messages.LEASE)
    assert messages.claim() == message


def test_a_claim_that_was_lost_overwrites_nothing(server, message, clock):
    slow = messages.claim()
    clock.move_to(MONDAY + messages.LEASE)
    with delivery.Server() as connection:
        messages.send(messages.claim(), connection)
    assert outcome(message)[0] == Delivery.SENT
    assert messages.finish(slow, Delivery.REFUSED, "too late") is False
    messages._try_later(slow, "too late")
    assert outcome(message) == (Delivery.SENT, "The mail server took it.")
    assert Event.objects.filter(event_type__startswith="message.").count() == 1


def test_while_a_newer_claim_works_an_older_one_writes_nothing(message, clock):
    slow = messages.claim()
    clock.move_to(MONDAY + messages.LEASE)
    newer = messages.claim()
    assert messages.finish(slow, Delivery.SENT, "late") is False
    messages._try_later(slow, "late")
    message.refresh_from_db()
    assert (message.state, message.outcome, message.lease) == (Delivery.WAITING, "", newer.lease)
    assert message.leased_until == MONDAY + 2 * messages.LEASE


def test_killed_between_the_servers_word_and_the_commit_the_mail_has_the_same_id(server, message, clock):
    with delivery.Server() as first:
        claimed = messages.claim()
        first.send(digest.write(claimed), to=claimed.person.email, message_id=delivery.message_id(claimed))
    clock.move_to(MONDAY + messages.LEASE)
    tasks.remind()
    assert outcome(message)[0] == Delivery.SENT
    assert len(server.received) == 2
    assert len({each.message_id for each in server.received}) == 1


def test_a_message_that_takes_its_worker_down_each_time_is_given_up(server, message, clock):
    for _ in range(messages.MOST_ATTEMPTS):
        assert messages.claim()
        clock.shift(messages.LEASE)
    tasks.remind()
    assert outcome(message) == (Delivery.GIVEN_UP, "The worker stopped in the middle of sending, 22 times.")
    assert server.received == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_gets_each_message(due, stakeholders):
    for number in (1, 7, 2, 8):
        due(number, 7)
    at_once(*[lambda: planning.plan(MONDAY)] * 2)
    at_once(*[lambda: planning.compose(MONDAY)] * 4)
    assert Message.objects.count() == 2
    claims = at_once(*[messages.claim] * 4)
    assert len([claim for claim in claims if claim]) == 2
    assert {claim.pk for claim in claims if claim} == set(Message.objects.values_list("pk", flat=True))
