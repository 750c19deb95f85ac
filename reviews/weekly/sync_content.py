"""What is kept of a sync when it ends? Names and words as they were, in JSON, whatever becomes of the rows."""

from datetime import date, datetime

from reviews.choices import LineKind, State
from reviews.models import Action
from reviews.weekly import actions


def of(sync, figures):
    """Everything the minutes say, to be frozen: figures, lines, actions, who was there, who closed it and when."""
    agreed = sync.actions.with_names().order_by("pk")
    carried = actions.carried(sync).with_names()
    return {
        "format": 1,
        "number": sync.number,
        "about": str(sync.review) if sync.review else "All reviews",
        "reviews": [_review(review) for review in sync.reviews.select_related("deployment__vendor").order_by("pk")],
        "opened_by": _person(sync.opened_by),
        "opened_at": sync.opened_at.isoformat(),
        "since": sync.since.isoformat(),
        "closed_by": _person(sync.closed_by),
        "closed_at": sync.closed_at.isoformat(),
        "attendees": [_person(person) for person in sync.attendees.order_by("name", "pk")],
        "others": sync.others,
        "figures": figures.as_json() if hasattr(figures, "as_json") else figures,
        "lines": [_line(line) for line in lines(sync)],
        "agreed": [_action(action) for action in agreed],
        "carried": [_action(action) for action in carried],
    }


def lines(sync):
    """The lines that stand, in their order."""
    return sync.lines.filter(removed_at=None).select_related("item__statement", "item__review", "written_by")


def _review(review):
    return {"slug": review.slug, "title": review.title, "deployment": str(review.deployment)}


def _person(person):
    return {"name": person.name, "role": person.get_role_display()}


def _item(item):
    return item and {"number": item.number, "statement": item.statement.text, "review": item.review.slug}


def _line(line):
    return {
        "kind": line.kind,
        "text": line.text,
        "item": _item(line.item),
        "written_by": line.written_by.name,
        "written_at": line.written_at.isoformat(),
    }


def _action(action):
    return {
        "action": action.pk,
        "since": action.sync.number,
        "text": action.text,
        "owner": action.owner.name,
        "due_on": action.due_on.isoformat(),
        "state": action.state,
        "item": _item(action.item),
        "review": action.review and str(action.review),
    }


def printed(sync):
    """The record of a closed sync as pages print it: days as days, each action with what became of it since."""
    said = sync.said
    now = {each.pk: each for each in Action.objects.filter(pk__in=_numbers(said)).select_related("closed_by", "owner")}
    return said | {
        "about": _about(sync, said),
        "opened_at": datetime.fromisoformat(said["opened_at"]),
        "closed_at": datetime.fromisoformat(said["closed_at"]),
        "since": datetime.fromisoformat(said["since"]),
        "present": present(said),
        "decisions": [line for line in said["lines"] if line["kind"] == LineKind.DECISION],
        "agreed": [_with_now(action, now) for action in said["agreed"]],
        "carried": [_with_now(action, now) for action in said["carried"]],
        "figures": figures(said),
        "states": states(said),
    }


def _about(sync, said):
    return said["about"] if sync.review_id else f"All reviews: {len(said['reviews'])}"


def _numbers(said):
    return [action["action"] for action in said["agreed"] + said["carried"]]


def _with_now(action, now):
    row = now.get(action["action"])
    return action | {"due_on": date.fromisoformat(action["due_on"]), "now": row}


def present(said):
    """Names of who was there, in words."""
    names = [person["name"] for person in said["attendees"]] + ([said["others"]] if said["others"] else [])
    return ", ".join(names) or "nobody was noted"


def figures(said):
    """`[{name, title, gate_in_words, satisfied, needed, total, deadline}]` of each review as it stood."""
    found = said["figures"].get("reviews", [])
    return [each | {"deadline": date.fromisoformat(each["deadline"])} for each in found]


def states(said):
    """`[(State, how many)]` over all its reviews, those that occurred."""
    counted = said["figures"].get("states", {})
    return [(state, counted[state]) for state in State if counted.get(state)]


def satisfied(said):
    """`(satisfied, total)` over all its reviews."""
    found = said["figures"].get("reviews", [])
    return sum(each["satisfied"] for each in found), sum(each["total"] for each in found)
