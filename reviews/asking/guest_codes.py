"""How does a contact of the vendor prove that it is they who open their page? A code by e-mail, then a visit of one browser.

Of code and browser only hashes are kept. A right code opens one visit and ends the one before. Whatever is tried at the
door is an event; neither code nor address stands in it.
"""

import secrets
import smtplib
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.permissions import Refused
from audit import context
from audit.models import Event
from reviews.asking import guests
from reviews.models import GuestLink

DIGITS = 8
GOOD_FOR = timedelta(minutes=10)
WRONG_AT_MOST = 5
CODES_AN_HOUR = 5
VISIT = timedelta(hours=8)
# Somebody waits for the page.
MAIL_WITHIN = 8  # seconds

NO_CODE = "That code does not open the page: it was used, replaced or is too old. Ask for a new one."
WRONG = "That is not the code we sent. Compare it with the newest mail from us."
TOO_MANY_WRONG = "That was wrong too often, so the code no longer counts. Ask for a new one."
TOO_MANY_CODES = "Too many codes were sent within an hour. Use the newest one, or try again later."
NOT_SENT = "The code could not be sent: our mail server did not take it. Try again in a few minutes."


def send(link):
    """Mail a new code to the contact now; codes sent before no longer count.

    Raises Refused with a sentence when the link is closed, when too many were sent, and when the mail server does not
    take the mail: then no code counts.
    """
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    with transaction.atomic():
        locked = _lock(link)
        guests.must_be_open(locked)
        if _sent_lately(locked) >= CODES_AN_HOUR:
            raise Refused(TOO_MANY_CODES)
        locked.code_hash, locked.code_sent_at, locked.code_tries = _hash(locked, code), timezone.now(), 0
        locked.codes_sent += 1
        locked.save(update_fields=["code_hash", "code_sent_at", "code_tries", "codes_sent"])
        guests.note_event("guest.code_sent", locked)
    try:
        _mail(locked, code).send()
    except (smtplib.SMTPException, OSError) as failure:
        _forget(locked)
        raise Refused(NOT_SENT) from failure


def _sent_lately(link):
    """By the log, which no restart of a cache forgets. What no mail server took was not sent."""
    lately = Event.objects.about(link).filter(occurred_at__gt=timezone.now() - timedelta(hours=1))
    sent = lately.filter(event_type="guest.code_sent").count()
    return sent - lately.filter(event_type="guest.code_not_sent").count()


def _mail(link, code):
    said = {
        "code": f"{code[:4]} {code[4:]}",
        "minutes": GOOD_FOR // timedelta(minutes=1),
        "organisation": settings.ORGANISATION_NAME,
    }
    body = render_to_string("reviews/email/guest_code.txt", said).strip() + "\n"
    mail = EmailMessage("Your code", body, to=[link.email], connection=get_connection(timeout=MAIL_WITHIN))
    mail.extra_headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}
    return mail


@transaction.atomic
def _forget(link):
    """Unless a newer code was sent meanwhile."""
    if GuestLink.objects.filter(pk=link.pk, code_hash=link.code_hash).update(code_hash=""):
        guests.note_event("guest.code_not_sent", link)


def enter(link, code):
    """Open a visit for whoever typed the right code; returns the secret that their browser keeps.

    Raises Refused with a sentence, after the event of the wrong code. Five of them, ten minutes or one use end a code.
    """
    typed = "".join(code.split())
    with transaction.atomic():
        locked = _lock(link)
        guests.must_be_open(locked)
        why = _why_not(locked, typed)
        if why:
            _write_down(locked, why)
        else:
            secret = _open(locked)
    if why:
        raise Refused(why)
    return secret


def _why_not(link, typed):
    is_known = bool(link.code_hash) and link.code_sent_at + GOOD_FOR > timezone.now()
    # Compared in any case, so that time tells nothing.
    is_right = constant_time_compare(_hash(link, typed), link.code_hash or "-" * 64)
    if not is_known:
        return NO_CODE
    if is_right:
        return ""
    return TOO_MANY_WRONG if link.code_tries + 1 >= WRONG_AT_MOST else WRONG


def _write_down(link, why):
    link.code_tries += 1
    if why == TOO_MANY_WRONG:
        link.code_hash = ""
    link.save(update_fields=["code_tries", "code_hash"])
    guests.note_event("guest.wrong_code", link, reason=why)


def _open(link):
    secret, now = secrets.token_urlsafe(32), timezone.now()
    link.code_hash, link.code_tries = "", 0
    link.visit, link.visit_until, link.seen_at = _visit(secret), min(now + VISIT, link.expires_at), now
    link.save(update_fields=["code_hash", "code_tries", "visit", "visit_until", "seen_at"])
    with acting(link):
        guests.note_event("guest.entered", link)
    return secret


def is_visiting(link, secret):
    """Whether this browser gave the newest code, and its visit has not ended."""
    if not secret or link.visit is None or link.visit_until <= timezone.now():
        return False
    return constant_time_compare(_visit(secret).hex, link.visit.hex)


@transaction.atomic
def leave(link):
    """End the visit, as the guest asks. The next one needs a new code."""
    locked = _lock(link)
    locked.visit = locked.visit_until = None
    locked.save(update_fields=["visit", "visit_until"])
    guests.note_event("guest.left", locked)


def acting(link):
    """Events inside say the guest by name, whoever else is signed in in the same browser, and tell visits apart."""
    name = f"{link.name} (guest of {link.review.vendor.name})"
    visit = link.visit.hex if link.visit else ""
    return context.acting(actor=context.Guest(name), session_id=context.session_fingerprint(visit))


def masked(email):
    """Enough of an address to know one's own by, and no more: neither the name nor the vendor."""
    name, _, domain = email.partition("@")
    host, _, top = domain.rpartition(".")
    return f"{name[:1]}…@{host[:1]}….{top}"


def _lock(link):
    rows = GuestLink.objects.select_for_update(of=("self",))
    return rows.select_related("review__deployment__vendor", "contact").get(pk=link.pk)


def _hash(link, code):
    return salted_hmac("reviews.guest_codes", f"{link.key.hex}:{code}", algorithm="sha256").hexdigest()


def _visit(secret):
    return UUID(hex=salted_hmac("reviews.guest_visits", secret, algorithm="sha256").hexdigest()[:32])
