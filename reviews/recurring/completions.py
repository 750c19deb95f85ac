"""What is written down when a date of an obligation was done? One table of fields for each duty."""

import re
from dataclasses import dataclass

from accounts.permissions import Refused
from reviews.choices import Duty
from reviews.models import TEXT_LIMIT, Completion

MOST_ROWS = 200
ROW = ("who", "access", "verdict", "why")
VERDICTS = [("kept", "Kept"), ("removed", "Removed")]
# What the record says of a line that nobody marked, when everyone not marked otherwise is kept.
KEPT_WITH_THE_REST = "Not marked: kept with everyone not marked otherwise."
# The beginnings by which the usual keys and tokens are known.
SECRET = re.compile(
    r"\bsk-[\w-]{8,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{20,}|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


@dataclass(frozen=True)
class Field:
    """One question of the form. `rows`: a table of who has access; `when_found`: needed only when something was found."""

    name: str
    label: str
    help: str = ""
    rows: bool = False
    required: bool = True
    when_found: bool = False


FOUND = Field("found", "What was found", "Needed when something was found.", required=False, when_found=True)
FIELDS = {
    Duty.DRILL: (
        Field("scenario", "Scenario", "What was played through, and with which assumptions."),
        Field("participants", "Who took part", "Names or roles, one in a line."),
        FOUND,
    ),
    Duty.ACCESS_REVIEW: (
        Field(
            "rows", "Who has access", "Say for each whether it is kept or removed, and why it is removed.", rows=True
        ),
        FOUND,
    ),
    Duty.SPOT_CHECK: (
        Field("sample", "Sample", "What was looked at: which period, how many, how they were chosen."),
        Field("seen", "Result", "What the sample showed."),
        FOUND,
    ),
    Duty.KEY_ROTATION: (
        Field("keys", "Which keys", "Their names or ids, one in a line. Never the key itself."),
        Field("rotated_by", "By whom", "Who replaced them, and who checked that the old ones are revoked."),
        FOUND,
    ),
    Duty.OTHER: (Field("done", "What was done"), FOUND),
}
# Where the outcome matters, someone other than who recorded it signs (rule 5); whatever opens statements again, too.
COUNTERSIGNED = frozenset({Duty.DRILL, Duty.ACCESS_REVIEW})


def newest(occurrences):
    """What was recorded last of each of these dates, in one query."""
    rows = Completion.objects.filter(occurrence__in=occurrences).order_by("number")
    return {row.occurrence_id: row for row in rows.select_related("occurrence__obligation")}.values()


def checked(duty, answers, *, found):
    """The answers to the duty's questions, stripped. Raises Refused with a sentence for what is missing or a secret.

    `found`: something was found, which then has to be said.
    """
    kept = {}
    for field in FIELDS[Duty(duty)]:
        value = answers.get(field.name)
        kept[field.name] = _rows(value or []) if field.rows else _text(field, value or "")
        if not kept[field.name] and (field.required or (field.when_found and found)):
            raise Refused(f"“{field.label}” is empty: fill it in.")
    return kept


def _text(field, value):
    text = value.strip()
    if len(text) > TEXT_LIMIT:
        raise Refused(f"“{field.label}” is longer than {TEXT_LIMIT:,} characters.")
    refuse_secrets(text)
    return text


def _rows(rows):
    if len(rows) > MOST_ROWS:
        raise Refused(f"More than {MOST_ROWS} lines: cite the list as evidence and write down what was removed.")
    kept = [{name: str(row.get(name, "")).strip() for name in ROW} for row in rows]
    for row in kept:
        refuse_secrets(" ".join(row.values()))
        if not row["who"]:
            raise Refused("A line does not say who has access.")
        if row["verdict"] not in dict(VERDICTS):
            raise Refused(f"{row['who']}: say whether the access is kept or removed.")
        if row["verdict"] == "removed" and not row["why"]:
            raise Refused(f"{row['who']}: say why the access is removed.")
    return kept


def with_the_rest_kept(row):
    """The line as it is recorded when everyone not marked otherwise is kept; a reason alone is no mark and is asked about."""
    if not row.get("who") or row.get("verdict") or row.get("why"):
        return row
    return row | {"verdict": "kept", "why": KEPT_WITH_THE_REST}


def refuse_secrets(text):
    """Raise Refused when the text holds what looks like a key: what is recorded here is kept for ever."""
    if SECRET.search(text):
        raise Refused(
            "Not recorded: this holds what looks like a secret key. Write down its name, never the key itself; "
            "a key that was pasted somewhere should be revoked."
        )
