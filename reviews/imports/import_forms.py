"""What may a person type or choose to bring a spreadsheet in?"""

from django import forms
from django.http import QueryDict

from accounts.choices import STAKEHOLDER_CHOICES
from accounts.models import User
from evidence.uploads import limit_in_words

LONGEST_ID = 18  # digits
ACCEPTED = ".xlsx,.csv,.tsv,.ods"


class BringForm(forms.Form):
    """A file or a pasted table: one of the two."""

    file = forms.FileField(
        label="Spreadsheet",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    text = forms.CharField(
        label="Table",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto", "spellcheck": "false"}),
    )

    hide_optional = True

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if upload and getattr(upload, "too_large", False):
            raise forms.ValidationError(f"“{upload.name}” is too large: a file may have up to {limit_in_words()}.")
        return upload

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        has_file, has_text = bool(cleaned["file"]), bool(cleaned["text"].strip())
        if has_file and has_text:
            raise forms.ValidationError(
                "There is a file and a pasted table, and they may say different things. Empty the box, or choose the file no more."
            )
        if not has_file and not has_text:
            raise forms.ValidationError("Choose a file or paste a table first.")
        return cleaned


class InviteForm(forms.Form):
    """Whom a name in a sheet means, when they have no account yet."""

    name = forms.CharField(max_length=200, widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    full_name = forms.CharField(label="Name", max_length=User._meta.get_field("name").max_length)
    email = forms.EmailField(label="E-mail address", max_length=User._meta.get_field("email").max_length)
    role = forms.ChoiceField(choices=STAKEHOLDER_CHOICES)


class ChoicesForm(forms.Form):
    """Which rows and cells of one page of a preview are ticked; those of other pages stay as they are."""

    version = forms.IntegerField()
    every = forms.ChoiceField(choices=[("on", "Tick all"), ("off", "Untick all")], required=False)
    here = forms.CharField(required=False, max_length=100)

    def clean(self):
        cleaned = super().clean()
        shown, rows = (_ids(self.data.getlist(name)) for name in ("shown", "row"))
        pairs = (each.partition(":") for each in self.data.getlist("cell"))
        cells = {(pk, column) for text, _, column in pairs for pk in _ids([text])}
        return cleaned | {
            "outcome": QueryDict(cleaned.get("here", "")).get("show", ""),
            "shown": shown,
            "rows": rows & shown,
            "cells": {(pk, column) for pk, column in cells if pk in shown},
        }


def _ids(texts):
    return {int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID}
