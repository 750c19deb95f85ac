"""What does the browser get of dossiers? Lists, the page of one with its progress, the file, and the comparison."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Refused
from dossiers import reading, requests
from dossiers.forms import VerifyForm
from dossiers.models import Dossier, Package
from evidence.reading import attachment
from reviews.models import Review

PER_PAGE = 25
PACKAGES_SHOWN = 10
UNPROCESSABLE = 422


def _review(request, slug):
    return get_object_or_404(Review.objects.visible_to(request.user).with_context(), slug=slug)


def _dossier(request, pk):
    return get_object_or_404(Dossier.objects.visible_to(request.user).with_all(), pk=pk)


def _page(request, dossiers):
    return Paginator(dossiers, PER_PAGE).get_page(request.GET.get("page"))


@require_safe
def review_dossiers(request, slug):
    review = _review(request, slug)
    dossiers = Dossier.objects.visible_to(request.user).with_all().filter(review=review)
    packages = list(Package.objects.visible_to(request.user).with_all().filter(review=review)[:PACKAGES_SHOWN])
    context = {
        "review": review,
        "page": _page(request, dossiers),
        "unfinished": dossiers.unfinished().first(),
        "packages": packages,
        "unfinished_package": next((package for package in packages if package.is_unfinished), None),
    }
    return render(request, "dossiers/review.html", context)


@require_safe
def all_dossiers(request):
    dossiers = Dossier.objects.visible_to(request.user).with_all()
    return render(request, "dossiers/all.html", {"page": _page(request, dossiers), "form": VerifyForm()})


@require_POST
def dossier_request(request, slug):
    return redirect(requests.request_dossier(_review(request, slug), by=request.user))


@require_safe
@never_cache
def dossier_page(request, pk):
    return render(request, "dossiers/dossier.html", {"dossier": _dossier(request, pk)})


@require_POST
def dossier_try_again(request, pk):
    dossier = _dossier(request, pk)
    try:
        requests.try_again(dossier, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(dossier)


@require_safe
def download(request, pk):
    """The PDF; its reading is an event before the first byte (rule 24)."""
    dossier = _dossier(request, pk)
    if not dossier.is_ready:
        messages.error(request, "This dossier is not ready, so there is no file yet.")
        return redirect(dossier)
    try:
        file = reading.opened(dossier, by=request.user)
    except Refused as refusal:
        messages.error(request, f"{refusal} It is not handed out: restore it from a backup, or request a new dossier.")
        return redirect(dossier)
    return attachment(file, name=dossier.download_name, content_type="application/pdf")


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request):
    form = VerifyForm(request.POST, request.FILES) if request.method == "POST" else VerifyForm()
    context = {"form": form}
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        sha256, found = reading.recognised(upload, by=request.user)
        context |= {"compared": upload.name, "sha256": sha256, "found": found}
    status = UNPROCESSABLE if form.is_bound and form.errors else 200
    return render(request, "dossiers/verify.html", context, status=status)
