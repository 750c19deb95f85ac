"""What is stored of reviews and their items, and what can never be untrue?"""

from functools import lru_cache

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.choices import STAKEHOLDER_CHOICES, Role
from evidence.models import Evidence
from reviews.choices import AnsweredBy, Finding, Kind, State, Status, Trigger
from reviews.models.checklists import Checklist, Statement
from reviews.querysets import ItemQuerySet, ReviewQuerySet, StandingQuerySet
from vendors.models import Deployment

TEXT_LIMIT = 20_000  # characters a person may type into one box; the dossier prints them all


@lru_cache(maxsize=10_000)
def _item_address(slug, number):
    """A page of 47 items prints each address twice; finding one costs as much as drawing a cell."""
    return reverse("reviews:item", args=[slug, number])


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
    names = models.JSONField(
        null=True,
        blank=True,
        help_text="Of a review moved here: what its signatures call it, its deployment and its evidence, by installation.",
    )

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
    def again(self):
        """The row that says which earlier review this one looks at again, or None for the first of its chain."""
        return getattr(self, "reassessment", None)

    @property
    def holders(self):
        """`{role: person}` of this review's assignments."""
        return {assignment.role: assignment.user for assignment in self.assignments.all()}

    def holder_of(self, role):
        """Who holds the role in this review, or None."""
        return next((assignment.user for assignment in self.assignments.all() if assignment.role == role), None)


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
    inherited_from = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="inherited_by",
        help_text="The same statement's item of an earlier review: its finding and citations were carried over.",
    )
    why_again = models.JSONField(
        null=True, blank=True, help_text="Sentences: why a re-assessment looks at the statement again."
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

    def validate_constraints(self, exclude=None):
        """Left to the database: each constraint asks about the status or the statement, which no form holds."""

    @property
    def number(self):
        return self.statement.number

    @property
    def holder(self):
        """Who signs: the person it was handed to, else the holder of its role (rule 2); nobody who has left."""
        person = self.owner or self.review.holder_of(self.role)
        return person if person and person.is_active else None

    @property
    def is_unowned(self):
        return self.holder is None

    @property
    def is_inherited(self):
        """Whether it still says only what an earlier review said: nobody has looked at it again."""
        return self.status == Status.NOT_STARTED and self.inherited_from_id is not None and bool(self.finding)

    @property
    def answered_by(self):
        """Whose answer this is on the review's channel (rules 18 and 19)."""
        overridden = self.statement.answered_by_channel.get(self.review.deployment.channel)
        return AnsweredBy(overridden or self.statement.answered_by)

    @property
    def role_label(self):
        return Role(self.role).label if self.role else ""


class Reassessment(models.Model):
    """Which earlier review a review looks again at, and why now. An initial review has none."""

    review = models.OneToOneField(Review, on_delete=models.CASCADE, primary_key=True, related_name="reassessment")
    previous = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="followed_by")
    first = models.ForeignKey(
        Review,
        on_delete=models.PROTECT,
        db_constraint=False,
        null=True,
        related_name="chain",
        help_text="The review with which the chain began; the same for every later one.",
    )
    trigger = models.CharField(max_length=20, choices=Trigger, blank=True)
    why = models.TextField("why now", blank=True, max_length=2000)
    rests_on = models.ManyToManyField(
        Item,
        blank=True,
        related_name="resting",
        help_text="Items of earlier reviews that are not looked at again here: they count as they stand there.",
    )

    def __str__(self):
        return f"{self.review} after {self.previous}"


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

    @property
    def brought_by(self):
        """Ids of the people who brought in what is cited: whoever uploaded it, and whoever recorded the answer it was
        taken from, while no later version replaced that.
        """
        version = self.evidence.current
        if version.number > 1:
            return {version.uploaded_by_id}
        if not hasattr(self, "recorder"):
            self.recorder = recorder_of(self.evidence)
        return {version.uploaded_by_id, self.recorder} - {None}


def recorder_of(evidence):
    """Id of whoever of us recorded the answer that became this evidence, or None."""
    return evidence.from_answers.values_list("answer__recorded_by", flat=True).first()


class Comment(models.Model):
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=TEXT_LIMIT)
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.author.name} on {self.item}"
