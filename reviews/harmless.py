"""How does a text leave in a spreadsheet so that no program computes it, and come back as it was?

A workbook says of each cell that it is a text. CSV cannot, so there an apostrophe goes before what a program would compute
or take for a number, a date or a truth value. A program that expects another separator breaks a cell at semicolons, tabs
and new lines: what would compute after one of them gets its apostrophe too. What is neither stays as it is: “-5 days”.
"""

import re

from evidence import names

LONGEST_CELL = 32_767  # characters, counted as UTF-16 does; Excel refuses a workbook with a longer text
CUT = "[Cut here: a cell holds no more. All of it is on the page.]"

_BLANK = "[\\s\u200b\ufeff]*"
# Full-width signs count as well: some programs take them for the plain ones.
_FORMULA = re.compile(f"{_BLANK}(?:[=@＝＠－＋]|[+-](?!\\d[\\w\\s.,:%/-]*$))")
# After a break a dash begins a list far more often than a formula; one that does harm calls something. Quotes stand doubled
# in CSV: a cell that begins with two of them is an empty quotation, and what follows is computed.
_INNER_FORMULA = re.compile('["\\s\u200b\ufeff]*(?:[=@＝＠]|[+＋－-].*[(|!])')
_BREAK = re.compile("([;\t\r\n])")

# As they are written in English and German, in full and in short.
_MONTH = (
    "(?:jan(?:uar)?y?|feb(?:ruar)?y?|mar(?:ch)?|märz?|apr(?:il)?|may|mai|jun[ei]?|jul[iy]?|aug(?:ust)?"
    "|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)\\.?"
)
_VALUE = re.compile(
    rf"""\s*(?:
        [-+($€£¥%.,:/eE\d]*\d[-+)$€£¥%.,:/eE\d]*      # 0017, 1e5, 1.50, 1/2/2026, 10:30, 50%
        | \d+[ ]\d+/\d+                               # 1 1/2
        | [\d./-]+[T ]\d+:\d+[\d:.]*                  # 1/2/2026 10:30
        | \d+:\d+(?::\d+)?[ ]?[ap]\.?m\.?             # 10:30 am
        | (?:\d+\.?[ -]?)?{_MONTH}[ -]?\d+(?:,?[ ]\d+)?   # May 3, 3 May 2026, Nov 2026
        | \d+\.?[ -]?{_MONTH}                         # 3 May
        | true|false|wahr|falsch|vrai|faux
        | \#[A-Z0-9/!?]+                              # #N/A
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_WHOLE_NUMBER = re.compile(r"\s*(?:0|-?[1-9]\d{0,14})\s*")
_LONGEST_VALUE = 60


def written(text):
    """What a cell can hold of the text: nothing that XML has no word for, and no more than fits, which it says."""
    # A tabulator is lost on the way through some programs, and words would grow together.
    text = names.plain(text).replace("\t", " ")
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_CELL:
        return text
    # Room for apostrophes; half of a character at the end goes.
    kept = units[: 2 * (LONGEST_CELL - 2_000)].decode("utf-16-le", errors="ignore")
    return f"{kept}\n{CUT}"


def is_cut(text):
    """Whether it is what is left of a longer text: never to be taken back."""
    return CUT in " ".join(text.split())


def is_risky(text):
    """Whether a program that reads the text from a file of plain text would make something else of it."""
    bare = text.lstrip("'")
    return bool(_FORMULA.match(bare) or _is_value(bare))


def escaped(text):
    """The text for CSV. `unescaped` takes away exactly what was added."""
    inner = _after_breaks(text, lambda piece: f"'{piece}")
    return f"'{inner}" if is_risky(text) else inner


def doubled(text):
    """The text for a cell that says it is a text: only an apostrophe that `unescaped` would take away is written twice."""
    inner = _after_breaks(text, lambda piece: f"'{piece}" if piece.startswith("'") else piece)
    return f"'{inner}" if text.startswith("'") and is_risky(text) else inner


def unescaped(text):
    """The text of a cell as it was before `escaped` or `doubled`, in whichever kind of file it came back."""
    text = _after_breaks(text, lambda piece: piece.removeprefix("'"))
    return text[1:] if text.startswith("'") and is_risky(text) else text


def _after_breaks(text, change):
    """The text with `change` made to each piece after a break that would compute, were it a cell of its own."""
    first, *others = _BREAK.split(text)
    return first + "".join(change(piece) if _INNER_FORMULA.match(piece.lstrip("'")) else piece for piece in others)


def _is_value(text):
    short = len(text) <= _LONGEST_VALUE
    return short and bool(_VALUE.fullmatch(text)) and not _WHOLE_NUMBER.fullmatch(text)
