"""What may a person type about sources that contradict each other?"""

from django import forms
from django.utils import timezone

from evidence.models import Evidence
from evidence.validity import EARLIEST, in_words
from reviews.choices import SourceRank
from reviews.conflicts import Side
from reviews.forms import DAY, TitleOnOneLine
from reviews.models import TEXT_LIMIT, Conflict, ConflictSide

MOST = 6  # sources in one conflict


class ConflictForm(TitleOnOneLine, forms.ModelForm):
    """What the sources disagree about, with the version it was read at."""

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = Conflict
        fields = ["title", "version"]
        help_texts = {"title": "In a few words: “The lowest TLS version”."}


class SideForm(forms.ModelForm):
    hide_optional = True  # A row is left empty or filled in.

    class Meta:
        model = ConflictSide
        fields = ["rank", "source", "says", "where", "dated", "evidence"]
        widgets = {"says": forms.Textarea(attrs={"rows": 2}), "dated": DAY}
        labels = {"evidence": "In the library", "where": "Where in it"}

    def clean_dated(self):
        dated = self.cleaned_data["dated"]
        if dated and not EARLIEST <= dated <= timezone.localdate():
            raise forms.ValidationError(f"{in_words(dated)} cannot be the day it is dated.")
        return dated


def side_formset(item, data=None, sides=()):
    """Up to six sources; rows left empty are left out, those of `sides` among them."""
    factory = forms.formset_factory(SideForm, extra=1 if sides else 3, max_num=MOST, absolute_max=MOST)
    names = ("rank", "source", "says", "where", "dated", "evidence")
    initial = [] if data else [{name: getattr(side, name) for name in names} for side in sides]
    formset = factory(data, prefix="sides", initial=initial)
    library = Evidence.objects.filter(vendor_id=item.review.deployment.vendor_id).in_use()
    choices = [("", "Nothing"), *((row.pk, row.title) for row in library)]
    for form in formset:
        form.empty_permitted = True
        form.fields["evidence"].queryset = library
        form.fields["evidence"].choices = choices
        form.fields["rank"].choices = [("", "Choose…"), *SourceRank.choices]
    return formset


def sides_of(formset):
    """What was typed, as conflicts take it."""
    return [Side(**each) for each in formset.cleaned_data if each]


class ResolveForm(forms.Form):
    """Which source prevails, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    prevails = forms.IntegerField(
        max_value=10**15, error_messages={"required": "Choose which of the sources prevails."}
    )
    resolution = forms.CharField(
        max_length=TEXT_LIMIT,
        label="Why",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why this source prevails."},
    )
