"""Which obligations and dates do the tests play with? Reached through the domain, on days of the year 2027."""

from datetime import date

from reviews.choices import Counted, Duty, OccurrenceState, Result, Unit
from reviews.models import Obligation
from reviews.recurring import obligations, occurrences

ANSWERS = {
    Duty.DRILL: {"scenario": "Keys leaked.", "participants": "CISO\nIT security", "found": ""},
    Duty.ACCESS_REVIEW: {
        "rows": [{"who": "Reviewer", "access": "Reviewer", "verdict": "kept", "why": ""}],
        "found": "",
    },
    Duty.SPOT_CHECK: {"sample": "Ten prompts of May.", "seen": "Nothing confidential.", "found": ""},
    Duty.KEY_ROTATION: {"keys": "production-1", "rotated_by": "IT security", "found": ""},
    Duty.OTHER: {"done": "Looked at.", "found": ""},
}
FOUND = "The list of people to call was out of date."


def at(day):
    """Noon of a day, for `time_machine.move_to`."""
    return f"{day}T12:00:00Z"


def add(vendor, by, deployment=None, duty=Duty.OTHER, **values):
    """An obligation in force, monthly from 31 January 2027 unless said otherwise."""
    told = {"title": Duty(duty).label, "owner": by, "every": 1, "unit": Unit.MONTH, "first_on": date(2027, 1, 31)}
    return obligations.create(vendor, by=by, duty=duty, deployment=deployment, **(told | values))


def add_counted(vendor, by, **values):
    """One counted from its completion: every 90 days."""
    return add(vendor, by, **({"counted": Counted.COMPLETION, "every": 90, "unit": Unit.DAY} | values))


def days(obligation, state=None):
    """Its due days in order, all or those in one state."""
    found = obligation.occurrences.order_by("number")
    return [each.due_on.isoformat() for each in (found.filter(state=state) if state else found)]


def open_days(obligation):
    return days(obligation, OccurrenceState.OPEN)


def fresh(obligation):
    return Obligation.objects.get(pk=obligation.pk)


def first_open(obligation):
    return obligation.occurrences.filter(state=OccurrenceState.OPEN).order_by("number").first()


def record(occurrence, by, *, done_on, failed=False, **values):
    answers = ANSWERS[occurrence.obligation.duty] | ({"found": FOUND} if failed else {})
    result = Result.FAILED if failed else Result.PASSED
    values = {"answers": answers, "result": result} | values
    return occurrences.record(occurrence, by=by, done_on=done_on, **values)


def sign(occurrence, by):
    completion = occurrences.last_completion(occurrence)
    return occurrences.sign(occurrence, by=by, shown=occurrences.shown(completion, to=by))
