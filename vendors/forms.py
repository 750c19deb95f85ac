"""What may a person type about a vendor?"""

from django import forms
from django.utils import timezone

from accounts.choices import Access
from accounts.forms import OneLineName, PersonField
from accounts.models import User
from vendors.choices import DataClass, Regime
from vendors.models import Contact, Deployment, Fact, Vendor


class WebAddress(forms.URLField):
    """An address of a web page; other schemes could do anything when clicked."""

    def __init__(self, **kwargs):
        super().__init__(required=False, assume_scheme="https", **kwargs)

    def validate(self, value):
        super().validate(value)
        if value and not value.lower().startswith(("https://", "http://")):
            raise forms.ValidationError("Only addresses that begin with https:// or http:// are accepted.")


class VendorForm(OneLineName, forms.ModelForm):
    website = WebAddress()
    trust_centre = WebAddress(
        label="Trust centre", help_text="Where the vendor publishes its certificates and reports."
    )

    class Meta:
        model = Vendor
        fields = ["name", "description", "website", "trust_centre"]
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}
        help_texts = {"description": "What the vendor does for us, in a sentence or two."}
        error_messages = {"name": {"unique": "This name is in use. Choose another, or ask for access to that vendor."}}


class DeploymentForm(OneLineName, forms.ModelForm):
    data_classes = forms.MultipleChoiceField(
        label="Data classes in scope",
        choices=DataClass,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Say which data may go through this deployment."},
    )
    regimes = forms.MultipleChoiceField(
        label="Regimes in scope",
        choices=Regime,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Statements about a regime that is not in scope are suggested as not applicable.",
    )

    class Meta:
        model = Deployment
        fields = ["name", "channel", "data_classes", "regimes", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def clean_name(self):
        name = super().clean_name()
        others = Deployment.objects.filter(vendor=self.instance.vendor, name=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError("This vendor has a deployment of this name: choose another.")
        return name


class ContactForm(OneLineName, forms.ModelForm):
    class Meta:
        model = Contact
        fields = ["name", "job_title", "email", "phone", "is_account_team"]
        help_texts = {"is_account_team": "Escalations go to the account team."}


class FactForm(forms.ModelForm):
    address = WebAddress(help_text="The page where it stands.")

    class Meta:
        model = Fact
        fields = ["text", "source", "address", "seen_on"]
        labels = {"text": "What the vendor says", "seen_on": "Seen on"}
        help_texts = {"source": "Who says so: the page or document by name."}
        widgets = {
            "text": forms.Textarea(attrs={"rows": 3}),
            "seen_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def clean_seen_on(self):
        seen_on = self.cleaned_data["seen_on"]
        if seen_on > timezone.localdate():
            raise forms.ValidationError("This day has not come yet: write the day you read it.")
        return seen_on


class GiveAccessForm(forms.Form):
    """For review leads, on the vendor's page. Oneself is not among the choices."""

    person = PersonField(queryset=None, empty_label="Choose a person")
    access = forms.ChoiceField(choices=Access)

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = User.objects.active().exclude(pk=by.pk)


class TakeAccessForm(GiveAccessForm):
    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, by=by, **kwargs)
        self.fields["person"].queryset = User.objects.exclude(pk=by.pk)
