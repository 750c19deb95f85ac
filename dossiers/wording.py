"""How are days, moments, hashes and people's texts printed in a dossier?"""

import datetime
import unicodedata

from django.utils import timezone
from django.utils.dateformat import format as format_date

# What one box may hold is printed whole; above that, and above this sum, texts are shortened and say so.
LONGEST_TEXT = 20_000  # characters of one text
MOST_TEXT = 1_000_000  # characters of all texts of one dossier: some 300 pages
SHORTEST_CAP = 1_000
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
    return f"{utc} ({format_date(local, 'j F Y, H:i T')})"


def iso(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.isoformat() if value else None


def clean(text):
    """The text with characters that steer, hide or end text written as their number, so that print shows what is stored."""
    text = str(text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(character if _is_plain(character) else f"‹U+{ord(character):04X}›" for character in text)


def _is_plain(character):
    return (
        character in "\n\t" or character in _NEEDED or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
    )


def cap_for(texts):
    """How many characters of each text are printed, given all of them."""
    lengths = [len(text) for text in texts if text]
    if sum(min(length, LONGEST_TEXT) for length in lengths) <= MOST_TEXT:
        return LONGEST_TEXT
    return max(SHORTEST_CAP, MOST_TEXT // len(lengths))


def shortened(text, cap):
    """The clean text, cut at `cap` characters with a note of what is left out. The manifest holds all of it."""
    if len(text) <= cap:
        return clean(text)
    return f"{clean(text[:cap])} … (shortened; {len(text):,} characters, all of them in the attached manifest)"


def counted(number, one, many=""):
    """ "1 statement", "3 statements"."""
    return f"{number} {one if number == 1 else many or one + 's'}"
