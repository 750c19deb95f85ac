"""Which characters are these bytes?"""

import codecs

from tables import Refusal

SAMPLE_BYTES = 50_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The same bytes are words in several of them. What most programs in the west of Europe and in America write comes
# first, since its texts look like good ones of its neighbours too.
_CANDIDATES = (
    ("cp1252", "mac_roman"),
    ("cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp932", "gb18030", "big5", "euc_kr"),
    None,
)
_NAMES = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman"}


def text_of(content, tables):
    """The bytes as text. The remark names an encoding that was guessed, for a person to look at the letters."""
    encoding = _told(content) or "utf-8"
    try:
        # A lone surrogate is no letter; the cell in which it stands says so later.
        text = content.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise Refusal("no text") from None
        text, name = _guessed(content)
        tables.remarks.append(f"It does not say how its letters are stored and was read as {name}: look at accents.")
    if "\x00" in text:
        raise Refusal("no text")
    return text


def _told(content):
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    # Without a mark every second byte of a text in Latin letters is zero.
    head = content[:SAMPLE_BYTES]
    if head[1::2].count(0) > len(head) // 3:
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(0) > len(head) // 3 else None


def _guessed(content):
    # Only now: most files are UTF-8.
    from charset_normalizer import from_bytes

    if b"\x00" in content:
        raise Refusal("no text")
    # What tells encodings apart are the letters beyond ASCII.
    sample = b"\n".join(line for line in content.splitlines() if not line.isascii())[:SAMPLE_BYTES]
    for candidates in _CANDIDATES:
        best = from_bytes(sample, cp_isolation=candidates and list(candidates)).best()
        if best is not None:
            try:
                return content.decode(best.encoding), _NAMES.get(best.encoding, best.encoding.upper())
            except (UnicodeDecodeError, LookupError):
                continue
    raise Refusal("no text")
