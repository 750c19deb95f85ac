"""What falls on which day, for this person? Obligations, meetings, deadlines, due items, conditions, what expires, who is away.

Every kind is one query or two, whatever the number of days and rows. What is printed on pages may name evidence and
quote titles; `Entry.outside` is what may leave: kind, vendor, title of the review, number of the statement.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts import grants
from accounts.models import Absence, User
from evidence.models import Version
from evidence.validity import EXPIRING
from reviews import cadence, events, series_dates, standings
from reviews.choices import (
    DECIDED,
    ActionState,
    Counted,
    Duty,
    ObligationState,
    OccurrenceState,
    OnCalendar,
    QuestionState,
    State,
)
from reviews.models import (
    Action,
    Condition,
    Decision,
    Meeting,
    Obligation,
    Occurrence,
    Question,
    Review,
    Sync,
    SyncSeries,
)
from vendors.models import Vendor

# Items of which nobody has to do anything on their due day.
SETTLED = DECIDED | {State.LAPSED}
REVIEW_NAMES = (
    "review_id",
    "review__title",
    "review__slug",
    "review__deployment_id",
    "review__deployment__name",
    "review__deployment__vendor__name",
)
STATES = {
    "awaiting": "Awaiting sign-off",
    "complete": "Done",
    "expired": "Expired",
    "expiring": "Expires soon",
    "inactive": "Skipped",
    "lapsed": "Lapsed",
    "late": "Late",
    "neutral": "Planned",
}


@dataclass(frozen=True)
class Entry:
    """One thing on one day, or on the days up to `last`. `key` stays the same when the day moves."""

    key: str
    kind: OnCalendar
    day: date
    title: str
    outside: str
    url: str
    vendor: str = ""
    state: str = "neutral"
    last: date | None = None
    starts_at: datetime | None = None
    minutes: int = 0

    @property
    def until(self):
        return self.last or self.day

    @property
    def state_label(self):
        return "Away" if self.kind == OnCalendar.ABSENCE else STATES[self.state]

    @property
    def is_cancelled(self):
        return self.state == "inactive"

    @property
    def time(self):
        return timezone.localtime(self.starts_at) if self.starts_at else None


@dataclass(frozen=True)
class Asked:
    """Whose calendar, from which day to which, and what of it."""

    user: User
    first: date
    last: date
    person: User | None = None
    vendor: Vendor | None = None

    @property
    def today(self):
        return timezone.localdate()

    @property
    def days(self):
        return self.first, self.last

    def of_vendor(self, lookup):
        return Q(**{lookup: self.vendor}) if self.vendor else Q()

    def of_person(self, *lookups):
        found = Q()
        for lookup in lookups if self.person else ():
            found |= Q(**{lookup: self.person})
        return found


def entries(user, first, last, *, person=None, vendor=None, kind=""):
    """The entries from `first` to `last`, both included, in their order. Only of vendors the user has access to.

    With `person` only what falls to that person; with `vendor` only what is about it. A constant number of queries.
    """
    asked = Asked(user, first, last, person, vendor)
    found = []
    for each, source in SOURCES.items():
        if kind in {"", each}:
            found += source(asked)
    return sorted(found, key=_order)


def _order(entry):
    moment = timezone.localtime(entry.starts_at).time() if entry.starts_at else time.min
    return entry.day, moment, list(OnCalendar).index(entry.kind), entry.vendor, entry.title, entry.key


def by_day(found, days):
    """`{day: [Entry, ...]}` for each of these days; what lasts longer is on all its days."""
    placed: dict[date, list[Entry]] = {day: [] for day in days}
    for entry in found:
        day = max(entry.day, min(placed))
        while day <= entry.until and day in placed:
            placed[day].append(entry)
            day += timedelta(days=1)
    return placed


def _due(day, today, *, done=False):
    if done:
        return "complete"
    return "late" if day < today else "neutral"


def _said(*parts):
    return " · ".join(part for part in parts if part)


def _obligations(asked):
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
    return fixed.get(occurrence.state) or _due(occurrence.due_on, today)


def _of_obligation(obligation, number, day, url, state="neutral"):
    return Entry(
        key=f"obligation-{obligation.pk}-{number}",
        kind=OnCalendar.OBLIGATION,
        day=day,
        title=_said(obligation.title, obligation.deployment.name if obligation.deployment else ""),
        outside=_said(duty_outside(obligation), obligation.vendor.name),
        url=url,
        vendor=obligation.vendor.name,
        state=state,
    )


def duty_outside(obligation):
    """What kind of obligation it is: its title is somebody's own words."""
    return "Obligation" if obligation.duty == Duty.OTHER else obligation.get_duty_display()


def _reviews(asked):
    decided = Exists(Decision.objects.filter(review=OuterRef("pk")))
    rows = Review.objects.visible_to(asked.user).with_names().annotate(decided=decided)
    rows = rows.filter(asked.of_vendor("deployment__vendor"), asked.of_person("lead"), due_on__range=asked.days)
    return [
        Entry(
            key=f"review-{row.pk}",
            kind=OnCalendar.REVIEW,
            day=row.due_on,
            title=_said(row.title, row.deployment.name),
            outside=_said("Review deadline", row.vendor.name, row.title),
            url=row.get_absolute_url(),
            vendor=row.vendor.name,
            state=_due(row.due_on, asked.today, done=row.decided),
        )
        for row in rows
    ]


def _items(asked):
    """The person's own items one by one, those of others as a number for each review and day."""
    rows = standings.all_of_them().visible_to(asked.user).on(asked.today)
    rows = rows.filter(asked.of_vendor("review__deployment__vendor"), asked.of_person("holder"))
    rows = rows.filter(due_on__range=asked.days).exclude(today_state__in=SETTLED)
    own = rows.filter(holder=asked.user)
    own = list(own.values("item_id", "due_on", "today_state", "item__statement__number", *REVIEW_NAMES))
    others = list(_counted(rows.exclude(holder=asked.user), "due_on"))
    names = _names([*own, *others])
    return [*_own_items(own, names, asked), *_items_of_others(others, names, asked)]


def _names(rows):
    """`{review's id: what tells it apart}`: the deployment, with the review's title where several of it are among them."""
    reviews = {row["review_id"]: row for row in rows}
    of_each = Counter(row["review__deployment_id"] for row in reviews.values())
    return {
        pk: _said(
            row["review__deployment__name"], row["review__title"] if of_each[row["review__deployment_id"]] > 1 else ""
        )
        for pk, row in reviews.items()
    }


def _own_items(rows, names, asked):
    for row in rows:
        number, slug = row["item__statement__number"], row["review__slug"]
        vendor, title = row["review__deployment__vendor__name"], row["review__title"]
        yield Entry(
            key=f"item-{row['item_id']}",
            kind=OnCalendar.ITEM,
            day=row["due_on"],
            title=_said(f"Statement {number}", names[row["review_id"]]),
            outside=_said(f"Statement {number} due", vendor, title),
            url=reverse("reviews:item", args=[slug, number]),
            vendor=vendor,
            state="awaiting" if row["today_state"] == State.AWAITING else _due(row["due_on"], asked.today),
        )


def _items_of_others(rows, names, asked):
    for row in rows:
        yield _group(
            row,
            names,
            f"items-{row['review_id']}-{row['due_on']}",
            OnCalendar.ITEM,
            row["due_on"],
            f"{row['number']} item{'' if row['number'] == 1 else 's'} due",
            _due(row["due_on"], asked.today),
        )


def _counted(rows, day):
    return rows.order_by().values(day, *REVIEW_NAMES).annotate(number=Count("pk"))


def _group(row, names, key, kind, day, words, state):
    """One entry for several items of a review."""
    vendor, title = row["review__deployment__vendor__name"], row["review__title"]
    return Entry(
        key=key,
        kind=kind,
        day=day,
        title=_said(words, names[row["review_id"]]),
        outside=_said(words, vendor, title),
        url=reverse("reviews:review", args=[row["review__slug"]]) + "#items",
        vendor=vendor,
        state=state,
    )


def _lapses(asked):
    rows = standings.all_of_them().visible_to(asked.user).filter(until__range=asked.days)
    rows = rows.filter(asked.of_vendor("review__deployment__vendor"), asked.of_person("holder"))
    counted = list(_counted(rows, "until"))
    names = _names(counted)
    return [
        _group(
            row,
            names,
            f"lapse-{row['review_id']}-{row['until']}",
            OnCalendar.LAPSE,
            row["until"],
            f"{row['number']} sign-off{' lapses' if row['number'] == 1 else 's lapse'}",
            "lapsed" if row["until"] < asked.today else "neutral",
        )
        for row in counted
    ]


def _conditions(asked):
    rows = Condition.objects.visible_to(asked.user).in_force().filter(due_on__range=asked.days)
    rows = rows.filter(asked.of_vendor("decision__review__deployment__vendor"), asked.of_person("owner"))
    found = []
    for row in rows.select_related("decision__review__deployment__vendor"):
        review = row.decision.review
        found.append(
            Entry(
                key=f"condition-{row.pk}",
                kind=OnCalendar.CONDITION,
                day=row.due_on,
                title=row.text,
                outside=_said("Condition of an approval", review.vendor.name, review.title),
                url=reverse("reviews:decision", args=[review.slug]),
                vendor=review.vendor.name,
                state=_due(row.due_on, asked.today, done=row.met_at is not None),
            )
        )
    return found


def _answers(asked):
    """Answers wanted of a vendor: one entry for all that a review wants on one day."""
    rows = Question.objects.visible_to(asked.user).filter(state=QuestionState.ASKED, due_on__range=asked.days)
    rows = rows.filter(asked.of_vendor("review__deployment__vendor"), asked.of_person("asked_by"))
    wanted = defaultdict(list)
    for row in rows.select_related("review__deployment__vendor"):
        wanted[row.review, row.due_on].append(row)
    return [
        Entry(
            key=f"answers-{review.pk}-{day}",
            kind=OnCalendar.ANSWER,
            day=day,
            title=questions[0].text if len(questions) == 1 else f"{len(questions)} answers wanted: {review.title}",
            outside=_said("Answer wanted", review.vendor.name, review.title),
            url=questions[0].get_absolute_url()
            if len(questions) == 1
            else reverse("reviews:questions", args=[review.slug]),
            vendor=review.vendor.name,
            state=_due(day, asked.today),
        )
        for (review, day), questions in wanted.items()
    ]


def _evidence(asked):
    rows = Version.objects.newest().visible_to(asked.user).select_related("evidence__vendor")
    rows = rows.filter(valid_until__range=asked.days, evidence__withdrawn_at=None)
    rows = rows.filter(asked.of_vendor("evidence__vendor"), asked.of_person("uploaded_by"))
    return [
        Entry(
            key=f"evidence-{row.evidence_id}",
            kind=OnCalendar.EVIDENCE,
            day=row.valid_until,
            title=row.evidence.title,
            outside=_said("Evidence expires", row.evidence.vendor.name),
            url=row.evidence.get_absolute_url(),
            vendor=row.evidence.vendor.name,
            state=_expiry(row.valid_until, asked.today),
        )
        for row in rows
    ]


def _expiry(day, today):
    if day < today:
        return "expired"
    return "expiring" if day <= today + EXPIRING else "neutral"


def _absences(asked):
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


def _actions(asked):
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
            outside=_said(f"Action of sync {row.sync.number}", *_about(row.review)),
            url=row.get_absolute_url(),
            vendor=row.review.vendor.name if row.review else "",
            state=_due(row.due_on, asked.today, done=row.state == ActionState.DONE),
        )
        for row in rows.with_names()
    ]


def _syncs(asked):
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
                title=_said("Weekly sync", row.review.deployment.name if row.review else "all reviews"),
                outside=_said("Weekly sync", *_about(row.review)),
                url=series_dates.url(row),
                vendor=row.review.vendor.name if row.review else "",
                starts_at=start.astimezone(UTC),
                minutes=row.minutes,
            )


def _about(review):
    return (review.vendor.name, review.title) if review else ("All reviews",)


def _meetings(asked):
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
                outside=_said(f"Meeting: {duty_outside(obligation)}", obligation.vendor.name),
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


SOURCES = {
    OnCalendar.OBLIGATION: _obligations,
    OnCalendar.MEETING: _meetings,
    OnCalendar.SYNC: _syncs,
    OnCalendar.ACTION: _actions,
    OnCalendar.ANSWER: _answers,
    OnCalendar.REVIEW: _reviews,
    OnCalendar.ITEM: _items,
    OnCalendar.CONDITION: _conditions,
    OnCalendar.EVIDENCE: _evidence,
    OnCalendar.LAPSE: _lapses,
    OnCalendar.ABSENCE: _absences,
}
