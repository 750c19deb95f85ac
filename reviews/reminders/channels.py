"""Which secret addresses expire, and which mails did not reach anybody?"""

from datetime import timedelta
from functools import partial

from django.db.models import Exists, OuterRef, Q

from accounts import grants
from accounts.choices import Access
from reviews.choices import About
from reviews.models import Feed, Message, Reminder
from reviews.reminders import steps
from reviews.reminders.things import Line, Source, Thing, restricted

BEFORE_EXPIRY = (14, 7, 1)
STILL_NEWS = timedelta(days=30)


def _addresses(today, ids=None, ahead=0):
    """Calendar addresses that expire, of whoever reads them."""
    last = today + timedelta(days=max(BEFORE_EXPIRY) + ahead)
    rows = Feed.objects.filter(revoked_at=None, expires_on__gte=today, expires_on__lte=last, person__is_active=True)
    for pk, person, day in restricted(rows, "pk", ids).values_list("pk", "person_id", "expires_on"):
        yield Thing(pk, day.isoformat(), (person,), partial(steps.before, day, steps=BEFORE_EXPIRY), day)


def _say_addresses(ids, today):
    found = Feed.objects.filter(pk__in=ids)
    text = "The address your calendar program reads: make a new one before it stops answering"
    return {each.pk: Line(text, "/calendar/", each.expires_on) for each in found}


def _undelivered(today, ids=None, ahead=0):
    """Mails that were refused, bounced or given up: of the leads of the vendors that the person works for.

    Of a mail to somebody at a vendor: of the leads of that vendor.

    Not those that said nothing but this: else two leads without a mailbox would write to each other for ever.
    """
    told = Reminder.objects.filter(message=OuterRef("pk")).exclude(about=About.UNDELIVERED)
    rows = Message.objects.undelivered().filter(day__gte=today - STILL_NEWS)
    rows = rows.filter(Q(person=None) | Q(person__is_active=True))
    rows = rows.filter(Exists(told) | ~Q(key__startswith="digest:"))
    access = grants.everyone()
    for pk, person, vendor, day in restricted(rows, "pk", ids).values_list("pk", "person_id", "vendor_id", "day"):
        leads = {
            lead
            for of_vendor, people in access.items()
            if of_vendor == vendor or person in people
            for lead, held in people.items()
            if Access.LEAD in held
        }
        yield Thing(pk, "", leads - {person}, partial(steps.once, day), day)


def _say_undelivered(ids, today):
    found = Message.objects.filter(pk__in=ids).select_related("person")
    return {
        each.pk: Line(
            f"A mail to {each.recipient_name} did not arrive: {each.get_state_display().lower()}",
            "/messages/?show=undelivered",
            each.day,
            group=f"{each.person_id or each.outsider_email}",
            together=f"{{n}} mails to {each.recipient_name} did not arrive",
            group_url="/messages/?show=undelivered",
        )
        for each in found
    }


SOURCES = (
    Source(About.TOKEN, "Calendar address expiring", _addresses, _say_addresses),
    Source(About.UNDELIVERED, "Mails that did not arrive", _undelivered, _say_undelivered),
)
