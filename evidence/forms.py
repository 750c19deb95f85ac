"""What may a person type about evidence?"""

from django import forms

from evidence import content_types, validity
from evidence.choices import Confidentiality, Kind
from evidence.models import Evidence, Version

CHOOSE = [("", "Choose…")]


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files. What each one is, is judged one by one by `library.add_file`, so one refusal stops no other."""

    widget = FilesInput(attrs={"accept": content_types.ENDINGS})

    def clean(self, data, initial=None):
        if not data:
            raise forms.ValidationError("Choose at least one file, or drop it on the page.")
        return data


class DatesForm(forms.Form):
    issued_on = forms.DateField(label="Issued on", required=False)
    period_start = forms.DateField(label="Period covered from", required=False)
    period_end = forms.DateField(label="Period covered until", required=False)
    valid_until = forms.DateField(label="Valid until", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in validity.DATES:
            self.fields[field].widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
            self.fields[field].error_messages["invalid"] = "That is no day of the calendar: write it as 2026-06-30."

    def clean(self):
        cleaned = super().clean()
        for field, sentence in validity.problems(**self.dates(cleaned)).items():
            if field not in self.errors:
                self.add_error(field, sentence)
        return cleaned

    def dates(self, cleaned=None):
        cleaned = self.cleaned_data if cleaned is None else cleaned
        return {field: cleaned.get(field) for field in validity.DATES}


class ClassForm(DatesForm):
    """What every new evidence says of itself."""

    kind = forms.ChoiceField(
        choices=CHOOSE + Kind.choices, error_messages={"required": "Choose what kind of document it is."}
    )
    confidentiality = forms.ChoiceField(choices=Confidentiality, initial=Confidentiality.CONFIDENTIAL)

    def said(self):
        """The fields as `library` takes them."""
        return {field: self.cleaned_data[field] for field in ("kind", "confidentiality")} | self.dates()


class UploadForm(ClassForm):
    files = FilesField(label="Files")

    field_order = ["files", "kind", "confidentiality", *validity.DATES]


class LinkForm(ClassForm):
    url = forms.CharField(
        label="Address",
        max_length=Version._meta.get_field("link").max_length,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    title = forms.CharField(
        max_length=Evidence._meta.get_field("title").max_length, help_text="What one finds there, in a few words."
    )

    field_order = ["url", "title", "kind", "confidentiality", *validity.DATES]


class CorrectForm(ClassForm):
    title = forms.CharField(max_length=Evidence._meta.get_field("title").max_length)

    field_order = ["title", "kind", "confidentiality", *validity.DATES]

    @classmethod
    def showing(cls, evidence):
        current = evidence.current
        return cls(
            initial={field: getattr(evidence, field) for field in ("title", "kind", "confidentiality")}
            | {field: getattr(current, field) for field in validity.DATES}
        )

    def said(self):
        return {"title": self.cleaned_data["title"], **super().said()}


class VersionForm(DatesForm):
    # An empty file is refused by `library` with its name, like every other file.
    upload = forms.FileField(
        label="File",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": content_types.ENDINGS}),
    )
    url = forms.CharField(
        label="Or an address",
        required=False,
        max_length=Version._meta.get_field("link").max_length,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )

    field_order = ["upload", "url", *validity.DATES]

    def clean(self):
        cleaned = super().clean()
        if bool(cleaned.get("upload")) == bool(cleaned.get("url")) and not self.errors:
            raise forms.ValidationError("Choose a file or give an address, one of the two.")
        return cleaned


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="Why",
        max_length=Evidence._meta.get_field("withdrawn_reason").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Whoever cited it will ask.",
        error_messages={"required": "Say why it is withdrawn: whoever cited it will ask."},
    )


class FilterForm(forms.Form):
    """Filters live in the address; a value that does not exist filters nothing."""

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Search titles and file names"}),
    )
    kind = forms.ChoiceField(choices=[("", "Every kind"), *Kind.choices], required=False)
    confidentiality = forms.ChoiceField(
        choices=[("", "Every confidentiality"), *Confidentiality.choices], required=False
    )
