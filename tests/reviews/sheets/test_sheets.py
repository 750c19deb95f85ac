"""What is read out of a workbook somebody sent, and which files are refused in words?

CSV and pasted tables: test_sheets_delimited.py; ODS: test_sheets_opendocument.py.
"""

import io
import json
import struct
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.xml.constants import SHEET_MAIN_NS

from reviews import sheets
from reviews.sheets import limits

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def book(*rows, title="Answers"):
    """The bytes of a workbook with these rows."""
    made = Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    return saved(made)


def changed(content, sheet=None, **members):
    """The workbook with the sheet's XML replaced, and members added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in members:
                new.writestr(name, sheet if sheet and name == "xl/worksheets/sheet1.xml" else old.read(name))
        for name, content in members.items():
            new.writestr(name, content)
    return stream.getvalue()


def saved(made):
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def sheet(*rows, after=""):
    """A sheet's XML of these rows' XML."""
    return f'<worksheet xmlns="{SHEET_MAIN_NS}"><sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'.encode()


def upload(content, name="answers.xlsx"):
    return SimpleUploadedFile(name, content)


def test_codes_of_characters_are_read_as_excel_reads_them():
    written = book(["_x005F_x0041_", "a_x000D_\nb_x000d_c", "x_x0000__xD800_y", "my_x_000D_"])
    assert sheets.read(upload(written), "answers.xlsx").sheets[0].rows == [["_x0041_", "a\nb\nc", "xy", "my_x_000D_"]]


def test_text_numbers_days_and_formulas_are_told_apart():
    long = "z" * 10_000
    rows = [["Text", None, "two\nlines"], [long, 3, 2.5], [date(2026, 11, 20), True, "=1+1"]]
    found = sheets.read(upload(book(*rows)), "answers.xlsx")
    assert [sheet.name for sheet in found.sheets] == ["Answers"]
    assert found.sheets[0].rows == [
        ["Text", None, "two\nlines"], [long, 3, 2.5], [date(2026, 11, 20), True, sheets.Formula("=1+1")],
    ]  # fmt: skip


def test_a_text_that_only_looks_like_a_link_stays_the_text_it_is():
    made = Workbook()
    made.active.append(['=HYPERLINK("http://x.example","x")', 2])
    made.active["A1"].data_type = "s"
    found = sheets.read(upload(saved(made)), "answers.xlsx").sheets[0]
    assert (found.rows, found.links) == ([['=HYPERLINK("http://x.example","x")', 2]], {})


def test_a_merge_a_link_a_hidden_sheet_and_a_day_since_1904_are_what_a_person_sees():
    made = Workbook()
    made.epoch = CALENDAR_MAC_1904
    first, kept = made.active, made.create_sheet("Kept")
    first.title, kept.sheet_state = "List", "veryHidden"
    for row in (
        ["Category", "\u00a0Item \u00a0", "Due", None, " \u00a0"],
        ["Data", "Encrypted", date(2026, 11, 20), "Report"],
        [None, "Backups", 1, '=HYPERLINK("https://example.com/b?x=1&y=2","The ""b""")'],
    ):
        first.append(row)
    first["C3"].number_format = "dd.mm.yyyy"
    first["D2"].hyperlink = "https://example.com/report#page=2"
    first["B2"].hyperlink = "#List!A1"
    first.merge_cells("A2:A3")
    kept.append(["a", "b"])
    found = sheets.read(upload(saved(made)), "answers.xlsx")
    assert found == sheets.Workbook([
        sheets.Sheet(
            "List",
            [
                ["Category", "Item", "Due"],
                ["Data", "Encrypted", date(2026, 11, 20), "Report"],
                ["Data", "Backups", date(1904, 1, 2), 'The "b"'],
            ],
            links={(1, 3): "https://example.com/report#page=2", (2, 3): "https://example.com/b?x=1&y=2"},
        ),
        sheets.Sheet("Kept", [["a", "b"]], hidden=True),
    ])  # fmt: skip
    assert sheets.Workbook.from_json(json.loads(json.dumps(found.as_json()))) == found


def test_what_a_sheet_claims_of_its_size_and_blank_rows_with_a_format_count_nothing():
    claimed = sheet(
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>',
        '<row r="1048576"><c r="XFD1048576" s="1"/></row>',
    )
    claimed = claimed.replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>', 1)
    assert sheets.read(upload(changed(book(), claimed)), "answers.xlsx").sheets[0].rows == [[1, 2]]


def test_what_other_files_hold_is_not_fetched_and_a_wrong_ending_is_said():
    found = sheets.read(upload(changed(book(["a", "b"]), **{"xl/externalLinks/externalLink1.xml": "<a/>"})), "list.csv")
    assert found.sheets[0].rows == [["a", "b"]]
    assert found.remark == (
        "Its name ends in .csv, but it is a file of kind Excel workbook (XLSX) and was read as one. "
        "It refers to other files or data; nothing was fetched from there."
    )


def declared(size):
    """The bytes of a workbook whose directory says that its sheet has so many bytes."""
    return changed(book(), b" " * 314_159).replace(struct.pack("<L", 314_159), struct.pack("<L", size))


CELL = "<c><v>1</v></c>"
TWO = f"<row>{CELL}{CELL}</row>"
ENTITIES = b'<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + sheet(TWO)
OVERLAPPING = "<mergeCells>" + '<mergeCell ref="A1:B900"/>' * 800 + "</mergeCells>"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda: b"", "is empty: it has 0 bytes."),
        (lambda: bytes(20_000_001), "has 20 MB; a file that is read may have up to 20 MB."),
        (lambda: OLE, "is an Office file of the old kind or one with a password; save it as DOCX, XLSX, "
         "PPTX or PDF without a password. Send an Excel workbook (XLSX)."),
        (lambda: OLE + "Workbook".encode("utf-16-le"),
         "is an Excel file of the old kind (XLS). Save it as an Excel workbook (XLSX)."),
        (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "is protected by a password. Save it without one."),
        (lambda: b"%PDF-1.7\n", "is a file of another kind (PDF). Save it as an Excel workbook (XLSX)."),
        (lambda: changed(book(["x"]), **{"xl/vbaProject.bin": b"x"}), "is an office file with macros, which can run "
         "programs. Save it without macros or as PDF. Send an Excel workbook (XLSX)."),
        (lambda: declared(120_000_001), "unpacks to more than 120 MB: no list does."),
        (lambda: changed(book(), ENTITIES), "declares a document type of its own, as no spreadsheet does."),
        (lambda: changed(book(), sheet(TWO, TWO)[:-20]),
         "is damaged and cannot be read (“Answers”, after row 2). Open it, save it again and try once more."),
        (lambda: changed(book(["a", "b"]), **{"../../outside": b"x"}), "is an archive that names places outside itself."),
        (lambda: changed(book(), sheet(TWO * 25_001)), "has more than 25,000 rows (“Answers”, row 25001)."),
        (lambda: changed(book(), sheet(TWO, f'<row r="1048576">{CELL}</row>')),
         "has more than 25,000 rows (“Answers”, row 1048576)."),
        (lambda: changed(book(), sheet(TWO, f"<row>{CELL * 300}</row>")),
         "has more than 256 columns (“Answers”, row 2)."),
        (lambda: changed(book(), sheet(TWO * 900, after=OVERLAPPING)), "has merges or links that cover the same cells again and again."),
        (lambda: changed(book(), **{"xl/workbook.xml": b'<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'}),
         "is saved as “Strict Open XML”. Save it as “Excel Workbook”."),
        (lambda: book(["a"], ["b"]), "has everything in one column, so nobody can tell what is what. A table has several."),
        (lambda: book(), "holds no rows: nothing stands in it."),
    ],
    ids=["empty", "large", "old or password", "old", "password", "pdf", "macros", "bomb", "entities", "broken xml", "outside",
         "rows", "row far down", "columns", "overlapping merges", "strict", "one column", "no rows"],
)  # fmt: skip
def test_what_is_no_workbook_to_read_is_refused_in_words(content, sentence):
    with pytest.raises(sheets.Unreadable) as refused:
        sheets.read(upload(content()), "answers.xlsx")
    assert str(refused.value) == f"“answers.xlsx” {sentence}"


def test_what_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(limits, "PROCESSOR_SECONDS", 0)
    with pytest.raises(sheets.Unreadable, match="takes longer than 0 seconds to read"):
        sheets.read(upload(book(["x"])), "answers.xlsx")
