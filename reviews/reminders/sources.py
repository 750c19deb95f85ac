"""What do people have to be told today, and is it still so?

One source for each kind of thing. `wanted` says who is to be told which step of what; it is asked often, by any number
of workers at once, and only what was not said yet becomes a reminder. `lines` says what reminders are about as it is
now; who has no line any more is not told. A new kind is a line of `About` and a source in one of these files.
"""

import logging
from collections import defaultdict

from django.db import OperationalError

from reviews.choices import About
from reviews.reminders import (
    approvals,
    arriving,
    asked,
    channels,
    escalated,
    items,
    meetings,
    policies,
    proofs,
    recurring,
)
from reviews.reminders.things import Line, Source, Wanted

__all__ = ["SOURCES", "Line", "Source", "Wanted", "said"]

logger = logging.getLogger(__name__)

SOURCES: dict[About, Source] = {
    source.about: source
    for noun in (items, recurring, approvals, proofs, channels, escalated, policies, meetings, asked, arriving)
    for source in noun.SOURCES
}


def said(reminders, today):
    """`({reminder's pk: Line} of those that are still so, [those of which nobody can say now])`.

    A source that fails keeps none of the others from being said. Kinds this worker does not know come from a newer
    release.
    """
    by_about = defaultdict(list)
    for reminder in reminders:
        by_about[reminder.about].append(reminder)
    lines: dict[int, Line] = {}
    unsaid = []
    for about, some in by_about.items():
        try:
            lines |= SOURCES[about].lines(some, today)
        except OperationalError:
            # The database is gone: for all of them, and not for long.
            raise
        except Exception:
            logger.exception("what people were told of %s could not be put into words", about)
            unsaid += some
    return lines, unsaid
