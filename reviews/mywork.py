"""What waits for this person, in the order of urgency?"""

from dataclasses import dataclass
from datetime import timedelta

from django.core.paginator import Paginator
from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts import grants
from accounts.choices import Access
from evidence.validity import in_words
from reviews import standings
from reviews.choices import DECIDED, OPEN, State, Status
from reviews.models import Condition, Item, Standing
from reviews.querysets import held

SOON = timedelta(days=7)
EXPIRING = timedelta(days=30)
SHOWN, PER_PAGE = 10, 50  # lines of each section, of one section alone

TITLES = {
    "sign": "To sign",
    "returned": "Returned to me",
    "late": "Late",
    "soon": "Due this week",
    "lapsed": "Lapsed sign-offs",
    "expiring": "Evidence expires within 30 days",
    "unowned": "Without an owner in my reviews",
}
# By their numbers: items were made in the order of their statements, and their own order would read every item there is.
ORDER = ("due_on", "review_id", "item_id")


@dataclass(frozen=True)
class Section:
    key: str
    lines: list  # the first of them: Item, each with `state` and `remark`
    total: int

    @property
    def title(self):
        return TITLES[self.key]


def waiting_count(user):
    """How many items wait for this person's signature or came back to them: the number beside *My work*.

    Every page asks, so it counts the items themselves: no page of one item looks at what others changed.
    """
    waiting = Q(held(user), status=Status.AWAITING) | Q(returned_to=user, status__in=OPEN)
    return Item.objects.visible_to(user).filter(waiting).count()


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
    """The standings that belong into a section, each with its `place`: the most urgent one only.

    Of items the person holds or got back; for reviewers and leads also what is open and soon due, or without owner.
    """
    mine = Q(holder=user) | Q(returned_to=user)
    working = Q(review__deployment__vendor_id__in=grants.vendor_ids_with(user, {Access.REVIEW, Access.LEAD}))
    in_work = Q(state__in={*OPEN, State.INHERITED})
    place = Case(
        When(holder=user, state=State.AWAITING, then=Value("sign")),
        When(~Q(state__in={State.AWAITING, State.LAPSED, *DECIDED}), returned_to=user, then=Value("returned")),
        # A later review looks at it again: the work is there.
        When(Exists(Item.objects.filter(inherited_from=OuterRef("item_id"))), then=Value("")),
        When(Q(state=State.LAPSED) | Q(until__lt=today), then=Value("lapsed")),
        When(until__lte=today + EXPIRING, then=Value("expiring")),
        When(state=State.UNOWNED, then=Value("unowned")),
        When(in_work, due_on__lt=today, then=Value("late")),
        When(in_work, due_on__lte=today + SOON, then=Value("soon")),
        default=Value(""),
    )
    wanted = mine | working & (in_work & Q(due_on__lte=today + SOON) | Q(holder=None))
    return standings.all_of_them().visible_to(user).filter(wanted).annotate(place=place).exclude(place="")


def _lines(ids, today):
    """The items by id, each with its state and the remark beside it."""
    related = ("item__statement", "item__submitted_by", "item__review__deployment__vendor")
    lines = {}
    for kept in Standing.objects.filter(pk__in=ids).on(today).select_related(*related):
        lines[kept.pk] = kept.item
        kept.item.state = State(kept.today_state)
        kept.item.remark = _remark(kept)
    return lines


def _remark(kept):
    if kept.today_state == State.LAPSED:
        return f"evidence expired on {in_words(kept.until)}" if kept.until else "changed since it was signed"
    return f"valid until {in_words(kept.until)}" if kept.until else ""
