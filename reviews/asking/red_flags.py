"""Which items carry the source's red flag: the account team did not answer by the day, or would not?

Computed at the moment of asking, as lapses are (rule 8): no task has to run for silence to show.
"""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils import timezone

from evidence.validity import in_words
from reviews.choices import EscalationOutcome, EscalationState
from reviews.models import Answer, EscalatedItem, Escalation

SENT = frozenset({EscalationState.SENT, EscalationState.CLOSED})
BETTER = frozenset({EscalationOutcome.ANSWERED, EscalationOutcome.PARTLY})
RULE = "The source's red flag: an account team that does not answer about security."


@dataclass(frozen=True)
class RedFlag:
    text: str
    escalation: Escalation


def of(items, today=None):
    """`{item's pk: RedFlag}` of those that have one, the newest letter's; one query for any number of items."""
    return of_ids({item.pk for item in items}, today)


def of_ids(ids, today=None):
    today = today or timezone.localdate()
    flags = {}
    for row in asked(EscalatedItem.objects.filter(item__in=ids, escalation__state__in=SENT)):
        if words := in_words_of(row, today):
            flags[row.item_id] = RedFlag(words, row.escalation)
        elif row.outcome in BETTER or row.is_answered:
            flags.pop(row.item_id, None)
    return flags


def asked(rows):
    """Rows of letters in the order they were sent, each with `is_answered`: an answer came since."""
    since = Answer.objects.filter(question=OuterRef("question"), recorded_at__gte=OuterRef("escalation__sent_at"))
    rows = rows.annotate(is_answered=Exists(since)).order_by("escalation__sent_at", "pk")
    return rows.select_related("escalation__vendor", "escalation__review__deployment")


def in_words_of(row, today):
    """The red flag of one row that `asked` read, or ''."""
    use = row.escalation.review.deployment.name
    if row.outcome == EscalationOutcome.DECLINED:
        return (
            f"The account team declined to answer ({row.escalation}): the way we use {use} may not fit the sensitivity "
            "of the data."
        )
    if not row.outcome and not row.is_answered and row.escalation.answer_by < today:
        return (
            f"No answer from the account team by {in_words(row.escalation.answer_by)} ({row.escalation}): the way we "
            f"use {use} may not fit the sensitivity of the data."
        )
    return ""
