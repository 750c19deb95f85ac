"""How does a review leave as a file for machines, and how does one from another installation come in?"""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Refused, ask
from evidence.reading import HEADERS
from reviews.forms import SignForm
from reviews.models import Arrival, MovedReview
from reviews.permissions import can_let_in, can_move_in, can_move_out, can_open
from reviews.twin import arrivals, history, packing
from reviews.twin import format as parts
from reviews.twin.forms import ArrivalForm
from reviews.views.find import review_alone
from reviews.views.item import needs_password, reauthenticate

PER_PAGE = 50


@require_safe
def review_copy(request, slug):
    """What a machine-readable copy holds and what it does not, and where to get it."""
    review = review_alone(request, slug)
    context = {"review": review, "not_included": parts.NOT_INCLUDED, "verdict": can_move_out(request.user, review)}
    return render(request, "reviews/copy.html", context)


@require_safe
def copy_zip(request, slug):
    """The review with every file it names."""
    return _copied(
        request, slug, packing.with_files, "zip", lambda packed: StreamingHttpResponse(packing.as_zip(packed))
    )


@require_safe
def copy_json(request, slug):
    """The review's JSON alone, for programs and for keeping."""
    return _copied(request, slug, packing.json_alone, "json", lambda packed: HttpResponse(packed.raw))


def _copied(request, slug, pack, ending, answer):
    review = review_alone(request, slug)
    try:
        response = answer(pack(review, by=request.user))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("reviews:copy", slug=slug)
    name = packing.file_name(review, ending)
    disposition = content_disposition_header(as_attachment=True, filename=name)
    for header, value in (
        HEADERS | {"Content-Type": f"application/{ending}", "Content-Disposition": disposition}
    ).items():
        response[header] = value
    return response


@require_safe
def format_schema(request):
    """The JSON Schema of the file."""
    return JsonResponse(parts.schema(), json_dumps_params={"indent": 2}, content_type="application/schema+json")


@require_safe
def review_moved(request, slug):
    """Where the review came from, and what the log there says of it."""
    review = review_alone(request, slug)
    moved = get_object_or_404(MovedReview.objects.select_related("by").defer("content"), review=review)
    page = Paginator(history.of(moved), PER_PAGE).get_page(request.GET.get("page"))
    arrival = Arrival.objects.filter(review=review).select_related("let_in_by").first()
    context = {"review": review, "moved": moved, "let_in_by": arrival and arrival.let_in_by, "page": page}
    return render(request, "reviews/moved.html", context)


@require_http_methods(["GET", "POST"])
def arrivals_list(request):
    """Bring a review from elsewhere, and see those on their way."""
    form = ArrivalForm(request.POST or None, request.FILES or None, user=request.user)
    verdict = can_open(request.user)
    if request.method == "POST":
        ask(verdict)
        form = ArrivalForm(request.POST, request.FILES, user=request.user)
        if form.is_valid():
            try:
                arrival = arrivals.bring(form.cleaned_data["vendor"], by=request.user, upload=form.cleaned_data["file"])
            except Refused as refusal:
                form.add_error("file", str(refusal))
            else:
                return redirect(arrival)
    rows = Arrival.objects.visible_to(request.user).select_related("vendor", "created_by", "review")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "verdict": verdict, "page": page}
    return render(request, "reviews/arrivals.html", context, status=422 if form.errors else 200)


def _arrival(request, pk):
    rows = Arrival.objects.visible_to(request.user).select_related("vendor", "created_by", "review")
    return get_object_or_404(rows, pk=pk)


@require_safe
def arrival(request, pk):
    """What is in the file, who is known here, what was compared; while a worker is at it, that it is."""
    found = _arrival(request, pk)
    context = {
        "arrival": found,
        "at_work": found.state in arrivals.AT_WORK,
        "silent": arrivals.is_silent(found),
        "verdict": can_move_in(request.user, found.vendor_id),
        "letting_in": can_let_in(request.user, found),
        "form": SignForm(initial={"shown": found.sha256}, needs_password=needs_password(request)),
    }
    return render(request, "reviews/arrival.html", context)


def _act(request, pk, act):
    found = _arrival(request, pk)
    try:
        act(found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(found)


@require_POST
def arrival_move(request, pk):
    form = SignForm(request.POST, needs_password=needs_password(request))

    def let_in(found, *, by):
        ask(can_let_in(by, found))
        if not form.is_valid():
            raise Refused(f"Not moved. {next(iter(form.errors.values()))[0]}")
        reauthenticate(request, form)
        arrivals.let_in(found, by=by, shown=form.cleaned_data["shown"])

    return _act(request, pk, let_in)


@require_POST
def arrival_abandon(request, pk):
    return _act(request, pk, arrivals.abandon)


@require_POST
def arrival_again(request, pk):
    return _act(request, pk, arrivals.send_again)
