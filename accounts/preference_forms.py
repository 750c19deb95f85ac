"""What may be typed about when mail is sent: by administrators for everybody, by everybody for themselves?"""

import difflib
from functools import cache
from zoneinfo import available_timezones

from django import forms

from accounts import chat_names, preferences, public_holidays
from accounts.models import OfficeHours, Preferences

HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]
# Names of the machine itself: they mean another zone on another machine.
OF_THE_MACHINE = {"localtime", "Factory", "posixrules"}


@cache
def zone_names():
    return sorted(available_timezones() - OF_THE_MACHINE)


class Holidays(forms.Form):
    """The fields about quiet days that both forms share."""

    quiet_weekdays = forms.TypedMultipleChoiceField(
        label="Quiet days",
        coerce=int,
        required=False,
        choices=list(enumerate(preferences.WEEKDAYS)),
        widget=forms.CheckboxSelectMultiple,
        help_text="On these days no mail is sent; what falls due is said on the next other day.",
    )
    country = forms.ChoiceField(label="Public holidays of", required=False)
    subdivision = forms.CharField(
        label="State or province",
        required=False,
        max_length=public_holidays.LONGEST_PART,
        help_text="Its short name, as ZH or BY, when it has holidays of its own.",
    )

    def clean_quiet_weekdays(self):
        quiet = sorted(self.cleaned_data["quiet_weekdays"])
        if len(quiet) == len(preferences.WEEKDAYS):
            raise forms.ValidationError("With seven quiet days no mail would ever be sent: leave at least one out.")
        return quiet

    def clean(self):
        values = super().clean()
        country, typed = values.get("country", ""), values.get("subdivision", "").strip()
        if not typed or "country" in self.errors:
            return values
        if not country:
            self.add_error("country", f"Choose the country that {typed} is a part of.")
            return values
        parts = {part.lower(): part for part in public_holidays.parts_of(country)}
        if typed.lower() in parts:
            values["subdivision"] = parts[typed.lower()]
        else:
            self.add_error("subdivision", _no_such_part(typed, country, list(parts.values())))
        return values


def _no_such_part(typed, country, parts):
    name = public_holidays.name_of(country)
    if not parts:
        return f"No part of {name} with holidays of its own is known here: leave this empty."
    return f"“{typed}” is no part of {name} that is known here. Known are {', '.join(parts)}."


class OfficeHoursForm(Holidays, forms.ModelForm):
    class Meta:
        model = OfficeHours
        fields = ["send_hour", "quiet_weekdays", "country", "subdivision"]

    field_order = ["send_hour", "quiet_weekdays", "country", "subdivision"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["send_hour"] = forms.TypedChoiceField(
            label="Hour of sending",
            coerce=int,
            choices=HOURS,
            help_text="In each person's own time zone, unless they chose another hour.",
        )
        self.fields["country"].choices = [("", "No country: no holidays"), *public_holidays.countries()]
        self.order_fields(self.field_order)


class PreferencesForm(Holidays, forms.ModelForm):
    """What is left empty is as in the organisation. Which kinds can be muted, a higher app adds."""

    own_quiet_weekdays = forms.BooleanField(label="I choose my own quiet days", required=False)

    class Meta:
        model = Preferences
        fields = ["time_zone", "send_hour", "quiet_weekdays", "country", "subdivision", "chat_handle"]
        labels = {"chat_handle": "Your name in the chat"}

    field_order = ["time_zone", "send_hour", "own_quiet_weekdays", "quiet_weekdays", "country", "subdivision"]
    hide_optional = True

    def __init__(self, *args, organisation, zone, has_chat=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].widget = forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"})
        self.fields["time_zone"].help_text = f"As Europe/Zurich. Empty: as in the organisation, {zone}."
        self.fields["send_hour"] = forms.TypedChoiceField(
            label="Hour of sending",
            coerce=int,
            empty_value=None,
            required=False,
            choices=[("", f"As in the organisation: {organisation.send_hour:02}:00"), *HOURS],
        )
        quiet = preferences.quiet_in_words(organisation.quiet_weekdays)
        self.fields["own_quiet_weekdays"].help_text = f"Otherwise as in the organisation: {quiet}."
        self.fields["country"].choices = [("", _as_there(organisation)), *public_holidays.countries()]
        if not has_chat:
            del self.fields["chat_handle"]
        self.initial["own_quiet_weekdays"] = self.instance.quiet_weekdays is not None
        if self.instance.quiet_weekdays is None:
            self.initial["quiet_weekdays"] = organisation.quiet_weekdays
        self.order_fields(self.field_order)

    def clean_time_zone(self):
        typed = self.cleaned_data["time_zone"].strip()
        if not typed:
            return ""
        names = {name.lower(): name for name in zone_names()}
        if found := names.get(typed.lower()):
            return found
        near = difflib.get_close_matches(typed.lower(), names, n=1)
        hint = f" Did you mean {names[near[0]]}?" if near else " Write it as Europe/Zurich."
        raise forms.ValidationError(f"“{typed}” is no time zone that exists.{hint}")

    def clean_chat_handle(self):
        typed = self.cleaned_data["chat_handle"]
        if typed and not chat_names.is_plain(typed):
            raise forms.ValidationError(chat_names.WORDS)
        return typed

    def clean(self):
        values = super().clean()
        if not values.pop("own_quiet_weekdays", False) and "quiet_weekdays" not in self.errors:
            values["quiet_weekdays"] = None
        return values


def _as_there(organisation):
    if not organisation.country:
        return "As in the organisation: no holidays"
    part = f", {organisation.subdivision}" if organisation.subdivision else ""
    return f"As in the organisation: {public_holidays.name_of(organisation.country)}{part}"
