"""What is a file called, for people? The name as given never reaches the storage; this is what pages print."""

import re
import unicodedata

from evidence.models import Evidence, Version

LONGEST_NAME = Version._meta.get_field("name").max_length
LONGEST_TITLE = Evidence._meta.get_field("title").max_length
# Control, format (bidirectional override, zero width), surrogate and line-breaking characters.
_UNWANTED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# What XML has no word for either, so that every file we write can hold the rest.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_EMOJI_JOINER = "\u200d"


def display_name(original):
    """A file's name for people: the last part of any path, one line, no characters that steer or reverse text.

    It keeps the ending when it has to be cut to the 255 characters a Version holds.
    """
    name = one_line((original or "").replace("\\", "/").rsplit("/", 1)[-1])
    if not name.strip("."):
        return "unnamed"
    stem, dot, ending = name.rpartition(".")
    if len(name) > LONGEST_NAME and dot and len(ending) <= 10:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return name[:LONGEST_NAME]


def with_ending(name, accepted):
    """The name with an ending that tells the truth: a PDF called report.exe becomes report.exe.pdf."""
    if name.lower().endswith(accepted.endings):
        return name
    ending = accepted.endings[0]
    return name[: LONGEST_NAME - len(ending)] + ending


def title_of(name):
    return name.rpartition(".")[0][:LONGEST_TITLE].strip() or name[:LONGEST_TITLE]


def plain(text):
    """A text of several lines without what no text has: control characters, halves of characters and places of none.

    The line and page breaks that word processors write become new lines.
    """
    for ending in ("\r\n", "\r", "\x0b", "\x0c", "\x85"):
        text = text.replace(ending, "\n")
    return _NO_TEXT.sub("", text).strip()


def one_line(text, limit=None):
    """The text on one line, without characters that steer, hide or reverse text, cut to `limit` characters."""
    kept = "".join(
        character if character == _EMOJI_JOINER or unicodedata.category(character) not in _UNWANTED else " "
        for character in text
    )
    return " ".join(kept.split())[:limit]
