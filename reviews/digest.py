"""What exactly was on the screen, as bytes that can be compared a year later? (rule 6)"""

import hashlib
import json
from datetime import date

from evidence.choices import Kind
from evidence.validity import in_words
from reviews import names
from reviews.choices import Finding, SourceRank


def canonical(content):
    """One spelling for one content: sorted keys, no spaces, UTF-8 kept as it is."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text):
    """SHA-256 of the text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def content_of(item, meaning, called=None):
    """Everything a signature on the item covers.

    `meaning` is an argument, not looked up: when the wording changes later, an old signature is
    still compared under the words it was given for. So is one given in another installation, under what
    things were `called` there (`names.of`); by default, as they are called here.
    """
    called = called or names.here(item.review)
    checklist = item.review.checklist
    settled = [
        _settled(conflict, called)
        for conflict in sorted(item.conflicts.all(), key=lambda c: c.pk)
        if not conflict.is_open
    ]
    # Only where there are any: what was signed before conflicts existed keeps its digest.
    return ({"conflicts": settled} if settled else {}) | {
        "format": 1,
        "review": called.review,
        "deployment": called.deployment,
        "checklist": f"{checklist.slug} {checklist.version} {checklist.sha256}",
        "number": item.number,
        "statement": item.statement.text,
        "finding": item.finding,
        "reason": item.reason,
        "asked": item.asked,
        "asked_of": item.asked_of,
        "notes": item.notes,
        "meaning": meaning,
        "evidence": [_cited(citation, called) for citation in sorted(item.citations.all(), key=lambda c: c.pk)],
    }


def of_submission(item):
    """The digest of what is put before the signer, without the words of a signature."""
    return sha256(canonical(content_of(item, "")))


def _cited(citation, called):
    version = citation.evidence.current
    return {
        "evidence": called.evidence(citation.evidence_id),
        "version": version.number,
        "name": version.name,
        "sha256": version.sha256,
        "kind": citation.evidence.kind,
        "withdrawn": citation.evidence.withdrawn_at is not None,
        "issued_on": _day(version.issued_on),
        "period": [_day(version.period_start), _day(version.period_end)],
        "valid_until": _day(version.valid_until),
        "locator": citation.locator,
        "quote": citation.quote,
    }


def _settled(conflict, called):
    """A settled source conflict as it is shown. An open one is no part of what is signed: it keeps from signing."""
    return {
        "about": conflict.title,
        "sides": [
            {
                "rank": side.rank,
                "source": side.source,
                "says": side.says,
                "where": side.where,
                "dated": _day(side.dated),
                "evidence": side.evidence_id and called.evidence(side.evidence_id),
                "prevails": side.pk == conflict.prevails_id,
            }
            for side in conflict.ranked
        ],
        "resolution": conflict.resolution,
    }


def _day(day):
    return day.isoformat() if day else None


LABELS = {
    "checklist": "The checklist",
    "statement": "The statement",
    "finding": "The finding",
    "reason": "The reason",
    "asked": "What was asked",
    "asked_of": "Whom it was asked of",
    "notes": "The notes",
    "meaning": "The words of the signature",
    "evidence": "The cited evidence",
    "conflicts": "The settled source conflicts",
}


def differences(shown, now):
    """`[(what, as it was shown, as it is now)]` in words, for every part that differs."""
    return [
        (label, _in_words(key, shown.get(key)), _in_words(key, now.get(key)))
        for key, label in LABELS.items()
        if shown.get(key) != now.get(key)
    ]


# What may stay the same from one review to the next. An item only inherits from one of the same statement.
COMPARED = LABELS.keys() - {"checklist", "statement", "meaning"}


def compared(then, now):
    """`[(what, then, now, whether it differs)]` in words, of the parts that can stay the same between two reviews."""
    return [
        (label, *(said.get(key) and _in_words(key, said[key]) for said in (then, now)), then.get(key) != now.get(key))
        for key, label in LABELS.items()
        if key in COMPARED
    ]


def _in_words(key, value):
    if key == "evidence":
        return "\n".join(_evidence_line(each) for each in value) or "(none)"
    if key == "conflicts":
        return "\n".join(_conflict_line(each) for each in value or ()) or "(none)"
    if key == "finding":
        return dict(Finding.choices).get(value, value)
    return value or "(empty)"


def day_in_words(written):
    """A day as `_day` writes it, as people read it."""
    return in_words(date.fromisoformat(written)) if written else "…"


def _evidence_line(each):
    """Everything that counts about a citation, so that no two different ones read the same."""
    start, end = each["period"]
    parts = [
        f"{each['name']}, version {each['version']}",
        dict(Kind.choices).get(each["kind"], each["kind"]),
        f"SHA-256 {each['sha256'][:12]}…",
        each["issued_on"] and f"issued on {day_in_words(each['issued_on'])}",
        end and f"period {day_in_words(start)} to {day_in_words(end)}",
        each["valid_until"] and f"valid until {day_in_words(each['valid_until'])}",
        each["withdrawn"] and "withdrawn",
        each["locator"],
        each["quote"] and f"“{each['quote']}”",
    ]
    return " · ".join(part for part in parts if part)


def _conflict_line(each):
    """Everything that counts about a settled conflict, so that no two different ones read the same."""
    sides = [
        " · ".join(
            part
            for part in (
                f"{side['source']} ({SourceRank(side['rank']).label})",
                f"“{side['says']}”",
                side["where"],
                day_in_words(side["dated"]),
                side["evidence"] and f"evidence {side['evidence']}",
                side["prevails"] and "prevails",
            )
            if part
        )
        for side in each["sides"]
    ]
    return "\n".join((f"{each['about']}: {each['resolution']}", *sides))
