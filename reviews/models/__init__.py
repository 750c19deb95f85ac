"""What is stored of reviews?"""

from reviews.models.checklists import Category, Checklist, Statement
from reviews.models.reviews import (
    TEXT_LIMIT,
    Assignment,
    Citation,
    Comment,
    Item,
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
    "Condition",
    "Decision",
    "Item",
    "Review",
    "SignOff",
    "Standing",
    "Statement",
    "Touched",
]
