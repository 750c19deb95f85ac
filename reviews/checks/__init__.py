"""Which gaps does a review have that nobody may have noticed? One file for each kind of check, one table of them all.

A check says why it fired, by the facts it fired on, the rule behind it, and what to do next. Somebody who leads the review
may set it aside with a reason; that holds while the facts are the same, and what was said stays on record.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reviews.checks import audit_rights, bottlenecks, classification, duties, expiry, findings, incidents, soc2
from reviews.checks.found import Fired, Found
from reviews.checks.ground import Ground, ground_of


@dataclass(frozen=True)
class Check:
    """`fine` says what was looked at when nothing was found; `rule` why it is looked at."""

    key: str
    title: str
    fine: str
    rule: str
    find: Callable[[Ground], Iterator[Found]]
    rule_number: int | None = None  # of docs/rules.md, where one of them says it


CHECKS = (
    Check(
        "classification",
        "No agreed data classification",
        "A data classification policy is in force and covers what the deployment carries.",
        "Before a review begins, everybody agrees on which data may go in: one page, signed by CISO, legal and compliance.",
        classification.find,
    ),
    Check(
        "soc2",
        "Waiting for a perfect SOC 2 report",
        "No statement waits for a SOC 2 report while another proof is at hand.",
        "A SOC 2 report is a foundation, not a veto: what it leaves open is covered by controls of one's own.",
        soc2.find,
    ),
    Check(
        "duties",
        "API and SaaS duties mixed up",
        "Nothing that is our own duty on this channel is asked of the vendor, and nothing of the vendor's is taken for ours.",
        "Who uses the API does sign-in and access themselves; who uses the vendor's application inherits them.",
        duties.find,
        18,
    ),
    Check(
        "incident_plan",
        "No incident plan of our own",
        "Drills are in force, or a plan of our own is cited.",
        "How we answer an incident at the vendor, whom we tell and how data is cut off is our plan, not the vendor's.",
        incidents.find,
        21,
    ),
    Check(
        "audit_rights",
        "No audit rights in the contract",
        "Audit rights are confirmed with the contract or the DPA.",
        "The right to verify the vendor's controls stands in the contract or the DPA, or it does not exist.",
        audit_rights.find,
    ),
    Check(
        "conflicts",
        "Sources disagree",
        "No source contradicts another, or it is settled which prevails.",
        "Contract over DPA over the vendor's pages over articles by others; until it is settled nobody signs.",
        findings.conflicts,
        4,
    ),
    Check(
        "contradictions",
        "Statements contradict each other",
        "Statements that mean the same have the same finding.",
        "Statements that mean the same should not be answered differently.",
        findings.contradictions,
        14,
    ),
    Check(
        "unowned",
        "Statements without an owner",
        "Every statement has an owner.",
        "What nobody owns can be worked on, and not signed.",
        findings.unowned,
        1,
    ),
    Check(
        "bottleneck",
        "Waiting for one person",
        "No one person holds up most of the review.",
        "A review that hangs on one person stands still with them.",
        bottlenecks.find,
        2,
    ),
    Check(
        "expiry",
        "Evidence ends around the planned pilot",
        "What is cited lasts well beyond the review's deadline.",
        "The review's deadline is taken as the planned day of the pilot; what ends then has to be renewed before.",
        expiry.find,
        8,
    ),
)
BY_KEY = {check.key: check for check in CHECKS}


def of(review, today=None, ground=None):
    """Every Fired of the review, those set aside included, in the order of CHECKS. A constant number of queries."""
    ground = ground or ground_of(review, today)
    standing = {
        (row.check_key, row.subject): row for row in review.dismissals.filter(revoked_at=None).select_related("by")
    }
    return [_fired(check, found, ground, standing) for check in CHECKS for found in check.find(ground)]


def asking(fired):
    """Those that ask for attention: not set aside, or for other facts than today's."""
    return [each for each in fired if each.dismissal is None]


def fine(fired):
    """The checks that found nothing."""
    keys = {each.key for each in fired}
    return [check for check in CHECKS if check.key not in keys]


def title_of(key):
    """The title of the check, also of one that was taken out of CHECKS since."""
    return BY_KEY[key].title if key in BY_KEY else key


def _fired(check, found, ground, standing):
    row = standing.get((check.key, found.subject))
    fingerprint = found.fingerprint(check.key)
    holds = bool(row and row.fingerprint == fingerprint)
    return Fired(
        key=check.key,
        subject=found.subject,
        title=found.title or check.title,
        why=found.why,
        next_step=found.next_step,
        url=found.url,
        rule=check.rule,
        rule_number=check.rule_number,
        dismissal=row if holds else None,
        earlier=row if row and not holds else None,
        fingerprint=fingerprint,
    )
