"""How do the rows of a register become a file that people open in a spreadsheet, and can check?

Any Resource of django-import-export will do. What a cell may hold comes from its fields and widgets; days, moments and
numbers keep their kind (`coerce_to_string=False`). A resource may also say, as plain attributes:

    sheet = "Items"                      # what the sheet is called
    looks = {"status": {"width": 16, "choices": ("Open", "Done"), "hidden": False, "link": False}}
    links = {(row from 0, field's name): address}      # set in `after_export`
    def about(self): [("Review", "…")]   # lines of the cover sheet, asked for after the export
"""

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import tablib
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import slugify

from accounts.permissions import Refused
from evidence import content_types
from evidence.validity import in_words
from reviews import harmless
from reviews.sheet_columns import plain
from reviews.spreadsheets import office

MOST_LINKS = 65_530  # of a workbook
HOW_HASHED = (
    "Each row, the headings and hidden columns with it, is one line: its cells with a tabulator between them. In a cell "
    "every run of white space is one space, with none at the ends; a day is written 2026-11-22. Each line ends with a "
    "line feed. SHA-256 over all of it in UTF-8, in hexadecimal digits."
)


@dataclass(frozen=True)
class Column:
    name: str
    heading: str
    width: int = 20  # characters
    choices: tuple[str, ...] = ()
    hidden: bool = False
    link: bool = False


@dataclass(frozen=True)
class Table:
    """Rows as they are written: text, numbers, days and moments without a zone; nothing is None or longer than fits."""

    sheet: str
    columns: list[Column]
    rows: list[list[Any]]
    links: dict[tuple[int, str], str] = field(default_factory=dict)

    @property
    def headings(self):
        return [column.heading for column in self.columns]

    def addresses(self):
        """`((row, place of the column), where a click on the cell leads)` of each cell that leads somewhere."""
        for number, row in enumerate(self.rows):
            for place, (column, value) in enumerate(zip(self.columns, row, strict=True)):
                address = value if column.link and isinstance(value, str) else self.links.get((number, column.name), "")
                if address.startswith(("https://", "http://")) and not any(map(str.isspace, address)):
                    yield (number, place), address


@dataclass(frozen=True)
class Written:
    content: bytes
    content_type: str
    name: str
    sha256: str
    rows: int


def written(resource, queryset, *, format, title, filter_words, user, total=None, at=None):  # noqa: A002
    """The rows as a file in one of FORMATS.

    `total` is how many rows there are without the filter, `at` the moment at which they were read. Raises Refused when
    other rows arrived than were asked for, or more than a sheet holds.
    """
    asked = queryset.count() if isinstance(queryset, QuerySet) else len(queryset)
    dataset = resource.export(queryset)
    table = _table(resource, dataset)
    if len(table.rows) != asked:
        raise Refused("The rows changed while they were written. Ask for the file again.")
    kind, write = FORMATS[format]
    table = _as_text(table, harmless.escaped if format == "csv" else harmless.doubled)
    digest = sha256([table.headings, *table.rows])
    total, at = (asked if total is None else total), timezone.localtime(at)
    facts = [("Title", title), *_about(resource), *_facts(table, total, filter_words, user, digest, at)]
    about = [(label, harmless.written(words)) for label, words in facts]
    name = f"{slugify(title)[:80] or 'rows'}-{asked}-of-{total}-{at:%Y-%m-%d-%H%M}{kind.endings[0]}"
    return Written(write(table, about), kind.mime, name, digest, asked)


def sha256(rows):
    """The hash that the cover states, of rows as they stand in the file; see HOW_HASHED."""
    lines = ("\t".join(plain(_words(value)) for value in row) + "\n" for row in rows)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _table(resource, dataset):
    looks = getattr(resource, "looks", {})
    names = [resource.get_field_name(each) for each in resource.get_export_fields()]
    columns = [
        Column(name, heading, **looks.get(name, {})) for name, heading in zip(names, dataset.headers or [], strict=True)
    ]
    rows = [[_cell(value) for value in row] for row in dataset]
    return Table(getattr(resource, "sheet", "Rows"), columns, rows, getattr(resource, "links", {}))


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return local.replace(tzinfo=None, microsecond=0)
    if isinstance(value, int | float | date):
        return value
    return harmless.written(str(value))


def _as_text(table, change):
    rows = [[change(value) if isinstance(value, str) else value for value in row] for row in table.rows]
    return Table(table.sheet, table.columns, rows, table.links)


def _words(value):
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)


def _about(resource):
    return resource.about() if hasattr(resource, "about") else []


def _facts(table, total, filter_words, user, digest, at):
    rows = len(table.rows)
    cut = [
        f"{column.heading}, row {number}"
        for number, row in enumerate(table.rows, start=2)
        for column, value in zip(table.columns, row, strict=True)
        if isinstance(value, str) and harmless.is_cut(value)
    ]
    return [
        ("Exported", f"{in_words(at.date())}, {at:%H:%M:%S} ({at.tzinfo}, UTC{at:%z})"),
        ("By", user.name),
        ("Filter", filter_words or "None"),
        ("Rows", f"{rows} of {total} rows{': all there are' if rows == total else ', all that the filter leaves'}"),
        *([("Cut cells", "; ".join(cut))] if cut else []),
        ("SHA-256 of the rows", digest),
        ("How it is computed", HOW_HASHED),
        ("Formulas", "No cell holds one: what looks like one is text somebody wrote."),
    ]


def _csv(table, about):
    """With a byte order mark, by which Excel knows UTF-8; nothing but the rows, as others read it."""
    dataset = tablib.Dataset(*table.rows, headers=table.headings)
    return dataset.export("csv").encode("utf-8-sig")


def _xlsx(table, about):
    return office.written("xlsx", **_job(table, about))


def _ods(table, about):
    return office.written("ods", **_job(table, about))


def _job(table, about):
    choices = [column.choices for column in table.columns]
    texts = {cell for row in (table.headings, *choices, *table.rows, *about) for cell in row if isinstance(cell, str)}
    return {
        "sheet": table.sheet,
        "columns": [SimpleNamespace(**asdict(column)) for column in table.columns],
        "rows": table.rows,
        "links": dict(table.addresses()),
        "most_links": MOST_LINKS,
        "risky": {text for text in texts if harmless.is_risky(text)},
        "about": about,
        "cover": [SimpleNamespace(width=24, hidden=False), SimpleNamespace(width=90, hidden=False)],
    }


FORMATS = {
    "xlsx": (content_types.XLSX, _xlsx),
    "csv": (content_types.CSV, _csv),
    "ods": (content_types.ODS, _ods),
}
