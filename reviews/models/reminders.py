"""What is stored of what people are told, and what can never be untrue?"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from reviews.choices import About, Delivery
from reviews.querysets import MessageQuerySet, ReminderQuerySet
from vendors.models import Vendor


class Message(models.Model):
    """One mail to one person: a digest, an invitation, a letter to somebody at the vendor. Both outbox and history (rule 22).

    Whoever sends it claims it until `leased_until` first. `key` says which mail it is and makes its Message-ID, so that
    a repeated one can be told.
    """

    key = models.CharField(max_length=120, unique=True, help_text="`digest:<person>:<day>`, `invitation:…`")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="messages"
    )
    outsider_name = models.CharField(
        max_length=120, blank=True, db_default="", help_text="Of who has no account here; then `person` is empty."
    )
    outsider_email = models.EmailField(blank=True, db_default="")
    vendor = models.ForeignKey(
        Vendor,
        on_delete=models.PROTECT,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="+",
        help_text="Of a mail to an outsider.",
    )
    day = models.DateField(help_text="Of whoever gets it.")
    state = models.CharField(max_length=20, choices=Delivery, default=Delivery.WAITING)
    due_at = models.DateTimeField(help_text="Not before; after a failure, the next try.")
    attempts = models.PositiveIntegerField(default=0)
    lease = models.UUIDField(default=uuid.uuid4, help_text="Who claimed it last.")
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_to = models.EmailField("address", blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(blank=True, help_text="What the mail server said last.")
    created_at = models.DateTimeField(default=timezone.now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-due_at", "-pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="reviews_message_waiting")]

    def __str__(self):
        return self.key

    @property
    def recipient_name(self):
        return self.person.name if self.person else self.outsider_name

    @property
    def recipient_email(self):
        return self.person.email if self.person else self.outsider_email


class Reminder(models.Model):
    """That one person is told one step of one thing: never twice, whoever plans it (rule 22)."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reminders")
    about = models.CharField(max_length=20, choices=About)
    subject = models.CharField(
        max_length=80, help_text="Which thing, with what starts its steps anew: `12:2027-04-10`."
    )
    step = models.CharField(max_length=10, help_text="Days before (`30`), the day (`0`), or days after (`+7`).")
    due_on = models.DateField(null=True, blank=True)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    planned_at = models.DateTimeField(default=timezone.now)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, blank=True, related_name="reminders")
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="Found closed before it was sent: nobody was told."
    )
    seen_at = models.DateTimeField(null=True, blank=True, help_text="In the app.")

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["-planned_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "about", "subject", "step"], name="reviews_reminder_once")
        ]
        indexes = [
            models.Index(fields=["person"], condition=Q(message=None, closed_at=None), name="reviews_reminder_untold")
        ]

    def __str__(self):
        return f"{self.get_about_display()} {self.subject}, step {self.step}"
