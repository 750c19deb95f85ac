"""Which evidence ends soon, and which sign-offs end with it or have ended?"""

from datetime import timedelta
from functools import partial

from django.db.models import OuterRef, Q, Subquery

from accounts.choices import Role
from evidence.models import Evidence, Version
from evidence.validity import in_words
from reviews import standing, standings
from reviews.choices import DECIDED, About, Act, State
from reviews.models import Citation, Item, Review, SignOff
from reviews.querysets import holder_of
from reviews.reminders import steps
from reviews.reminders.things import Line, Source, Thing, restricted

BEFORE_LAPSING = (30, 7, 1)


def _expiring(today, ids=None, ahead=0):
    """Evidence whose newest version ends: of who uploaded it, and the leads of reviews in force that cite it."""
    last = today + timedelta(days=max(steps.USUAL) + ahead)
    newest = Version.objects.filter(evidence=OuterRef("pk")).order_by("-number")
    rows = Evidence.objects.in_use().with_end().filter(ends_on__gte=today, ends_on__lte=last).order_by()
    rows = restricted(rows, "pk", ids).annotate(uploader=Subquery(newest.values("uploaded_by")[:1]))
    found = list(rows.values_list("pk", "ends_on", "uploader", "vendor_id"))
    citing = Citation.objects.filter(evidence__in=[row[0] for row in found], item__review__in=Review.objects.in_force())
    leads = {}
    for pk, lead in citing.order_by().values_list("evidence_id", "item__review__lead_id").distinct():
        leads.setdefault(pk, set()).add(lead)
    for pk, ends_on, uploader, vendor_id in found:
        people = {uploader} | leads.get(pk, set())
        yield Thing(pk, ends_on.isoformat(), people, partial(steps.before, ends_on), ends_on, vendor_id)


def _say_expiring(ids, today):
    """Never its title: that may be confidential, and mail is read on the way."""
    return {
        each.pk: Line(
            f"{each.get_kind_display()}: replace it or ask for a newer one",
            each.get_absolute_url(),
            each.ends_on,
            each.vendor.name,
        )
        for each in Evidence.objects.filter(pk__in=ids).with_end().select_related("vendor")
    }


def _signed(ids):
    """Standings of items that count, each with its last signature and the review's CISO."""
    signoff = SignOff.objects.filter(item=OuterRef("item"), act=Act.SIGNED).order_by("-pk")
    rows = standings.all_of_them().counting().order_by()
    rows = restricted(rows, "item_id", ids).annotate(
        signoff=Subquery(signoff.values("pk")[:1]), ciso=holder_of(Role.CISO, "review")
    )
    fields = ("item_id", "signoff", "until", "holder_id", "ciso", "review__lead_id", "review__deployment__vendor_id")
    return rows, fields


def _lapsing(today, ids=None, ahead=0):
    """Sign-offs that end because cited evidence does: of the item's owner and the CISO."""
    last = today + timedelta(days=max(BEFORE_LAPSING) + ahead)
    rows, fields = _signed(ids)
    rows = rows.filter(state__in=DECIDED, until__gte=today, until__lte=last)
    for pk, signoff, until, holder, ciso, lead, vendor_id in rows.values_list(*fields):
        course = partial(steps.before, until, steps=BEFORE_LAPSING)
        yield Thing(pk, f"{signoff}:{until.isoformat()}", _owner_and(holder, ciso, lead), course, until, vendor_id)


def _lapsed(today, ids=None, ahead=0):
    """Sign-offs that no longer count, whatever ended them: of the item's owner and the CISO, once each."""
    rows, fields = _signed(ids)
    rows = rows.filter(Q(state=State.LAPSED) | Q(until__lt=today + timedelta(days=ahead)))
    for pk, signoff, until, holder, ciso, lead, vendor_id in rows.values_list(*fields):
        course = partial(steps.once, until + timedelta(days=1) if until else today)
        yield Thing(pk, str(signoff), _owner_and(holder, ciso, lead), course, until, vendor_id)


def _owner_and(holder, ciso, lead):
    """Somebody hears of it in any case."""
    return (holder, ciso) if holder or ciso else (lead,)


def _say_lapsing(ids, today):
    lines = {}
    for item in _with_standing(ids):
        day, citation = standing.lapses_after(item)
        if citation:
            lines[item.pk] = _by_evidence(item, day, citation, "ends on", "end on")
    return lines


def _say_lapsed(ids, today):
    lines = {}
    for item in _with_standing(ids):
        day, citation = standing.lapses_after(item)
        if not standing.broken_reason(item) and citation:
            lines[item.pk] = _by_evidence(item, day, citation, "ended on", "ended on")
        else:
            lines[item.pk] = Line(
                f"Statement {item.number} of {_of(item)}: changed since it was signed",
                item.get_absolute_url(),
                None,
                item.review.vendor.name,
                f"changed {item.review_id}",
                f"{{n}} sign-offs of {_of(item)}: changed since they were signed",
                item.review.get_absolute_url(),
                str(item.number),
            )
    return lines


def _by_evidence(item, day, citation, ends, end):
    kind = citation.evidence.get_kind_display()
    return Line(
        f"Statement {item.number} of {_of(item)}: the sign-off {ends} {in_words(day)}, with the evidence “{kind}”",
        item.get_absolute_url(),
        day,
        item.review.vendor.name,
        f"evidence {citation.evidence_id} {day}",
        f"{{n}} sign-offs {end} {in_words(day)}, with one evidence, “{kind}”",
        citation.evidence.get_absolute_url(),
        str(item.number),
    )


def _of(item):
    return f"{item.review.deployment.name}, {item.review.title}"


def _with_standing(ids):
    return Item.objects.filter(pk__in=ids).with_standing().order_by("review_id", "statement__number")


SOURCES = (
    Source(About.EVIDENCE, "Evidence expiring", _expiring, _say_expiring),
    Source(About.LAPSING, "Sign-offs about to lapse", _lapsing, _say_lapsing),
    Source(About.LAPSED, "Sign-offs lapsed", _lapsed, _say_lapsed),
)
