"""What does a check say when it fires?"""

from dataclasses import dataclass
from typing import Any

from reviews import digest
from reviews.models import Dismissal


@dataclass(frozen=True)
class Found:
    """What a check found, on which facts.

    `subject` tells several of one check apart (at most 80 characters). `facts` are what JSON can hold; when they change, so
    does the fingerprint, and what was set aside asks again.
    """

    why: str
    next_step: str
    url: str
    facts: Any
    subject: str = ""
    title: str = ""

    def fingerprint(self, key: str) -> str:
        """SHA-256 of the ground it fired on."""
        return digest.sha256(digest.canonical([key, self.subject, self.facts]))


@dataclass(frozen=True)
class Fired:
    """The same as pages print it. `dismissal` holds today; `earlier` was given for facts that have changed since."""

    key: str
    subject: str
    title: str
    why: str
    next_step: str
    url: str
    rule: str
    rule_number: int | None
    dismissal: Dismissal | None
    earlier: Dismissal | None
    fingerprint: str


def numbers(items):
    """ "statements 4, 8 and 12" of these items."""
    found = [str(item.number) for item in items]
    if len(found) == 1:
        return f"statement {found[0]}"
    return f"statements {', '.join(found[:-1])} and {found[-1]}"
