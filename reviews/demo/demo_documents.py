"""What does a made-up document look like? A small PDF that says on every page that it is made up.

Written by hand, so that loading the demo imports no typesetter: pages of plain text in the fonts every reader has.
"""

import textwrap
from itertools import count

from evidence.validity import in_words

MARK = "MADE UP FOR DEMONSTRATION – not a document of Anthropic or of anyone else"
REGULAR, BOLD = "F1", "F2"
RED, BLACK, GREY = "0.75 0.1 0.1", "0 0 0", "0.93 0.93 0.93"
A4 = (595, 842)  # points
LEFT, TOP = 60, 740
CHARACTERS_A_LINE = 84


def document(title, dates, pages):
    """A PDF as bytes. `dates` is `{words: day}`, `pages` hold sections as (heading, text), numbered through."""
    numbers = count(1)
    streams = []
    for place, sections in enumerate(pages, start=1):
        drawn = [_watermark(), _text(LEFT, 800, 9, MARK, BOLD, RED), _text(LEFT, 40, 9, MARK, BOLD, RED)]
        drawn.append(_text(500, 24, 8, f"Page {place} of {len(pages)}"))
        drawn.append(_text(LEFT, 772, 16, title, BOLD))
        drawn.append(_text(LEFT, 754, 9, " · ".join(f"{words} {in_words(day)}" for words, day in dates.items())))
        y = TOP - 30
        for heading, text in sections:
            drawn.append(_text(LEFT, y, 12, f"Section {next(numbers)}: {heading}", BOLD))
            for line in textwrap.wrap(text, CHARACTERS_A_LINE):
                y -= 16
                drawn.append(_text(LEFT, y, 11, line))
            y -= 40
        streams.append("\n".join(drawn))
    return _pdf(title, streams)


def _text(x, y, size, text, font=REGULAR, colour=BLACK):
    return f"BT {colour} rg /{font} {size} Tf {x} {y} Td ({_escaped(text)}) Tj ET"


def _watermark():
    """Across the page, at 45 degrees, behind the text."""
    return f"BT {GREY} rg /{BOLD} 100 Tf 0.7071 0.7071 -0.7071 0.7071 150 240 Tm (MADE UP) Tj ET"


def _escaped(text):
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _pdf(title, streams):
    """Objects, a table of where each begins, and a trailer (ISO 32000-1, 7.5)."""
    pages = [f"{6 + 2 * index} 0 R" for index in range(len(streams))]
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R /Lang (en) >>",
        f"<< /Type /Pages /Kids [{' '.join(pages)}] /Count {len(pages)} >>",
        font.format("Helvetica"),
        font.format("Helvetica-Bold"),
        f"<< /Title ({_escaped(title)}) >>",
    ]
    for number, stream in enumerate(streams):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {A4[0]} {A4[1]}] /Contents {7 + 2 * number} 0 R "
            f"/Resources << /Font << /{REGULAR} 3 0 R /{BOLD} 4 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream.encode('cp1252'))} >>\nstream\n{stream}\nendstream")
    body, offsets = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n".encode("cp1252")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = (
        f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {len(offsets) + 1} /Root 1 0 R /Info 5 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    )
    return body + end.encode("ascii")
