"""Who has how much to do? Counted by who holds an item, whatever the number of reviews."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.choices import STAKEHOLDERS
from accounts.models import User
from reviews import concerns
from reviews.choices import State

FIGURES = ("open", "late", "awaiting", "lapsed")


@dataclass(frozen=True)
class Load:
    """What falls to a person, or to nobody: `open` is still to be worked on, `awaiting` their signature."""

    person: User | None
    roles: str
    counts: Counter

    @property
    def name(self):
        return self.person.name if self.person else "No owner"

    @property
    def whose(self):
        """How the figures of this line are found again in an address."""
        return str(self.person.pk) if self.person else "nobody"


def of(found):
    """A Load for everybody who holds one of these `concerns`, the most loaded first. Two queries."""
    undone, awaiting = Q(today_state__in=concerns.UNDONE), Q(today_state=State.AWAITING)
    rows = found.values("holder", "item__role").annotate(
        n_open=Count("pk", filter=undone & ~awaiting),
        n_late=Count("pk", filter=Q(late=True)),
        n_awaiting=Count("pk", filter=awaiting),
        n_lapsed=Count("pk", filter=Q(lapsed=True)),
    )
    counts: dict[int | None, Counter] = {}
    roles: dict[int | None, set] = {}
    for row in rows.order_by():
        counts.setdefault(row["holder"], Counter()).update({key: row[f"n_{key}"] for key in FIGURES})
        roles.setdefault(row["holder"], set()).add(row["item__role"])
    people = User.objects.in_bulk([pk for pk in counts if pk])
    loads = [Load(people.get(pk), _named(roles[pk]), counts[pk]) for pk in counts if counts[pk].total()]
    return sorted(
        loads, key=lambda load: (-load.counts["late"], -load.counts["open"], -load.counts["awaiting"], load.name)
    )


def _named(roles):
    return ", ".join(role.label for role in STAKEHOLDERS if role in roles)
