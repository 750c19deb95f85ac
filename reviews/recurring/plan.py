"""Which dates of an obligation have to exist today? (rules 20 and 22)

Whoever writes dates of an obligation holds the lock on its row, so that two workers never write the same date.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from reviews import events
from reviews.choices import PENDING, Counted, ObligationState, OccurrenceState
from reviews.models import Meeting, Obligation, Occurrence
from reviews.recurring import cadence, invitations

AHEAD = timedelta(days=60)
NEW_CADENCE = "The cadence changed."


def materialise(today=None):
    """Write the dates that are due within 60 days, and always the next one, of every obligation in force.

    Reads what is missing from the dates there are, so it may run twice, at once, or after a year without it: each
    date exists once, the missed ones included (rule 22). Returns how many were written.
    """
    today = today or timezone.localdate()
    lacking = [each.pk for each in _in_force(today) if _may_lack(each, today)]
    return sum(_look_and_plan(pk, today) for pk in lacking)


def _in_force(today):
    pending = Q(occurrences__state__in=PENDING)
    return (
        Obligation.objects.active()
        .annotate(
            pending=Count("occurrences", filter=pending),
            ahead=Count("occurrences", filter=pending & Q(occurrences__planned_on__gte=today)),
            last_planned_on=Max("occurrences__planned_on"),
        )
        .order_by("pk")
    )


def _may_lack(obligation, today):
    """Whether a look under the lock is due. Nothing missing is ever overlooked; a look too many does no harm."""
    if not obligation.pending and (obligation.counted == Counted.COMPLETION or _is_over(obligation, today)):
        return True
    if obligation.counted == Counted.COMPLETION:
        return False
    return any(_dates(obligation, obligation.last_planned_on, today, ahead=bool(obligation.ahead)))


@transaction.atomic
def _look_and_plan(pk, today):
    obligation = lock(pk)
    return plan_dates(obligation, today) if obligation.state == ObligationState.ACTIVE else 0


def plan_dates(obligation, today, *, by=None):
    """Write the dates a locked obligation in force lacks, and return how many they were."""
    pending = obligation.occurrences.filter(state__in=PENDING)
    if obligation.counted == Counted.COMPLETION:
        days = [] if pending.exists() else _from_completion(obligation, today)
    else:
        last_planned_on = obligation.occurrences.aggregate(last=Max("planned_on"))["last"]
        days = list(_dates(obligation, last_planned_on, today, ahead=pending.filter(planned_on__gte=today).exists()))
    if days:
        _write(obligation, days, by)
    elif _is_over(obligation, today) and not pending.exists():
        set_state(obligation, ObligationState.ENDED, "Its last day has passed.", by, "obligation.ended")
    return len(days)


def _is_over(obligation, today):
    return obligation.ends_on is not None and obligation.ends_on < today


def _dates(obligation, after, today, *, ahead):
    """The dates of the calendar later than `after` that have to exist today; `ahead`: one from today on does already."""
    while (day := _following(obligation, after, today)) and (day <= today + AHEAD or not ahead):
        yield day
        ahead = ahead or day >= today
        after = day


def _following(obligation, after, today):
    """The calendar's next date, or None after the last one. Without an earlier one, dates before today are not made up."""
    rhythm = (obligation.first_on, obligation.every, obligation.unit)
    try:
        day = cadence.on_or_after(*rhythm, today) if after is None else cadence.after(*rhythm, after)
    except cadence.NoSuchDate:
        return None
    return None if obligation.ends_on and day > obligation.ends_on else day


def _from_completion(obligation, today):
    """The one date counted from the last time it was done or skipped, in a list that is empty after the last day."""
    last = obligation.occurrences.exclude(state__in=PENDING).order_by("-number").first()
    if last is None:
        day = _following(obligation, None, today)
        return [day] if day else []
    try:
        day = cadence.nth(last.done_on or last.due_on, obligation.every, obligation.unit, 1)
    except cadence.NoSuchDate:
        return []
    return [] if obligation.ends_on and day > obligation.ends_on else [day]


def _write(obligation, days, by):
    last = obligation.occurrences.aggregate(last=Max("number"))["last"]
    number = 0 if last is None else last + 1
    Occurrence.objects.bulk_create(
        Occurrence(obligation=obligation, number=number + place, planned_on=day, due_on=day)
        for place, day in enumerate(days)
    )
    record("obligation.planned", obligation, by=by, after={"dates": [day.isoformat() for day in days]})


def replan(obligation, today, by):
    """Move the open dates for which nothing was recorded to the new cadence; what is too many goes.

    A date whose review is open stays: that review's deadline was taken from it.
    """
    untouched = obligation.occurrences.filter(state=OccurrenceState.OPEN, completions=None, review=None)
    loose = list(untouched.order_by("number"))
    days = _days_of_new_cadence(obligation, loose, today)
    for occurrence, day in zip_longest(loose, days[: len(loose)]):
        if day is None:
            _drop(occurrence, obligation, by)
        elif occurrence.planned_on != day:
            _redate(occurrence, obligation, day, by)
    plan_dates(obligation, today, by=by)


def _days_of_new_cadence(obligation, loose, today):
    fixed = obligation.occurrences.exclude(pk__in=[each.pk for each in loose])
    if obligation.counted == Counted.COMPLETION:
        return [] if fixed.filter(state__in=PENDING).exists() else _from_completion(obligation, today)
    after = fixed.aggregate(last=Max("planned_on"))["last"]
    if after is None and loose:
        # What is overdue stays so, at its date of the new cadence; earlier dates are not made up.
        after = min(today, loose[0].planned_on) - timedelta(days=1)
    ahead = fixed.filter(state__in=PENDING, planned_on__gte=today).exists()
    return list(_dates(obligation, after, today, ahead=ahead))


def _redate(occurrence, obligation, day, by):
    before = occurrence.due_on
    occurrence.planned_on = occurrence.due_on = day
    occurrence.moved_reason = ""
    occurrence.save(update_fields=["planned_on", "due_on", "moved_reason"])
    events.record_duty(
        "occurrence.redated",
        occurrence,
        obligation=obligation,
        by=by,
        before={"due_on": before},
        after={"due_on": day},
        reason=NEW_CADENCE,
    )


def _drop(occurrence, obligation, by):
    """A date the new cadence does not have: forgotten, unless something hangs on it."""
    if Meeting.objects.filter(occurrence=occurrence).exists():
        skip(occurrence, obligation, reason=NEW_CADENCE, by=by)
        return
    events.record_duty(
        "occurrence.dropped",
        occurrence,
        obligation=obligation,
        by=by,
        before={"due_on": occurrence.due_on},
        reason=NEW_CADENCE,
    )
    occurrence.delete()


def skip(occurrence, obligation, *, reason, by):
    """Close a date as not to be done, and call its meeting off; the obligation's row is locked by the caller."""
    before = occurrence.state
    occurrence.state = OccurrenceState.SKIPPED
    occurrence.closed_reason = reason
    occurrence.closed_at = timezone.now()
    occurrence.save(update_fields=["state", "closed_reason", "closed_at"])
    invitations.withdraw(occurrence, obligation, by=by)
    events.record_duty(
        "occurrence.skipped",
        occurrence,
        obligation=obligation,
        by=by,
        before={"state": before},
        after={"state": occurrence.state},
        reason=reason,
    )


@dataclass(frozen=True)
class Next:
    """What comes next, counted both ways; None where there is no such day."""

    by_calendar: date | None
    from_completion: date | None


def next_dates(obligation):
    """Both ways of counting, whichever is in force, for the person who chooses between them."""
    done = [each for each in obligation.occurrences.all() if each.state == OccurrenceState.DONE]
    if not done:
        return Next(_following(obligation, None, timezone.localdate()), None)
    last = max(done, key=lambda each: each.number)
    try:
        from_completion = cadence.nth(last.done_on, obligation.every, obligation.unit, 1)
    except cadence.NoSuchDate:
        from_completion = None
    return Next(_following(obligation, max(last.planned_on, last.done_on), timezone.localdate()), from_completion)


def lock(pk):
    """The obligation as it is in the database, its row locked until the transaction ends."""
    locked = Obligation.objects.select_for_update(of=("self",), no_key=True)
    return locked.with_names().get(pk=pk)


def set_state(obligation, state, reason, by, event_type):
    """Move a locked obligation to another state, with its event."""
    before = obligation.state
    obligation.state, obligation.state_reason = state, reason
    obligation.version += 1
    obligation.save(update_fields=["state", "state_reason", "version"])
    record(event_type, obligation, by=by, before={"state": before}, after={"state": state}, reason=reason)


def record(event_type, obligation, *, by, **said):
    """Write one event about the obligation itself, in the caller's transaction."""
    events.record_duty(event_type, obligation, obligation=obligation, by=by, **said)
