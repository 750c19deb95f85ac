"""How do questions to a vendor read, and what of them do an item's and a vendor's page show?"""

from django import template
from django.utils import timezone

from reviews.choices import QuestionState
from reviews.models import Question
from reviews.permissions import can_ask, can_edit

register = template.Library()

SHOWN_OF_A_VENDOR = 20
LOOKS = {
    QuestionState.DRAFT: "not_started",
    QuestionState.ASKED: "in_progress",
    QuestionState.ANSWERED: "awaiting",
    QuestionState.INSUFFICIENT: "unconfirmed",
    QuestionState.SETTLED: "confirmed",
    QuestionState.WITHDRAWN: "not_applicable",
}


def _is_late(question):
    return question.state == QuestionState.ASKED and question.due_on and question.due_on < timezone.localdate()


@register.filter
def question_look(question):
    """How the pill of its state looks; an answer that should be there is late."""
    return "late" if _is_late(question) else LOOKS[QuestionState(question.state)]


@register.filter
def question_words(question):
    return "Answer late" if _is_late(question) else question.get_state_display()


@register.inclusion_tag("reviews/_questions_of_item.html", takes_context=True)
def questions_of_item(context, item):
    """The card on an item's page: what was asked about the statement, and what was answered."""
    user = context["request"].user
    return {
        "item": item,
        "review": item.review,
        "questions": list(item.questions.with_progress()) if item.has_questions else [],
        "no_asking": can_ask(user, item.review).reason,
        "may_fill": bool(can_edit(user, item)),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("reviews/_questions_of_vendor.html")
def questions_of_vendor(vendor, user):
    """The card on a vendor's page: its questions that are not settled, the ones wanted first."""
    found = Question.objects.visible_to(user).filter(review__deployment__vendor=vendor).unsettled()
    rows = list(found.select_related("review").order_by("due_on", "pk")[: SHOWN_OF_A_VENDOR + 1])
    return {"questions": rows[:SHOWN_OF_A_VENDOR], "more": len(rows) > SHOWN_OF_A_VENDOR}
