"""What does the browser get of reviews: the list, opening one, the page of one, its people and bulk acts?"""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused, ask
from reviews import decisions, gate, item_filter, opening, ownership, progress, standing, warnings
from reviews.choices import State
from reviews.dashboard import overview
from reviews.forms import BulkForm, ItemFilterForm, OpenReviewForm, ReviewForm, RolesForm
from reviews.models import Checklist, Review
from reviews.permissions import can_contribute, can_lead, can_open
from reviews.policy import policies
from reviews.views.find import review_alone, review_of
from vendors.models import Deployment

PER_PAGE = 25
SORTS = {
    "opened": ("-opened_at", "-pk"),
    "deadline": ("due_on", "pk"),
    "vendor": ("deployment__vendor__name", "deployment__name", "-opened_at"),
    "lead": ("lead__name", "-opened_at"),
}


@require_safe
def reviews(request):
    words = request.GET.get("q", "").replace("\x00", "")[:200]
    sort = request.GET.get("sort") if request.GET.get("sort") in SORTS else "opened"
    recommendation = request.GET.get("gate", "")
    found = Review.objects.visible_to(request.user).matching(words).with_names().order_by(*SORTS[sort])
    if recommendation in gate.Recommendation.values:
        # The recommendation is computed, not stored (rule 8), so this filter counts in all of them.
        fitting = {pk for pk, each in overview.recommendations(found).items() if each == recommendation}
        found = found.filter(pk__in=fitting)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = overview.rows(list(page.object_list))
    return render(
        request,
        "reviews/reviews.html",
        {
            "page": page,
            "words": words,
            "sort": sort,
            "recommendation": recommendation,
            "recommendations": gate.Recommendation.choices,
            "no_opening": can_open(request.user).reason,
        },
    )


@require_http_methods(["GET", "POST"])
def review_new(request):
    ask(can_open(request.user))
    led = grants.vendor_ids_with(request.user, {Access.LEAD})
    deployments = Deployment.objects.filter(vendor__in=led).select_related("vendor").order_by("vendor__name", "name")
    people = grants.holders_on(led, Access.SIGN)
    initial = {"deployment": request.GET.get("deployment")}
    form = OpenReviewForm(request.POST or None, deployments=deployments, people=people, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            review = opening.open_review(data["deployment"], data["checklist"], by=request.user, **form.values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{review.title} is open, with {review.items.count()} items.")
            return redirect(review)
    has_checklist = Checklist.objects.exists()
    return render(request, "reviews/review_new.html", {"form": form, "has_checklist": has_checklist})


@require_safe
def review(request, slug):
    review = review_alone(request, slug, Review.objects.with_what_there_is())
    assessed = gate.assess(review, gate.items_in_force(review))
    filters = ItemFilterForm(request.GET)
    left = item_filter.left(assessed, filters, request.user)
    decision = decisions.last_decision(review) if review.has_decision else None
    may_lead = can_lead(request.user, review)
    return render(
        request,
        "reviews/review.html",
        {
            "review": review,
            "gate": assessed,
            "groups": progress.tiles(assessed),
            "categories": progress.by_category(assessed),
            "stakeholders": progress.by_stakeholder(assessed),
            "burn_up": progress.burn_up(assessed),
            "burn_up_data": progress.burn_up_data(assessed),
            "rows": progress.grouped(left),
            "download": _download(left, assessed),
            "filters": filters,
            "chips": _chips(request, assessed),
            "states": State.choices,
            "contradictions": warnings.contradictions(assessed.items),
            "policy": policies.in_force(review.vendor) if review.has_policy else None,
            "decision": decision,
            "approval": gate.approval(assessed, decision, review.replaced_by),
            "contacts": gate.escalation_contacts(review),
            "may_lead": may_lead,
            "suggestions": ownership.suggestions(item for item in assessed.items if item.review_id == review.pk),
            "may_reassess": may_lead and bool(decision) and not review.replaced_by,
            "rests": any(item.review_id != review.pk for item in assessed.items),
            "may_widen": may_lead and bool(review.again) and not decision,
            "who_left": _who_left(assessed) if may_lead and decision and not review.replaced_by else [],
            "no_contribution": can_contribute(request.user, review).reason,
            "bulk": BulkForm(review=review) if may_lead else None,
        },
    )


def _who_left(assessed):
    """People who can no longer sign in and still hold something in force."""
    holders = {item.owner or item.review.holders.get(item.role) for item in assessed.items} - {None}
    return sorted((person for person in holders if not person.is_active), key=lambda person: person.name)


def _download(left, assessed):
    some = f"these {len(left)} of {assessed.total}" if len(left) < assessed.total else f"all {assessed.total}"
    return f"Download {some} as"


def _chips(request, assessed):
    user = request.user
    late = sum(standing.is_late(item, assessed.today) for item in assessed.items)
    chips = [
        ("All", assessed.total, ""),
        ("Waiting for me", sum(item_filter.waits_for(item, user) for item in assessed.items), "show=mine"),
        ("Late", late, "show=late"),
        ("Cannot be confirmed", assessed.unconfirmed, "state=unconfirmed"),
        ("Lapsed", assessed.counts[State.LAPSED], "state=lapsed"),
        *_chips_again(assessed),
        ("No owner", sum(item.is_unowned for item in assessed.items), "show=unowned"),
    ]
    here = request.GET.urlencode()
    return [
        {"label": label, "count": count, "url": f"?{query}#items", "active": here == query}
        for label, count, query in chips
    ]


def _chips_again(assessed):
    if not assessed.review.again:
        return []
    own = sum(item.review_id == assessed.review.pk for item in assessed.items)
    return [
        ("Inherited", assessed.counts[State.INHERITED], "state=inherited"),
        ("Looked at again", own, "show=again"),
    ]


@require_http_methods(["GET", "POST"])
def review_edit(request, slug):
    review = review_of(request, slug)
    ask(can_lead(request.user, review))
    form = ReviewForm(request.POST or None, instance=review_of(request, slug))
    if request.method == "POST" and form.is_valid():
        try:
            opening.change_review(review, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect("reviews:review", slug)
    return render(request, "reviews/review_edit.html", {"review": review, "form": form})


@require_http_methods(["GET", "POST"])
def review_roles(request, slug):
    review = review_of(request, slug)
    ask(can_lead(request.user, review))
    form = RolesForm(request.POST or None, review=review)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            for role, person in form.cleaned_data.items():
                ownership.assign(review, role, to=person, by=request.user)
        messages.success(request, "The roles are assigned; their items went with them.")
        return redirect(review)
    return render(request, "reviews/review_roles.html", {"review": review, "form": form})


@require_POST
def review_bulk(request, slug):
    review = review_of(request, slug)
    ask(can_lead(request.user, review))
    form = BulkForm(request.POST, review=review)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, f"Nothing changed. {errors[0]}")
        return redirect(review)
    items = list(form.cleaned_data["items"])
    try:
        if form.cleaned_data["act"] == "due":
            changed = ownership.set_due(items, due_on=form.cleaned_data["due_on"], by=request.user)
        else:
            changed = ownership.hand_over(items, to=form.cleaned_data["owner"], by=request.user)
    except Refused as refusal:
        messages.error(request, f"Nothing changed. {refusal}")
    else:
        messages.success(request, f"{changed} of {len(items)} items changed.")
    return redirect(f"{review.get_absolute_url()}#items")


@require_POST
def review_accept_roles(request, slug):
    """Give every item without a role the one its checklist suggests (rule 1)."""
    review = review_of(request, slug)
    ask(can_contribute(request.user, review))
    accepted = ownership.accept_suggestions(review, by=request.user)
    messages.success(request, f"{accepted} items follow the checklist's suggestion now.")
    return redirect(review)
