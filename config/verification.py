"""Is everything that was promised still true? Every file's hash, every digest, every rule the database holds."""

from collections.abc import Iterator
from typing import NamedTuple

import audit.verification
import dossiers.verification
import evidence.verification
import reviews.verification

CHECKS = {
    "evidence files": evidence.verification.files,
    "evidence links": evidence.verification.links,
    "files of answers": reviews.verification.files,
    "dossiers": dossiers.verification.files,
    "papers": dossiers.verification.papers,
    "packages": dossiers.verification.packages,
    "reviews on their way in": reviews.verification.arrivals,
    "sign-offs": reviews.verification.signoffs,
    "complete items": reviews.verification.items,
    "standings": reviews.verification.standing,
    "decisions": reviews.verification.decisions,
    "letters": reviews.verification.letters,
    "minutes": reviews.verification.minutes,
    "completions": reviews.verification.completions,
    "policies": reviews.verification.policies,
    "triggers": audit.verification.triggers,
}


class Result(NamedTuple):
    """What one check looked at, and a line for each object that is wrong."""

    name: str
    looked_at: int
    failures: list[str]


def run() -> Iterator[Result]:
    """Make each check and yield its result. Raises OSError when the storage does not answer."""
    for name, check in CHECKS.items():
        count, failures = 0, []
        for label, wrong in check():
            count += 1
            if wrong:
                failures.append(f"{label}: {wrong}")
        yield Result(name, count, failures)
