"""What happened since an instant, in plain sentences: who did what, and when?

What people did to items is read from the audit log, everything else from the rows themselves. That a sign-off lapsed is no
event: nobody did it. It is read from the day on which it ended.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from operator import attrgetter

from django.db.models import CharField, Count, Q
from django.db.models.functions import Cast
from django.utils import timezone

from audit.models import Event
from evidence.models import Evidence, Version
from evidence.validity import EARLIEST
from evidence.validity import in_words as day_in_words
from reviews import names, standings
from reviews.models import Answer, Decision, EscalatedItem, Escalation, Item, Question
from reviews.templatetags.reviews import in_words
from reviews.weekly import concerns

AT_MOST = 200  # events on items that are read; how many there are is counted in any case
OF_EACH = 50  # of what is no event on an item
FIRST_LOOK = timedelta(days=7)

# Events on items, and how many of them are told in one line; what is counted nowhere is only told.
COUNTED = {
    "item.sign": "signed",
    "item.submit": "submitted",
    "item.return": "returned",
    "item.withdraw": "withdrawn",
    "item.reopen": "reopened",
    "item.reopen_by_duty": "reopened for what a check found",
    "item.take_back": "taken back",
    "item.handed_over": "handed over",
    "item.due_moved": "due days moved",
    "item.imported": "changed by a spreadsheet",
    "item.import_undone": "changed back with an import",
}
TOLD = {*COUNTED, "item.start", "item.recorded", "item.role_set"}
# What a submission says anyway.
BEFORE_SUBMITTING = {"item.start", "item.recorded"}


@dataclass(frozen=True)
class Change:
    at: datetime
    who: str
    words: str
    url: str = ""
    reason: str = ""

    @property
    def day(self):
        """The day, where no more is known: nothing else begins with it to the second."""
        local = timezone.localtime(self.at)
        return local.date() if local.time() == time.min else None


@dataclass
class Group:
    """What happened to one thing, newest first."""

    title: str
    item: Item | None = None
    changes: list[Change] = field(default_factory=list)

    @property
    def at(self):
        return max(change.at for change in self.changes)


@dataclass(frozen=True)
class Since:
    instant: datetime
    counts: list[tuple[int, str]]  # in words: `(3, "signed")`
    others: list[Group]  # decisions, escalations, questions, evidence
    items: list[Group]
    unread: int  # events on items that are older than those read

    def __bool__(self):
        return bool(self.others or self.items)

    @property
    def in_words(self):
        return ", ".join(f"{number} {words}" for number, words in self.counts)


def start(review, last):
    """From where on changes are new: the end of the last sync, else the opening of the review, or a week for all."""
    if last:
        return last.closed_at
    return review.opened_at if review else timezone.now() - FIRST_LOOK


def asked_for(words):
    """The first instant of the day somebody asks for with `?since=`; None for what is no day, or one to come."""
    try:
        day = datetime.strptime(words, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone yet
        instant = timezone.make_aware(datetime.combine(day, time.min))
    except (ValueError, OverflowError):
        return None
    return instant if day >= EARLIEST and instant <= timezone.now() else None


def of(reviews, instant, today=None, alone=True, *, refreshed=False):
    """A Since over these reviews (a list of those the person may see, with their vendors); `alone` as in `agenda.figures`, `refreshed` as for
    `standings.counts`.
    """
    today = today or timezone.localdate()
    if not refreshed:
        standings.refresh()
    ids, vendors = [review.pk for review in reviews], {review.deployment.vendor_id for review in reviews}
    items, counts, unread = _items(ids, vendors, instant, today, len(ids) == 1 and alone)
    others = []
    for title, words, changes in (
        ("Decisions", "decided", _decisions(ids, instant)),
        ("Escalations", "on escalations", _escalations(ids, instant)),
        ("Questions and answers", "asked or answered", _questions(ids, instant)),
        ("Evidence", "new in the evidence", _evidence(vendors, instant)),
    ):
        if changes:
            others.append(Group(title, changes=sorted(changes, key=attrgetter("at"), reverse=True)))
            counts.append((len(changes), words))
    return Since(instant, [pair for pair in counts if pair[0]], others, items, unread)


def _items(ids, vendors, instant, today, alone):
    """Groups of what happened to items, the newest first; how much of each; and how many events were not read."""
    events = Event.objects.filter(
        target_type="item", vendor_id__in=vendors, occurred_at__gte=instant, event_type__in=TOLD
    )
    own = concerns.kept(ids)
    if alone:
        events = events.filter(target_id__in=[str(pk) for pk in own.values_list("pk", flat=True)])
    else:
        events = events.filter(target_id__in=own.annotate(as_text=Cast("pk", CharField())).values("as_text"))
    told = list(events.order_by("-pk").defer("data_categories")[:AT_MOST])
    numbers = Counter(event.event_type for event in told)
    if len(told) == AT_MOST:
        numbers = Counter(dict(events.order_by().values_list("event_type").annotate(Count("pk"))))
    lapses = concerns.kept(ids).filter(until__gte=timezone.localdate(instant), until__lt=today)
    lapses = dict(lapses.order_by("-until", "pk").values_list("pk", "until")[:AT_MOST])
    read = Item.objects.filter(pk__in={*lapses, *(int(event.target_id) for event in told)})
    read = read.select_related("statement", "review__deployment__vendor").without_guidance()
    found = {item.pk: Group(item.statement.text, item) for item in read}
    submitted = {event.target_id for event in told if event.event_type == "item.submit"}
    for event in told:
        said_anyway = event.event_type in BEFORE_SUBMITTING and event.target_id in submitted
        if (group := found.get(int(event.target_id))) and not said_anyway:
            group.changes.append(Change(event.occurred_at, event.actor_name, in_words(event), reason=event.reason))
    for pk, until in lapses.items():
        words = f"The sign-off lapsed: cited evidence expired on {day_in_words(until)}."
        found[pk].changes.append(Change(_day_after(until), "", words))
        found[pk].changes.sort(key=attrgetter("at"), reverse=True)
    groups = sorted((group for group in found.values() if group.changes), key=attrgetter("at"), reverse=True)
    counts = [(numbers[key], words) for key, words in COUNTED.items()]
    return groups, [(len(lapses), "lapsed"), *counts], max(0, numbers.total() - len(told))


def _day_after(day):
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _decisions(ids, instant):
    rows = Decision.objects.filter(review__in=ids, decided_at__gte=instant).select_related("review__deployment__vendor")
    return [
        Change(
            each.decided_at,
            each.signer_name,
            f"decided “{each.get_outcome_display()}” on {each.review}{names.mark_of(each, each.review)}",
            f"{each.review.get_absolute_url()}decision/",
            each.reason,
        )
        for each in rows.defer("content").order_by("-pk")[:OF_EACH]
    ]


def _escalations(ids, instant):
    letters = (
        Escalation.objects.filter(review__in=ids).select_related("review", "sent_by", "closed_by").defer("content")
    )
    letters = letters.filter(Q(sent_at__gte=instant) | Q(closed_at__gte=instant)).order_by("-sent_at")[:OF_EACH]
    sent = [each for each in letters if each.sent_at and each.sent_at >= instant]
    closed = [each for each in letters if each.closed_at and each.closed_at >= instant]
    answered = EscalatedItem.objects.filter(escalation__review__in=ids, at__gte=instant).exclude(outcome="")
    answered = answered.select_related("escalation__review", "item__statement", "by").order_by("-at")[:OF_EACH]
    return [
        *(
            Change(each.sent_at, _name(each.sent_by), f"sent escalation {each.number}", each.get_absolute_url())
            for each in sent
        ),
        *(
            Change(each.closed_at, _name(each.closed_by), f"closed escalation {each.number}", each.get_absolute_url())
            for each in closed
        ),
        *(
            Change(
                each.at,
                _name(each.by),
                f"noted on escalation {each.escalation.number}, statement {each.item.number}: {each.get_outcome_display().lower()}",
                each.escalation.get_absolute_url(),
                each.note,
            )
            for each in answered
        ),
    ]


def _questions(ids, instant):
    """Asked since that day (a day is all that is kept of asking), and answers recorded since that instant."""
    asked = Question.objects.filter(review__in=ids, asked_on__gte=timezone.localdate(instant))
    asked = asked.select_related("review", "asked_by").order_by("-asked_on", "-pk")[:OF_EACH]
    answers = Answer.objects.filter(question__review__in=ids, recorded_at__gte=instant)
    answers = answers.select_related("question__review", "recorded_by", "guest").order_by("-pk")[:OF_EACH]
    return [
        *(
            Change(
                timezone.make_aware(datetime.combine(each.asked_on, time.min)),
                _name(each.asked_by),
                f"asked {each.asked_of or 'the vendor'} question {each.number}: {each.text}",
                each.get_absolute_url(),
            )
            for each in asked
        ),
        *(
            Change(
                each.recorded_at,
                each.guest.name if each.guest else _name(each.recorded_by),
                f"answered question {each.question.number}"
                if each.guest
                else f"recorded an answer to question {each.question.number}",
                each.question.get_absolute_url(),
            )
            for each in answers
        ),
    ]


def _evidence(vendors, instant):
    versions = Version.objects.filter(evidence__vendor__in=vendors, uploaded_at__gte=instant)
    versions = versions.select_related("evidence__vendor", "uploaded_by").order_by("-pk")[:OF_EACH]
    withdrawn = Evidence.objects.filter(vendor__in=vendors, withdrawn_at__gte=instant).order_by("-withdrawn_at")[
        :OF_EACH
    ]
    return [
        *(
            Change(
                each.uploaded_at,
                each.uploaded_by.name,
                f"added “{each.evidence.title}”"
                if each.number == 1
                else f"added version {each.number} of “{each.evidence.title}”",
                each.evidence.get_absolute_url(),
            )
            for each in versions
        ),
        *(
            Change(
                each.withdrawn_at, "", f"“{each.title}” was withdrawn", each.get_absolute_url(), each.withdrawn_reason
            )
            for each in withdrawn
        ),
    ]


def _name(person):
    return person.name if person else "Countersign"
