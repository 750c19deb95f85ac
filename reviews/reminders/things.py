"""What do all sources share? Who is told of a thing, when, for how long, and what is said of it.

A source finds its things in a number of queries that does not grow with them. A thing says which step a day has
reached; its `subject` holds what starts the steps anew, so that a moved date begins afresh and what was planned for
the old one is found closed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from accounts import grants
from accounts.choices import Access
from reviews.choices import About
from reviews.models import Reminder


class Wanted(NamedTuple):
    """That a person is to hear one step of one thing. `subject` holds what starts the steps anew, say a moved date."""

    person_id: int
    subject: str
    step: str
    due_on: date | None = None
    vendor_id: int | None = None


class Line(NamedTuple):
    """One thing as the digest and the page in the app say it. `url` is a path.

    Several lines with the same `group` are said as one, by `together` with their number in the place of `{n}`; `which`
    is what names one of them there. No text says what a finding, a note or a condition says, or how evidence is called.
    """

    text: str
    url: str
    due_on: date | None = None
    vendor_name: str = ""
    group: str = ""
    together: str = ""
    group_url: str = ""
    which: str = ""


class Thing(NamedTuple):
    """What some people are to hear of while it is so."""

    pk: int
    anew: str  # what starts the steps anew, or ''
    people: Iterable[int | None]  # nobody among them is left out
    step_on: Callable[[date], str | None]
    due_on: date | None = None
    vendor_id: int | None = None  # only who may see it is told

    @property
    def subject(self) -> str:
        return f"{self.pk}:{self.anew}"

    def told(self, access: dict[int, dict[int, frozenset]]) -> set[int]:
        """Who of them may see it; where nobody may any more, those who lead the vendor's reviews: no date falls silent."""
        people = {person for person in self.people if person}
        if self.vendor_id is None:
            return people
        held = access.get(self.vendor_id, {})
        leads = {person for person, accesses in held.items() if Access.LEAD in accesses} if people else set()
        return people & held.keys() or leads


Find = Callable[..., Iterable[Thing]]
Say = Callable[[set[int], date], dict[int, Line]]


@dataclass(frozen=True)
class Source:
    """One kind of thing. `find(today, ids=None, ahead=0)` finds what is so today, or will be within `ahead` days;
    `say(ids, today)` puts those into words. With `each_time`, what was told and came to an end is told again when it
    comes again, though nothing in its subject says so.
    """

    about: About
    label: str
    find: Find
    say: Say
    each_time: bool = False

    def wanted(self, today: date) -> Iterable[Wanted]:
        """Each step that has come, for each person; the same again until it is planned, and after."""
        access = grants.everyone()
        for thing in self.find(today):
            if step := thing.step_on(today):
                for person_id in thing.told(access):
                    yield Wanted(person_id, thing.subject, step, thing.due_on, thing.vendor_id)

    def lines(self, reminders: list[Reminder], today: date) -> dict[int, Line]:
        """`{reminder's pk: Line}` of those that are still so, and still about this person."""
        ids = {int(reminder.subject.partition(":")[0]) for reminder in reminders}
        if not ids:
            return {}
        access = grants.everyone()
        so = {
            (person_id, thing.subject): thing.pk
            for thing in self.find(today, ids=ids)
            for person_id in thing.told(access)
        }
        open_ones = {each.pk: so[key] for each in reminders if (key := (each.person_id, each.subject)) in so}
        said = self.say(set(open_ones.values()), today) if open_ones else {}
        return {pk: said[thing] for pk, thing in open_ones.items() if thing in said}


def restricted(rows, field, ids):
    """The rows, or those of these ids when only these are asked for."""
    return rows if ids is None else rows.filter(**{f"{field}__in": ids})
