"""What may a person type about people and their access? And the fields that forms of other apps share."""

from django import forms

from accounts import grants
from accounts.choices import Access
from accounts.models import User

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class SearchForm(forms.Form):
    q = forms.CharField(label="Search", required=False, max_length=200)


class OneLineName:
    """Names head pages and events: one line, no invisible characters, any script."""

    def clean_name(self):
        name = " ".join(self.cleaned_data["name"].split())
        if not name.isprintable():
            raise forms.ValidationError("A name cannot hold invisible characters: type it again.")
        return name


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, person):
        return f"{person.name} · {person.get_role_display()}"


class PersonForm(OneLineName, forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "email", "role"]
        labels = {"email": "E-mail address"}
        help_texts = {
            "email": "The person signs in with it.",
            "role": "What the person is called here. What they may do about a vendor is their access to it.",
        }

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                "Another person signs in with this e-mail address: each address belongs to one person."
            )
        return email


class ProfileForm(OneLineName, forms.ModelForm):
    class Meta:
        model = User
        fields = ["name"]
        help_texts = {"name": "What you signed already keeps the name you had then."}


class DeactivateForm(forms.Form):
    reason = forms.CharField(label="Reason", required=False, max_length=300)


class PersonAccessForm(forms.Form):
    """For administrators: which vendor, which access."""

    vendor = forms.ModelChoiceField(queryset=None, empty_label="Choose a vendor")
    access = forms.ChoiceField(choices=Access)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["vendor"].queryset = grants.all_vendors()


class AbsenceForm(forms.Form):
    """Who acts, from which day to which. People choose among those they share a vendor with, administrators anybody."""

    deputy = PersonField(queryset=None, label="Who acts meanwhile", empty_label="Choose a person")
    starts_on = forms.DateField(label="First day", widget=DAY)
    ends_on = forms.DateField(label="Last day", widget=DAY)

    def __init__(self, *args, person, by, **kwargs):
        super().__init__(*args, **kwargs)
        anybody = User.objects.active().exclude(pk__in={person.pk, by.pk})
        self.fields["deputy"].queryset = anybody if by.is_administrator else grants.colleagues(by)
