"""What may be typed about reminders?"""

from django import forms

from accounts.preference_forms import PreferencesForm
from reviews.choices import About


class TellingForm(PreferencesForm):
    """How one person wants to be told, with the kinds of reminders there are."""

    muted = forms.MultipleChoiceField(
        label="Only in the app",
        choices=About,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="No mail is sent about these. They are still under Reminders.",
    )

    class Meta(PreferencesForm.Meta):
        fields = [*PreferencesForm.Meta.fields, "muted"]
