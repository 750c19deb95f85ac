"""What may a person say about a vendor's questionnaire?"""

from django import forms

from evidence.choices import Kind
from evidence.models import Evidence
from evidence.uploads import megabytes
from reviews import sheets
from reviews.questionnaires import mapping


def _titles(review):
    """`(slug, title)` of every mapping for the review's checklist."""
    fitting = sorted(mapping.fitting(review.checklist).values(), key=lambda each: each.title)
    return [(each.slug, _title(each)) for each in fitting]


def _title(each):
    return f"{each.title} (versions {', '.join(each.versions)})" if each.versions else each.title


class QuestionnaireForm(forms.Form):
    file = forms.FileField(
        label="The questionnaire as the vendor filled it in",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.ods,.csv"}),
        help_text=f"XLSX, ODS or CSV, up to {megabytes(sheets.limits.BYTES)}. It goes to the vendor's evidence library as confidential.",
        error_messages={"required": "Choose the file first."},
    )
    newer_version_of = forms.ModelChoiceField(
        Evidence.objects.none(),
        label="A newer version of",
        required=False,
        empty_label="None: a document of its own",
        help_text="Sign-offs that cite the version before lapse, as with every newer version.",
    )
    mapping = forms.ChoiceField(label="Which questionnaire it is", required=False)

    def __init__(self, *args, review, **kwargs):
        super().__init__(*args, **kwargs)
        there = review.vendor.evidence.filter(kind=Kind.QUESTIONNAIRE, withdrawn_at=None)
        self.fields["newer_version_of"].queryset = there
        if not there.exists():
            del self.fields["newer_version_of"]
        self.fields["mapping"].choices = [("", "Find out from the file"), *_titles(review)]

    @property
    def values(self):
        data = self.cleaned_data
        return {"newer_version_of": data.get("newer_version_of"), "slug": data["mapping"]}


class MappingForm(forms.Form):
    mapping = forms.ChoiceField(label="Read it as")
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**6)

    def __init__(self, *args, source, **kwargs):
        super().__init__(*args, initial={"mapping": source.mapping, "version": source.version}, **kwargs)
        self.fields["mapping"].choices = _titles(source.review)
