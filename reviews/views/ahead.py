"""What does the browser get of the look ahead?"""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reviews import lookahead
from reviews.models import Review
from vendors.models import Vendor

PER_PAGE = 20


@require_safe
def ahead(request):
    """Which sign-offs lapse soon in the reviews one may see; with `?vendor=`, in those of one vendor."""
    reviews = Review.objects.visible_to(request.user)
    vendor = request.GET.get("vendor", "").replace("\x00", "")[:120]
    if vendor:
        reviews = reviews.filter(deployment__vendor__slug=vendor)
    found = lookahead.outlooks(reviews)
    page = Paginator([each for each in found if each.steps], PER_PAGE).get_page(request.GET.get("page"))
    causes = lookahead.by_evidence(page.object_list)
    context = {
        "page": page,
        "rows": [(each, [(step, causes[each.review.pk, step.day]) for step in each.steps]) for each in page],
        "quiet": [each for each in found if not each.steps],
        "vendors": Vendor.objects.visible_to(request.user).order_by("name"),
        "vendor": vendor,
        "days": lookahead.DAYS,
    }
    return render(request, "reviews/ahead.html", context)
