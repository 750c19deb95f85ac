"""Which columns of which model does each part of a review's file hold, and which ones stay behind?

`writing` reads by it, `moving` writes by it, and a test compares it with the models: a column that is added later has to
be put on one side or the other.
"""

from typing import Any

from django.conf import settings
from django.db.models import Model

from evidence.models import Evidence, Version
from reviews import models
from reviews.twin import format as parts
from reviews.twin.values import Entry
from vendors.models import Deployment, Vendor

# What points at something else in the file, or at what it hangs on, is put together by hand.
BY_HAND: dict[type[Entry], tuple[type[Model], set[str]]] = {
    parts.VendorEntry: (Vendor, {"created_by", "created_at"}),
    parts.DeploymentEntry: (Deployment, {"vendor"}),
    parts.ReviewEntry: (models.Review, {"deployment", "checklist", "names"}),
    parts.AssignmentEntry: (models.Assignment, {"review"}),
    parts.EvidenceEntry: (Evidence, {"vendor"}),
    parts.VersionEntry: (Version, {"evidence", "file"}),
    parts.ItemEntry: (models.Item, {"review", "statement", "inherited_from", "submitted_digest"}),
    parts.CitationEntry: (models.Citation, {"item", "evidence"}),
    parts.CommentEntry: (models.Comment, {"item"}),
    parts.SignOffEntry: (models.SignOff, {"item"}),
    parts.ConflictEntry: (models.Conflict, {"item", "prevails"}),
    parts.SideEntry: (models.ConflictSide, {"conflict", "evidence"}),
    parts.DecisionEntry: (models.Decision, {"review"}),
    parts.ConditionEntry: (models.Condition, {"decision"}),
    parts.GuestEntry: (
        models.GuestLink,
        {"review", "contact", "key", "questions", "code_hash", "code_sent_at", "code_tries", "codes_sent"}
        | {"visit", "visit_until", "seen_at"},
    ),
    parts.QuestionEntry: (models.Question, {"review", "standard", "items"}),
    parts.AnswerEntry: (models.Answer, {"question", "guest"}),
    parts.AttachmentEntry: (models.Attachment, {"answer", "file"}),
    parts.JudgementEntry: (models.Judgement, {"answer"}),
    parts.TakenEntry: (models.AnswerTaken, {"answer", "attachment", "evidence"}),
    parts.EscalationEntry: (models.Escalation, {"vendor", "review", "decision"}),
    parts.AddresseeEntry: (models.Addressee, {"escalation", "contact"}),
    parts.EscalatedEntry: (models.EscalatedItem, {"escalation", "item", "question"}),
    parts.SyncEntry: (models.Sync, {"review", "reviews", "attendees"}),
    parts.LineEntry: (models.Line, {"sync", "item"}),
    parts.ActionEntry: (models.Action, {"sync", "review", "item"}),
    parts.DismissalEntry: (models.Dismissal, {"review"}),
    parts.FiguresEntry: (models.DailyFigures, {"review"}),
}


def columns(form: type[Entry]) -> list[Any]:
    """The model's columns that the part holds under their own names."""
    model, by_hand = BY_HAND[form]
    return [field for field in _stored(model) if field.name in form.model_fields and field.name not in by_hand]


def _stored(model: type[Model]) -> list[Any]:
    return [field for field in (*model._meta.fields, *model._meta.many_to_many) if not field.primary_key]


def left_over(form: type[Entry]) -> set[str]:
    """Columns of the model that are neither in the part nor named here."""
    model, by_hand = BY_HAND[form]
    return {field.name for field in _stored(model)} - set(form.model_fields) - by_hand


def is_person(field: Any) -> bool:
    return bool(field.is_relation) and field.related_model._meta.label == settings.AUTH_USER_MODEL
