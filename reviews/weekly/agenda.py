"""What does a weekly sync talk about, in which order, and over which figures?

`figures` is what the page shows and what a closed sync keeps. One review or a thousand: the number of queries is the same.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone

from evidence.validity import in_words
from reviews import gate, standings
from reviews.choices import FINAL, WITH_VENDOR, Outcome, QuestionState, State
from reviews.dashboard import load
from reviews.dashboard.load import Load
from reviews.gate import Approval, Recommendation, Tally
from reviews.models import Action, Decision, Escalation, Item, Question, Reassessment, Review
from reviews.weekly import concerns, reasons, trend
from reviews.weekly.forecast import Forecast, forecast

EVERY = 500  # lines of one review: more than a checklist has statements
OF_EACH, IN_ALL = 3, 60  # lines when several reviews share an agenda: of each, and all together
WAITING_SHOWN = 50

# The order of the agenda (docs/decisions/0029-sync-page.md), each with what the page prints beside its lines.
KINDS = {
    "escalate": "Escalate",
    "red_flag": "Red flag",
    "hold": "Approval on hold",
    "lapsed": "Lapsed",
    "lapsing": "Lapsing",
    "late_blocked": "Late and blocked",
    "late": "Late",
    "blocked": "Blocked",
    "unowned": "No owner",
    "answer": "Answer to judge",
    "awaiting": "Awaiting sign-off",
    "returned": "Returned",
    "soon": "Due this week",
    "condition": "Condition due",
    "decision": "Decision needed",
    "action": "Action due",
}
RANK = {kind: place for place, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Reviewed:
    """A review in brief, with how it stands today."""

    pk: int
    slug: str
    title: str
    name: str
    opened_at: datetime
    due_on: date
    tally: Tally
    decision: Decision | None
    approval: Approval | None

    @property
    def url(self):
        return reverse("reviews:review", args=[self.slug])

    @property
    def sync_url(self):
        return reverse("reviews:review_sync", args=[self.slug])

    def as_json(self):
        return {
            "review": self.slug,
            "name": self.name,
            "title": self.title,
            "gate": self.tally.recommendation.value,
            "gate_in_words": self.tally.recommendation.label,
            "why": self.tally.why,
            "satisfied": self.tally.satisfied,
            "needed": self.tally.needed,
            "total": self.tally.total,
            "approval": self.approval.label if self.approval else "",
            "deadline": self.due_on.isoformat(),
        }


@dataclass(frozen=True)
class Line:
    """One thing to talk about: what, why, and where it is."""

    kind: str
    review: Reviewed
    text: str
    why: str
    url: str
    item: Item | None = None
    state: State | None = None

    @property
    def label(self):
        return KINDS.get(self.kind, "")

    @property
    def number(self):
        return self.item.number if self.item else None

    def as_json(self):
        return {
            "kind": self.label,
            "review": self.review.slug,
            "number": self.number,
            "text": self.text,
            "why": self.why,
        }


@dataclass(frozen=True)
class Category:
    """How many items of one category are in each state."""

    key: str
    name: str
    counts: Counter[State]

    @property
    def total(self):
        return self.counts.total()


@dataclass(frozen=True)
class Figures:
    """Everything a sync is about, at one instant."""

    at: datetime
    today: date
    since: datetime
    reviews: list[Reviewed]
    categories: list[Category]
    totals: dict[str, int]  # by key of `concerns.TITLES`
    agenda: list[Line]
    unlisted: dict[int, int]  # review id -> items of it that found no place on the agenda
    lists: dict[str, list[Line]]  # by key of `concerns.TITLES`
    questions: list[Question]
    letters: list[Escalation]
    load: list[Load]
    forecast: Forecast | None  # of a single review
    history: list[tuple[date, int]]  # `[(day, satisfied)]` of a single review

    @cached_property
    def counts(self):
        return sum((category.counts for category in self.categories), Counter())

    @property
    def total(self):
        return self.counts.total()

    @property
    def recommendations(self):
        """`[(Recommendation, how many reviews)]`, the most urgent first."""
        found = Counter(each.tally.recommendation for each in self.reviews)
        return [(each, found[each]) for each in Recommendation if found[each]]

    def as_json(self) -> dict[str, Any]:
        """Plain values, as a closed sync keeps them."""
        return {
            "format": 1,
            "at": self.at.isoformat(),
            "since": self.since.isoformat(),
            "reviews": [each.as_json() for each in self.reviews],
            "states": {state.value: self.counts[state] for state in State},
            "categories": [
                {
                    "name": each.name,
                    "states": {state.value: each.counts[state] for state in State if each.counts[state]},
                }
                for each in self.categories
            ],
            "totals": self.totals,
            "agenda": [line.as_json() for line in self.agenda],
            **{key: [_brief(line) for line in self.lists[key]] for key in ("late", "blocked", "unowned", "lapsed")},
            "waiting": [_brief(line) for key in ("awaiting", "returned") for line in self.lists[key]],
            "questions": [{"number": each.number, "state": each.get_state_display()} for each in self.questions],
            "escalations": [{"number": each.number, "answer_by": each.answer_by.isoformat()} for each in self.letters],
            "load": [{"person": each.name, "roles": each.roles, **each.counts} for each in self.load],
            "forecast": self.forecast.words if self.forecast else "",
            "history": [[day.isoformat(), satisfied] for day, satisfied in self.history],
        }


def _brief(line):
    return {"review": line.review.slug, "number": line.number, "text": line.text, "why": line.why}


def figures(reviews, user, since, today=None, alone=True, items=()):
    """The figures of those of these reviews the person may see, with what changed `since` left to `reviews.since`.

    A single review is told in full, unless `alone` says that it is one of a list; of several the most urgent lines of each.
    `items` are those of a single review as `gate.items_in_force` reads them, when the caller has them already.
    """
    today = today or timezone.localdate()
    seen = _reviewed(reviews, user, today)
    alone = len(seen) == 1 and alone
    flags = concerns.flags(list(seen), today)
    found = concerns.concerns(list(seen), today, flags)
    per_review, at_most = (EVERY, EVERY) if alone else (OF_EACH, IN_ALL)
    counted = concerns.counted(found)
    rows, waiting = concerns.urgent(found, per_review, at_most)
    said = lines(rows, seen, today, flags, items)
    questions, letters = waiting_for_vendor(list(seen))
    agenda = [said[row.pk, concerns.urgency(row)] for row in rows]
    agenda += [*_of_reviews(seen.values(), letters, today), *_answers(questions, seen), *_actions(seen, today)]
    agenda = sorted(agenda, key=lambda line: RANK[line.kind])[:at_most]
    satisfied = _history(next(iter(seen.values())), today) if alone else []
    return Figures(
        at=timezone.now(),
        today=today,
        since=since,
        reviews=list(seen.values()),
        categories=by_category(counted),
        totals=concerns.totals(counted),
        agenda=agenda,
        unlisted=_unlisted(agenda, waiting, {row.review_id: said[row.pk, ""].review.pk for row in rows}),
        lists={key: [said[row.pk, key] for row in rows if getattr(row, key)] for key in concerns.TITLES},
        questions=questions,
        letters=letters,
        load=load.of(counted),
        forecast=forecast_of(next(iter(seen.values())), satisfied) if alone else None,
        history=satisfied,
    )


def _reviewed(reviews, user, today):
    """`{id: Reviewed}` in the order of the deadlines."""
    ids = [review.pk for review in reviews]
    found = Review.objects.visible_to(user).filter(pk__in=ids).with_replaced_by().order_by("due_on", "pk")
    fields = ("slug", "title", "opened_at", "due_on", "replaced_by")
    names = ("deployment__vendor__name", "deployment__name", "checklist__go_at", "checklist__escalate_at")
    counts = standings.counts(ids, today)
    decisions = {
        each.review_id: each for each in Decision.objects.filter(review__in=ids).last_of_each().defer("content")
    }
    seen = {}
    for pk, slug, title, opened_at, due_on, replaced_by, vendor, way, go_at, escalate_at in found.values_list(
        "pk", *fields, *names
    ):
        tally = Tally(counts[pk,], go_at, escalate_at, today)
        decision = decisions.get(pk)
        approval = gate.approval(tally, decision, replaced_by)
        seen[pk] = Reviewed(pk, slug, title, f"{vendor} · {way}", opened_at, due_on, tally, decision, approval)
    return seen


def lines(rows, seen, today, flags, known=()):
    """`{(item id, key): Line}` of these `concerns`: one for each list an item is on, one for its urgency, a plain one under ""."""
    items = reasons.read([row.pk for row in rows], known)
    why = reasons.Reasons(items.values(), today, flags)
    counts_for = _resting([row.pk for row in rows if row.review_id not in seen], seen)
    found = {}
    for row in rows:
        item, review = items[row.pk], seen[counts_for.get(row.pk, row.review_id)]
        keys = {key for key in concerns.TITLES if getattr(row, key)} | {concerns.urgency(row)} - {""}
        said = {key: why.why(key, item) for key in keys} | {"": ""}
        for key, sentence in said.items():
            state, url = State(row.today_state), item.get_absolute_url()
            found[row.pk, key] = Line(key, review, item.statement.text, sentence, url, item, state)
    return found


def _unlisted(agenda, waiting, counts_for):
    """`{review id: how many of its items found no place on the agenda}`; those of an earlier review count for their heir."""
    shown = Counter(line.item.review_id for line in agenda if line.kind in concerns.URGENCY)
    found: Counter[int] = Counter()
    for pk, number in waiting.items():
        found[counts_for.get(pk, pk)] += number - shown[pk]
    return dict(+found)


def _resting(items, seen):
    """`{item id: id of the review that rests on it}` for items of earlier reviews."""
    rows = Reassessment.rests_on.through.objects.filter(item__in=items, reassessment__in=list(seen))
    return dict(rows.values_list("item", "reassessment"))


def by_category(rows):
    """A Category of each there is in what `concerns.counted`, in the checklist's order."""
    counts: dict[tuple, Counter] = {}
    for row in rows:
        group = tuple(row[f"item__statement__category__{name}"] for name in ("position", "key", "name"))
        counts.setdefault(group, Counter())[State(row["today_state"])] += row["n"]
    return [Category(key, name, counts[position, key, name]) for position, key, name in sorted(counts)]


def waiting_for_vendor(ids):
    """Questions to which an answer is wanted or waits to be judged, and letters that run: the longest first."""
    wanted = {*WITH_VENDOR, QuestionState.ANSWERED}
    questions = Question.objects.filter(review__in=ids, state__in=wanted).select_related("review")
    letters = Escalation.objects.running().filter(review__in=ids).select_related("review").defer("content")
    return list(questions.order_by("asked_on", "pk")[:WAITING_SHOWN]), list(letters.order_by("answer_by", "pk"))


def _of_reviews(seen, letters, today):
    """What the reviews themselves ask for: an escalation, a decision, a condition that falls due."""
    written = {letter.review_id for letter in letters}
    for review in seen:
        if review.tally.recommendation == Recommendation.ESCALATE and review.pk not in written:
            url = reverse("reviews:escalations", args=[review.slug])
            yield Line("escalate", review, "Escalate to the account team", review.tally.why, url)
        if review.decision and review.decision.is_approval and not review.approval.holds:
            yield _of_review("hold", review, review.approval.label, review.approval.why)
        elif _wants_decision(review):
            text = f"Decide: the gate says {review.tally.recommendation.label}"
            yield _of_review("decision", review, text, review.tally.why)
        for condition in _conditions(review, today):
            why = f"Due on {in_words(condition.due_on)}, with {condition.owner.name}."
            yield _of_review("condition", review, condition.text, why)


def _wants_decision(review):
    last = review.decision.outcome if review.decision else None
    return review.tally.recommendation in {Recommendation.GO, Recommendation.CONDITIONAL} and last not in FINAL


def _conditions(review, today):
    """Open conditions of the approval in force that fall due before the meeting after next."""
    if not review.decision or review.decision.outcome != Outcome.CONDITIONAL:
        return []
    return [
        each
        for each in review.decision.conditions.all()
        if each.met_at is None and each.due_on <= today + concerns.LAPSING
    ]


def _of_review(kind, review, text, why):
    return Line(kind, review, text, why, reverse("reviews:decision", args=[review.slug]))


def _answers(questions, seen):
    for question in questions:
        if question.state == QuestionState.ANSWERED:
            yield Line(
                "answer",
                seen[question.review_id],
                f"Question {question.number}: {question.text}",
                "An answer is there; somebody has to say whether it is sufficient.",
                question.get_absolute_url(),
            )


def _actions(seen, today):
    """Open actions that fall due within a week, of these reviews."""
    due = Action.objects.open().filter(review__in=list(seen), due_on__lte=today + concerns.SOON)
    for action in due.select_related("owner", "item__review", "item__statement")[:WAITING_SHOWN]:
        why = f"{action.owner.name}, until {in_words(action.due_on)}."
        review, item = seen[action.review_id], action.item
        yield Line("action", review, action.text, why, item.get_absolute_url() if item else review.sync_url, item)


def _history(review, today):
    return trend.history(review, trend.spans([review])[review.pk], review.tally.satisfied, today)


def forecast_of(review, history):
    """What to expect of a review after this history."""
    tally = review.tally
    return forecast(
        history, needed=tally.needed, total=tally.total, unconfirmed=tally.unconfirmed, deadline=review.due_on
    )


def lines_of(rows, reviews, user, today, key, flags):
    """Lines for these rows of `concerns`, in their order: why they are on the list of this key; plain ones for ""."""
    said = lines(rows, _reviewed(reviews, user, today), today, flags)
    return [said[row.pk, key] for row in rows]
