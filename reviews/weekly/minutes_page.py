"""What does the part of a page show in which minutes are typed?

It is the same on the sync's own page and on the page a meeting runs from, which includes `reviews/_minutes.html`.
"""

from urllib.parse import urlencode

from django.utils import timezone

from reviews.models import Sync
from reviews.permissions import can_hold_sync, can_work_on_sync
from reviews.weekly import actions, series, sync_content, sync_people
from reviews.weekly.sync_forms import ActionForm, AttendeesForm, ChangedLineForm, LineForm


def parts(request, sync, review=None, forms=None, said=None):
    """Everything `_minutes_parts.html` prints. `forms` are those that were refused, by name; `said` is why.

    A constant number of queries for any number of lines, actions and people.
    """
    if sync is None:
        verdict = can_hold_sync(request.user, review)
        unarranged = bool(verdict) and series.of(review, request.user) is None
        shown = {"review": review, "sync": None, "no_opening": verdict.reason, "request": request}
        return shown | {"unarranged": unarranged}
    no_writing = can_work_on_sync(request.user, sync).reason
    shown = {
        "request": request,
        "sync": sync,
        "lines": list(sync_content.lines(sync)),
        "agreed": list(sync.actions.with_names().order_by("pk")),
        "carried": list(actions.carried(sync).with_names()),
        "present": (present := list(sync.attendees.order_by("name", "pk"))),
        "no_writing": no_writing,
        "back": back_of(request),
        "said": said,
        "today": timezone.localdate(),
    }
    return shown if no_writing else shown | _forms(request, sync, present, forms or {})


def _forms(request, sync, present, refused):
    about = {"sync": sync, "user": request.user}
    asked = _asked(request, sync)
    may_see, can_act = sync_people.who_may_see_and_act(sync)
    return {
        "line_form": refused.get("line") or LineForm(**about, initial=asked, auto_id="line_%s"),
        "action_form": refused.get("action") or ActionForm(**about, people=can_act, initial=asked, auto_id="action_%s"),
        "attendees_form": refused.get("attendees")
        or AttendeesForm(sync=sync, people=may_see, initial=AttendeesForm.shown(sync, present), auto_id="present_%s"),
        **_changing(request, sync, about, refused),
    }


def _changing(request, sync, about, refused):
    """The line that is being changed, with its form; its number is in the address."""
    if "change" in refused:
        return {"changing": refused["change"].line, "change_form": refused["change"]}
    number = request.GET.get("line", "")
    lines = sync_content.lines(sync).filter(pk=number) if number.isdecimal() and len(number) < 10 else ()
    line = next(iter(lines), None)
    return (
        {"changing": line, "change_form": ChangedLineForm(**about, initial=as_typed(line), auto_id="change_%s")}
        if line
        else {}
    )


def as_typed(line):
    """What a line's form shows of it."""
    review = line.item and next(
        (each for each in line.sync.reviews.all() if each.deployment_id == line.item.review.deployment_id), None
    )
    return {
        "text": line.text,
        "decision": line.kind == "decision",
        "number": line.item.number if line.item else None,
        "review": review,
        "version": line.version,
    }


def _asked(request, sync):
    """The item that is open beside the page (`?item=17&of=slug`), as what is typed next is about."""
    number = request.GET.get("item", "")
    if not number.isdecimal() or len(number) > 6:
        return {}
    review = None if sync.review else sync.reviews.filter(slug=request.GET.get("of", "").replace("\x00", "")).first()
    return {"number": number, "review": review} if sync.review or review else {}


def back_of(request):
    """The address of the page that holds the forms, without the line that is being changed."""
    if request.method == "POST":
        return request.POST.get("back", "")
    kept = [(name, value) for name, value in request.GET.items() if name != "line"]
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def open_of(pk, user):
    """The sync with its names, for somebody who may see it."""
    return Sync.objects.visible_to(user).select_related("review", "opened_by", "closed_by").filter(pk=pk).first()
