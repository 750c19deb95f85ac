"""How far is a review: by tile, by category, by stakeholder, over time?"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import accumulate

from django.utils import timezone

from accounts.choices import STAKEHOLDERS
from reviews import standing
from reviews.choices import SATISFIED
from reviews.gate import bar
from reviews.models import Category, Item


@dataclass(frozen=True)
class Share:
    """A group of items with how many of them are satisfied, and how many are in each state."""

    name: str
    satisfied: int
    total: int
    counts: Counter
    person: object = None

    @classmethod
    def of(cls, name, counts, person=None):
        return cls(name, sum(counts[state] for state in SATISFIED), counts.total(), counts, person)

    @property
    def parts(self):
        return bar(self.counts)

    @property
    def label(self):
        return f"{self.satisfied} of {self.total} satisfied"

    @cached_property
    def in_words(self):
        return f"{self.name}: {self.label}"


def tiles(gate, *, linked=True):
    """The groups that `_tiles.html` prints; without links for the PDF."""
    groups = []
    for category, items in grouped(gate.items):
        rows = [_tile(item, gate.states[item.pk], linked) for item in items]
        groups.append(
            {"name": category.name, "satisfied": gate.satisfied_among(items), "total": len(items), "tiles": rows}
        )
    return groups


def _tile(item, state, linked):
    holder = item.holder
    return {
        "number": item.number,
        "text": item.statement.text,
        "state": state.value,
        "state_label": state.label,
        "url": item.get_absolute_url() if linked else "",
        "owner_label": holder.name if holder else "No owner",
    }


def by_category(gate):
    return [_share(gate, category.name, items) for category, items in grouped(gate.items)]


def by_stakeholder(gate):
    """Each of the five roles with the items that carry it, then those without a role."""
    holders = gate.review.holders
    shares = []
    for role in STAKEHOLDERS:
        items = [item for item in gate.items if item.role == role]
        if items:
            shares.append(_share(gate, role.label, items, holders.get(role)))
    without = [item for item in gate.items if not item.role]
    if without:
        shares.append(_share(gate, "No role", without))
    return shares


def burn_up(gate):
    """Satisfied items over the days since opening, for the chart and the table behind it.

    Counts the sign-offs that are current today by the day they were given; what a re-assessment rests on, from its
    first day on.
    """
    opened = timezone.localdate(gate.review.opened_at)
    given = (timezone.localdate(standing.last_signoff(item).signed_at) for item in gate.items_in(*SATISFIED))
    days = Counter(max(day, opened) if gate.review.again else day for day in given)
    satisfied, points = 0, []
    for day in sorted({opened, gate.today, *days}):
        satisfied += days[day]
        points.append((day, satisfied))
    return points


def burn_up_data(gate):
    """The same for the chart: a value for every day, so that its axis is true to time."""
    points = dict(burn_up(gate))
    opened = min(points)
    days = [opened + timedelta(days=number) for number in range((gate.today - opened).days + 1)]
    return {
        "labels": [day.isoformat() for day in days],
        "satisfied": list(accumulate((points.get(day, 0) for day in days), max)),
        "needed": gate.needed,
        "total": gate.total,
        "deadline": gate.review.due_on.isoformat(),
    }


def grouped(items):
    """`[(category, items)]` in the order of the checklist."""
    groups: dict[Category, list[Item]] = {}
    for item in items:
        groups.setdefault(item.statement.category, []).append(item)
    return sorted(groups.items(), key=lambda pair: pair[0].position)


def _share(gate, name, items, person=None):
    return Share.of(name, Counter(gate.states[item.pk] for item in items), person)
