"""Which dates of obligations are due or missed, which completions wait for a signature, which proposals for a word?"""

from datetime import timedelta
from functools import partial

from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone

from accounts import grants
from evidence.validity import in_words
from reviews import permissions
from reviews.choices import About, OccurrenceState
from reviews.models import Obligation, Occurrence
from reviews.recurring import completions
from reviews.reminders import steps
from reviews.reminders.things import Line, Source, Thing, restricted

FURTHEST = timedelta(days=366)  # a step may be a year before


def _due(today, ids=None, ahead=0):
    """Open dates, of the obligation's owner."""
    last = today + FURTHEST + timedelta(days=ahead)
    rows = Occurrence.objects.open().filter(state=OccurrenceState.OPEN, due_on__lte=last).order_by()
    fields = ("pk", "due_on", "obligation__owner_id", "obligation__steps", "obligation__vendor_id")
    for pk, due_on, owner, at, vendor_id in restricted(rows, "pk", ids).values_list(*fields):
        yield Thing(pk, due_on.isoformat(), (owner,), partial(steps.current, due_on, steps=at), due_on, vendor_id)


def _missed(today, ids=None, ahead=0):
    """Dates that were missed three times, of whoever hears of it then; once."""
    last = today - steps.THIRD_MISS + timedelta(days=ahead)
    rows = Occurrence.objects.open().filter(
        state=OccurrenceState.OPEN, due_on__lte=last, obligation__escalate_to__isnull=False
    )
    fields = ("pk", "due_on", "obligation__escalate_to_id", "obligation__vendor_id")
    for pk, due_on, told, vendor_id in restricted(rows.order_by(), "pk", ids).values_list(*fields):
        course = partial(steps.once, due_on + steps.THIRD_MISS)
        yield Thing(pk, due_on.isoformat(), (told,), course, due_on, vendor_id)


def _say_dates(ids, today):
    return _said(ids, "{title}: {what}")


def _say_missed(ids, today):
    return _said(ids, "{title}: {what}; {owner} was reminded three times")


def _said(ids, words):
    """A line for each date, in these words about its obligation."""
    lines = {}
    for each in Occurrence.objects.filter(pk__in=ids).with_names():
        obligation = each.obligation
        said = {"title": obligation.title, "what": _what(obligation), "owner": obligation.owner.name}
        text = words.format(**said, due_on=in_words(each.due_on))
        lines[each.pk] = Line(text, each.get_absolute_url(), each.due_on, obligation.vendor.name)
    return lines


def _what(obligation):
    return obligation.deployment.name if obligation.deployment else obligation.vendor.name


def _to_sign(today, ids=None, ahead=0):
    """Completions that wait for a signature, of whoever may sign them (`permissions.can_countersign`)."""
    rows = Occurrence.objects.open().filter(state=OccurrenceState.AWAITING).values("pk")
    access = grants.everyone()
    for completion in completions.newest(restricted(rows, "pk", ids)):
        occurrence = completion.occurrence
        vendor_id = occurrence.obligation.vendor_id
        people = permissions.countersigners(completion, access.get(vendor_id, {}))
        course = partial(steps.waiting, timezone.localdate(completion.recorded_at))
        yield Thing(occurrence.pk, str(completion.number), people, course, occurrence.due_on, vendor_id)


def _proposed(today, ids=None, ahead=0):
    """Proposals nobody accepted or dismissed, of the lead of the review that made them: a thing is a review."""
    rows = restricted(Obligation.objects.proposed().exclude(proposed_by=None), "proposed_by", ids)
    grouped = rows.order_by().values_list("proposed_by_id", "proposed_by__lead_id", "vendor_id")
    for pk, lead, vendor_id, since in grouped.annotate(since=Min("created_at")):
        day = timezone.localdate(since)
        yield Thing(pk, day.isoformat(), (lead,), partial(steps.waiting, day, first=(1,)), None, vendor_id)


def _say_proposed(ids, today):
    rows = Obligation.objects.proposed().filter(proposed_by__in=ids).order_by()
    counted = rows.values_list("proposed_by_id", "deployment__name", "vendor__name", "vendor_id")
    return {
        pk: Line(
            f"{count} proposed for {deployment or vendor}: accept or dismiss them",
            f"{reverse('reviews:obligations')}?vendor={vendor_id}",
            None,
            vendor,
        )
        for pk, deployment, vendor, vendor_id, count in counted.annotate(Count("pk"))
    }


def _say_to_sign(ids, today):
    return _said(ids, "{title}, {due_on}: {what}")


SOURCES = (
    Source(About.OBLIGATION, "Obligations due", _due, _say_dates),
    Source(About.MISSED, "Missed three times", _missed, _say_missed),
    Source(About.COUNTERSIGN, "Completions to sign", _to_sign, _say_to_sign),
    Source(About.PROPOSAL, "Obligations proposed", _proposed, _say_proposed),
)
