"""What is stored of a numbered request to the vendor's account team?"""

import json

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from reviews.choices import EscalationOutcome, EscalationState
from reviews.models.questions import Question
from reviews.models.reviews import TEXT_LIMIT, Item, Review
from reviews.models.signatures import Decision
from reviews.querysets import EscalationQuerySet
from vendors.models import Contact, Vendor


class Escalation(models.Model):
    """One letter about named items. Once sent, what it said stays as it was. Only `escalations` writes `state`."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="escalations")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="escalations")
    number = models.PositiveIntegerField(help_text="Within the vendor, as the letter prints it.")
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="escalations",
        help_text="The decision to escalate that it carries out, if there is one.",
    )  # fmt: skip
    state = models.CharField(max_length=20, choices=EscalationState, default=EscalationState.DRAFT)
    opening = models.TextField("what the letter says first", blank=True, max_length=TEXT_LIMIT)
    answer_by = models.DateField("answer wanted by")
    version = models.PositiveIntegerField(default=1, help_text="Counts the changes; a stale form is refused.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    mailed = models.BooleanField(default=False, help_text="Sent from here; otherwise somebody sends it by hand.")
    content = models.TextField(blank=True, help_text="Canonical JSON of the letter as it was sent.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of `content` in UTF-8, hexadecimal.")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_reason = models.TextField(blank=True, max_length=2000)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["vendor", "number"], name="reviews_escalation_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | (Q(sent_at__isnull=False) & ~Q(digest="")),
                name="reviews_escalation_sent_is_whole",
            ),
        ]

    def __str__(self):
        return f"Escalation {self.number}"

    def get_absolute_url(self):
        return reverse("reviews:escalation", args=[self.review.slug, self.number])

    @property
    def with_questions(self):
        """Its items in the order of their numbers, with statement and question."""
        return self.escalated.select_related("item__statement", "question", "by")

    @cached_property
    def said(self):
        """The letter as it was sent."""
        return json.loads(self.content)


class Addressee(models.Model):
    """To whom a letter goes; the name and address are kept as they were."""

    escalation = models.ForeignKey(Escalation, on_delete=models.CASCADE, related_name="addressees")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=120)
    job_title = models.CharField(max_length=120, blank=True)
    email = models.EmailField("e-mail", blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.name


class EscalatedItem(models.Model):
    """One item of a letter, with the question it puts, and what came of it."""

    escalation = models.ForeignKey(Escalation, on_delete=models.CASCADE, related_name="escalated")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="escalated")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="escalated")
    outcome = models.CharField(max_length=20, choices=EscalationOutcome, blank=True)
    note = models.TextField(blank=True, max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["item__statement__number"]
        constraints = [
            models.UniqueConstraint(fields=["escalation", "item"], name="reviews_escalated_item_once"),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(at__isnull=False), name="reviews_escalated_outcome_has_moment"
            ),
        ]

    def __str__(self):
        return f"{self.escalation}, {self.item}"
