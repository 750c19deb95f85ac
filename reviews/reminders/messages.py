"""How does a mail that waits go out once: claimed, written, handed over, and written down as sent?

Between the server's word that it took the mail and our commit nobody can know: killed there, the mail goes out again,
with the same Message-ID. Nowhere else.
"""

import logging
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.core.mail import EmailMessage
from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import hours
from audit import log
from reviews.asking import guest_mails, letter_mail
from reviews.choices import UNDELIVERED, Delivery
from reviews.models import Message
from reviews.recurring import invitations
from reviews.reminders import chat, delivery, digest
from reviews.weekly import minutes_mail, series_mail

logger = logging.getLogger(__name__)

# Longer than handing over one mail may take; what a killed worker held is free after it.
LEASE = timedelta(minutes=5)
# A poke comes every minute.
SECONDS = 45
# After the first failure, the second, …; then always the last of them.
DELAYS = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60), timedelta(hours=4)]
DAY = timedelta(days=1)
# About three days.
MOST_ATTEMPTS = 22

NO_ADDRESS = "{} has no e-mail address. The app shows the reminders."
NO_ADDRESS_OUTSIDE = "{} has no e-mail address: nothing was sent."
NOTHING = "Nothing was left to say: all of it was closed by then, or is shown in the app only."
UNWRITTEN = "The mail could not be written. The worker's log says more."
STOPPED = "The worker stopped in the middle of sending, {} times."
GIVEN_UP = "Given up after {} tries. {}"

# Who writes a mail, by the first word of its key. Returns None when there is nothing left to say.
WRITERS: dict[str, Callable[[Message], EmailMessage | None]] = {
    "digest": digest.write,
    "guest": guest_mails.write,
    "invitation": invitations.write,
    "minutes": minutes_mail.write,
    "series": series_mail.write,
    "letter": letter_mail.write,
}


def send_waiting() -> None:
    """Send what waits, one after the other, until nothing does, time is over, or the mail server is gone."""
    end = time.monotonic() + SECONDS
    with delivery.Server() as server:
        while time.monotonic() < end and (message := claim()):
            if not send(message, server):
                return


@transaction.atomic
def claim() -> Message | None:
    """Take the message that has waited longest; of several workers one gets it."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    waiting = Message.objects.waiting().filter(free, due_at__lte=now).order_by("due_at", "pk")
    message = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("person", "vendor").first()
    if message:
        message.lease, message.leased_until = uuid.uuid4(), now + LEASE
        message.attempts += 1
        message.save(update_fields=["lease", "leased_until", "attempts"])
    return message


def send(message: Message, server: delivery.Server) -> bool:
    """Hand the claimed message over and write down what became of it. False when the server takes no other either."""
    if message.attempts > MOST_ATTEMPTS:
        # Only who never came to write down a failure gets here.
        finish(message, Delivery.GIVEN_UP, STOPPED.format(MOST_ATTEMPTS))
        return True
    if _put_off(message):
        return True
    try:
        mail = WRITERS[message.key.partition(":")[0]](message)
    except OperationalError:
        raise
    except Exception:
        logger.exception("%s could not be written", message)
        _try_later(message, UNWRITTEN)
        return True
    if mail is None:
        finish(message, Delivery.NOTHING, NOTHING)
        return True
    return _hand_over(message, mail, server)


def _hand_over(message, mail, server):
    address = message.recipient_email
    if not address:
        if finish(message, Delivery.NO_ADDRESS, _without_address(message)):
            chat.tell(message)
        return True
    try:
        server.send(mail, to=address, message_id=delivery.message_id(message))
    except delivery.Refused as refusal:
        finish(message, Delivery.REFUSED, str(refusal), sent_to=address)
    except delivery.Later as failure:
        _try_later(message, str(failure), is_gone=failure.is_gone)
        return not failure.is_gone
    else:
        if finish(message, Delivery.SENT, "The mail server took it.", sent_to=address, sent_at=timezone.now()):
            chat.tell(message)
    return True


def _without_address(message):
    return (NO_ADDRESS if message.person else NO_ADDRESS_OUTSIDE).format(message.recipient_name)


@transaction.atomic
def finish(message: Message, state: Delivery, outcome: str, **values) -> bool:
    """Write down what became of a claimed message, with its event. False when a newer claim has it: it decides then."""
    finished = _own(message).update(state=state, outcome=outcome, leased_until=None, **values)
    if not finished:
        logger.warning("%s was claimed again meanwhile; this worker's outcome is %s", message, state)
        return False
    if state == Delivery.SENT or state in UNDELIVERED:
        note(message, state, outcome, address=values.get("sent_to", ""))
    return True


def note(message: Message, state: Delivery, outcome: str, *, address: str) -> None:
    log.record(
        f"message.{state}",
        message,
        vendor=message.vendor,
        label=f"{message.key.partition(':')[0]} for {message.recipient_name}",
        after={"day": message.day, "to": address, "reminders": message.reminders.filter(closed_at=None).count()},
        reason="" if state == Delivery.SENT else outcome,
    )


def _try_later(message, outcome, *, is_gone=False):
    if message.attempts >= MOST_ATTEMPTS:
        _give_up(message, GIVEN_UP.format(message.attempts, outcome), is_gone)
        return
    delay = DELAYS[min(message.attempts, len(DELAYS)) - 1]
    _own(message).update(due_at=timezone.now() + delay, outcome=outcome, leased_until=None)


@transaction.atomic
def _give_up(message, outcome, is_gone):
    """Where no server was there, the next day's mail says what still holds.

    What a server would not take for so long, or could not be written, would fail every day: the app shows it, and the
    leads hear that the mail did not arrive.
    """
    if finish(message, Delivery.GIVEN_UP, outcome) and is_gone:
        message.reminders.filter(closed_at=None).update(message=None)


def _put_off(message):
    """Whether it is a digest and today is quiet for its reader: then it waits for their next working day."""
    if not message.key.startswith("digest:"):
        return False
    now, rhythm = timezone.now(), hours.rhythm_of(message.person)
    if not hours.is_quiet(now.astimezone(rhythm.zone).date(), rhythm):
        return False
    _, due_at = hours.next_sending(now, rhythm) or (None, now + DAY)
    _own(message).update(due_at=due_at, leased_until=None, attempts=message.attempts - 1)
    return True


def _own(message):
    """The row, while this claim holds."""
    return Message.objects.waiting().filter(pk=message.pk, lease=message.lease)
