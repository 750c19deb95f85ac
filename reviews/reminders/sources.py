"""What do people have to be told today, and is it still so?

One source for each kind of thing. `wanted` says who is to be told which step of what; it is asked often, by any number
of workers at once, and only what was not said yet becomes a reminder. `lines` says what reminders are about as it is
now; who has no line any more is not told. A new kind is a line of `About` and a source in one of these files;
questions to a vendor, which are not in the product yet, will be one.
"""

from reviews.choices import About
from reviews.reminders import approvals, channels, items, proofs, recurring
from reviews.reminders.things import Line, Source, Wanted

__all__ = ["SOURCES", "Line", "Source", "Wanted"]

SOURCES: dict[About, Source] = {
    source.about: source for noun in (items, recurring, approvals, proofs, channels) for source in noun.SOURCES
}
