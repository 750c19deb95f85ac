"""How do tests make a sheet, bring it, and have it read?"""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from reviews import sheet_rows
from reviews.imports import bring, reading
from reviews.models import Import, Item
from reviews.sheet_columns import COLUMNS

NAMES = [column.name for column in COLUMNS]


def csv_of(*rows):
    """The rows as a CSV file with semicolons."""
    lines = [";".join('"{}"'.format(str(cell).replace('"', '""')) for cell in row) for row in rows]
    return SimpleUploadedFile("list.csv", "\n".join(lines).encode(), "text/csv")


def xlsx_of(**sheets):
    """A workbook with these sheets, each a list of rows. One whose name begins with Hidden is."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        sheet.sheet_state = "hidden" if title.startswith("Hidden") else "visible"
        for row in rows:
            sheet.append(row)
    kept = BytesIO()
    book.save(kept)
    return SimpleUploadedFile("list.xlsx", kept.getvalue())


def brought(review, by, file):
    """The import as it is once a worker has read it."""
    source = bring.bring(review, by=by, file=file, name=file.name)
    return read_again(source)


def read_again(source):
    reading.read(source.pk)
    return Import.objects.get(pk=source.pk)


def exported(review, user, **changed):
    """Headings and rows as they leave in our own sheet. `changed` is {"n17": {column: text}} for statement 17."""
    items = list(Item.objects.filter(review=review).with_standing())
    texts = sheet_rows.said(items, user=user)
    rows = [[column.heading for column in COLUMNS]]
    for item in items:
        row = texts[item.pk] | changed.get(f"n{item.number}", {})
        rows.append([row[name] for name in NAMES])
    return rows


def row_of(source, number):
    """The row planned for the statement of this number."""
    return source.rows.get(item__statement__number=number)


def told(row):
    """`{column: (old, new, taken)}` of a row's cells."""
    return {cell["column"]: (cell["old"], cell["new"], cell["taken"]) for cell in row.cells}


def made_by_hand(checklist_file):
    """A workbook as somebody makes one from the article: its six headings, a row for each category, numbers that begin
    anew in each, no ids, statuses and owners as people write them, links in cells and behind words.
    """
    statuses = ["Complete", "done ✓", "In Progress", "WIP", "Not Started", "", "To do", "yes", "100%"]
    owners = {"ciso": "CISO", "privacy_officer": "DPO", "it_security": "IT-Security", "legal": "Legal counsel"}
    rows = [
        ["Claude security review"],
        [],
        ["Item", "Responsible Stakeholder", "Evidence Required", "Status", "Evidence Link", "Notes", "Ticket"],
    ]
    for category in checklist_file.categories:
        rows.append([f"{category.name.upper()} ({category.count} items)"])
        for each in (each for each in checklist_file.statements if each.category == category.key):
            linked = f"https://evidence.example.com/{each.number}" if each.number % 3 == 1 else None
            rows.append(
                [
                    f"{each.position}. {each.text}",
                    owners.get(each.owner_role, "Compliance"),
                    "Report" if each.number == 2 else None,
                    statuses[(each.number - 1) % len(statuses)],
                    linked,
                    f"Note {each.number}" if each.number % 10 == 0 else None,
                    f"SEC-{each.number}" if each.number == 5 else None,
                ]
            )
    return rows
