"""What may a person type into a review?"""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.choices import STAKEHOLDER_CHOICES, STAKEHOLDERS
from accounts.forms import PersonField
from evidence.choices import Confidentiality
from evidence.choices import Kind as EvidenceKind
from evidence.forms import DatesForm
from evidence.models import Evidence
from reviews import opening, ownership
from reviews.choices import Finding, Outcome
from reviews.models import TEXT_LIMIT, Citation, Comment, Condition, Item, Review
from vendors.models import Deployment

LONGEST_ID = 18  # digits; nineteen may be more than a database's integer holds
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def share_choices(fields):
    """Have these selects of the same people read them once, not each for itself."""
    choices = next((list(field.choices) for field in fields), [])
    for field in fields:
        field.choices = choices


class DeploymentField(forms.ModelChoiceField):
    def label_from_instance(self, deployment):
        return f"{deployment.vendor.name} · {deployment.name} ({deployment.get_channel_display()})"


class TitleOnOneLine:
    """A browser's field of one line sends none of the line ends that a forged request can hold."""

    def clean_title(self):
        return " ".join(self.cleaned_data["title"].split())


class OpenReviewForm(TitleOnOneLine, forms.ModelForm):
    """Everything needed to open a review, in one form; the roles may be left for later."""

    deployment = DeploymentField(queryset=Deployment.objects.none(), empty_label="Choose how the vendor is used")

    class Meta:
        model = Review
        fields = ["deployment", "checklist", "title", "due_on"]
        widgets = {"due_on": DAY}
        help_texts = {
            "title": "Left empty: “Initial review” and the year.",
            "due_on": "Left empty: three weeks from today, as the checklist says.",
        }

    def __init__(self, *args, deployments, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["deployment"].queryset = deployments
        checklists = [(c.pk, str(c)) for c in opening.latest_checklists()]
        self.fields["checklist"].choices = checklists
        self.fields["checklist"].initial = checklists[0][0] if checklists else None
        self.fields["title"].required = False
        self.fields["due_on"].required = False
        for role in STAKEHOLDERS:
            self.fields[role.value] = PersonField(
                queryset=people, required=False, label=role.label, empty_label="Nobody yet"
            )
        share_choices([self.fields[role.value] for role in STAKEHOLDERS])

    def clean_due_on(self):
        due_on = self.cleaned_data["due_on"]
        if due_on and due_on < timezone.localdate():
            raise ValidationError("The deadline cannot be in the past.")
        return due_on

    def role_fields(self):
        return [self[role.value] for role in STAKEHOLDERS]

    def holders(self):
        chosen = {role: self.cleaned_data[role.value] for role in STAKEHOLDERS}
        return {role: person for role, person in chosen.items() if person}

    @property
    def values(self):
        data = self.cleaned_data
        return {name: data[name] for name in ("title", "due_on")} | {"holders": self.holders()}


class ReviewForm(TitleOnOneLine, forms.ModelForm):
    lead = PersonField(queryset=None)

    class Meta:
        model = Review
        fields = ["title", "lead", "due_on"]
        widgets = {"due_on": DAY}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lead"].queryset = opening.possible_leads(self.instance.vendor)


class RolesForm(forms.Form):
    """Who holds each of the five roles in this review."""

    def __init__(self, *args, review, **kwargs):
        super().__init__(*args, **kwargs)
        holders = review.holders
        people = ownership.stakeholders(review)
        for role in STAKEHOLDERS:
            self.fields[role.value] = PersonField(
                queryset=people,
                required=False,
                label=role.label,
                empty_label="Nobody",
                initial=holders.get(role),
            )
        share_choices(list(self.fields.values()))


class FindingForm(forms.ModelForm):
    """Finding and notes of an item, with the version they were read at."""

    hide_optional = True  # What is needed depends on the rest.

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Item
        fields = ["finding", "reason", "asked", "asked_of", "notes", "version"]
        widgets = {
            "finding": forms.RadioSelect,
            "reason": forms.Textarea(attrs={"rows": 3}),
            "asked": forms.Textarea(attrs={"rows": 2}),
            "notes": forms.Textarea(attrs={"rows": 5}),
        }
        labels = {"reason": "Reason or justification", "asked_of": "Asked of whom"}
        help_texts = {
            "reason": "Needed for “cannot be confirmed” and “not applicable”.",
            "asked": "For the vendor's answers that cannot be confirmed: what did we ask?",
            "notes": f"What was found, for the signer and the dossier. Up to {TEXT_LIMIT:,} characters.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["finding"].choices = [("", "Not decided yet"), *Finding.choices]
        self.fields["finding"].required = False

    @property
    def values(self):
        return {name: self.cleaned_data[name] for name in ("finding", "reason", "asked", "asked_of", "notes")}


class CiteForm(DatesForm, forms.ModelForm):
    """Point at evidence in the library, or bring a new file to it and point at that."""

    upload = forms.FileField(label="or a new file", required=False)
    kind = forms.ChoiceField(
        choices=EvidenceKind, required=False, initial=EvidenceKind.OTHER, label="Kind of the new file"
    )
    confidentiality = forms.ChoiceField(choices=Confidentiality, required=False, initial=Confidentiality.CONFIDENTIAL)

    class Meta:
        model = Citation
        fields = ["evidence", "locator", "quote"]
        widgets = {"quote": forms.Textarea(attrs={"rows": 2})}
        labels = {"evidence": "Evidence in the library", "locator": "Where in it", "quote": "Quotation"}
        help_texts = {"locator": "Page, section or control: “p. 41, CC6.1”."}

    def __init__(self, *args, item, **kwargs):
        super().__init__(*args, **kwargs)
        library = Evidence.objects.filter(vendor_id=item.review.deployment.vendor_id).in_use()
        self.fields["evidence"].queryset = library
        self.fields["evidence"].required = False
        self.fields["evidence"].empty_label = "Choose…"
        proofs = [proof["kind"] for proof in item.statement.proofs]
        if proofs:
            self.fields["kind"].initial = proofs[0]

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        if bool(data.get("evidence")) == bool(data.get("upload")):
            raise ValidationError("Choose an evidence from the library, or a new file: one of the two.")
        return data

    @property
    def file_values(self):
        return self.dates() | {
            "kind": self.cleaned_data["kind"] or EvidenceKind.OTHER,
            "confidentiality": self.cleaned_data["confidentiality"] or Confidentiality.CONFIDENTIAL,
        }


class CommentForm(forms.ModelForm):
    class Meta:
        model = Comment
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 2})}
        labels = {"text": "Comment"}


class RemarkForm(forms.Form):
    """The words that go with returning, withdrawing or reopening."""

    remark = forms.CharField(max_length=TEXT_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class SignForm(forms.Form):
    """A signature: the sealed copy of what was shown, and the password unless it was given just now."""

    hide_optional = True  # What is needed depends on the rest.

    shown = forms.CharField(
        widget=forms.HiddenInput,
        error_messages={"required": "The form did not say what it showed. Open the page again and sign from there."},
    )
    password = forms.CharField(
        strip=False,
        label="Your password, to sign",
        error_messages={"required": "Type your password, so that the signature is yours."},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args, needs_password, **kwargs):
        super().__init__(*args, **kwargs)
        if not needs_password:
            del self.fields["password"]


class OwnerForm(forms.Form):
    """Who owns the item: the holder of a role, or a person it is handed to; and until when."""

    role = forms.ChoiceField(choices=[("", "No role"), *STAKEHOLDER_CHOICES], required=False)
    owner = PersonField(queryset=None, required=False, label="Handed to", empty_label="The role's holder")
    due_on = forms.DateField(widget=DAY, label="Due")

    def __init__(self, *args, item, **kwargs):
        initial = {"role": item.role, "owner": item.owner, "due_on": item.due_on}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["owner"].queryset = ownership.stakeholders(item.review)
        if item.role:
            self.fields["role"].choices = STAKEHOLDER_CHOICES


class ItemsField(forms.ModelMultipleChoiceField):
    def clean(self, value):
        """Refuse what is longer than any id before the database is asked, which fails on numbers it cannot hold."""
        if too_long := [each for each in value or () if len(each) > LONGEST_ID]:
            raise ValidationError(self.error_messages["invalid_choice"], params={"value": too_long[0]})
        return super().clean(value)


class BulkForm(forms.Form):
    """Hand several items over, or move their due day."""

    items = ItemsField(queryset=None, error_messages={"required": "Tick the items this is for, then try again."})
    owner = PersonField(queryset=None, required=False, empty_label="The role's holder")
    due_on = forms.DateField(widget=DAY, required=False, label="Due")
    act = forms.ChoiceField(choices=[("owner", "Hand over"), ("due", "Move due day")])

    def __init__(self, *args, review, **kwargs):
        super().__init__(*args, auto_id="bulk_%s", **kwargs)
        self.fields["items"].queryset = review.items.all()
        self.fields["owner"].queryset = ownership.stakeholders(review)

    @property
    def owners(self):
        """The field's choices in one query; a template that walks them itself counts them first."""
        field = self.fields["owner"]
        return [("", field.empty_label), *((person.pk, field.label_from_instance(person)) for person in field.queryset)]

    def clean(self):
        data = super().clean()
        if data.get("act") == "due" and not data.get("due_on"):
            self.add_error("due_on", "Say which day the items are due.")
        return data


class DecisionForm(SignForm):
    outcome = forms.ChoiceField(choices=Outcome, widget=forms.RadioSelect, label="Decision")
    reason = forms.CharField(
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        label="Why",
        help_text="Printed in the dossier.",
    )


class ConditionForm(forms.ModelForm):
    class Meta:
        model = Condition
        fields = ["text", "owner", "due_on"]
        widgets = {"text": forms.Textarea(attrs={"rows": 2}), "due_on": DAY}
        labels = {"text": "Condition", "owner": "Owner", "due_on": "Until"}
        field_classes = {"owner": PersonField}


def condition_formset(review, data=None):
    """Up to five conditions; empty ones are left out."""
    factory = forms.formset_factory(ConditionForm, extra=5, max_num=5, absolute_max=5)
    formset = factory(data, prefix="conditions")
    people = ownership.stakeholders(review)
    for form in formset:
        form.fields["owner"].queryset = people
    share_choices([form.fields["owner"] for form in formset])
    return formset


class ItemFilterForm(forms.Form):
    """The filters of the review page; they live in the address."""

    q = forms.CharField(required=False, max_length=200)
    role = forms.ChoiceField(choices=[("", "Every stakeholder"), *STAKEHOLDER_CHOICES], required=False)
    state = forms.CharField(required=False, max_length=30)
    finding = forms.ChoiceField(choices=[("", "Every finding"), *Finding.choices], required=False)
    show = forms.ChoiceField(
        choices=[
            ("", "All"),
            ("mine", "Waiting for me"),
            ("late", "Late"),
            ("unowned", "No owner"),
            ("again", "Looked at again"),
        ],
        required=False,
    )
