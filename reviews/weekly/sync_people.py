"""Who may see a sync, who can see to an action of it, and who leads what it is about?"""

from accounts import grants
from accounts.choices import CONTRIBUTE
from accounts.models import User


def who_may_see(sync):
    """Active people with access to every vendor of the sync, by name."""
    return who_may_see_and_act(sync)[0]


def who_can_act(sync):
    """Those of them who may work on at least one of these vendors: whom an action may be given to."""
    return who_may_see_and_act(sync)[1]


def who_may_see_and_act(sync):
    """Both at once, for a page that offers both."""
    held = _held_on(sync.vendor_ids)
    people = _by_name(held)
    return people, [person for person in people if any(accesses & CONTRIBUTE for accesses in held[person.pk])]


def who_can_work_on(vendor):
    """Active people who may work on the vendor."""
    held = grants.everyone([vendor.pk]).get(vendor.pk, {})
    return _by_name([pk for pk, accesses in held.items() if accesses & CONTRIBUTE])


def leads(sync):
    """The leads of its reviews."""
    return list(User.objects.filter(led_reviews__in=sync.reviews.all(), is_active=True).distinct())


def with_access_to(vendor_ids):
    """Active people with access to every one of these vendors, by name."""
    return _by_name(_held_on(vendor_ids))


def _held_on(vendor_ids):
    """`{person's id: [accesses to each of these vendors]}` of those with access to all."""
    everyone = grants.everyone(vendor_ids)
    held = [everyone.get(vendor_id, {}) for vendor_id in vendor_ids]
    people = set.intersection(*map(set, held)) if held else set()
    return {pk: [accesses[pk] for accesses in held] for pk in people}


def _by_name(ids):
    return list(User.objects.filter(pk__in=list(ids), is_active=True).order_by("name", "pk"))
