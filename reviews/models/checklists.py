"""What is stored of checklists, and what can never be untrue?"""

from django.db import models
from django.utils import timezone

from accounts.choices import STAKEHOLDER_CHOICES
from reviews.choices import AnsweredBy


class Checklist(models.Model):
    """One version of a list of statements. Once a review uses it, it does not change."""

    slug = models.SlugField(max_length=80)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    language = models.CharField(max_length=10, default="en")
    go_at = models.PositiveIntegerField(help_text="Go when this many are satisfied (rule 11).")
    escalate_at = models.PositiveIntegerField(help_text="Escalate when this many cannot be confirmed (rule 11).")
    section_days = models.PositiveIntegerField(
        default=21, help_text="Days from opening to the default due day (rule 3)."
    )
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["slug", "-version"]
        constraints = [models.UniqueConstraint(fields=["slug", "version"], name="reviews_checklist_version_once")]

    def __str__(self):
        return f"{self.title}, version {self.version}"


class Category(models.Model):
    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="categories")
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "categories"
        constraints = [models.UniqueConstraint(fields=["checklist", "key"], name="reviews_category_once")]

    def __str__(self):
        return self.name


class Statement(models.Model):
    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="statements")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="statements")
    number = models.PositiveIntegerField()
    position = models.PositiveIntegerField(help_text="Within its category, as the source numbers it.")
    text = models.TextField()
    owner_role = models.CharField(max_length=30, choices=STAKEHOLDER_CHOICES, blank=True)
    suggested_role = models.CharField(max_length=30, choices=STAKEHOLDER_CHOICES, blank=True)
    answered_by = models.CharField(max_length=20, choices=AnsweredBy)
    answered_by_channel = models.JSONField(default=dict)
    channels = models.JSONField(default=list, help_text="Applies only to these channels; empty: to all.")
    regimes = models.JSONField(default=list, help_text="Applies only when one of these is in scope; empty: always.")
    proofs = models.JSONField(default=list, help_text="[{kind, max_age_months}]")
    related = models.JSONField(default=list, help_text="[{number, why}]")
    caution = models.TextField(blank=True)
    regime_notes = models.JSONField(default=dict)
    ask = models.TextField()
    where = models.TextField()
    good = models.TextField()
    not_enough = models.TextField()
    channel_notes = models.JSONField(default=dict)
    sources = models.JSONField(default=list, help_text="[{page, publisher, seen}]")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["checklist", "number"], name="reviews_statement_number_once"),
            models.UniqueConstraint(fields=["category", "position"], name="reviews_statement_position_once"),
        ]

    def __str__(self):
        return f"{self.number}. {self.text}"
