"""What may a person ask of the audit log?"""

from datetime import date

from django import forms

from audit.models import Event

NEWEST_DAY = date(9999, 12, 30)


class FilterForm(forms.Form):
    words = forms.CharField(label="Words or request id", required=False, max_length=200)
    event_type = forms.ChoiceField(label="Event", required=False)
    actor = forms.CharField(label="Person", required=False, max_length=150)
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args, event_types=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["event_type"].choices = [
            ("", "All events"),
            *((name, Event(event_type=name).words) for name in event_types),
        ]
        self.fields["event_type"].error_messages["invalid_choice"] = "No event “%(value)s” is in the log you may see."
        for name in ("since", "until"):
            self.fields[name].error_messages["invalid"] = "This is not a day: write it as 2026-11-21."

    def clean_until(self):
        until = self.cleaned_data["until"]
        if until and until > NEWEST_DAY:
            raise forms.ValidationError("This day lies too far ahead.")
        return until

    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("since", "The first day lies after the last one: swap them.")


class PlaceForm(forms.Form):
    """Where in the log the page starts: below or above this event's number."""

    older_than = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    newer_than = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
