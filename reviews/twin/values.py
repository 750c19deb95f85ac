"""What kinds of values does a review's file hold?

Every text is without NUL, which no database holds; every size is that of the column it goes to. People are named by their
e-mail address and evidence by the number it had, in types of their own, so that `walk` finds every reference.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from reviews.models import TEXT_LIMIT

NO_NUL = r"^[^\x00]*$"
MOST = 100_000  # entries of any one list


class Entry(BaseModel):
    """Named fields, all of them known; nothing is turned from one kind into another."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PersonRef(str):
    """The e-mail address of one of the file's people."""


class EvidenceRef(int):
    """The number of one of the file's evidence."""


class ItemRef(int):
    """The number of one of the file's items."""


def _text(limit: int, **said: Any) -> Any:
    return Annotated[str, Field(max_length=limit, pattern=NO_NUL, **said)]


Line = _text(300)
Name = _text(300, min_length=1)
Short = _text(40)
Text = _text(TEXT_LIMIT)
Words = _text(TEXT_LIMIT, min_length=1)
Sealed = _text(2_000_000)
Slug = Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]+$", max_length=120)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Email = Annotated[str, Field(pattern=r"^[^\x00\s@]+@[^\x00\s@]+$", max_length=254)]
Person = Annotated[Email, AfterValidator(PersonRef)]
Number = Annotated[int, Field(ge=1, le=2_000_000_000)]
Count = Annotated[int, Field(ge=0, le=2_000_000_000)]
Bytes = Annotated[int, Field(ge=0, le=1_000_000_000_000)]
Identity = Annotated[int, Field(ge=1, le=2**63 - 1)]
Evidence = Annotated[Identity, AfterValidator(EvidenceRef)]
ItemNumber = Annotated[Number, AfterValidator(ItemRef)]
Moment = AwareDatetime
Day = date


def walk(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """`(JSON pointer, value)` of everything in it that is no list and holds no fields."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from walk(getattr(value, name), f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from walk(each, f"{pointer}/{index}")
    else:
        yield pointer, value


def is_moment(value: Any) -> bool:
    return isinstance(value, datetime)
