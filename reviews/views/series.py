"""What does the browser get of the series of weekly syncs, of one review or about all?"""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Refused, ask
from reviews.models import SyncSeries
from reviews.permissions import can_hold_sync
from reviews.views.find import review_of
from reviews.weekly import series, series_dates, series_mail
from reviews.weekly.sync_forms import SeriesForm

OK, UNPROCESSABLE = 200, 422
HALF_A_YEAR = timedelta(weeks=26)


def _review(request, slug):
    return review_of(request, slug) if slug else None


@require_http_methods(["GET", "POST"])
def arrange(request, slug=None):
    review = _review(request, slug)
    ask(can_hold_sync(request.user, review))
    arranged = series.of(review, request.user)
    form = SeriesForm(
        request.POST or None,
        guests=series.possible_guests(review, request.user),
        zone=timezone.get_current_timezone_name(),
        initial=_initial(review, arranged),
    )
    if request.method == "POST" and form.is_valid():
        try:
            series.arrange(review, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved. Whoever has to know gets a mail with the series for their calendar.")
            return redirect(_list(review))
    context = {"review": review, "series": arranged, "form": form, "list_url": _list(review)}
    return render(request, "reviews/series.html", context, status=UNPROCESSABLE if form.errors else OK)


def _list(review):
    return series_dates.url(SyncSeries(review=review))


def _initial(review, arranged):
    if arranged is None:
        today = timezone.localdate()
        holders = [person.pk for person in review.holders.values()] + [review.lead_id] if review else []
        until = max(review.due_on, today + HALF_A_YEAR) if review else today + HALF_A_YEAR
        return {"at": "10:00", "until": until, "invited": [str(pk) for pk in holders]}
    start = series_dates.next_date(arranged) or timezone.localtime(arranged.starts_at)
    return {
        "day": start.date(),
        "at": start.time(),
        "minutes": arranged.minutes,
        "every_weeks": arranged.every_weeks,
        "until": arranged.until,
        "place": arranged.place,
        "invited": [str(person.pk) for person in arranged.invited.all()],
    }


@require_POST
def cancel(request, slug=None):
    review = _review(request, slug)
    ask(can_hold_sync(request.user, review))
    try:
        series.cancel(review, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Cancelled. Everyone who was invited gets a mail.")
    return redirect(_list(review))


@require_safe
def download(request, slug=None):
    """The series as a file, for a calendar program of whoever may see it."""
    arranged = series.of(_review(request, slug), request.user)
    if arranged is None:
        raise Http404
    row = series_dates.with_arranged(SyncSeries.objects.filter(pk=arranged.pk)).get()
    text = series_mail.event("PUBLISH", row, request.user, status="CONFIRMED", stamp=timezone.now())
    headers = {"Content-Disposition": 'attachment; filename="weekly-sync.ics"', "Cache-Control": "no-store"}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)
