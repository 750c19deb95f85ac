"""What does the browser get of evidence? Lists, one page each, forms, and the files themselves."""

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import Refused, ask
from audit.models import Event
from evidence import content_types, library, listing, permissions, reading, timeline
from evidence.forms import CorrectForm, LinkForm, UploadForm, VersionForm, WithdrawForm
from evidence.models import Evidence, Version
from evidence.uploads import LARGEST_FILES_AT_ONCE, TooMuchAtOnce, limit_in_words
from vendors.models import Vendor
from vendors.permissions import can_see_audit

READERS_SHOWN = 20
UNPROCESSABLE, GONE, TOO_LARGE = 422, 410, 413


def _vendor(request, slug):
    return get_object_or_404(Vendor.objects.visible_to(request.user), slug=slug)


def _evidence(request, pk):
    return get_object_or_404(Evidence.objects.visible_to(request.user).select_related("vendor"), pk=pk)


@require_GET
def evidence_list(request):
    rows = Evidence.objects.visible_to(request.user)
    return render(request, "evidence/all.html", listing.context(rows, request.GET))


@require_http_methods(["GET", "POST"])
def library_page(request, slug):
    vendor = _vendor(request, slug)
    if request.method == "POST":
        return _upload(request, vendor)
    return _render_library(request, vendor, UploadForm())


def _upload(request, vendor):
    """Each file is stored or refused by itself; with a refusal the page comes back with everything that was typed."""
    ask(permissions.can_upload(request.user, vendor.pk))
    form = UploadForm(request.POST, request.FILES)
    stored, refused = [], []
    if form.is_valid():
        for upload in form.cleaned_data["files"]:
            try:
                stored.append(library.add_file(vendor, upload, by=request.user, **form.said()))
            except Refused as refusal:
                refused.append(str(refusal))
    if stored and not refused:
        messages.success(request, _stored_in_words(stored))
        return redirect("evidence:library", slug=vendor.slug)
    return _render_library(request, vendor, form, stored=stored, refused=refused, status=UNPROCESSABLE)


def _stored_in_words(stored):
    titles = ", ".join(f"“{evidence}”" for evidence in stored)
    return f"In the library now: {titles}."


def _render_library(request, vendor, form, *, stored=(), refused=(), status=200):
    context = listing.context(Evidence.objects.visible_to(request.user).filter(vendor=vendor), request.GET)
    context |= {
        "vendor": vendor,
        "form": form,
        "stored": stored,
        "refused": refused,
        "no_upload": permissions.can_upload(request.user, vendor.pk).reason,
        "limit": limit_in_words(),
        "at_once": LARGEST_FILES_AT_ONCE,
        "accepted": content_types.ACCEPTED_IN_WORDS,
    }
    return render(request, "evidence/library.html", context, status=status)


@require_http_methods(["GET", "POST"])
def link_add(request, slug):
    vendor = _vendor(request, slug)
    ask(permissions.can_upload(request.user, vendor.pk))
    form = LinkForm(request.POST or None)
    if form.is_valid():
        try:
            evidence = library.add_link(
                vendor,
                url=form.cleaned_data["url"],
                title=form.cleaned_data["title"],
                by=request.user,
                **form.said(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _stored_in_words([evidence]))
            return redirect(evidence)
    context = {"vendor": vendor, "form": form}
    return render(request, "evidence/add_link.html", context, status=UNPROCESSABLE if form.errors else 200)


@require_GET
def evidence_page(request, pk):
    evidence = _evidence(request, pk)
    user = request.user
    axis = timeline.Axis(timezone.localdate())
    listing.dress(evidence, axis)
    no_readers = can_see_audit(user, evidence.vendor_id).reason
    readers = Event.objects.visible_to(user).about(evidence).filter(event_type="evidence.read").newest_first()
    context = {
        "evidence": evidence,
        "current": evidence.current,
        "axis": axis,
        "versions": evidence.versions.select_related("uploaded_by"),
        "citations": evidence.citations.select_related("item__review__deployment__vendor", "item__statement"),
        "readers": [] if no_readers else readers[:READERS_SHOWN],
        "no_readers": no_readers,
        "no_version": permissions.can_add_version(user, evidence).reason,
        "no_correction": permissions.can_correct(user, evidence).reason,
        "no_withdrawal": permissions.can_withdraw(user, evidence).reason,
        "no_restoring": permissions.can_restore(user, evidence).reason,
    }
    return render(request, "evidence/evidence.html", context)


@require_http_methods(["GET", "POST"])
def evidence_correct(request, pk):
    evidence = _evidence(request, pk)
    ask(permissions.can_correct(request.user, evidence))
    form = CorrectForm(request.POST) if request.method == "POST" else CorrectForm.showing(evidence)
    if form.is_valid():
        try:
            library.correct(evidence, by=request.user, **form.said())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Corrected. The audit log keeps what stood there before.")
            return redirect(evidence)
    return _render_form(request, "evidence/correct.html", evidence, form)


@require_http_methods(["GET", "POST"])
def version_new(request, pk):
    evidence = _evidence(request, pk)
    ask(permissions.can_add_version(request.user, evidence))
    form = VersionForm(request.POST, request.FILES) if request.method == "POST" else VersionForm()
    if form.is_valid():
        given = form.cleaned_data
        try:
            version = library.add_version(
                evidence, by=request.user, upload=given["upload"], url=given["url"], **form.dates()
            )
        except Refused as refusal:
            form.add_error("upload" if given["upload"] else "url", str(refusal))
        else:
            messages.success(request, f"Version {version.number} is the current one now. The older ones stay.")
            return redirect(evidence)
    return _render_form(request, "evidence/version_new.html", evidence, form)


@require_http_methods(["GET", "POST"])
def evidence_withdraw(request, pk):
    evidence = _evidence(request, pk)
    ask(permissions.can_withdraw(request.user, evidence))
    form = WithdrawForm(request.POST or None)
    if form.is_valid():
        try:
            library.withdraw(evidence, by=request.user, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, f"“{evidence}” is withdrawn. It stays readable and proves nothing any more.")
            return redirect(evidence)
    return _render_form(request, "evidence/withdraw.html", evidence, form)


def _render_form(request, template, evidence, form):
    context = {
        "evidence": evidence,
        "form": form,
        "cited": evidence.citations.count(),
        "limit": limit_in_words(),
        "accepted": content_types.ACCEPTED_IN_WORDS,
    }
    return render(request, template, context, status=UNPROCESSABLE if form.errors else 200)


@require_POST
def evidence_restore(request, pk):
    evidence = library.restore(_evidence(request, pk), by=request.user)
    messages.success(request, f"“{evidence}” is in use again.")
    return redirect(evidence)


@require_GET
def version_download(request, pk, number):
    """The file itself, recorded before its first byte."""
    versions = Version.objects.visible_to(request.user).select_related("evidence__vendor").exclude(file="")
    version = get_object_or_404(versions, evidence_id=pk, number=number)
    try:
        file = reading.open_to_read(version, by=request.user)
    except Refused as refusal:
        context = {"evidence": version.evidence, "version": version, "refusal": str(refusal)}
        return render(request, "evidence/damaged.html", context, status=GONE)
    return reading.attachment(file, name=version.name, content_type=version.content_type)


def bad_request(request, exception):
    """The page for a request that could not be read at all; the URLconf's handler400."""
    if isinstance(exception, RequestDataTooBig):
        sentence = str(exception) if isinstance(exception, TooMuchAtOnce) else ""
        return render(request, "413.html", {"exception": sentence}, status=TOO_LARGE)
    return render(request, "400.html", status=400)
