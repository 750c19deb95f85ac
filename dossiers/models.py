"""Which dossiers and papers were asked for, and what came of it?"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from audit import log
from dossiers.choices import LOOKS, UNFINISHED, State
from dossiers.querysets import DossierQuerySet, PackageQuerySet, PaperQuerySet
from reviews import events
from reviews.models import Review
from vendors.models import Vendor


def stored_name(dossier, original_name):
    return f"dossiers/{dossier.review_id}/{uuid.uuid4().hex}.pdf"


def stored_paper(paper, original_name):
    return f"papers/{paper.kind}/{uuid.uuid4().hex}.pdf"


def stored_package(package, original_name):
    return f"packages/{package.review_id}/{uuid.uuid4().hex}.zip"


class Printed(models.Model):
    """One file of one instant, made by a worker and kept with its SHA-256. The row is the record of the work."""

    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    step = models.CharField(max_length=80, blank=True, help_text="What the worker is doing, in words.")
    percent = models.PositiveSmallIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    worked_at = models.DateTimeField(null=True, blank=True, help_text="When the worker last gave a sign of life.")
    snapshot_at = models.DateTimeField(null=True, blank=True, help_text="The instant everything in the file is from.")
    finished_at = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0, help_text="Bytes.")
    pages = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, help_text="Why it failed, for a person.")

    class Meta:
        abstract = True
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(sha256="") & ~Q(file="") & Q(snapshot_at__isnull=False)),
                name="dossiers_%(class)s_ready_is_whole",
            )
        ]

    @property
    def is_ready(self):
        return self.state == State.READY

    @property
    def is_failed(self):
        return self.state == State.FAILED

    @property
    def attempts_since_asked(self):
        return self.attempt

    @property
    def is_unfinished(self):
        return self.state in UNFINISHED

    @property
    def look(self):
        return LOOKS[self.state]

    @property
    def word(self):
        return self._meta.verbose_name.capitalize()


class Dossier(Printed):
    """One PDF of one review."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="dossiers")
    file = models.FileField(upload_to=stored_name, max_length=200, blank=True)
    asked_at_attempt = models.SmallIntegerField(
        default=0, db_default=0, help_text="How many attempts were over when a person last asked."
    )

    objects = DossierQuerySet.as_manager()

    def __str__(self):
        return f"Dossier {self.pk} of {self.review}"

    def get_absolute_url(self):
        return reverse("dossiers:dossier", args=[self.pk])

    def record(self, act, *, by, **said):
        """One event about it, in the caller's transaction, with what every event about its review says."""
        events.record(f"dossier.{act}", self, review=self.review, by=by, **said)

    @property
    def attempts_since_asked(self):
        return self.attempt - self.asked_at_attempt

    @property
    def download_name(self):
        """A name that sorts and says what it is: vendor, review and day of the snapshot."""
        return f"dossier-{self.review.slug}-{timezone.localdate(self.snapshot_at):%Y-%m-%d}-{self.pk}.pdf"


class Paper(Printed):
    """A small PDF of one thing, for whoever asked and nobody else (`dossiers/paper_kinds.py`)."""

    kind = models.CharField(max_length=20, help_text="Its name in the registry of kinds.")
    subject = models.CharField(max_length=80, help_text="Of which thing of that kind.")
    title = models.CharField(max_length=200)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    file = models.FileField(upload_to=stored_paper, max_length=200, blank=True)

    objects = PaperQuerySet.as_manager()

    class Meta(Printed.Meta):
        constraints = [
            *Printed.Meta.constraints,
            models.UniqueConstraint(
                fields=["requested_by", "kind", "subject"],
                condition=Q(state__in=["queued", "rendering"]),
                name="dossiers_paper_one_at_a_time",
            ),
        ]

    def __str__(self):
        return f"{self.title} as a PDF"

    def get_absolute_url(self):
        return reverse("dossiers:paper", args=[self.pk])

    def record(self, act, *, by, **said):
        """One event about it, in the caller's transaction."""
        log.record(f"paper.{act}", self, actor=by, vendor=self.vendor, business_context=self.title, **said)


class Package(Printed):
    """One ZIP of one review: its dossier, its sheet, the evidence files the requester may have, and what they are."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="packages")
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, null=True, blank=True, related_name="packages")
    manifest = models.JSONField(null=True, help_text="The manifest.json in the ZIP.")
    file = models.FileField(upload_to=stored_package, max_length=200, blank=True)

    objects = PackageQuerySet.as_manager()

    class Meta(Printed.Meta):
        constraints = [
            *Printed.Meta.constraints,
            models.UniqueConstraint(
                fields=["requested_by", "review"],
                condition=Q(state__in=["queued", "rendering"]),
                name="dossiers_package_one_at_a_time",
            ),
        ]

    def __str__(self):
        return f"Package {self.pk} of {self.review}"

    def get_absolute_url(self):
        return reverse("dossiers:package", args=[self.pk])

    def record(self, act, *, by, **said):
        """One event about it, in the caller's transaction, with what every event about its review says."""
        events.record(f"package.{act}", self, review=self.review, by=by, **said)
