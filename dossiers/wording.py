"""How are days, moments, hashes and people's texts printed in a dossier?"""

import datetime
import re
import unicodedata
from decimal import Decimal

from django.utils import timezone
from django.utils.dateformat import format as format_date

# What one box may hold is printed whole; above that, and above this sum, texts are shortened and say so.
LONGEST_TEXT = 20_000  # characters of one text
MOST_TEXT = 1_000_000  # characters of all texts of one dossier: some 300 pages
SHORTEST_CAP = 1_000
LINE = 20  # a line counts as at least so many characters: ten thousand empty lines are many pages, too
# Finding where to break a run without spaces costs the square of its length: minutes for 20,000 characters.
LONGEST_RUN, PIECE = 1_000, 500
# Joiners and the soft hyphen are format characters that scripts need; the others steer or hide text.
_NEEDED = {"\u200c", "\u200d", "\u00ad"}


def day(value):
    return format_date(value, "j F Y") if value else ""


def moment(value):
    """A moment in UTC, and in the organisation's zone where that differs: a dossier is read elsewhere, years later."""
    if not value:
        return ""
    utc = format_date(value.astimezone(datetime.UTC), "j F Y, H:i") + " UTC"
    local = timezone.localtime(value)
    if local.utcoffset() == datetime.timedelta(0):
        return utc
    same_day = local.date() == value.astimezone(datetime.UTC).date()
    return f"{utc} ({format_date(local, 'H:i T' if same_day else 'j F Y, H:i T')})"


def iso(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.isoformat() if value else None


def clean(text):
    """The text with characters that steer, hide or end text written as their number, so that print shows what is stored."""
    text = str(text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(character if _is_plain(character) else f"‹U+{ord(character):04X}›" for character in text)


def cleaned(value):
    """Every text in nested dicts and lists, clean."""
    if isinstance(value, dict):
        return {key: cleaned(each) for key, each in value.items()}
    if isinstance(value, list):
        return [cleaned(each) for each in value]
    return clean(value) if isinstance(value, str) else value


def printable(value):
    """The same of what a paper prints, each text at most LONGEST_TEXT long and without runs that cannot be broken.

    Takes texts, numbers, days, moments, None, and dicts, lists and tuples of them. Raises TypeError for anything else:
    what is inside it would be printed as it is.
    """
    if isinstance(value, str):
        return shortened(value, LONGEST_TEXT, whole="")
    if isinstance(value, dict):
        return {key: printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [printable(each) for each in value]
    if value is None or isinstance(value, bool | int | float | Decimal | datetime.date | datetime.time):
        return value
    raise TypeError(f"A paper prints texts, numbers and days, not {type(value).__name__}")


def _is_plain(character):
    return (
        character in "\n\t" or character in _NEEDED or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
    )


def cap_for(texts):
    """How many characters of each text are printed, given all of them."""
    weights = [max(len(text), LINE * len(text.splitlines())) for text in texts if text]
    if sum(min(weight, LONGEST_TEXT) for weight in weights) <= MOST_TEXT:
        return LONGEST_TEXT
    return max(SHORTEST_CAP, MOST_TEXT // len(weights))


def shortened(text, cap, *, whole=", all of them in the attached manifest"):
    """The clean text, cut at `cap` characters (or `cap / LINE` lines) with a note that says where the `whole` is."""
    start = clean(text[:cap])
    printed = "".join(start[:cap].splitlines(keepends=True)[: cap // LINE])
    if printed == start and len(text) <= cap:
        return _broken(printed)
    return f"{_broken(printed)} … (shortened; {len(text):,} characters{whole})"


def _broken(text):
    return re.sub(rf"\S{{{LONGEST_RUN},}}", lambda run: "\n".join(re.findall(rf".{{1,{PIECE}}}", run[0])), text)
