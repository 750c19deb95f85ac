"""What does a CSV hold, whatever its encoding and whatever stands between its columns?"""

import csv
import io
import re
from collections import deque
from contextlib import suppress
from itertools import islice

import encoding
from tables import Refusal, linked

# Of equals the first: what stands least in sentences.
DELIMITERS = "\t;|,"
SAMPLE_ROWS = 200
# How Excel says in the first line what stands between columns.
_TOLD = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
# A row of ours after the last: when it is missing, an open quotation swallowed it. No text has U+0000.
_END = ["\x00"]


def read(path, tables):
    text = encoding.text_of(path.read_bytes(), tables)
    told = _TOLD.match(text)
    tell(text[told.end() :] if told else text, tables.sheet(""), tables, told and told[1])


def tell(text, table, tables, delimiter=None):
    csv.field_size_limit(tables.job["characters"])
    delimiter = delimiter or delimiter_of(text)
    # Where tabs divide not everybody quotes: what a browser copies has quotation marks that only are some.
    literal = delimiter == "\t" and _is_open(text, delimiter)
    number = 0
    try:
        for number, row in enumerate(_rows(text, delimiter, csv.QUOTE_NONE if literal else csv.QUOTE_MINIMAL), start=1):
            if row == _END:
                return
            if row:
                table.row(number, [linked(cell) for cell in row])
    except csv.Error:
        raise Refusal("text", row=number + 1) from None
    raise Refusal("quote", row=number)


def delimiter_of(text):
    """The one that divides most rows into the same number of columns; of equals the one that makes most of them."""
    return max(DELIMITERS, key=lambda delimiter: _agreement(text, delimiter))


def _agreement(text, delimiter):
    widths = []
    with suppress(csv.Error):  # said when the rows are read
        widths.extend(len(row) for row in islice(_rows(text, delimiter), SAMPLE_ROWS) if row and row != _END)
    several = [width for width in widths if width > 1]
    if not several:
        return 0, 0
    usual = max(set(several), key=several.count)
    return round(several.count(usual) / len(widths), 1), usual


def _is_open(text, delimiter):
    try:
        return deque(_rows(text, delimiter), maxlen=1)[0] != _END
    except csv.Error:
        return True


def _rows(text, delimiter, quoting=csv.QUOTE_MINIMAL):
    return csv.reader(io.StringIO(f"{text}\n{_END[0]}", newline=""), delimiter=delimiter, quoting=quoting)
