"""What may this person do about this vendor? The only file that speaks to django-guardian.

Only direct, per-vendor grants count: no groups, no global permissions and no superuser shortcut, so that
lists and single checks cannot disagree and no administrator is exempt (rule 5).
"""

from collections import defaultdict

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm
from guardian.utils import get_user_obj_perms_model

from accounts.choices import Access
from audit import log


def of(user):
    """`{vendor id: frozenset of Access}` for all vendors, read once per user object (one object a request)."""
    if not user.is_authenticated or not user.is_active:
        return {}
    if not hasattr(user, "_accesses"):
        found = defaultdict(set)
        for vendor_id, codename in _rows().filter(user=user).values_list("content_object_id", "permission__codename"):
            found[vendor_id].add(Access(codename.removesuffix("_vendor")))
        user._accesses = {vendor_id: frozenset(accesses) for vendor_id, accesses in found.items()}
    return user._accesses


def on(user, vendor_id):
    return of(user).get(vendor_id, frozenset())


def vendor_ids(user):
    """A subquery of the ids of all vendors the person has any access to: what `visible_to` filters by."""
    if not user.is_authenticated or not user.is_active:
        return []
    return _rows().filter(user=user).values("content_object_id")


def vendor_ids_with(user, accesses):
    """Ids of the vendors to which the person holds one of these accesses."""
    return [vendor_id for vendor_id, held in of(user).items() if held & accesses]


def holders(vendor, access):
    """Active people who hold this access to the vendor."""
    return holders_on([vendor.pk], access)


def holders_on(vendor_ids, access):
    """Active people who hold this access to one of the vendors."""
    ids = _rows().filter(content_object__in=vendor_ids, permission__codename=f"{access}_vendor").values("user_id")
    return get_user_model().objects.filter(pk__in=ids, is_active=True)


def everyone(vendor_ids=None):
    """`{vendor id: {user id: frozenset of Access}}` of all active people, for what is computed for many at once; of these
    vendors only, when some are named."""
    found = defaultdict(lambda: defaultdict(set))
    rows = _rows().filter(user__is_active=True)
    if vendor_ids is not None:
        rows = rows.filter(content_object__in=vendor_ids)
    for vendor_id, user_id, codename in rows.values_list("content_object_id", "user_id", "permission__codename"):
        found[vendor_id][user_id].add(Access(codename.removesuffix("_vendor")))
    return {
        vendor_id: {user_id: frozenset(held) for user_id, held in people.items()} for vendor_id, people in found.items()
    }


def people_on(vendor_ids):
    """A subquery of the ids of everyone who holds any access to one of the vendors."""
    return _rows().filter(content_object__in=vendor_ids).values("user_id")


def colleagues(user):
    """Active people with any access to a vendor this person has access to: whom they know anyway (rule 23)."""
    known = get_user_model().objects.filter(pk__in=people_on(vendor_ids(user)), is_active=True)
    return known.exclude(pk=user.pk)


def people(vendor):
    """`[(user, [Access, ...])]` of everyone who holds a grant on the vendor, by name."""
    found = defaultdict(list)
    rows = _rows().filter(content_object=vendor).select_related("user", "permission")
    for row in rows.order_by("user__name", "user_id", "permission__codename"):
        found[row.user].append(Access(row.permission.codename.removesuffix("_vendor")))
    return list(found.items())


def vendors_of(person):
    """`[(vendor, [Access, ...])]` of every vendor the person holds a grant on, by name."""
    found = defaultdict(list)
    rows = _rows().filter(user=person).select_related("content_object", "permission")
    for row in rows.order_by("content_object__name", "permission__codename"):
        found[row.content_object].append(Access(row.permission.codename.removesuffix("_vendor")))
    return list(found.items())


def rows():
    """Every grant as a row with `user`, `content_object` (the vendor) and `access`, by person and vendor."""
    found = _rows().select_related("user", "content_object", "permission")
    for row in found.order_by("user__name", "user_id", "content_object__name", "permission__codename"):
        row.access = Access(row.permission.codename.removesuffix("_vendor"))
        yield row


def all_vendors():
    """Every vendor, to be named to administrators who give access; naming is not seeing (rule 23)."""
    return apps.get_model("vendors", "Vendor").objects.order_by("name")


@transaction.atomic
def give(user, access, vendor, *, by=None):
    """Grant `access` on the vendor; an event unless the person had it. The person's next request has it."""
    access = Access(access)
    if access in on(user, vendor.pk):
        return
    assign_perm(f"vendors.{access}_vendor", user, vendor)
    _forget(user)
    log.record("grant.given", user, actor=by, vendor=vendor, after={"access": access})


@transaction.atomic
def take(user, access, vendor, *, by=None):
    """Take `access` on the vendor away; an event unless the person did not have it."""
    access = Access(access)
    if access not in on(user, vendor.pk):
        return
    remove_perm(f"vendors.{access}_vendor", user, vendor)
    _forget(user)
    log.record("grant.taken", user, actor=by, vendor=vendor, before={"access": access})


def _rows():
    return get_user_obj_perms_model(apps.get_model("vendors", "Vendor")).objects


def _forget(user):
    user.__dict__.pop("_accesses", None)
