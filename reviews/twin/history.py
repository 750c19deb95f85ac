"""What does the log of the other installation say of a review that was moved here?

It is read from the file the review came in and is never written into our log: it did not happen here, and we cannot
vouch for it.
"""

from django.utils.dateparse import parse_datetime

from audit.models import Event
from reviews.models import MovedReview


def of(moved):
    """The events there, newest first, as unsaved Events."""
    content = MovedReview.objects.filter(pk=moved.pk).values_list("content__history", flat=True).get()
    return [_event(each) for each in reversed(content)]


def _event(said):
    """An unsaved row, for the words it prints; nothing here ever saves one."""
    fields = {name: value for name, value in said.items() if name not in {"item", "occurred_at"}}
    return Event(**fields, occurred_at=parse_datetime(said["occurred_at"]))
