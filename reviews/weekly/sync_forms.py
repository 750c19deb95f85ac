"""What may a person type into the minutes?"""

from django import forms

from accounts.forms import PersonField
from accounts.models import User
from accounts.permissions import Refused
from reviews.calendar.calendar_forms import MeetingForm
from reviews.choices import LineKind
from reviews.forms import DAY
from reviews.models import Review
from reviews.models.reviews import TEXT_LIMIT
from reviews.recurring import meetings
from reviews.weekly import actions, series, sync_people, syncs

NO_DAY = "That is no day of the calendar: write it as 2027-06-30."
# More than any checklist has; below what a column holds.
HIGHEST_NUMBER = 100_000


class AboutStatement(forms.Form):
    """A statement by its number; where the sync is about several reviews, of which."""

    review = forms.ModelChoiceField(queryset=Review.objects.none(), required=False, empty_label="All reviews")
    number = forms.IntegerField(
        label="Statement",
        required=False,
        min_value=1,
        max_value=HIGHEST_NUMBER,
        widget=forms.NumberInput(attrs={"placeholder": "No."}),
    )

    def __init__(self, *args, sync, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.sync, self.user = sync, user
        if sync.review:
            del self.fields["review"]
        else:
            self.fields["review"].queryset = sync.reviews.select_related("deployment__vendor").order_by("pk")

    def clean(self):
        data = super().clean()
        review, number = self.sync.review or data.get("review"), data.get("number")
        data["item"] = None
        if number and not review and "review" not in self.errors:
            self.add_error("number", "Say of which review: each counts its statements from 1.")
        elif number and review:
            try:
                data["item"] = syncs.item_of(review, number, self.user)
            except Refused as refusal:
                self.add_error("number", str(refusal))
        return data


class LineForm(AboutStatement):
    text = forms.CharField(
        label="What is said",
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2, "data-enter-saves": "", "dir": "auto"}),
        error_messages={"required": "Write something first."},
    )
    decision = forms.BooleanField(label="This is a decision", required=False)

    field_order = ["text", "decision", "review", "number"]

    @property
    def values(self):
        data = self.cleaned_data
        kind = LineKind.DECISION if data["decision"] else LineKind.NOTE
        return {"text": data["text"], "kind": kind, "item": data["item"]}


class ChangedLineForm(LineForm):
    version = forms.IntegerField(widget=forms.HiddenInput)


class ActionForm(AboutStatement):
    text = forms.CharField(
        label="What is to be done", max_length=actions.TEXT_AT_MOST, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    owner = PersonField(queryset=User.objects.none(), label="Who", empty_label="Choose…")
    due_on = forms.DateField(label="Until", widget=DAY, error_messages={"invalid": NO_DAY})

    field_order = ["text", "owner", "due_on", "review", "number"]

    def __init__(self, *args, people=None, **kwargs):
        super().__init__(*args, **kwargs)
        _offer(self.fields["owner"], sync_people.who_can_act(self.sync) if people is None else people)

    @property
    def values(self):
        data = self.cleaned_data
        return {name: data.get(name) for name in ("text", "owner", "due_on", "item", "review")}


class ChangedActionForm(forms.Form):
    text = ActionForm.base_fields["text"]
    owner = PersonField(queryset=User.objects.none(), label="Who")
    due_on = ActionForm.base_fields["due_on"]
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        _offer(self.fields["owner"], people)


class NoteForm(forms.Form):
    note = forms.CharField(
        required=False,
        max_length=actions.NOTE_AT_MOST,
        label="Note",
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )


class PeopleField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, person):
        role = person.get_role_display()
        return person.name if role == person.name else f"{person.name} · {role}"


class AttendeesForm(forms.Form):
    hide_optional = True

    people = PeopleField(
        queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="People"
    )
    others = forms.CharField(
        required=False,
        max_length=syncs.OTHERS_AT_MOST,
        label="Others",
        help_text="Names, with commas between them.",
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    # What the form was shown with: what others said since is not undone.
    shown_people = forms.CharField(required=False, widget=forms.HiddenInput({"data-shown-of": "people"}))
    shown_others = forms.CharField(required=False, widget=forms.HiddenInput({"data-shown-of": "others"}))

    def __init__(self, *args, sync, people=None, **kwargs):
        super().__init__(*args, **kwargs)
        _offer(self.fields["people"], sync_people.who_may_see(sync) if people is None else people)

    @staticmethod
    def shown(sync, present):
        """The initial values of a form that shows who is noted now."""
        people = [person.pk for person in present]
        shown = {"shown_people": ",".join(map(str, people)), "shown_others": sync.others}
        return shown | {"people": people, "others": sync.others}

    @property
    def values(self):
        data = self.cleaned_data
        shown = {int(each) for each in data["shown_people"].split(",") if each.isdecimal() and len(each) < 10}
        return {
            "come": [person for person in data["people"] if person.pk not in shown],
            "gone": shown - {person.pk for person in data["people"]},
            "others": None if data["others"] == data["shown_others"] else data["others"],
        }


def _offer(field, people):
    """These to choose from, who are read already; what was chosen is read again."""
    field.queryset = User.objects.filter(pk__in=[person.pk for person in people]).order_by("name", "pk")
    nobody = [("", field.empty_label)] if field.empty_label is not None else []
    field.choices = [*nobody, *((person.pk, field.label_from_instance(person)) for person in people)]


class SeriesForm(MeetingForm):
    """When the weekly sync takes place, from when until when, and with whom. Which times there are is asked of `series`."""

    minutes = forms.IntegerField(
        label="Length in minutes", min_value=meetings.SHORTEST, max_value=meetings.LONGEST, initial=30
    )
    every_weeks = forms.IntegerField(
        label="Every how many weeks", min_value=1, max_value=series.WEEKS_AT_MOST, initial=1
    )
    until = forms.DateField(widget=DAY, label="Last day", error_messages={"invalid": NO_DAY})

    field_order = ["day", "at", "minutes", "every_weeks", "until", "place", "invited"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["day"].label = "First meeting"
        self.fields["invited"].error_messages["invalid_choice"] = "Choose among the people who may see it."
