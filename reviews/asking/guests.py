"""Who at the vendor is invited to answer questions on a page of their own, which questions, and until when?

An address signs the link's key, so that the database alone does not give it away; it opens nothing without a code sent to
the contact's mailbox (`guest_codes`). Whether a link is open is computed each time it is asked: docs/decisions/0023-guests.md.
"""

from datetime import datetime, time, timedelta
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone

from accounts import grants, site
from accounts.choices import CONTRIBUTE
from accounts.permissions import Refused, ask
from evidence.names import one_line, plain
from evidence.validity import in_words
from reviews import events
from reviews.asking import questions
from reviews.choices import QuestionState, Via
from reviews.models import GuestLink, Message, Review
from reviews.permissions import can_ask
from reviews.reminders import outsiders

DAYS = 14
DAYS_AT_MOST = 60
LONGEST_NOTE = GuestLink._meta.get_field("note").max_length
MAIL = "guest"
SIGNER = Signer(salt="reviews.guests", sep=".")
# Of these an invitation is one more time of asking.
TO_BE_PUT = frozenset({QuestionState.DRAFT, QuestionState.INSUFFICIENT})


def path(link):
    """The link's address on this site. Only the mail to the contact carries it."""
    return reverse("reviews:guest", args=[token(link)])


def token(link):
    return SIGNER.sign(link.key.hex)


def find(token):
    """The link behind this part of an address, closed or not; None when we never gave it out."""
    try:
        key = UUID(hex=SIGNER.unsign(token))
    except (BadSignature, ValueError):
        return None
    return _with_all(GuestLink.objects.all()).filter(key=key).first()


def _with_all(rows):
    return rows.select_related("review__deployment__vendor", "contact", "created_by", "ended_by")


def why_closed(link, *, is_wanted=None):
    """Why the link no longer opens anything, in a sentence that names nobody; '' while it does.

    Besides its end and its time: it ends by itself with the contact, with their e-mail address, with the review, and when
    nobody is left who could read the answers. Who asks for many links says `is_wanted` of their review.
    """
    if link.ended_at:
        return "This page was closed by the people who invited you."
    if link.expires_at <= timezone.now():
        return "The time for answering here is over."
    if link.contact is None or link.contact.email.lower() != link.email.lower():
        return "This page was closed: it was meant for somebody who is no longer the contact."
    wanted = answers_wanted(link.review) if is_wanted is None else is_wanted
    return "" if wanted else "This page was closed: answers are no longer needed."


def answers_wanted(review):
    """Whether answers in this review are still wanted: it is at work, and somebody is left who may judge them."""
    if not Review.objects.at_work().filter(pk=review.pk).exists():
        return False
    return any(user.is_active and CONTRIBUTE & set(held) for user, held in grants.people(review.vendor))


def must_be_open(link):
    if why := why_closed(link):
        raise Refused(why)


@transaction.atomic
def invite(review, *, by, contact, questions, expires_at=None, note=""):
    """Invite a contact of the vendor to answer these questions of the review until `expires_at`; returns the GuestLink.

    The mail waits as `guest:<link>:1`. Drafts, and what was answered insufficiently, are asked of them by it. Raises Refused
    with a sentence, PermissionDenied when the person may not ask questions.
    """
    ask(can_ask(by, review))
    chosen = list(questions)
    if contact.vendor_id != review.vendor.pk:
        raise Refused("Only a contact of this review's vendor can be invited.")
    if not contact.email:
        raise Refused(f"{contact.name} has no e-mail address. Give the contact one first: the code goes there.")
    if not chosen:
        raise Refused("Choose at least one question.")
    if not Review.objects.at_work().filter(pk=review.pk).exists():
        raise Refused("This review is decided or replaced: nobody is invited to answer in it any more.")
    if len(note) > LONGEST_NOTE:
        raise Refused(f"The word to them has at most {LONGEST_NOTE:,} characters.")
    Review.objects.select_for_update(of=("self",), no_key=True).get(pk=review.pk)
    if _is_invited(review, contact, chosen):
        raise Refused(f"{contact.name} is invited to answer exactly these questions already. Look at that page first.")
    link = GuestLink.objects.create(
        review=review,
        contact=contact,
        name=one_line(contact.name),
        email=contact.email,
        note=plain(note),
        created_by=by,
        expires_at=_checked(expires_at or default_end()),
    )
    _put(link, chosen, by=by)
    note_event(
        "guest.invited",
        link,
        by=by,
        after={
            "name": link.name,
            "e-mail": link.email,
            "questions": sorted(each.number for each in chosen),
            "expires_at": link.expires_at,
        },
    )
    _queue(link)
    return link


def _is_invited(review, contact, chosen):
    """Whether a page that is open puts the same questions to them, as after a second click."""
    wanted = {question.pk for question in chosen}
    there = GuestLink.objects.filter(review=review, contact=contact, ended_at=None, expires_at__gt=timezone.now())
    links = there.filter(email__iexact=contact.email).prefetch_related("questions")
    return any({question.pk for question in link.questions.all()} == wanted for link in links)


def default_end(now=None):
    return end_of(timezone.localdate(now) + timedelta(days=DAYS))


def end_of(day):
    """The last moment of a day of the organisation: people choose days."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def _checked(expires_at):
    now = timezone.now()
    if expires_at <= now:
        raise Refused("The last day is over already. Choose a later one.")
    if timezone.localdate(expires_at) > timezone.localdate(now) + timedelta(days=DAYS_AT_MOST):
        raise Refused(f"A page for answers is open for at most {DAYS_AT_MOST} days.")
    return expires_at


def _put(link, chosen, *, by):
    """Tie the questions to the link, and write down that they are asked of the contact by it."""
    last_day = timezone.localdate(link.expires_at)
    for question in sorted(chosen, key=lambda each: each.pk):
        locked = questions.lock(question)
        if locked.review_id != link.review_id:
            raise Refused("Only questions of this review can be put to them.")
        if locked.state == QuestionState.WITHDRAWN:
            raise Refused(f"Question {locked.number} was withdrawn.")
        if locked.state in TO_BE_PUT:
            due_on = locked.due_on if locked.due_on and locked.due_on >= timezone.localdate() else last_day
            questions.put(locked, by=by, asked_of=link.name, via=Via.PAGE, due_on=due_on)
    link.questions.add(*chosen)


@transaction.atomic
def change(link, *, by, questions, expires_at):
    """Put exactly these questions to them, until then. What was answered stays answered. Equal values change nothing.

    A later end opens a link again whose time was over, and no other. Raises Refused, PermissionDenied.
    """
    locked = _lock(link, by)
    _must_not_be_ended(locked)
    chosen = list(questions)
    if not chosen:
        raise Refused("Choose at least one question, or end the invitation.")
    there = set(locked.questions.all())
    before, after = {}, {}
    if expires_at != locked.expires_at:
        before["expires_at"], after["expires_at"] = locked.expires_at, _checked(expires_at)
        locked.expires_at = expires_at
        locked.save(update_fields=["expires_at"])
    if there != set(chosen):
        before["questions"], after["questions"] = (sorted(each.number for each in some) for some in (there, chosen))
        _put(locked, set(chosen) - there, by=by)
        locked.questions.remove(*(there - set(chosen)))
    if after:
        note_event("guest.changed", locked, by=by, before=before, after=after)
    return locked


@transaction.atomic
def end(link, *, by):
    """Close the link at once, for who is on the page too. Again changes nothing. Raises PermissionDenied."""
    locked = _lock(link, by)
    if locked.ended_at:
        return locked
    locked.ended_at, locked.ended_by = timezone.now(), by
    locked.code_hash, locked.visit, locked.visit_until = "", None, None
    locked.save(update_fields=["ended_at", "ended_by", "code_hash", "visit", "visit_until"])
    note_event("guest.ended", locked, by=by)
    return locked


@transaction.atomic
def close_all(reason):
    """Close every link that is open, say after a restore: it may have been ended since. Returns how many; events."""
    rows = _with_all(GuestLink.objects.select_for_update(of=("self",)))
    links = list(rows.filter(ended_at=None, expires_at__gt=timezone.now()))
    for link in links:
        link.ended_at, link.code_hash, link.visit = timezone.now(), "", None
        link.save(update_fields=["ended_at", "code_hash", "visit"])
        note_event("guest.ended", link, reason=reason)
    return len(links)


@transaction.atomic
def send_again(link, *, by):
    """Have the mail with the address sent once more. Raises Refused when the link is closed or a mail still waits."""
    locked = _lock(link, by)
    must_be_open(locked)
    if mails(locked).waiting().exists():
        raise Refused("A mail to them is on its way already.")
    note_event("guest.sent_again", locked, by=by)
    return _queue(locked)


def _must_not_be_ended(link):
    if link.ended_at:
        raise Refused("This invitation was ended. Invite them again.")


def _lock(link, by):
    locked = _with_all(GuestLink.objects.select_for_update(of=("self",))).get(pk=link.pk)
    ask(can_ask(by, locked.review))
    return locked


def mails(link):
    """The invitation's mails, newest first."""
    return Message.objects.filter(key__startswith=f"{MAIL}:{link.pk}:").order_by("-pk")


def newest_mails(review):
    """`{link's pk: its newest mail}` of all links of the review's vendor."""
    rows = Message.objects.filter(vendor=review.vendor, key__startswith=f"{MAIL}:").order_by("pk")
    return {int(row.key.split(":")[1]): row for row in rows}


def _queue(link):
    key = f"{MAIL}:{link.pk}:{mails(link).count() + 1}"
    return outsiders.queue(key, name=link.name, email=link.email, vendor=link.review.vendor)


def of(review):
    """The review's links, newest first, with how many questions each has and how many of them were answered on it."""
    live = ~Q(questions__state=QuestionState.WITHDRAWN)
    rows = _with_all(GuestLink.objects.filter(review=review))
    return rows.annotate(
        asked=Count("questions", filter=live, distinct=True),
        answered=Count("questions", filter=live & Q(questions__answers__guest_id=F("pk")), distinct=True),
    )


def note_event(event_type, link, *, by=None, **said):
    """One event about a link; `by` is one of us, or None for what the guest or a stranger at the door did."""
    events.record(
        event_type,
        link,
        review=link.review,
        by=by,
        about="vendor's own page",
        label=f"Answer page of {link.name}",
        **said,
    )


def address(link):
    """The whole address, for the mail."""
    return site.link(path(link))


def last_day(link):
    return in_words(timezone.localdate(link.expires_at))
