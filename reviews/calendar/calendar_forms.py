"""What may a person type about calendar addresses and meetings?"""

from django import forms

from reviews.forms import DAY
from reviews.recurring import meetings


class AddressForm(forms.Form):
    """The password, unless it was given just now: the address opens a year of dates to whoever has it."""

    password = forms.CharField(
        strip=False,
        label="Your password",
        error_messages={"required": "Type your password, so that nobody else makes an address in your name."},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args, needs_password, **kwargs):
        super().__init__(*args, **kwargs)
        if not needs_password:
            del self.fields["password"]


class MeetingForm(forms.Form):
    """When, how long, where and with whom. Which times there are is asked of `meetings`."""

    day = forms.DateField(widget=DAY)
    at = forms.TimeField(label="Time", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(
        label="Length in minutes", min_value=meetings.SHORTEST, max_value=meetings.LONGEST, initial=60
    )
    place = forms.CharField(
        label="Where", required=False, max_length=200, help_text="A room, or the address of a call."
    )
    invited = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose among the people with access to the vendor."},
    )

    def __init__(self, *args, guests, zone, **kwargs):
        super().__init__(*args, **kwargs)
        self.guests = {str(person.pk): person for person in guests}
        self.fields["invited"].choices = [
            (pk, f"{each.name} · {each.get_role_display()}") for pk, each in self.guests.items()
        ]
        self.fields["at"].help_text = f"Local time, {zone}."

    def clean_place(self):
        return " ".join(self.cleaned_data["place"].split())

    def clean_invited(self):
        return [self.guests[pk] for pk in self.cleaned_data["invited"]]
