"""On which morning do the tests of reminders play, and how does the scheduler poke?"""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from reviews import tasks
from reviews.models import Item

# A Monday, in the organisation's zone.
MONDAY = datetime(2027, 1, 11, 8, 0, tzinfo=timezone.get_default_timezone())
DAY = timedelta(days=1)


@pytest.fixture
def clock():
    """The moved clock: Monday at 8, when mail goes out."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def poke(clock, mailoutbox):
    """Return a function that pokes once, at a moment when one is given, and returns the mails that went out."""

    def poke(at=None):
        if at:
            clock.move_to(at)
        before = len(mailoutbox)
        tasks.remind()
        return mailoutbox[before:]

    return poke


@pytest.fixture
def due(clock, small):
    """Return a function that gives one statement of the small review a due day; the others are not due for long."""
    Item.objects.filter(review=small).update(due_on=MONDAY.date() + 300 * DAY)

    def due(number, days):
        item = Item.objects.with_owner().get(review=small, statement__number=number)
        item.due_on = MONDAY.date() + days * DAY
        item.save(update_fields=["due_on"])
        return item

    return due
