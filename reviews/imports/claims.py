"""What does a sheet claim of an item? “Complete” in a sheet is a claim that awaits a sign-off, never one (rules 4 to 6)."""

from dataclasses import dataclass

from reviews.choices import ImportState
from reviews.imports.permitted import CLAIMS
from reviews.models import ImportRow


@dataclass(frozen=True)
class Claim:
    """`said` is the word in the sheet, `held` why it was not handed in for sign-off, or ""."""

    row: ImportRow
    said: str
    held: str


def of(item):
    """What the last sheet claimed of the item, while nobody has worked on it since, else None."""
    rows = item.imported_rows.filter(source__state=ImportState.APPLIED).exclude(after=None)
    row = rows.select_related("source__review", "source__applied_by").order_by("-pk").first()
    if row is None or (row.after["version"], row.after["submission"]) != (item.version, item.submission):
        return None
    said = next((cell["new"] for cell in taken(row) if cell["column"] == "status" and cell["value"] in CLAIMS), None)
    return said and Claim(row, said, row.after["held"])


def taken(row):
    """The row's cells that are written when it is applied."""
    return [cell for cell in row.cells if cell["taken"] and not cell["problem"]]


def is_claim(values):
    """Of `{column: value}` of the cells that are taken."""
    return values.get("status") in CLAIMS
