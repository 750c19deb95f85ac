"""What came of a letter so far: of each item the answer since, the outcome or the one that suggests itself?"""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from reviews.asking import escalations, red_flags
from reviews.choices import EscalationOutcome, EscalationState, QuestionState
from reviews.models import Answer, EscalatedItem

# What an answer's judgement suggests as the outcome.
SUGGESTED = {
    QuestionState.SETTLED: EscalationOutcome.ANSWERED,
    QuestionState.INSUFFICIENT: EscalationOutcome.PARTLY,
}
LOOKS = {
    EscalationOutcome.ANSWERED: "confirmed",
    EscalationOutcome.PARTLY: "conditional",
    EscalationOutcome.DECLINED: "unconfirmed",
    EscalationOutcome.DROPPED: "not_applicable",
}


@dataclass(frozen=True)
class Reply:
    """One item of a letter: `state` is how its pill looks, `words` what it says."""

    row: EscalatedItem
    answer: Answer | None
    state: str
    words: str
    red_flag: str
    suggested: str


def of(escalation, today=None):
    """A Reply for each item of one letter, in the order of the statements."""
    return of_each([escalation], today)[escalation.pk]


def of_each(letters, today=None):
    """`{letter's pk: [Reply]}`; two queries for any number of letters and items."""
    today = today or timezone.localdate()
    found: dict[int, list[Reply]] = {letter.pk: [] for letter in letters}
    related = ("item__statement", "item__review", "question__review", "by")
    rows = list(red_flags.asked(EscalatedItem.objects.filter(escalation__in=found).select_related(*related)))
    newest = {}
    for answer in Answer.objects.filter(question__in=[row.question_id for row in rows]).order_by("number"):
        newest[answer.question_id] = answer
    for row in sorted(rows, key=lambda row: row.item.number):
        found[row.escalation_id].append(_reply(row, newest.get(row.question_id), row.escalation, today))
    return found


def _reply(row, answer, escalation, today):
    flag = red_flags.in_words_of(row, today) if escalation.state in red_flags.SENT else ""
    state, words = _words(row, flag, escalation)
    suggested = SUGGESTED.get(row.question.state, "") if row.is_answered and not row.outcome else row.outcome
    return Reply(row, answer, state, words, flag, suggested)


def _words(row, flag, escalation):
    if row.outcome:
        return LOOKS[row.outcome], row.get_outcome_display()
    if escalation.state not in red_flags.SENT:
        return "not_started", "Not asked"
    if row.is_answered:
        judged = row.question.state in SUGGESTED
        return "awaiting", row.question.get_state_display() if judged else "Answered, to be judged"
    return ("late", "No answer") if flag else ("in_progress", "Waiting for an answer")


def listed(rows):
    """The letters of a list, newest first, each with `clock`, `asked` and `settled`; one query."""
    settled = Count("escalated", filter=~Q(escalated__outcome=""))
    found = list(rows.with_names().annotate(asked=Count("escalated"), settled=settled).order_by("-number"))
    for escalation in found:
        is_running = escalation.state == EscalationState.SENT
        escalation.clock = escalations.due_in_words(escalation) if is_running else ""
        escalation.is_late = is_running and escalation.answer_by < timezone.localdate()
    return found


def differing(newest, typed):
    """What stands in the draft now beside what was typed, where they differ."""
    lines = [{"label": "What the letter says first", "theirs": newest.opening, "yours": typed["opening"]}]
    for row in newest.with_questions:
        yours = typed.get(f"text_{row.pk}", "")
        lines.append({"label": f"Statement {row.item.number}", "theirs": row.question.text, "yours": yours})
    return [line for line in lines if line["theirs"] != line["yours"]]
