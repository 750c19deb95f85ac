"""What does the file of a review hold? The one definition: docs/review-format.schema.json is made from it.

docs/review-format.md says what the fields mean and how the versions change. A field bears the name of the column it
comes from, so that `writing` and `moving` can go through them; a test compares them with the models.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue
from pydantic.json_schema import GenerateJsonSchema

from accounts.choices import Role
from evidence.choices import Confidentiality, Kind
from reviews import choices
from reviews.twin.values import (
    MOST,
    Bytes,
    Count,
    Day,
    Email,
    Entry,
    Evidence,
    Identity,
    ItemNumber,
    Line,
    Moment,
    Name,
    Number,
    Person,
    Sealed,
    Sha256,
    Short,
    Slug,
    Text,
    Words,
)
from vendors.choices import Channel, DataClass, Regime

FORMAT = "countersign-review"
VERSION = 1
SCHEMA_ADDRESS = "urn:countersign:review-format:1"

NOT_INCLUDED = [
    "Rights: who may see, work on, lead or sign anything. Answer pages of the vendor's people arrive ended.",
    "The audit log itself. What it says of the review comes along as its history, for reading; it is written into no other log.",
    "Dossiers, packages and other papers: they are made anew from what is here.",
    "Obligations and their dates, policies and facts: they belong to the vendor, not to the review.",
    "Syncs about several reviews, series of syncs, meetings and calendars.",
    "Reminders and mails that were sent.",
    "Spreadsheets and questionnaires that were brought in, and what they proposed and nobody took.",
    "Earlier and later reviews of the same chain: they are named.",
]

Blank = Literal[""]


class PersonEntry(Entry):
    """Somebody the file names. No right goes with it."""

    email: Email
    name: Name
    role: Role


class VendorEntry(Entry):
    name: Name
    slug: Slug
    description: Text
    website: Line
    trust_centre: Line


class DeploymentEntry(Entry):
    number: Annotated[Identity, Field(description="What the signatures call it.")]
    name: Name
    channel: Channel
    data_classes: list[DataClass] = Field(max_length=20)
    regimes: list[Regime] = Field(max_length=20)
    description: Text


class ChecklistEntry(Entry):
    slug: Slug
    version: Number
    title: Name
    sha256: Annotated[Sha256, Field(description="Of what the checklist says, as docs/checklist-format.md describes.")]


class EvidenceName(Entry):
    here: Annotated[Evidence, Field(description="The evidence's number in this file.")]
    there: Identity


class NamesEntry(Entry):
    """What signatures that were given in an earlier installation call the review, its deployment and its evidence."""

    review: Slug
    deployment: Identity
    evidence: list[EvidenceName] = Field(max_length=MOST)
    digests: list[Sha256] = Field(max_length=MOST, description="Which signatures these are.")


class AssignmentEntry(Entry):
    role: Role
    user: Person


class EarlierEntry(Entry):
    """The earlier review that this one looks at again, and why."""

    slug: Slug
    title: Name
    trigger: choices.Trigger | Blank
    why: Text
    rests_on: list[Line] = Field(max_length=MOST, description="Earlier items that count as they stand: address/number.")


class ReviewEntry(Entry):
    slug: Slug
    title: Name
    kind: choices.Kind
    lead: Person
    opened_by: Person
    opened_at: Moment
    due_on: Day
    earlier: EarlierEntry | None
    assignments: list[AssignmentEntry] = Field(max_length=20)


class VersionEntry(Entry):
    number: Number
    name: Name
    link: Annotated[str, Field(max_length=2000, pattern=r"^(https?://[^\x00]*)?$", description="Empty for a file.")]
    sha256: Sha256
    size: Bytes
    content_type: Line
    issued_on: Day | None
    period_start: Day | None
    period_end: Day | None
    valid_until: Day | None
    uploaded_by: Person
    uploaded_at: Moment


class EvidenceEntry(Entry):
    """Whatever the review cites or cited, with every version."""

    number: Annotated[Evidence, Field(description="What the signatures call it.")]
    title: Name
    kind: Kind
    confidentiality: Confidentiality
    created_at: Moment
    withdrawn_at: Moment | None
    withdrawn_reason: Text
    versions: list[VersionEntry] = Field(min_length=1, max_length=1_000)


class CitationEntry(Entry):
    evidence: Evidence
    locator: Line
    quote: Text
    cited_by: Person
    cited_at: Moment


class CommentEntry(Entry):
    author: Person
    text: Words
    written_at: Moment


class SignOffEntry(Entry):
    """One signature or its withdrawal, frozen: `digest` is the SHA-256 of `content`."""

    act: choices.Act
    submission: Number
    signer: Person
    signer_name: Name
    signer_role: Name
    submitted_by: Person
    signed_at: Moment
    finding: choices.Finding
    meaning: Words
    content: Sealed
    digest: Sha256
    valid_until: Day | None
    reason: Text


class SideEntry(Entry):
    rank: choices.SourceRank
    source: Name
    says: Text
    where: Line
    dated: Day
    evidence: Evidence | None


class ConflictEntry(Entry):
    title: Name
    opened_by: Person
    opened_at: Moment
    resolution: Text
    resolved_at: Moment | None
    resolved_by: Person | None
    version: Number
    prevails: Annotated[Count | None, Field(description="Which of the sides, from 0.")]
    sides: list[SideEntry] = Field(max_length=100)


class ItemEntry(Entry):
    number: ItemNumber
    role: Role | Blank
    owner: Person | None
    due_on: Day
    status: choices.Status
    finding: choices.Finding | Blank
    reason: Text
    asked: Text
    asked_of: Line
    notes: Text
    version: Number
    finding_by: Person | None
    submission: Count
    submitted_by: Person | None
    submitted_at: Moment | None
    returned_to: Person | None
    inherited_from: Annotated[Line, Field(description="An earlier review's item: address/number; or empty.")]
    why_again: list[Text] | None = Field(max_length=100)
    unchanged: Annotated[
        bool, Field(description="Whether what stands there is exactly what was last submitted or signed.")
    ]
    citations: list[CitationEntry] = Field(max_length=1_000)
    comments: list[CommentEntry] = Field(max_length=10_000)
    conflicts: list[ConflictEntry] = Field(max_length=1_000)
    signoffs: list[SignOffEntry] = Field(max_length=1_000)


class ConditionEntry(Entry):
    text: Words
    owner: Person
    due_on: Day
    met_at: Moment | None
    met_by: Person | None
    met_note: Text


class DecisionEntry(Entry):
    number: Number
    outcome: choices.Outcome
    recommendation: Short
    reason: Words
    signer: Person
    signer_name: Name
    signer_role: Name
    decided_at: Moment
    meaning: Words
    content: Sealed
    digest: Sha256
    conditions: list[ConditionEntry] = Field(max_length=1_000)


class GuestEntry(Entry):
    """Somebody of the vendor who was given a page to answer on. It arrives ended: an address is a right."""

    name: Name
    email: Email
    note: Text
    created_by: Person
    created_at: Moment
    expires_at: Moment
    ended_at: Moment | None
    ended_by: Person | None
    questions: list[Number] = Field(max_length=MOST)


class AttachmentEntry(Entry):
    name: Name
    sha256: Sha256
    size: Bytes
    content_type: Line


class JudgementEntry(Entry):
    judged: choices.Judged
    reason: Text
    by: Person
    at: Moment


class TakenEntry(Entry):
    """That the answer, or one of its files (from 0), was taken into the evidence."""

    attachment: Count | None
    evidence: Evidence
    by: Person
    at: Moment


class AnswerEntry(Entry):
    number: Number
    text: Text
    source: Name
    said_on: Day
    via: choices.Via
    recorded_by: Person | None
    guest: Annotated[Count | None, Field(description="Which of `guests`, from 0.")]
    recorded_at: Moment
    attachments: list[AttachmentEntry] = Field(max_length=100)
    judgements: list[JudgementEntry] = Field(max_length=1_000)
    taken: list[TakenEntry] = Field(max_length=100)


class QuestionEntry(Entry):
    number: Number
    standard: Annotated[Line, Field(description="Key of the checklist's question, or empty.")]
    items: list[ItemNumber] = Field(max_length=1_000)
    topic: Line
    text: Words
    wanted: Text
    state: choices.QuestionState
    asked_on: Day | None
    asked_by: Person | None
    asked_of: Line
    via: choices.Via | Blank
    due_on: Day | None
    withdrawn_reason: Text
    version: Number
    created_by: Person
    created_at: Moment
    answers: list[AnswerEntry] = Field(max_length=1_000)


class AddresseeEntry(Entry):
    name: Name
    job_title: Line
    email: Email | Blank


class EscalatedEntry(Entry):
    item: ItemNumber
    question: Number
    outcome: choices.EscalationOutcome | Blank
    note: Text
    by: Person | None
    at: Moment | None


class EscalationEntry(Entry):
    number: Number
    decision: Annotated[Number | None, Field(description="Number of the decision it carries out.")]
    state: choices.EscalationState
    opening: Text
    answer_by: Day
    version: Number
    created_by: Person
    created_at: Moment
    sent_by: Person | None
    sent_at: Moment | None
    mailed: bool
    content: Sealed
    digest: Sha256 | Blank
    closed_at: Moment | None
    closed_by: Person | None
    closed_reason: Text
    addressees: list[AddresseeEntry] = Field(max_length=100)
    escalated: list[EscalatedEntry] = Field(max_length=1_000)


class LineEntry(Entry):
    kind: choices.LineKind
    item: ItemNumber | None
    text: Words
    version: Number
    written_by: Person
    written_at: Moment
    removed_at: Moment | None


class ActionEntry(Entry):
    item: ItemNumber | None
    text: Words
    owner: Person
    due_on: Day
    state: choices.ActionState
    closed_at: Moment | None
    closed_by: Person | None
    closed_note: Text
    version: Number
    created_by: Person
    created_at: Moment


class SyncEntry(Entry):
    number: Number
    opened_by: Person
    opened_at: Moment
    since: Moment
    attendees: list[Person] = Field(max_length=1_000)
    others: Text
    closed_at: Moment | None
    closed_by: Person | None
    content: Sealed
    digest: Sha256 | Blank
    lines: list[LineEntry] = Field(max_length=10_000)
    actions: list[ActionEntry] = Field(max_length=10_000)


class DismissalEntry(Entry):
    check_key: Short
    subject: Line
    fired: Words
    fingerprint: Sha256
    reason: Text
    by: Person
    at: Moment
    revoked_at: Moment | None
    revoked_by: Person | None


class FiguresEntry(Entry):
    day: Day
    counts: dict[Short, Count] = Field(max_length=50)
    recommendation: Short


class EventEntry(Entry):
    """A line of the log there: what was done, by whom, as it was called then."""

    event_type: Name
    occurred_at: Moment
    actor_name: Line
    actor_role: Line
    target_type: Line
    target_label: Line
    item: ItemNumber | None
    business_context: Line
    content_hash: Line
    approved_by: Line
    before: dict[str, JsonValue] = Field(max_length=1_000)
    after: dict[str, JsonValue] = Field(max_length=1_000)
    reason: Text


class InstallationEntry(Entry):
    organisation: Name
    address: Line


class Twin(Entry):
    """A review with everything that belongs to it, but the rights."""

    format: Literal["countersign-review"]
    format_version: Literal[1]
    exported_at: Moment
    exported_by: Person
    installation: InstallationEntry
    not_included: list[Text] = Field(max_length=100)
    withheld: Annotated[
        list[Sha256],
        Field(max_length=MOST, description="Files named here that do not lie beside; all of them or none."),
    ]
    people: list[PersonEntry] = Field(max_length=10_000)
    vendor: VendorEntry
    deployment: DeploymentEntry
    checklist: ChecklistEntry
    names: list[NamesEntry] = Field(max_length=100)
    review: ReviewEntry
    evidence: list[EvidenceEntry] = Field(max_length=10_000)
    items: list[ItemEntry] = Field(max_length=1_000)
    decisions: list[DecisionEntry] = Field(max_length=1_000)
    guests: list[GuestEntry] = Field(max_length=10_000)
    questions: list[QuestionEntry] = Field(max_length=10_000)
    escalations: list[EscalationEntry] = Field(max_length=1_000)
    syncs: list[SyncEntry] = Field(max_length=10_000)
    dismissals: list[DismissalEntry] = Field(max_length=10_000)
    figures: list[FiguresEntry] = Field(max_length=10_000)
    history: list[EventEntry] = Field(max_length=MOST)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a review's file."""
    made = Twin.model_json_schema()
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": SCHEMA_ADDRESS} | made | {"title": "A review"}


def files(twin: Twin) -> dict[str, int]:
    """`{SHA-256: bytes}` of every file the review's file speaks of."""
    versions = [version for evidence in twin.evidence for version in evidence.versions if not version.link]
    attached = [file for question in twin.questions for answer in question.answers for file in answer.attachments]
    return {each.sha256: each.size for each in (*versions, *attached)}
