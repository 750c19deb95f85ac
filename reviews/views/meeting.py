"""What does the browser get of the meeting for one date of an obligation?"""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Refused, ask
from reviews.calendar.calendar_forms import MeetingForm
from reviews.models import Occurrence
from reviews.permissions import can_arrange
from reviews.recurring import meetings

OK, UNPROCESSABLE = 200, 422


def _occurrence(request, pk):
    """The date, for somebody who may call a meeting for it."""
    occurrence = get_object_or_404(Occurrence.objects.visible_to(request.user).with_names(), pk=pk)
    ask(can_arrange(request.user, occurrence.obligation))
    return occurrence


@require_http_methods(["GET", "POST"])
def arrange(request, pk):
    occurrence = _occurrence(request, pk)
    meeting = meetings.of(occurrence)
    form = MeetingForm(
        request.POST or None,
        guests=meetings.possible_guests(occurrence.obligation.vendor),
        zone=timezone.get_current_timezone_name(),
        initial=_initial(occurrence, meeting),
    )
    if request.method == "POST" and form.is_valid():
        try:
            meetings.arrange(occurrence, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved. Whoever has to know gets a mail with the event for their calendar.")
            return redirect(occurrence)
    context = {"occurrence": occurrence, "meeting": meeting, "form": form}
    return render(request, "reviews/meeting.html", context, status=UNPROCESSABLE if form.errors else OK)


def _initial(occurrence, meeting):
    if meeting is None:
        return {"day": occurrence.due_on, "at": "10:00", "invited": [str(occurrence.obligation.owner_id)]}
    start = timezone.localtime(meeting.starts_at)
    return {
        "day": start.date(),
        "at": start.time(),
        "minutes": meeting.minutes,
        "place": meeting.place,
        "invited": [str(person.pk) for person in meeting.invited.all()],
    }


@require_POST
def cancel(request, pk):
    occurrence = _occurrence(request, pk)
    try:
        meetings.cancel(occurrence, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Cancelled. Everyone who was invited gets a mail.")
    return redirect(occurrence)
