"""Who meets, who is away, and which actions of a sync are due in the span?"""

from datetime import UTC, datetime, time, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts import grants
from accounts.models import Absence
from reviews import events
from reviews.calendar.duties import duty_outside
from reviews.calendar.entry import Entry, due_state, said
from reviews.choices import (
    ActionState,
    OccurrenceState,
    OnCalendar,
)
from reviews.models import (
    Action,
    Meeting,
    Occurrence,
    Review,
    Sync,
    SyncSeries,
)
from reviews.weekly import series_dates


def absences(asked):
    known = Q(person__in=grants.colleagues(asked.user)) | Q(person=asked.user)
    if asked.vendor:
        known &= Q(person__in=[person for person, _ in grants.people(asked.vendor)])
    rows = Absence.objects.filter(cancelled_at=None, starts_on__lte=asked.last, ends_on__gte=asked.first)
    rows = rows.filter(known, asked.of_person("person", "deputy")).select_related("person")
    return [
        Entry(
            key=f"absence-{row.pk}",
            kind=OnCalendar.ABSENCE,
            day=row.starts_on,
            last=row.ends_on,
            title=_absent(row, asked.user, row.person.name),
            outside=_absent(row, asked.user, "Somebody"),
            url=reverse("accounts:profile"),
        )
        for row in rows
    ]


def _absent(absence, user, name):
    if absence.person_id == user.pk:
        return "You are away"
    return f"{name} is away" + (", you act" if absence.deputy_id == user.pk else "")


def actions(asked):
    rows = Action.objects.visible_to(asked.user).exclude(state=ActionState.DROPPED).filter(due_on__range=asked.days)
    rows = rows.filter(asked.of_person("owner"))
    if asked.vendor:
        about_all = Q(review=None, sync__in=Sync.objects.filter(reviews__deployment__vendor=asked.vendor))
        rows = rows.filter(asked.of_vendor("review__deployment__vendor") | about_all)
    return [
        Entry(
            key=f"action-{row.pk}",
            kind=OnCalendar.ACTION,
            day=row.due_on,
            title=row.text,
            outside=said(f"Action of sync {row.sync.number}", *_about(row.review)),
            url=row.get_absolute_url(),
            vendor=row.review.vendor.name if row.review else "",
            state=due_state(row.due_on, asked.today, done=row.state == ActionState.DONE),
        )
        for row in rows.with_names()
    ]


def syncs(asked):
    """Each date of the series the person arranged or is invited to, and of those about reviews they may see."""
    rows = SyncSeries.objects.filter(cancelled_at=None, starts_at__date__lte=asked.last, until__gte=asked.first)
    own = Q(review=None) & (Q(organiser=asked.user) | Q(invited=asked.user))
    rows = rows.filter(own | Q(review__in=Review.objects.visible_to(asked.user)))
    rows = rows.filter(asked.of_vendor("review__deployment__vendor"), asked.of_person("organiser", "invited"))
    for row in series_dates.with_arranged(rows).distinct():
        key = series_dates.key(row)
        for start in series_dates.dates(row, asked.first, asked.last):
            yield Entry(
                key=f"{key}-{start:%Y%m%d}",
                kind=OnCalendar.SYNC,
                day=start.date(),
                title=said("Weekly sync", row.review.deployment.name if row.review else "all reviews"),
                outside=said("Weekly sync", *_about(row.review)),
                url=series_dates.url(row),
                vendor=row.review.vendor.name if row.review else "",
                starts_at=start.astimezone(UTC),
                minutes=row.minutes,
            )


def _about(review):
    return (review.vendor.name, review.title) if review else ("All reviews",)


def meetings(asked):
    start = timezone.make_aware(datetime.combine(asked.first, time.min))
    end = timezone.make_aware(datetime.combine(asked.last + timedelta(days=1), time.min))
    rows = Meeting.objects.filter(cancelled_at=None, starts_at__gte=start, starts_at__lt=end)
    rows = rows.filter(occurrence__in=Occurrence.objects.visible_to(asked.user).exclude(state=OccurrenceState.SKIPPED))
    rows = rows.filter(asked.of_vendor("occurrence__obligation__vendor"), asked.of_person("organiser", "invited"))
    found = []
    for row in with_calls(rows.select_related("occurrence__obligation__vendor").distinct()):
        obligation = row.occurrence.obligation
        found.append(
            Entry(
                key=meeting_key(row),
                kind=OnCalendar.MEETING,
                day=timezone.localdate(row.starts_at),
                title=obligation.title,
                outside=said(f"Meeting: {duty_outside(obligation)}", obligation.vendor.name),
                url=row.occurrence.get_absolute_url(),
                vendor=obligation.vendor.name,
                starts_at=row.starts_at,
                minutes=row.minutes,
            )
        )
    return found


def with_calls(meetings):
    return meetings.annotate(called_at=events.first("meeting.called", "meeting"))


def meeting_key(meeting):
    """Its number and the moment it was first called: after a restore the number alone may be another meeting's."""
    return f"meeting-{meeting.pk}" + (f"-{meeting.called_at:%Y%m%dT%H%M%S%f}" if meeting.called_at else "")
