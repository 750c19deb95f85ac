"""What may a person choose who brings a review from elsewhere?"""

from django import forms

from accounts import grants
from accounts.choices import Access
from vendors.models import Vendor


class ArrivalForm(forms.Form):
    vendor = forms.ModelChoiceField(
        Vendor.objects.none(),
        label="Vendor here",
        empty_label="Choose…",
        help_text="The review and its evidence will belong to it. You have to be its review lead.",
    )
    file = forms.FileField(
        label="The review's file",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".zip"}),
        help_text="The ZIP as it was made by the other installation. Nothing is moved before you have seen what is in it.",
        error_messages={"required": "Choose the file first."},
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        led = grants.vendor_ids_with(user, {Access.LEAD})
        self.fields["vendor"].queryset = Vendor.objects.filter(pk__in=led)
        if len(led) == 1:
            self.initial["vendor"] = led[0]
