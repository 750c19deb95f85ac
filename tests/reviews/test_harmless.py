"""Does a text leave so that no program computes it, and come back as it was?"""

import random

import pytest

from reviews import harmless
from reviews.harmless import escaped
from reviews.sheet_columns import mark, plain

pytestmark = pytest.mark.once

SHOWN_AS_THEY_ARE = (
    "-5 days", "-5 %", "+41 44 000 00 00", "17", "-5", "0", "Plain", "3. An item", "p. 3", "Decision 12", "Mark 2", "(a)",
    "'tis", "a = b", "a\n- first\n- second", "a\n-5 days", "ciso@example.com", "https://vendor.example/?a=1;b=2", "",
)  # fmt: skip
QUOTED = (
    "=1+1", "@SUM(A1)", "+A1", "-A1", "- a", "-2+3+cmd|' /C calc'!A0", '=HYPERLINK("http://x.example")', "\u200b=1",
    "＝1+1", "'=1+1", "0017", "1e5", "1.50", "TRUE", "wahr", "1/2/2026", "24/7", "2026-11-30", "3 May", "Nov 2026",
    "10:30 am", "50%", "#N/A", "+41440000000", "12345678901234567890", "1 1/2", "1.2.2026 10:30",
)  # fmt: skip


def test_only_what_a_program_computes_or_takes_for_a_value_is_quoted():
    assert [text for text in SHOWN_AS_THEY_ARE if escaped(text) != text] == []
    assert [text for text in QUOTED if escaped(text) != f"'{text}"] == []


def test_a_program_that_breaks_cells_elsewhere_finds_no_formula_either():
    assert escaped("a;=1+1;b") == "a;'=1+1;b"
    assert escaped("a\n-2+cmd|' /C calc'!A0;") == "a\n'-2+cmd|' /C calc'!A0;"
    assert escaped("=a\n'=b\tc") == "'=a\n''=b\tc"
    # In the file its quote stands doubled: to a program of semicolons an empty quotation, and then a formula.
    assert escaped("a;\"=cmd|'/c calc'!A0;") == "a;'\"=cmd|'/c calc'!A0;"


def test_every_text_comes_back_as_it_was_from_csv_and_from_a_workbook():
    made_up = random.Random(47)  # noqa: S311
    texts = ["".join(made_up.choices("'\"=+-@;\n\t 0a1.(|/eM", k=made_up.randint(0, 8))) for _ in range(5_000)]
    for text in (*SHOWN_AS_THEY_ARE, *QUOTED, *texts):
        assert harmless.unescaped(escaped(text)) == text
        assert harmless.unescaped(harmless.doubled(text)) == text
    assert harmless.doubled("=1+1") == "=1+1"


def test_what_a_cell_cannot_hold_goes_and_what_is_cut_says_so():
    assert harmless.written("a\x07b\ud800c\td\r\ne") == "abc d\ne"
    assert mark("a\x07b") == mark(harmless.written("a\x07b"))
    longest = "😀" * 16_383
    assert harmless.written(longest) == longest
    cut = harmless.written("x" + "😀" * 16_384)
    assert cut.startswith("x😀")
    assert cut.endswith(harmless.CUT)
    assert len(cut.encode("utf-16-le")) <= 2 * harmless.LONGEST_CELL
    assert harmless.is_cut(plain(cut))
    assert not harmless.is_cut(longest)
