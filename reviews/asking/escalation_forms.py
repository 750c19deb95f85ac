"""What may a person type about a letter to the account team?"""

from django import forms

from reviews.asking.escalations import LONGEST_NOTE
from reviews.choices import EscalationOutcome
from reviews.forms import DAY
from reviews.models import TEXT_LIMIT
from vendors.models import Contact


class LetterForm(forms.Form):
    """A draft in all its parts: for each of its items a question and the evidence wanted, and which others to add."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    contacts = forms.ModelMultipleChoiceField(
        label="To",
        queryset=Contact.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose among the vendor's contacts."},
    )
    answer_by = forms.DateField(label="Answer wanted by", widget=DAY)
    opening = forms.CharField(
        label="What the letter says first",
        required=False,
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )

    def __init__(self, *args, escalation, items, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = list(escalation.with_questions)
        self.items = {str(item.pk): item for item in items}
        contacts = escalation.vendor.contacts.all()
        self.fields["contacts"].queryset = contacts
        self.fields["contacts"].label_from_instance = _addressee
        for row in self.rows:
            self._add_row(row)
        there = {row.item_id for row in self.rows}
        self.fields["more"] = forms.MultipleChoiceField(
            label="Other statements",
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[(pk, str(item.statement)) for pk, item in self.items.items() if item.pk not in there],
        )

    def _add_row(self, row):
        self.fields[f"was_{row.pk}"] = forms.IntegerField(required=False, widget=forms.HiddenInput)
        self.fields[f"keep_{row.pk}"] = forms.BooleanField(label="In the letter", required=False)
        self.fields[f"text_{row.pk}"] = forms.CharField(
            label=f"Question {row.question.number}",
            max_length=TEXT_LIMIT,
            widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
            error_messages={"required": "Write the question, or take the statement out of the letter."},
        )
        self.fields[f"wanted_{row.pk}"] = forms.CharField(
            label="Evidence wanted",
            required=False,
            max_length=TEXT_LIMIT,
            widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        )

    @staticmethod
    def initial_of(escalation):
        said = {
            "version": escalation.version,
            "contacts": [each.contact_id for each in escalation.addressees.all()],
            "answer_by": escalation.answer_by,
            "opening": escalation.opening,
        }
        for row in escalation.with_questions:
            said |= {
                f"was_{row.pk}": row.question.version,
                f"keep_{row.pk}": True,
                f"text_{row.pk}": row.question.text,
                f"wanted_{row.pk}": row.question.wanted,
            }
        return said

    @staticmethod
    def based_on(newest):
        """The versions that are stored now: saving again on top of them is a decision, not an accident."""
        return {"version": newest.version} | {f"was_{row.pk}": row.question.version for row in newest.with_questions}

    @property
    def parts(self):
        """`[(escalated item, its four fields)]`, in the order of the statements."""
        names = ("was", "keep", "text", "wanted")
        return [(row, *(self[f"{name}_{row.pk}"] for name in names)) for row in self.rows]

    def changes(self):
        """What `escalations.change` takes."""
        said = self.cleaned_data
        kept = [row for row in self.rows if said[f"keep_{row.pk}"]]
        return {
            "version": said["version"],
            "opening": said["opening"],
            "answer_by": said["answer_by"],
            "contacts": list(said["contacts"]),
            "items": [row.item for row in kept] + [self.items[pk] for pk in said["more"]],
            "wording": {
                row.pk: (said[f"text_{row.pk}"], said[f"wanted_{row.pk}"], said[f"was_{row.pk}"]) for row in kept
            },
        }


def _addressee(contact):
    words = filter(None, (contact.name, contact.job_title, contact.email or "no e-mail address"))
    return " · ".join([*words, "account team"] if contact.is_account_team else words)


class ChooseForm(forms.Form):
    """Which statements a new letter is about."""

    items = forms.MultipleChoiceField(
        label="Statements",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one statement."},
    )

    def __init__(self, *args, items, **kwargs):
        super().__init__(*args, **kwargs)
        self.items = {str(item.pk): item for item in items}
        self.fields["items"].choices = [(pk, str(item.statement)) for pk, item in self.items.items()]

    def clean_items(self):
        return [self.items[pk] for pk in self.cleaned_data["items"]]


class VersionForm(forms.Form):
    """What one saw, and a word about it; `read` is the whole letter as it was shown, when it is to be sent."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    read = forms.CharField(required=False, max_length=64)
    reason = forms.CharField(label="Why", required=False, max_length=LONGEST_NOTE)


class ClosingForm(forms.Form):
    reason = forms.CharField(label="A last word", required=False, max_length=LONGEST_NOTE)


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(
        label="What came of it",
        choices=[("", "Choose"), *EscalationOutcome.choices],
        error_messages={"required": "Say what came of it."},
    )
    remark = forms.CharField(
        label="In a word", required=False, max_length=LONGEST_NOTE, widget=forms.TextInput(attrs={"dir": "auto"})
    )
