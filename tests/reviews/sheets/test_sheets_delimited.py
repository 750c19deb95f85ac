"""What is read out of a CSV of any origin, and out of a table somebody pasted?"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from reviews import sheets


def read(content, name="list.csv"):
    return sheets.read(SimpleUploadedFile(name, content), name, accepted=sheets.SPREADSHEETS)


GERMAN = "Größe;Prüfung\nnaïve;café – “so”\n"
POLISH = "Położenie;Stan\nZażółć gęślą;jaźń\n"


@pytest.mark.parametrize(
    ("text", "encoding", "guessed"),
    [
        (GERMAN, "utf-8", ""),
        (GERMAN, "utf-8-sig", ""),
        (GERMAN, "utf-16", ""),
        (GERMAN, "utf-16-be", ""),
        (GERMAN, "cp1252", "Windows-1252"),
        (GERMAN, "mac_roman", "Mac Roman"),
        (POLISH, "cp1250", "CP1250"),
        ("項目;状態\n暗号化されています;完了\n", "cp932", "CP932"),
    ],
)
def test_letters_are_read_as_they_were_written_and_a_guess_is_said(text, encoding, guessed):
    found = read(text.encode(encoding))
    assert found.sheets == [sheets.Sheet("CSV", [line.split(";") for line in text.splitlines()])]
    assert found.remark == (
        f"It does not say how its letters are stored and was read as {guessed}: look at accents." if guessed else ""
    )


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
        ("Item;Cost\nKeys, and salts;1,5\nLogs, all;2,5\n",
         [["Item", "Cost"], ["Keys, and salts", "1,5"], ["Logs, all", "2,5"]]),
        ("a\tb\n5\" disk\tx\n\"So\tit is\n", [["a", "b"], ['5" disk', "x"], ['"So', "it is"]]),
        ("a|b|c\n1|2|3\n", [["a", "b", "c"], ["1", "2", "3"]]),
        ("sep=;\na;b\n1,2;3\n", [["a", "b"], ["1,2", "3"]]),
        ("Our list\n\na,b,c\n1,\"2\nand\"\"more\"\"\"\n1,2,3,4,,\n,,\n",
         [["Our list"], [], ["a", "b", "c"], ["1", '2\nand"more"'], ["1", "2", "3", "4"]]),
    ],
    ids=["commas", "semicolons", "tabs and bare quotation marks", "bars", "told", "ragged, quoted, preamble"],
)  # fmt: skip
def test_the_columns_are_found_whatever_divides_them(text, rows):
    assert read(text.encode()).sheets[0].rows == rows


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'a,b\n1,"2\n3,4\n',
         'begins a quotation that never ends (row 2). Write a quotation mark within a cell twice: "".'),
        (b"a,b\n1," + b"x" * 5_000_000, "has more than 100,000 characters in one cell (row 2)."),
        (b"a,b\n" + b"1," * 500, "has more than 256 columns (row 2)."),
        (b"a,b\n" + b"1,2\n" * 25_000, "has more than 25,000 rows (row 25001)."),
        (b"a,b\n" + b"x" * 5000 + b"\0,1\n", "holds bytes that no text has. Save it as UTF-8, or as XLSX."),
        (b" \n,\n", "holds no rows: nothing stands in it."),
        (b"Item\nKeys\n",
         "has everything in one column, so nobody can tell what is what. A table has several."),
        (b"<html><table>",
         "is an HTML page. Send an Excel workbook (XLSX), CSV or OpenDocument spreadsheet (ODS)."),
    ],
    ids=["open quotation", "long cell", "columns", "rows", "zero byte", "blank", "one column", "page"],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_words(content, sentence):
    with pytest.raises(sheets.Unreadable) as refused:
        read(content)
    assert str(refused.value) == f"“list.csv” {sentence}"


def test_a_csv_is_one_whatever_its_name_and_half_a_character_is_left_for_the_cell():
    found = read(b"a,b\n\xed\xa0\x80,2\n", "list.xlsx")
    assert found.sheets[0].rows == [["a", "b"], ["\x1a", "2"]]
    assert found.remark == "Its name ends in .xlsx, but it is a file of kind CSV and was read as one."


@pytest.mark.parametrize(
    ("text", "rows", "links"),
    [
        ('Item\tNotes\tLink\nKeys\t"two\nlines"\t=HYPERLINK("https://example.com";"Here")\n',
         [["Item", "Notes", "Link"], ["Keys", "two\nlines", "Here"]], {(1, 2): "https://example.com"}),
        ("Item,Status\nKeys,Complete", [["Item", "Status"], ["Keys", "Complete"]], {}),
        ("Our list:\n\n| Item | Link |\n| :--- | ---: |\n| **Keys** \\| salts | [a](https://a.example) and<br>"
         "[b](https://b.example) |\n|  | x |\n",
         [["Item", "Link"], ["Keys | salts", "a and\nb"], [None, "x"]],
         {(1, 1): "https://a.example\nhttps://b.example"}),
    ],
    ids=["tabs", "commas", "markdown"],
)  # fmt: skip
def test_a_pasted_table_is_read_as_it_was_copied(text, rows, links):
    assert sheets.pasted(text) == sheets.Workbook([sheets.Sheet("Pasted table", rows, links=links)])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Pasted table holds no rows: nothing stands in it."),
        ("x" * 2_000_001, "Pasted table has 2,000,001 characters; up to 2,000,000 can be pasted. Send it as a file."),
    ],
)
def test_nothing_or_too_much_to_paste_is_refused(text, sentence):
    with pytest.raises(sheets.Unreadable) as refused:
        sheets.pasted(text)
    assert str(refused.value) == sentence
