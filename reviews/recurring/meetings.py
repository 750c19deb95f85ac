"""When do people come together for one date of an obligation, say for a drill?

Day and time are those on the wall where the organisation is. Whoever is invited has access to the vendor; each change is
written down together with the mails it asks for.
"""

from datetime import UTC, datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.utils import timezone

from accounts import grants
from accounts.permissions import Refused, ask
from reviews.choices import PENDING, ObligationState
from reviews.models import Meeting
from reviews.permissions import can_arrange
from reviews.recurring import invitations, occurrences

SHORTEST, LONGEST = 5, 24 * 60  # minutes
YEARS_AHEAD = 5


def of(occurrence):
    """The meeting of this date that was not cancelled, or None."""
    found = Meeting.objects.filter(occurrence=occurrence, cancelled_at=None)
    return found.select_related("organiser").prefetch_related("invited").first()


def instant(day, at):
    """The moment at which it is `at` on this day in the organisation's zone.

    Raises Refused for a time the clocks leave out and for one they show twice.
    """
    zone = timezone.get_current_timezone()
    first = datetime.combine(day, at, tzinfo=zone)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(zone).time() != at:
        raise Refused(f"On that day the clocks go forward and {at:%H:%M} does not exist. Choose another time.")
    raise Refused(f"On that day the clocks go back and {at:%H:%M} comes twice. Choose another time.")


@transaction.atomic
def arrange(occurrence, *, by, day, at, minutes, place, invited):
    """Call the meeting of this date, or change it; whoever has to know gets a mail. Nothing when nothing changed.

    When only the list of the invited changes, only those hear who come onto it or leave it. Raises Refused.
    """
    occurrence = occurrences.lock(occurrence)
    ask(can_arrange(by, occurrence.obligation))
    _must_be_pending(occurrence)
    must_be_in_reach(day)
    starts_at = instant(day, at)
    if starts_at <= timezone.now():
        raise Refused("This moment has passed. Choose one that is still to come.")
    if not SHORTEST <= minutes <= LONGEST:
        raise Refused(f"A meeting lasts from {SHORTEST} minutes to a day.")
    _must_see(invited, occurrence.obligation.vendor)
    meeting = Meeting.objects.filter(occurrence=occurrence).first()
    values = {"starts_at": starts_at, "minutes": minutes, "place": place}
    if meeting is None:
        return _call(occurrence, by, values, invited)
    return _change(meeting, occurrence.obligation, by, values, invited)


def _call(occurrence, by, values, invited):
    meeting = Meeting.objects.create(occurrence=occurrence, organiser=by, **values)
    meeting.invited.set(invited)
    invitations.queue(meeting, invited)
    invitations.note("meeting.called", meeting, occurrence.obligation, by=by, after=_said(meeting))
    return meeting


def _change(meeting, obligation, by, values, invited):
    before, was_cancelled = _said(meeting), meeting.cancelled_at is not None
    known = set() if was_cancelled else set(meeting.invited.all())
    for name, value in values.items():
        setattr(meeting, name, value)
    moved = was_cancelled or before != _said(meeting) | {"invited": before["invited"]}
    if not moved and known == set(invited):
        return meeting
    meeting.cancelled_at = None
    meeting.sequence += 1
    meeting.save()
    meeting.invited.set(invited)
    new, gone = set(invited) - known, known - set(invited)
    invitations.queue(meeting, gone | (set(invited) if moved else new))
    after = _said(meeting)
    changed = {name for name in after if after[name] != before[name]} or {"starts_at"}
    invitations.note(
        "meeting.called" if was_cancelled else "meeting.changed",
        meeting,
        obligation,
        by=by,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return meeting


@transaction.atomic
def cancel(occurrence, *, by):
    """Call the meeting off; everyone invited gets a mail. Raises Refused when there is none."""
    occurrence = occurrences.lock(occurrence)
    ask(can_arrange(by, occurrence.obligation))
    if not invitations.withdraw(occurrence, occurrence.obligation, by=by):
        raise Refused("There is no meeting to cancel.")


def ends_at(meeting):
    return meeting.starts_at + timedelta(minutes=meeting.minutes)


def possible_guests(vendor):
    """Active people with any access to the vendor, by name."""
    return [person for person, _ in grants.people(vendor) if person.is_active]


def _must_be_pending(occurrence):
    if occurrence.state not in PENDING or occurrence.obligation.state != ObligationState.ACTIVE:
        raise Refused("This date is closed: there is nothing to meet for.")


def must_be_in_reach(day):
    """Raise Refused for a day in the past or too far away. Asked before the instant is computed: at either end of the
    calendar there is none."""
    today = timezone.localdate()
    if day < today:
        raise Refused("This moment has passed. Choose one that is still to come.")
    if day > today + relativedelta(years=YEARS_AHEAD):
        raise Refused(f"A meeting is at most {YEARS_AHEAD} years ahead. Choose an earlier day.")


def _must_see(invited, vendor):
    if not invited:
        raise Refused("Invite at least one person.")
    known = set(possible_guests(vendor))
    for person in invited:
        if person not in known:
            raise Refused(f"{person.name} has no access to {vendor.name} and cannot be invited.")


def _said(meeting):
    return {
        "starts_at": meeting.starts_at,
        "minutes": meeting.minutes,
        "place": meeting.place,
        "invited": sorted(person.email for person in meeting.invited.all()),
    }
