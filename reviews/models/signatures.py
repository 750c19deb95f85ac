"""What is stored of signatures and decisions, and what can never be untrue?"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from reviews import names
from reviews.choices import APPROVING, Act, Finding, Outcome
from reviews.models.reviews import TEXT_LIMIT, Item, Review
from reviews.querysets import ConditionQuerySet, DecisionQuerySet, SignOffQuerySet


class SignOff(models.Model):
    """One signature on one item, or its withdrawal. Append-only, by trigger (rule 7)."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="signoffs")
    act = models.CharField(max_length=20, choices=Act)
    submission = models.PositiveIntegerField(help_text="Which submission of the item this answers.")
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signoffs")
    signer_name = models.CharField(max_length=150)
    signer_role = models.CharField(max_length=80)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=timezone.now)
    finding = models.CharField(max_length=20, choices=Finding)
    meaning = models.TextField(help_text="The words the signer put their name to.")
    content = models.TextField(help_text="Canonical JSON of exactly what was shown; the digest is over these bytes.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of `content` in UTF-8, hexadecimal.")
    valid_until = models.DateField(null=True, help_text="When the first cited evidence expires, as known at signing.")
    reason = models.TextField(blank=True, help_text="Why it was withdrawn.")

    objects = SignOffQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "submission", "act"], name="reviews_signoff_once"),
            models.CheckConstraint(
                condition=~Q(act="signed") | ~Q(signer=F("submitted_by")), name="reviews_signoff_four_eyes"
            ),
            models.CheckConstraint(condition=~Q(act="withdrawn") | ~Q(reason=""), name="reviews_withdrawal_has_reason"),
        ]

    def __str__(self):
        return f"{self.get_act_display()} by {self.signer_name}, {self.signer_role}"

    @property
    def at(self):
        return self.signed_at

    @property
    def role_in_words(self):
        return names.role_in_words(self, self.item.review)

    @property
    def signer_in_words(self):
        return names.signer_in_words(self, self.item.review)


class Decision(models.Model):
    """What the CISO decided, with the gate as it was (rule 13). Append-only, by trigger."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=20, choices=Outcome)
    recommendation = models.CharField(max_length=20)
    reason = models.TextField(max_length=TEXT_LIMIT)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    signer_name = models.CharField(max_length=150)
    signer_role = models.CharField(max_length=80)
    decided_at = models.DateTimeField(default=timezone.now)
    meaning = models.TextField()
    content = models.TextField(help_text="Canonical JSON of the gate's inputs, outcome, reason and conditions.")
    digest = models.CharField(max_length=64)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["review", "number"], name="reviews_decision_number_once")]

    def __str__(self):
        return f"{self.get_outcome_display()}, {self.signer_name}"

    @property
    def at(self):
        return self.decided_at

    @property
    def role_in_words(self):
        return names.role_in_words(self, self.review)

    @property
    def signer_in_words(self):
        return names.signer_in_words(self, self.review)

    @property
    def is_approval(self):
        return self.outcome in APPROVING


class Condition(models.Model):
    """What must be done, by whom and until when, for a conditional approval to hold (rule 11)."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="conditions")
    text = models.TextField(max_length=2000)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="conditions")
    due_on = models.DateField()
    met_at = models.DateTimeField(null=True, blank=True)
    met_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    met_note = models.TextField(blank=True, max_length=2000)

    objects = ConditionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]

    def __str__(self):
        return self.text
