"""What does the browser get of how a person wants to be told?"""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import preferences
from accounts.preference_forms import zone_names
from reviews.reminders.reminder_forms import TellingForm


@require_http_methods(["GET", "POST"])
def telling(request):
    """Everybody decides for themselves when and about what they get mail."""
    form = TellingForm(
        request.POST or None,
        instance=preferences.of(request.user),
        organisation=preferences.office_hours(),
        zone=settings.TIME_ZONE,
        has_chat=bool(settings.CHAT_URL),
    )
    if form.is_valid():
        preferences.change(request.user, **form.cleaned_data)
        messages.success(request, "Saved. It counts from the next mail on.")
        return redirect("reviews:telling")
    return render(request, "reviews/telling.html", {"form": form, "zones": zone_names()})
