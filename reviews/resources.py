"""What may a spreadsheet of a review contain? Its columns, how a cell is shown, and what the cover says."""

from collections import Counter
from datetime import date
from types import SimpleNamespace

from django.utils import timezone
from import_export import fields, resources, widgets

from accounts import site
from accounts.choices import STAKEHOLDERS
from evidence.validity import in_words
from reviews import ownership, sheet_rows
from reviews.choices import Finding, State, Status
from reviews.permissions import can_lead
from reviews.sheet_columns import COLUMNS

THE_WAY_BACK = (
    f"Change what you like in {', '.join(column.heading for column in COLUMNS if column.taken)}, and bring the sheet in "
    "again on the review's page: what differs is shown before anything is taken. Leave the hidden columns Id and Version "
    "as they are; by them the rows are found again, and what somebody changed here meanwhile is noticed. “Complete” "
    "confirms nothing: it becomes a claim that awaits a sign-off."
)
LOOKS = {
    "item": {"width": 60},
    "stakeholder": {"width": 26, "choices": tuple(role.label for role in STAKEHOLDERS)},
    "wanted": {"width": 34},
    "status": {"width": 18, "choices": tuple(Status.labels)},
    "links": {"width": 40, "link": True},
    "notes": {"width": 50},
    "number": {"width": 9},
    "category": {"width": 20},
    "position": {"width": 9},
    "due_on": {"width": 12},
    "finding": {"width": 20, "choices": tuple(Finding.labels)},
    "reason": {"width": 40},
    "asked": {"width": 40},
    "asked_of": {"width": 22},
    "answered_by": {"width": 18},
    "citations": {"width": 44},
    "standing": {"width": 20},
    "signed_by": {"width": 24},
    "signed_on": {"width": 12},
    "id": {"width": 24, "hidden": True},
    "version": {"width": 24, "hidden": True},
}


class Day(widgets.Widget):
    """A day as such, so that it can be sorted by and chosen in a calendar."""

    def render(self, value, obj=None, **kwargs):
        return date.fromisoformat(value) if value else None


class Number(widgets.Widget):
    def render(self, value, obj=None, **kwargs):
        return int(value)


WIDGETS = {"due_on": Day, "signed_on": Day, "number": Number, "position": Number}


class ItemResource(resources.Resource):
    """The items of one review, for somebody: a resource is made for one export."""

    sheet = "Items"

    def __init__(self, review, *, user):
        super().__init__()
        self.review, self.user = review, user
        for column in COLUMNS:
            widget = WIDGETS.get(column.name, widgets.Widget)()
            self.fields[column.name] = fields.Field(f"cells__{column.name}", column.heading, widget)

    def before_export(self, queryset, **kwargs):
        said = sheet_rows.said(queryset, user=self.user)
        for item in queryset:
            item.cells = SimpleNamespace(**said[item.pk])

    def after_export(self, queryset, dataset, **kwargs):
        # Not on the statement: LibreOffice does not wrap a text that is a link.
        self.links = {(row, "number"): site.link(item.get_absolute_url()) for row, item in enumerate(queryset)}
        self.looks = LOOKS | {"owner": {"width": 26, "choices": self._owners(queryset)}}
        self.standings = Counter(item.cells.standing for item in queryset)

    def _owners(self, items):
        """The addresses of whom it is handed to, and for whoever may hand it over of whom they may choose."""
        found = {item.cells.owner for item in items}
        if can_lead(self.user, self.review):
            found.update(ownership.stakeholders(self.review).values_list("email", flat=True))
        return tuple(sorted(found - {""}))

    def about(self):
        review = self.review
        states = [label for label in State.labels if self.standings[label]]
        return [
            (
                "Review",
                f"{review.title}, {review.get_kind_display().lower()}, opened {in_words(timezone.localdate(review.opened_at))}",
            ),
            ("Of", f"{review.deployment.name} of {review.vendor.name}"),
            ("Checklist", str(review.checklist)),
            ("Address", site.link(review.get_absolute_url())),
            ("Standing", ", ".join(f"{label}: {self.standings[label]}" for label in states) or "No rows"),
            ("The way back", THE_WAY_BACK),
        ]
