"""What waits for this person, in the order of urgency?"""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts import grants
from accounts.choices import Access
from evidence.validity import in_words
from reviews import standing
from reviews.choices import OPEN, State, Status
from reviews.models import Condition, Item

SOON = timedelta(days=7)
EXPIRING = timedelta(days=30)


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    lines: list  # Item, each with `state` and `remark` set


def waiting_count(user):
    """How many items wait for this person's signature or came back to them: the number beside *My work*."""
    mine = Item.objects.visible_to(user)
    return (mine.held_by(user).awaiting() | mine.open().filter(returned_to=user)).count()


def sections(user):
    """The sections of *My work* that have something in them. A constant number of queries."""
    today = timezone.localdate()
    found = _lines(user, today)
    titles = (
        ("sign", "To sign"),
        ("returned", "Returned to me"),
        ("late", "Late"),
        ("soon", "Due this week"),
        ("lapsed", "Lapsed sign-offs"),
        ("expiring", "Evidence expires within 30 days"),
        ("unowned", "Without an owner in my reviews"),
    )
    return [Section(key, title, found[key]) for key, title in titles if found[key]]


def conditions(user):
    """Open conditions this person owns, soonest first."""
    mine = Condition.objects.visible_to(user).in_force().open().filter(owner=user)
    return mine.select_related("decision__review__deployment__vendor")


def _lines(user, today):
    found = {key: [] for key in ("sign", "returned", "late", "soon", "lapsed", "expiring", "unowned")}
    for item in _items(user, today):
        item.state = standing.state_of(item, today)
        key, item.remark = _place(item, user, today)
        if key:
            found[key].append(item)
    return found


def _items(user, today):
    """Items the person holds or got back; for reviewers and leads also what is open and soon due, or without owner."""
    working = grants.vendor_ids_with(user, {Access.REVIEW, Access.LEAD})
    in_my_reviews = Item.objects.filter(review__deployment__vendor_id__in=working)
    soon = in_my_reviews.open().filter(due_on__lte=today + SOON)
    mine = Item.objects.held_by(user) | Item.objects.filter(returned_to=user)
    wanted = Q(pk__in=mine.values("pk")) | Q(pk__in=soon.values("pk")) | Q(pk__in=in_my_reviews.unowned().values("pk"))
    return (
        Item.objects.visible_to(user).filter(wanted).with_standing().order_by("due_on", "review", "statement__number")
    )


def _place(item, user, today):
    """Which section the item belongs to, and the remark beside it; the most urgent one only."""
    if item.status == Status.AWAITING:
        return ("sign", "") if item.holder == user else (None, "")
    if item.returned_to_id == user.pk:
        return "returned", ""
    if item.status == Status.COMPLETE:
        return _place_complete(item, today)
    if item.state == State.UNOWNED:
        return "unowned", ""
    if item.status in OPEN and item.due_on < today:
        return "late", ""
    if item.status in OPEN and item.due_on <= today + SOON:
        return "soon", ""
    return None, ""


def _place_complete(item, today):
    if item.state == State.LAPSED:
        return "lapsed", standing.lapse_reason(item, today)
    expires = standing.expires_on(item, today)
    if expires and expires <= today + EXPIRING:
        return "expiring", f"valid until {in_words(expires)}"
    return None, ""
