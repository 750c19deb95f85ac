"""What is stored of reviews?"""

from reviews.models.calendars import Feed, FeedEntry, Meeting
from reviews.models.checklists import Category, Checklist, Statement
from reviews.models.checks import Conflict, ConflictSide, Dismissal
from reviews.models.escalations import Addressee, EscalatedItem, Escalation
from reviews.models.imports import Arrival, Import, ImportRow, MovedReview, Proposal, RememberedHeading
from reviews.models.obligations import Completion, CompletionSignOff, Obligation, Occurrence
from reviews.models.policies import Policy, PolicySignature
from reviews.models.questionnaires import LoadedMapping
from reviews.models.questions import (
    Answer,
    AnswerTaken,
    Attachment,
    GuestLink,
    Judgement,
    Question,
    StandardQuestion,
)
from reviews.models.reminders import Message, Reminder
from reviews.models.reviews import (
    TEXT_LIMIT,
    Assignment,
    Citation,
    Comment,
    Item,
    Reassessment,
    Review,
    Standing,
    Touched,
)
from reviews.models.signatures import Condition, Decision, SignOff
from reviews.models.syncs import Action, DailyFigures, Line, Sync, SyncSeries

__all__ = [
    "TEXT_LIMIT",
    "Action",
    "Addressee",
    "Answer",
    "AnswerTaken",
    "Arrival",
    "Assignment",
    "Attachment",
    "Category",
    "Checklist",
    "Citation",
    "Comment",
    "Completion",
    "CompletionSignOff",
    "Condition",
    "Conflict",
    "ConflictSide",
    "DailyFigures",
    "Decision",
    "Dismissal",
    "EscalatedItem",
    "Escalation",
    "Feed",
    "FeedEntry",
    "GuestLink",
    "Import",
    "ImportRow",
    "Item",
    "Judgement",
    "Line",
    "LoadedMapping",
    "Meeting",
    "Message",
    "MovedReview",
    "Obligation",
    "Occurrence",
    "Policy",
    "PolicySignature",
    "Proposal",
    "Question",
    "Reassessment",
    "RememberedHeading",
    "Reminder",
    "Review",
    "SignOff",
    "StandardQuestion",
    "Standing",
    "Statement",
    "Sync",
    "SyncSeries",
    "Touched",
]
