"""Who is to be told what, and which mail takes it?

`plan` writes down each step once, whoever asks and how often; `compose` puts what nobody was told yet into one mail for
each person and day. Both may run in any number of workers at once.
"""

import logging
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Max, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from accounts import absences, grants, hours
from accounts.models import User
from audit.models import Heartbeat
from reviews.choices import Delivery
from reviews.models import Message, Reminder
from reviews.reminders.sources import SOURCES

logger = logging.getLogger(__name__)

PLANNED = "reminders:planned"
PLAN_EVERY = timedelta(minutes=15)
AT_ONCE = 1000  # rows of one statement
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
DIGEST = "digest"
OVER = " over "
TAKEN_OVER = "Its reminders went into a later mail."


def plan(now: datetime) -> list[Exception]:
    """Write down what the sources want today; nothing when that was done lately and no new day began.

    A source that fails keeps none of the others from being heard. Returns what they raised.
    """
    if not _is_due(_last_planned(), now):
        return []
    # Read before the transaction: the only writer of SQLite is not held up by questions.
    reminders, failures = wanted(now)
    with transaction.atomic():
        Heartbeat.objects.get_or_create(name=PLANNED, defaults={"at": NEVER})
        # Nothing while somebody else plans: that one writes down the same.
        planned = Heartbeat.objects.select_for_update(skip_locked=True).filter(name=PLANNED).first()
        if planned and _is_due(planned.at, now):
            _tell_later_falls_anew(reminders, failures)
            Reminder.objects.bulk_create(reminders, batch_size=AT_ONCE, ignore_conflicts=True)
            _open_again(reminders, now)
            Heartbeat.objects.filter(pk=planned.pk).update(at=now)
    return failures


def _open_again(wanted_rows, now):
    """What was found closed before anybody was told, and is wanted again, is free again."""
    for start in range(0, len(wanted_rows), AT_ONCE):
        some = {_name(each) for each in wanted_rows[start : start + AT_ONCE]}
        people, _, subjects, _ = map(set, zip(*some, strict=True))
        closed = Reminder.objects.exclude(closed_at=None).filter(person__in=people, subject__in=subjects)
        again = [each.pk for each in closed if _name(each) in some]
        Reminder.objects.filter(pk__in=again).update(message=None, closed_at=None, seen_at=None, planned_at=now)


def _tell_later_falls_anew(wanted_rows, failures):
    """What is told once each time it comes, was told, and is over now: its rows give their key to the next time."""
    if failures:
        # Nobody knows whether it is over.
        return
    still = {_name(each) for each in wanted_rows}
    kinds = [source.about for source in SOURCES.values() if source.each_time]
    told = Reminder.objects.exclude(message=None).filter(about__in=kinds, closed_at=None)
    over = [each.pk for each in told.exclude(subject__contains=OVER) if _name(each) not in still]
    Reminder.objects.filter(pk__in=over).update(subject=Concat("subject", Value(OVER), Cast("pk", CharField())))


def _name(reminder):
    return reminder.person_id, reminder.about, reminder.subject, reminder.step


def _last_planned() -> datetime:
    return Heartbeat.objects.filter(name=PLANNED).values_list("at", flat=True).first() or NEVER


def _is_due(last: datetime, now: datetime) -> bool:
    # A clock that was set back leaves a last time that is still to come.
    return abs(now - last) >= PLAN_EVERY or timezone.localdate(last) != timezone.localdate(now)


def wanted(now: datetime) -> tuple[list[Reminder], list[Exception]]:
    """What the sources want today, not stored yet; and what they raised."""
    today, rows, failures = timezone.localdate(now), [], []
    for source in SOURCES.values():
        try:
            rows += [_reminder(source.about, each, now) for each in source.wanted(today)]
        except Exception as failure:
            logger.exception("what is to be told of %s could not be found out", source.label)
            failures.append(failure)
    return rows, failures


def _reminder(about, each, now):
    return Reminder(about=about, planned_at=now, **each._asdict())


def compose(now: datetime) -> None:
    """Make the day's mail of everyone who is to be told something and whose moment has come.

    One for each person and day, whatever happened before: what a week's standstill left comes in one. While somebody
    is away the deputy gets it, if they may see it.
    """
    for recipient, day, reminders in _due(now):
        with transaction.atomic():
            key = f"{DIGEST}:{recipient.pk}:{day.isoformat()}"
            values = {"person": recipient, "day": day, "due_at": now, "created_at": now}
            message, is_new = Message.objects.get_or_create(key=key, defaults=values)
            # Another worker composed it, or took the reminders into another.
            if is_new and not Reminder.objects.untold().filter(pk__in=reminders).update(message=message):
                transaction.set_rollback(True)
            elif is_new:
                _take_over(message)


def _take_over(message):
    """What still waits from earlier days comes in this mail: one after an outage, not one for each of its days.

    What a worker claimed may have gone out, and stays as it is.
    """
    earlier = Message.objects.waiting().filter(key__startswith=f"{DIGEST}:", person=message.person, leased_until=None)
    pks = [row.pk for row in earlier.exclude(pk=message.pk).select_for_update(skip_locked=True)]
    Reminder.objects.filter(message__in=pks, closed_at=None).update(message=message)
    Message.objects.filter(pk__in=pks).update(state=Delivery.NOTHING, outcome=TAKEN_OVER)


def _due(now):
    """`(recipient, day, ids of reminders)` of the mails to be made."""
    waiting = _by_recipient(now)
    rhythms, last = hours.rhythms(waiting), _last_days(waiting, now)
    for recipient, reminders in waiting.items():
        if day := hours.due_day(now, rhythms[recipient.pk], last.get(recipient.pk)):
            yield recipient, day, reminders


def _by_recipient(now):
    """`{recipient: ids of the reminders they are to be told}`."""
    untold = list(Reminder.objects.untold().values_list("pk", "person_id", "vendor_id"))
    people = User.objects.in_bulk({person_id for _, person_id, _ in untold})
    rota = absences.on(timezone.localdate(now))
    acts = {pk: rota.stand_in(person) for pk, person in people.items()}
    access = grants.everyone()
    found = defaultdict(list)
    for pk, person_id, vendor_id in untold:
        recipient = acts[person_id]
        # What is about no vendor is nobody's but the person's own.
        if recipient.pk not in access.get(vendor_id, {}):
            recipient = people[person_id]
        found[recipient].append(pk)
    return found


def _last_days(people, now):
    """`{person's pk: the last day they were written to}`; a clock that ran days ahead for a while counts for nothing."""
    today = timezone.localdate(now)
    days = (today - timedelta(days=3), today + timedelta(days=1))
    digests = Message.objects.filter(key__startswith=f"{DIGEST}:", person__in=people, day__range=days)
    return dict(digests.order_by().values_list("person_id").annotate(Max("day")))
