"""What proves something about a vendor? A document or link with versions; what a version holds never changes."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from evidence.choices import Confidentiality, Kind
from evidence.querysets import EvidenceQuerySet, VersionQuerySet
from vendors.models import Vendor


def stored_name(version, original_name):
    """A name made here: what a person called the file never reaches the storage."""
    return f"evidence/{version.evidence.vendor_id}/{uuid.uuid4().hex}"


class Evidence(models.Model):
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="evidence")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=40, choices=Kind, default=Kind.OTHER)
    confidentiality = models.CharField(max_length=20, choices=Confidentiality, default=Confidentiality.CONFIDENTIAL)
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True, max_length=2000)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "evidence"
        ordering = ["title", "pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("evidence:evidence", args=[self.pk])

    @property
    def current(self):
        """The newest version: what a citation means. Use `with_current()` when there are many."""
        if not hasattr(self, "newest"):
            self.newest = list(self.versions.newest().select_related("uploaded_by"))
        return self.newest[0]


class Version(models.Model):
    """One stored file or link. Its content is never changed; when its dates are corrected, what was signed over it lapses."""

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=255, help_text="The file's name as given, or the link's title.")
    file = models.FileField(upload_to=stored_name, max_length=200, blank=True)
    link = models.URLField(max_length=2000, blank=True)
    sha256 = models.CharField(max_length=64, help_text="Of the file's bytes, or of the link's text.")
    size = models.BigIntegerField(default=0, help_text="Bytes.")
    content_type = models.CharField(max_length=100, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["evidence", "number"], name="evidence_version_number_once"),
            models.CheckConstraint(
                condition=Q(period_start=None) | Q(period_end=None) | Q(period_end__gte=F("period_start")),
                name="evidence_version_period_in_order",
            ),
            models.CheckConstraint(condition=~Q(file="") ^ ~Q(link=""), name="evidence_version_file_or_link"),
            models.CheckConstraint(condition=~Q(sha256=""), name="evidence_version_has_hash"),
        ]

    def __str__(self):
        return f"{self.evidence.title}, version {self.number}"

    @property
    def is_link(self):
        return bool(self.link)

    @property
    def ending(self):
        """What kind of file it is, in the few letters that fit on a drawn sheet."""
        return self.name.rpartition(".")[2].upper()

    @property
    def covers_until(self):
        """The day its freshness is counted from: the end of the period covered, else the day it was issued."""
        return self.period_end or self.issued_on
