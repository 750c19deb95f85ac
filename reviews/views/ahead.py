"""What does the browser get of the look ahead?"""

from datetime import date

from django import forms
from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit.forms import DayField
from reviews import lookahead
from reviews.models import Review
from vendors.models import Vendor

PER_PAGE = 20


class SpanForm(forms.Form):
    """The first and the last day of which something is to be shown."""

    since, until = DayField(), DayField()


@require_safe
def ahead(request):
    """Which sign-offs lapse soon in the reviews one may see: `?vendor=` of one vendor, `?since=&until=` between two days."""
    reviews = Review.objects.visible_to(request.user)
    vendor = request.GET.get("vendor", "").replace("\x00", "")[:120]
    if vendor:
        reviews = reviews.filter(deployment__vendor__slug=vendor)
    span = SpanForm(request.GET)
    first, last = (span.cleaned_data["since"], span.cleaned_data["until"]) if span.is_valid() else (None, None)
    found = lookahead.outlooks(reviews)
    shown = [(each, steps) for each in found if (steps := _between(each, first or date.min, last or date.max))]
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    causes = lookahead.by_evidence([each for each, _ in page.object_list])
    context = {
        "page": page,
        "rows": [(each, [(step, causes[each.review.pk, step.day]) for step in steps]) for each, steps in page],
        "quiet": [] if first or last else [each for each in found if not each.steps],
        "vendors": Vendor.objects.visible_to(request.user).order_by("name"),
        "vendor": vendor,
        "days": lookahead.DAYS,
        "first": first,
        "last": last,
    }
    return render(request, "reviews/ahead.html", context)


def _between(outlook, first, last):
    return [step for step in outlook.steps if first <= step.day <= last]
