"""Which mails were sent and which did not arrive, and who may know that?"""

from collections import Counter, defaultdict

from django.contrib.auth import get_user_model
from django.db.models import Q

from accounts import grants
from accounts.choices import Access
from accounts.permissions import YES, no
from reviews.choices import UNDELIVERED, About, Delivery
from reviews.models import Message, Reminder

# What to do about a mail that did not arrive.
WHAT_TO_DO = {
    Delivery.REFUSED: "Ask the person for the right address; an administrator changes it. What the mail said is in the app.",
    Delivery.BOUNCED: "Ask the person whether the mailbox is full or gone; an administrator changes the address.",
    Delivery.GIVEN_UP: "Ask an administrator whether the mail server can be reached: the System page says so.",
    Delivery.NO_ADDRESS: "An administrator gives the person an e-mail address. Until then they read it in the app.",
}

# By which state of an item it looks like.
LOOK = {Delivery.SENT: "complete", Delivery.WAITING: "queued"} | dict.fromkeys(UNDELIVERED, "failed")


def can_read(user):
    """Administrators read of all mails, leads of those to people who work on a vendor they lead."""
    if user.is_administrator or led(user):
        return YES
    return no("Only administrators and review leads see which mails were sent.")


def led(user):
    return grants.vendor_ids_with(user, {Access.LEAD})


def people(user):
    """Those of whose mails this person may know."""
    active = get_user_model().objects.active()
    if user.is_administrator:
        return active
    return active.filter(pk__in=grants.people_on(led(user)))


def messages(user):
    """Mails this person may know of, newest first."""
    rows = Message.objects.select_related("person").order_by("-due_at", "-pk")
    if user.is_administrator:
        return rows
    about_theirs = Reminder.objects.filter(vendor_id__in=led(user)).values("message")
    undelivered = Q(pk__in=Message.objects.undelivered().values("pk"))
    return rows.filter(Q(pk__in=about_theirs) | undelivered, person__in=people(user))


def matching(rows, words):
    for word in words.split():
        rows = rows.filter(Q(person__name__icontains=word) | Q(person__email__icontains=word))
    return rows


def with_kinds(user, rows):
    """Each message with the kinds of things it told that this person may know, what to do, and how it looks. One query."""
    rows = list(rows)
    told = Reminder.objects.filter(message__in=rows, closed_at=None).order_by()
    if not user.is_administrator:
        told = told.filter(Q(vendor=None) | Q(vendor_id__in=led(user)))
    counted = defaultdict(Counter)
    for message_id, about, _ in told.values_list("message_id", "about", "subject").distinct():
        counted[message_id][About(about).label] += 1
    return [
        {
            "message": row,
            "kinds": sorted(counted[row.pk].items()),
            "to_do": WHAT_TO_DO.get(row.state, ""),
            "look": LOOK.get(row.state, ""),
        }
        for row in rows
    ]
