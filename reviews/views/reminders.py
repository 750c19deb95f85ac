"""What does the browser get of reminders: one's own, and the mails of others?"""

from contextlib import suppress

from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.permissions import ask
from reviews import digest
from reviews.choices import Delivery
from reviews.reminders import ahead, inbox, outbox

PER_PAGE = 50
ON_TOP = 10
KEPT = 60  # seconds
PLANNED, SENT, UNDELIVERED = "planned", "sent", "undelivered"
SHOWN = {SENT: "Sent", UNDELIVERED: "Did not arrive", PLANNED: "The next four weeks"}


@require_safe
def reminders(request):
    page, newest = inbox.page(request.user, request.GET.get("page"))
    acting_page, acting = inbox.instead_of_others(request.user, request.GET.get("deputy"))
    context = {
        "page": page,
        "acting_page": acting_page,
        "newest": newest,
        "acting": acting,
        "can_read_messages": bool(outbox.can_read(request.user)),
    }
    return render(request, "reviews/reminders.html", context)


@require_POST
def reminders_seen(request):
    """Marks what the page showed, by the newest it knew of; what came since stays unread."""
    newest = request.POST.get("newest", "")
    if not newest.isdecimal() or len(newest) > 18:
        messages.error(request, "Nothing was marked: the page did not say what it showed. Open it again.")
    elif not inbox.see(request.user, up_to=int(newest)):
        messages.info(request, "There was nothing new.")
    return redirect("reviews:reminders")


@require_safe
def sent_messages(request):
    """Which mails will be sent, which were, and which did not arrive."""
    ask(outbox.can_read(request.user))
    show = request.GET.get("show", SENT)
    show = show if show in SHOWN else SENT
    words = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    rows = outbox.matching(outbox.messages(request.user), words)
    undelivered = rows.undelivered()
    page = _page(request, show, words, rows)
    context = {
        "show": show,
        "chips": [{"label": label, "url": f"?show={key}", "active": key == show} for key, label in SHOWN.items()],
        "words": words,
        "page": page,
        "lines": page.object_list if show == PLANNED else outbox.with_kinds(request.user, page.object_list),
        "undelivered": [] if show == UNDELIVERED else outbox.with_kinds(request.user, undelivered[:ON_TOP]),
        "undelivered_total": undelivered.count(),
    }
    return render(request, "reviews/messages.html", context)


def _page(request, show, words, rows):
    if show == PLANNED:
        found = [each for each in _planned(request.user) if _matches(each.recipient, words)]
    elif show == SENT:
        found = rows.filter(state__in={Delivery.SENT, Delivery.WAITING})
    else:
        found = rows.undelivered()
    return Paginator(found, PER_PAGE).get_page(request.GET.get("page"))


def _planned(user):
    """What the next weeks bring, kept for a minute: turning a page or filtering need not compute it again.

    For this person alone, under what they may know at the moment. Without the cache it is computed each time.
    """
    vendor_ids = None if user.is_administrator else set(outbox.led(user))
    known = "all" if vendor_ids is None else ",".join(map(str, sorted(vendor_ids)))
    key = f"planned-mails-{user.pk}-{digest.sha256(known)}-{timezone.localdate().isoformat()}"
    with suppress(Exception):  # the cache's own errors, of whichever kind
        if kept := cache.get(key):
            people = User.objects.in_bulk({person_id for _, _, person_id, _ in kept})
            return [ahead.Planned(day, at, people[person_id], kinds) for day, at, person_id, kinds in kept]
    found = ahead.planned(outbox.people(user), vendor_ids)
    with suppress(Exception):
        cache.set(key, [(each.day, each.at, each.recipient.pk, each.kinds) for each in found], timeout=KEPT)
    return found


def _matches(person, words):
    return all(word in f"{person.name} {person.email}".lower() for word in words.lower().split())
