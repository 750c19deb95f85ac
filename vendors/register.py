"""What can be done with a vendor, its deployments, contacts and facts? Each act writes its event (rule 24)."""

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused, ask
from audit import log
from vendors import permissions
from vendors.models import Contact, Deployment, Fact, Vendor

SLUG_LIMIT = 70  # leaves room for a number within the column's 80
# Words that are addresses of their own under /vendors/.
RESERVED_SLUGS = frozenset({"new"})


@transaction.atomic
def create_vendor(*, by, **values):
    """Add a vendor; its creator leads it. Raises Refused when the name is taken."""
    ask(permissions.can_create_vendor(by))
    vendor = _saved(Vendor(slug=free_slug(values["name"]), created_by=by, **values))
    log.record("vendor.created", vendor, actor=by, vendor=vendor, after=values)
    grants.give(by, Access.LEAD, vendor, by=by)
    return vendor


@transaction.atomic
def change_vendor(vendor, *, by, **values):
    """Change what is said about the vendor; its address stays, so that links keep working."""
    ask(permissions.can_lead(by, vendor.pk))
    return _change(vendor, values, by=by)


@transaction.atomic
def add_deployment(vendor, *, by, **values):
    ask(permissions.can_lead(by, vendor.pk))
    return _add(Deployment(vendor=vendor, **values), values, by=by)


@transaction.atomic
def change_deployment(deployment, *, by, **values):
    """Change a deployment; open reviews read its channel and regimes at the moment of asking."""
    ask(permissions.can_lead(by, deployment.vendor_id))
    return _change(deployment, values, by=by)


@transaction.atomic
def add_contact(vendor, *, by, **values):
    ask(permissions.can_contribute(by, vendor.pk))
    return _add(Contact(vendor=vendor, **values), values, by=by)


@transaction.atomic
def change_contact(contact, *, by, **values):
    ask(permissions.can_contribute(by, contact.vendor_id))
    return _change(contact, values, by=by)


@transaction.atomic
def delete_contact(contact, *, by):
    """Delete a contact; the event keeps who it was."""
    ask(permissions.can_contribute(by, contact.vendor_id))
    _delete(contact, ["name", "job_title", "email", "phone", "is_account_team"], by=by)


@transaction.atomic
def add_fact(vendor, *, by, **values):
    ask(permissions.can_contribute(by, vendor.pk))
    return _add(Fact(vendor=vendor, **values), values, by=by)


@transaction.atomic
def change_fact(fact, *, by, **values):
    ask(permissions.can_contribute(by, fact.vendor_id))
    return _change(fact, values, by=by)


@transaction.atomic
def delete_fact(fact, *, by):
    ask(permissions.can_contribute(by, fact.vendor_id))
    _delete(fact, ["text", "source", "address", "seen_on"], by=by)


@transaction.atomic
def give_access(vendor, person, access, *, by):
    """A review lead lets someone else work on the vendor. Raises PermissionDenied, also for oneself."""
    ask(permissions.can_change_access(by, vendor.pk, person))
    grants.give(person, access, vendor, by=by)


@transaction.atomic
def take_access(vendor, person, access, *, by):
    ask(permissions.can_change_access(by, vendor.pk, person))
    grants.take(person, access, vendor, by=by)


def free_slug(name):
    """A short address from the name that no vendor has; a name without Latin letters gets a numbered one."""
    base = slugify(name)[:SLUG_LIMIT].strip("-_") or "vendor"
    taken = set(Vendor.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED_SLUGS
    candidate, number = base, 1
    while candidate in taken:
        number += 1
        candidate = f"{base}-{number}"
    return candidate


def _add(row, values, *, by):
    _saved(row)
    _record("created", row, by=by, after=values)
    return row


def _change(row, values, *, by):
    stored = type(row).objects.select_for_update().get(pk=row.pk)
    before = {key: getattr(stored, key) for key in values}
    changed = [key for key in values if before[key] != values[key]]
    if not changed:
        return stored
    for key in changed:
        setattr(stored, key, values[key])
    _saved(stored, update_fields=changed)
    _record(
        "changed",
        stored,
        by=by,
        before={key: before[key] for key in changed},
        after={key: values[key] for key in changed},
    )
    return stored


def _delete(row, fields, *, by):
    stored = type(row).objects.select_for_update().filter(pk=row.pk).first()
    if stored is None:
        return  # Someone else was faster; one deletion is one event.
    _record("deleted", stored, by=by, before={key: getattr(stored, key) for key in fields})
    stored.delete()


def _saved(row, **how):
    """Save, and turn a name that someone took in this very moment into a sentence."""
    try:
        with transaction.atomic():
            row.save(**how)
    except IntegrityError:
        raise Refused("Someone just used this name: choose another.") from None
    return row


def _record(what, row, *, by, **values):
    kind = row._meta.model_name
    vendor = row if isinstance(row, Vendor) else row.vendor
    categories = row.data_classes if isinstance(row, Deployment) else ()
    log.record(f"{kind}.{what}", row, actor=by, vendor=vendor, data_categories=categories, **values)
