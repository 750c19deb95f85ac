"""What is stored of calendars outside and of meetings?"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from reviews.models.obligations import Occurrence


class Feed(models.Model):
    """A secret address under which a calendar program reads one person's dates. Only the secret's hash is kept."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feeds")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_on = models.DateField(help_text="The last day on which the address answers.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(revoked_at=None), name="reviews_feed_one_in_force")
        ]

    def __str__(self):
        return f"Calendar address of {self.person.name}"


class FeedEntry(models.Model):
    """What a feed said of one date, so that a change is a numbered update and what is gone a cancellation (RFC 5545)."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="entries")
    uid = models.CharField(max_length=120)
    day = models.DateField()
    summary = models.CharField(max_length=300)
    sequence = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "uid"], name="reviews_feed_entry_once")]

    def __str__(self):
        return f"{self.uid} on {self.day.isoformat()}"


class Meeting(models.Model):
    """When people come together for one date of an obligation, say a drill."""

    occurrence = models.OneToOneField(Occurrence, on_delete=models.PROTECT, related_name="meeting")
    organiser = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    minutes = models.PositiveIntegerField(default=60)
    place = models.CharField(max_length=200, blank=True)
    invited = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    sequence = models.PositiveIntegerField(default=0, help_text="Counts what the invited were told (RFC 5546).")
    cancelled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return f"Meeting for {self.occurrence}"
