"""What was said of a statement last time, and what of it differs now?"""

import json
from dataclasses import dataclass
from typing import Any

from reviews import digest, names, standing
from reviews.choices import Act
from reviews.models import Item, SignOff


@dataclass(frozen=True)
class LastTime:
    """The item inherited from, the signature that stood under it (or None), and what it then covered."""

    item: Item
    signoff: SignOff | None
    content: dict[str, Any]


def of(item):
    """The LastTime of an inherited item, read once for each item; None for one that inherits nothing."""
    if item.inherited_from_id is None:
        return None
    if not hasattr(item, "last_time"):
        item.last_time = _read(Item.objects.with_standing().get(pk=item.inherited_from_id))
    return item.last_time


def _read(earlier):
    row = standing.last_signoff(earlier)
    if row is None or row.act != Act.SIGNED:
        return LastTime(earlier, None, digest.content_of(earlier, ""))
    return LastTime(earlier, row, json.loads(row.content))


def compared(item, last):
    """`[(what, then, now, whether it differs)]` in words, of everything there is to say beside the statement."""
    called = names.of(last.item.review, last.signoff.digest) if last.signoff else None
    rows = digest.compared(last.content, digest.content_of(item, "", called))
    return [row for row in rows if row[1] or row[2]]


def sentence(item):
    """What a signature says of last time: re-affirmed, or changed and what; '' for an item that inherits nothing.

    Computed from the contents, not asked: nobody re-affirms by habit what is another than it was.
    """
    last = of(item)
    if last is None:
        return ""
    title = last.item.review.title
    if last.signoff is None:
        return f"It carried no signature in “{title}”."
    differing = [what.lower() for what, _, _, differs in compared(item, last) if differs]
    if differing:
        return f"I have looked again; changed since “{title}”: {', '.join(differing)}."
    return f"I have looked again and re-affirm what was signed in “{title}”."
