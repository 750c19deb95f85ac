"""Which questions does the vendor owe an answer to, and which answers wait to be judged?"""

from datetime import timedelta
from functools import partial

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from evidence.validity import in_words
from reviews.choices import About, QuestionState
from reviews.models import Answer, Question, Review
from reviews.reminders import steps
from reviews.reminders.things import Line, Source, Thing, restricted


def _unanswered(today, ids=None, ahead=0):
    """Questions of reviews in force that wait for an answer wanted by a day: of whoever asked, and of the review's lead."""
    last = today + timedelta(days=max(steps.USUAL) + ahead)
    waiting = _in_force().filter(state=QuestionState.ASKED, due_on__lte=last)
    fields = ("pk", "asked_by_id", "review__lead_id", "due_on", "review__deployment__vendor_id")
    for pk, asked_by, lead, due_on, vendor_id in restricted(waiting, "pk", ids).values_list(*fields):
        yield Thing(pk, due_on.isoformat(), (asked_by, lead), partial(steps.current, due_on), due_on, vendor_id)


def _say_unanswered(ids, today):
    return {
        question.pk: _line(question, f"asked of {question.asked_of} on {in_words(question.asked_on)}", question.due_on)
        for question in _named(ids)
    }


def _unjudged(today, ids=None, ahead=0):
    """Answers that wait to be judged: of whoever asked, or wrote the question down when nobody of us asked it."""
    newest = Answer.objects.filter(question=OuterRef("pk")).order_by("-number")
    answered = (
        _in_force()
        .filter(state=QuestionState.ANSWERED)
        .annotate(
            answer=Subquery(newest.values("number")[:1]),
            at=Subquery(newest.values("recorded_at")[:1]),
            asker=Coalesce("asked_by_id", "created_by_id"),
        )
    )
    fields = ("pk", "asker", "answer", "at", "review__deployment__vendor_id")
    for pk, asker, answer, at, vendor_id in restricted(answered, "pk", ids).values_list(*fields):
        yield Thing(pk, str(answer), (asker,), partial(steps.waiting, timezone.localdate(at)), None, vendor_id)


def _say_unjudged(ids, today):
    return {question.pk: _line(question, "an answer is there and not judged yet", None) for question in _named(ids)}


def _line(question, what, due_on):
    review = question.review
    name = f"{review.deployment.name}, {review.title}"
    return Line(
        f"Question {question.number} of {name}: {what}",
        question.get_absolute_url(),
        due_on,
        review.vendor.name,
        f"{review.pk} {due_on or ''}",
        f"{{n}} questions of {name}",
        f"{review.get_absolute_url()}questions/",
        str(question.number),
    )


def _in_force():
    """As in the calendar and the overview: an approval leaves a question open, a refusal or a later review does not."""
    return Question.objects.filter(review__in=Review.objects.in_force())


def _named(ids):
    return Question.objects.filter(pk__in=ids).select_related("review__deployment__vendor")


SOURCES = (
    Source(About.QUESTION, "Answers wanted of vendors", _unanswered, _say_unanswered),
    Source(About.ANSWER, "Answers to judge", _unjudged, _say_unjudged),
)
