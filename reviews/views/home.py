"""What does a person see first, and what do they find by searching?"""

from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from evidence.models import Evidence
from reviews import mywork, tour
from reviews.dashboard import overview
from reviews.models import Item, Review
from reviews.policy import policy_signatures
from reviews.recurring import recurring_work
from reviews.twin import arrivals
from reviews.weekly import actions
from vendors.models import Vendor

FOUND_AT_MOST = 20


@require_safe
def home(request):
    if request.GET.get("show") in mywork.TITLES:
        section, page = mywork.section(request.user, request.GET["show"], request.GET.get("page"))
        return render(request, "reviews/home.html", {"sections": [section], "page": page, "alone": section.title})
    context = {
        "sections": mywork.sections(request.user),
        "conditions": mywork.conditions(request.user),
        "owners_left": mywork.owners_left(request.user),
        "actions": actions.mine(request.user),
        "dates": recurring_work.dates(request.user),
        "proposals": recurring_work.proposals(request.user),
        "policies": policy_signatures.waiting(request.user),
        "arrivals": arrivals.waiting(request.user),
        "tour": tour.step_for(request.user, request.GET.get("tour")),
        "overview": overview.summary(Review.objects.visible_to(request.user)),
    }
    return render(request, "reviews/home.html", context)


@require_safe
def search(request):
    """Items, evidence, vendors and reviews by words, and items by their number. Foreign ones are never counted."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    found = _found(request.user, words) if words else {}
    items = found.get("items", [])
    if words.isdecimal() and len(items) == 1:
        return redirect(items[0])
    sections = [(name.capitalize(), rows) for name, rows in found.items()]
    context = {"words": words, "sections": sections, "nothing": not any(found.values()), "at_most": FOUND_AT_MOST}
    return render(request, "reviews/search.html", context)


def _found(user, words):
    items = Item.objects.visible_to(user).matching(words).with_owner().select_related("review__deployment__vendor")
    return {
        "items": list(items.order_by("-review__opened_at", "statement__number")[:FOUND_AT_MOST]),
        "reviews": list(Review.objects.visible_to(user).matching(words).with_context()[:FOUND_AT_MOST]),
        "evidence": list(Evidence.objects.visible_to(user).matching(words).select_related("vendor")[:FOUND_AT_MOST]),
        "vendors": list(Vendor.objects.visible_to(user).matching(words)[:FOUND_AT_MOST]),
    }
