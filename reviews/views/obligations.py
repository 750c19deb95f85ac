"""What does the browser get of what recurs: the list, one obligation, and every act on it?"""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused, ask
from reviews import events
from reviews.choices import PENDING
from reviews.models import Obligation
from reviews.permissions import can_plan
from reviews.recurring import obligations, plan
from reviews.recurring.time_forms import ObligationFilterForm, ObligationForm, ReasonForm
from vendors.models import Vendor
from vendors.permissions import can_lead

PER_PAGE = 50
DATES_SHOWN = 24


@require_safe
def obligations_list(request):
    filters = ObligationFilterForm(request.GET)
    wanted = filters.wanted
    visible = Obligation.objects.visible_to(request.user)
    rows = filters.of(visible, timezone.localdate())
    proposed = visible.proposed().filter(**filters.about).with_names().order_by("vendor__name", "vendor_id", "pk")
    people = visible.order_by("owner__name", "owner_id").values_list("owner_id", "owner__name").distinct()
    led = set(grants.vendor_ids_with(request.user, {Access.LEAD}))
    vendors = list(Vendor.objects.visible_to(request.user))
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "proposals": proposed,
        "led": led,
        "vendors": vendors,
        "new_for": _only([vendor for vendor in vendors if vendor.pk in led], wanted.get("vendor")),
        "people": people,
        "states": ObligationFilterForm.STATES,
        "wanted": wanted,
        "filtered": any(wanted.values()),
    }
    return render(request, "reviews/obligations.html", context)


def _only(led, wanted):
    """The vendor a new obligation would be for when there is no question, or None."""
    return next((vendor for vendor in led if len(led) == 1 or vendor.pk == wanted), None)


@require_safe
def obligation_vendor(request):
    """Who may own it and how the vendor is used depend on the vendor, so that one is chosen first."""
    ask(can_plan(request.user))
    led = grants.vendor_ids_with(request.user, {Access.LEAD})
    return render(request, "reviews/obligation_vendor.html", {"vendors": Vendor.objects.filter(pk__in=led)})


@require_http_methods(["GET", "POST"])
def obligation_new(request, slug):
    vendor = get_object_or_404(Vendor.objects.visible_to(request.user), slug=slug)
    ask(can_lead(request.user, vendor.pk))
    form = ObligationForm(request.POST or None, vendor=vendor, initial={"first_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            obligation = obligations.create(
                vendor, by=request.user, duty=data["duty"], deployment=data["deployment"], **form.values
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"“{obligation}” is in force.")
            return redirect(obligation)
    context = {"form": form, "vendor": vendor}
    return render(request, "reviews/obligation_form.html", context, status=422 if form.errors else 200)


def _obligation(request, pk):
    """What one may not see does not exist (rule 23)."""
    return get_object_or_404(Obligation.objects.visible_to(request.user).with_names(), pk=pk)


@require_safe
def obligation(request, pk):
    return _page(request, _obligation(request, pk))


def _page(request, obligation, status=200, **given):
    dates = list(obligation.occurrences.select_related("review").order_by("-due_on", "-pk")[:DATES_SHOWN])
    context = {
        "obligation": obligation,
        "next": plan.next_dates(obligation),
        "coming": [each for each in reversed(dates) if each.state in PENDING],
        "past": [each for each in dates if each.state not in PENDING],
        "older": max(0, obligation.occurrences.count() - DATES_SHOWN),
        "no_lead": can_lead(request.user, obligation.vendor_id).reason,
        "no_owner": obligations.unable(obligation.owner, obligation.vendor)
        if obligation.state in obligations.ALIVE
        else "",
        **events.history(obligation),
        "reason_form": ReasonForm(auto_id="reason_%s"),
    }
    return render(request, "reviews/obligation.html", context | given, status=status)


@require_http_methods(["GET", "POST"])
def obligation_edit(request, pk):
    obligation = _obligation(request, pk)
    ask(can_lead(request.user, obligation.vendor_id))
    form = ObligationForm(request.POST or None, instance=_obligation(request, pk), vendor=obligation.vendor)
    context = {"form": form, "vendor": obligation.vendor, "obligation": obligation}
    if request.method == "POST" and form.is_valid():
        try:
            obligations.change(obligation, by=request.user, version=form.cleaned_data["version"], **form.values)
        except obligations.Stale as stale:
            messages.error(request, str(stale))
            context |= {"form": _on_newest(form, stale), "stale": _differences(form, stale.newest)}
            return render(request, "reviews/obligation_form.html", context, status=422)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect(obligation)
    return render(request, "reviews/obligation_form.html", context, status=422 if form.errors else 200)


def _on_newest(form, stale):
    """What was typed, now based on the newest version: saving again is a decision, not an accident."""
    data = form.data.copy()
    data["version"] = stale.newest.version
    return ObligationForm(data, instance=stale.newest, vendor=stale.newest.vendor)


def _differences(form, newest):
    return [
        {"label": form.fields[name].label, "theirs": _said(getattr(newest, name)), "yours": _said(typed)}
        for name, typed in form.values.items()
        if getattr(newest, name) != typed
    ]


def _said(value):
    return ", ".join(map(str, value)) if isinstance(value, list) else value


@require_POST
def obligations_accept_all(request, slug):
    vendor = get_object_or_404(Vendor.objects.visible_to(request.user), slug=slug)
    ask(can_lead(request.user, vendor.pk))
    try:
        accepted = obligations.accept_all(vendor, by=request.user)
    except Refused as refusal:
        messages.error(request, f"None was accepted. {refusal}")
    else:
        messages.success(request, f"{accepted} obligation{'' if accepted == 1 else 's'} of {vendor.name} accepted.")
    return redirect("reviews:obligations")


@require_POST
def obligation_accept(request, pk):
    obligation = _obligation(request, pk)
    ask(can_lead(request.user, obligation.vendor_id))
    return _act(request, obligation, f"“{obligation}” is in force.", obligations.accept)


@require_POST
def obligation_dismiss(request, pk):
    obligation = _obligation(request, pk)
    ask(can_lead(request.user, obligation.vendor_id))
    return _act_with_reason(request, obligation, f"“{obligation}” is not accepted.", obligations.dismiss)


@require_POST
def obligation_end(request, pk):
    obligation = _obligation(request, pk)
    ask(can_lead(request.user, obligation.vendor_id))
    return _act_with_reason(request, obligation, f"“{obligation}” has ended.", obligations.end)


def _act_with_reason(request, obligation, done, act):
    form = ReasonForm(request.POST, auto_id="reason_%s")
    if not form.is_valid():
        messages.error(request, f"Nothing changed. {form.errors['reason'][0]}")
        return _page(request, obligation, 422, reason_form=form)
    return _act(request, obligation, done, act, reason=form.cleaned_data["reason"])


def _act(request, obligation, done, act, **said):
    try:
        act(obligation, by=request.user, **said)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, _obligation(request, obligation.pk), 422)
    messages.success(request, done)
    return redirect(obligation)
