"""Which rows do the measured requests name? Read from the seeded database once, the same ones for both sides."""

import uuid
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import psycopg

from accounts.choices import Role
from accounts.models import User
from reviews import signoffs
from reviews.choices import OPEN, Status
from reviews.models import Item, Review

CLIENTS = 8


@dataclass
class World:
    """`review` is the first one: under way, and the same one however many there are."""

    people: dict[str, User]
    review: Review
    reviews: list[Review]
    open_items: list[Item]
    to_sign: list[Item]
    waiting: Item
    databases: dict[str, psycopg.Connection]
    saved: Counter = field(default_factory=Counter)
    blobs: dict[int, bytes] = field(default_factory=dict)

    @property
    def vendor(self):
        return self.review.vendor

    def version(self, side, item):
        """The item's version that the next save must name."""
        self.saved[side, item.pk] += 1
        return item.version + self.saved[side, item.pk] - 1

    def wait_for_signature(self, side, client):
        """Put an item before its signer again, as if it had been reopened and submitted anew; return it."""
        item = self.to_sign[client]
        table = {"product": "reviews_item", "reference": "item"}[side]
        row = self.databases[side].execute(
            f"UPDATE {table} SET status = 'awaiting', submission = submission + 1 WHERE id = %s RETURNING submission",
            [item.pk],
        )
        item.submission = row.fetchone()[0]
        return item

    def seal(self, item):
        """What the page of the waiting item would send with its signature."""
        return signoffs.shown(item, to=self.people["ciso"])

    def give_up_dossiers(self, side):
        table = {"product": "dossiers_dossier", "reference": "dossier"}[side]
        self.databases[side].execute(f"UPDATE {table} SET state = 'failed' WHERE state = 'queued'")

    def file(self, size):
        """A file of `size` bytes that nobody has uploaded yet, in two parts."""
        head = f"%PDF-1.7\n% {uuid.uuid4()}\n".encode()
        if size not in self.blobs:
            self.blobs[size] = Random(size).randbytes(size - len(head))
        return head, self.blobs[size]


def read(product, reference):
    """Read the world from the product's database; both arguments are addresses of databases."""
    review = Review.objects.with_context().order_by("pk").first()
    items = list(review.items.with_standing())
    ciso = review.holders[Role.CISO]
    submitted = [item for item in items if item.status in {Status.AWAITING, Status.COMPLETE} and item.holder == ciso]
    return World(
        people={"lead": review.lead, "ciso": ciso, "reviewer": User.objects.get(email="reviewer-1@example.com")},
        review=review,
        reviews=list(Review.objects.order_by("pk")[:CLIENTS]),
        open_items=[item for item in items if item.status in OPEN],
        to_sign=submitted,
        waiting=next(item for item in submitted if item.status == Status.AWAITING),
        databases={
            "product": psycopg.connect(product, autocommit=True),
            "reference": psycopg.connect(reference, autocommit=True),
        },
    )
