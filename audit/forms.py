"""What may a person ask of the audit log?"""

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from audit.models import Event

# One day inside the calendar, so that these days have a first instant in every time zone.
OLDEST_DAY, NEWEST_DAY = date(1, 1, 2), date(9999, 12, 30)


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {"invalid": "This is not a day: write it as 2026-11-21."}
    default_validators = [
        MinValueValidator(OLDEST_DAY, "This day lies too far back."),
        MaxValueValidator(NEWEST_DAY, "This day lies too far ahead."),
    ]

    def __init__(self, **kwargs):
        super().__init__(required=False, **kwargs)


class FilterForm(forms.Form):
    words = forms.CharField(label="Words or request id", required=False, max_length=200)
    event_type = forms.ChoiceField(label="Event", required=False)
    actor = forms.CharField(label="Person", required=False, max_length=150)
    since = DayField(label="From")
    until = DayField(label="To")

    def __init__(self, *args, event_types=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["event_type"].choices = [
            ("", "All events"),
            *((name, Event(event_type=name).words) for name in event_types),
        ]
        self.fields["event_type"].error_messages["invalid_choice"] = "No event “%(value)s” is in the log you may see."

    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("since", "The first day lies after the last one: swap them.")

    @property
    def in_words(self):
        """What a valid form asks for, as it is written over what was found."""
        said = {name: value for name, value in self.cleaned_data.items() if value}
        if "event_type" in said:
            said["event_type"] = Event(event_type=said["event_type"]).words
        return "; ".join(f"{self.fields[name].label}: {value}" for name, value in said.items())


class PlaceForm(forms.Form):
    """Where in the log the page starts: below or above this event's number."""

    older_than = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    newer_than = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
