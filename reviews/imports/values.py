"""What does the text of a cell mean: a status, a finding, a role, a day, addresses?

Words of English and German lists, written as teams write them. What has no certain meaning is no guess but a problem,
with a sentence for whoever has to mend the sheet.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from accounts.choices import STAKEHOLDERS, Role
from evidence.models import Version
from reviews.choices import Finding, Status
from reviews.imports import cells
from reviews.sheet_columns import plain

EPOCH = date(1899, 12, 30)  # day 0 of spreadsheets; right for every day from March 1900 on
SERIALS = range(36_526, 73_051)  # 2000 to 2099
YEARS = range(2000, 2100)
LINKS_IN_A_CELL = 20
LONGEST_ROLE = 200  # characters; looking for brackets in a cell of 100,000 would take minutes
FORMULA = "A formula stands here. Write what it shows, as text."
LONGEST_LINK: int = Version._meta.get_field("link").max_length  # type: ignore[assignment]


class Unclear(ValueError):
    """A cell that says nothing certain, with the sentence for a person."""


def _table(words: dict) -> dict:
    return {_key(word): meaning for meaning, said in words.items() for word in said.split("|")}


def _key(text: str) -> str:
    """Small letters, single spaces, no punctuation; a sign alone stays what it is."""
    said = plain(text).casefold()
    return " ".join(re.sub(r"[^\w%]+", " ", said).replace("_", " ").split()) or said.strip(".")


# Status

# What of a list is nothing said at all.
NOTHING = frozenset(
    map(_key, ("-", "–", "—", "?", "…", "tbd", "tba", "none", "n.a.", "na", "n/a", "keine", "keiner", "pending"))
)
_STATUSES = _table(
    {
        Status.NOT_STARTED: "not started|to do|todo|open|new|backlog|pending|planned|outstanding|not yet started|not begun|"
        "waiting|no|false|0|0%|☐|⬜|offen|nicht begonnen|nicht gestartet|neu|ausstehend|geplant|zu erledigen|nein|falsch|-|–|—",
        Status.IN_PROGRESS: "in progress|wip|work in progress|started|ongoing|on going|doing|active|in work|underway|"
        "partially|partial|partly|partially complete|half done|in review|under review|reviewing|blocked|on hold|"
        "waiting for vendor|requested|50%|in arbeit|begonnen|angefangen|gestartet|laufend|läuft|teilweise|in bearbeitung|"
        "in prüfung|blockiert|angefragt",
        Status.COMPLETE: "complete|completed|done|finished|closed|yes|true|1|100%|ok|okay|x|✓|✔|✔️|✅|☑|☒|ready|resolved|"
        "approved|signed off|abgeschlossen|erledigt|fertig|vollständig|ja|wahr|beendet|geschlossen|umgesetzt|erfüllt",
        Status.AWAITING: "awaiting sign off|awaiting signoff|awaiting approval|for approval|submitted|wartet auf freigabe|"
        "zur freigabe|eingereicht",
    }
)
_FINDINGS = _table(
    {
        Finding.CONFIRMED: "confirmed|yes|y|true|1|ok|okay|pass|passed|compliant|met|satisfied|verified|fulfilled|✓|✔|✔️|✅|☑|"
        "in place|bestätigt|ja|erfüllt|konform|nachgewiesen|vorhanden|wahr",
        Finding.UNCONFIRMED: "cannot be confirmed|can not be confirmed|not confirmed|unconfirmed|no|n|false|0|fail|failed|"
        "gap|non compliant|noncompliant|not compliant|not met|missing|✗|✘|❌|kann nicht bestätigt werden|nicht bestätigt|"
        "unbestätigt|nein|nicht erfüllt|fehlt|lücke|falsch",
        Finding.NOT_APPLICABLE: "not applicable|n/a|na|n.a.|does not apply|out of scope|not relevant|irrelevant|"
        "nicht anwendbar|nicht zutreffend|trifft nicht zu|entfällt|nicht relevant|entf",
    }
)
# What people write into their one column of status although it is a finding: the work on it is done.
_FINDINGS_AS_STATUS = _table(
    {
        Finding.UNCONFIRMED: "cannot be confirmed|not confirmed|unconfirmed|failed|fail|gap|non compliant|not compliant|"
        "kann nicht bestätigt werden|nicht bestätigt|nicht erfüllt|✗|✘|❌",
        Finding.NOT_APPLICABLE: "not applicable|n/a|na|n.a.|does not apply|out of scope|nicht anwendbar|nicht zutreffend|"
        "trifft nicht zu|entfällt",
        Finding.CONFIRMED: "confirmed|pass|passed|compliant|verified|bestätigt|konform",
    }
)


def status(cell: Any) -> tuple[Status, Finding | None]:
    """What the cell says of the work, and what was found when it says that too.

    Raises Unclear. The ends of a share of work count: 100% is complete, 0% not started, all between in progress.
    """
    said = cells.text(cell)
    key = _key(said)
    if key in _FINDINGS_AS_STATUS:
        return Status.COMPLETE, _FINDINGS_AS_STATUS[key]
    if key in _STATUSES:
        return _STATUSES[key], None
    without_sign = _key(re.sub(r"^[^\w]+|[^\w%)]+$", "", said))  # “✅ Done”, “🟡 In progress”
    if without_sign in _STATUSES:
        return _STATUSES[without_sign], None
    if (isinstance(cell, float) and 0 < cell < 1) or re.fullmatch(r"\d{1,2}([.,]\d+)? ?%", plain(said)):
        return Status.IN_PROGRESS, None
    raise Unclear(f"“{short(said)}” is no status known here. Write Not started, In progress or Complete.")


def is_status(said: str) -> bool:
    """Whether the words are certainly those of a status: “1” and “no” may be anything."""
    key = _key(said)
    return (key in _STATUSES and len(key) > 3) or key in {"✓", "✔", "✅", "☑", "☐", "wip"}


def finding(cell: Any) -> Finding:
    """What the cell says was found. Raises Unclear."""
    said = cells.text(cell)
    key = _key(said)
    if key in _FINDINGS:
        return _FINDINGS[key]
    raise Unclear(f"“{short(said)}” is no finding known here. Write Confirmed, Cannot be confirmed or Not applicable.")


# Role

_ROLES = _table(
    {
        Role.CISO: "ciso|chief information security officer|information security officer|infosec lead|head of security|"
        "informationssicherheitsbeauftragter|informationssicherheitsbeauftragte|isb",
        Role.COMPLIANCE_OFFICER: "compliance officer|compliance|compliance team|compliance manager|cco|"
        "chief compliance officer|compliance beauftragter|compliance beauftragte",
        Role.PRIVACY_OFFICER: "privacy officer|privacy|privacy team|dpo|data protection officer|data privacy officer|"
        "data protection|datenschutz|datenschutzbeauftragter|datenschutzbeauftragte|dsb",
        Role.IT_SECURITY: "it security|it sec|itsec|security|security team|infosec|information security|infosec team|"
        "it security team|it sicherheit|it|it team|security engineering|informationssicherheit",
        Role.LEGAL: "legal|legal team|legal counsel|counsel|general counsel|legal department|lawyer|recht|rechtsabteilung|"
        "justiziar|justiziarin|jurist|juristin",
    }
) | {_key(role.label): role for role in STAKEHOLDERS}


def role(said: str) -> Role | None:
    """The stakeholder whose role the words name, or None."""
    if len(said) > LONGEST_ROLE:
        return None
    known = _ROLES.get(_key(said)) or _ROLES.get(_key(re.sub(r"\(.*?\)", "", said)))
    if known or "/" not in said:
        return known
    # “CISO/Security Director”: two names of one, of which one is known.
    found = {part for each in said.split("/") if (part := _ROLES.get(_key(each)))}
    return found.pop() if len(found) == 1 else None


# Days

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("jan january januar jänner", "feb february februar", "mar march mär märz mrz", "apr april"),
            *("may mai", "jun june juni", "jul july juli", "aug august", "sep sept september"),
            *("oct october okt oktober", "nov november", "dec december dez dezember"),
        ),
        start=1,
    )
    for name in names.split()
}
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?")
_DOTS = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4}|\d{2})")
_SLASHES = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(?: \d{1,2}:\d{2}.*)?")
_DAY_MONTH = re.compile(r"(?:\w+,? )?(\d{1,2})(?:st|nd|rd|th)?\.? ?-?([^\W\d]+)\.?,? ?-?(\d{4}|\d{2})")
_MONTH_DAY = re.compile(r"(?:\w+, )?([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
DAY_FIRST, MONTH_FIRST = "day first", "month first"


def order_of(column: Iterable[Any]) -> str | None:
    """Whether days like 01/02/2027 in this column begin with the day or the month; None when nothing in it tells.

    One cell whose first number is above 12 tells it of all; two that contradict each other tell nothing.
    """
    orders = set()
    for cell in column:
        if isinstance(cell, str) and (found := _SLASHES.fullmatch(plain(cell))):
            first, second = int(found[1]), int(found[2])
            if first > 12 or second > 12:
                orders.add(DAY_FIRST if first > 12 else MONTH_FIRST)
    return orders.pop() if len(orders) == 1 else None


def day(cell: Any, order: str | None = None) -> date:
    """The day, written as teams write it, or a spreadsheet's number of it. Raises Unclear.

    `order` is that of the column (`order_of`); without one, 03/04/2027 is refused, as nobody knows which is meant.
    """
    if isinstance(cell, date):
        return _of_sense(cell, cell)
    said = plain(cells.text(cell))
    if re.fullmatch(r"\d{5}([.,]\d+)?", said) and int(said[:5]) in SERIALS:
        return EPOCH + timedelta(days=int(said[:5]))
    try:
        found = _written(said, order)
    except ValueError as error:
        if isinstance(error, Unclear):
            raise
        found = None
    if found is None:
        raise Unclear(f"“{short(said)}” is no day: write it as 2027-06-30.")
    return _of_sense(found, said)


def _written(said: str, order: str | None) -> date | None:
    if found := _ISO.fullmatch(said):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DOTS.fullmatch(said):
        return date(_year(found[3]), int(found[2]), int(found[1]))
    if found := _SLASHES.fullmatch(said):
        return _of_two(int(found[1]), int(found[2]), _year(found[3]), order, said)
    if (found := _MONTH_DAY.fullmatch(said)) and found[1].casefold() in _MONTHS:
        return date(int(found[3]), _MONTHS[found[1].casefold()], int(found[2]))
    if (found := _DAY_MONTH.fullmatch(said)) and found[2].casefold() in _MONTHS:
        return date(_year(found[3]), _MONTHS[found[2].casefold()], int(found[1]))
    return None


def _of_two(first: int, second: int, year: int, order: str | None, said: str) -> date:
    if first > 12 or (order == DAY_FIRST and second <= 12) or first == second:
        return date(year, second, first)
    if second > 12 or order == MONTH_FIRST:
        return date(year, first, second)
    raise Unclear(
        f"“{short(said)}” may be {date(year, second, first):%-d %B} or {date(year, first, second):%-d %B}, and nothing in "
        "the column tells which. Write it as 2027-06-30."
    )


def _year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _of_sense(found: date, said: Any) -> date:
    if found.year not in YEARS:
        raise Unclear(f"“{short(str(said))}” lies outside {YEARS[0]} to {YEARS[-1]}.")
    return found


def is_day(cell: Any) -> bool:
    if isinstance(cell, date):
        return True
    try:
        return isinstance(cell, str) and bool(day(cell, DAY_FIRST))
    except Unclear:
        return False


# Addresses

_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}://|(?:javascript|vbscript|data|file|mailto):|www\.)[^\s<>\"|]+", re.IGNORECASE
)
_HYPERLINK = re.compile(r"=?\s*HYPERLINK\(\s*\"([^\"]+)\"\s*(?:[,;]\s*\"([^\"]*)\"\s*)?\)\s*", re.IGNORECASE)
_CLOSING = {")": "(", "]": "[", "}": "{"}
_VALID = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True)
class Address:
    url: str
    title: str = ""


def addresses(said: str, behind: str = "") -> tuple[list[Address], str]:
    """`(addresses, the words that are none)` of a cell with this text and perhaps a hyperlink behind it.

    Each address once, `www.` completed to https. Raises Unclear for what is no web address, such as javascript:, and
    for more than LINKS_IN_A_CELL.
    """
    found: dict[str, Address] = {}
    pieces = _ADDRESS.findall(said)
    if len(set(pieces)) > LINKS_IN_A_CELL:
        raise Unclear(f"More than {LINKS_IN_A_CELL} addresses stand here. Cite them on the item's page.")
    for piece in dict.fromkeys(pieces):
        address = _trimmed(_of_length(piece))
        checked = _checked(_completed(address))
        found.setdefault(checked, Address(checked))
    rest = _ADDRESS.sub(lambda piece: " " + piece[0].removeprefix(_trimmed(piece[0])), said)
    rest = " ".join(re.sub(r"[\s,;|<>\"•·]+", " ", rest).split()).strip("-–— ")
    if behind:
        checked = _checked(_completed(behind))
        found.setdefault(checked, Address(checked, rest))
        rest = ""
    return list(found.values()), rest


def hyperlink(formula: str) -> tuple[str, str] | None:
    """`(address, text)` of a HYPERLINK formula that only spells them out, else None: nothing is computed."""
    found = _HYPERLINK.fullmatch(formula.strip())
    return (found[1], found[2] or "") if found else None


def is_address(said: str) -> bool:
    try:
        return bool(addresses(said)[0])
    except Unclear:
        return False


def _completed(address: str) -> str:
    return f"https://{address}" if address.lower().startswith("www.") else address


def _trimmed(piece: str) -> str:
    """Without the punctuation of the sentence it stands in; a bracket stays when its partner is inside."""
    while piece and (
        piece[-1] in ".,;:!?'’”“"
        or (piece[-1] in _CLOSING and piece.count(piece[-1]) > piece.count(_CLOSING[piece[-1]]))
    ):
        piece = piece[:-1]
    return piece


def _checked(address: str) -> str:
    address = address.strip()
    try:
        _VALID(address)
        has_host = bool(urlsplit(address).hostname)
    except (ValidationError, ValueError):
        has_host = False
    if not has_host:
        raise Unclear(f"“{short(address)}” is no web address: one starts with https:// or http:// and has a host name.")
    return _of_length(address)


def _of_length(address: str) -> str:
    if len(address) > LONGEST_LINK:
        raise Unclear(f"An address longer than {LONGEST_LINK:,} characters stands here.")
    return address


# Texts


def limited(said: str, limit: int) -> str:
    """The text, when it is one and not too long. Raises Unclear."""
    if len(said) > limit:
        raise Unclear(f"This text has {len(said):,} characters; up to {limit:,} are kept. Shorten it.")
    if any(not (character.isprintable() or character in "\n\t" or ord(character) > 159) for character in said):
        raise Unclear("A character stands here that no text has. Type it again.")
    return said


def short(said: str, limit: int = 60) -> str:
    """For a sentence: one line, cut."""
    line = plain(said)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def says_something(said: str) -> bool:
    """Whether it is more than a dash, “tbd” or “none”."""
    return bool(said.strip()) and _key(said) not in NOTHING
