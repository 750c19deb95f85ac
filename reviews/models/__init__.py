"""What is stored of reviews?"""

from reviews.models.calendars import Feed, FeedEntry, Meeting
from reviews.models.checklists import Category, Checklist, Statement
from reviews.models.obligations import Completion, CompletionSignOff, Obligation, Occurrence
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

__all__ = [
    "TEXT_LIMIT",
    "Assignment",
    "Category",
    "Checklist",
    "Citation",
    "Comment",
    "Completion",
    "CompletionSignOff",
    "Condition",
    "Decision",
    "Feed",
    "FeedEntry",
    "Item",
    "Meeting",
    "Message",
    "Obligation",
    "Occurrence",
    "Reassessment",
    "Reminder",
    "Review",
    "SignOff",
    "Standing",
    "Statement",
    "Touched",
]
