"""Which of our mails does a delivery report say did not arrive? (RFC 3464)"""

import email
from collections.abc import Iterator
from email.message import Message as Mail

from django.db import transaction

from audit.log import one_line
from reviews.choices import Delivery
from reviews.models import Message
from reviews.reminders import delivery, messages

WORDS_AT_MOST = 400
# Of mails that were sent and do not come back; they carry the original or its headers.
STATUS = "message/delivery-status"
HEADERS = {"text/rfc822-headers", "message/global-headers"}


class TooEarly(Exception):
    """The mail is still being sent: the report must come again later."""


def take(raw: bytes) -> str:
    """Mark the message that this report is about as bounced, with its event. Returns what was done, in a sentence.

    Whatever it cannot read or does not know is said and changes nothing. Raises TooEarly.
    """
    mail = email.message_from_bytes(raw)
    diagnostic = _diagnostic(mail)
    if diagnostic is None:
        return "Nothing was done: this is no report of a mail that could not be delivered."
    message = next(filter(None, map(delivery.message_of, _message_ids(mail))), None)
    if message is None:
        return "Nothing was done: the report names no mail of this installation."
    return _mark(message, diagnostic)


@transaction.atomic
def _mark(message, diagnostic):
    message = Message.objects.select_for_update(of=("self",)).select_related("person", "vendor").get(pk=message.pk)
    if message.state == Delivery.WAITING:
        raise TooEarly
    if message.state != Delivery.SENT:
        return f"Nothing was done: the mail of {message.day.isoformat()} was not sent, or bounced before."
    message.state, message.outcome = Delivery.BOUNCED, f"It came back: {diagnostic}"
    message.save(update_fields=["state", "outcome"])
    messages.note(message, Delivery.BOUNCED, message.outcome, address=message.sent_to)
    return f"The mail of {message.day.isoformat()} to {message.sent_to} bounced."


def _diagnostic(mail: Mail) -> str | None:
    """Why it failed; None when nothing failed for good."""
    for part in mail.walk():
        blocks = part.get_payload() if part.get_content_type() == STATUS else []
        for block in blocks if isinstance(blocks, list) else []:
            if isinstance(block, Mail) and str(block.get("Action", "")).strip().lower() == "failed":
                said = block.get("Diagnostic-Code") or block.get("Status") or "no reason was given"
                return one_line(said, WORDS_AT_MOST)
    return None


def _message_ids(mail: Mail) -> Iterator[str]:
    """Of the mail the report is about; its own, which comes first, is none of ours."""
    for part in mail.walk():
        yield str(part.get("Message-ID", ""))
        if part.get_content_type() in HEADERS:
            content = part.get_payload(decode=True)
            yield str(email.message_from_bytes(content if isinstance(content, bytes) else b"").get("Message-ID", ""))
