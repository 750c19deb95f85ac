"""What may a person type about questions to a vendor and their answers?"""

from datetime import timedelta

from django import forms
from django.db.models import Count, Q
from django.utils import timezone

from evidence import content_types
from evidence.choices import Confidentiality, Kind
from evidence.forms import ClassForm, FilesField
from evidence.models import Evidence
from reviews.asking import answers, questions
from reviews.choices import Judged, QuestionState, Via
from reviews.forms import DAY, ItemsField
from reviews.models import TEXT_LIMIT

NO_DAY = {"invalid": "That is no day of the calendar: write it as 2027-06-30."}
USUAL_DAYS = 14  # from asking to the answer wanted
# A page of the vendor's own is written down by that page.
BY_HAND = [("", "Choose…"), *((via.value, via.label) for via in Via if via != Via.PAGE)]


def _text(label, rows, *, limit=TEXT_LIMIT, **given):
    return forms.CharField(
        label=label, max_length=limit, widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}), **given
    )


class QuestionForm(forms.Form):
    """A question, with the version it was read at; a new one has version 1."""

    text = _text("Question", 4, help_text="As the vendor will read it.")
    wanted = _text("Evidence wanted", 2, required=False, help_text="What would prove the answer: a document, a clause.")
    topic = forms.CharField(max_length=questions.LONGEST_TOPIC, required=False)
    items = ItemsField(
        label="Statements it is about", queryset=None, required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)

    def __init__(self, *args, review, only_items=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["items"].queryset = review.items.select_related("statement")
        if only_items:
            for name in ("text", "wanted", "topic"):
                del self.fields[name]

    @property
    def values(self):
        return {name: self.cleaned_data[name] for name in ("text", "wanted", "topic", "items") if name in self.fields}


class ContactField(forms.ModelChoiceField):
    def label_from_instance(self, contact):
        return named(contact)


def named(contact):
    """How a contact is written down as who was asked."""
    team = " (account team)" if contact.is_account_team else ""
    title = f", {contact.job_title}" if contact.job_title else ""
    return f"{contact.name}{title}{team}"[: questions.LONGEST_NAME]


class PutForm(forms.Form):
    """Of whom it is asked, how, when, and by when an answer is wanted."""

    contact = ContactField(label="Of whom", queryset=None, required=False, empty_label="Somebody else")
    asked_of = forms.CharField(
        label="Somebody else", required=False, max_length=questions.LONGEST_NAME, help_text="When no contact fits."
    )
    via = forms.ChoiceField(label="Through which channel", choices=BY_HAND)
    asked_on = forms.DateField(label="Asked on", widget=DAY, error_messages=NO_DAY)
    due_on = forms.DateField(label="Answer wanted by", widget=DAY, required=False, error_messages=NO_DAY)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, vendor, **kwargs):
        today = timezone.localdate()
        contacts = vendor.contacts.all()
        kwargs["initial"] = {
            "contact": contacts.first(),
            "asked_on": today,
            "due_on": today + timedelta(days=USUAL_DAYS),
        } | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = contacts

    def clean(self):
        data = super().clean()
        if not data.get("contact") and not data.get("asked_of") and not self.errors:
            self.add_error("asked_of", "Choose a contact, or write down who was asked.")
        return data

    @property
    def values(self):
        data = self.cleaned_data
        asked_of = data["asked_of"] or named(data["contact"])
        return {"asked_of": asked_of} | {name: data[name] for name in ("via", "asked_on", "due_on")}


class PutSeveralForm(PutForm):
    questions = forms.ModelMultipleChoiceField(
        queryset=None,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one question."},
    )

    field_order = ["questions"]

    def __init__(self, *args, review, **kwargs):
        super().__init__(*args, vendor=review.vendor, **kwargs)
        del self.fields["version"]
        waiting = {QuestionState.DRAFT, QuestionState.INSUFFICIENT}
        self.fields["questions"].queryset = review.questions.filter(state__in=waiting)


class StandardForm(forms.Form):
    """Which of the questions that ship with the checklist are added to the review's."""

    chosen = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": "Choose at least one question.", "invalid_choice": "Choose again."}
    )

    def __init__(self, *args, offered, **kwargs):
        super().__init__(*args, **kwargs)
        self.by_pk = {each.pk: each for each in offered}
        self.fields["chosen"].choices = [(each.pk, each.text) for each in offered]

    @property
    def standards(self):
        return [each for pk, each in self.by_pk.items() if pk in self.cleaned_data["chosen"]]


class AnswerFiles(FilesField):
    def clean(self, data, initial=None):
        return data or []


class AnswerForm(forms.Form):
    text = _text("What was answered", 6)
    source = forms.CharField(
        label="Where it comes from",
        max_length=answers.LONGEST_SOURCE,
        help_text="Who said it, or which document and page.",
    )
    said_on = forms.DateField(label="Dated", widget=DAY, error_messages=NO_DAY)
    via = forms.ChoiceField(label="Through which channel", choices=BY_HAND)
    files = AnswerFiles(
        label="Files that came with it", required=False, help_text=f"At most {answers.MOST_ATTACHMENTS}. {content_types.ACCEPTED_IN_WORDS}"
    )  # fmt: skip

    @property
    def values(self):
        data = self.cleaned_data
        return {name: data[name] for name in ("text", "source", "said_on", "via")} | {"attachments": data["files"]}


class JudgeForm(forms.Form):
    judged = forms.ChoiceField(label="Does it suffice?", choices=Judged, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=answers.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text="When it does not: what is missing, for whoever asks again.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="Why is it no longer asked?",
        max_length=questions.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class TakeForm(ClassForm):
    """What the new evidence says of itself, and whether the question's statements cite it at once."""

    title = forms.CharField(max_length=Evidence._meta.get_field("title").max_length, required=False)
    cite = forms.BooleanField(label="Cite it on the question's statements at once", required=False)

    field_order = ["title", "kind", "confidentiality"]

    def __init__(self, *args, **kwargs):
        kwargs["initial"] = {
            "kind": Kind.VENDOR_STATEMENT, "confidentiality": Confidentiality.CONFIDENTIAL, "cite": True,
        } | kwargs.get("initial", {})  # fmt: skip
        super().__init__(*args, **kwargs)

    def said(self):
        known = {name: day for name, day in self.dates().items() if day}
        return {name: self.cleaned_data[name] for name in ("title", "kind", "confidentiality")} | known


class QuestionFilterForm(forms.Form):
    """The filters of the list, which live in the address, and of what is exported; what does not exist filters nothing."""

    SHOWN = (
        ("", "All"),
        ("to_ask", "To ask"),
        ("waiting", "Waiting"),
        ("late", "Late"),
        ("to_judge", "To judge"),
        ("insufficient", "Insufficient"),
        ("settled", "Answered"),
        ("withdrawn", "Withdrawn"),
    )

    show = forms.ChoiceField(choices=SHOWN, required=False)
    statement = forms.IntegerField(required=False, min_value=1, max_value=100_000)

    @property
    def wanted(self):
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def of(self, rows, today):
        """The rows the filter asks for; without one, all that are not withdrawn."""
        wanted = self.wanted
        if "statement" in wanted:
            rows = rows.filter(items__statement__number=wanted["statement"])
        return rows.filter(self.conditions(today)[wanted.get("show", "")])

    @property
    def in_words(self):
        """What it asks for, as it is written over what was found."""
        said = f"Shown: {dict(self.SHOWN)[self.wanted.get('show', '')]}, withdrawn ones only when asked for"
        return f"{said}; Statement: {self.wanted['statement']}" if "statement" in self.wanted else said

    def chips(self, rows, today, path):
        """Every filter with how many rows it would show."""
        counts = rows.aggregate(
            **{f"n_{key}": Count("pk", filter=each) for key, each in self.conditions(today).items()}
        )
        current = self.wanted.get("show", "")
        return [
            {
                "label": label,
                "count": counts[f"n_{key}"],
                "url": f"?show={key}" if key else path,
                "active": key == current,
            }
            for key, label in self.SHOWN
            if counts[f"n_{key}"] or key in {"", current}
        ]

    @staticmethod
    def conditions(today):
        late = Q(state=QuestionState.ASKED, due_on__lt=today)
        return {
            "": ~Q(state=QuestionState.WITHDRAWN),
            "to_ask": Q(state=QuestionState.DRAFT),
            "waiting": Q(state=QuestionState.ASKED),
            "late": late,
            "to_judge": Q(state=QuestionState.ANSWERED),
            "insufficient": Q(state=QuestionState.INSUFFICIENT),
            "settled": Q(state=QuestionState.SETTLED),
            "withdrawn": Q(state=QuestionState.WITHDRAWN),
        }


def opened_for(question):
    """What a form for putting the question again begins with: whom it was asked last."""
    if not question.asked_of:
        return {"version": question.version}
    known = next((each for each in question.review.vendor.contacts.all() if named(each) == question.asked_of), None)
    asked_of = "" if known else question.asked_of
    return {"contact": known, "asked_of": asked_of, "via": question.via, "version": question.version}


class AnswersFileForm(forms.Form):
    file = forms.FileField(
        label="The workbook or document with the answers",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.docx"}),
        help_text="The XLSX or DOCX file that was exported here, filled in. Nothing is recorded before you have seen it.",
        error_messages={"required": "Choose the file first."},
    )
