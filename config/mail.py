"""Does the mail server take our mail?"""

import smtplib
import socket
import ssl

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction

from accounts.permissions import Refused
from audit import log

# Somebody waits for the page.
ANSWER_WITHIN = 8
# The first that fits counts: the errors of smtplib and ssl are kinds of OSError.
REASONS = (
    (smtplib.SMTPAuthenticationError, "it refused the user or the password in EMAIL_URL"),
    (smtplib.SMTPSenderRefused, "it does not let us send as DEFAULT_FROM_EMAIL"),
    (smtplib.SMTPRecipientsRefused, "it refused your address"),
    (smtplib.SMTPNotSupportedError, "it does not know what EMAIL_URL asks for, say encryption or signing in"),
    (smtplib.SMTPServerDisconnected, f"it ended the conversation, or said nothing for {ANSWER_WITHIN} seconds"),
    (smtplib.SMTPResponseException, "it refused the mail"),
    (ssl.SSLError, "the encrypted connection failed: is its certificate valid, is the port right?"),
    (socket.gaierror, "its name in EMAIL_URL is not known"),
    (TimeoutError, f"it cannot be reached within {ANSWER_WITHIN} seconds"),
    (ConnectionRefusedError, "nobody listens at the host and port in EMAIL_URL"),
    (OSError, "it cannot be reached"),
)


def server() -> str:
    """Where mail goes, in words."""
    if not _is_smtp():
        return "Nowhere: embedded mode keeps mail on this machine"
    how = "encrypted" if settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL else "unencrypted"
    return f"{settings.EMAIL_HOST}, port {settings.EMAIL_PORT}, {how}"


def taken(address) -> str:
    """What to say when a mail was taken."""
    if not _is_smtp():
        return "The mail was written on this machine; in embedded mode none leaves it."
    return f"The mail server took the mail to {address}. Look whether it arrives."


def _is_smtp() -> bool:
    return settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")


def send_test(*, to):
    """Send a mail to this administrator as every other mail is sent, and write down whether the server took it.

    Raises Refused with the reason when it did not.
    """
    failure = _send(to.email)
    with transaction.atomic():
        log.record("system.mail_tested", to, actor=to, after={"taken": not failure}, reason=failure)
    if failure:
        raise Refused(f"The mail server did not take the mail: {failure}.")


def _send(address) -> str:
    """Why it failed, or ''."""
    mail = EmailMessage(
        "Countersign can send mail",
        "An administrator asked for this test. Nothing else needs to be done.\n",
        to=[address],
        connection=get_connection(timeout=ANSWER_WITHIN),
    )
    try:
        mail.send()
    except OSError as failure:
        return next(words for kind, words in REASONS if isinstance(failure, kind))
    return ""
