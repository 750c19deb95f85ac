"""What does the browser get of reviews that follow each other: the chain, a difference, starting and widening one?"""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Refused, ask
from reviews import gate
from reviews.again import delta, differences, reassessments
from reviews.again.reassessment_forms import OccasionForm, ReassessmentForm, WidenForm
from reviews.choices import BY_REVIEW
from reviews.dashboard import overview
from reviews.models import Occurrence, Review
from reviews.permissions import can_lead
from reviews.views.find import review_alone, review_of


@require_safe
def review_chain(request, slug):
    review = review_alone(request, slug)
    reviews = list(Review.objects.visible_to(request.user).chain_of(review).with_names())
    planned = Occurrence.objects.visible_to(request.user).open().with_names().order_by("due_on", "pk")
    context = {
        "review": review,
        "rows": overview.rows(reviews),
        "planned": planned.filter(
            obligation__deployment=review.deployment, obligation__duty__in=BY_REVIEW, review=None
        )[:2],
        "may_reassess": can_lead(request.user, review),
        "obstacle": reassessments.obstacle(review),
    }
    return render(request, "reviews/chain.html", context)


@require_safe
def review_difference(request, slug):
    """Statement by statement against an earlier review of the chain: by default the one it looks again at."""
    review = review_alone(request, slug)
    chain = Review.objects.visible_to(request.user).chain_of(review).with_names()
    others = [other for other in chain if other.pk != review.pk]
    chosen = request.GET.get("from") or (review.again and review.again.previous.slug)
    earlier = next((other for other in (review, *others) if other.slug == chosen), None)
    if chosen and not earlier:
        raise Http404
    assessed = gate.assess(review, gate.items_in_force(review))
    rows = []
    if earlier:
        then, now = differences.picture(earlier), differences.picture(review, assessed)
        rows = differences.between(then, now, differences.texts(assessed))
    changed = [row for row in rows if row.changed]
    everything = request.GET.get("show") == "all"
    context = {
        "review": review,
        "earlier": earlier,
        "others": others,
        "rows": [*changed, *(row for row in rows if not row.changed)] if everything else changed,
        "changed": len(changed),
        "same": len(rows) - len(changed),
        "everything": everything,
        "decided": {each.pk for each in (review, earlier) if each and each.decisions.exists()},
    }
    return render(request, "reviews/difference.html", context)


@require_http_methods(["GET", "POST"])
def review_reassess(request, slug):
    """Have statements looked at again now, because something happened. For the review lead."""
    review = review_alone(request, slug)
    ask(can_lead(request.user, review))
    items = gate.assess(review, gate.items_in_force(review)).items
    suggesting = "suggest" in request.POST
    occasion = OccasionForm(request.POST if suggesting else request.GET or None, items=items)
    happened = occasion.cleaned_data if occasion.is_valid() else {}
    suggested = delta.suggested(
        items, happened.get("trigger"), evidence=happened.get("evidence"), person=happened.get("person")
    )
    initial = {
        "trigger": happened.get("trigger"),
        "why": request.POST.get("why", ""),
        "numbers": [*suggested, *request.POST.getlist("numbers")],
    }
    form = ReassessmentForm(None if suggesting else request.POST or None, items=items, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            opened = reassessments.trigger(review, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{opened.title} is open, with {opened.items.count()} statements to look at.")
            return redirect(opened)
    context = {
        "review": review,
        "form": form,
        "occasion": occasion,
        "suggested": suggested,
        "obstacle": reassessments.obstacle(review),
    }
    return render(request, "reviews/reassess.html", context, status=422 if form.errors else 200)


@require_POST
def review_widen(request, slug):
    """Take statements into the open re-assessment; when that is refused, a page with what was ticked and typed."""
    review = review_of(request, slug)
    ask(can_lead(request.user, review))
    items = review.again.rests_on.select_related("statement").order_by("statement__number") if review.again else []
    form = WidenForm(request.POST, items=items)
    if form.is_valid():
        try:
            taken = reassessments.widen(review, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, f"Nothing changed. {refusal}")
        else:
            numbers = ", ".join(str(item.number) for item in taken)
            messages.success(request, f"This re-assessment looks at statement {numbers} again, too.")
            return redirect(f"{review.get_absolute_url()}#items")
    return render(request, "reviews/widen.html", {"review": review, "form": form}, status=422)
