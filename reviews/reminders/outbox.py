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

# Of a mail to somebody at a vendor.
WHAT_TO_DO_OUTSIDE = {
    Delivery.REFUSED: "Ask the vendor for the right address, correct the contact, and send it again.",
    Delivery.BOUNCED: "Ask the vendor whether the mailbox is full or gone; correct the contact, and send it again.",
    Delivery.GIVEN_UP: WHAT_TO_DO[Delivery.GIVEN_UP],
    Delivery.NO_ADDRESS: "Give the contact an e-mail address, and send it again.",
}

# What a mail without reminders is, by the first word of its key.
WHAT = {
    "invitation": "Invitation to a meeting",
    "series": "Invitation to the weekly sync",
    "minutes": "Minutes of a sync",
    "letter": "Letter",
    "guest": "Answer page",
}

# By which state of an item it looks like.
LOOK = {Delivery.SENT: "complete", Delivery.WAITING: "queued"} | dict.fromkeys(UNDELIVERED, "failed")


def can_read(user):
    """Administrators read of all mails to people with an account, leads of those to people who work on a vendor they
    lead. Of those to the vendor's own people leads alone: who they are is the vendor's business (rule 23).
    """
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
    rows = Message.objects.select_related("person", "vendor").order_by("-due_at", "-pk")
    to_vendors = Q(person=None, vendor_id__in=led(user))
    if user.is_administrator:
        return rows.filter(Q(person__isnull=False) | to_vendors)
    about_theirs = Reminder.objects.filter(vendor_id__in=led(user)).values("message")
    undelivered = Q(pk__in=Message.objects.undelivered().values("pk"))
    to_ours = (Q(pk__in=about_theirs) | undelivered) & Q(person__in=people(user))
    return rows.filter(to_ours | to_vendors)


def matching(rows, words):
    for word in words.split():
        of_ours = Q(person__name__icontains=word) | Q(person__email__icontains=word)
        rows = rows.filter(of_ours | Q(outsider_name__icontains=word) | Q(outsider_email__icontains=word))
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
            "kinds": sorted(counted[row.pk].items()) or _what(row),
            "to_do": (WHAT_TO_DO if row.person else WHAT_TO_DO_OUTSIDE).get(row.state, ""),
            "look": LOOK.get(row.state, ""),
        }
        for row in rows
    ]


def _what(message):
    what = WHAT.get(message.key.partition(":")[0])
    return [(what, 1)] if what else []
