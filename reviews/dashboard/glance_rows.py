"""Which rows are behind a figure of the overview, each as a line with its address?"""

from typing import NamedTuple

from django.db.models import QuerySet
from django.urls import reverse

from reviews.choices import State
from reviews.dashboard import glance
from reviews.models import Question, Standing
from reviews.weekly import concerns

TITLES = {
    "late": "Late items",
    "awaiting": "Items awaiting a sign-off",
    "lapsed": "Lapsed sign-offs",
    "unowned": "Items without an owner",
    "red_flag": "Red flags",
    "open": "Items to be worked on",
    "satisfied": "Satisfied statements",
    "conditions": "Overdue conditions",
    "questions": "Questions waiting for an answer",
    "escalations": "Escalations waiting for an answer",
}


class Row(NamedTuple):
    url: str
    text: str
    about: str
    person: str
    due_on: object
    state: State | None = None
    number: int | None = None


def behind(show, ids, today, holder="") -> QuerySet:
    """The rows of the figure in these reviews (ids), what is due first at the top. `show` is a key of TITLES."""
    if show == "conditions":
        rows = glance.overdue_conditions(ids, today).order_by("due_on", "pk")
        return rows.select_related("owner", "decision__review__deployment__vendor").defer("decision__content")
    if show == "questions":
        rows = Question.objects.filter(review__in=ids).with_vendor().order_by("due_on", "asked_on", "pk")
        return rows.select_related("review__deployment__vendor")
    if show == "escalations":
        rows = glance.running_escalations(ids).order_by("answer_by", "pk")
        return rows.select_related("review__deployment__vendor").defer("content")
    rows = glance.items(ids, today, show, holder)
    return rows.select_related("holder", "item__statement", "item__review__deployment__vendor")


def lines(show, rows):
    """A Row for each of these, the rows of one page."""
    as_row = {"conditions": _condition, "questions": _question, "escalations": _escalation}.get(show, _item)
    return [as_row(each) for each in rows]


def _condition(condition):
    review = condition.decision.review
    url = reverse("reviews:decision", args=[review.slug])
    return Row(url, condition.text, str(review), condition.owner.name, condition.due_on)


def _question(question):
    text = f"Question {question.number}: {question.text}"
    return Row(question.get_absolute_url(), text, str(question.review), question.asked_of, question.due_on)


def _escalation(escalation):
    return Row(escalation.get_absolute_url(), str(escalation), str(escalation.review), "", escalation.answer_by)


def _item(standing: Standing):
    item, state = standing.item, State(standing.today_state)
    due_on = standing.due_on if state in concerns.UNDONE else None
    holder = standing.holder.name if standing.holder else "No owner"
    url, text = item.get_absolute_url(), item.statement.text
    return Row(url, text, str(item.review), holder, due_on, state, item.number)
