"""How do dates, hashes and people read on a page?

A template library (``{% load display %}``): every filter turns a value into words and changes nothing.
Days are days in the organisation's time zone.
"""

import datetime
import re

from django import template
from django.utils import timezone
from django.utils.dateformat import format as format_date

register = template.Library()

# Further away than this a count of days says less than the date.
COUNTED_DAYS = 60

STATE_ICONS = {
    "awaiting": "signature",
    "complete": "circle-check",
    "conditional": "clipboard-list",
    "confirmed": "circle-check",
    "escalate": "alert-triangle",
    "expired": "hourglass-empty",
    "expiring": "clock",
    "failed": "alert-triangle",
    "go": "circle-check",
    "hold": "hand-stop",
    "in_progress": "circle-half-2",
    "in_review": "hand-stop",
    "inactive": "ban",
    "inherited": "history",
    "lapsed": "hourglass-empty",
    "late": "clock-exclamation",
    "not_applicable": "circle-minus",
    "not_started": "circle",
    "queued": "clock",
    "refuse": "circle-x",
    "running": "progress",
    "unconfirmed": "circle-x",
    "unowned": "user-question",
    "valid": "circle-check",
    "withdrawn": "arrow-back-up",
}

ALERT_ICONS = {"success": "circle-check", "warning": "alert-triangle", "error": "alert-circle", "info": "info-circle"}


def _day(value):
    """The day of a date or of an aware datetime, in the current time zone."""
    if isinstance(value, datetime.datetime):
        return timezone.localdate(value)
    return value


def _long_date(day):
    return format_date(day, "j F Y")


@register.filter
def days_from_today(value):
    """Say a day as distance: "today", "in 3 days", "3 days ago"; beyond sixty days the date."""
    if not value:
        return ""
    day = _day(value)
    days = (day - timezone.localdate()).days
    if abs(days) > COUNTED_DAYS:
        return _long_date(day)
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


@register.filter
def when(value):
    """Say a moment as distance, with the time of day while that still helps: "yesterday 16:20"."""
    if not value:
        return ""
    seconds = (timezone.now() - value).total_seconds()
    if 0 <= seconds < 60:
        return "just now"
    if 60 <= seconds < 3600:
        minutes = int(seconds // 60)
        return f"{minutes} minute{'' if minutes == 1 else 's'} ago"
    words = days_from_today(value)
    if words in ("today", "yesterday", "tomorrow"):
        return f"{words} {format_date(timezone.localtime(value), 'H:i')}"
    return words


@register.filter
def exact(value):
    """The full date; for a moment also the time and its zone: "21 November 2026, 19:10 UTC"."""
    if not value:
        return ""
    if isinstance(value, datetime.datetime):
        return format_date(timezone.localtime(value), "j F Y, H:i T")
    return _long_date(value)


@register.filter
def iso(value):
    """The machine's form for ``<time datetime>``; moments in UTC."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if value else ""


@register.filter
def is_past(value):
    """True when a day is over, or a moment has passed."""
    if not value:
        return False
    if isinstance(value, datetime.datetime):
        return value < timezone.now()
    return value < timezone.localdate()


@register.filter
def short_hash(value):
    """The first and last four digits of a hash: enough to compare by eye, never to rely on."""
    text = str(value or "")
    return text if len(text) <= 12 else f"{text[:4]}…{text[-4:]}"


@register.filter
def initials(value):
    """Up to two letters for an avatar: "Review lead" gives RL, "ciso@example.com" gives CI."""
    text = str(value or "").split("@")[0]
    words = re.findall(r"[^\W_]+", text)
    if not words:
        return "?"
    letters = words[0][:2] if len(words) == 1 else words[0][0] + words[-1][0]
    return letters.upper()


@register.filter
def state_icon(state):
    """The icon that stands beside the word for a state."""
    return STATE_ICONS.get(str(state), "circle")


@register.filter
def alert_icon(level):
    """The icon of a message, by Django's level tag."""
    return ALERT_ICONS.get(str(level), "info-circle")


@register.filter
def is_under(path, prefix):
    """True when an address lies in a section of the site, to mark the section in the navigation."""
    return str(path or "").startswith(prefix)


@register.filter
def bar_of(parts, total):
    """Lay parts (each with a state and a count) side by side on a bar of width 100, as text for SVG attributes."""
    start = 0
    for part in parts:
        if total and part["count"]:
            width = 100 * part["count"] / total
            yield {"state": part["state"], "start": f"{start:.2f}", "width": f"{width:.2f}"}
            start += width
