"""What does the browser get of decisions: the page to decide on, the act, the conditions?"""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import absences, grants
from accounts.choices import Access, Role
from accounts.permissions import Refused, ask
from reviews import decisions, deputies, gate
from reviews.forms import DecisionForm, RemarkForm, condition_formset
from reviews.models import Condition
from reviews.permissions import can_decide
from reviews.views.find import review_alone, review_of
from reviews.views.item import needs_password, reauthenticate


@require_http_methods(["GET", "POST"])
def review_decision(request, slug):
    """Everybody in the review reads the page; the CISO decides on it (rule 13)."""
    if request.method == "POST":
        return _decide(request, review_of(request, slug))
    return _page(request, review_alone(request, slug))


def _page(request, review, status=200, form=None, conditions=None):
    assessed = gate.assess(review, gate.items_in_force(review))
    past = list(review.decisions.prefetch_related("conditions__owner", "conditions__met_by").order_by("-pk"))
    latest = past[0] if past else None
    verdict = (
        decisions.replaced(review)
        or can_decide(request.user, review).reason
        or decisions.same_hand(request.user, assessed)
    )
    context = {
        "review": review,
        "gate": assessed,
        "decisions": past,
        "approval": gate.approval(assessed, latest, review.replaced_by),
        "latest": latest,
        "decide_reason": verdict,
        "in_place_of": deputies.absence_behind(request.user, review.holders.get(Role.CISO)),
        "owners_answered_for": _answered_for(request.user, review),
        "possible": decisions.possible(assessed),
        "shown": decisions.shown(assessed, to=request.user),
        "form": form or DecisionForm(needs_password=needs_password(request)),
        "conditions": conditions or condition_formset(review),
        "contacts": gate.escalation_contacts(review),
    }
    return render(request, "reviews/decision.html", context, status=status)


def _answered_for(user, review):
    """Ids of the people whose conditions this person may mark as met: their own, and those they act for today."""
    if Access.SIGN not in grants.on(user, review.deployment.vendor_id):
        return {user.pk}
    return {user.pk, *(absence.person_id for absence in absences.acting_for(user))}


def _decide(request, review):
    ask(can_decide(request.user, review))
    form = DecisionForm(request.POST, needs_password=needs_password(request))
    conditions = condition_formset(review, request.POST)
    if not (form.is_valid() and conditions.is_valid()):
        return _page(request, review, 422, form, conditions)
    written = [each for each in conditions.cleaned_data if each]
    try:
        reauthenticate(request, form)
        decision = decisions.decide(
            review,
            by=request.user,
            outcome=form.cleaned_data["outcome"],
            reason=form.cleaned_data["reason"],
            shown=form.cleaned_data["shown"],
            conditions=[(each["text"], each["owner"], each["due_on"]) for each in written],
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, review, 422, form, conditions)
    messages.success(request, f"Decided and signed: {decision.get_outcome_display()}.")
    return redirect("reviews:decision", review.slug)


@require_POST
def condition_meet(request, slug, pk):
    review = review_of(request, slug)
    condition = get_object_or_404(Condition.objects.filter(decision__review=review), pk=pk)
    form = RemarkForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing changed. {form.errors['remark'][0]}")
        return redirect("reviews:decision", review.slug)
    try:
        decisions.meet(condition, by=request.user, note=form.cleaned_data["remark"])
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The condition is met.")
    return redirect("reviews:decision", review.slug)
