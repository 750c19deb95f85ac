"""How does an item come to stand where it stood elsewhere, when only a signature makes it complete?

It goes through its signatures in their order: it waits as it waited then, is signed, and the next one follows. The
database looks at every step (a signature answers a submission that waits, by somebody else than who submitted or found;
complete is only what is signed). Beside `workflow` this is all that writes a status; it makes no move of its own.
"""

import json
from typing import Any

from accounts.models import User
from reviews.choices import Status
from reviews.models import Item
from reviews.twin.format import ItemEntry, SignOffEntry


def wait(item: Item, entry: ItemEntry, row: SignOffEntry, people: dict[str, User]) -> None:
    """As the item was when this signature was given."""
    found_by = entry.finding_by if row.submission == entry.submission else None
    Item.objects.filter(pk=item.pk).update(
        status=Status.AWAITING,
        submission=row.submission,
        submitted_by=people[row.submitted_by],
        finding=row.finding,
        finding_by=people[found_by] if found_by else None,
        reason=json.loads(row.content)["reason"],
    )


def settle(item: Item, values: dict[str, Any]) -> None:
    """As the item stood when it left."""
    Item.objects.filter(pk=item.pk).update(**values)
