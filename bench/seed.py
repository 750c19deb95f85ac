"""How does an empty database get as many reviews as a large organisation has in a year?

``python -m bench.seed --reviews 1000`` fills the PostgreSQL of DATABASE_URL and the storage of the settings. The same
number on the same day gives the same rows, but for what is random by design: password hashes.
"""

import argparse
import os
import sys
import time
from datetime import datetime
from random import Random

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

ITEMS, EVIDENCE = 47, 10
REVIEWS_A_VENDOR, REVIEWS_A_DEPLOYMENT = 4, 2
REVIEWS_AT_ONCE = 20
CHECKLIST = "fixtures/checklists/claude-security-review-v1.yaml"


class NotPossible(Exception):
    """The database cannot be filled, with a sentence for a person."""


def seed(reviews, now=None):
    """Fill an empty, migrated database in one transaction; return the people. Raises NotPossible."""
    from accounts.models import User
    from bench import people as cast
    from bench.copying import Book
    from bench.writing import write
    from reviews import catalogue, standings

    if connection.vendor != "postgresql":
        raise NotPossible("The benchmark's data go into PostgreSQL: name one in DATABASE_URL.")
    if User.objects.exists():
        raise NotPossible("There are people in this database already: name an empty one in DATABASE_URL.")
    now = now or _this_hour()
    catalogue.store(catalogue.read(settings.BASE_DIR / CHECKLIST))
    book = Book()
    with transaction.atomic():
        people = cast.hire(book)
        book.write(User)
        for first in range(0, reviews, REVIEWS_AT_ONCE):
            _tell(book, range(first, min(first + REVIEWS_AT_ONCE, reviews)), people, now)
            write(book)
            standings.refresh()
        book.release()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return people


def _tell(book, numbers, people, now):
    from bench.story import Story
    from reviews.models import Checklist

    checklist = Checklist.objects.get()
    statements = list(checklist.statements.select_related("category"))
    vendor, deployment = None, None
    for number in numbers:
        if number % REVIEWS_A_VENDOR == 0:
            vendor = _vendor(book, number // REVIEWS_A_VENDOR, people, now)
        if number % REVIEWS_A_DEPLOYMENT == 0:
            deployment = _deployment(book, vendor, number)
        Story(book, Random(f"review {number}"), number, deployment, checklist, statements, people, now)


def _vendor(book, number, people, now):
    from bench import people as cast
    from vendors.models import Contact, Vendor

    vendor = book.add(
        Vendor,
        name=f"Vendor {number + 1}",
        slug=f"vendor-{number + 1}",
        description="Made up for measuring.",
        created_by=people.lead,
        created_at=now,
    )
    vendor.number, vendor.files = number, 0
    vendor.contact = book.add(
        Contact, vendor=vendor, name="Account team", email="account-team@example.com", is_account_team=True
    )
    cast.give(book, people, vendor, number)
    return vendor


def _deployment(book, vendor, number):
    from vendors.choices import Channel
    from vendors.models import Deployment

    channels = list(Channel)
    channel = channels[(number // REVIEWS_A_DEPLOYMENT) % len(channels)]
    return book.add(
        Deployment,
        vendor=vendor,
        name=f"{channel.label} {number // REVIEWS_A_DEPLOYMENT + 1}",
        channel=channel,
        data_classes=["internal", "confidential"],
        regimes=["gdpr", "soc2_iso27001"],
    )


def _this_hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--reviews", type=int, default=100, help="of 47 items each (default: 100)")
    wanted = arguments.parse_args().reviews
    started = time.monotonic()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    try:
        seed(wanted)
    except NotPossible as problem:
        sys.exit(str(problem))
    print(f"{wanted} reviews, {wanted * ITEMS:,} items, in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main()
