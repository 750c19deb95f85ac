"""What may be typed about a guest's page, by them and by us?"""

from django import forms
from django.utils import timezone
from django.utils.text import Truncator

from evidence.forms import FilesField
from reviews.asking import guests
from reviews.asking.answers import LONGEST_SOURCE
from reviews.models import TEXT_LIMIT


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code from the mail",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"required": "Type the code from the mail."},
    )


class OptionalFilesField(FilesField):
    def clean(self, data, initial=None):
        return data or []


class AnswerForm(forms.Form):
    text = forms.CharField(
        label="Your answer",
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
        error_messages={
            "required": "Write your answer. If a file answers it, say where in the file.",
            "max_length": f"An answer has at most {TEXT_LIMIT:,} characters. Attach a longer one as a file.",
        },
    )
    source = forms.CharField(
        label="Where this comes from",
        max_length=LONGEST_SOURCE,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text="Who says so, or which document: “Security whitepaper, page 12”.",
        error_messages={"required": "Say who says so, or which document."},
    )
    said_on = forms.DateField(
        label="True as of",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": "Give the day.",
            "invalid": "That is no day of the calendar: write it as 2026-06-30.",
        },
    )
    files = OptionalFilesField(label="Files", required=False)


class LinkForm(forms.Form):
    """Which questions, until when."""

    questions = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, error_messages={"required": "Choose at least one question."}
    )
    until = forms.DateField(
        label="Open until the end of",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=f"At most {guests.DAYS_AT_MOST} days. It can be ended at any moment.",
        error_messages={
            "required": "Say until which day.",
            "invalid": "That is no day of the calendar: write it as 2026-06-30.",
        },
    )

    def __init__(self, *args, questions, **kwargs):
        super().__init__(*args, **kwargs)
        self.possible = {str(question.pk): question for question in questions}
        self.fields["questions"].choices = [
            (pk, f"{question.number}. {Truncator(question.text).chars(200)}") for pk, question in self.possible.items()
        ]

    def clean_questions(self):
        return [self.possible[pk] for pk in self.cleaned_data["questions"]]

    def said(self):
        """The fields as `guests` takes them."""
        return {
            "questions": self.cleaned_data["questions"],
            "expires_at": guests.end_of(self.cleaned_data["until"]),
        }


class InviteForm(LinkForm):
    contact = forms.ChoiceField(
        label="Who",
        help_text="Of the vendor's contacts; the account team first. The code goes to the contact's e-mail address.",
        error_messages={"required": "Choose a contact of the vendor."},
    )
    note = forms.CharField(
        label="A word to them",
        required=False,
        max_length=guests.LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text="Stands in the mail.",
    )

    field_order = ["contact", "questions", "until", "note"]

    def __init__(self, *args, contacts, **kwargs):
        super().__init__(*args, **kwargs)
        self.contacts = {str(contact.pk): contact for contact in contacts}
        said = ((pk, _described(contact)) for pk, contact in self.contacts.items())
        self.fields["contact"].choices = [("", "Choose…"), *said]
        self.fields["until"].initial = timezone.localdate(guests.default_end())
        self.fields["questions"].initial = list(self.possible)

    def clean_contact(self):
        return self.contacts[self.cleaned_data["contact"]]

    def said(self):
        return super().said() | {"contact": self.cleaned_data["contact"], "note": self.cleaned_data["note"]}


def _described(contact):
    team = ", account team" if contact.is_account_team else ""
    return f"{contact.name}{team} ({contact.email or 'no e-mail address'})"
