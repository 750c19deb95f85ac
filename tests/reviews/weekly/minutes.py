"""What do tests of syncs share? Words for what people do in a meeting."""

from datetime import timedelta

from django.utils import timezone

from accounts import grants
from accounts.choices import Access
from reviews.weekly import syncs

SOON = timedelta(days=7)
FIGURES = {"headline": [{"label": "Satisfied", "value": "3 of 12"}]}


def due():
    return timezone.localdate() + SOON


def both(lead, other):
    """The lead, with access to both vendors."""
    grants.give(lead, Access.LEAD, other.vendor)
    return lead


def close(sync, by, figures=FIGURES):
    return syncs.close(sync, by=by, figures=figures)


def agree(sync, by, owner, text="Ask for the report", **said):
    return syncs.agree_action(sync, by=by, text=text, owner=owner, due_on=due(), **said)
