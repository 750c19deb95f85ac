"""What does a sheet say that somebody brought, once it is planned? Made by hand, in the shape the plan gives it."""

from django.utils import timezone

from reviews import sheet_rows
from reviews.choices import ImportState, MatchedBy, RowOutcome
from reviews.imports import applying, reading
from reviews.models import Import, ImportRow
from reviews.sheets import Sheet, Workbook
from tests.cast import item

# What stands in the file when it has to be planned anew.
TABLES = Workbook([Sheet("Items", [["Number", "Notes"], ["1", "Planned anew."]])])
LINK = "https://trust.example.com/soc2"


def planned(review, by, changes, **values):
    """A sheet that was read and accepted, `{statement's number: {column: value}}`, each row at its number plus one."""
    imported = Import.objects.create(
        **{
            "review": review,
            "name": "statements.xlsx",
            "sha256": "ab" * 32,
            "size": 9000,
            "content": b"PK",
            "tables": TABLES.as_json(),
            "sheet": 0,
            "heading_row": 1,
            "columns": {"0": "number", "1": "notes"},
            "state": ImportState.READY,
            "created_by": by,
            "total": len(changes),
            "worked_at": timezone.now(),
        }
        | values
    )
    rows = [row(imported, item(review, number), cells, by) for number, cells in changes.items()]
    ImportRow.objects.bulk_create(rows)
    return imported


def row(imported, each, cells, by):
    texts = sheet_rows.taken([each], user=by)[each.pk]
    return ImportRow(
        source=imported,
        position=each.number,
        place=f"Items, row {each.number + 1}",
        words=each.statement.text,
        item=each,
        matched_by=MatchedBy.ID,
        confidence=100,
        outcome=RowOutcome.CHANGED,
        cells=[cell(each, name, texts[name], value) for name, value in cells.items()],
    )


def cell(each, column, old, value):
    return {
        "column": column,
        "place": f"Items, A{each.number + 1}",
        "old": old,
        "new": {"awaiting": "Complete"}.get(value, value) if isinstance(value, str) else "new",
        "value": value,
        "base_changed": False,
        "conflict": False,
        "problem": "",
        "remark": "",
        "taken": True,
    }


def links(*addresses):
    return [{"url": address, "title": ""} for address in addresses]


def claim(*addresses):
    """What a row says that calls its statement complete."""
    return {"status": "awaiting", "finding": "confirmed", "links": links(*(addresses or [LINK]))}


def applied(imported, by):
    """The import after a click and the worker's turns."""
    applying.ask(imported, by=by, version=imported.version)
    applying.apply(imported.pk)
    reading.read(imported.pk)
    return Import.objects.get(pk=imported.pk)
