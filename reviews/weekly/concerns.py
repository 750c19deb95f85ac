"""Which items want to be talked about, and what can the database say about why?

Counted from what `standings` keeps, so that a thousand reviews cost as many queries as one. What an item is blocked by is
said in full by `reasons`, for the few that are shown.
"""

from collections import Counter
from datetime import timedelta
from functools import reduce
from operator import attrgetter, or_

from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When
from django.utils import timezone

from evidence.models import Version
from reviews.asking import red_flags
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


def concerns(ids, today, flags):
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


_FITS = {key: attrgetter(key) for key in TITLES} | {
    "late_blocked": lambda row: row.late and row.blocked,
    "blocked": lambda row: row.blocked and not row.unowned,
}


def urgency(row):
    """The key of URGENCY under which this row of `concerns` is talked about: the first that fits; `` for none."""
    return next((key for key in URGENCY if _FITS[key](row)), "")


def urgent(found, per_review, at_most):
    """`(rows, {review id: how many of its rows wait})`: the most urgent of `concerns`, so many of each review and in all.

    Ranked here: each key of URGENCY contains conditions of others, and a query that ranks by them repeats them many times.
    """
    wanting = reduce(or_, (Q(**{key: True}) for key in TITLES))
    fields = ("pk", "item_id", "review_id", "today_state", "due_on", "until", "item__submitted_at")
    rows = list(found.filter(wanting).values_list(*fields, *TITLES, named=True))
    places = Counter()
    chosen = []
    for row in sorted(rows, key=_place):
        places[row.review_id] += 1
        if places[row.review_id] <= per_review and len(chosen) < at_most:
            chosen.append(row)
    return chosen, places


def _place(row):
    """By urgency; within one by what ends first, what waits longest, what is due first."""
    kind, day = urgency(row), row.due_on
    if kind in {"lapsed", "lapsing"} and row.until:
        day = row.until
    elif kind == "awaiting" and row.item__submitted_at:
        day = timezone.localdate(row.item__submitted_at)
    return URGENCY.index(kind), day, row.review_id, row.item_id


def counted(found):
    """These `concerns` counted in one query: rows by category, state, holder and role, with `n` and how many on each list."""
    category = [f"item__statement__category__{name}" for name in ("position", "key", "name")]
    lists = {f"n_{key}": Count("pk", filter=Q(**{key: True})) for key in TITLES}
    rows = found.values(*category, "today_state", "holder", "item__role").annotate(n=Count("pk"), **lists)
    return list(rows.order_by())


def totals(rows):
    """`{key of TITLES: how many}` of what was `counted`."""
    return {key: sum(row[f"n_{key}"] for row in rows) for key in TITLES}
