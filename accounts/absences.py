"""Who is away, and who acts meanwhile? (rule 2; docs/decisions/0021-deputies.md)

One person acts for another on one day: the stand-in. That is the deputy; while the deputy is away too, the deputy's own
deputy, and so on. When this leads back to somebody, or to an account that is closed, nobody stands in.
Days are days in the organisation's time zone, the first and the last included.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateformat import format as format_date

from accounts import grants, permissions
from accounts.choices import Access
from accounts.models import Absence, User
from accounts.permissions import Refused
from audit import log

LONGEST = timedelta(days=366)  # a deputy without an end would be an owner nobody made one


@dataclass(frozen=True)
class Rota:
    """Who is away on one day: `{person's id: Absence}` of everyone, read once."""

    day: date
    away: dict[int, Absence]

    def stand_in(self, person: User) -> User:
        """Who acts for the person on this day and is told instead; the person, unless somebody else does."""
        met, acts = set(), person
        while absence := self.away.get(acts.pk):
            met.add(acts.pk)
            acts = absence.deputy
            if acts.pk in met or not acts.is_active:
                return person
        return acts

    def acting_for(self, user: User) -> list[Absence]:
        """The absences in which this person acts, soonest over first."""
        others = [absence for absence in self.away.values() if absence.person_id != user.pk]
        found = [absence for absence in others if self.stand_in(absence.person) == user]
        return sorted(found, key=lambda absence: (absence.ends_on, absence.person.name, absence.pk))

    def in_words(self, person: User) -> str:
        """ "away until 14 October 2026, Legal acts"; empty while the person is there."""
        absence = self.away.get(person.pk)
        if absence is None:
            return ""
        acts = self.stand_in(person)
        who = "nobody acts" if acts == person else f"{acts.name} acts"
        return f"away until {format_date(absence.ends_on, 'j F Y')}, {who}"


_read: ContextVar[dict[date, Rota] | None] = ContextVar("rotas_read", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Read each day's rota once inside; for a page that only shows."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def on(day: date | None = None) -> Rota:
    """The rota of one day, by default today. One query, however many are away; those who left are not away."""
    day = day or timezone.localdate()
    kept = _read.get()
    if kept is None:
        return _rota_of(day)
    if day not in kept:
        kept[day] = _rota_of(day)
    return kept[day]


def _rota_of(day: date) -> Rota:
    rows = Absence.objects.filter(cancelled_at=None, starts_on__lte=day, ends_on__gte=day, person__is_active=True)
    return Rota(day, {row.person_id: row for row in rows.select_related("person", "deputy")})


def absent(person_ids, day):
    """`{person's id: Absence}` of those among the people who are away on the day."""
    wanted = set(person_ids)
    return {pk: absence for pk, absence in on(day).away.items() if pk in wanted}


def acting_for(user, day=None):
    """The absences in which this person acts on the day, by default today."""
    return on(day).acting_for(user)


def stand_in(person, day=None):
    """Who acts for the person on the day and is told instead; the person, unless somebody else does."""
    return on(day).stand_in(person)


def coming(person):
    """The person's absences that are not over, soonest first."""
    rows = person.absences.filter(cancelled_at=None, ends_on__gte=timezone.localdate())
    return rows.select_related("person", "deputy")


def as_deputy(person):
    """Absences of others, not over, that name this person as the deputy."""
    rows = person.deputises.filter(cancelled_at=None, ends_on__gte=timezone.localdate(), person__is_active=True)
    return rows.select_related("person", "deputy")


def not_covered(absence):
    """Names of the vendors at which the absent person signs and the deputy may not: being a deputy gives no access."""
    covered = set(grants.vendor_ids_with(absence.deputy, {Access.SIGN}))
    held = grants.vendors_of(absence.person)
    return [vendor.name for vendor, accesses in held if Access.SIGN in accesses and vendor.pk not in covered]


@transaction.atomic
def plan(person, deputy, starts_on, ends_on, *, by):
    """Say that the person is away from the first day to the last, both included, and that the deputy acts.

    Gives no access: the deputy does what they may do themselves, in the person's place. Raises Refused with a sentence
    for days or a deputy that cannot be, and PermissionDenied.
    """
    permissions.ask(permissions.can_plan_absence_of(by, person))
    # Two who plan for the same person at once come one after the other.
    people = User.objects.select_for_update(no_key=True).filter(pk=person.pk)
    person, deputy = people.get(), User.objects.get(pk=deputy.pk)
    absence = Absence(person=person, deputy=deputy, starts_on=starts_on, ends_on=ends_on, created_by=by)
    refusal = (
        _wrong_deputy(person, deputy, by)
        or _wrong_days(starts_on, ends_on)
        or _overlap(person, starts_on, ends_on)
        or _leads_to(absence, by)
    )
    if refusal:
        raise Refused(refusal)
    absence.save()
    log.record("absence.planned", person, actor=by, after={"away": absence.days_in_words, "deputy": deputy.name})
    return absence


@transaction.atomic
def cancel(absence, *, by):
    """Take the absence back, or end it now: the deputy's right ends at once. Raises Refused when it is over."""
    absence = Absence.objects.select_for_update(of=("self",)).select_related("person", "deputy").get(pk=absence.pk)
    permissions.ask(permissions.can_plan_absence_of(by, absence.person))
    if absence.cancelled_at:
        return absence
    if absence.ends_on < timezone.localdate():
        raise Refused(f"This absence ended on {format_date(absence.ends_on, 'j F Y')}; what was done in it stays.")
    absence.cancelled_at = timezone.now()
    absence.save(update_fields=["cancelled_at"])
    said = {"away": absence.days_in_words, "deputy": absence.deputy.name}
    log.record("absence.cancelled", absence.person, actor=by, before=said)
    return absence


def _wrong_deputy(person, deputy, by):
    if deputy == person:
        return "Nobody is their own deputy: choose somebody else."
    if deputy == by:
        return f"You cannot make yourself the deputy of {person.name}: ask them, or another administrator."
    if not deputy.is_active:
        return f"{deputy.name} can no longer sign in: choose somebody else as the deputy."
    if not person.is_active:
        return f"{person.name} can no longer sign in: hand their items to somebody else instead."
    return ""


def _wrong_days(starts_on, ends_on):
    today = timezone.localdate()
    if ends_on < starts_on:
        return "The last day is before the first."
    if starts_on < today:
        return f"An absence begins today, {format_date(today, 'j F Y')}, at the earliest."
    if ends_on - starts_on >= LONGEST:
        return "An absence lasts a year at most: for longer, give the role to somebody else."
    return ""


def _overlap(person, starts_on, ends_on):
    meeting = Q(starts_on__lte=ends_on, ends_on__gte=starts_on)
    other = person.absences.filter(meeting, cancelled_at=None).first()
    if other is None:
        return ""
    return f"{person.name} is away {other.days_in_words} already: cancel that first, or choose other days."


def _leads_to(absence, by):
    """Why this absence would make whoever plans it act for somebody else, by a chain of deputies, or ''.

    An own absence of theirs ends the chain nowhere: they could cancel it later.
    """
    if by == absence.person:
        return ""
    within = Q(starts_on__gt=absence.starts_on, starts_on__lte=absence.ends_on)
    # Who acts comes to be somebody further down the chain only on a day on which an absence begins.
    begin = Absence.objects.filter(within, cancelled_at=None).values_list("starts_on", flat=True)
    for day in sorted({absence.starts_on, *begin}):
        away = _rota_of(day).away | {absence.person_id: absence}
        away.pop(by.pk, None)
        if Rota(day, away).stand_in(absence.person) == by:
            return (
                f"With {absence.deputy.name} away on {format_date(day, 'j F Y')}, you would act for "
                f"{absence.person.name} yourself: ask them, or another administrator."
            )
    return ""
