"""What were people told that an older state of the database, brought back, does not know?

Asked of the present state before it is replaced, and held against what would be planned anew after.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import User
from reviews.choices import Delivery
from reviews.models import Message, Reminder
from reviews.reminders import planning

NOT_WAITING = [state for state in Delivery.values if state != Delivery.WAITING]


class Sent(NamedTuple):
    """One mail that went out, to one of us or, without `person_id`, to somebody at a vendor.

    `reminders` are what it told: (person's id, about, subject, step).
    """

    key: str
    person_id: int | None
    email: str
    day: date
    state: str
    sent_to: str
    sent_at: datetime | None
    outcome: str
    reminders: frozenset[tuple[int, str, str, str]]


def since(moment: datetime) -> list[Sent]:
    """Every mail that was due or sent at this moment or later; none when this database has no such table yet."""
    if Message._meta.db_table not in connection.introspection.table_names():
        return []
    rows = Message.objects.filter(Q(due_at__gte=moment) | Q(sent_at__gte=moment), state__in=NOT_WAITING)
    return [
        Sent(
            row.key, row.person_id, row.recipient_email, row.day, row.state, row.sent_to, row.sent_at, row.outcome,
            frozenset(
                (told.person_id, told.about, told.subject, told.step)
                for told in row.reminders.all()
                if not told.closed_at
            ),
        )
        for row in rows.select_related("person").prefetch_related("reminders")
    ]  # fmt: skip


@transaction.atomic
def hold(sent: Iterable[Sent], now: datetime) -> int:
    """Write down in the older state what was sent, so that it is not sent again. Returns how many mails.

    Only what that state would plan today is held: a thing it does not know may get its number again. So may a meeting
    or a letter: such a mail is held only where that state has it, for the same address.
    """
    sent = list(sent)
    people: dict[int | None, str] = dict(User.objects.values_list("pk", "email"))
    there = _recipients(each.key for each in sent)
    sent = [
        each
        for each in sent
        if there.get(each.key) == (each.person_id, each.email)
        or (each.key.startswith(f"{planning.DIGEST}:") and people.get(each.person_id) == each.email)
    ]
    if not sent:
        return 0
    wanted, _ = planning.wanted(now)
    Reminder.objects.bulk_create(wanted, batch_size=planning.AT_ONCE, ignore_conflicts=True)
    untold = {_name(each): each.pk for each in Reminder.objects.untold()}
    for each in sent:
        values = {"person_id": each.person_id, "day": each.day, "due_at": each.sent_at or now}
        said = {"state": each.state, "sent_to": each.sent_to, "sent_at": each.sent_at, "outcome": each.outcome}
        message, _ = Message.objects.update_or_create(key=each.key, defaults=values | said)
        Reminder.objects.filter(pk__in=[untold[name] for name in each.reminders & untold.keys()]).update(
            message=message
        )
    return len(sent)


def _recipients(keys):
    """`{key: (person's id, e-mail address)}` of the mails that the older state has."""
    rows = Message.objects.filter(key__in=list(keys)).select_related("person")
    return {row.key: (row.person_id, row.recipient_email) for row in rows}


def _name(reminder):
    return reminder.person_id, reminder.about, reminder.subject, reminder.step
