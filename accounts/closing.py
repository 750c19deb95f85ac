"""Who lost access lately, and loses it again when an older state of the database comes back?"""

from typing import NamedTuple

from django.apps import apps
from django.db import transaction

from accounts import grants
from accounts.choices import Access
from accounts.models import User
from audit import log

AGAIN = "Closed again: it was closed after the backup that was restored."


class Closed(NamedTuple):
    """`people` as `{id: e-mail}`, `grants` as `(person's id, vendor's id, access)`."""

    people: dict[int, str]
    grants: set[tuple[int, int, str]]


def since(events):
    """What was closed in these events and is closed today."""
    left = [int(pk) for pk in events.filter(event_type="person.deactivated").values_list("target_id", flat=True)]
    people = dict(User.objects.filter(pk__in=left, is_active=False).values_list("pk", "email"))
    taken = events.filter(event_type="grant.taken").values_list("target_id", "vendor_id", "before")
    rows = {(int(person), vendor, before["access"]) for person, vendor, before in taken}
    held = {
        (person.pk, vendor.pk, str(access))
        for person in User.objects.filter(pk__in={person for person, _, _ in rows})
        for vendor, accesses in grants.vendors_of(person)
        for access in accesses
    }
    return Closed(people, rows - held)


@transaction.atomic
def close_again(closed):
    """Deactivate these people and take these accesses, where the restored state has them. Returns a sentence for each."""
    said = []
    for person in User.objects.active().filter(pk__in=closed.people):
        if person.email == closed.people[person.pk]:
            person.is_active = False
            person.save(update_fields=["is_active"])
            log.record("person.deactivated", person, reason=AGAIN, before={"active": True}, after={"active": False})
            said.append(f"{person.name} is deactivated again.")
    vendors = apps.get_model("vendors", "Vendor").objects.in_bulk({vendor for _, vendor, _ in closed.grants})
    people = User.objects.in_bulk({person for person, _, _ in closed.grants})
    for person_id, vendor_id, access in sorted(closed.grants):
        person, vendor = people.get(person_id), vendors.get(vendor_id)
        if person and vendor and Access(access) in grants.on(person, vendor_id):
            grants.take(person, access, vendor)
            said.append(f"{person.name} has no “{access}” access to {vendor.name} again.")
    return said
