"""What does the review recommend, why, and what is the shortest way to Go? (rules 10 to 12)"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Prefetch, TextChoices, prefetch_related_objects
from django.utils import timezone

from evidence.models import Version
from evidence.validity import in_words
from reviews import standing
from reviews.choices import SATISFIED, Finding, Outcome, State
from reviews.models import Item, Review, SignOff
from reviews.querysets import cited_with_recorder, conflicts, people


class Recommendation(TextChoices):
    ESCALATE = "escalate", "Escalate"
    GO = "go", "Go"
    CONDITIONAL = "conditional", "Conditional"
    IN_REVIEW = "in_review", "In review: hold"


# The order in which an item costs least to bring to "satisfied", and what to do about it.
STEPS = (
    (State.AWAITING, "sign {n} awaiting sign-off"),
    (State.INHERITED, "look again at {n} inherited"),
    (State.LAPSED, "renew {n} that lapsed"),
    (State.IN_PROGRESS, "finish {n} in progress"),
    (State.UNOWNED, "give {n} an owner and finish them"),
    (State.NOT_STARTED, "work on {n} not started"),
    (State.UNCONFIRMED, "settle {n} that cannot be confirmed with the vendor"),
)


BAR = (
    State.CONFIRMED,
    State.NOT_APPLICABLE,
    State.UNCONFIRMED,
    State.LAPSED,
    State.AWAITING,
    State.IN_PROGRESS,
    State.INHERITED,
)


def bar(counts):
    """`[{state, count}]` of the states there are, for a stacked bar."""
    return [{"state": state.value, "count": counts[state]} for state in BAR if counts[state]]


@dataclass(frozen=True)
class Step:
    text: str
    items: list[Item]
    wanted: int  # how many of the items


@dataclass(frozen=True)
class Tally:
    """The recommendation over the items of one review, counted by state on one day. Only current sign-offs count."""

    counts: Counter[State]
    needed: int
    escalate_at: int
    today: date

    @cached_property
    def total(self):
        return self.counts.total()

    @property
    def confirmed(self):
        return self.counts[State.CONFIRMED]

    @property
    def not_applicable(self):
        return self.counts[State.NOT_APPLICABLE]

    @property
    def unconfirmed(self):
        return self.counts[State.UNCONFIRMED]

    @property
    def satisfied(self):
        return self.confirmed + self.not_applicable

    @property
    def decided(self):
        return self.satisfied + self.unconfirmed

    @property
    def missing(self):
        return max(0, self.needed - self.satisfied)

    @cached_property
    def recommendation(self):
        """Rule 11, in its order. Anything undecided and short of the number holds."""
        if self.unconfirmed >= self.escalate_at:
            return Recommendation.ESCALATE
        if self.satisfied >= self.needed:
            return Recommendation.GO
        if self.total and self.decided == self.total:
            return Recommendation.CONDITIONAL
        return Recommendation.IN_REVIEW

    @property
    def sum_in_words(self):
        """ "43 confirmed + 2 not applicable = 45 of 47" (rule 10)."""
        return f"{self.confirmed} confirmed + {self.not_applicable} not applicable = {self.satisfied} of {self.total}"

    @property
    def why(self):
        """One sentence that says which rule gave the recommendation."""
        match self.recommendation:
            case Recommendation.ESCALATE:
                return (
                    f"{self.unconfirmed} statements cannot be confirmed; from {self.escalate_at} on, "
                    "they go to the vendor's account team before anything is approved."
                )
            case Recommendation.GO:
                return f"{self.satisfied} of {self.total} are satisfied; {self.needed} are needed."
            case Recommendation.CONDITIONAL:
                return (
                    f"Every statement is decided and {self.satisfied} are satisfied, fewer than the {self.needed} needed. "
                    "The CISO may approve with written conditions."
                )
        return (
            f"{self.satisfied} of the {self.needed} needed are satisfied; {self.total - self.decided} are not decided."
        )

    @property
    def bar(self):
        """Parts of a stacked bar, in the order of `BAR`."""
        return bar(self.counts)


@dataclass(frozen=True)
class Gate(Tally):
    """The same with the items themselves: what holds it, the shortest way to Go, what expires."""

    review: Review
    items: list[Item]
    states: dict[int, State]  # item id -> state

    def items_in(self, *states):
        return [item for item in self.items if self.states[item.pk] in states]

    @property
    def to_escalate(self):
        """The items that an escalation is about (rule 11)."""
        return self.items_in(State.UNCONFIRMED)

    @cached_property
    def holding(self):
        """The items that hold the gate: everything not satisfied."""
        return [item for item in self.items if self.states[item.pk] not in SATISFIED]

    @cached_property
    def disputed(self):
        """The items about which sources contradict each other, unsettled: nothing is approved over them."""
        return [item for item in self.items if any(conflict.is_open for conflict in item.conflicts.all())]

    @cached_property
    def shortest_way(self):
        """The cheapest steps that bring the satisfied count to what Go needs, each with its items (rule 12).

        Signing “cannot be confirmed” satisfies nothing, so such an item has to be settled, whatever its state.
        """
        settle = max(0, self.unconfirmed - self.escalate_at + 1)  # before anything else, and each one satisfies
        left = self.missing - settle
        steps: list[Step] = []
        for state, text in STEPS:
            items = [item for item in self.holding if self._hurdle(item) == state]
            first = settle if state == State.UNCONFIRMED else 0
            wanted = first + max(0, min(left, len(items) - first))
            left -= wanted - first
            if wanted:
                steps.insert(0 if first else len(steps), Step(_step_text(text, wanted, len(items)), items, wanted))
        return steps

    def _hurdle(self, item):
        return State.UNCONFIRMED if item.finding == Finding.UNCONFIRMED else self.states[item.pk]

    @cached_property
    def expiries(self):
        """`[(last valid day, item)]` of the satisfied items whose evidence expires, soonest first."""
        days = [(standing.expires_on(item, self.today), item) for item in self.items_in(*SATISFIED)]
        return sorted(((day, item) for day, item in days if day), key=lambda pair: (pair[0], pair[1].number))

    @property
    def next_expiry(self):
        return self.expiries[0] if self.expiries else None

    @property
    def lost_on(self):
        """The last day of Go if nothing is renewed, or None when it is not Go or nothing expires (rule 12)."""
        spare = self.satisfied - self.needed
        if self.recommendation != Recommendation.GO or len(self.expiries) <= spare:
            return None
        return self.expiries[spare][0]

    def satisfied_among(self, items):
        return sum(self.states[item.pk] in SATISFIED for item in items)


def _step_text(text, wanted, there):
    number = str(wanted) if wanted == there else f"{wanted} of the {there}"
    return text.format(n=number)


def assess(review, items=None, today=None):
    """Compute the gate from the data as they are now.

    `items` are those in force, with standing; by default they are read from the database.
    """
    today = today or timezone.localdate()
    if items is None:
        items = Item.objects.in_force(review).with_standing()
    items = sorted(items, key=lambda item: item.number)
    states = {item.pk: standing.state_of(item, today) for item in items}
    checklist = review.checklist
    return Gate(Counter(states.values()), checklist.go_at, checklist.escalate_at, today, review, items, states)


def items_in_force(review):
    """The items of a page that prints all of them, in as few rows as say how they stand.

    They share the reviews they live in, the people of these, and the evidence they cite. Source conflicts and letters
    are asked for only where an item `has_conflicts` or `has_letters`.
    """
    found = Item.objects.in_force(review).select_related("statement__category", "owner", "returned_to")
    items = list(found.without_guidance().with_what_there_is())
    reviews = {review.pk: review} | _earlier(items, review)
    prefetch_related_objects(list(reviews.values()), people("assignments"))
    for item in items:
        item.review = reviews[item.review_id]
        item.review.deployment, item.review.checklist = review.deployment, review.checklist
    _read_ground(items)
    return items


def _earlier(items, review):
    """`{id: review}` of the earlier reviews that some of the items live in."""
    ids = {item.review_id for item in items} - {review.pk}
    return Review.objects.in_bulk(ids) if ids else {}


def _read_ground(items):
    """Citations with their newest versions, source conflicts, and the last sign-off of each."""
    prefetch_related_objects(
        items,
        conflicts(any_there=any(item.has_conflicts for item in items)),
        Prefetch("citations", cited_with_recorder()),
        Prefetch("signoffs", SignOff.objects.last_of_each(), to_attr="last_signoffs"),
    )
    citations = [citation for item in items for citation in item.citations.all()]
    newest = Version.objects.newest().filter(evidence__in={citation.evidence_id for citation in citations})
    evidence = {}
    for version in newest.select_related("evidence"):
        version.evidence.newest = [version]
        evidence[version.evidence_id] = version.evidence
    for citation in citations:
        citation.evidence = evidence[citation.evidence_id]


def escalation_contacts(review):
    """Whom an escalation goes to: the vendor's account team (rule 11)."""
    return review.vendor.contacts.filter(is_account_team=True)


ON_HOLD = "Approval on hold"


@dataclass(frozen=True)
class Approval:
    """What the last decision means today: an approval holds only while its ground does (rules 11 and 12)."""

    label: str
    holds: bool
    why: str


def approval(gate, decision, replaced_by=None):
    """Whether the last decision's approval still holds over today's gate; None when nothing was decided.

    `replaced_by` is the title of the re-assessment that was decided since, if any: its decision is the one in force.
    """
    if decision is None:
        return None
    if not decision.is_approval:
        return Approval(decision.get_outcome_display(), False, decision.reason)
    if replaced_by:
        return Approval("Replaced", False, f"“{replaced_by}” was decided since: that decision is in force.")
    # Only an approval with conditions has any.
    conditions = decision.conditions.all() if decision.outcome == Outcome.CONDITIONAL else []
    overdue = [c for c in conditions if c.met_at is None and c.due_on < gate.today]
    if overdue:
        return Approval(ON_HOLD, False, f"Condition overdue since {in_words(overdue[0].due_on)}: {overdue[0].text}")
    fitting = {Recommendation.GO} if decision.outcome == Outcome.GO else {Recommendation.GO, Recommendation.CONDITIONAL}
    if gate.recommendation not in fitting:
        return Approval(ON_HOLD, False, f"The gate has moved since: {gate.why}")
    return Approval(decision.get_outcome_display(), True, decision.reason)


def findings_differ(one, other):
    """Whether two items of a pair contradict each other: both have a finding and not the same (rule 14)."""
    return bool(one.finding and other.finding and one.finding != other.finding)
