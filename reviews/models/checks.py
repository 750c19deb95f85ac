"""What is stored of checks that somebody set aside, and of sources that contradict each other?"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from evidence.models import Evidence
from reviews.choices import SourceRank
from reviews.models.reviews import TEXT_LIMIT, Item, Review
from reviews.querysets import ConflictQuerySet


class Dismissal(models.Model):
    """That a check was set aside for a review, why and by whom. It holds while the check says the same."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="dismissals")
    check_key = models.CharField(max_length=40)
    subject = models.CharField(
        max_length=80, blank=True, help_text="Which of several, say `5-39`; empty for the whole."
    )
    fired = models.TextField(help_text="What the check said then.")
    fingerprint = models.CharField(
        max_length=64, help_text="Of the ground it fired on: when that changes, it fires again."
    )
    reason = models.TextField(max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "check_key", "subject"],
                condition=Q(revoked_at=None),
                name="reviews_dismissal_once",
            )
        ]

    def __str__(self):
        return f"{self.check_key} set aside by {self.by.name}"


class Conflict(models.Model):
    """Sources that say different things about what an item states. Until it is settled, nobody signs the item."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="conflicts")
    title = models.CharField("what they disagree about", max_length=200)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    prevails = models.ForeignKey(
        "reviews.ConflictSide", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolution = models.TextField("why", blank=True, max_length=TEXT_LIMIT)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1, help_text="Counts the changes; a stale form is refused.")

    objects = ConflictQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_at=None) | (~Q(resolution="") & Q(resolved_by__isnull=False)),
                name="reviews_conflict_resolved_has_reason",
            )
        ]

    def __str__(self):
        return self.title

    @property
    def is_open(self):
        return self.resolved_at is None

    @property
    def ranked(self):
        """The sides in the order in which they prevail: by the kind of source, then the newer one."""
        order = list(SourceRank)
        return sorted(self.sides.all(), key=lambda side: (order.index(side.rank), -side.dated.toordinal(), side.pk))


class ConflictSide(models.Model):
    """Who says what, where, and of which day."""

    conflict = models.ForeignKey(Conflict, on_delete=models.CASCADE, related_name="sides")
    rank = models.CharField("kind of source", max_length=20, choices=SourceRank)
    source = models.CharField("who says it", max_length=200)
    says = models.TextField("what it says", max_length=2000)
    where = models.CharField("where", max_length=300, blank=True)
    dated = models.DateField()
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.source}: {self.says}"
