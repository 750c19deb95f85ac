"""What may a person type about what recurs?"""

import re
from functools import reduce
from operator import or_

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone

from accounts import grants
from accounts.choices import CONTRIBUTE
from accounts.forms import PersonField
from accounts.models import User
from accounts.permissions import Refused
from evidence.models import Evidence
from reviews.choices import Counted, Duty, ObligationState, OccurrenceState, Result, Unit
from reviews.forms import DAY, DeploymentField, ItemsField, TitleOnOneLine
from reviews.models import Obligation
from reviews.models.obligations import default_steps
from reviews.recurring import cadence, completions
from reviews.recurring.obligations import FIELDS, LONGEST_STEP
from vendors.models import Vendor

NO_DAY = "That is no day of the calendar: write it as 2027-06-30."


def possible_owners(vendor):
    """Active people who may work on the vendor."""
    return reduce(or_, (grants.holders(vendor, access) for access in sorted(CONTRIBUTE)))


class NumbersField(forms.CharField):
    """Whole numbers, with commas or spaces between them."""

    def __init__(self, *, what, least, most, **kwargs):
        self.what, self.least, self.most = what, least, most
        super().__init__(max_length=300, **kwargs)

    def prepare_value(self, value):
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value):
        numbers = []
        for word in re.split(r"[\s,;]+", super().to_python(value).strip(" ,;")):
            if not word:
                continue
            if not re.fullmatch(r"[0-9]{1,6}", word) or not self.least <= int(word) <= self.most:
                raise ValidationError(f"“{word}” is no {self.what}: write numbers from {self.least} to {self.most}.")
            numbers.append(int(word))
        return numbers


class ObligationForm(TitleOnOneLine, forms.ModelForm):
    """What, who, how often, from when, and how people are reminded; with the version it was read at."""

    deployment = DeploymentField(queryset=None, required=False, empty_label="The vendor as a whole")
    owner = PersonField(
        queryset=None, empty_label="Choose…", help_text="Sees to it, and signs where a signature is asked for."
    )
    every = forms.IntegerField(
        min_value=1,
        max_value=10_000,
        initial=1,
        label="Every",
        error_messages={"min_value": "Say every how many: 1 or more."},
    )
    counted = forms.ChoiceField(choices=Counted, initial=Counted.CALENDAR, widget=forms.RadioSelect)
    first_on = forms.DateField(
        widget=DAY,
        label="First date",
        error_messages={"invalid": NO_DAY},
        help_text="Every later date is computed from this one. Dates before today are not made up.",
    )
    ends_on = forms.DateField(widget=DAY, label="Last day", required=False, error_messages={"invalid": NO_DAY})
    steps = NumbersField(
        what="number of days",
        least=0,
        most=LONGEST_STEP,
        label="Remind how many days before",
        initial=default_steps,
        help_text="0 is the day itself; after it, people are reminded weekly.",
    )
    escalate_to = PersonField(queryset=None, required=False, label="Who hears at the third miss", empty_label="Nobody")
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)

    class Meta:
        model = Obligation
        fields = ["duty", "deployment", *FIELDS, "version"]
        widgets = {"instructions": forms.Textarea(attrs={"rows": 4})}
        labels = {"duty": "Kind", "unit": "Period"}
        help_texts = {"duty": "Says what is written down when it was done."}

    def __init__(self, *args, vendor, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.vendor = vendor
        people = possible_owners(vendor)
        self.fields["owner"].queryset = self.fields["escalate_to"].queryset = people
        self.fields["unit"].choices = [("", "Choose…"), *Unit.choices]
        self.fields["deployment"].queryset = vendor.deployments.select_related("vendor")
        if self.instance.pk:
            del self.fields["duty"], self.fields["deployment"]
        else:
            self.fields["duty"].choices = [("", "Choose…"), *Duty.choices]

    def clean(self):
        data = super().clean()
        first_on, ends_on = data.get("first_on"), data.get("ends_on")
        if first_on and ends_on and ends_on < first_on:
            self.add_error("ends_on", "The last day lies before the first date.")
        if first_on and data.get("every") and data.get("unit"):
            try:
                cadence.nth(first_on, data["every"], data["unit"], 1)
            except cadence.NoSuchDate as refusal:
                self.add_error("every", str(refusal))
        return data

    @property
    def values(self):
        return {name: self.cleaned_data[name] for name in FIELDS}


class ObligationFilterForm(forms.Form):
    """The filters of the list; they live in the address."""

    STATES = [
        ("", "In force"),
        ("overdue", "Overdue"),
        ("awaiting", "Awaiting sign-off"),
        ("ended", "Ended"),
        ("dismissed", "Not accepted"),
    ]

    vendor = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    owner = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    state = forms.ChoiceField(choices=STATES, required=False)

    @property
    def wanted(self):
        self.is_valid()
        return self.cleaned_data

    @property
    def about(self):
        """What the vendor and the owner filter ask for."""
        return {f"{name}_id": self.wanted[name] for name in ("vendor", "owner") if self.wanted.get(name)}

    def of(self, rows, today):
        """The rows the filter asks for, the next date first; without a state, those in force."""
        found = self._in_state(rows.filter(**self.about), self.wanted.get("state", ""), today).with_next()
        return found.with_names().order_by(F("next_on").asc(nulls_last=True), "title", "pk")

    @property
    def in_words(self):
        """What it asks for, as it is written over what was found."""
        vendor, owner = self.wanted.get("vendor"), self.wanted.get("owner")
        said = {
            "State": dict(self.STATES)[self.wanted.get("state", "")],
            "Vendor": vendor and Vendor.objects.filter(pk=vendor).values_list("name", flat=True).first(),
            "Owner": owner and User.objects.filter(pk=owner).values_list("name", flat=True).first(),
        }
        return "; ".join(f"{label}: {value}" for label, value in said.items() if value)

    @staticmethod
    def _in_state(rows, state, today):
        if state in {ObligationState.ENDED, ObligationState.DISMISSED}:
            return rows.filter(state=state)
        if state == "overdue":
            return rows.active().overdue(today)
        if state == "awaiting":
            return rows.active().filter(occurrences__state=OccurrenceState.AWAITING).distinct()
        return rows.active()


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=2000, label="Why", widget=forms.Textarea(attrs={"rows": 2}))


class MoveForm(ReasonForm):
    due_on = forms.DateField(widget=DAY, label="New date", error_messages={"invalid": NO_DAY})

    field_order = ["due_on", "reason"]


class CompletionForm(forms.Form):
    """When it was done, how it went, and the questions of the duty."""

    done_on = forms.DateField(widget=DAY, label="Done on", error_messages={"invalid": NO_DAY})
    result = forms.ChoiceField(choices=Result, widget=forms.RadioSelect, initial=Result.PASSED)

    def __init__(self, *args, obligation, reopenable=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.duty = Duty(obligation.duty)
        self.fields["done_on"].initial = timezone.localdate
        for asked in self._asked():
            self.fields[asked.name] = forms.CharField(
                label=asked.label,
                help_text=asked.help,
                required=asked.required,
                widget=forms.Textarea(attrs={"rows": 3}),
            )
        if self.duty == Duty.ACCESS_REVIEW:
            self.fields["keep_rest"] = forms.BooleanField(
                label="Keep everyone not marked otherwise",
                help_text="Lines left at “Choose…” are recorded as kept, and the record says so of each.",
                required=False,
            )
        self.fields["reopens"] = NumbersField(
            what="number of a statement",
            least=1,
            most=100_000,
            required=False,
            label="Statements to open again",
            initial=list(reopenable),
            help_text="Only when something was found; someone else signs first. Separate numbers with commas.",
        )
        library = Evidence.objects.filter(vendor_id=obligation.vendor_id).in_use()
        self.fields["evidence"] = ItemsField(
            queryset=library,
            required=False,
            label="Evidence",
            widget=forms.SelectMultiple(attrs={"size": 4}),
            help_text="From the vendor's library, cited at its newest version. Hold Ctrl to choose several.",
        )

    def _asked(self):
        return [asked for asked in completions.FIELDS[self.duty] if not asked.rows]

    def clean_done_on(self):
        if self.cleaned_data["done_on"] > timezone.localdate():
            raise ValidationError("It cannot have been done on a day to come.")
        return self.cleaned_data["done_on"]

    def clean(self):
        data = super().clean()
        for asked in self._asked():
            text = data.get(asked.name)
            if asked.when_found and data.get("result") == Result.FAILED and not text:
                self.add_error(asked.name, "Say what was found.")
            try:
                completions.refuse_secrets(text or "")
            except Refused as refusal:
                self.add_error(asked.name, str(refusal))
        return data

    @property
    def answers(self):
        return {asked.name: self.cleaned_data[asked.name] for asked in self._asked()}


class RowForm(forms.Form):
    """One line of an access review; an empty one is left out."""

    who = forms.CharField(max_length=200, required=False)
    access = forms.CharField(max_length=300, required=False)
    verdict = forms.ChoiceField(
        label="Kept or removed", choices=[("", "Choose…"), *completions.VERDICTS], required=False
    )
    why = forms.CharField(max_length=500, required=False)

    def __init__(self, *args, keep_rest=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.keep_rest = keep_rest

    def names(self):
        return [self["who"], self["access"]]

    def words(self):
        return [self["verdict"], self["why"]]

    def clean(self):
        data = super().clean()
        if not any(data.values()):
            return data
        if self.keep_rest:
            data = completions.with_the_rest_kept(data)
        if not data.get("who"):
            self.add_error("who", "Who is it?")
        if not data.get("verdict"):
            self.add_error("verdict", "Kept or removed?")
        if data.get("verdict") == "removed" and not data.get("why"):
            self.add_error("why", "Why?")
        return data


def rows_formset(rows=(), data=None, *, keep_rest=False):
    """The lines of an access review, with three empty ones below them; with `keep_rest` unmarked ones count as kept."""
    extra = max(0, min(3, completions.MOST_ROWS - len(rows)))
    factory = forms.formset_factory(
        RowForm, extra=extra, max_num=completions.MOST_ROWS, absolute_max=completions.MOST_ROWS
    )
    return factory(data, prefix="rows", initial=list(rows), form_kwargs={"keep_rest": keep_rest})


class ListForm(forms.Form):
    """A list of who has access, from elsewhere."""

    access_list = forms.FileField(
        label="A list from elsewhere",
        allow_empty_file=True,
        help_text="CSV, or one person a line. It replaces the lines below; nothing is recorded yet.",
        error_messages={"required": "Choose a file first."},
    )
