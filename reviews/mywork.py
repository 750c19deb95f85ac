"""What waits for this person, in the order of urgency, and for those in whose place they act today?"""

from dataclasses import dataclass
from datetime import timedelta

from django.core.paginator import Paginator
from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts import absences, grants
from accounts.choices import Access
from evidence.validity import in_words
from reviews import standings
from reviews.choices import DECIDED, OPEN, State, Status
from reviews.models import Assignment, Condition, Item, Review, Standing
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


def waiting(user, acting):
    """Items that wait for this person's signature or came back to them: their number stands beside *My work*.

    Every page asks, so it looks at the items themselves: no page of one item looks at what others changed. `acting` are
    the absences in which the person acts, whose items count as well.
    """
    mine = _waiting([user.pk])
    if acting:
        others = [absence.person_id for absence in acting]
        mine |= _waiting(others) & Q(review__deployment__vendor_id__in=_answerable(user))
    return Item.objects.visible_to(user).filter(mine)


def _waiting(people):
    return Q(held(people), status=Status.AWAITING) | Q(returned_to__in=people, status__in=OPEN)


def _answerable(user):
    """Ids of the vendors at which the person can act for another: with a stakeholder's access of their own."""
    return grants.vendor_ids_with(user, {Access.SIGN})


def sections(user):
    """The sections of *My work* that have something in them, each with its first lines. A constant number of queries."""
    today, acting = timezone.localdate(), in_place_of(user)
    first = _placed(user, acting, today).annotate(
        row=Window(RowNumber(), partition_by="place", order_by=ORDER),
        total=Window(Count("pk"), partition_by="place"),
    )
    found = {key: [] for key in TITLES}
    totals = {}
    for pk, place, total in first.filter(row__lte=SHOWN).order_by(*ORDER).values_list("pk", "place", "total"):
        found[place].append(pk)
        totals[place] = total
    lines = _lines([pk for keys in found.values() for pk in keys], user, acting, today)
    return [Section(key, [lines[pk] for pk in found[key]], totals[key]) for key in TITLES if found[key]]


def section(user, key, page):
    """One section alone: `(Section of the page's lines, the page)`."""
    today, acting = timezone.localdate(), in_place_of(user)
    placed = _placed(user, acting, today).filter(place=key).order_by(*ORDER).values_list("pk", flat=True)
    page = Paginator(placed, PER_PAGE).get_page(page)
    lines = _lines(page.object_list, user, acting, today)
    return Section(key, [lines[pk] for pk in page.object_list], page.paginator.count), page


def conditions(user):
    """Open conditions of approvals in force that this person owns or acts for the owner of, soonest first, each with
    `for_whom`."""
    acting = in_place_of(user)
    mine = Q(owner=user) | Q(owner__in=acting, decision__review__deployment__vendor__in=_answerable(user))
    found = Condition.objects.visible_to(user).in_force().open()
    found = list(found.filter(mine).select_related("decision__review__deployment__vendor"))
    for condition in found:
        condition.for_whom = acting.get(condition.owner_id, "")
    return found


def in_place_of(user):
    """`{person's id: "for CISO, away until 14 October 2026"}` of those in whose place this person acts today."""
    return {
        absence.person_id: f"for {absence.person.name}, away until {in_words(absence.ends_on)}"
        for absence in absences.acting_for(user)
    }


def owners_left(user):
    """`[(review in force that this person may lead, who left and holds a role in it)]`: to be looked at again."""
    led = grants.vendor_ids_with(user, {Access.LEAD})
    reviews = Review.objects.in_force().decided().filter(followed_by=None, deployment__vendor_id__in=led)
    roles = Assignment.objects.filter(user__is_active=False, review__in=reviews.values("pk"))
    found = roles.select_related("user", "review__deployment__vendor").order_by("review_id", "user__name")
    return list(dict.fromkeys((role.review, role.user) for role in found))


def _placed(user, acting, today):
    """The standings that belong into a section, each with its `place`: the most urgent one only.

    Of items the person, or an absent one they act for, holds or got back; for reviewers and leads also what is open and
    soon due, or without owner.
    """
    people = [user.pk, *acting]
    mine = Q(holder=user) | Q(returned_to=user)
    if acting:
        answerable = Q(review__deployment__vendor_id__in=_answerable(user))
        mine |= answerable & (Q(holder__in=acting) | Q(returned_to__in=acting))
    working = Q(review__deployment__vendor_id__in=grants.vendor_ids_with(user, {Access.REVIEW, Access.LEAD}))
    in_work = Q(state__in={*OPEN, State.INHERITED})
    place = Case(
        When(holder__in=people, state=State.AWAITING, then=Value("sign")),
        When(~Q(state__in={State.AWAITING, State.LAPSED, *DECIDED}), returned_to__in=people, then=Value("returned")),
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


def _lines(ids, user, acting, today):
    """The items by id, each with its state and the remarks beside it."""
    related = ("item__statement", "item__submitted_by", "item__review__deployment__vendor")
    lines = {}
    for kept in Standing.objects.filter(pk__in=ids).on(today).select_related(*related):
        lines[kept.pk] = kept.item
        kept.item.state = State(kept.today_state)
        kept.item.remark = _remark(kept)
        own = user.pk in {kept.holder_id, kept.returned_to_id}
        kept.item.for_whom = "" if own else acting.get(kept.holder_id) or acting.get(kept.returned_to_id, "")
    return lines


def _remark(kept):
    if kept.today_state == State.LAPSED:
        return f"evidence expired on {in_words(kept.until)}" if kept.until else "changed since it was signed"
    return f"valid until {in_words(kept.until)}" if kept.until else ""
