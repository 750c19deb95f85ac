"""Which columns does a spreadsheet of a review have, in which order, and what is taken back from it?

The first six are those of the lists that teams keep by hand. `Version` says of each column that is taken back what
stood in it when the sheet left: what neither side changed since is told from what somebody did.
"""

import hashlib
import re
from dataclasses import dataclass

from evidence import names

VERSION_FORMAT = "v1"


@dataclass(frozen=True)
class Column:
    """`taken`: a cell changed in the sheet is a change here. `hidden`: for the way back, not for people."""

    name: str
    heading: str
    taken: bool = False
    hidden: bool = False


COLUMNS = (
    Column("item", "Item"),
    Column("stakeholder", "Responsible Stakeholder", taken=True),
    Column("wanted", "Evidence Required"),
    Column("status", "Status", taken=True),
    Column("links", "Evidence Link", taken=True),
    Column("notes", "Notes", taken=True),
    Column("number", "Number"),
    Column("category", "Category"),
    Column("position", "Position"),
    Column("owner", "Owner", taken=True),
    Column("due_on", "Due", taken=True),
    Column("finding", "Finding", taken=True),
    Column("reason", "Reason", taken=True),
    Column("asked", "What was asked", taken=True),
    Column("asked_of", "Of whom", taken=True),
    Column("answered_by", "Whose answer"),
    Column("citations", "Cited evidence"),
    Column("standing", "Standing"),
    Column("signed_by", "Signed by"),
    Column("signed_on", "Signed on"),
    Column("id", "Id", hidden=True),
    Column("version", "Version", hidden=True),
)
TAKEN = tuple(column.name for column in COLUMNS if column.taken)


def plain(text):
    """The text without what programs add or lose on the way: spaces of every kind count as one, at the ends as none, and
    what no file of XML can hold does not count."""
    text = str(text or "")
    if text.isprintable():  # nearly always, and asked of every cell of thousands of rows
        return " ".join(text.split())
    return re.sub(r"[\s\u00a0\u200b\ufeff]+", " ", names.plain(text)).strip()


def mark(text):
    """Eight hexadecimal digits of what a cell says."""
    return hashlib.sha256(plain(text).encode()).hexdigest()[:8]


def row_version(texts):
    """What the hidden column says of a row: a mark of each taken column's text. `texts` is {column's name: text}."""
    return ".".join([VERSION_FORMAT, *(mark(texts.get(name, "")) for name in TAKEN)])


def marks(row_version):
    """`{column's name: mark}` as the row left, or {} when the cell says nothing readable."""
    head, *found = plain(row_version).split(".")
    if (
        head != VERSION_FORMAT
        or len(found) != len(TAKEN)
        or not all(re.fullmatch(r"[0-9a-f]{8}", each) for each in found)
    ):
        return {}
    return dict(zip(TAKEN, found, strict=True))
