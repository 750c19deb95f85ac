"""Which dates of obligations fall into the span?"""

from datetime import timedelta

from django.db.models import Max, Q

from reviews.calendar.entry import Entry, due_state, said
from reviews.choices import (
    Counted,
    Duty,
    ObligationState,
    OccurrenceState,
    OnCalendar,
)
from reviews.models import (
    Obligation,
    Occurrence,
)
from reviews.recurring import cadence


def obligations(asked):
    """The dates that are stored, and those of the calendar that are still too far away to be."""
    return [*_occurrences(asked), *_dates_to_come(asked)]


def _occurrences(asked):
    in_force = Q(obligation__state=ObligationState.ACTIVE)
    shown = in_force | Q(state__in={OccurrenceState.DONE, OccurrenceState.SKIPPED})
    rows = Occurrence.objects.visible_to(asked.user).with_names().filter(shown, due_on__range=asked.days)
    rows = rows.filter(asked.of_vendor("obligation__vendor"), asked.of_person("obligation__owner"))
    return [
        _of_obligation(row.obligation, row.number, row.due_on, row.get_absolute_url(), _state_of(row, asked.today))
        for row in rows
    ]


def _dates_to_come(asked):
    rows = Obligation.objects.visible_to(asked.user).active().with_names().filter(counted=Counted.CALENDAR)
    rows = rows.filter(asked.of_vendor("vendor"), asked.of_person("owner"))
    last = {"last_planned_on": Max("occurrences__planned_on"), "last_number": Max("occurrences__number")}
    for row in rows.annotate(**last):
        for number, day in _following(row, asked):
            yield _of_obligation(row, number, day, row.get_absolute_url())


def _following(obligation, asked):
    """`(number, day)` of the dates after the last one stored, numbered as they will be (see `plan`)."""
    rhythm = (obligation.first_on, obligation.every, obligation.unit)
    stored = obligation.last_planned_on
    try:
        next_step = cadence.steps_until(*rhythm, stored + timedelta(days=1) if stored else asked.today)
        step = max(next_step, cadence.steps_until(*rhythm, asked.first))
        number = 0 if obligation.last_number is None else obligation.last_number + 1
        while (day := cadence.nth(*rhythm, step)) <= min(asked.last, obligation.ends_on or asked.last):
            yield number + step - next_step, day
            step += 1
    except cadence.NoSuchDate:
        return


def _state_of(occurrence, today):
    fixed = {
        OccurrenceState.DONE: "complete",
        OccurrenceState.SKIPPED: "inactive",
        OccurrenceState.AWAITING: "awaiting",
    }
    return fixed.get(occurrence.state) or due_state(occurrence.due_on, today)


def _of_obligation(obligation, number, day, url, state="neutral"):
    return Entry(
        key=f"obligation-{obligation.pk}-{number}",
        kind=OnCalendar.OBLIGATION,
        day=day,
        title=said(obligation.title, obligation.deployment.name if obligation.deployment else ""),
        outside=said(duty_outside(obligation), obligation.vendor.name),
        url=url,
        vendor=obligation.vendor.name,
        state=state,
    )


def duty_outside(obligation):
    """What kind of obligation it is: its title is somebody's own words."""
    return "Obligation" if obligation.duty == Duty.OTHER else obligation.get_duty_display()
