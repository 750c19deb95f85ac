"""What does the browser get of absences: planning one for oneself or for another, and taking it back?"""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts import absences, permissions
from accounts.forms import AbsenceForm
from accounts.models import Absence, User
from accounts.permissions import Refused


def section(person, *, by):
    """What the section about a person's absences prints, on the own profile and on the page administrators see."""
    oneself = person.pk == by.pk
    return {
        "away": absences.on().in_words(person),
        "absences": absences.coming(person),
        "as_deputy": absences.as_deputy(person),
        "plan_absence_url": reverse("accounts:absence_new")
        if oneself
        else reverse("accounts:person_absence_new", args=[person.pk]),
    }


@require_http_methods(["GET", "POST"])
def absence_new(request):
    return _plan(request, request.user, back=reverse("accounts:profile"))


@require_http_methods(["GET", "POST"])
def person_absence_new(request, pk):
    permissions.ask(permissions.can_administer(request.user))
    person = get_object_or_404(User, pk=pk)
    return _plan(request, person, back=person.get_absolute_url())


def _plan(request, person, *, back):
    form = AbsenceForm(request.POST if request.method == "POST" else None, person=person, by=request.user)
    if form.is_valid():
        try:
            absence = absences.plan(person, **form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            _say_what_follows(request, absence)
            return redirect(f"{back}#absences")
    context = {"form": form, "person": person, "is_oneself": person.pk == request.user.pk, "back": back}
    return render(request, "accounts/absence_form.html", context, status=422 if form.errors else 200)


def _say_what_follows(request, absence):
    messages.success(request, f"Planned: away {absence.days_in_words}, {absence.deputy.name} acts.")
    if names := absences.not_covered(absence):
        messages.warning(
            request,
            f"{absence.deputy.name} has no stakeholder's access to {', '.join(names)}: nobody signs there meanwhile. "
            "The vendor's review lead can give it.",
        )


@require_POST
def absence_cancel(request, pk):
    found = Absence.objects.all() if request.user.is_administrator else request.user.absences
    absence = get_object_or_404(found.select_related("person"), pk=pk)
    try:
        absences.cancel(absence, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Cancelled: the deputy does not act any more.")
    if absence.person_id == request.user.pk:
        return redirect("accounts:profile")
    return redirect(absence.person)
