"""What waits for this person, in the order of urgency?"""

from dataclasses import dataclass
from datetime import timedelta

from django.core.paginator import Paginator
from django.db.models import Case, Count, Q, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts import grants
from accounts.choices import Access
from evidence.validity import in_words
from reviews import standing, standings
from reviews.choices import OPEN, State, Status
from reviews.models import Condition, Item
from reviews.querysets import held, unowned

SOON = timedelta(days=7)
EXPIRING = timedelta(days=30)
SHOWN, PER_PAGE = 20, 50  # lines of each section, of one section alone

TITLES = {
    "sign": "To sign",
    "returned": "Returned to me",
    "late": "Late",
    "soon": "Due this week",
    "lapsed": "Lapsed sign-offs",
    "expiring": "Evidence expires within 30 days",
    "unowned": "Without an owner in my reviews",
}
ORDER = ("due_on", "review", "statement__number")


@dataclass(frozen=True)
class Section:
    key: str
    lines: list  # the first of them: Item, each with `state` and `remark` set
    total: int

    @property
    def title(self):
        return TITLES[self.key]


def waiting_count(user):
    """How many items wait for this person's signature or came back to them: the number beside *My work*."""
    mine = Item.objects.visible_to(user)
    return (mine.held_by(user).awaiting() | mine.open().filter(returned_to=user)).count()


def sections(user):
    """The sections of *My work* that have something in them, each with its first lines. A constant number of queries."""
    today = timezone.localdate()
    first = _placed(user, today).annotate(
        row=Window(RowNumber(), partition_by="place", order_by=ORDER),
        total=Window(Count("pk"), partition_by="place"),
    )
    found = {key: [] for key in TITLES}
    totals = {}
    for pk, place, total in first.filter(row__lte=SHOWN).order_by(*ORDER).values_list("pk", "place", "total"):
        found[place].append(pk)
        totals[place] = total
    lines = _lines([pk for keys in found.values() for pk in keys], today)
    return [Section(key, [lines[pk] for pk in found[key]], totals[key]) for key in TITLES if found[key]]


def section(user, key, page):
    """One section alone: `(Section of the page's lines, the page)`."""
    today = timezone.localdate()
    placed = _placed(user, today).filter(place=key).order_by(*ORDER).values_list("pk", flat=True)
    page = Paginator(placed, PER_PAGE).get_page(page)
    lines = _lines(page.object_list, today)
    return Section(key, [lines[pk] for pk in page.object_list], page.paginator.count), page


def conditions(user):
    """Open conditions this person owns, soonest first."""
    mine = Condition.objects.visible_to(user).in_force().open().filter(owner=user)
    return mine.select_related("decision__review__deployment__vendor")


def _placed(user, today):
    """What belongs into a section, with its `place`: the most urgent one only.

    Items the person holds or got back; for reviewers and leads also what is open and soon due, or without owner.
    """
    standings.refresh()
    working = Q(review__deployment__vendor_id__in=grants.vendor_ids_with(user, {Access.REVIEW, Access.LEAD}))
    soon = Q(status__in=OPEN, due_on__lte=today + SOON)
    wanted = held(user) | Q(returned_to=user) | working & (soon | unowned())
    lapsed = Q(standing__state=State.LAPSED) | Q(standing__until__lt=today)
    nowhere = Value("")
    place = Case(
        When(held(user), status=Status.AWAITING, then=Value("sign")),
        When(status=Status.AWAITING, then=nowhere),
        When(returned_to=user, then=Value("returned")),
        When(lapsed, status=Status.COMPLETE, then=Value("lapsed")),
        When(status=Status.COMPLETE, standing__until__lte=today + EXPIRING, then=Value("expiring")),
        When(status=Status.COMPLETE, then=nowhere),
        When(standing__state=State.UNOWNED, then=Value("unowned")),
        When(due_on__lt=today, then=Value("late")),
        When(due_on__lte=today + SOON, then=Value("soon")),
        default=nowhere,
    )
    return Item.objects.visible_to(user).filter(wanted).annotate(place=place).exclude(place="")


def _lines(ids, today):
    """The items by id, each with its state and the remark beside it."""
    lines = Item.objects.with_standing().in_bulk(ids)
    for item in lines.values():
        item.state = standing.state_of(item, today)
        item.remark = _remark(item, today)
    return lines


def _remark(item, today):
    if item.status != Status.COMPLETE:
        return ""
    if item.state == State.LAPSED:
        return standing.lapse_reason(item, today)
    day, _ = standing.lapses_after(item)
    return f"valid until {in_words(day)}" if day else ""
