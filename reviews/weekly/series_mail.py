"""Who is told of the weekly sync, and in which words? One mail for each person and change, with the series for their calendar.

As `invitations`: mails wait as messages (`series:<series>:<person>:<sequence>`) and say what is true when they are sent.
"""

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from django.utils.dateformat import format as format_date

from accounts import grants, site
from evidence.validity import in_words
from reviews.calendar import icalendars
from reviews.models import SyncSeries
from reviews.recurring import invitations
from reviews.recurring.invitations import CANCEL, REQUEST
from reviews.weekly.series_dates import key, url, with_arranged

SUBJECTS = {
    (REQUEST, True): "Countersign: an invitation to the weekly sync",
    (REQUEST, False): "Countersign: the weekly sync has changed",
    (CANCEL, False): "Countersign: the weekly sync is cancelled",
}
WITHOUT_NAME = "Weekly sync"


def write(message):
    """The mail for a message, as the series stands now; None when there is nothing left to say (see `invitations`)."""
    _, pk, *_ = message.key.split(":")
    series = with_arranged(SyncSeries.objects.filter(pk=pk)).prefetch_related("invited").get()
    goes = series.cancelled_at is None and message.person in series.invited.all() and may_know(series, message.person)
    to_say = invitations.what_to_say(message, goes=goes)
    if to_say is None:
        return None
    method, is_first = to_say
    return _mail(method, is_first, series, message)


def _mail(method, is_first, series, message):
    mail = EmailMultiAlternatives(SUBJECTS[method, is_first], _body(method, series, message.person))
    # To who is only taken off the list, nothing is said of the meetings themselves.
    status = "CONFIRMED" if method == REQUEST else "CANCELLED" if series.cancelled_at else ""
    invitations.attach(mail, method, event(method, series, message.person, status=status, stamp=message.created_at))
    return mail


def event(method, series, person, *, status, stamp):
    """The series as iCalendar text, bytes."""
    rule = icalendars.weekly(series.every_weeks, series.until)
    said = {"status": status, "stamp": stamp, "url": url(series), "rule": rule, "last": series.until}
    return icalendars.invitation(method, series, key(series), summary(series, person), person, **said)


def summary(series, person):
    if series.review is None or not may_know(series, person):
        return WITHOUT_NAME
    return f"Weekly sync · {series.review.vendor.name} · {series.review.title}"


def may_know(series, person):
    """Whether the person may still know what the series is about."""
    if series.review:
        return bool(grants.on(person, series.review.deployment.vendor_id))
    return bool(grants.of(person))


def _body(method, series, person):
    start = timezone.localtime(series.starts_at)
    every = "Every week" if series.every_weeks == 1 else f"Every {series.every_weeks} weeks"
    zone = timezone.get_current_timezone_name()
    when = (
        f"{every} on {format_date(start, 'l, H:i')} ({zone}), {series.minutes} minutes, until {in_words(series.until)}"
    )
    if method == CANCEL:
        return (
            f"The weekly sync ({when[0].lower()}{when[1:]}) will not take place any more, or takes place without you.\n"
        )
    lines = [
        summary(series, person),
        f"When: {when}. First on {format_date(start, 'j F Y')}.",
        f"Where: {series.place}" if series.place else "",
        f"Arranged by {series.organiser.name}",
        f"What it is for: {site.link(url(series))}",
    ]
    return "\n".join(filter(None, lines)) + "\n"
