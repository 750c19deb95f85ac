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

AT_ONCE = 500  # touched rows of which the items are looked at in one transaction


def refresh():
    """Look again at every item something happened to; return how many there were."""
    looked_at = 0
    while items := set(Touched.objects.order_by("pk").values_list("item_id", flat=True)[:AT_ONCE]):
        looked_at += _look_at(items)
    return looked_at


@transaction.atomic
def _look_at(items):
    """Compute these items, with all their touched rows locked before they are read.

    Of two who look at the same item the second waits for the first and then reads anew. A change that is committed in
    between leaves a row of its own for the next time.
    """
    touched = list(
        Touched.objects.select_for_update().filter(item_id__in=items).order_by("pk").values_list("pk", flat=True)
    )
    if touched:
        _compute(items)
        Touched.objects.filter(pk__in=touched).delete()
    return len(items)


def all_of_them():
    """Every item's standing, up to date at this moment."""
    refresh()
    return Standing.objects.all()


def counts(reviews, today, *by, refreshed=False):
    """`{(review id, *by): Counter of State}` for the items in force in these reviews; `by` are lookups from a standing.

    `refreshed` says that the page has called `refresh` already.
    """
    found = defaultdict(Counter)
    if not refreshed:
        refresh()
    own, resting = (_grouped(review, reviews, today, by) for review in ("review", "item__resting__review"))
    for *group, state, number in own.union(resting, all=True):
        found[tuple(group)][State(state)] += number
    return found


def _grouped(review, reviews, today, by):
    """The same as rows; `review` is the lookup that says to which review an item counts."""
    counted = Standing.objects.filter(**{f"{review}__in": reviews}).on(today)
    return counted.values_list(review, *by, "today_state").annotate(Count("pk")).order_by()


def _compute(ids):
    Standing.objects.bulk_create(
        [standing_of(item) for item in Item.objects.filter(pk__in=ids).with_standing()],
        update_conflicts=True,
        unique_fields=["item"],
        update_fields=["review", "state", "until", "due_on", "holder", "returned_to"],
    )


def standing_of(item):
    """What looking at the item, read `with_standing`, says of it; not stored."""
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
