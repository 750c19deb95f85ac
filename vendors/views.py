"""What does the browser get of vendors and what belongs to them?"""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import grants
from accounts.forms import SearchForm
from accounts.permissions import Refused, ask
from vendors import permissions, register
from vendors.forms import (
    ContactForm,
    DeploymentForm,
    FactForm,
    GiveAccessForm,
    TakeAccessForm,
    VendorForm,
)
from vendors.models import Contact, Deployment, Fact, Vendor

PER_PAGE = 50


def _vendor(request, slug):
    return get_object_or_404(Vendor.objects.visible_to(request.user), slug=slug)


def _of_vendor(request, model, slug, pk):
    """A deployment, contact or fact of a vendor the person may see, or 404 (rule 23)."""
    rows = model.objects.visible_to(request.user).select_related("vendor")
    return get_object_or_404(rows, vendor__slug=slug, pk=pk)


@require_GET
def vendors(request):
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    found = Vendor.objects.visible_to(request.user).matching(words).with_counts()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "words": words,
        "no_new_vendor": permissions.can_create_vendor(request.user).reason,
    }
    return render(request, "vendors/vendors.html", context)


@require_GET
def vendor(request, slug):
    return render(request, "vendors/vendor.html", _vendor_context(request, _vendor(request, slug)))


def _vendor_context(request, vendor, access_form=None):
    user = request.user
    deployments = vendor.deployments.prefetch_related("reviews__lead")
    evidence = vendor.evidence.aggregate(
        usable=Count("pk", filter=Q(withdrawn_at=None)), withdrawn=Count("pk", filter=~Q(withdrawn_at=None))
    )
    return {
        "vendor": vendor,
        "deployments": deployments,
        "reviews": [review for deployment in deployments for review in deployment.reviews.all()],
        "contacts": vendor.contacts.all(),
        "facts": vendor.facts.all(),
        "evidence": evidence,
        "people": grants.people(vendor),
        "no_lead": permissions.can_lead(user, vendor.pk).reason,
        "no_contribution": permissions.can_contribute(user, vendor.pk).reason,
        "access_form": access_form or GiveAccessForm(by=user),
    }


@require_http_methods(["GET", "POST"])
def vendor_new(request):
    ask(permissions.can_create_vendor(request.user))
    form = VendorForm(request.POST or None)
    if form.is_valid():
        try:
            vendor = register.create_vendor(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"{vendor} is on file. Next: say how you use it.")
            return redirect(vendor)
    return render(request, "vendors/vendor_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
def vendor_edit(request, slug):
    vendor = _vendor(request, slug)
    ask(permissions.can_lead(request.user, vendor.pk))
    form = VendorForm(request.POST or None, instance=_vendor(request, slug))
    if _done(request, form, register.change_vendor, vendor):
        return redirect(vendor)
    return render(request, "vendors/vendor_form.html", {"form": form, "vendor": vendor})


def _done(request, form, act, target):
    """True when the form was right and the domain did it; a refusal becomes an error of the form."""
    if not form.is_valid():
        return False
    try:
        act(target, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "Saved.")
    return True


def _part_form(request, form, vendor, title, **more):
    return render(request, "vendors/part_form.html", {"form": form, "vendor": vendor, "title": title, **more})


@require_http_methods(["GET", "POST"])
def deployment_new(request, slug):
    vendor = _vendor(request, slug)
    ask(permissions.can_lead(request.user, vendor.pk))
    form = DeploymentForm(request.POST or None, instance=Deployment(vendor=vendor))
    if _done(request, form, register.add_deployment, vendor):
        return redirect(vendor)
    return _part_form(request, form, vendor, "New deployment")


@require_http_methods(["GET", "POST"])
def deployment(request, slug, pk):
    deployment = _of_vendor(request, Deployment, slug, pk)
    if request.method == "GET" and not permissions.can_lead(request.user, deployment.vendor_id):
        return render(request, "vendors/deployment.html", {"deployment": deployment, "vendor": deployment.vendor})
    ask(permissions.can_lead(request.user, deployment.vendor_id))
    form = DeploymentForm(request.POST or None, instance=deployment)
    if _done(request, form, register.change_deployment, deployment):
        return redirect(deployment.vendor)
    return _part_form(request, form, deployment.vendor, "Change the deployment", deployment=deployment)


@require_http_methods(["GET", "POST"])
def contact_new(request, slug):
    vendor = _vendor(request, slug)
    ask(permissions.can_contribute(request.user, vendor.pk))
    form = ContactForm(request.POST or None)
    if _done(request, form, register.add_contact, vendor):
        return redirect(vendor)
    return _part_form(request, form, vendor, "New contact")


@require_http_methods(["GET", "POST"])
def contact_edit(request, slug, pk):
    contact = _of_vendor(request, Contact, slug, pk)
    ask(permissions.can_contribute(request.user, contact.vendor_id))
    form = ContactForm(request.POST or None, instance=contact)
    if _done(request, form, register.change_contact, contact):
        return redirect(contact.vendor)
    return _part_form(request, form, contact.vendor, "Change the contact")


@require_POST
def contact_delete(request, slug, pk):
    contact = _of_vendor(request, Contact, slug, pk)
    register.delete_contact(contact, by=request.user)
    messages.success(request, f"{contact.name} was deleted from the contacts.")
    return redirect(contact.vendor)


@require_http_methods(["GET", "POST"])
def fact_new(request, slug):
    vendor = _vendor(request, slug)
    ask(permissions.can_contribute(request.user, vendor.pk))
    form = FactForm(request.POST or None)
    if _done(request, form, register.add_fact, vendor):
        return redirect(vendor)
    return _part_form(request, form, vendor, "New fact")


@require_http_methods(["GET", "POST"])
def fact_edit(request, slug, pk):
    fact = _of_vendor(request, Fact, slug, pk)
    ask(permissions.can_contribute(request.user, fact.vendor_id))
    form = FactForm(request.POST or None, instance=fact)
    if _done(request, form, register.change_fact, fact):
        return redirect(fact.vendor)
    return _part_form(request, form, fact.vendor, "Change the fact")


@require_POST
def fact_delete(request, slug, pk):
    fact = _of_vendor(request, Fact, slug, pk)
    register.delete_fact(fact, by=request.user)
    messages.success(request, "The fact was deleted.")
    return redirect(fact.vendor)


@require_POST
def access_give(request, slug):
    vendor = _vendor(request, slug)
    ask(permissions.can_lead(request.user, vendor.pk))
    form = GiveAccessForm(request.POST, by=request.user)
    if not form.is_valid():
        return render(request, "vendors/vendor.html", _vendor_context(request, vendor, form))
    person = form.cleaned_data["person"]
    register.give_access(vendor, person, form.cleaned_data["access"], by=request.user)
    messages.success(request, f"{person.name} has access to {vendor}.")
    return redirect(vendor)


@require_POST
def access_take(request, slug):
    vendor = _vendor(request, slug)
    ask(permissions.can_lead(request.user, vendor.pk))
    form = TakeAccessForm(request.POST, by=request.user)
    if not form.is_valid():
        messages.error(
            request, "Nothing was changed: ask another review lead or an administrator to change your own access."
        )
        return redirect(vendor)
    person = form.cleaned_data["person"]
    register.take_access(vendor, person, form.cleaned_data["access"], by=request.user)
    messages.success(request, f"{person.name} lost this access to {vendor}.")
    return redirect(vendor)
