"""What do we ask the vendor in a review, of whom, and where does each question stand?

Locks are taken in one order: the review's row (when a number is counted), then the question's. Nothing else writes
`Question.state`.
"""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.permissions import Refused, ask
from evidence.names import one_line, plain
from evidence.validity import in_words
from reviews import events, findings
from reviews.choices import UNSETTLED, QuestionState, Via
from reviews.models import TEXT_LIMIT, Item, Question, Review
from reviews.permissions import can_ask
from reviews.stale import Stale

LONGEST_TOPIC = Question._meta.get_field("topic").max_length
LONGEST_NAME = Question._meta.get_field("asked_of").max_length
LONGEST_REASON = Question._meta.get_field("withdrawn_reason").max_length
SAID_IN_EVENT = 500  # characters of a long text; the row has all of it
TO_BE_PUT = frozenset({QuestionState.DRAFT, QuestionState.ASKED, QuestionState.INSUFFICIENT})


def lock(question, version=None):
    """The question as it is in the database, locked until the transaction ends.

    Raises Stale when `version` is given and is not the stored one.
    """
    rows = Question.objects.select_for_update(of=("self",)).select_related("review__deployment__vendor")
    locked = rows.get(pk=question.pk)
    if version is not None and locked.version != version:
        raise Stale(locked, f"question {locked.number}")
    return locked


@transaction.atomic
def ask_new(review, *, by, text, wanted="", topic="", items=(), standard=None):
    """Write down a question about these items of the review, to be asked; returns the draft.

    A standard question is asked once in a review. Raises Refused with a sentence, PermissionDenied when the person may
    not work on the review's items.
    """
    ask(can_ask(by, review))
    values = _checked(text=text, wanted=wanted, topic=topic)
    items = list(items)
    _must_be_items_of(review, items)
    review = Review.objects.select_for_update(of=("self",), no_key=True).select_related("deployment__vendor").get(
        pk=review.pk
    )  # fmt: skip
    if standard and review.questions.filter(standard=standard).exists():
        raise Refused(f"“{_short(standard.text)}” is among this review's questions already.")
    last = review.questions.aggregate(last=Max("number"))["last"] or 0
    question = Question.objects.create(review=review, number=last + 1, standard=standard, created_by=by, **values)
    question.items.set(items)
    note("question.created", question, by=by, after=_said(values) | {"statements": _numbers(items)})
    return question


@transaction.atomic
def ask_standard(review, standards, *, by):
    """Write down these standard questions as drafts, linked to the statements they help; all of them or none."""
    items = {item.number: item for item in review.items.select_related("statement")}
    return [
        ask_new(
            review,
            by=by,
            text=standard.text,
            wanted=standard.wanted,
            topic=standard.topic,
            items=[items[number] for number in standard.numbers if number in items],
            standard=standard,
        )
        for standard in standards
    ]


@transaction.atomic
def change(question, *, by, version, items=None, **values):
    """Change text, evidence wanted or topic of a draft; the statements it is about at any time (`items`, when given).

    What was asked stays as it was asked. Raises Stale when somebody saved meanwhile. Equal values change nothing.
    """
    locked = lock(question)
    ask(can_ask(by, locked.review))
    values = _checked(**values)
    changed = [name for name in values if getattr(locked, name) != values[name]]
    linked = set(locked.items.values_list("pk", flat=True))
    relinked = items is not None and {item.pk for item in items} != linked
    if not changed and not relinked:
        return locked
    if locked.version != version:
        raise Stale(locked, f"question {locked.number}")
    if changed and locked.state != QuestionState.DRAFT:
        raise Refused(f"Question {locked.number} was asked as it stands. Ask a new question to say it differently.")
    before, after = {name: getattr(locked, name) for name in changed}, {name: values[name] for name in changed}
    for name in changed:
        setattr(locked, name, values[name])
    if relinked:
        _must_be_items_of(locked.review, items)
        before["statements"] = _numbers(locked.items.select_related("statement"))
        after["statements"] = _numbers(items)
        locked.items.set(items)
    locked.version += 1
    locked.save(update_fields=[*changed, "version"])
    note("question.changed", locked, by=by, before=_said(before), after=_said(after))
    return locked


@transaction.atomic
def put(question, *, by, asked_of, via, asked_on=None, due_on=None, version=None):
    """Write down that it was put to somebody, on a day, and when an answer is wanted. Again, too, while none suffices.

    `asked_on` is today unless given. Raises Refused for a day to come, an answer wanted before the question, and when an
    answer waits to be judged or suffices; Stale as `lock` does.
    """
    locked = lock(question, version)
    ask(can_ask(by, locked.review))
    if locked.state not in TO_BE_PUT:
        raise Refused(f"Question {locked.number} is not to be asked now: {locked.get_state_display().lower()}.")
    values = _put_values(asked_of, via, asked_on, due_on)
    before = {name: getattr(locked, name) for name in values if getattr(locked, name)}
    set_state(locked, QuestionState.ASKED, asked_by=by, **values)
    note("question.put", locked, by=by, before=before, after=values)
    return locked


@transaction.atomic
def put_all(questions, *, by, **values):
    """Put several questions to the same person, all of them or none. Returns how many. Raises as `put`, naming which."""
    count = 0
    for question in sorted(questions, key=lambda each: each.pk):
        try:
            put(question, by=by, **values)
        except Refused as refusal:
            raise Refused(f"Nothing was written down. {refusal}") from None
        count += 1
    return count


def _put_values(asked_of, via, asked_on, due_on):
    asked_of = one_line(asked_of)
    today = timezone.localdate()
    asked_on = asked_on or today
    if not asked_of:
        raise Refused("Say of whom it is asked.")
    if len(asked_of) > LONGEST_NAME:
        raise Refused(f"Of whom it is asked has at most {LONGEST_NAME} characters.")
    if via not in Via.values:
        raise Refused("Say through which channel it is asked.")
    if asked_on > today:
        raise Refused(f"{in_words(asked_on)} has not come yet: write down what was asked when it is asked.")
    if due_on and due_on < asked_on:
        raise Refused("The answer is wanted before the question was asked.")
    return {"asked_of": asked_of, "via": via, "asked_on": asked_on, "due_on": due_on}


@transaction.atomic
def withdraw(question, *, by, reason, version=None):
    """No longer ask it, and say why. What was answered stays. Raises Refused when it is settled or withdrawn."""
    locked = lock(question, version)
    ask(can_ask(by, locked.review))
    if locked.state not in UNSETTLED:
        raise Refused(
            f"Question {locked.number} is {locked.get_state_display().lower()}: there is nothing to withdraw."
        )
    reason = reason.strip()
    if not reason:
        raise Refused("Say why it is no longer asked.")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"The reason is longer than {LONGEST_REASON:,} characters.")
    before = {"state": locked.state}
    set_state(locked, QuestionState.WITHDRAWN, withdrawn_reason=reason)
    note("question.withdrawn", locked, by=by, before=before, after={"state": locked.state}, reason=reason)
    return locked


def set_state(question, state, **values):
    """Move a locked question to the state and write these values with it; the version goes up."""
    question.state = state
    question.version += 1
    for name, value in values.items():
        setattr(question, name, value)
    question.save(update_fields=["state", "version", *values])


def fill_asked(item, question, *, by):
    """Write into the item's finding what the question asked, and of whom: the ground rule 4 needs. Returns the item.

    What stands there already is kept, once. Raises Refused when nobody was asked, and as `findings.record` does.
    """
    if not question.asked_on:
        raise Refused(f"Question {question.number} was not asked yet.")
    asked = f"{question.text.strip()} (question {question.number}, asked on {in_words(question.asked_on)})"
    return findings.record(
        item,
        by=by,
        version=item.version,
        asked=_joined(item.asked, asked, "\n\n")[:TEXT_LIMIT],
        asked_of=_joined(item.asked_of, question.asked_of, "; ")[: Item._meta.get_field("asked_of").max_length],
    )


def _joined(there, new, between):
    if new in there:
        return there
    return f"{there.rstrip()}{between}{new}" if there.strip() else new


def note(event_type, question, *, by, **said):
    """One event about a question."""
    events.record(event_type, question, review=question.review, by=by, about=f"question {question.number}", **said)


def _checked(**values):
    """The texts, tidied. Raises Refused for what is empty or too long."""
    values = {name: plain(value) for name, value in values.items()}
    if "topic" in values:
        values["topic"] = one_line(values["topic"])
        if len(values["topic"]) > LONGEST_TOPIC:
            raise Refused(f"The topic has at most {LONGEST_TOPIC} characters.")
    if not values.get("text", "-"):
        raise Refused("Write the question.")
    for name, words in {"text": "The question", "wanted": "The evidence wanted"}.items():
        if len(values.get(name, "")) > TEXT_LIMIT:
            raise Refused(f"{words} has at most {TEXT_LIMIT:,} characters.")
    return values


def _must_be_items_of(review, items):
    if any(item.review_id != review.pk for item in items):
        raise Refused("A question of this review is about statements of this review.")


def _numbers(items):
    return sorted(item.number for item in items)


def _said(values):
    return {name: value[:SAID_IN_EVENT] if isinstance(value, str) else value for name, value in values.items()}


def _short(text):
    return text if len(text) <= 80 else f"{text[:79]}…"
