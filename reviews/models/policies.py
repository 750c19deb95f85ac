"""What is stored of a data classification policy, and what can never be untrue?"""

import json

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.choices import STAKEHOLDER_CHOICES
from reviews.choices import Act, PolicyState
from reviews.models.reviews import TEXT_LIMIT
from vendors.models import Vendor
from vendors.querysets import OfVendorQuerySet


class Policy(models.Model):
    """One version of what data the vendor may be given. Only `policies` writes `state`.

    It is in force once CISO, legal and compliance officer have signed it (gap 1 of the source).
    """

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="policies")
    number = models.PositiveIntegerField("version")
    state = models.CharField(max_length=20, choices=PolicyState, default=PolicyState.DRAFT)
    purpose = models.TextField(blank=True, max_length=TEXT_LIMIT)
    levels = models.JSONField(
        default=list, help_text="[{data_class, meaning, examples, channels: [...], controls}], one for each class."
    )
    valid_until = models.DateField("looked at again by", null=True, blank=True)
    version = models.PositiveIntegerField("edit", default=1, help_text="Counts the changes; a stale form is refused.")
    writers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", help_text="Who wrote any of it: none of them signs it (rule 5)."
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    submission = models.PositiveIntegerField(default=0)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    content = models.TextField(blank=True, help_text="Canonical JSON of what was submitted.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of `content` in UTF-8, hexadecimal.")
    in_force_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.TextField(blank=True, max_length=2000)

    objects = OfVendorQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "policies"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["vendor", "number"], name="reviews_policy_number_once"),
            models.UniqueConstraint(
                fields=["vendor"], condition=Q(state="in_force"), name="reviews_policy_one_in_force"
            ),
            models.UniqueConstraint(
                fields=["vendor"], condition=Q(state__in=["draft", "awaiting"]), name="reviews_policy_one_in_work"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | (Q(submitted_by__isnull=False) & ~Q(digest="")),
                name="reviews_policy_submitted_is_whole",
            ),
        ]

    def __str__(self):
        return f"Data classification policy for {self.vendor.name}, version {self.number}"

    def get_absolute_url(self):
        return reverse("reviews:policy", args=[self.vendor.slug, self.number])

    @cached_property
    def said(self):
        """The policy as it was submitted."""
        return json.loads(self.content)


class PolicySignature(models.Model):
    """One of the three signatures under a policy, or its withdrawal. Append-only, by trigger (rule 7)."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="signatures")
    act = models.CharField(max_length=20, choices=Act)
    submission = models.PositiveIntegerField(help_text="Which submission of the policy this answers.")
    role = models.CharField(max_length=30, choices=STAKEHOLDER_CHOICES)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signer_name = models.CharField(max_length=150)
    signer_role = models.CharField(max_length=80)
    signed_at = models.DateTimeField(default=timezone.now)
    meaning = models.TextField(help_text="The words the signer put their name to.")
    content = models.TextField(help_text="Canonical JSON of exactly what was shown; the digest is over these bytes.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of `content` in UTF-8, hexadecimal.")
    reason = models.TextField(blank=True, help_text="Why it was withdrawn.")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "submission", "role", "act"], name="reviews_policy_signature_once"
            ),
            models.UniqueConstraint(
                fields=["policy", "submission", "signer", "act"], name="reviews_policy_signature_of_different_people"
            ),
            models.CheckConstraint(
                condition=~Q(act="withdrawn") | ~Q(reason=""), name="reviews_policy_withdrawal_has_reason"
            ),
        ]

    def __str__(self):
        return f"{self.get_act_display()} by {self.signer_name}, {self.signer_role}"
