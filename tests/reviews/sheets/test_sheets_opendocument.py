"""What is read out of an ODS, whatever repeats in it?"""

import io
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from reviews import sheets

SPACES = "".join(
    f' xmlns:{part}="urn:oasis:names:tc:opendocument:xmlns:{part}:1.0"' for part in ("office", "style", "table", "text")
)


def ods(*body, before="", manifest="<m/>", content="content.xml"):
    """The bytes of an ODS with this in the place of its sheets."""
    stream = io.BytesIO()
    xml = f"""{before}<office:document-content{SPACES} xmlns:xlink="http://www.w3.org/1999/xlink">
        <office:automatic-styles><style:style style:name="gone" style:family="table">
        <style:table-properties table:display="false"/></style:style></office:automatic-styles>
        <office:body><office:spreadsheet>{"".join(body)}</office:spreadsheet></office:body></office:document-content>"""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(content, xml)
        archive.writestr("META-INF/manifest.xml", manifest)
    return stream.getvalue()


def table(*rows, name="List", more=""):
    return f'<table:table table:name="{name}" {more}>{"".join(rows)}</table:table>'


def row(*cells, times=1):
    return f'<table:table-row table:number-rows-repeated="{times}">{"".join(cells)}</table:table-row>'


def text(words, more=""):
    return f'<table:table-cell office:value-type="string" {more}><text:p>{words}</text:p></table:table-cell>'


def valued(kind, attribute, value):
    return f'<table:table-cell office:value-type="{kind}" office:{attribute}="{value}"><text:p>?</text:p></table:table-cell>'


def blank(times):
    return f'<table:table-cell table:number-columns-repeated="{times}"/>'


COVERED = "<table:covered-table-cell><text:p>under</text:p></table:covered-table-cell>"


def read(content):
    return sheets.read(SimpleUploadedFile("list.ods", content), "list.ods", accepted=sheets.SPREADSHEETS)


def test_cells_merges_links_and_hidden_sheets_are_what_a_person_sees():
    linked = '<text:a xlink:href="https://example.com/a">Re<text:span>port</text:span></text:a>'
    found = read(ods(
        table(
            row(text("Data", 'table:number-rows-spanned="2"'), text(f"See {linked}"), text("\u00a0a<text:s text:c=\"2\"/>b\u00a0")),
            row(COVERED, valued("date", "date-value", "2026-11-20T10:00:00"), valued("float", "value", "3")),
            row(blank(16_384), times=3),
            row(valued("percentage", "value", "0.5"), valued("boolean", "boolean-value", "true"),
                '<table:table-cell table:formula="of:=[.A1]+1" office:value-type="float" office:value="2"/>',
                '<table:table-cell table:formula="of:=HYPERLINK(&quot;https://example.com/b&quot;;&quot;B&quot;)"/>',
                "<table:table-cell><office:annotation><text:p>A comment.</text:p></office:annotation>"
                "<text:p>two</text:p><text:p>lines</text:p></table:table-cell>"),
            row(text("same", 'table:number-columns-repeated="2"'), times=2),
            row(blank(16_384), times=1_048_560),
        ),
        table(row(text("a"), text("b")), name="Kept", more='table:style-name="gone"'),
        table(row(text("a"), text("b")), name="'file:///other.ods'#$Sheet1"),
    ))  # fmt: skip
    assert found == sheets.Workbook(
        [
            sheets.Sheet(
                "List",
                [
                    ["Data", "See Report", "a  b"],
                    ["Data", date(2026, 11, 20), 3],
                    [],
                    [],
                    [],
                    [0.5, True, sheets.Formula("of:=[.A1]+1"), "B", "two\nlines"],
                    ["same", "same"],
                    ["same", "same"],
                ],
                links={(0, 1): "https://example.com/a", (5, 3): "https://example.com/b"},
            ),
            sheets.Sheet("Kept", [["a", "b"]], hidden=True),
        ],
        "It refers to other files or data; nothing was fetched from there.",
    )


TWO = (text("a"), text("b"))


def test_the_name_of_a_sheet_hides_no_place_in_it():
    name = "Li&#10;st \u202e" + "x" * 200
    [kept] = read(ods(table(row(*TWO), row(*TWO), name=name))).sheets
    assert kept.name == "Li st " + "x" * 54
    with pytest.raises(sheets.Unreadable, match=r"\(“Li st x{54}”, row 1\)"):
        read(ods(table(row(text("a"), blank(300), text("b")), name=name)))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (ods(table(row(*TWO), row(*TWO, times=1_000_000))), "has more than 25,000 rows (“List”, row 2)."),
        (ods(table(row(blank(3), times=1_000_000), row(*TWO))), "has more than 25,000 rows (“List”, row 1000001)."),
        (ods(table(row(text("a"), blank(300), text("b")))), "has more than 256 columns (“List”, row 1)."),
        (ods("", manifest="<m><encryption-data/></m>"), "is protected by a password. Save it without one."),
        (ods("", content="encrypted-package"), "is protected by a password. Save it without one. "
         "Send an Excel workbook (XLSX), CSV or OpenDocument spreadsheet (ODS)."),
        (ods("", before="<!DOCTYPE a [<!ENTITY b 'c'>]>"), "declares a document type of its own, as no spreadsheet does."),
        (ods(table(row(*TWO), row("</table:wrong>"))),
         "is damaged and cannot be read (“List”, after row 1). Open it, save it again and try once more."),
    ],
    ids=["rows", "row far down", "columns", "password", "password since 2024", "entities", "broken xml"],
)  # fmt: skip
def test_what_is_no_list_to_read_is_refused_in_words(content, sentence):
    with pytest.raises(sheets.Unreadable) as refused:
        read(content)
    assert str(refused.value) == f"“list.ods” {sentence}"
