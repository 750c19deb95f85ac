"""What will be told whom in the next weeks, as far as today knows?

Asked of the sources with the days to come, so that it says what they would. What nobody can know yet, say a sign-off
that is withdrawn tomorrow, is not in it.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from django.utils import timezone

from accounts import absences, grants, hours
from accounts.models import Absence, User
from reviews.choices import About
from reviews.models import Reminder
from reviews.reminders.sources import SOURCES

DAY = timedelta(days=1)
DAYS = 28


@dataclass(frozen=True)
class Planned:
    """One mail to come: on which day, to whom, about how many things of which kind."""

    day: date
    at: datetime
    recipient: User
    kinds: list  # (label, how many)

    @property
    def total(self):
        return sum(number for _, number in self.kinds)


def planned(people, vendor_ids=None):
    """The mails of the next weeks for these people, soonest first; about these vendors alone, if given.

    A constant number of queries for any number of people and things.
    """
    today, now = timezone.localdate(), timezone.now()
    people, access = {person.pk: person for person in people}, grants.everyone()
    rota_of, deputies = _rotas(today)
    rhythms = hours.rhythms({**people, **deputies}.values())

    @cache
    def sending(day, recipient):
        rhythm = rhythms[recipient.pk]
        return hours.next_sending(max(now, datetime.combine(day, time.min, rhythm.zone)), rhythm)

    mails = defaultdict(Counter)
    for person_id, vendor_id, day, about in _steps_to_come(people.keys(), vendor_ids, today, access):
        recipient = rota_of(day).stand_in(people[person_id])
        if recipient.pk not in access.get(vendor_id, {}):
            recipient = people[person_id]
        when = sending(day, recipient)
        if when and about not in rhythms[recipient.pk].muted:
            mails[when, recipient][About(about).label] += 1
    found = [Planned(*when, recipient, sorted(kinds.items())) for (when, recipient), kinds in mails.items()]
    return sorted(found, key=lambda mail: (mail.at, mail.recipient.name, mail.recipient.pk))


def _rotas(today):
    """`(the rota of each coming day, {id: every deputy})`, in one query."""
    rows = Absence.objects.filter(cancelled_at=None, starts_on__lte=today + DAYS * DAY, ends_on__gte=today)
    rows = list(rows.filter(person__is_active=True).select_related("person", "deputy"))

    @cache
    def rota_of(day):
        return absences.Rota(day, {row.person_id: row for row in rows if row.starts_on <= day <= row.ends_on})

    return rota_of, {row.deputy_id: row.deputy for row in rows}


def _steps_to_come(people, vendor_ids, today, access):
    """`(person id, vendor id, day, about)` of what waits to be told, and of each step that a coming day reaches."""
    untold = Reminder.objects.untold().filter(person__in=people).order_by()
    if vendor_ids is not None:
        untold = untold.filter(vendor_id__in=vendor_ids)
    for person_id, vendor_id, about, _ in untold.values_list("person_id", "vendor_id", "about", "subject").distinct():
        yield person_id, vendor_id, today, about
    days = [today + number * DAY for number in range(DAYS + 1)]
    for source in SOURCES.values():
        for thing in source.find(today, ahead=DAYS):
            if vendor_ids is not None and thing.vendor_id not in vendor_ids:
                continue
            told = thing.told(access) & people
            for day in _days_of_new_steps(thing, days) if told else ():
                yield from ((person_id, thing.vendor_id, day, source.about) for person_id in told)


def _days_of_new_steps(thing, days):
    before = thing.step_on(days[0])
    for day in days[1:]:
        step = thing.step_on(day)
        if step and step != before:
            yield day
        before = step
