"""What do people have to be told today, and is it still so?

One source for each kind of thing. `wanted` says who is to be told which step of what; it is asked often, by any number
of workers at once, and only what was not said yet becomes a reminder. `lines` says what reminders are about as it is
now; who has no line any more is not told.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import NamedTuple

from reviews import standings
from reviews.choices import OPEN, About
from reviews.models import Item, Reminder
from reviews.reminders import steps


class Wanted(NamedTuple):
    """That a person is to hear one step of one thing. `subject` holds what starts the steps anew, say a moved date."""

    person_id: int
    subject: str
    step: str
    due_on: date | None = None
    vendor_id: int | None = None


class Line(NamedTuple):
    """One thing as the digest and the page in the app say it. `url` is a path."""

    text: str
    url: str
    due_on: date | None = None
    vendor_name: str = ""


class Source(NamedTuple):
    about: About
    label: str
    wanted: Callable[[date], Iterable[Wanted]]
    lines: Callable[[list[Reminder], date], dict[int, Line]]


# Items


def _items_wanted(today: date) -> Iterable[Wanted]:
    """Open items of whoever holds them."""
    near = standings.all_of_them().filter(
        state__in=OPEN, holder__isnull=False, due_on__lte=today + timedelta(days=max(steps.USUAL))
    )
    for item_id, person_id, due_on, vendor_id in near.values_list(
        "item_id", "holder_id", "due_on", "review__deployment__vendor_id"
    ):
        step = steps.current(due_on, today)
        yield Wanted(person_id, f"{item_id}:{due_on.isoformat()}", step, due_on, vendor_id)


def _item_lines(reminders: list[Reminder], today: date) -> dict[int, Line]:
    ids = {int(reminder.subject.partition(":")[0]) for reminder in reminders}
    found = Item.objects.with_owner().select_related("review__deployment__vendor").in_bulk(ids)
    lines = {}
    for reminder in reminders:
        item = found.get(int(reminder.subject.partition(":")[0]))
        if item and item.status in OPEN and item.due_on == reminder.due_on and item.holder == reminder.person:
            text = f"Statement {item.number} of {item.review.title}"
            lines[reminder.pk] = Line(text, item.get_absolute_url(), item.due_on, item.review.vendor.name)
    return lines


SOURCES: dict[About, Source] = {
    source.about: source for source in (Source(About.ITEM, "Items", _items_wanted, _item_lines),)
}
