"""How is one mail handed to the mail server, and what did the server say?

Each mail has one recipient, so that the server cannot take it for some and refuse it for others.
"""

import contextlib
import re
import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import smtp
from django.utils.crypto import constant_time_compare, salted_hmac

from audit.log import one_line
from reviews.models import Message

# A server that looks through a mail before it answers may take long; whoever gives up then sends the mail twice.
AFTER_DATA = 120  # seconds; RFC 5321 4.5.3.2.6 asks for patience
# Some servers end the conversation after a number of mails.
MAILS_A_CONNECTION = 50
WORDS_AT_MOST = 400
PERMANENT = 500
OURS = re.compile(r"<(\d{1,18})\.([0-9a-f]{32})@[^<>@\s]+>")


class Refused(Exception):
    """The server will never take this mail for this recipient; the words are its own."""


class Later(Exception):
    """The server did not take the mail this time. `is_gone` when it would not take another one either."""

    def __init__(self, words: str, *, is_gone: bool = False):
        super().__init__(words)
        self.is_gone = is_gone


class _Patient(smtplib.SMTP):
    """Waits longer for the one answer after which the mail is the server's."""

    def data(self, msg):
        self._wait(AFTER_DATA)
        try:
            return super().data(msg)
        finally:
            self._wait(self.timeout)

    def _wait(self, seconds):
        # None once the server ended the conversation.
        if self.sock:
            self.sock.settimeout(seconds)


class _PatientSsl(_Patient, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class Backend(smtp.EmailBackend):
    """Django's, with a patient connection."""

    @property
    def connection_class(self):
        return _PatientSsl if self.use_ssl else _Patient


class Server:
    """A connection that is opened when the first mail is sent and serves many."""

    def __init__(self):
        is_smtp = settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend"
        self.connection = get_connection(f"{__name__}.Backend" if is_smtp else None)
        self.sent = 0

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        # What was taken stays taken, however the conversation ends.
        with contextlib.suppress(OSError):
            self.connection.close()

    def send(self, mail: EmailMessage, *, to: str, message_id: str) -> None:
        """Return when the server has taken the mail. Raises Refused or Later with the reason."""
        _address(mail, to, message_id)
        if self.sent and self.sent % MAILS_A_CONNECTION == 0:
            self.close()
        try:
            self._open()
            self._hand_over(mail)
        except (Refused, Later):
            # Whatever state the conversation is in, the next mail begins a new one.
            self.close()
            raise
        self.sent += 1

    def _open(self):
        try:
            # Opened here, so that Django does not end the conversation after each mail.
            self.connection.open()
        except OSError as failure:
            raise Later(_words(failure), is_gone=True) from failure

    def _hand_over(self, mail):
        try:
            self.connection.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as refusal:
            raise _verdict(*next(iter(refusal.recipients.values()))) from refusal
        except smtplib.SMTPDataError as refusal:
            raise _verdict(refusal.smtp_code, refusal.smtp_error) from refusal
        except OSError as failure:
            # Also when the server refuses our own address: that is for an administrator to mend, and no mail's fault.
            raise Later(_words(failure), is_gone=True) from failure
        except ValueError as unwritable:
            raise Refused(f"The mail cannot be written as one: {unwritable}") from unwritable


def message_id(message: Message) -> str:
    """The same for every try of one mail, so that a repeated one can be told; nobody outside can make one up."""
    return f"<{message.pk}.{_seal(message)}@{_domain()}>"


def message_of(message_id: str) -> Message | None:
    """The message that went out with this Message-ID, wherever it went out from."""
    found = OURS.fullmatch(message_id.strip())
    message = Message.objects.select_related("person", "vendor").filter(pk=found[1]).first() if found else None
    return message if message and found and constant_time_compare(found[2], _seal(message)) else None


def _seal(message):
    return salted_hmac("reviews.message", message.key, algorithm="sha256").hexdigest()[:32]


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def _address(mail, to, message_id):
    mail.to, mail.cc, mail.bcc = [to], [], []
    mail.extra_headers |= {
        "Message-ID": message_id,
        # Nobody's answering machine shall answer (RFC 3834, and what else the field does).
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "List-Id": f"Countersign <countersign.{_domain()}>",
    }


def _verdict(code, said):
    words = f"The mail server said: {code} {_text(said)}"
    if code >= PERMANENT:
        return Refused(words)
    # 421: it is about to end the conversation, for whichever mail.
    return Later(words, is_gone=code == 421)


def _words(failure) -> str:
    if isinstance(failure, smtplib.SMTPResponseException):
        return f"The mail server said: {failure.smtp_code} {_text(failure.smtp_error)}"
    # smtplib says of a silent server that it disconnected.
    if isinstance(failure, TimeoutError) or isinstance(failure.__context__, TimeoutError):
        return "The mail server did not answer in time."
    if isinstance(failure, smtplib.SMTPServerDisconnected):
        return "The mail server ended the conversation."
    return f"The mail server could not be reached: {one_line(failure, WORDS_AT_MOST)}"


def _text(said) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return one_line(text, WORDS_AT_MOST)
