"""What does a pasted table hold: one from a browser or a spreadsheet program, a CSV, or a table in Markdown?"""

import re

import delimited

_RULE = re.compile(r"\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?|\|\s*:?-+:?\s*\|")
_BORDER = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"\[([^][]*)\]\(<?([^()<>\s]+)>?(?:\s+\"[^\"]*\")?\)")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_STRONG = re.compile(r"\*\*(\S|\S.*?\S)\*\*")


def read(path, tables):
    text = path.read_bytes().decode().replace("\x00", "\x1a")
    table = tables.sheet("")
    lines = [line.strip() for line in text.splitlines()]
    if any(map(_RULE.fullmatch, lines)):
        _markdown([line for line in lines if _BORDER.search(line) and not _RULE.fullmatch(line)], table)
    else:
        delimited.tell(text.strip("\r\n"), table, tables)


def _markdown(lines, table):
    """Rows are counted without the rule below the headings."""
    for number, line in enumerate(lines, start=1):
        cells = _BORDER.split(line.removeprefix("|").removesuffix("|"))
        table.row(number, [_plain(cell) for cell in cells])
        for column, cell in enumerate(cells, start=1):
            for found in _LINK.finditer(cell):
                table.link(number, column, found[2])


def _plain(cell):
    return _STRONG.sub(r"\1", _LINK.sub(r"\1", _BREAK.sub("\n", cell))).replace(r"\|", "|")
