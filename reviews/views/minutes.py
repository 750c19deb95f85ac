"""What does the browser get of one sync: its page, and every act on its minutes?"""

from dataclasses import dataclass, field

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Refused, ask
from reviews.models import Line
from reviews.permissions import can_hold_sync, can_work_on_sync
from reviews.views.find import review_alone, review_of
from reviews.weekly import agenda, minutes_page, series, series_dates, sync_content, sync_history, syncs
from reviews.weekly.sync_forms import ActionForm, AttendeesForm, ChangedLineForm, LineForm

PER_PAGE = 50
LONGEST_NUMBER = 9  # digits


@dataclass
class Said:
    """Why something was not saved: both texts when somebody was faster, what was typed when the sync has ended."""

    refusal: str
    stale: list = field(default_factory=list)
    typed: str = ""


def _sync(request, pk):
    """What one may not see does not exist (rule 23)."""
    sync = minutes_page.open_of(pk, request.user)
    if sync is None:
        raise Http404
    return sync


def _writable(request, pk):
    sync = _sync(request, pk)
    ask(can_work_on_sync(request.user, sync))
    return sync


@require_safe
def sync(request, pk):
    return _page(request, _sync(request, pk))


def _page(request, sync, status=200, **minutes):
    context = {"sync": sync, "minutes": minutes, "minutes_page": True}
    if sync.closed_at is None:
        return render(request, "reviews/sync_open.html", context, status=status)
    context |= {"record": sync_content.printed(sync), "said": minutes.get("said")}
    return render(request, "reviews/sync_closed.html", context, status=status)


@require_POST
def sync_open(request, slug=None):
    review = review_of(request, slug) if slug else None
    ask(can_hold_sync(request.user, review))
    try:
        opened = syncs.open_sync(review, by=request.user)
    except Refused as refusal:
        return render(request, "reviews/sync_none.html", {"refusal": str(refusal)}, status=422)
    return _back(request, opened)


def _back(request, sync):
    """To the page on which it was typed."""
    address = request.POST.get("back", "")
    ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, {request.get_host()})
    return redirect(f"{address if ours else sync.get_absolute_url()}#minutes")


def _act(request, sync, name, form, act):
    """Do it and go back to the page, or show why not, with all that was typed."""
    if form.is_valid():
        try:
            act()
        except syncs.Stale as stale:
            return _stale(request, sync, form, stale)
        except Refused as refusal:
            said = Said(str(refusal), typed=form.cleaned_data.get("text") or form.cleaned_data.get("others", ""))
            return _page(request, _sync(request, sync.pk), 422, said=said, forms={name: form})
        return _back(request, sync)
    refused = " ".join(sentence for sentences in form.errors.values() for sentence in sentences)
    return _page(request, sync, 422, said=Said(f"Not saved. {refused}"), forms={name: form})


def _stale(request, sync, form, stale):
    """What was typed, now based on the newest version: saving again is a decision, not an accident."""
    newest = stale.newest
    typed = form.data.copy()
    typed["version"] = newest.version
    again = ChangedLineForm(typed, sync=sync, user=request.user, auto_id="change_%s")
    again.line = newest
    both = [{"label": "The line", "theirs": newest.text, "yours": form.data.get("text", "")}]
    return _page(request, sync, 422, said=Said(str(stale), both), forms={"change": again})


@require_POST
def line_write(request, pk):
    sync = _writable(request, pk)
    form = LineForm(request.POST, sync=sync, user=request.user, auto_id="line_%s")
    return _act(request, sync, "line", form, lambda: syncs.write_line(sync, by=request.user, **form.values))


@require_POST
def line_change(request, pk, line):
    sync, line = _line(request, pk, line)
    form = ChangedLineForm(request.POST, sync=sync, user=request.user, auto_id="change_%s")
    form.line = line
    return _act(
        request,
        sync,
        "change",
        form,
        lambda: syncs.change_line(line, by=request.user, version=form.cleaned_data["version"], **form.values),
    )


@require_POST
def line_remove(request, pk, line):
    sync, line = _line(request, pk, line)
    try:
        syncs.remove_line(line, by=request.user, version=_version(request))
    except Refused as refusal:
        return _page(request, _sync(request, pk), 422, said=Said(str(refusal)))
    return _back(request, sync)


def _version(request):
    """The version that was shown; what is no number is none that there is."""
    typed = request.POST.get("version", "")
    return int(typed) if typed.isdecimal() and len(typed) <= LONGEST_NUMBER else 0


def _line(request, pk, number):
    """Also one that was removed meanwhile: what was typed over it must not be lost."""
    lines = Line.objects.select_related("sync", "item__statement", "item__review")
    sync = _sync(request, pk)
    line = get_object_or_404(lines, sync=sync, pk=number)
    ask(can_work_on_sync(request.user, sync))
    return sync, line


@require_POST
def attendees(request, pk):
    sync = _writable(request, pk)
    form = AttendeesForm(request.POST, sync=sync, auto_id="present_%s")
    return _act(request, sync, "attendees", form, lambda: syncs.note_attendees(sync, by=request.user, **form.values))


@require_POST
def action_agree(request, pk):
    sync = _writable(request, pk)
    form = ActionForm(request.POST, sync=sync, user=request.user, auto_id="action_%s")
    return _act(request, sync, "action", form, lambda: syncs.agree_action(sync, by=request.user, **form.values))


@require_POST
def sync_close(request, pk):
    """Closing freezes what the page of the meeting shows at this moment."""
    sync = _writable(request, pk)
    try:
        figures = agenda.figures(sync.reviews.all(), request.user, sync.since, alone=bool(sync.review))
        syncs.close(sync, by=request.user, figures=figures)
    except Refused as refusal:
        return _page(request, _sync(request, pk), 422, said=Said(str(refusal)))
    return redirect(sync)


@require_safe
def syncs_list(request, slug=None):
    """The history: of one review, or of those about all."""
    review = review_alone(request, slug) if slug else None
    page = Paginator(sync_history.of(review, request.user), PER_PAGE).get_page(request.GET.get("page"))
    rows = sync_history.rows(page.object_list)
    chart = sync_history.chart(rows)
    context = {
        "review": review,
        "page": page,
        "rows": rows,
        "chart": chart if len(chart["labels"]) > 1 else None,
        "current": syncs.current(review, request.user),
        "no_opening": can_hold_sync(request.user, review).reason,
        "series": (arranged := series.of(review, request.user)),
        "next_date": series_dates.next_date(arranged) if arranged else None,
    }
    return render(request, "reviews/syncs.html", context)
