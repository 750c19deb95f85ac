"""What is stored of the weekly meeting?"""

import json

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from reviews.choices import ActionState, LineKind
from reviews.models.reviews import TEXT_LIMIT, Item, Review
from reviews.querysets import ActionQuerySet, SyncQuerySet


class Sync(models.Model):
    """One meeting about one review, or about all its opener could see. Closed, it stays as it was."""

    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, null=True, blank=True, related_name="syncs",
        help_text="Empty: about all of `reviews`.",
    )  # fmt: skip
    reviews = models.ManyToManyField(Review, related_name="+", help_text="Who may see all of them may see the sync.")
    number = models.PositiveIntegerField(help_text="Within the review; those about all are counted together.")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField(help_text="What changed is shown from here on: the end of the sync before.")
    attendees = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    others = models.CharField("others present", max_length=500, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    content = models.TextField(blank=True, help_text="Canonical JSON of figures and minutes as they were at the end.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of `content` in UTF-8, hexadecimal.")

    objects = SyncQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "number"], name="reviews_sync_number_once"),
            models.UniqueConstraint(
                fields=["number"], condition=Q(review=None), name="reviews_sync_number_once_about_all"
            ),
            models.UniqueConstraint(
                fields=["review"], condition=Q(review__isnull=False, closed_at=None), name="reviews_sync_one_open"
            ),
            models.UniqueConstraint(
                fields=["opened_by"], condition=Q(review=None, closed_at=None), name="reviews_sync_one_open_about_all"
            ),
            models.CheckConstraint(condition=Q(closed_at=None) | ~Q(digest=""), name="reviews_sync_closed_is_whole"),
        ]

    def __str__(self):
        return f"Sync {self.number}"

    def get_absolute_url(self):
        return reverse("reviews:sync", args=[self.pk])

    @cached_property
    def vendor_ids(self):
        """Of its reviews, which are the same from its beginning on."""
        return frozenset(self.reviews.values_list("deployment__vendor_id", flat=True))

    @cached_property
    def said(self):
        """Figures and minutes as they were at the end."""
        return json.loads(self.content)


class Line(models.Model):
    """One line of minutes: each is a row, so that two people who type at once seldom meet."""

    sync = models.ForeignKey(Sync, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=20, choices=LineKind, default=LineKind.NOTE)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(max_length=TEXT_LIMIT)
    version = models.PositiveIntegerField(default=1, help_text="Counts the changes; a stale form is refused.")
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.get_kind_display()} of {self.sync}"


class Action(models.Model):
    """Who does what until when. Carried from sync to sync until it is done or dropped."""

    sync = models.ForeignKey(Sync, on_delete=models.PROTECT, related_name="actions", help_text="Where it was agreed.")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, null=True, blank=True, related_name="actions")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, blank=True, related_name="actions")
    text = models.CharField(max_length=500)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="actions")
    due_on = models.DateField("until")
    state = models.CharField(max_length=20, choices=ActionState, default=ActionState.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_note = models.TextField(blank=True, max_length=2000)
    version = models.PositiveIntegerField(default=1, help_text="Counts the changes; a stale form is refused.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open") | Q(closed_at__isnull=False), name="reviews_action_closed_has_moment"
            )
        ]

    def __str__(self):
        return self.text

    def get_absolute_url(self):
        return reverse("reviews:action", args=[self.pk])


class SyncSeries(models.Model):
    """When the sync takes place, week after week; whoever is invited has it in their calendar."""

    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, null=True, blank=True, related_name="sync_series",
        help_text="Empty: about all its organiser may see.",
    )  # fmt: skip
    organiser = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField("first meeting")
    minutes = models.PositiveIntegerField(default=30)
    every_weeks = models.PositiveIntegerField(default=1)
    until = models.DateField("last day")
    place = models.CharField(max_length=200, blank=True)
    invited = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    sequence = models.PositiveIntegerField(default=0, help_text="Counts what the invited were told (RFC 5546).")
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "sync series"
        constraints = [
            models.UniqueConstraint(
                fields=["review"], condition=Q(review__isnull=False, cancelled_at=None), name="reviews_sync_series_once"
            ),
            models.UniqueConstraint(
                fields=["organiser"],
                condition=Q(review=None, cancelled_at=None),
                name="reviews_sync_series_once_about_all",
            ),
            models.CheckConstraint(condition=Q(every_weeks__gte=1), name="reviews_sync_series_every"),
        ]

    def __str__(self):
        return f"Weekly sync of {self.review or self.organiser.name}"


class DailyFigures(models.Model):
    """How a review stood on one day, so that lists can show where it comes from."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="daily_figures")
    day = models.DateField()
    counts = models.JSONField(help_text="{state: how many items in force}")
    recommendation = models.CharField(max_length=20)

    class Meta:
        verbose_name_plural = "daily figures"
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["review", "day"], name="reviews_daily_figures_once")]

    def __str__(self):
        return f"{self.review} on {self.day.isoformat()}"
