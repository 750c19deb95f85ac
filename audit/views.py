"""What does the browser get of the audit log?"""

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.views.decorators.http import require_GET

from audit.forms import FilterForm, PlaceForm
from audit.models import Event

PER_PAGE = 50


@require_GET
def events(request):
    form, found = chosen(request)
    page = {} if found is None else _page(found, request.GET)
    filtered = any(request.GET.get(name) for name in form.fields)
    return render(request, "audit/events.html", {"form": form, "filtered": filtered, **page})


def chosen(request):
    """`(form, events)` the person may read and the address asks for; no events, but None, when it asks wrongly.

    Raises PermissionDenied with the rule for whom the log is not for.
    """
    user = request.user
    if not (user.is_administrator or user.vendor_ids_to_audit()):
        raise PermissionDenied(
            "The audit log is for stakeholders, review leads and auditors of a vendor, and for administrators."
        )
    visible = Event.objects.visible_to(user)
    event_types = visible.order_by("event_type").values_list("event_type", flat=True).distinct()
    form = FilterForm(request.GET, event_types=event_types)
    return form, visible.matching(**form.cleaned_data) if form.is_valid() else None


def _page(found, asked):
    """One page of events, newest first, by key: events that arrive meanwhile do not shift the pages."""
    place = PlaceForm(asked)
    older_than, newer_than = (place.cleaned_data.get(name) if place.is_valid() else None for name in place.fields)
    if newer_than:
        rows = list(found.filter(pk__gt=newer_than).order_by("pk")[: PER_PAGE + 1])
        more_newer, more_older = len(rows) > PER_PAGE, True
        rows = rows[:PER_PAGE][::-1]
    else:
        if older_than:
            found = found.filter(pk__lt=older_than)
        rows = list(found.newest_first()[: PER_PAGE + 1])
        more_newer, more_older = bool(older_than), len(rows) > PER_PAGE
        rows = rows[:PER_PAGE]
    if not rows:
        return {"events": []}
    return {"events": rows, "oldest": rows[-1], "more_newer": more_newer, "more_older": more_older}
