"""What may a spreadsheet of the evidence register contain?"""

from django.utils import timezone
from import_export import fields, resources, widgets

from accounts import site
from evidence import validity
from evidence.choices import LISTED_BY_HASH


class EvidenceResource(resources.Resource):
    """One row for each evidence, read `with_current` and `with_citation_count`: what its newest version says."""

    title = fields.Field("title", "Evidence")
    vendor = fields.Field("vendor__name", "Vendor")
    kind = fields.Field("get_kind_display", "Kind")
    confidentiality = fields.Field("get_confidentiality_display", "Confidentiality")
    state = fields.Field(None, "State")
    valid_until = fields.Field("current__valid_until", "Valid until", widgets.DateWidget(coerce_to_string=False))
    issued_on = fields.Field("current__issued_on", "Issued on", widgets.DateWidget(coerce_to_string=False))
    period_start = fields.Field("current__period_start", "Covers from", widgets.DateWidget(coerce_to_string=False))
    period_end = fields.Field("current__period_end", "Covers until", widgets.DateWidget(coerce_to_string=False))
    cited = fields.Field("citation_count", "Cited", widgets.IntegerWidget(coerce_to_string=False))
    version = fields.Field("current__number", "Version", widgets.IntegerWidget(coerce_to_string=False))
    name = fields.Field("current__name", "File")
    link = fields.Field(None, "Link")
    size = fields.Field("current__size", "Bytes", widgets.IntegerWidget(coerce_to_string=False))
    uploaded_by = fields.Field("current__uploaded_by__name", "Uploaded by")
    uploaded_at = fields.Field("current__uploaded_at", "Uploaded at", widgets.DateTimeWidget(coerce_to_string=False))
    sha256 = fields.Field("current__sha256", "SHA-256")
    withdrawn_at = fields.Field("withdrawn_at", "Withdrawn at", widgets.DateTimeWidget(coerce_to_string=False))
    withdrawn_reason = fields.Field("withdrawn_reason", "Why withdrawn")
    page = fields.Field(None, "Page")

    sheet = "Evidence"
    looks = {
        "title": {"width": 40},
        "kind": {"width": 24},
        "name": {"width": 34},
        "link": {"width": 40, "link": True},
        "sha256": {"width": 30},
        "withdrawn_reason": {"width": 34},
        "page": {"width": 34, "link": True},
        **{
            name: {"width": 12}
            for name in ("valid_until", "issued_on", "period_start", "period_end", "cited", "version")
        },
    }

    def dehydrate_state(self, evidence):
        return validity.standing(evidence, evidence.current, timezone.localdate())[1]

    def dehydrate_link(self, evidence):
        """The page asks who is reading; a sheet that is sent around does not."""
        return "" if evidence.confidentiality in LISTED_BY_HASH else evidence.current.link

    def dehydrate_page(self, evidence):
        return site.link(evidence.get_absolute_url())
