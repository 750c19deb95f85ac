"""What is stored of checklists and reviews, and what can never be untrue?"""

from functools import lru_cache

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.choices import STAKEHOLDER_CHOICES, Role
from evidence.models import Evidence
from reviews.choices import APPROVING, Act, AnsweredBy, Finding, Kind, Outcome, State, Status
from reviews.querysets import (
    ConditionQuerySet,
    DecisionQuerySet,
    ItemQuerySet,
    ReviewQuerySet,
    SignOffQuerySet,
    StandingQuerySet,
)
from vendors.models import Deployment

TEXT_LIMIT = 20_000  # characters a person may type into one box; the dossier prints them all


@lru_cache(maxsize=10_000)
def _item_address(slug, number):
    """A page of 47 items prints each address twice; finding one costs as much as drawing a cell."""
    return reverse("reviews:item", args=[slug, number])


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


class Review(models.Model):
    """One pass of one checklist version over one deployment."""

    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT, related_name="reviews")
    checklist = models.ForeignKey(Checklist, on_delete=models.PROTECT, related_name="reviews")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.INITIAL)
    title = models.CharField(max_length=150)
    slug = models.SlugField(max_length=120, unique=True)
    lead = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="led_reviews")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField("deadline")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]

    def __str__(self):
        return f"{self.deployment} · {self.title}"

    def get_absolute_url(self):
        return reverse("reviews:review", args=[self.slug])

    @property
    def vendor(self):
        return self.deployment.vendor

    @property
    def holders(self):
        """`{role: person}` of this review's assignments."""
        return {assignment.role: assignment.user for assignment in self.assignments.all()}


class Assignment(models.Model):
    """Who holds a stakeholder role in a review (rule 2)."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=30, choices=STAKEHOLDER_CHOICES)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "role"], name="reviews_assignment_role_once")]

    def __str__(self):
        return f"{self.get_role_display()}: {self.user.name}"


class Item(models.Model):
    """A statement within a review. Only `workflow.apply` writes `status`."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="items")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="items")
    role = models.CharField(max_length=30, choices=STAKEHOLDER_CHOICES, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Handed to this person instead of the role's holder.",
    )
    due_on = models.DateField()
    status = models.CharField(max_length=20, choices=Status, default=Status.NOT_STARTED)
    finding = models.CharField(max_length=20, choices=Finding, blank=True)
    reason = models.TextField(
        blank=True, max_length=TEXT_LIMIT, help_text="Why it cannot be confirmed, or does not apply."
    )
    asked = models.TextField("what was asked", blank=True, max_length=TEXT_LIMIT)
    asked_of = models.CharField("of whom", blank=True, max_length=200)
    notes = models.TextField(blank=True, max_length=TEXT_LIMIT)
    version = models.PositiveIntegerField(default=1, help_text="Counts every change of finding and notes.")
    finding_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    submission = models.PositiveIntegerField(default=0, help_text="Counts the submissions for sign-off.")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="submitted_items"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_digest = models.CharField(
        max_length=64, blank=True, help_text="Of what was submitted: whoever signs, signs that and nothing newer."
    )
    returned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="returned_items"
    )

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["statement__number"]
        constraints = [
            models.UniqueConstraint(fields=["review", "statement"], name="reviews_item_once"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="reviews_item_status"),
            models.CheckConstraint(
                condition=~Q(status__in=["awaiting", "complete"])
                | (~Q(finding="") & Q(submitted_by__isnull=False) & Q(submission__gt=0)),
                name="reviews_item_submitted_is_decided",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["awaiting", "complete"]) | Q(finding="confirmed") | ~Q(reason=""),
                name="reviews_item_submitted_has_reason",
            ),
        ]
        indexes = [models.Index(fields=["status", "due_on"], name="reviews_item_status_due")]

    def __str__(self):
        return f"Statement {self.number}"

    def get_absolute_url(self):
        return _item_address(self.review.slug, self.number)

    @property
    def number(self):
        return self.statement.number

    @property
    def holder(self):
        """Who signs: the person it was handed to, else the holder of its role (rule 2); nobody who has left."""
        person = self.owner or self.review.holders.get(self.role)
        return person if person and person.is_active else None

    @property
    def is_unowned(self):
        return self.holder is None

    @property
    def answered_by(self):
        """Whose answer this is on the review's channel (rules 18 and 19)."""
        overridden = self.statement.answered_by_channel.get(self.review.deployment.channel)
        return AnsweredBy(overridden or self.statement.answered_by)

    @property
    def role_label(self):
        return Role(self.role).label if self.role else ""


class Standing(models.Model):
    """What lists need to know of an item, as it was when last looked at. `standings` keeps it right.

    Says nothing about today: the day a sign-off ends is stored beside its state. No constraints in the database, so that
    writing it never waits for somebody who works on the item.
    """

    item = models.OneToOneField(
        Item, primary_key=True, on_delete=models.CASCADE, db_constraint=False, related_name="standing"
    )
    review = models.ForeignKey(Review, on_delete=models.CASCADE, db_constraint=False, related_name="standings")
    state = models.CharField(max_length=20, choices=State)
    until = models.DateField(null=True, help_text="The sign-off's last day: from the next on, the item is lapsed.")
    due_on = models.DateField()
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    returned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, db_constraint=False, related_name="+"
    )

    objects = StandingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["holder", "state"], name="reviews_standing_holder")]

    def __str__(self):
        return f"Standing of item {self.item_id}: {self.get_state_display()}"


class Touched(models.Model):
    """An item something happened to since its standing was computed. Written by triggers alone, never updated.

    Plain rows without constraints: whoever changes evidence waits for nobody here.
    """

    item_id = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name_plural = "touched"

    def __str__(self):
        return f"Item {self.item_id}"


class Citation(models.Model):
    """An item points at an evidence, with the place in it. What counts is the evidence's newest version."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="citations")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="citations")
    locator = models.CharField("where in it", max_length=200, blank=True)
    quote = models.TextField(blank=True, max_length=2000)
    cited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    cited_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "evidence", "locator"], name="reviews_citation_place_once")
        ]

    def __str__(self):
        return f"{self.evidence.title}, {self.locator}" if self.locator else self.evidence.title


class Comment(models.Model):
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=TEXT_LIMIT)
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.author.name} on {self.item}"


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
