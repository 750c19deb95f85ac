"""Who lost access lately, and loses it again when an older state of the database comes back?"""

from typing import Any, NamedTuple

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from accounts import grants
from accounts.choices import STAKEHOLDERS, Access, Role
from accounts.models import Absence, User
from audit import log

AGAIN = "Closed again: it was closed after the backup that was restored."
POWERS = {*STAKEHOLDERS, Role.ADMINISTRATOR}


class Closed(NamedTuple):
    """Who lost what, by the ids of people. `emails` are all they had meanwhile: an id alone may be somebody else's.

    `left` are deactivated, `roles` are those of today where they changed, `grants` are (person's id, vendor's id, access),
    `absences` (person's id, absence's id) were cancelled: their deputies act no longer.
    """

    emails: dict[int, set[str]]
    left: set[int]
    roles: dict[int, str]
    grants: set[tuple[int, int, str]]
    absences: set[tuple[int, int]]


NOTHING = Closed({}, set(), {}, set(), set())


def since(events):
    """What was closed in these events and is closed today."""
    left = [int(pk) for pk in events.filter(event_type="person.deactivated").values_list("target_id", flat=True)]
    left = set(User.objects.filter(pk__in=left, is_active=False).values_list("pk", flat=True))
    changed = list(events.filter(event_type="person.changed").values_list("target_id", "before"))
    roles = [int(pk) for pk, before in changed if "role" in before]
    roles = dict(User.objects.filter(pk__in=roles).values_list("pk", "role"))
    taken = _taken(events)
    absences = _cancelled(events)
    people = left | roles.keys() | {person for person, _, _ in taken} | {person for person, _ in absences}
    emails = {pk: {email} for pk, email in User.objects.filter(pk__in=people).values_list("pk", "email")}
    for pk, before in changed:
        if int(pk) in emails and "email" in before:
            emails[int(pk)].add(before["email"])
    return Closed(emails, left, roles, taken, absences)


def _cancelled(events):
    away = [int(pk) for pk in events.filter(event_type="absence.cancelled").values_list("target_id", flat=True)]
    cancelled = Absence.objects.filter(person__in=away).exclude(cancelled_at=None)
    return set(cancelled.values_list("person_id", "pk"))


def _taken(events):
    rows = events.filter(event_type="grant.taken").values_list("target_id", "vendor_id", "before")
    rows = {(int(person), vendor, before["access"]) for person, vendor, before in rows}
    return rows - {
        (person.pk, vendor.pk, str(access))
        for person in User.objects.filter(pk__in={person for person, _, _ in rows})
        for vendor, accesses in grants.vendors_of(person)
        for access in accesses
    }


def together(earlier, later):
    """Both; where they name two roles of a person, that of the later."""
    emails = {
        pk: earlier.emails.get(pk, set()) | later.emails.get(pk, set()) for pk in earlier.emails.keys() | later.emails
    }
    return Closed(
        emails,
        earlier.left | later.left,
        earlier.roles | later.roles,
        earlier.grants | later.grants,
        earlier.absences | later.absences,
    )


def as_json(closed):
    return {
        "emails": {pk: sorted(emails) for pk, emails in closed.emails.items()},
        "left": sorted(closed.left),
        "roles": closed.roles,
        "grants": sorted(closed.grants),
        "absences": sorted(closed.absences),
    }


def from_json(said: dict[str, Any]) -> Closed:
    return Closed(
        emails={int(pk): set(emails) for pk, emails in said["emails"].items()},
        left=set(said["left"]),
        roles={int(pk): role for pk, role in said["roles"].items()},
        grants={(person, vendor, access) for person, vendor, access in said["grants"]},
        # A note that an earlier release left has none.
        absences={(person, absence) for person, absence in said.get("absences", ())},
    )


@transaction.atomic
def close_again(closed):
    """Close all of it in the restored state. Returns a sentence for each, also for what a person must look at."""
    people, said = _known(closed.emails)
    for pk, person in people.items():
        if pk in closed.left and person.is_active:
            said.append(_deactivate(person))
        if closed.roles.get(pk, person.role) != person.role:
            said.append(_change_role(person, Role(closed.roles[pk])))
    vendors = apps.get_model("vendors", "Vendor").objects.in_bulk({vendor for _, vendor, _ in closed.grants})
    for person_id, vendor_id, access in sorted(closed.grants):
        person, vendor = people.get(person_id), vendors.get(vendor_id)
        if person and vendor and Access(access) in grants.on(person, vendor_id):
            grants.take(person, access, vendor)
            said.append(f"{person.name} has no “{access}” access to {vendor.name} again.")
    for absence in Absence.objects.filter(pk__in={pk for _, pk in closed.absences}, cancelled_at=None):
        if (absence.person_id, absence.pk) in closed.absences and absence.person_id in people:
            said.append(_cancel(absence))
    if said and not User.objects.active().filter(role=Role.ADMINISTRATOR).exists():
        said.append("No administrator is left: make one with `manage.py create_administrator`.")
    return said


def _known(emails):
    """`({id: person}, sentences)`: who of them is there, and a sentence for each whose id is somebody else's there."""
    people, said = User.objects.in_bulk(emails), []
    for pk in sorted(people):
        if people[pk].email not in emails[pk]:
            del people[pk]
            names = " or ".join(sorted(emails[pk]))
            said.append(f"{names} lost access after the backup, and the backup knows no such address: look at People.")
    return people, said


def _deactivate(person):
    person.is_active = False
    person.save(update_fields=["is_active"])
    log.record("person.deactivated", person, reason=AGAIN, before={"active": True}, after={"active": False})
    return f"{person.name} is deactivated again."


def _change_role(person, role):
    """A role that signs or administers goes again; of any other change people shall decide."""
    was = Role(person.role)
    if was not in POWERS or role in POWERS:
        return f"{person.name} is {was.label} again, and was {role.label} before the restore: look at People."
    person.role = role
    person.save(update_fields=["role"])
    log.record("person.changed", person, reason=AGAIN, before={"role": was}, after={"role": role})
    return f"{person.name} is no longer {was.label} again, but {role.label}."


def _cancel(absence):
    absence.cancelled_at = timezone.now()
    absence.save(update_fields=["cancelled_at"])
    before = {"away": absence.days_in_words, "deputy": absence.deputy.name}
    log.record("absence.cancelled", absence.person, reason=AGAIN, before=before)
    return f"{absence.deputy.name} no longer acts for {absence.person.name} again."
