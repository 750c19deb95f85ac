"""How do many items stand today, without reading the evidence of each?

Each item's state is kept in `Standing`. Triggers put an item into `Touched` in the transaction of any change that could
matter: of the item, its citations, sign-offs, the cited evidence, who owns it, the wording. Whoever asks has the touched
ones computed first. So what is kept is never older than the data, whoever or whatever changed them (rule 8).
"""

from collections import Counter, defaultdict

from django.db import transaction
from django.db.models import Count

from reviews import standing
from reviews.choices import State, Status
from reviews.models import Item, Standing, Touched

AT_ONCE = 500  # items whose evidence is held in memory


def refresh():
    """Look again at every item something happened to; return how many there were.

    The touched rows are locked before the items are read, so of two who do this at once the second waits, and a
    change that is committed in between leaves its own row for the next time.
    """
    if not Touched.objects.exists():
        return 0
    with transaction.atomic():
        touched = Touched.objects.select_for_update().order_by("pk").values_list("pk", "item_id")
        rows, items = zip(*touched, strict=True) if touched else ((), ())
        items = sorted(set(items))
        for some in _in_parts(items):
            _compute(some)
        for some in _in_parts(rows):
            Touched.objects.filter(pk__in=some).delete()
    return len(items)


def all_of_them():
    """Every item's standing, up to date at this moment."""
    refresh()
    return Standing.objects.all()


def counts(reviews, today, *by):
    """`{(review id, *by): Counter of State}` for the items of these reviews; `by` are lookups from a standing."""
    found = defaultdict(Counter)
    rows = (
        all_of_them()
        .filter(review__in=reviews)
        .on(today)
        .values_list("review_id", *by, "today_state")
        .annotate(Count("pk"))
        .order_by()
    )
    for *group, state, number in rows:
        found[tuple(group)][State(state)] += number
    return found


def _compute(ids):
    Standing.objects.bulk_create(
        [_standing(item) for item in Item.objects.filter(pk__in=ids).with_standing()],
        update_conflicts=True,
        unique_fields=["item"],
        update_fields=["review", "state", "until", "due_on", "holder", "returned_to"],
    )


def _standing(item):
    covered = item.status == Status.COMPLETE and not standing.broken_reason(item)
    return Standing(
        item=item,
        review_id=item.review_id,
        state=item.finding if covered else standing.state_of(item),
        until=standing.lapses_after(item)[0] if covered else None,
        due_on=item.due_on,
        holder=item.holder,
        returned_to_id=item.returned_to_id,
    )


def _in_parts(values):
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))
