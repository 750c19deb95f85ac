"""What may a person type to have statements looked at again?"""

from django import forms

from accounts.forms import PersonField
from accounts.models import User
from evidence.models import Evidence
from reviews.choices import Trigger
from reviews.models import Reassessment


class OccasionForm(forms.Form):
    """What happened; in the address, so that a link can fill it in. Which statements that puts in question follows."""

    hide_optional = True

    trigger = forms.ChoiceField(choices=[("", "Choose…"), *Trigger.choices], required=False, label="Kind of occasion")
    evidence = forms.ModelChoiceField(
        queryset=Evidence.objects.none(), required=False, label="Which document", empty_label="For a changed document"
    )
    person = PersonField(queryset=None, required=False, label="Who left", empty_label="For an owner who has left")

    def __init__(self, *args, items, **kwargs):
        super().__init__(*args, **kwargs)
        cited = {citation.evidence_id for item in items for citation in item.citations.all()}
        holders = {item.owner_id for item in items} | {
            person.pk for item in items for person in item.review.holders.values()
        }
        self.fields["evidence"].queryset = Evidence.objects.filter(pk__in=cited)
        self.fields["person"].queryset = User.objects.filter(pk__in=holders - {None})


class ReassessmentForm(forms.ModelForm):
    """The occasion, in words, and the statements to look at again."""

    numbers = forms.TypedMultipleChoiceField(
        coerce=int,
        label="Statements",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one statement."},
    )

    class Meta:
        model = Reassessment
        fields = ["trigger", "why"]
        widgets = {"why": forms.Textarea(attrs={"rows": 3})}
        labels = {"trigger": "Kind of occasion", "why": "What happened"}

    def __init__(self, *args, items, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["trigger"].choices = Trigger.choices
        self.fields["trigger"].required = self.fields["why"].required = True
        self.fields["why"].help_text = "In a sentence or two, kept with the re-assessment and printed in its dossier."
        self.fields["numbers"].choices = _choices(items)


class WidenForm(forms.Form):
    """Statements on which an open re-assessment rests, to be looked at in it, too."""

    numbers = forms.TypedMultipleChoiceField(
        coerce=int,
        label="Statements",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one statement."},
    )
    why = forms.CharField(required=False, max_length=2000, label="Why")

    def __init__(self, *args, items, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["numbers"].choices = _choices(items)


def _choices(items):
    return [(item.number, f"{item.number}. {item.statement.text}") for item in items]
