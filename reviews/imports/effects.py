"""What of an item does an applied row change, and how is that written down?

`ImportRow.before` and `.after` hold what `state_of` says, the texts that changed, and in `after` besides: `cited` (ids of
the citations it made), `citations` (ids of all there are then), `brought` (ids of the evidence that came by them), `held`
(why a claim was not handed in).
"""

from django.contrib.auth import get_user_model

from reviews import events
from reviews.models import Item
from reviews.querysets import people

AT_ONCE = 500  # rows read and written together: what bounds the memory
WORDS = {"role", "owner", "due_on", "status", "finding", "reason", "asked", "asked_of", "notes"}


def with_all(reviews):
    """Reviews with everything that the rules of their items ask of them: read once, for all items."""
    return reviews.select_related("deployment__vendor", "checklist").prefetch_related(people("assignments"))


def items(review, ids):
    """Items with their statement and owner."""
    return Item.objects.filter(pk__in=ids, review=review).select_related("statement", "owner").without_guidance()


def by_id(items, review):
    """`{id: item}`, every one with this same review."""
    found = {item.pk: item for item in items}
    for item in found.values():
        item.review = review
    return found


def state_of(item):
    """What of an item an import may change, as it is, but for the texts: those are counted by `version`."""
    return {
        "role": item.role,
        "owner": item.owner_id,
        "due_on": item.due_on.isoformat(),
        "status": item.status,
        "submission": item.submission,
        "finding": item.finding,
        "finding_by": item.finding_by_id,
        "version": item.version,
    }


def owners(rows):
    """`{id: name}` of whoever owned an item before or after these rows."""
    ids = {state["owner"] for row in rows for state in (row.before, row.after)} - {None}
    return dict(get_user_model().objects.filter(pk__in=ids).values_list("pk", "name"))


def event(event_type, item, before, after, *, by, names, cited=(), uncited=(), reason):
    """The event of an item that a row changed from `before` to `after`, not yet written."""
    fields = [name for name in before if name in WORDS and before[name] != after[name]]
    said = [{name: state[name] for name in fields} for state in (before, after)]
    for state in said:
        if "owner" in state:
            state["owner"] = names.get(state["owner"])
    if uncited:
        said[0]["cited"] = list(uncited)
    if cited:
        said[1]["cited"] = list(cited)
    return events.of(
        event_type,
        item,
        review=item.review,
        by=by,
        about=f"statement {item.number}",
        label=str(item.statement),
        before=said[0],
        after=said[1],
        reason=reason,
    )
