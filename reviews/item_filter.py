"""Which items of a review does its page's filter leave, and what is that in words?"""

from reviews import standing
from reviews.choices import State, Status


def left(assessed, filters, user):
    """The items that the filter (an ItemFilterForm) leaves, in order, each with its `state`."""
    filters.is_valid()
    wanted = filters.cleaned_data
    items = [item for item in assessed.items if _wanted(item, assessed, wanted, user)]
    for item in items:
        item.state = assessed.states[item.pk]
    return items


def in_words(filters, user):
    """What the filter says, or '' when it leaves all there are."""
    filters.is_valid()
    wanted = filters.cleaned_data
    labels = {
        name: dict(filters.fields[name].choices).get(wanted.get(name), "") for name in ("role", "finding", "show")
    }
    if wanted.get("show") == "mine":
        labels["show"] = f"Waiting for {user.name}"
    parts = [
        f"words: {wanted['q']}" if wanted.get("q") else "",
        f"stakeholder: {labels['role']}" if wanted.get("role") else "",
        f"state: {dict(State.choices).get(wanted['state'], wanted['state'])}" if wanted.get("state") else "",
        f"finding: {labels['finding']}" if wanted.get("finding") else "",
        labels["show"] if wanted.get("show") else "",
    ]
    return "; ".join(filter(None, parts))


def waits_for(item, user):
    awaits_them = item.status == Status.AWAITING and item.holder == user
    return awaits_them or (item.returned_to_id == user.pk and item.status == Status.IN_PROGRESS)


def _wanted(item, assessed, wanted, user):
    state = assessed.states[item.pk]
    show = wanted.get("show")
    text = f"{item.number} {item.statement.text} {item.notes}".casefold()
    return (
        all(word in text for word in wanted.get("q", "").casefold().split())
        and wanted.get("role") in {"", None, item.role}
        and wanted.get("state") in {"", None, state.value}
        and wanted.get("finding") in {"", None, item.finding}
        and (show != "mine" or waits_for(item, user))
        and (show != "late" or standing.is_late(item, assessed.today))
        and (show != "unowned" or item.is_unowned)
        and (show != "again" or item.review_id == assessed.review.pk)
    )
