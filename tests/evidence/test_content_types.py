"""Is a file's type decided by its content, and is everything else refused in words?"""

import io
import struct

import pytest

from accounts.permissions import Refused
from evidence import content_types
from tests.evidence.samples import PDF, office, opendocument, picture, zipped

ACCEPTED = " Accepted are PDF, PNG, JPEG, DOCX, XLSX, PPTX, ODT, ODS, TXT, CSV and MD files."


def decide(content, name="file.pdf"):
    return content_types.decide(io.BytesIO(content), name)


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (PDF, "report.pdf", content_types.PDF),
        (b"\xef\xbb\xbf\r\n" + PDF, "report.pdf", content_types.PDF),
        (PDF, "no ending", content_types.PDF),
        (picture("PNG"), "a.png", content_types.PNG),
        (picture("JPEG"), "a.jpg", content_types.JPEG),
        (office("word/document.xml"), "a.docx", content_types.DOCX),
        (office("xl/workbook.xml"), "a.xlsx", content_types.XLSX),
        (office("ppt/presentation.xml"), "a.pptx", content_types.PPTX),
        (opendocument("text"), "a.odt", content_types.ODT),
        (opendocument("spreadsheet"), "a.ods", content_types.ODS),
        ("Größe\tok\r\n".encode(), "a.TXT", content_types.TXT),
        (b"PK,value\n1,2\n", "a.csv", content_types.CSV),
        (b"# Notes\n\nSome <b>words</b>.\n", "notes.md", content_types.MD),
    ],
)
def test_accepted_files_are_known_by_their_content(content, name, expected):
    assert decide(content, name) == expected


@pytest.mark.parametrize(
    ("content", "is_what"),
    [
        (b"<!DOCTYPE html><html><script>1</script>", "an HTML page"),
        (b"\n <HTML>", "an HTML page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG image, which can carry scripts"),
        (b"<?xml version='1.0'?><svg onload='x'/>", "an SVG image, which can carry scripts"),
        (b"<?xml version='1.0'?><a/>", "an XML file"),
        (b"<?xml version='1.0'?><office:document x='y'>", "a flat OpenDocument file; save it as ODS, ODT or PDF"),
        (b"<unknown/>", "a file of markup, as HTML or XML are"),
        (b"MZ\x90\x00\x03" + b"\0" * 100, "a Windows program"),
        (b"MZ\x90\x00" + PDF, "a Windows program"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 100, "a Linux program"),
        (b"#!/bin/sh\nrm -rf /\n", "a script"),
        (b"{\\rtf1 hello}", "an RTF document; save it as DOCX or PDF"),
        (b"GIF89a\x01\0" + PDF, "not a document we know (it looks like: Graphics interchange format file (GIF89a))"),
        (b"\x1f\x8b\x08" + b"\0" * 30, "not a document we know (it looks like: GZIP Archive file)"),
        (b"\xff\xfeh\0i\0", "a text in UTF-16; save it as UTF-8"),
        (b"plain words", "a text file whose name does not end in .txt, .csv or .md"),
        (b"a\x00b", "not a document we know"),
        (zipped(readme="x"), "an archive (ZIP). Send the files in it one by one"),
        (office("xl/workbook.bin"), "a binary Excel workbook (XLSB). Save it as XLSX"),
        (office("Index/Document.iwa"), "a document of Numbers, Pages or Keynote. Export it as XLSX, DOCX or PDF"),
        (b"PK\x03\x04 and no more", "a ZIP or office file that is incomplete or damaged"),
        (office("word/document.xml")[:-30], "a ZIP or office file that is incomplete or damaged"),
    ],
)
def test_everything_else_is_refused_with_what_it_is(content, is_what):
    with pytest.raises(Refused) as refusal:
        decide(content)
    assert str(refusal.value) == f"“file.pdf” is {is_what}.{ACCEPTED}"


def test_an_old_or_locked_office_file_is_refused_with_a_way_out():
    with pytest.raises(Refused, match="an Office file of the old kind or one with a password; save it as DOCX"):
        decide(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "old.doc")


def test_a_spreadsheet_of_another_encoding_is_told_to_be_saved_as_utf_8():
    with pytest.raises(Refused, match="is not text in UTF-8; save it as UTF-8"):
        decide("Größe,1\n".encode("latin-1"), "figures.csv")


@pytest.mark.parametrize(
    "content",
    [
        office("word/document.xml", "word/vbaProject.bin"),
        office("xl/workbook.xml", "xl/VBAPROJECT.BIN"),
        office("xl/workbook.xml", "xl/macrosheets/sheet1.xml"),
        opendocument("text", "Basic/Standard/Module1.xml"),
    ],
)
def test_an_office_file_with_macros_is_refused(content):
    with pytest.raises(Refused, match="an office file with macros, which can run programs"):
        decide(content, "form.docx")


def test_a_zip_that_claims_a_huge_directory_is_refused_unread():
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 60_000, 60_000, 3_000_000, 4, 0)
    with pytest.raises(Refused, match="a ZIP with far more in it than an office file has"):
        decide(b"PK\x03\x04" + b"\0" * 100 + end, "bomb.docx")


def test_a_zip64_is_refused_unread():
    with pytest.raises(Refused, match="a ZIP with far more in it"):
        decide(b"PK\x03\x04" + b"PK\x06\x07" + b"\0" * 16 + office("word/document.xml"), "bomb.docx")


def test_a_control_character_far_into_a_text_is_found():
    with pytest.raises(Refused, match="is not text in UTF-8"):
        decide(b"x" * 200_000 + b"\x1b[31m", "log.txt")


def test_a_character_cut_by_a_chunk_border_is_whole():
    content = b"x" * (content_types.CHUNK_BYTES - 1) + "é".encode()
    assert decide(content, "a.txt") == content_types.TXT
