"""What is read out of a workbook somebody sent, and which files are refused in words?"""

import io
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from reviews import sheets
from reviews.sheets import limits

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def book(*rows, title="Answers"):
    """The bytes of a workbook with these rows."""
    made = Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def changed(content, **members):
    """The workbook with the sheet's XML replaced, or members added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            key = "sheet" if name == "xl/worksheets/sheet1.xml" else ""
            new.writestr(name, members.get(key) or old.read(name))
        if "macro" in members:
            new.writestr("xl/vbaProject.bin", members["macro"])
    return stream.getvalue()


def upload(content, name="answers.xlsx"):
    return SimpleUploadedFile(name, content)


def test_text_numbers_days_and_formulas_are_told_apart():
    long = "z" * 10_000
    rows = [["Text", None, "two\nlines"], [long, 3, 2.5], [date(2026, 11, 20), True, "=1+1"]]
    found = sheets.read(upload(book(*rows)), "answers.xlsx")
    assert [sheet.name for sheet in found.sheets] == ["Answers"]
    assert found.sheets[0].rows == [
        ["Text", None, "two\nlines"], [long, 3, 2.5], [date(2026, 11, 20), True, sheets.Formula("=1+1")],
    ]  # fmt: skip


BOMB = b" " * 120_000_001
ENTITIES = b"""<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c><v>&b;"""
ROWS = b"".join([
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>',
    *(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (number, number) for number in range(1, 25_003)),
    b"</sheetData></worksheet>",
])  # fmt: skip


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda: b"", "“answers.xlsx” is empty: it has 0 bytes."),
        (lambda: bytes(20_000_001), "“answers.xlsx” has 20 MB; a file that is read may have up to 20 MB."),
        (lambda: OLE, "“answers.xlsx” is an Office file of the old kind or one with a password; save it as DOCX, XLSX, "
         "PPTX or PDF without a password. Send an Excel workbook (XLSX)."),
        (lambda: b"%PDF-1.7\n", "“answers.xlsx” is a file of another kind (PDF). Save it as an Excel workbook (XLSX)."),
        (lambda: changed(book(["x"]), macro=b"x"), "“answers.xlsx” is an office file with macros, which can run "
         "programs. Save it without macros or as PDF. Send an Excel workbook (XLSX)."),
        (lambda: changed(book(["x"]), sheet=BOMB),
         "“answers.xlsx” unpacks to more than 120 MB: no list does."),
        (lambda: changed(book(["x"]), sheet=ENTITIES), "“answers.xlsx” declares a document type of its own, as no "
         "spreadsheet does. Nothing of it was read."),
        (lambda: changed(book(["x"]), sheet=ROWS), "“answers.xlsx” has more than 25,000 rows."),
    ],
    ids=["empty", "large", "old or password", "pdf", "macros", "bomb", "broken xml", "rows"],
)  # fmt: skip
def test_what_is_no_workbook_to_read_is_refused_in_words(content, sentence):
    with pytest.raises(sheets.Unreadable) as refused:
        sheets.read(upload(content()), "answers.xlsx")
    assert str(refused.value) == sentence


def test_what_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(limits, "PROCESSOR_SECONDS", 0)
    with pytest.raises(sheets.Unreadable, match="takes longer than 0 seconds to read"):
        sheets.read(upload(book(["x"])), "answers.xlsx")
