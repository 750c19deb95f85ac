"""What is stored of what we ask a vendor, and of what they answer?"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from evidence.models import Evidence
from reviews.choices import Judged, QuestionState, Via
from reviews.models.checklists import Checklist
from reviews.models.reviews import TEXT_LIMIT, Item, Review
from reviews.querysets import OfReviewQuerySet, QuestionQuerySet
from vendors.models import Contact


class StandardQuestion(models.Model):
    """A question that ships with a checklist. Nobody signs it, so a newer file may say it better."""

    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="standard_questions")
    key = models.SlugField(max_length=60)
    topic = models.CharField(max_length=60)
    position = models.PositiveIntegerField()
    text = models.TextField()
    wanted = models.TextField("evidence wanted", blank=True)
    numbers = models.JSONField(default=list, help_text="The statements it helps to answer.")
    channels = models.JSONField(default=list, help_text="Asked only on these channels; empty: on all.")
    is_retired = models.BooleanField(default=False, help_text="No longer in the file; what was asked stays.")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["checklist", "key"], name="reviews_standard_question_once")]

    def __str__(self):
        return self.text


class Question(models.Model):
    """What we ask the vendor in a review. Only `questions` writes `state`."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="questions")
    number = models.PositiveIntegerField(help_text="Within the review.")
    standard = models.ForeignKey(
        StandardQuestion, on_delete=models.PROTECT, null=True, blank=True, related_name="asked"
    )
    items = models.ManyToManyField(Item, related_name="questions", blank=True)
    topic = models.CharField(max_length=60, blank=True)
    text = models.TextField("question", max_length=TEXT_LIMIT)
    wanted = models.TextField("evidence wanted", blank=True, max_length=TEXT_LIMIT)
    state = models.CharField(max_length=20, choices=QuestionState, default=QuestionState.DRAFT)
    asked_on = models.DateField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_of = models.CharField("of whom", max_length=200, blank=True)
    via = models.CharField("through which channel", max_length=20, choices=Via, blank=True)
    due_on = models.DateField("answer wanted by", null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True, max_length=2000)
    version = models.PositiveIntegerField(default=1, help_text="Counts the changes; a stale form is refused.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["review", "number"], name="reviews_question_number_once"),
            models.UniqueConstraint(
                fields=["review", "standard"],
                condition=Q(standard__isnull=False),
                name="reviews_question_standard_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(asked_on__isnull=False),
                name="reviews_question_asked_has_day",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="reviews_question_state_due")]

    def __str__(self):
        return f"Question {self.number}"

    def get_absolute_url(self):
        return reverse("reviews:question", args=[self.review.slug, self.number])


class Answer(models.Model):
    """What the vendor said, as it came. Append-only, by trigger: a better answer is another row."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    number = models.PositiveIntegerField(help_text="Within the question.")
    text = models.TextField("answer", max_length=TEXT_LIMIT)
    source = models.CharField("where it comes from", max_length=300, help_text="Who said it, or which document.")
    said_on = models.DateField("dated")
    via = models.CharField(max_length=20, choices=Via)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    guest = models.ForeignKey(
        "reviews.GuestLink", on_delete=models.PROTECT, null=True, blank=True, related_name="answers"
    )
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="reviews_answer_once"),
            models.CheckConstraint(
                condition=Q(recorded_by=None) ^ Q(guest=None), name="reviews_answer_by_one_of_us_or_a_guest"
            ),
        ]

    def __str__(self):
        return f"Answer {self.number} to question {self.question.number}"


def stored_attachment(attachment, original_name):
    """A name made here: what a person called the file never reaches the storage."""
    return f"answers/{attachment.answer.question.review_id}/{uuid.uuid4().hex}"


class Attachment(models.Model):
    """A file that came with an answer. Nobody cites it before one of us takes it into the evidence. Append-only."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=255, help_text="The file's name as given.")
    file = models.FileField(upload_to=stored_attachment, max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField(help_text="Bytes.")
    content_type = models.CharField(max_length=100)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.name


class Judgement(models.Model):
    """Whether an answer suffices, by whom and why. Append-only, by trigger; the newest counts."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="judgements")
    judged = models.CharField(max_length=20, choices=Judged)
    reason = models.TextField(blank=True, max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.get_judged_display()}, {self.by.name}"


class AnswerTaken(models.Model):
    """That an answer, or a file that came with it, was taken into the evidence, by whom."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="taken")
    attachment = models.OneToOneField(Attachment, on_delete=models.PROTECT, null=True, blank=True, related_name="taken")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="from_answers")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "answers taken"
        constraints = [
            models.UniqueConstraint(fields=["answer"], condition=Q(attachment=None), name="reviews_answer_taken_once")
        ]

    def __str__(self):
        return f"{self.answer} taken into the evidence"


class GuestLink(models.Model):
    """A time-boxed address at which one contact of the vendor answers the questions put to them, without an account.

    The address alone opens nothing: a code goes to the e-mail address first. Of code and browser only hashes are kept.
    """

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="guest_links")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=120)
    email = models.EmailField("e-mail")
    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text="What the address signs.")
    questions = models.ManyToManyField(Question, related_name="guest_links")
    note = models.TextField("a word to them", blank=True, max_length=2000)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    code_hash = models.CharField(max_length=128, blank=True)
    code_sent_at = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveIntegerField(default=0, help_text="Wrong codes since the last one was sent.")
    codes_sent = models.PositiveIntegerField(default=0)
    visit = models.UUIDField(
        null=True, blank=True, help_text="The browser that gave the code last; no other is let in."
    )
    visit_until = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = OfReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"Answer page of {self.name}"
