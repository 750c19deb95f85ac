"""What is stored of spreadsheets and questionnaires that somebody brings into a review, and of reviews that arrive?"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from evidence.models import Evidence
from reviews.choices import ArrivalState, ImportKind, ImportState, MatchedBy, ProposalState, Relevance, RowOutcome
from reviews.models.reviews import Item, Review
from reviews.querysets import ImportQuerySet
from vendors.models import Vendor
from vendors.querysets import OfVendorQuerySet


class Import(models.Model):
    """One file or pasted table on its way into a review. A worker reads it, a person looks, a worker applies it."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="imports")
    kind = models.CharField(max_length=20, choices=ImportKind, default=ImportKind.SHEET)
    name = models.CharField(max_length=200, help_text="The file's name as given.")
    sha256 = models.CharField(max_length=64, help_text="Of the bytes as they came.")
    size = models.PositiveIntegerField(help_text="Bytes.")
    content = models.BinaryField(null=True, help_text="The bytes as they came; emptied once nobody needs them.")
    tables = models.JSONField(null=True, help_text="What stands in the file, as it was read; emptied with the content.")
    state = models.CharField(max_length=20, choices=ImportState, default=ImportState.WAITING)
    problem = models.TextField(blank=True, help_text="Why it was not read or not applied, for a person.")
    sheet = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Which of the file's sheets, from 0.")
    heading_row = models.PositiveIntegerField(null=True, blank=True, help_text="Row of the headings, from 1.")
    columns = models.JSONField(default=dict, help_text="{column's number from 0: name of what it holds}.")
    people = models.JSONField(default=dict, help_text="{name as it stands in the sheet: id of a person, or null}.")
    version = models.PositiveIntegerField(default=1, help_text="Counts the choices made; a stale form is refused.")
    attempt = models.PositiveSmallIntegerField(default=0)
    worked_at = models.DateTimeField(null=True, blank=True, help_text="When the worker last gave a sign of life.")
    done = models.PositiveIntegerField(default=0, help_text="Rows the worker is through with.")
    total = models.PositiveIntegerField(default=0, help_text="Rows there are.")
    evidence = models.ForeignKey(
        Evidence,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="imports",
        help_text="The questionnaire as it lies in the library.",
    )
    # Null and without a default, here and below: added to a table that is at work, which is not made anew for it.
    mapping = models.CharField(  # noqa: DJ001
        max_length=60, null=True, blank=True, help_text="Of a questionnaire: by which mapping file it is read."
    )
    found = models.JSONField(
        null=True, blank=True, help_text="Of a questionnaire: what was read, what was left out and why."
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["applied", "undone"]) | Q(applied_at__isnull=False),
                name="reviews_import_applied_has_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state="undone") | Q(undone_at__isnull=False), name="reviews_import_undone_has_moment"
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        page = "questionnaire" if self.kind == ImportKind.QUESTIONNAIRE else "import"
        return reverse(f"reviews:{page}", args=[self.review.slug, self.pk])


class ImportRow(models.Model):
    """One row of the sheet: which item it speaks of, what it would change there, and what it did change."""

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField(help_text="Order in the sheet, from 1.")
    place = models.CharField(max_length=150, help_text="Sheet and row, for a person.")
    words = models.TextField(blank=True, help_text="What the row says it is about.")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, blank=True, related_name="imported_rows")
    matched_by = models.CharField(max_length=20, choices=MatchedBy, blank=True)
    confidence = models.PositiveSmallIntegerField(default=0, help_text="Per cent.")
    outcome = models.CharField(max_length=20, choices=RowOutcome)
    problem = models.TextField(blank=True, help_text="Why nothing of it is taken, for a person.")
    cells = models.JSONField(
        default=list,
        help_text="[{column, place, old, new, conflict, problem, taken}]: each cell that says something else.",
    )
    taken = models.BooleanField(default=True, help_text="Whether the person wants the row.")
    before = models.JSONField(null=True, help_text="What of the item the row changed, as it was.")
    after = models.JSONField(null=True, help_text="The same, as the row left it: undone only while it still is so.")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["source", "position"], name="reviews_import_row_once")]

    def __str__(self):
        return self.place


class RememberedHeading(models.Model):
    """What a heading in somebody's sheet was said to mean: the next sheet with it is not asked about again."""

    heading = models.CharField(max_length=200, unique=True, help_text="In small letters, single spaces.")
    column = models.CharField(max_length=30, help_text="Name of what it holds; empty: not taken.", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return self.heading


class Proposal(models.Model):
    """What a vendor's questionnaire says about an item, proposed as text. It confirms nothing."""

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="proposals")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="proposals")
    question_id = models.CharField(max_length=40)
    question = models.TextField(blank=True)
    answer = models.CharField(max_length=200, blank=True, help_text="As given, say “Yes”.")
    text = models.TextField(blank=True, help_text="What the vendor wrote to it.")
    place = models.CharField(max_length=150, help_text="Sheet and row in the questionnaire.")
    relevance = models.CharField(  # noqa: DJ001
        max_length=20, null=True, blank=True, choices=Relevance, help_text="How near the question is to the statement."
    )
    is_against = models.BooleanField(null=True, help_text="Whether the answer speaks against the statement.")
    state = models.CharField(max_length=20, choices=ProposalState, default=ProposalState.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["item__statement__number", "pk"]
        constraints = [models.UniqueConstraint(fields=["source", "item", "question_id"], name="reviews_proposal_once")]

    def __str__(self):
        return f"{self.question_id} for {self.item}"


class MovedReview(models.Model):
    """That a review came from another installation, with the file it came in: its history there is read from it."""

    review = models.OneToOneField(Review, on_delete=models.CASCADE, primary_key=True, related_name="moved")
    organisation = models.CharField(max_length=200, help_text="Whose installation it came from, by its own word.")
    slug = models.CharField(max_length=120, help_text="What the review was called there.")
    exported_at = models.DateTimeField()
    format_version = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64, help_text="Of the file's bytes.")
    content = models.JSONField(help_text="The file.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"{self.review}, from {self.organisation}"


def stored_arrival(arrival, original_name):
    """A name made here: what a person called the file never reaches the storage."""
    return f"arrivals/{uuid.uuid4().hex}"


class Arrival(models.Model):
    """A review from another installation on its way in. A worker rehearses the move, a person looks, a worker makes it."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="arrivals")
    name = models.CharField(max_length=255, help_text="The file's name as given.")
    sha256 = models.CharField(max_length=64, help_text="Of the file's bytes.")
    size = models.BigIntegerField(help_text="Bytes.")
    file = models.FileField(
        upload_to=stored_arrival, max_length=200, blank=True, help_text="Until it is moved in, refused or given up."
    )
    state = models.CharField(max_length=20, choices=ArrivalState, default=ArrivalState.READING)
    problems = models.JSONField(default=list, help_text="Sentences: why nothing was moved.")
    found = models.JSONField(default=dict, help_text="What is in it, who is known here, what was compared.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    worked_at = models.DateTimeField(null=True, blank=True, help_text="When it was last handed to a worker.")
    let_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="Who answers for where it comes from: never whoever brought it.",
    )
    review = models.OneToOneField(Review, on_delete=models.PROTECT, null=True, blank=True, related_name="arrival")

    objects = OfVendorQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(state="moved") | Q(review__isnull=False), name="reviews_arrival_moved")
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("reviews:arrival", args=[self.pk])
