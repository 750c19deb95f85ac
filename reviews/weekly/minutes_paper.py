"""What does the PDF of a closed sync print? Its record, with what has become of each action."""

from evidence.validity import in_words
from reviews.models import Sync
from reviews.weekly import sync_content


def find(user, subject):
    """The closed sync of this number, or None for whoever may not see it."""
    if not subject.isdecimal() or len(subject) > 9:
        return None
    found = Sync.objects.visible_to(user).exclude(closed_at=None).filter(pk=subject)
    return found.select_related("review__deployment__vendor", "closed_by").first()


def printed(sync, user):
    record = sync_content.printed(sync)
    return {
        "about": record["about"],
        "closed": f"{in_words(record['closed_at'].date())}, by {record['closed_by']['name']}",
        "present": record["present"],
        "states": ", ".join(f"{number} {state.label.lower()}" for state, number in record["states"]),
        "figures": [each | {"deadline": in_words(each["deadline"])} for each in record["figures"]],
        "lines": [_line(line) for line in record["lines"]],
        "agreed": [_action(action) for action in record["agreed"]],
        "carried": [_action(action) for action in record["carried"]],
        "digest": sync.digest,
    }


def _line(line):
    return {
        "text": line["text"],
        "decision": line["kind"] == "decision",
        "number": line["item"]["number"] if line["item"] else None,
    }


def _action(action):
    return {
        "text": action["text"],
        "owner": action["owner"],
        "until": in_words(action["due_on"]),
        "since": action["since"],
        "now": action["now"].get_state_display() if action["now"] else "",
    }


def file_name(sync):
    return f"minutes-{sync.review.slug}-{sync.number}" if sync.review else f"minutes-all-{sync.number}"


def title(sync):
    return f"Minutes of weekly sync {sync.number}"


def vendor(sync):
    return sync.review.vendor if sync.review else None
