"""Which sign-offs lapse in the next 90 days, and what will the gate and the approval say then? (rules 8, 11 and 12)

A look ahead supposes that nothing else happens: nothing is renewed, signed or withdrawn. Computed from what is kept of
each item, as `standings` counts today, so that any number of reviews costs the same few queries.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone

from evidence.models import Evidence
from evidence.validity import in_words
from reviews import gate, standing, standings
from reviews.choices import Outcome, State
from reviews.gate import Approval, Recommendation, Tally
from reviews.models import Condition, Decision, Item, Review, Standing

DAYS = 90


@dataclass(frozen=True)
class Step:
    """What is so from one day on, until the next step."""

    day: date
    gate: Tally
    approval: Approval | None
    lapsing: dict[int, State]  # item id -> what it is until the day before
    overdue: list[Condition]

    @property
    def holds(self):
        return self.approval is not None and self.approval.holds


@dataclass(frozen=True)
class Outlook:
    """A review today and the steps to come, soonest first."""

    review: Review
    now: Step
    steps: list[Step]

    def on(self, day):
        """The step that is in force on a day from today on."""
        return next((step for step in reversed(self.steps) if step.day <= day), self.now)

    @cached_property
    def lost(self):
        """The first step at which it is no longer Go, or None."""
        if self.now.gate.recommendation != Recommendation.GO:
            return None
        return next((step for step in self.steps if step.gate.recommendation != Recommendation.GO), None)

    @cached_property
    def unapproved(self):
        """The first step at which the approval no longer holds, or None."""
        return next((step for step in self.steps if not step.holds), None) if self.now.holds else None

    @property
    def in_words(self):
        """When Go is lost, in one sentence."""
        if self.lost:
            return f"Go is lost on {in_words(self.lost.day)}: {self.lost.gate.why}"
        if self.now.gate.recommendation == Recommendation.GO:
            return f"Go holds for the next {DAYS} days."
        return f"It is not Go today: {self.now.gate.why}"

    @property
    def approval_in_words(self):
        """When the approval no longer holds, in one sentence; empty without one that holds today."""
        if self.unapproved and self.unapproved is self.lost:
            return "The approval is on hold from that day on."
        if self.unapproved:
            return f"The approval is on hold from {in_words(self.unapproved.day)} on: {self.unapproved.approval.why}"
        return f"The approval holds for the next {DAYS} days." if self.now.holds else ""

    @property
    def urgency(self):
        """To sort by: the first loss of an approval or of Go, then the first step."""
        losses = [step.day for step in (self.unapproved, self.lost) if step]
        return (min(losses, default=date.max), self.steps[0].day if self.steps else date.max, self.review.slug)


def outlooks(reviews, today=None):
    """The outlook of each of the reviews in force among these (a queryset), the most urgent first."""
    today = today or timezone.localdate()
    reviews = list(reviews.in_force().with_names())
    counts = standings.counts([review.pk for review in reviews], today)
    lapses = _lapses(reviews, today)
    decisions = {each.review_id: each for each in Decision.objects.filter(review__in=reviews).last_of_each()}
    found = [_outlook(each, counts[each.pk,], lapses[each.pk], decisions.get(each.pk), today) for each in reviews]
    return sorted(found, key=lambda outlook: outlook.urgency)


def _lapses(reviews, today):
    """`{review id: {first day lapsed: {item id: State until then}}}`."""
    found: Any = defaultdict(lambda: defaultdict(dict))
    ending = Standing.objects.filter(until__gte=today, until__lt=today + timedelta(days=DAYS))
    own, resting = (
        ending.filter(**{f"{review}__in": reviews}).values_list(review, "item_id", "state", "until")
        for review in ("review", "item__resting__review")
    )
    for review_id, item_id, state, until in own.union(resting, all=True):
        found[review_id][until + timedelta(days=1)][item_id] = State(state)
    return found


def _outlook(review, counts, lapses, decision, today):
    overdue = _overdue(decision, today)
    steps = [_step(review, counts, decision, today, {}, [])]
    for day in sorted({*lapses, *overdue}):
        counts = _after(counts, lapses.get(day, {}))
        steps.append(_step(review, counts, decision, day, lapses.get(day, {}), overdue.get(day, [])))
    return Outlook(review, steps[0], steps[1:])


def _overdue(decision, today):
    """`{day: conditions overdue from this day on}` of the decision in force."""
    found: dict[date, list[Condition]] = defaultdict(list)
    if decision and decision.outcome == Outcome.CONDITIONAL:
        for condition in decision.conditions.all():
            if condition.met_at is None and today <= condition.due_on < today + timedelta(days=DAYS):
                found[condition.due_on + timedelta(days=1)].append(condition)
    return found


def _after(counts, lapsing):
    """The counts once these items have lapsed."""
    return counts - Counter(lapsing.values()) + Counter({State.LAPSED: len(lapsing)})


def _step(review, counts, decision, day, lapsing, overdue):
    checklist = review.checklist
    tally = Tally(counts, checklist.go_at, checklist.escalate_at, day)
    return Step(day, tally, gate.approval(tally, decision, review.replaced_by), lapsing, overdue)


def by_evidence(outlooks):
    """`{(review id, day): [(evidence that ends them, [items by number])]}` of all steps of these outlooks."""
    ids = {pk for outlook in outlooks for step in outlook.steps for pk in step.lapsing}
    items = {item.pk: item for item in Item.objects.filter(pk__in=ids).with_standing().without_guidance()}
    return {
        (outlook.review.pk, step.day): _grouped(items[pk] for pk in step.lapsing)
        for outlook in outlooks
        for step in outlook.steps
    }


def _grouped(items):
    groups: dict[Evidence, list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.number):
        groups[standing.lapses_after(item)[1].evidence].append(item)
    return sorted(groups.items(), key=lambda pair: (pair[0].title, pair[0].pk))
