"""What does the source's last chapter ask for after an approval, how often and of whom? (rule 21)

SOC 2 reports and penetration tests no older than twelve months are not here: the evidence says itself when it expires.
"""

from dataclasses import dataclass

from accounts.choices import Role
from reviews.choices import Counted, Duty, Unit
from vendors.choices import Channel

# Where we hold keys ourselves.
WITH_KEYS = frozenset({Channel.CLAUDE_API, Channel.CLAUDE_CODE})


@dataclass(frozen=True)
class Proposal:
    """A duty as it is proposed. `channels` are those it applies to; empty: all."""

    duty: Duty
    title: str
    role: Role
    every: int
    unit: Unit
    instructions: str
    counted: Counted = Counted.CALENDAR
    channels: frozenset[Channel] = frozenset()


PROPOSALS = (
    Proposal(
        Duty.QUARTERLY_REVIEW,
        "Quarterly compliance review",
        Role.COMPLIANCE_OFFICER,
        1,
        Unit.QUARTER,
        "Look again at what changed since the last review: expired or replaced evidence, new wording of a statement, "
        "another channel, changed facts about the vendor, and what was approved under conditions.",
    ),
    Proposal(
        Duty.ANNUAL_REVIEW,
        "Annual vendor re-assessment",
        Role.CISO,
        1,
        Unit.YEAR,
        "Look again at every statement, as if for the first time; what was found last time stands beside it.",
    ),
    Proposal(
        Duty.DRILL,
        "Incident response drill",
        Role.CISO,
        6,
        Unit.MONTH,
        "Play through an incident at this vendor: who is called, who decides, how fast we and they answer. "
        "Write down what did not work.",
    ),
    Proposal(
        Duty.ACCESS_REVIEW,
        "Access review",
        Role.IT_SECURITY,
        1,
        Unit.MONTH,
        "Go through everybody who has access and say for each: kept or removed, and why.",
    ),
    Proposal(
        Duty.SPOT_CHECK,
        "Data-handling spot check",
        Role.PRIVACY_OFFICER,
        1,
        Unit.MONTH,
        "Take a sample of what was sent to the vendor and check it against the classes of data this deployment may carry. "
        "The source asks for spot checks and names no cadence: monthly is our proposal, change it if another fits better.",
    ),
    Proposal(
        Duty.KEY_ROTATION,
        "API key rotation",
        Role.IT_SECURITY,
        90,
        Unit.DAY,
        "Replace every API key of this deployment and revoke the old ones. Write down the keys' names, never the keys.",
        Counted.COMPLETION,
        WITH_KEYS,
    ),
)


def proposals_for(deployment):
    """Those that apply to the deployment's channel."""
    return [each for each in PROPOSALS if not each.channels or deployment.channel in each.channels]


# What a failure opens again unless whoever records it says otherwise: the statements that rest on the duty.
REOPENS = {
    Duty.DRILL: (12, 43),  # incident response: documented; planned and tested
    Duty.ACCESS_REVIEW: (34,),  # removal from the directory revokes access
    Duty.SPOT_CHECK: (16, 24),  # data classes are defined; conversations are not shared
    Duty.KEY_ROTATION: (37,),  # keys can be rotated and revoked
}
