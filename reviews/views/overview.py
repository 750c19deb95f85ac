"""What does the browser get of the overview over all reviews: the page, the rows behind its figures?"""

from datetime import timedelta

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from reviews import lookahead
from reviews.dashboard import glance, glance_rows
from reviews.gate import Recommendation
from reviews.models import Review
from vendors.models import Vendor

REVIEWS_PER_PAGE, ROWS_PER_PAGE = 25, 50
PEOPLE_SHOWN = 10


@require_safe
def overview(request):
    """Over everything the person may see; `?show=` lists the rows behind a figure."""
    filters = glance.Filters.of(request.GET)
    if request.GET.get("show") in glance_rows.TITLES:
        return _rows(request, filters, request.GET["show"])
    seen = glance.of(request.user, filters)
    page = Paginator(seen.outlooks, REVIEWS_PER_PAGE).get_page(request.GET.get("page"))
    forecasts = glance.forecasts(page.object_list)
    people = _people(seen)
    context = {
        "glance": seen,
        "page": page,
        "rows": [(each, glance.approval_of(each), forecasts[each.review.pk]) for each in page],
        "people": [(each, glance.is_overloaded(each)) for each in people],
        "people_more": len(seen.load) - len(people),
        "much": glance.MUCH,
        "much_late": glance.MUCH_LATE,
        "days": lookahead.DAYS,
        "trend_data": _trend(seen.points),
        "weeks_data": _weeks(seen.weeks),
        **_choices(request, filters),
    }
    return render(request, "reviews/overview.html", context)


def _people(seen):
    """Everybody who has too much, first; after them the most loaded, up to so many."""
    others = [each for each in seen.load if not glance.is_overloaded(each)]
    return [*seen.overloaded, *others[: max(0, PEOPLE_SHOWN - len(seen.overloaded))]]


def _rows(request, filters, show):
    today, holder = timezone.localdate(), request.GET.get("holder", "")
    _, outlooks = glance.chosen(request.user, filters, today)
    found = glance_rows.behind(show, [each.review.pk for each in outlooks], today, holder)
    page = Paginator(found, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    lines = glance_rows.lines(show, page.object_list)
    title = glance_rows.TITLES[show]
    if holder and lines:
        title = f"{title}: {lines[0].person}"
    context = {"page": page, "lines": lines, "title": title, **_choices(request, filters)}
    return render(request, "reviews/overview_rows.html", context)


def _choices(request, filters):
    """What the filters offer, from what the person may see."""
    vendors = list(Vendor.objects.visible_to(request.user).order_by("name"))
    leads = Review.objects.visible_to(request.user).order_by().values("lead")
    return {
        "filters": filters,
        "query": f"&{filters.query}" if filters.query else "",
        "vendors": vendors,
        "vendor": next((each for each in vendors if str(each.pk) == filters.vendor), None),
        "leads": User.objects.filter(pk__in=leads).order_by("name"),
        "recommendations": Recommendation.choices,
        "approval_choices": glance.APPROVALS.items(),
    }


def _trend(points):
    """For the chart: a value for every day from the first to today, where there is one."""
    known = {point.day: point for point in points}
    first, last = points[0].day, points[-1].day
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    values = [known.get(day) for day in days]
    return {
        "labels": [day.isoformat() for day in days],
        "series": [
            {
                "label": "Satisfied statements",
                "tone": "confirmed",
                "data": [each and each.satisfied for each in values],
            },
            {"label": "All statements", "tone": "idle", "data": [each and each.total for each in values]},
        ],
    }


def _weeks(weeks):
    return {
        "kind": "bar",
        "labels": [week.first.isoformat() for week in weeks],
        "series": [{"label": "Sign-offs that lapse", "tone": "lapsed", "data": [week.lapsing for week in weeks]}],
    }
