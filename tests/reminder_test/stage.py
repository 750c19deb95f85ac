"""Who is to be told what in the reminder test? Made through the domain, and known here without asking the engine."""

from datetime import timedelta
from itertools import islice
from typing import NamedTuple

from django.utils import timezone

from accounts import grants
from accounts.choices import Access, Role
from accounts.models import OfficeHours, User
from reviews import catalogue, opening
from reviews.models import Item
from tests.cast import CHECKLIST, person
from vendors.choices import Channel
from vendors.models import Deployment, Vendor

# Steps of which none is followed by another the day after: the test may run over midnight.
DAYS = (30, 14, 7)


class Stage(NamedTuple):
    """`{address: paths of the items that person is to be told}`: the oracle."""

    told: dict[str, set[str]]

    @property
    def reminders(self) -> int:
        return sum(map(len, self.told.values()))


def build(people: int, reminders: int) -> Stage:
    """A vendor, its reviews, and as many items due today as reminders, two or more for each of the people."""
    OfficeHours.objects.create(pk=1, send_hour=0, quiet_weekdays=[])
    lead = person("Lead of the stage", Role.LEAD)
    vendor = Vendor.objects.create(name="Vendor of the stage", slug="stage", created_by=lead)
    grants.give(lead, Access.LEAD, vendor)
    names = [f"owner{number:04}" for number in range(people)]
    User.objects.bulk_create(User(email=f"{name}@example.com", name=name, role=Role.LEGAL) for name in names)
    owners = list(User.objects.filter(name__in=names).order_by("email"))
    for owner in owners:
        grants.give(owner, Access.SIGN, vendor)
    items = iter(_items(vendor, lead, reminders))
    told = {}
    for number, owner in enumerate(owners):
        share = reminders * (number + 1) // people - reminders * number // people
        mine = list(islice(items, share))
        for item, days in zip(mine, DAYS * share, strict=False):
            item.owner, item.due_on = owner, timezone.localdate() + timedelta(days=days)
        told[owner.email] = {item.get_absolute_url() for item in mine}
        Item.objects.bulk_update(mine, ["owner", "due_on"])
    return Stage(told)


def _items(vendor, lead, wanted):
    """Items of many reviews, each next to those of others, so that no digest says two of them in one line."""
    checklist, _ = catalogue.store(catalogue.read(CHECKLIST))
    far = timezone.localdate() + timedelta(days=300)
    reviews = max(wanted // 40, 5)
    for number in range(reviews):
        deployment = Deployment.objects.create(
            vendor=vendor, name=f"Use {number}", channel=Channel.CLAUDE_ENTERPRISE, data_classes=["internal"]
        )
        opening.open_review(deployment, checklist, by=lead, title=f"Review {number}", due_on=far)
    return Item.objects.select_related("review", "statement").order_by("statement__number", "review_id")[:wanted]
