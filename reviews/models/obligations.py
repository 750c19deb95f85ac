"""What is stored of what recurs, and what can never be untrue?"""

import json

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from reviews.choices import BY_REVIEW, Counted, Duty, ObligationState, OccurrenceState, Result, Unit
from reviews.models.reviews import TEXT_LIMIT, Review
from reviews.querysets import ObligationQuerySet, OccurrenceQuerySet
from vendors.models import Deployment, Vendor


def default_steps():
    """Days before the due day on which somebody is reminded; 0 is the day itself."""
    return [30, 14, 7, 1, 0]


class Obligation(models.Model):
    """Something that recurs for a vendor or one of its deployments (rules 20 and 21)."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="obligations")
    deployment = models.ForeignKey(
        Deployment, on_delete=models.PROTECT, null=True, blank=True, related_name="obligations"
    )
    duty = models.CharField(max_length=30, choices=Duty)
    title = models.CharField(max_length=150)
    instructions = models.TextField("what is to be done", blank=True, max_length=TEXT_LIMIT)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="obligations")
    every = models.PositiveIntegerField(default=1)
    unit = models.CharField(max_length=10, choices=Unit)
    counted = models.CharField(max_length=20, choices=Counted, default=Counted.CALENDAR)
    first_on = models.DateField("first date", help_text="Every later date is computed from this one (rule 20).")
    ends_on = models.DateField("last day", null=True, blank=True)
    steps = models.JSONField(default=default_steps, help_text="Days before the due day; after it, weekly.")
    escalate_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="who hears at the third miss",
    )
    state = models.CharField(max_length=20, choices=ObligationState, default=ObligationState.PROPOSED)
    state_reason = models.TextField(blank=True, max_length=2000, help_text="Why it was dismissed or ended.")
    proposed_by = models.ForeignKey(Review, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals")
    version = models.PositiveIntegerField(default=1, help_text="Counts the changes; a stale form is refused.")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ObligationQuerySet.as_manager()

    class Meta:
        ordering = ["vendor__name", "title", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(every__gte=1), name="reviews_obligation_every"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("first_on")), name="reviews_obligation_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["proposed_by", "duty"],
                condition=Q(proposed_by__isnull=False),
                name="reviews_obligation_proposed_once",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("reviews:obligation", args=[self.pk])

    @property
    def review_kind(self):
        """The kind of review by which it is done, or None."""
        return BY_REVIEW.get(self.duty)


class Occurrence(models.Model):
    """One date of an obligation."""

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="occurrences")
    number = models.PositiveIntegerField(help_text="0 is the first date.")
    planned_on = models.DateField(help_text="As the cadence computes it.")
    due_on = models.DateField(help_text="The same, unless somebody moved it.")
    moved_reason = models.TextField(blank=True, max_length=2000)
    state = models.CharField(max_length=20, choices=OccurrenceState, default=OccurrenceState.OPEN)
    result = models.CharField(max_length=20, choices=Result, blank=True)
    done_on = models.DateField(null=True, blank=True, help_text="The day it was done, not the day it was written down.")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.TextField(blank=True, max_length=2000, help_text="Why it was skipped or returned.")
    review = models.OneToOneField(Review, on_delete=models.PROTECT, null=True, blank=True, related_name="occurrence")

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["obligation", "number"], name="reviews_occurrence_once"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_on__isnull=False), name="reviews_occurrence_done_has_day"
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="reviews_occurrence_state_due")]

    def __str__(self):
        return f"{self.obligation.title}, {self.due_on.isoformat()}"

    def get_absolute_url(self):
        return reverse("reviews:occurrence", args=[self.pk])


class Completion(models.Model):
    """What somebody says was done on one date. Append-only, by trigger: whoever returns it asks for another."""

    occurrence = models.ForeignKey(Occurrence, on_delete=models.PROTECT, related_name="completions")
    number = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    done_on = models.DateField()
    result = models.CharField(max_length=20, choices=Result)
    content = models.TextField(help_text="Canonical JSON of the form, the evidence versions and what it reopens.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of `content` in UTF-8, hexadecimal.")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["occurrence", "number"], name="reviews_completion_once")]

    def __str__(self):
        return f"{self.occurrence}: {self.get_result_display()}"

    @cached_property
    def said(self):
        """The content as it was recorded."""
        return json.loads(self.content)

    @property
    def uploaders(self):
        """Ids of the people who uploaded the evidence cited, or recorded the answer it was taken from."""
        people = {cited.get(key) for cited in self.said["evidence"] for key in ("uploaded_by", "recorded_by")}
        return people - {None}


class CompletionSignOff(models.Model):
    """The signature under a completion, by someone other than who recorded it (rule 5). Append-only, by trigger."""

    completion = models.OneToOneField(Completion, on_delete=models.PROTECT, related_name="signoff")
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signer_name = models.CharField(max_length=150)
    signer_role = models.CharField(max_length=80)
    signed_at = models.DateTimeField(default=timezone.now)
    meaning = models.TextField()
    digest = models.CharField(max_length=64, help_text="Of the completion's content, as it was shown.")

    def __str__(self):
        return f"Signed by {self.signer_name}, {self.signer_role}"
