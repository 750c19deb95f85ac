"""What does somebody see first who has never been here? Three steps, in words for their role."""

from dataclasses import dataclass

from django.urls import reverse

from accounts import preferences
from accounts.choices import STAKEHOLDERS, Role


@dataclass(frozen=True)
class Step:
    number: int
    title: str
    text: str
    url: str = ""
    link: str = ""


LAST = {
    Role.REVIEWER: (
        "What is asked of you",
        "Open an item, write what you found, cite the evidence with the page it stands on, and submit it. Somebody else "
        "signs: nobody signs their own work.",
    ),
    Role.LEAD: (
        "What is asked of you",
        "You open reviews, give roles to people, ask the vendor, run the weekly sync and see what is late. Signing is for "
        "the five stakeholders.",
    ),
    Role.AUDITOR: (
        "What is asked of you",
        "Nothing: you may read everything and change nothing. Every signature shows what it covers and the digest of it; "
        "the audit log holds every change.",
    ),
    Role.ADMINISTRATOR: (
        "What is asked of you",
        "You see to people, settings and backups. What you may see of a vendor, a review lead says; and an administrator "
        "signs nothing that others have to.",
    ),
}
SIGNS = (
    "How to sign",
    "Open an item that waits for you. Read the statement, the finding and the cited evidence, then sign with your "
    "password, or return it with a comment. What you sign is exactly what the page shows.",
)


def steps(user):
    """The three, in order."""
    last = SIGNS if user.role in STAKEHOLDERS else LAST[Role(user.role)]
    return [
        Step(
            1,
            "What waits for you",
            "This page, My work, holds all that waits for you: signatures, returned items, what is late or due this week. "
            "When it is empty, you are done.",
        ),
        Step(
            2,
            "Every review at a glance",
            "A review shows one tile for each statement, and the gate: what is recommended, why, and the shortest way to "
            "go. Each tile leads to its item.",
            reverse("reviews:reviews"),
            "Look at the reviews",
        ),
        Step(3, *last, reverse("help:rules"), "Read the rules"),
    ]


def step_for(user, wanted):
    """The step to show, or None for whoever has taken or skipped the tour. `wanted` is its number as the address has it."""
    if preferences.of(user).toured_at:
        return None
    three = steps(user)
    return three[int(wanted) - 1] if wanted in {"1", "2", "3"} else three[0]
