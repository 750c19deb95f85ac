"""What does the browser get of packages? The page of one with its progress and contents, and the ZIP."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Refused
from dossiers import packages
from dossiers.models import Package
from evidence.reading import attachment
from reviews.models import Review


def _package(request, pk):
    return get_object_or_404(Package.objects.visible_to(request.user).with_all(), pk=pk)


@require_POST
def package_request(request, slug):
    review = get_object_or_404(Review.objects.visible_to(request.user).with_context(), slug=slug)
    return redirect(packages.request(review, by=request.user))


@require_safe
@never_cache
def package_page(request, pk):
    package = _package(request, pk)
    return render(request, "packages/package.html", {"package": package, "name": packages.download_name(package)})


@require_safe
def package_download(request, pk):
    """The ZIP; its download, and the reading of each evidence in it, are events before the first byte (rule 24)."""
    package = _package(request, pk)
    if not package.is_ready:
        messages.error(request, "This package is not ready, so there is no file yet.")
        return redirect(package)
    try:
        file = packages.opened(package, by=request.user)
    except Refused as refusal:
        messages.error(request, f"{refusal} It is not handed out.")
        return redirect(package)
    return attachment(file, name=packages.download_name(package), content_type="application/zip")
