"""What is a person told in the app: newest first, what they have not seen, and what is settled since?"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone

from accounts import absences
from accounts.models import Absence
from audit import log
from reviews.models import Reminder
from reviews.reminders.sources import said
from reviews.reminders.things import Line

PER_PAGE = 50
# How long before an absence somebody was told of what a deputy still finds; what stays open is told again.
TOLD_BEFORE = timedelta(days=60)


@dataclass(frozen=True)
class Entry:
    reminder: Reminder
    line: Line | None  # None: settled since

    @property
    def label(self):
        return self.reminder.get_about_display()

    @property
    def is_unread(self):
        return self.line is not None and self.reminder.seen_at is None


def unread(user):
    """What this person was told of and did not see yet, each thing once: their number stands at the bell.

    Every page asks, so it does not look whether they are settled since.
    """
    mine = Reminder.objects.visible_to(user).filter(person=user, seen_at=None, closed_at=None)
    return mine.annotate(thing=Concat("about", Value(":"), "subject"))


def page(user, number):
    """`(page of Entry, newest id)`: each thing once, at its newest step. A constant number of queries."""
    rows = _each_once(Reminder.objects.visible_to(user).filter(person=user)).select_related("vendor")
    newest = Reminder.objects.filter(person=user).order_by("-pk").values_list("pk", flat=True).first() or 0
    page = Paginator(rows.order_by("-planned_at", "pk"), PER_PAGE).get_page(number)
    page.object_list = _entries(list(page.object_list))
    return page, newest


def instead_of_others(user, number):
    """`(page, [(Absence, [Entry])])` of those for whom this person acts today: what is still open for them.

    What they were told from 60 days before the absence on, newest first, a page at a time.
    """
    acting: dict[int, Absence] = {absence.person_id: absence for absence in absences.acting_for(user)}
    told = Q(pk__in=())
    for pk, absence in acting.items():
        since = timezone.make_aware(datetime.combine(absence.starts_on - TOLD_BEFORE, time.min))
        told |= Q(person=pk, planned_at__gte=since)
    rows = Reminder.objects.visible_to(user).filter(told, closed_at=None).exclude(vendor=None)
    rows = _each_once(rows).select_related("vendor")
    page = Paginator(rows.order_by("-planned_at", "pk"), PER_PAGE).get_page(number)
    found = defaultdict(list)
    for entry in _entries(list(page.object_list)):
        if entry.line:
            found[entry.reminder.person_id].append(entry)
    return page, [(absence, found[pk]) for pk, absence in acting.items() if found[pk]]


@transaction.atomic
def see(user, *, up_to):
    """Mark what this person was shown as seen: nothing that came after it."""
    rows = Reminder.objects.filter(person=user, seen_at=None, pk__lte=up_to)
    seen = rows.update(seen_at=timezone.now())
    if seen:
        log.record("reminders.seen", user, actor=user, after={"reminders": seen})
    return seen


def _each_once(rows):
    same = Q(person=OuterRef("person"), about=OuterRef("about"), subject=OuterRef("subject"))
    return rows.filter(~Exists(Reminder.objects.filter(same, pk__gt=OuterRef("pk"))))


def _entries(reminders):
    """What cannot be said for now is left out, rather than called settled."""
    lines, unsaid = said(reminders, timezone.localdate())
    return [Entry(reminder, lines.get(reminder.pk)) for reminder in reminders if reminder not in unsaid]
