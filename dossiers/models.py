"""Which dossiers were asked for, and what came of it?"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from dossiers.choices import LOOKS, UNFINISHED, State
from dossiers.querysets import DossierQuerySet
from reviews.models import Review


def stored_name(dossier, original_name):
    return f"dossiers/{dossier.review_id}/{uuid.uuid4().hex}.pdf"


class Dossier(models.Model):
    """One PDF of one review at one instant. Made by a worker; kept with its SHA-256."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="dossiers")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    step = models.CharField(max_length=80, blank=True, help_text="What the worker is doing, in words.")
    percent = models.PositiveSmallIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    asked_at_attempt = models.SmallIntegerField(
        default=0, db_default=0, help_text="How many attempts were over when a person last asked."
    )
    worked_at = models.DateTimeField(null=True, blank=True, help_text="When the worker last gave a sign of life.")
    snapshot_at = models.DateTimeField(null=True, blank=True, help_text="The instant everything in the PDF is from.")
    finished_at = models.DateTimeField(null=True, blank=True)
    file = models.FileField(upload_to=stored_name, max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0, help_text="Bytes.")
    pages = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, help_text="Why it failed, for a person.")

    objects = DossierQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(sha256="") & ~Q(file="") & Q(snapshot_at__isnull=False)),
                name="dossiers_dossier_ready_is_whole",
            )
        ]

    def __str__(self):
        return f"Dossier {self.pk} of {self.review}"

    def get_absolute_url(self):
        return reverse("dossiers:dossier", args=[self.pk])

    @property
    def is_ready(self):
        return self.state == State.READY

    @property
    def is_failed(self):
        return self.state == State.FAILED

    @property
    def attempts_since_asked(self):
        return self.attempt - self.asked_at_attempt

    @property
    def is_unfinished(self):
        return self.state in UNFINISHED

    @property
    def look(self):
        return LOOKS[self.state]

    @property
    def download_name(self):
        """A name that sorts and says what it is: vendor, review and day of the snapshot."""
        return f"dossier-{self.review.slug}-{timezone.localdate(self.snapshot_at):%Y-%m-%d}-{self.pk}.pdf"
