"""Which items want to be talked about, and what can the database say about why?

Counted from what `standings` keeps, so that a thousand reviews cost as many queries as one. What an item is blocked by is
said in full by `reasons`, for the few that are shown.
"""

from datetime import timedelta

from django.db.models import Case, Count, DateField, Exists, F, OuterRef, Q, Value, When, Window
from django.db.models.functions import RowNumber, TruncDate

from evidence.models import Version
from reviews import red_flags
from reviews.choices import DECIDED, OPEN, WITH_VENDOR, EscalationOutcome, EscalationState, Finding, State, Status
from reviews.models import Citation, Conflict, EscalatedItem, Item, Question, Reassessment, Standing

SOON = timedelta(days=7)  # what falls due next
LAPSING = timedelta(days=14)  # sign-offs that end before the meeting after next

UNDONE = frozenset({*OPEN, Status.AWAITING, State.INHERITED, State.UNOWNED})

# The lists of the page, each with its heading.
TITLES = {
    "blocked": "Blocked",
    "late": "Late",
    "soon": "Due in the next 7 days",
    "awaiting": "Awaiting sign-off",
    "returned": "Returned, to be mended",
    "unowned": "Without an owner",
    "lapsed": "Lapsed",
    "lapsing": "Lapsing within 14 days",
    "red_flag": "Red flags",
}

# In which order an agenda takes items (docs/decisions/0029-sync-page.md). Each item is there once, under its first reason.
URGENCY = (
    "red_flag",
    "lapsed",
    "lapsing",
    "late_blocked",
    "late",
    "blocked",
    "unowned",
    "awaiting",
    "returned",
    "soon",
)


def kept(ids):
    """Standings of the items in force in these reviews (ids); `standings.refresh` comes first."""
    own = Standing.objects.filter(review__in=ids).values("pk")
    resting = Reassessment.rests_on.through.objects.filter(reassessment__in=ids).values("item_id")
    return Standing.objects.filter(pk__in=own.union(resting))


def flags(ids, today):
    """`{item id: RedFlag}` of the items in force in these reviews, in at most two queries."""
    silent = Q(outcome="", escalation__answer_by__lt=today) | Q(outcome=EscalationOutcome.DECLINED)
    asked = EscalatedItem.objects.filter(silent, item__in=kept(ids).values("pk"), escalation__state__in=red_flags.SENT)
    return red_flags.of_ids(set(asked.values_list("item_id", flat=True)), today)


def concerns(ids, today, flags=()):
    """The same with `today_state` and one truth for each key of TITLES; `flags` are those of this module."""
    found = kept(ids).on(today)
    return found.annotate(**{key: _truth(each) for key, each in _conditions(today, flags).items()})


def _truth(condition):
    return Case(When(condition, then=Value(True)), default=Value(False))


def _conditions(today, flags):
    undone = Q(today_state__in=UNDONE)
    return {
        "blocked": Q(today_state__in=UNDONE | {State.LAPSED}) & _blocked(today),
        "late": undone & Q(due_on__lt=today),
        "soon": undone & Q(due_on__gte=today, due_on__lte=today + SOON),
        "awaiting": Q(today_state=State.AWAITING),
        "returned": Q(today_state__in={*OPEN, State.UNOWNED}, returned_to__isnull=False),
        "unowned": Q(holder=None),
        "lapsed": Q(today_state=State.LAPSED),
        "lapsing": Q(today_state__in=DECIDED, until__gte=today, until__lte=today + LAPSING),
        "red_flag": Q(pk__in=list(flags)),
    }


def _blocked(today):
    """Nobody owns it, what it cites no longer holds, sources disagree, or the vendor owes an answer."""
    conflicts = Conflict.objects.open().values("item")
    asked = Question.items.through.objects.filter(question__state__in=WITH_VENDOR).values("item")
    letters = EscalatedItem.objects.filter(outcome="", escalation__state=EscalationState.SENT).values("item")
    by_others = Q(pk__in=conflicts) | Q(pk__in=asked) | Q(pk__in=letters)
    return Q(today_state=State.UNOWNED) | by_others | Q(today_state=State.AWAITING, pk__in=_unsignable(today))


def _unsignable(today):
    """Submitted items whose evidence changed, was withdrawn or ended since.

    By the versions' own dates: what a statement says about the age of its evidence is known only when it is read.
    """
    since = OuterRef("submitted_at")
    cited = Citation.objects.filter(item=OuterRef("pk"))
    newest = Version.objects.newest().filter(evidence=OuterRef("evidence"), valid_until__lt=today)
    changed = Exists(cited.filter(Q(evidence__versions__uploaded_at__gt=since) | Q(evidence__withdrawn_at__gt=since)))
    ended = Exists(cited.filter(Exists(newest)))
    waiting = Item.objects.filter(status=Status.AWAITING)
    return waiting.filter(changed | Q(finding=Finding.CONFIRMED) & ended).order_by().values("pk")


def urgent(found, per_review, at_most):
    """The most urgent of `concerns`, with `urgency` (a key of URGENCY), at most so many of each review and in all.

    `wanting` is how many there are of its review.
    """
    places = {key: {key: True} for key in URGENCY}
    places |= {"late_blocked": {"late": True, "blocked": True}, "blocked": {"blocked": True, "unowned": False}}
    urgency = Case(*(When(**places[key], then=Value(key)) for key in URGENCY), default=Value(""))
    rank = Case(*(When(urgency=key, then=Value(place)) for place, key in enumerate(URGENCY)), default=Value(99))
    order = ("rank", "order_day", "review_id", "item_id")
    rows = found.annotate(urgency=urgency, order_day=_order_day()).exclude(urgency="").annotate(rank=rank)
    rows = rows.annotate(
        place=Window(RowNumber(), partition_by="review_id", order_by=order),
        wanting=Window(Count("pk"), partition_by="review_id"),
    )
    return rows.filter(place__lte=per_review).order_by(*order)[:at_most]


def _order_day():
    """Within one urgency: what ends first, what waits longest, what is due first."""
    return Case(
        When(urgency__in={"lapsed", "lapsing"}, until__isnull=False, then=F("until")),
        When(urgency="awaiting", then=TruncDate("item__submitted_at")),
        default=F("due_on"),
        output_field=DateField(),
    )


def totals(found):
    """`{key of TITLES: how many}`."""
    return found.aggregate(**{f"n_{key}": Count("pk", filter=Q(**{key: True})) for key in TITLES})
