"""Which evidence does a list show, and how does each row stand? Filters come from the address."""

from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.utils import timezone

from evidence import timeline, validity
from evidence.choices import Confidentiality, Kind
from evidence.forms import FilterForm

PER_PAGE = 25
SHOWN = {"": "In use", "expiring": "Expiring", "expired": "Expired", "withdrawn": "Withdrawn"}


class Chosen(NamedTuple):
    """What the filters leave: `found` by the form, and of those `listed` by the chip that is `shown`."""

    form: FilterForm
    wanted: dict[str, str]
    shown: str
    found: Any
    listed: Any

    @property
    def in_words(self):
        said = {
            "Shown": SHOWN[self.shown],
            "Kind": dict(Kind.choices).get(self.wanted["kind"]),
            "Confidentiality": dict(Confidentiality.choices).get(self.wanted["confidentiality"]),
            "Search": self.wanted["q"],
        }
        return "; ".join(f"{label}: {value}" for label, value in said.items() if value)


def chosen(rows, params):
    """The rows that a list shows for these parameters of its address."""
    form = FilterForm(params)
    form.is_valid()
    wanted = {field: form.cleaned_data.get(field, "") for field in ("q", "kind", "confidentiality")}
    shown = params.get("shown", "")
    shown = shown if shown in SHOWN else ""
    found = rows.matching(wanted["q"]).with_end()
    for field in ("kind", "confidentiality"):
        if wanted[field]:
            found = found.filter(**{field: wanted[field]})
    listed = found.filter(_conditions(timezone.localdate())[shown]).with_citation_count().order_by("title", "pk")
    return Chosen(form, wanted, shown, found, listed.select_related("vendor").with_current())


def context(rows, params):
    """What the list's template needs: a page of rows, the filter form, and chips with counts."""
    choice = chosen(rows, params)
    page = Paginator(choice.listed, PER_PAGE).get_page(params.get("page"))
    axis = timeline.Axis(timezone.localdate())
    for evidence in page:
        dress(evidence, axis)
    return {
        "page": page,
        "axis": axis,
        "filter": choice.form,
        "filtered": any(choice.wanted.values()),
        "shown": choice.shown,
        "chips": _chips(choice.found, _conditions(axis.today), params, choice.shown),
    }


def dress(evidence, axis):
    """Add what a row prints: how it stands and its bar on the time axis."""
    current = evidence.current
    evidence.state, evidence.state_label = validity.standing(evidence, current, axis.today)
    evidence.spans = timeline.spans(current, axis)
    evidence.dates_in_words = timeline.words(current)
    return evidence


def _conditions(today):
    in_use = Q(withdrawn_at=None)
    return {
        "": in_use,
        "expiring": in_use & Q(ends_on__range=(today, today + validity.EXPIRING)),
        "expired": in_use & Q(ends_on__lt=today),
        "withdrawn": Q(withdrawn_at__isnull=False),
    }


def _chips(rows, conditions, params, shown):
    """One chip for each name in SHOWN, with how many rows it would show and the address that shows them."""
    counts = rows.aggregate(
        **{f"n_{name}": Count("pk", filter=condition, distinct=True) for name, condition in conditions.items()}
    )
    return [
        {"label": label, "count": counts[f"n_{name}"], "active": name == shown, "url": _address(params, name)}
        for name, label in SHOWN.items()
    ]


def _address(params, shown):
    query = params.copy()
    for name in ("page", "shown"):
        query.pop(name, None)
    if shown:
        query["shown"] = shown
    return f"?{query.urlencode()}"
