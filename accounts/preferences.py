"""When does the organisation send mail, and how does each person want to be told? Reads and the two writes."""

from django.db import transaction

from accounts import permissions
from accounts.models import OfficeHours, Preferences
from audit import log

OFFICE_HOURS = ("send_hour", "quiet_weekdays", "country", "subdivision")
PREFERENCES = (*OFFICE_HOURS, "time_zone", "muted", "chat_handle", "toured_at")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def office_hours():
    """What is stored, else the defaults; never None."""
    return OfficeHours.objects.first() or OfficeHours(pk=1)


def of(person):
    """What the person chose, else a row in which everything is as in the organisation; never None."""
    return Preferences.objects.filter(person=person).first() or Preferences(person=person)


@transaction.atomic
def change_office_hours(*, by, **values):
    """Store when this organisation sends mail; the next planned digest follows it. Raises PermissionDenied."""
    permissions.ask(permissions.can_administer(by))
    row = OfficeHours.objects.select_for_update().first() or OfficeHours(pk=1)
    return _change(row, "office_hours.changed", OFFICE_HOURS, values, actor=by)


@transaction.atomic
def change(person, **values):
    """Store how this person wants to be told; everybody decides for themselves."""
    row = Preferences.objects.select_for_update().filter(person=person).first() or Preferences(person=person)
    return _change(row, "preferences.changed", PREFERENCES, values, actor=person)


def _change(row, event_type, names, values, *, actor):
    if unknown := values.keys() - set(names):
        raise TypeError(f"cannot change {', '.join(sorted(unknown))}")
    before = {name: getattr(row, name) for name in values if getattr(row, name) != values[name]}
    if not before:
        return row
    for name in before:
        setattr(row, name, values[name])
    if row._state.adding:
        # Of two who write the first row at the same moment, both changes count.
        type(row).objects.get_or_create(pk=row.pk)
        row._state.adding = False
    row.save(update_fields=list(before))
    log.record(event_type, row, actor=actor, before=before, after={name: values[name] for name in before})
    return row


def quiet_in_words(weekdays):
    """ "Saturday and Sunday", or "no day"."""
    names = [WEEKDAYS[day] for day in weekdays]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "no day"
