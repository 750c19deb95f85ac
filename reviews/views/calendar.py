"""What does the browser get of the calendar, and what a calendar program? A month as a grid or a list; the feed and its address."""

import calendar as months
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import grants, reauthentication
from accounts.permissions import Refused
from reviews import calendar
from reviews.calendar import feeds
from reviews.calendar.calendar_forms import AddressForm
from reviews.choices import OnCalendar
from reviews.views.item import needs_password
from vendors.models import Vendor

MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 1)
IN_A_CELL = 4
TOO_MANY = 429
WEEKDAYS = list(months.day_name)


@dataclass(frozen=True)
class Day:
    date: date
    entries: list
    outside: bool  # of the month
    today: bool

    @property
    def shown(self):
        return self.entries if len(self.entries) <= IN_A_CELL else self.entries[: IN_A_CELL - 1]

    @property
    def more(self):
        return len(self.entries) - len(self.shown)


@require_safe
def month(request):
    """One month of what the person may see; everything chosen is in the address, and what is no choice is left out."""
    first, remark = _month_of(request.GET.get("month", ""))
    people = {str(person.pk): person for person in (request.user, *grants.colleagues(request.user))}
    vendors = {vendor.slug: vendor for vendor in Vendor.objects.visible_to(request.user)}
    person, vendor = people.get(request.GET.get("person")), vendors.get(request.GET.get("vendor"))
    kind = request.GET.get("kind", "") if request.GET.get("kind") in OnCalendar.values else ""
    weeks = months.Calendar().monthdatescalendar(first.year, first.month)
    found = calendar.entries(request.user, weeks[0][0], weeks[-1][-1], person=person, vendor=vendor, kind=kind)
    days = _days(first, found, weeks)
    as_list = request.GET.get("view") == "list"
    return render(
        request,
        "reviews/calendar.html",
        {
            "first": first,
            "remark": remark,
            "weeks": days,
            "weekdays": WEEKDAYS,
            "listed": _listed(days),
            "as_list": as_list,
            "previous": _named(_beside(first, -1)),
            "next": _named(_beside(first, 1)),
            "this_month": _named(timezone.localdate()),
            "people": people,
            "vendors": vendors,
            "kinds": OnCalendar.choices,
            "person": person,
            "vendor": vendor,
            "kind": kind,
        },
    )


def _month_of(words) -> tuple[date, str]:
    """The first day of the month the address names, or of the present one with the reason why."""
    today = timezone.localdate().replace(day=1)
    if not words:
        return today, ""
    found = MONTH.fullmatch(words)
    first = date(int(found[1]), int(found[2]), 1) if found and int(found[1]) else None
    if first and EARLIEST <= first <= LATEST:
        return first, ""
    return today, (
        f"The address names no month from {EARLIEST.year} to {LATEST.year}, written as {today:%Y-%m}. "
        "This is the present month."
    )


def _beside(first: date, step: int) -> date | None:
    """The month before or after; None beyond those there are."""
    other = (first + timedelta(days=31) if step > 0 else first - timedelta(days=1)).replace(day=1)
    return other if EARLIEST <= other <= LATEST else None


def _named(day: date | None) -> str:
    return f"{day:%Y-%m}" if day else ""


def _days(first: date, found: Iterable[calendar.Entry], weeks: list[list[date]]) -> list[list[Day]]:
    placed = calendar.by_day(found, [day for week in weeks for day in week])
    today = timezone.localdate()
    return [[Day(day, placed[day], day.month != first.month, day == today) for day in week] for week in weeks]


def _listed(weeks: list[list[Day]]) -> list[Any]:
    """The days of the month itself on which something is."""
    return [day for week in weeks for day in week if day.entries and not day.outside]


@require_http_methods(["GET", "POST"])
def address(request):
    """The person's own secret address: whether there is one; a new one is shown in the answer that makes it, and never again."""
    if request.method == "GET":
        return _address(request, AddressForm(needs_password=needs_password(request)))
    form = AddressForm(request.POST, needs_password=needs_password(request))
    if not form.is_valid():
        return _address(request, form, status=422)
    try:
        _reauthenticate(request, form)
    except Refused as refusal:
        form.add_error("password", str(refusal))
        return _address(request, form, status=422)
    secret = feeds.make(request.user)
    path = reverse("reviews:calendar_feed", args=[secret])
    return _address(request, AddressForm(needs_password=False), made=request.build_absolute_uri(path))


def _reauthenticate(request, form):
    if "password" in form.fields and not reauthentication.confirm(request, form.cleaned_data["password"]):
        raise Refused("This is not your password. No address was made.")


def _address(request, form, *, made="", status=200):
    feed = feeds.in_force(request.user)
    context = {"form": form, "feed": feed, "made": made, "is_over": feed and feed.expires_on < timezone.localdate()}
    return render(request, "reviews/calendar_address.html", context, status=status)


@require_POST
def address_revoke(request):
    if feeds.revoke(request.user):
        messages.success(request, "The address is revoked: whoever has it reads nothing more.")
    else:
        messages.info(request, "There was no address to revoke.")
    return redirect("reviews:calendar_address")


@login_not_required
@require_safe
def feed(request, secret):
    """The dates of whoever made this address. Nobody is signed in: the address is the key, and wrong ones do not exist."""
    found = feeds.find(secret)
    if found is None:
        raise Http404
    if feeds.is_asked_too_often(found):
        return HttpResponse("Too often: wait a minute.", status=TOO_MANY, headers={"Retry-After": "60"})
    text = feeds.read(found)
    etag = quote_etag(hashlib.sha256(text).hexdigest())
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="countersign.ics"'
    # Kept by the program that asked, which asks each time whether it has changed; by nobody on the way.
    response["Cache-Control"] = "private, no-cache"
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response)
