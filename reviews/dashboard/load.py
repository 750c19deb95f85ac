"""Who has how much to do? Counted by who holds an item, whatever the number of reviews."""

from collections import Counter
from dataclasses import dataclass

from accounts.choices import STAKEHOLDERS
from accounts.models import User
from reviews.choices import State
from reviews.weekly import concerns

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


def of(rows):
    """A Load for everybody who holds something of what `concerns.counted`, the most loaded first. One query."""
    counts: dict[int | None, Counter] = {}
    roles: dict[int | None, set] = {}
    for row in rows:
        state, number = row["today_state"], row["n"]
        found = counts.setdefault(row["holder"], Counter(dict.fromkeys(FIGURES, 0)))
        if state == State.AWAITING:
            found["awaiting"] += number
        elif state in concerns.UNDONE:
            found["open"] += number
        found["late"] += row["n_late"]
        found["lapsed"] += row["n_lapsed"]
        roles.setdefault(row["holder"], set()).add(row["item__role"])
    people = User.objects.in_bulk([pk for pk in counts if pk])
    loads = [Load(people.get(pk), _named(roles[pk]), counts[pk]) for pk in counts if counts[pk].total()]
    return sorted(
        loads, key=lambda load: (-load.counts["late"], -load.counts["open"], -load.counts["awaiting"], load.name)
    )


def _named(roles):
    return ", ".join(role.label for role in STAKEHOLDERS if role in roles)
