"""Which closed sets exist in a review, and which named groups of them?"""

from django.db.models import TextChoices


class Kind(TextChoices):
    INITIAL = "initial", "Initial review"
    QUARTERLY = "quarterly", "Quarterly review"
    ANNUAL = "annual", "Annual re-assessment"
    TRIGGERED = "triggered", "Triggered re-assessment"


class Status(TextChoices):
    """The work on an item. Never mixed with its finding."""

    NOT_STARTED = "not_started", "Not started"
    IN_PROGRESS = "in_progress", "In progress"
    AWAITING = "awaiting", "Awaiting sign-off"
    COMPLETE = "complete", "Complete"


OPEN = frozenset({Status.NOT_STARTED, Status.IN_PROGRESS})
SUBMITTED = frozenset({Status.AWAITING, Status.COMPLETE})


class Finding(TextChoices):
    """The result of an item."""

    CONFIRMED = "confirmed", "Confirmed"
    UNCONFIRMED = "unconfirmed", "Cannot be confirmed"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


class AnsweredBy(TextChoices):
    OURS = "ours", "Our own answer"
    VENDOR = "vendor", "Vendor's answer"
    NEGOTIATED = "negotiated", "To be negotiated"


class State(TextChoices):
    """What a tile shows: status and finding seen together, with what time has done to the sign-off."""

    CONFIRMED = "confirmed", "Confirmed"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    UNCONFIRMED = "unconfirmed", "Cannot be confirmed"
    LAPSED = "lapsed", "Lapsed"
    AWAITING = "awaiting", "Awaiting sign-off"
    IN_PROGRESS = "in_progress", "In progress"
    NOT_STARTED = "not_started", "Not started"
    UNOWNED = "unowned", "No owner"


# Only current sign-offs lead to these (rule 10).
SATISFIED = frozenset({State.CONFIRMED, State.NOT_APPLICABLE})
DECIDED = SATISFIED | {State.UNCONFIRMED}


class Act(TextChoices):
    """The two kinds of sign-off row."""

    SIGNED = "signed", "Signed"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Outcome(TextChoices):
    GO = "go", "Go: approved"
    CONDITIONAL = "conditional", "Approved with conditions"
    HOLD = "hold", "Hold"
    ESCALATE = "escalate", "Escalate to the account team"
    REFUSE = "refuse", "Refuse"


APPROVING = frozenset({Outcome.GO, Outcome.CONDITIONAL})
