"""Which letters to the account team wait for their answers?"""

from datetime import timedelta
from functools import partial

from reviews.choices import About
from reviews.models import Escalation
from reviews.reminders import steps
from reviews.reminders.things import Line, Source, Thing, restricted


def _waiting(today, ids=None, ahead=0):
    """Letters that were sent and not closed: of whoever sent them and of the review's lead."""
    last = today + timedelta(days=max(steps.USUAL) + ahead)
    rows = restricted(Escalation.objects.running().filter(answer_by__lte=last), "pk", ids)
    for pk, due_on, sent_by, lead, vendor in rows.values_list(
        "pk", "answer_by", "sent_by_id", "review__lead_id", "vendor_id"
    ):
        yield Thing(pk, due_on.isoformat(), (sent_by, lead), partial(steps.current, due_on), due_on, vendor)


def _say(ids, today):
    rows = Escalation.objects.filter(pk__in=ids).with_names().defer("content")
    return {
        each.pk: Line(
            f"{each} to the account team about {each.review.deployment.name}, {each.review.title}",
            each.get_absolute_url(),
            each.answer_by,
            each.vendor.name,
        )
        for each in rows
    }


SOURCES = (Source(About.ESCALATION, "Escalations unanswered", _waiting, _say),)
