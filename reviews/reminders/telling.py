"""What of a mail's reminders is still to be told at the moment it is written?

What was closed meanwhile, and what its person may not see any more, is told to nobody. What only this recipient may not
see, say a deputy who lost access, goes into another mail.
"""

from typing import NamedTuple

from django.utils import timezone

from accounts import absences, grants, hours
from reviews.models import Message, Reminder
from reviews.reminders.sources import Line, said


class Told(NamedTuple):
    """One line of a mail. `instead_of` says in words for whom the recipient is told; empty for themselves."""

    reminder: Reminder
    line: Line
    instead_of: str = ""


def told(message: Message, now) -> list[Told]:
    """What this mail still has to say, soonest first; each thing once, at its newest step. Muted kinds are left out.

    Closes the message's reminders that are closed by now, and lets go of those that are not for its recipient.
    """
    assert message.person, "Only people with an account are reminded."
    reminders = list(message.reminders.filter(closed_at=None).select_related("person", "vendor").order_by("pk"))
    mine, closed, others = _sorted_out(message, reminders)
    lines, unsaid = said(mine, timezone.localdate(now))
    closed += [reminder for reminder in mine if reminder.pk not in lines and reminder not in unsaid]
    _rows(closed).update(closed_at=now)
    _rows(others + unsaid).update(message=None)
    muted = hours.rhythm_of(message.person).muted
    newest = {
        (reminder.about, reminder.subject, reminder.person_id): reminder
        for reminder in mine
        if reminder.pk in lines and reminder.about not in muted
    }
    rota = absences.on(timezone.localdate(now))
    found = [Told(each, lines[each.pk], _instead_of(each.person, message.person, rota)) for each in newest.values()]
    return sorted(found, key=_soonest)


def _sorted_out(message, reminders):
    """`(what the recipient may be told, what nobody may, what is for others)`."""
    access = grants.everyone()
    mine, closed, others = [], [], []
    for reminder in reminders:
        if not _may_hear(reminder.person, reminder, access):
            closed.append(reminder)
        elif not _may_hear(message.person, reminder, access):
            others.append(reminder)
        else:
            mine.append(reminder)
    return mine, closed, others


def _may_hear(person, reminder, access):
    return person.is_active and (reminder.vendor_id is None or person.pk in access.get(reminder.vendor_id, {}))


def _rows(reminders):
    return Reminder.objects.filter(pk__in=[reminder.pk for reminder in reminders])


def _instead_of(person, recipient, rota):
    if person == recipient:
        return ""
    away = rota.away.get(person.pk)
    return f"For {person.name}, away {away.days_in_words}: you act." if away else f"For {person.name}."


def _soonest(each):
    """What has no day comes last, as on the pages; numbers make the order the same every time."""
    return (each.line.due_on is None, each.line.due_on, each.reminder.about, each.reminder.pk)
