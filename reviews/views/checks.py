"""What does the browser get of a review's checks: what fires and why, what was set aside, what is fine?"""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Refused, ask
from reviews import checks, dismissals
from reviews.models import Dismissal
from reviews.permissions import can_dismiss
from reviews.views.find import review_of

PER_PAGE = 50


class DismissForm(forms.Form):
    """Which check, on which facts, and why it is set aside."""

    key = forms.SlugField(max_length=40)
    subject = forms.CharField(max_length=80, required=False)
    fingerprint = forms.CharField(max_length=64)
    reason = forms.CharField(max_length=2000, error_messages={"required": "Say why this check is set aside."})


@require_safe
def review_checks(request, slug):
    return _page(request, review_of(request, slug))


def _page(request, review, status=200, typed=None):
    fired = checks.of(review)
    context = {
        "review": review,
        "asking": checks.asking(fired),
        "set_aside": [each for each in fired if each.dismissal],
        "fine": checks.fine(fired),
        "no_dismissal": can_dismiss(request.user, review).reason,
        "typed": typed or {},
    }
    return render(request, "reviews/checks.html", context, status=status)


@require_POST
def check_dismiss(request, slug):
    review = review_of(request, slug)
    ask(can_dismiss(request.user, review))
    form = DismissForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(next(iter(form.errors.values()))[0])
        dismissals.dismiss(review, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, review_of(request, slug), 422, typed=form.data.dict())
    messages.success(request, "Set aside. It asks again when its facts change.")
    return redirect("reviews:checks", slug)


@require_POST
def check_take_up(request, slug, pk):
    review = review_of(request, slug)
    row = get_object_or_404(Dismissal.objects.filter(review=review), pk=pk)
    try:
        dismissals.revoke(row, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Taken up again.")
    return redirect("reviews:checks", slug)


@require_safe
def dismissal_history(request, slug):
    review = review_of(request, slug)
    rows = review.dismissals.select_related("by", "revoked_by").order_by("-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.title = checks.title_of(row.check_key)
    return render(request, "reviews/dismissals.html", {"review": review, "page": page})
