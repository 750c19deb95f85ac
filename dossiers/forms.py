"""What may a person hand in about dossiers?"""

from django import forms
from django.core.exceptions import ValidationError


class VerifyForm(forms.Form):
    file = forms.FileField(
        label="The PDF in question",
        help_text="It is compared and not kept.",
        error_messages={"required": "Choose the file to compare.", "empty": "The file is empty: it has 0 bytes."},
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if getattr(file, "too_large", False):
            raise ValidationError("The file is larger than any dossier, so it is not one of ours.")
        return file
