"""What does the browser get when somebody asks what a word means or which rule that is?"""

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import preferences
from config import handbook


@require_safe
def overview(request):
    return render(request, "help/overview.html")


@require_safe
def glossary(request):
    return render(
        request, "help/glossary.html", {"words": sorted(handbook.words(), key=lambda entry: entry.title.lower())}
    )


@require_safe
def rules(request):
    return render(request, "help/rules.html", {"rules": handbook.rules()})


@require_POST
def tour(request):
    """End the tour, for good, or start it again."""
    again = "again" in request.POST
    preferences.change(request.user, toured_at=None if again else timezone.now())
    return redirect("reviews:home")
