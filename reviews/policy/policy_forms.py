"""What may a person type into a data classification policy?"""

from django import forms

from reviews.forms import DAY
from reviews.policy.policies import LIMITS, PURPOSE_LIMIT
from reviews.recurring.time_forms import NO_DAY
from vendors.choices import Channel, DataClass

LABELS = {"meaning": "What belongs to it", "examples": "Examples", "controls": "Controls"}


class PolicyForm(forms.Form):
    """The purpose, the day it is looked at again, and four texts and the channels of each class of data."""

    hide_optional = True  # A draft may have gaps; what is submitted may not.

    purpose = forms.CharField(max_length=PURPOSE_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    valid_until = forms.DateField(
        widget=DAY, required=False, label="Looked at again by", error_messages={"invalid": NO_DAY}
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, policy, **kwargs):
        initial = {"purpose": policy.purpose, "valid_until": policy.valid_until, "version": policy.version}
        for level in policy.levels:
            initial |= {f"{level['data_class']}_{name}": level[name] for name in (*LIMITS, "channels")}
        super().__init__(*args, initial=initial, **kwargs)
        for data_class in DataClass.values:
            for name, limit in LIMITS.items():
                self.fields[f"{data_class}_{name}"] = forms.CharField(
                    max_length=limit, required=False, label=LABELS[name], widget=forms.Textarea(attrs={"rows": 3})
                )
            self.fields[f"{data_class}_channels"] = forms.MultipleChoiceField(
                choices=Channel, required=False, label="Allowed on", widget=forms.CheckboxSelectMultiple
            )

    def classes(self):
        """`[(class in words, its bound fields by name)]` in the order of the classes."""
        names = ("meaning", "examples", "controls", "channels")
        return [(each.label, {name: self[f"{each}_{name}"] for name in names}) for each in DataClass]

    @property
    def values(self):
        data = self.cleaned_data
        levels = [
            {"data_class": each, **{name: data[f"{each}_{name}"] for name in (*LIMITS, "channels")}}
            for each in DataClass.values
        ]
        return {"purpose": data["purpose"], "valid_until": data["valid_until"], "levels": levels}


class TakeBackForm(forms.Form):
    """Who submitted it need not say why."""

    reason = forms.CharField(max_length=2000, required=False)
