"""When does the weekly sync take place, and who is invited? (rule 21)

Day and time are those on the wall where the organisation is, week after week, whatever the clocks do. Each change is
written down together with the mails it asks for.
"""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Refused, ask
from reviews import events
from reviews.models import Review, SyncSeries
from reviews.permissions import can_hold_sync
from reviews.recurring import invitations, meetings
from reviews.weekly import series_dates, sync_people

WEEKS_AT_MOST = 12


def of(review, user):
    """The series of this review, or with None the person's own about all; None when there is none."""
    found = SyncSeries.objects.filter(review=review, cancelled_at=None).select_related("review", "organiser")
    return (found if review else found.filter(organiser=user)).prefetch_related("invited").first()


def possible_guests(review, user):
    """Who may be invited: people who may see the review, or everything at work that this person sees."""
    if review:
        return sync_people.with_access_to([review.deployment.vendor_id])
    at_work = Review.objects.visible_to(user).at_work()
    return sync_people.with_access_to(set(at_work.values_list("deployment__vendor_id", flat=True)))


@transaction.atomic
def arrange(review, *, by, day, at, minutes, every_weeks, until, place, invited):
    """Arrange the weekly sync, or change it; whoever has to know gets a mail. Nothing when nothing changed.

    When only the list of the invited changes, only those hear who come onto it or leave it. Raises Refused.
    """
    _lock(review, by)
    series = of(review, by)
    values = {"minutes": minutes, "every_weeks": every_weeks, "until": until, "place": place}
    values["starts_at"] = _start(series, day, at, every_weeks)
    _must_be_possible(values, day)
    allowed = set(possible_guests(review, by))
    if not invited:
        raise Refused("Invite at least one person.")
    for person in invited:
        if person not in allowed:
            raise Refused(f"{person.name} may not see what the sync is about and cannot be invited.")
    return _change(series, by, values, invited) if series else _call(review, by, values, invited)


def _lock(review, by):
    ask(can_hold_sync(by, review))
    rows = Review.objects.filter(pk=review.pk) if review else User.objects.filter(pk=by.pk)
    rows.select_for_update(no_key=True).get()


def _start(series, day, at, every_weeks):
    """The first start; one of those that are arranged already leaves the series as it began."""
    if series and every_weeks == series.every_weeks:
        for start in series_dates.dates(series, day, day):
            if start.time() == at:
                return series.starts_at
    meetings.must_be_in_reach(day)
    start = meetings.instant(day, at)
    if start <= timezone.now():
        raise Refused("This moment has passed. Choose one that is still to come.")
    return start


def _must_be_possible(values, day):
    if values["until"] < day:
        raise Refused("The last day lies before the first meeting.")
    meetings.must_be_in_reach(values["until"])
    if not meetings.SHORTEST <= values["minutes"] <= meetings.LONGEST:
        raise Refused(f"A meeting lasts from {meetings.SHORTEST} minutes to a day.")
    if not 1 <= values["every_weeks"] <= WEEKS_AT_MOST:
        raise Refused(f"A sync takes place every week, or every {WEEKS_AT_MOST} weeks at the least.")


def _call(review, by, values, invited):
    series = SyncSeries.objects.create(review=review, organiser=by, **values)
    series.invited.set(invited)
    invitations.queue(series, invited, "series")
    _note("series.arranged", series, by=by, after=_said(series))
    return series


def _change(series, by, values, invited):
    before, known = _said(series), set(series.invited.all())
    for name, value in values.items():
        setattr(series, name, value)
    moved = before != _said(series)
    if not moved and known == set(invited):
        return series
    series.sequence += 1
    series.save()
    series.invited.set(invited)
    new, gone = set(invited) - known, known - set(invited)
    invitations.queue(series, gone | (set(invited) if moved else new), "series")
    _note("series.changed", series, by=by, before=before, after=_said(series))
    return series


@transaction.atomic
def cancel(review, *, by):
    """Call the series off; everyone invited gets a mail. Raises Refused when there is none."""
    _lock(review, by)
    series = of(review, by)
    if series is None:
        raise Refused("There is no weekly sync to cancel.")
    series.cancelled_at = timezone.now()
    series.sequence += 1
    series.save(update_fields=["cancelled_at", "sequence"])
    invitations.queue(series, series.invited.all(), "series")
    _note("series.cancelled", series, by=by, before=_said(series))


def _said(series):
    return {
        "starts_at": series.starts_at,
        "minutes": series.minutes,
        "every_weeks": series.every_weeks,
        "until": series.until,
        "place": series.place,
        "invited": sorted(person.email for person in SyncSeries.objects.get(pk=series.pk).invited.all()),
    }


def _note(event_type, series, *, by, **said):
    """A series about all has no vendor: administrators read that it was arranged, not by whom it is attended or where."""
    if series.review:
        events.record(event_type, series, review=series.review, by=by, **said)
    else:
        events.record_about_all(event_type, series, by=by, about="Weekly sync", **said)
