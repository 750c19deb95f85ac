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
    INHERITED = "inherited", "Inherited, not re-affirmed"
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
# With these the work on a review ends; a hold or an escalation is a part of it.
FINAL = APPROVING | {Outcome.REFUSE}


class Trigger(TextChoices):
    """What makes somebody look again before the next date."""

    INCIDENT = "incident", "An incident"
    SUBPROCESSOR = "subprocessor", "A new sub-processor"
    DOCUMENT = "document", "A changed document"
    OWNER_LEFT = "owner_left", "An owner has left"
    OTHER = "other", "Something else"


class Duty(TextChoices):
    """What recurs, by the source's last chapter (rule 21)."""

    QUARTERLY_REVIEW = "quarterly_review", "Quarterly compliance review"
    ANNUAL_REVIEW = "annual_review", "Annual vendor re-assessment"
    DRILL = "drill", "Incident response drill"
    ACCESS_REVIEW = "access_review", "Access review"
    SPOT_CHECK = "spot_check", "Data-handling spot check"
    KEY_ROTATION = "key_rotation", "API key rotation"
    OTHER = "other", "Something else"


# These are done by a review of their own, which the scheduler prepares.
BY_REVIEW = {Duty.QUARTERLY_REVIEW: Kind.QUARTERLY, Duty.ANNUAL_REVIEW: Kind.ANNUAL}


class Unit(TextChoices):
    DAY = "day", "days"
    WEEK = "week", "weeks"
    MONTH = "month", "months"
    QUARTER = "quarter", "quarters"
    YEAR = "year", "years"


class Counted(TextChoices):
    """From which day the next date is counted."""

    CALENDAR = "calendar", "By the calendar, from the first date"
    COMPLETION = "completion", "From the day it was last done"


class ObligationState(TextChoices):
    PROPOSED = "proposed", "Proposed"
    ACTIVE = "active", "In force"
    DISMISSED = "dismissed", "Not accepted"
    ENDED = "ended", "Ended"


class OccurrenceState(TextChoices):
    OPEN = "open", "Open"
    AWAITING = "awaiting", "Awaiting sign-off"
    DONE = "done", "Done"
    SKIPPED = "skipped", "Skipped"


PENDING = frozenset({OccurrenceState.OPEN, OccurrenceState.AWAITING})


class Result(TextChoices):
    """How a date of an obligation went."""

    PASSED = "passed", "As it should be"
    FAILED = "failed", "Something was found"


class About(TextChoices):
    """What a reminder is about."""

    ITEM = "item", "Item due"
    SIGNOFF = "signoff", "Sign-off waiting"
    OBLIGATION = "obligation", "Obligation due"
    MISSED = "missed", "Obligation missed three times"
    COUNTERSIGN = "countersign", "Completion waiting for a signature"
    PROPOSAL = "proposal", "Obligations proposed"
    CONDITION = "condition", "Condition due"
    EVIDENCE = "evidence", "Evidence expiring"
    LAPSING = "lapsing", "Sign-off about to lapse"
    LAPSED = "lapsed", "Sign-off lapsed"
    APPROVAL = "approval", "Approval on hold"
    TOKEN = "token", "Calendar address expiring"
    UNDELIVERED = "undelivered", "Mail not delivered"
    QUESTION = "question", "Question unanswered"
    ANSWER = "answer", "Answer to be judged"
    ESCALATION = "escalation", "Escalation unanswered"
    ACTION = "action", "Action of a sync due"
    POLICY = "policy", "Policy waiting for a signature"
    ARRIVAL = "arrival", "Review from elsewhere to be let in"


class OnCalendar(TextChoices):
    """What a calendar shows."""

    OBLIGATION = "obligation", "Obligation"
    MEETING = "meeting", "Meeting"
    SYNC = "sync", "Weekly sync"
    ACTION = "action", "Action"
    ANSWER = "answer", "Answer due"
    REVIEW = "review", "Review deadline"
    ITEM = "item", "Item due"
    CONDITION = "condition", "Condition"
    EVIDENCE = "evidence", "Evidence expires"
    LAPSE = "lapse", "Sign-off lapses"
    ABSENCE = "absence", "Absence"


class Delivery(TextChoices):
    """What became of a message."""

    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    NOTHING = "nothing", "Nothing left to say"
    REFUSED = "refused", "Refused by the mail server"
    GIVEN_UP = "given_up", "Given up after many tries"
    BOUNCED = "bounced", "Bounced"
    NO_ADDRESS = "no_address", "No address to send to"


UNDELIVERED = frozenset({Delivery.REFUSED, Delivery.GIVEN_UP, Delivery.BOUNCED, Delivery.NO_ADDRESS})


class QuestionState(TextChoices):
    """Where a question to the vendor stands."""

    DRAFT = "draft", "To be asked"
    ASKED = "asked", "Waiting for an answer"
    ANSWERED = "answered", "Answer to be judged"
    INSUFFICIENT = "insufficient", "Answer not sufficient"
    SETTLED = "settled", "Answered"
    WITHDRAWN = "withdrawn", "Withdrawn"


# The vendor is to move.
WITH_VENDOR = frozenset({QuestionState.ASKED, QuestionState.INSUFFICIENT})
UNSETTLED = WITH_VENDOR | {QuestionState.DRAFT, QuestionState.ANSWERED}


class Via(TextChoices):
    """Through which channel a question went out or an answer came in."""

    EMAIL = "email", "E-mail"
    MEETING = "meeting", "Meeting or call"
    PORTAL = "portal", "Vendor's portal or ticket"
    DOCUMENT = "document", "Document"
    SHEET = "sheet", "Spreadsheet"
    LETTER = "letter", "Escalation letter"
    PAGE = "page", "Vendor's own page"
    OTHER = "other", "Other"


class Judged(TextChoices):
    SUFFICIENT = "sufficient", "Sufficient"
    INSUFFICIENT = "insufficient", "Not sufficient"


class EscalationState(TextChoices):
    DRAFT = "draft", "Draft"
    SENT = "sent", "Sent"
    CLOSED = "closed", "Closed"
    WITHDRAWN = "withdrawn", "Withdrawn"


class EscalationOutcome(TextChoices):
    """What an escalation brought for one of its items; without one, the account team has not answered."""

    ANSWERED = "answered", "Answered"
    PARTLY = "partly", "Answered in part"
    DECLINED = "declined", "Declined"
    DROPPED = "dropped", "No longer asked"


class LineKind(TextChoices):
    """What is written down in a sync."""

    NOTE = "note", "Note"
    DECISION = "decision", "Decision"


class ActionState(TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"


class SourceRank(TextChoices):
    """Whose word counts more when sources disagree: the order is that of precedence."""

    CONTRACT = "contract", "Contract"
    DPA = "dpa", "Data Processing Addendum"
    VENDOR_PAGE = "vendor_page", "Vendor's page or document"
    ARTICLE = "article", "Article by someone else"


class PolicyState(TextChoices):
    DRAFT = "draft", "Draft"
    AWAITING = "awaiting", "Awaiting signatures"
    IN_FORCE = "in_force", "In force"
    SUPERSEDED = "superseded", "Replaced by a later version"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ImportKind(TextChoices):
    """What somebody brings into a review."""

    SHEET = "sheet", "Spreadsheet of the statements"
    QUESTIONNAIRE = "questionnaire", "Vendor's questionnaire"


class ImportState(TextChoices):
    WAITING = "waiting", "Waiting to be read"
    READING = "reading", "Being read"
    COLUMNS = "columns", "Columns to be named"
    READY = "ready", "Ready to be applied"
    APPLYING = "applying", "Being applied"
    APPLIED = "applied", "Applied"
    UNDONE = "undone", "Undone"
    REFUSED = "refused", "Not readable"
    ABANDONED = "abandoned", "Abandoned"


class RowOutcome(TextChoices):
    """What a row of a sheet would do, compared with what is stored."""

    NEW = "new", "New"
    CHANGED = "changed", "Changed"
    CONFLICTING = "conflicting", "Changed here since"
    UNCHANGED = "unchanged", "Unchanged"
    REFUSED = "refused", "Refused"


class MatchedBy(TextChoices):
    """By what a row of a sheet was found to speak of a statement."""

    ID = "id", "Hidden id"
    NUMBER = "number", "Number"
    POSITION = "position", "Category and position"
    WORDING = "wording", "Wording"
    PERSON = "person", "Chosen by a person"


class ProposalState(TextChoices):
    OPEN = "open", "Proposed"
    TAKEN = "taken", "Taken"
    DISMISSED = "dismissed", "Set aside"


class Relevance(TextChoices):
    """How near a question of a vendor's questionnaire is to a statement; the nearest first."""

    DIRECT = "direct", "Asks the same"
    PARTLY = "partly", "Asks a part of it"
    BACKGROUND = "background", "Background"


class ArrivalState(TextChoices):
    """Where a review from another installation is on its way in."""

    READING = "reading", "Being checked"
    READY = "ready", "Checked, waits for somebody's word"
    MOVING = "moving", "Being moved in"
    MOVED = "moved", "Moved in"
    REFUSED = "refused", "Not moved"
    ABANDONED = "abandoned", "Given up"
