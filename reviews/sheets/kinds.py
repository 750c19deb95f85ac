"""Which kind of table is this file? Decided by its content; the name decides nothing."""

from typing import Any

from accounts.permissions import Refused
from evidence import content_types
from evidence.content_types import ContentType
from evidence.uploads import megabytes
from reviews.sheets import limits
from reviews.sheets.words import Unreadable


def decide(file: Any, name: str, accepted: tuple[ContentType, ...]) -> ContentType:
    """One of the accepted, or Unreadable with a sentence that says what the file is."""
    if file.size > limits.BYTES:
        raise Unreadable(
            f"“{name}” has {megabytes(file.size)}; a file that is read may have up to {megabytes(limits.BYTES)}."
        )
    if not file.size:
        raise Unreadable(f"“{name}” is empty: it has 0 bytes.")
    wanted = " or ".join(each.label for each in accepted)
    try:
        found = content_types.decide(file, name)
    except Refused as refusal:
        raise Unreadable(f"{str(refusal).removesuffix(content_types.ACCEPTED_IN_WORDS)}Send an {wanted}.") from None
    if found not in accepted:
        raise Unreadable(f"“{name}” is a file of another kind ({found.label}). Save it as an {wanted}.")
    return found
