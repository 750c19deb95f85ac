"""What does whoever answers for all reviews have to see of them at a glance?

Over the reviews in force that the person may see: neither refused nor replaced by a later one. One review or a thousand:
the number of queries is the same.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import User
from reviews import gate, lookahead
from reviews.choices import SATISFIED, State
from reviews.dashboard import figures, load
from reviews.dashboard.figures import Point
from reviews.dashboard.load import Load
from reviews.gate import Recommendation
from reviews.lookahead import Outlook
from reviews.models import Condition, Escalation, Obligation, Question, Review
from reviews.weekly import concerns, forecast, trend
from vendors.models import Vendor

APPROVALS = {
    "approved": "Approved",
    "on_hold": "Approval on hold",
    "not_approved": "Not approved",
    "none": "Nothing decided",
}
WEEK = timedelta(weeks=1)
# From here on somebody has more than can be got through in a week or two.
MUCH, MUCH_LATE = 20, 5
ITEM_FIGURES = ("late", "awaiting", "lapsed", "unowned", "red_flag")


@dataclass(frozen=True)
class Filters:
    """Which reviews are meant; what makes no sense filters nothing. Numbers are kept as text, as in the address."""

    vendor: str = ""
    gate: str = ""
    approval: str = ""
    lead: str = ""

    @classmethod
    def of(cls, asked):
        """From the parameters of an address."""
        return cls(
            vendor=_number(asked.get("vendor", "")),
            gate=asked["gate"] if asked.get("gate") in Recommendation.values else "",
            approval=asked["approval"] if asked.get("approval") in APPROVALS else "",
            lead=_number(asked.get("lead", "")),
        )

    @classmethod
    def from_subject(cls, subject):
        """From what a paper is called after."""
        return cls.of(dict(parse_qsl(subject)))

    @property
    def query(self):
        return urlencode({name: value for name, value in vars(self).items() if value})

    @property
    def subject(self):
        return self.query or "all"

    def scope(self, user):
        """The reviews in force the person may see, of this vendor and lead; gate and approval are computed later."""
        found = Review.objects.visible_to(user).in_force()
        if self.vendor:
            found = found.filter(deployment__vendor=int(self.vendor))
        return found.filter(lead=int(self.lead)) if self.lead else found

    def in_words(self, user):
        """What was filtered by, for who reads it without the page; a name only of what the requester may see."""
        words = []
        if self.vendor:
            vendor = Vendor.objects.visible_to(user).filter(pk=self.vendor).first()
            words.append(f"Vendor: {vendor.name if vendor else 'none you may see'}")
        if self.gate:
            words.append(f"Recommendation: {Recommendation(self.gate).label}")
        if self.approval:
            words.append(f"Approval: {APPROVALS[self.approval]}")
        if self.lead:
            lead = User.objects.filter(led_reviews__in=self.scope(user), pk=self.lead).first()
            words.append(f"Lead: {lead.name if lead else 'nobody you may see'}")
        return words

    def fits_gate(self, outlook):
        return self.gate in {"", outlook.now.gate.recommendation}

    def fits_approval(self, outlook):
        return self.approval in {"", approval_of(outlook)}


def _number(text):
    return str(int(text)) if text.isascii() and text.isdecimal() and len(text) <= 18 else ""


@dataclass(frozen=True)
class Week:
    """What ends within seven days: sign-offs that lapse, reviews that lose Go or whose approval goes on hold."""

    first: date
    last: date
    lapsing: int
    lost: list[Outlook]


@dataclass(frozen=True)
class Glance:
    today: date
    filters: Filters
    # Each number is that of the rows its link leads to: under the other filters, with this one in place of the chosen.
    gates: list[tuple[Recommendation, int]]  # in the order in which they ask for attention
    approvals: list[tuple[str, str, int]]  # (key, words, how many)
    outlooks: list[Outlook]  # by vendor and deployment
    points: list[Point]  # the last one is today's
    weeks: list[Week]
    items: dict[str, int]  # by ITEM_FIGURES
    load: list[Load]
    obligations: int
    conditions: int
    questions: int
    questions_late: int
    escalations: int
    escalations_late: int

    @property
    def now(self):
        return self.points[-1]

    @cached_property
    def overloaded(self):
        return [each for each in self.load if is_overloaded(each)]


def is_overloaded(each):
    """Whether a person has more to do than is good: the thresholds stand on the page beside the figures."""
    waiting = each.counts["open"] + each.counts["awaiting"]
    return each.person is not None and (waiting >= MUCH or each.counts["late"] >= MUCH_LATE)


def chosen(user, filters, today=None):
    """`(all outlooks of the scope, those the gate and approval filters leave)`, by vendor and deployment."""
    found = sorted(lookahead.outlooks(filters.scope(user), today), key=_by_name)
    return found, [each for each in found if filters.fits_gate(each) and filters.fits_approval(each)]


def _by_name(outlook):
    review = outlook.review
    return review.vendor.name, review.vendor.pk, review.deployment.name, review.deployment_id, review.pk


def approval_of(outlook):
    """A key of APPROVALS."""
    approval = outlook.now.approval
    if approval is None:
        return "none"
    if approval.holds:
        return "approved"
    return "on_hold" if approval.label == gate.ON_HOLD else "not_approved"


def of(user, filters, today=None):
    """Everything the overview shows to this person under these filters."""
    today = today or timezone.localdate()
    scope, outlooks = chosen(user, filters, today)
    ids = [each.review.pk for each in outlooks]
    gates = Counter(each.now.gate.recommendation for each in scope if filters.fits_approval(each))
    approvals = Counter(approval_of(each) for each in scope if filters.fits_gate(each))
    counted = concerns.counted(concerns.concerns(ids, today, concerns.flags(ids, today)))
    totals = concerns.totals(counted)
    questions = Question.objects.filter(review__in=ids).with_vendor()
    return Glance(
        today=today,
        filters=filters,
        gates=[(each, gates[each]) for each in Recommendation],
        approvals=[(key, words, approvals[key]) for key, words in APPROVALS.items()],
        outlooks=outlooks,
        points=_points(user, filters, outlooks, today),
        weeks=_weeks(outlooks, today),
        items={key: totals[key] for key in ITEM_FIGURES},
        load=load.of(counted),
        obligations=overdue_obligations(user, filters, today).count(),
        conditions=overdue_conditions(ids, today).count(),
        **_counted("questions", questions, Q(due_on__lt=today)),
        **_counted("escalations", running_escalations(ids), Q(answer_by__lt=today)),
    )


def _counted(name, rows, late):
    """How many there are and how many of them are late, under these names."""
    counted = rows.order_by().aggregate(number=Count("pk"), late=Count("pk", filter=late))
    return {name: counted["number"], f"{name}_late": counted["late"]}


def overdue_obligations(user, filters, today):
    """They belong to vendors, not to reviews: only the vendor filter concerns them."""
    found = Obligation.objects.visible_to(user).active().overdue(today)
    return found.filter(vendor=int(filters.vendor)) if filters.vendor else found


def overdue_conditions(ids, today):
    return Condition.objects.in_force().open().filter(decision__review__in=ids, due_on__lt=today)


def running_escalations(ids):
    return Escalation.objects.running().filter(review__in=ids)


def _points(user, filters, outlooks, today):
    """The days before as they were kept, and today as it is now.

    What was kept knows the reviews that were in force on its day, and no gate or approval filter of today's.
    """
    past = Review.objects.visible_to(user)
    if filters.vendor:
        past = past.filter(deployment__vendor=int(filters.vendor))
    if filters.lead:
        past = past.filter(lead=int(filters.lead))
    if filters.gate or filters.approval:
        past = past.filter(pk__in=[each.review.pk for each in outlooks])
    tallies = [each.now.gate for each in outlooks]
    now = Point(
        today,
        satisfied=sum(tally.satisfied for tally in tallies),
        total=sum(tally.total for tally in tallies),
        at_go=sum(tally.recommendation == Recommendation.GO for tally in tallies),
        reviews=len(tallies),
    )
    return [*figures.history(past, today), now]


def _weeks(outlooks, today):
    """From today on, as far as one can look ahead; an item on which two reviews rest lapses once."""
    lapsing: dict[int, set[int]] = {}
    lost: dict[int, list[Outlook]] = {}
    for outlook in outlooks:
        for step in outlook.steps:
            lapsing.setdefault(_week(step.day, today), set()).update(step.lapsing)
        first = min((step.day for step in (outlook.lost, outlook.unapproved) if step), default=None)
        if first:
            lost.setdefault(_week(first, today), []).append(outlook)
    weeks = range(-(-lookahead.DAYS // 7))
    starts = [(number, today + timedelta(days=1) + number * WEEK) for number in weeks]
    return [
        Week(first, first + timedelta(days=6), len(lapsing.get(number, ())), lost.get(number, []))
        for number, first in starts
    ]


def _week(day, today):
    return (day - today - timedelta(days=1)) // WEEK


def forecasts(outlooks):
    """`{review id: Forecast}` of these reviews, those of one page. Two queries."""
    spans = trend.spans([each.review for each in outlooks])
    return {each.review.pk: _forecast(each, spans[each.review.pk]) for each in outlooks}


def _forecast(outlook, spans):
    review, tally = outlook.review, outlook.now.gate
    history = trend.in_brief(review, spans, tally.satisfied, tally.today)
    return forecast.forecast(
        history, needed=tally.needed, total=tally.total, unconfirmed=tally.unconfirmed, deadline=review.due_on
    )


def items(ids, today, show, holder=""):
    """Standings behind a figure about items: `show` is of ITEM_FIGURES, "satisfied" or "open"; `holder` as `Load.whose`."""
    if show == "satisfied":
        return concerns.kept(ids).on(today).filter(today_state__in=SATISFIED).order_by("review_id", "item_id")
    found = concerns.concerns(ids, today, concerns.flags(ids, today))
    if show == "open":
        found = found.filter(today_state__in=concerns.UNDONE).exclude(today_state=State.AWAITING)
    else:
        found = found.filter(**{show: True})
    if holder:
        found = found.filter(holder=int(_number(holder) or 0)) if holder != "nobody" else found.filter(holder=None)
    return found.order_by("due_on", "review_id", "item_id")
