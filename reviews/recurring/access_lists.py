"""Who has access, for an access review to go through: by our own grants, or by a list from elsewhere."""

import csv
import io

from accounts import grants
from accounts.permissions import Refused
from reviews.recurring.completions import MOST_ROWS

MOST_BYTES = 1_000_000
WHO = (
    "e-mail",
    "email",
    "e-mail address",
    "email address",
    "mail",
    "user",
    "username",
    "user name",
    "account",
    "who",
    "name",
)
WHAT = ("access", "role", "roles", "permission", "permissions", "group", "groups", "licence", "license")


def from_grants(vendor):
    """Everybody who may see something of the vendor here, with what they may."""
    return [
        _row(f"{person.name} ({person.email})", ", ".join(access.label.split(":")[0] for access in accesses))
        for person, accesses in grants.people(vendor)
    ]


def from_file(upload):
    """The lines of a CSV file or a plain list. Raises Refused with a sentence for what is none.

    A first line of known headings says which columns count; without one the first column is the person, the second
    the access.
    """
    if upload.size > MOST_BYTES:
        raise Refused("This list is larger than 1 MB. Cut it down to the people and their access.")
    lines = [[" ".join(cell.split()) for cell in line] for line in _table(_text(upload.read()))]
    lines = [line for line in lines if any(line)]
    who, access = 0, 1
    if lines and (headings := _headings(lines[0])):
        (who, access), lines = headings, lines[1:]
    rows = [_row(_cell(line, who), _cell(line, access)) for line in lines if _cell(line, who)]
    if not rows:
        raise Refused("This list is empty.")
    if len(rows) > MOST_ROWS:
        raise Refused(
            f"This list has {len(rows)} lines, and {MOST_ROWS} fit here. Cite it as evidence and write down what was removed."
        )
    return rows


def _text(content):
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("This list is not in UTF-8. Save it as “CSV UTF-8” and try again.") from None
    if "\0" in text:
        raise Refused("This is no text. Save the list as CSV and try again.")
    return text


def _table(text):
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        raise Refused("This list could not be read as CSV. Save it as “CSV UTF-8” and try again.") from None


def _headings(line):
    """`(column of the person, column of the access)`, or None when these are no headings."""
    words = [cell.lower() for cell in line]
    who = next((words.index(word) for word in WHO if word in words), None)
    if who is None:
        return None
    return who, next((words.index(word) for word in WHAT if word in words), len(words))


def _cell(line, column):
    return line[column] if column < len(line) else ""


def _row(who, access):
    return {"who": who[:200], "access": access[:300], "verdict": "", "why": ""}
