"""What does a CSV hold, whatever its encoding and whatever stands between its columns?"""

import csv
import io
from itertools import islice

from tables import Refusal

DELIMITERS = ",;\t|"
SAMPLE_ROWS = 200
_END = "\x00the end of the text\x00"


def read(path, tables):
    text = path.read_bytes().decode("utf-8-sig")
    tell(text, tables.sheet("CSV"), tables)


def tell(text, table, tables):
    csv.field_size_limit(tables.job["characters"])
    delimiter = delimiter_of(text)
    number = 0
    for number, row in enumerate(_records(text, delimiter), start=1):
        if row == [_END]:
            return
        table.row(number, row)
    raise Refusal("quote", row=number)


def delimiter_of(text):
    """The one that divides most rows into the same number of columns; of equals the one that makes most of them."""
    return max(DELIMITERS, key=lambda delimiter: _agreement(text, delimiter))


def _agreement(text, delimiter):
    widths = [len(row) for row in islice(_records(text, delimiter), SAMPLE_ROWS) if row and row != [_END]]
    several = [width for width in widths if width > 1]
    if not several:
        return 0, 0
    usual = max(set(several), key=several.count)
    return round(several.count(usual) / len(widths), 1), usual


def _records(text, delimiter):
    return csv.reader(io.StringIO(f"{text}\n{_END}", newline=""), delimiter=delimiter)
