"""What does the browser get of people, the own profile and the settings?"""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import absence_views, grants, people, permissions, preferences, public_holidays, settings_page
from accounts.forms import DeactivateForm, PersonAccessForm, PersonForm, ProfileForm, SearchForm
from accounts.models import User
from accounts.permissions import Refused
from accounts.preference_forms import OfficeHoursForm

PER_PAGE = 50


def _person(request, pk):
    permissions.ask(permissions.can_administer(request.user))
    return get_object_or_404(User, pk=pk)


@require_GET
def people_list(request):
    permissions.ask(permissions.can_administer(request.user))
    words, found = people_chosen(request.GET)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/people.html", {"page": page, "words": words})


def people_chosen(params):
    """`(words, people)`: what the address searches for, and whom that leaves."""
    form = SearchForm(params)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    found = User.objects.order_by("-is_active", "name", "email")
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    return words, found


@require_GET
def person(request, pk):
    return render(request, "accounts/person.html", _person_context(request, _person(request, pk)))


def _person_context(request, person, access_form=None):
    return {
        "person": person,
        "held": grants.vendors_of(person),
        "access_form": access_form or PersonAccessForm(),
        "no_access_change": permissions.can_change_access_of(request.user, person).reason,
        "deactivate_form": DeactivateForm(),
        "is_oneself": person.pk == request.user.pk,
    } | absence_views.section(person, by=request.user)


@require_http_methods(["GET", "POST"])
def person_new(request):
    permissions.ask(permissions.can_administer(request.user))
    form = PersonForm(request.POST or None)
    if form.is_valid():
        try:
            person = people.create_person(**form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error("email", str(refusal))
        else:
            _invite(request, person)
            return redirect(person)
    return render(request, "accounts/person_form.html", {"form": form})


def _invite(request, person):
    try:
        people.invite(person, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"A link to set a password is on its way to {person.email}.")


@require_POST
def person_invite(request, pk):
    person = _person(request, pk)
    _invite(request, person)
    return redirect(person)


@require_http_methods(["GET", "POST"])
def person_edit(request, pk):
    person = _person(request, pk)
    form = PersonForm(request.POST or None, instance=person)
    if form.is_valid():
        try:
            people.change_person(person, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect(person)
    # The form writes into its instance while it checks; the heading names the person as stored.
    stored = get_object_or_404(User, pk=pk)
    return render(request, "accounts/person_form.html", {"form": form, "person": stored})


@require_POST
def person_deactivate(request, pk):
    person = _person(request, pk)
    form = DeactivateForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The reason is too long: use at most 300 characters.")
        return redirect(person)
    try:
        people.deactivate(person, by=request.user, reason=form.cleaned_data["reason"])
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{person.name} can no longer sign in, and was signed out everywhere.")
    return redirect(person)


@require_POST
def person_reactivate(request, pk):
    person = _person(request, pk)
    people.reactivate(person, by=request.user)
    messages.success(request, f"{person.name} can sign in again.")
    return redirect(person)


@require_POST
def person_access_give(request, pk):
    person = _person(request, pk)
    permissions.ask(permissions.can_change_access_of(request.user, person))
    form = PersonAccessForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/person.html", _person_context(request, person, form))
    people.give_access(person, **form.cleaned_data, by=request.user)
    messages.success(request, f"{person.name} has access to {form.cleaned_data['vendor']}.")
    return redirect(person)


@require_POST
def person_access_take(request, pk):
    person = _person(request, pk)
    permissions.ask(permissions.can_change_access_of(request.user, person))
    form = PersonAccessForm(request.POST)
    if not form.is_valid():
        messages.error(request, "This access was taken away already, or the vendor is gone.")
        return redirect(person)
    people.take_access(person, **form.cleaned_data, by=request.user)
    messages.success(request, f"{person.name} lost this access to {form.cleaned_data['vendor']}.")
    return redirect(person)


@require_http_methods(["GET", "POST"])
def profile(request):
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if form.is_valid():
        people.rename(request.user, form.cleaned_data["name"])
        messages.success(request, "Saved.")
        return redirect("accounts:profile")
    context = {"form": form, "held": grants.vendors_of(request.user)}
    context |= absence_views.section(request.user, by=request.user)
    return render(request, "accounts/profile.html", context)


@require_GET
def settings(request):
    permissions.ask(permissions.can_administer(request.user))
    hours = preferences.office_hours()
    context = {
        "groups": settings_page.groups(),
        "hours": hours,
        "quiet": preferences.quiet_in_words(hours.quiet_weekdays),
        "country": public_holidays.name_of(hours.country),
        "holidays": public_holidays.upcoming(hours.country, hours.subdivision, timezone.localdate()),
    }
    return render(request, "accounts/settings.html", context)


@require_http_methods(["GET", "POST"])
def office_hours(request):
    permissions.ask(permissions.can_administer(request.user))
    form = OfficeHoursForm(request.POST or None, instance=preferences.office_hours())
    if form.is_valid():
        preferences.change_office_hours(by=request.user, **form.cleaned_data)
        messages.success(request, "Saved. It counts from the next mail on.")
        return redirect("accounts:settings")
    return render(request, "accounts/office_hours.html", {"form": form})
