"""What may a person type about calendar addresses and meetings?"""

from django import forms


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
