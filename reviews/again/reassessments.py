"""How does a review look again at an earlier one? Prepared when it is due, triggered by what happened, widened.

A re-assessment has items of its own for what it looks at again: they start with what was found last time, *inherited,
not re-affirmed*, and count for nothing until somebody signs them anew. On all other statements it rests: they count as
they stand in the earlier review, current or lapsed (rule 8).
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.dateformat import format as format_date

from accounts import grants
from accounts.choices import Access, Role
from accounts.permissions import Refused, ask
from audit import log
from audit.models import Event
from evidence.validity import in_words
from reviews import conflicts, events, opening
from reviews.again import delta
from reviews.choices import BY_REVIEW, Kind, ObligationState, OccurrenceState, Trigger
from reviews.models import Assignment, Checklist, Citation, Item, Obligation, Occurrence, Reassessment, Review
from reviews.permissions import can_lead
from vendors import permissions

logger = logging.getLogger(__name__)

AHEAD = timedelta(days=21)  # before its date a re-assessment is prepared
COPIED = ("finding", "reason", "asked", "asked_of", "notes", "finding_by_id")


def in_force(deployment, checklist_slug=None):
    """The review whose decision is in force for the deployment: the newest decided one, or None."""
    reviews = Review.objects.filter(deployment=deployment).decided()
    if checklist_slug:
        reviews = reviews.filter(checklist__slug=checklist_slug)
    return reviews.with_context().order_by("-pk").first()


def lock_chain(review):
    """Whoever opens, widens or decides a review of the chain takes this lock first, and holds it to the end.

    It is that of the chain's first review, whichever of the chain's addresses the click came from.
    """
    first = review.again.first_id if review.again else review.pk
    Review.objects.select_for_update(no_key=True).get(pk=first)


# Prepared when it is due


def prepare_due(today=None):
    """Open every review that an obligation asks for within `AHEAD` days of `today`. Safe to run twice at once.

    One that fails keeps no other from being opened; the first failure is raised when all had their turn.
    """
    today = today or timezone.localdate()
    waiting = Occurrence.objects.filter(
        state=OccurrenceState.OPEN,
        review=None,
        due_on__lte=today + AHEAD,
        obligation__state=ObligationState.ACTIVE,
        obligation__duty__in=BY_REVIEW,
    )
    failures = []
    for occurrence in waiting.select_related("obligation__proposed_by__checklist").order_by("due_on", "pk"):
        try:
            prepare(occurrence)
        except Exception as failure:
            logger.exception("%s could not be prepared", occurrence)
            failures.append(failure)
    if failures:
        raise failures[0]


@transaction.atomic
def prepare_now(occurrence, *, by):
    """Open the review of this date without waiting for the three weeks before it, and return it.

    Raises PermissionDenied, or Refused with what hinders it.
    """
    ask(permissions.can_lead(by, occurrence.obligation.vendor_id))
    review = prepare(occurrence, by=by)
    if review is None:
        raise Refused(hindrance(occurrence) or "This date is closed: no review is prepared for it any more.")
    return review


@transaction.atomic
def prepare(occurrence, *, by=None):
    """Open the review of this date of an obligation and return it; None when something hinders that.

    What hinders is an event, once, and a sentence of `hindrance`. Does nothing when the review is there or the date is
    closed. Locks the chain, then obligation and date: of two workers one opens it.
    """
    previous = _previous(occurrence.obligation)
    if previous:
        lock_chain(previous)
    Obligation.objects.select_for_update(no_key=True).get(pk=occurrence.obligation_id)
    locked = Occurrence.objects.select_for_update(no_key=True, of=("self",)).with_names().get(pk=occurrence.pk)
    if locked.review_id:
        return locked.review
    if locked.state != OccurrenceState.OPEN or locked.obligation.state != ObligationState.ACTIVE:
        return None
    if reason := hindrance(locked):
        _say_once(locked, reason)
        return None
    previous = _previous(locked.obligation)
    kind = locked.obligation.review_kind
    lead = _lead(previous)
    review = _open(previous, kind, by=by, lead=lead, due_on=locked.due_on, title=_title(kind, locked.due_on))
    locked.review = review
    locked.save(update_fields=["review"])
    said = {"review": review.title}
    events.record_duty("occurrence.review_opened", locked, obligation=locked.obligation, by=by or lead, after=said)
    return review


def hindrance(occurrence):
    """Why the review of this date cannot be opened, as a sentence; '' when nothing stands in the way."""
    obligation = occurrence.obligation
    if obligation.review_kind is None:
        return "It is not done by a review."
    if obligation.deployment_id is None:
        return "It names no deployment, so nobody can say what to look at again."
    previous = _previous(obligation)
    if previous is None:
        return "No review of this deployment was decided yet: there is nothing to look at again."
    if open_one := undecided(previous):
        return f"{_in_the_way(open_one)} The next one is opened after that."
    if _lead(previous) is None:
        return f"Nobody leads reviews of {previous.vendor.name}. Give somebody the access on the vendor's page."
    return ""


def _previous(obligation):
    return in_force(obligation.deployment, checklist_of(obligation)) if obligation.deployment_id else None


def checklist_of(obligation):
    """The slug of the checklist whose review proposed the obligation; None for one that somebody wrote."""
    return obligation.proposed_by and obligation.proposed_by.checklist.slug


def undecided(previous):
    """The chain's open re-assessment, of whatever kind, or None.

    One at a time: of two, the later decision would replace the other before it is made.
    """
    chain = Review.objects.chain_of(previous).select_related("reassessment")
    return chain.filter(pk__gt=previous.pk).undecided().first()


def _in_the_way(open_one):
    where = (
        "Take statements into that one." if open_one.again.rests_on.exists() else "It looks at every statement already."
    )
    return f"“{open_one.title}” is not decided yet. {where}"


def _lead(previous):
    """Who led it last time, if they still may, else another lead of the vendor, else None."""
    leads = opening.possible_leads(previous.vendor).order_by("name", "pk")
    return leads.filter(pk=previous.lead_id).first() or leads.first()


def _title(kind, due_on):
    return f"{Kind(kind).label} {format_date(due_on, 'Y' if kind == Kind.ANNUAL else 'F Y')}"


def _say_once(occurrence, reason):
    last = Event.objects.about(occurrence).filter(event_type="reassessment.hindered").newest_first().first()
    if last is None or last.reason != reason:
        vendor = occurrence.obligation.vendor
        log.record("reassessment.hindered", occurrence, vendor=vendor, reason=reason)


# Triggered by what happened, and widened


def obstacle(review, previous=None):
    """Why nothing of the review's chain can be looked at again just now, as a sentence; '' when it can."""
    previous = previous or _in_force_in_chain(review)
    if previous is None:
        return "Nothing is decided here yet: look at the statements in this review itself."
    open_one = undecided(previous)
    return _in_the_way(open_one) if open_one else ""


def _in_force_in_chain(review):
    return Review.objects.chain_of(review).decided().with_names().last()


@transaction.atomic
def trigger(review, *, by, trigger, why, numbers):
    """Open a re-assessment of the chosen statements now, and return it.

    It looks back at the review that is in force in the chain of `review`. Raises PermissionDenied, or Refused with a
    sentence when nothing is chosen or said, or when another one is still open.
    """
    ask(can_lead(by, review))
    lock_chain(review)
    previous = _in_force_in_chain(review)
    if reason := obstacle(review, previous):
        raise Refused(reason)
    if not why.strip():
        raise Refused("Say what happened: the reason is kept with the re-assessment.")
    if not numbers:
        raise Refused("Choose at least one statement.")
    today = timezone.localdate()
    return _open(
        previous,
        Kind.TRIGGERED,
        by=by,
        lead=by,
        due_on=today + timedelta(days=previous.checklist.section_days),
        title=f"{Kind.TRIGGERED.label}, {in_words(today)}",
        trigger=trigger,
        why=why,
        numbers=numbers,
    )


@transaction.atomic
def widen(review, *, by, numbers, why=""):
    """Look again at these statements, too, on which the open re-assessment rests. Returns their new items.

    Raises PermissionDenied, or Refused when the review is no re-assessment, is decided, or rests on none of them.
    """
    ask(can_lead(by, review))
    if review.again is None:
        raise Refused("This is no re-assessment: every statement is in it already.")
    lock_chain(review)
    review = Review.objects.with_context().get(pk=review.pk)
    if review.decisions.exists():
        raise Refused("This re-assessment is decided. Start another one for what changed since.")
    resting = review.again.rests_on.filter(statement__number__in=numbers).with_standing()
    chosen = list(resting.order_by("statement__number"))
    if not chosen:
        raise Refused("Choose at least one statement on which this re-assessment rests.")
    reasons = delta.of(review.again.previous, chosen, review.due_on)
    said = why.strip() or f"{by.name} took it into this re-assessment."
    items = _inherit(review, chosen, {item.pk: [*reasons.get(item.pk, ()), said] for item in chosen})
    review.again.rests_on.remove(*chosen)
    taken = [item.number for item in chosen]
    events.record("reassessment.widened", review, review=review, by=by, after={"statements": taken}, reason=why)
    return items


# How one is made


def _open(previous, kind, *, by, lead, due_on, title, trigger="", why="", numbers=None):
    checklist = previous.checklist
    if kind == Kind.ANNUAL:
        checklist = Checklist.objects.filter(slug=checklist.slug).order_by("-version").first()
    # Rows that point at items are checked when the transaction ends: in order now, nobody waits for somebody who waits.
    list(Item.objects.in_force(previous).select_for_update(no_key=True).order_by("pk").values_list("pk"))
    before = list(Item.objects.in_force(previous).with_standing())
    reasons = _reasons(previous, before, kind, due_on, trigger, numbers)
    review = opening.create(
        previous.deployment, checklist, kind=kind, title=title, lead=lead, opened_by=by or lead, due_on=due_on
    )
    first = previous.again.first_id if previous.again else previous.pk
    again = Reassessment.objects.create(review=review, previous=previous, first_id=first, trigger=trigger, why=why)
    review.reassessment = again
    roles = _carry_roles(previous, review)
    if kind == Kind.ANNUAL:
        _look_at_all(review, before, reasons)
    else:
        _inherit(review, [item for item in before if item.pk in reasons], reasons)
        again.rests_on.set([item for item in before if item.pk not in reasons])
    after = {"after": previous.title, "items": review.items.count(), "rests_on": again.rests_on.count()}
    events.record(
        "reassessment.opened",
        review,
        review=review,
        by=by,
        after=after | roles | {"checklist": str(checklist), "due_on": due_on, "lead": lead.name},
        reason=f"{Trigger(trigger).label}: {why}" if trigger else "",
    )
    return review


def _reasons(previous, items, kind, due_on, trigger, numbers):
    """`{item id: [sentence]}` of what the re-assessment looks at again."""
    reasons = delta.of(previous, items, due_on)
    if kind == Kind.ANNUAL:
        return {item.pk: reasons.get(item.pk, []) for item in items}
    if kind == Kind.QUARTERLY:
        return reasons
    chosen = [item for item in items if item.number in numbers]
    if not chosen:
        raise Refused("Choose at least one statement.")
    occasion = f"{Trigger(trigger).label} puts it in question."
    return {item.pk: [occasion, *reasons.get(item.pk, ())] for item in chosen}


def _look_at_all(review, before, reasons):
    """An item for each statement; one that an earlier item answered in the same words inherits from that."""
    known = {(item.number, item.statement.text): item for item in before}
    statements = {(each.number, each.text): each for each in review.checklist.statements.all()}
    inherited = [known[key] for key in statements if key in known]
    _inherit(review, inherited, reasons, {known[key].pk: statements[key] for key in statements if key in known})
    Item.objects.bulk_create(
        Item(
            review=review,
            statement=statement,
            role=statement.owner_role,
            due_on=review.due_on,
            why_again=["The checklist says something else under this number now."],
        )
        for key, statement in statements.items()
        if key not in known
    )


def _inherit(review, earlier, reasons, statements=None):
    """New items that start with what the `earlier` ones say, and cite what they cite. Nothing of it is re-affirmed."""
    able = set(grants.holders(review.deployment.vendor, Access.SIGN).values_list("pk", flat=True))
    items = Item.objects.bulk_create(
        Item(
            review=review,
            statement=statements[item.pk] if statements else item.statement,
            inherited_from=item,
            why_again=reasons[item.pk],
            role=item.role,
            owner_id=item.owner_id if item.owner_id in able else None,
            due_on=review.due_on,
            **{name: getattr(item, name) for name in COPIED},
        )
        for item in earlier
    )
    Citation.objects.bulk_create(
        Citation(
            item=item,
            evidence_id=citation.evidence_id,
            locator=citation.locator,
            quote=citation.quote,
            cited_by_id=citation.cited_by_id,
            cited_at=citation.cited_at,
        )
        for item, old in zip(items, earlier, strict=True)
        for citation in sorted(old.citations.all(), key=lambda citation: citation.pk)
    )
    for item, old in zip(items, earlier, strict=True):
        for conflict in sorted(old.conflicts.all(), key=lambda conflict: conflict.pk):
            conflicts.copy(conflict, to=item)
    return items


def _carry_roles(previous, review):
    """The roles stay with whom they are; who left or lost the access holds none, and the role's items have no owner.

    Returns, for the log, who holds which role now, and which roles nobody holds any more.
    """
    able = set(grants.holders(review.deployment.vendor, Access.SIGN).values_list("pk", flat=True))
    carried = {role: person for role, person in previous.holders.items() if person.pk in able}
    Assignment.objects.bulk_create(
        Assignment(review=review, role=role, user=person) for role, person in carried.items()
    )
    return {
        "roles": [f"{Role(role).label}: {person.name}" for role, person in sorted(carried.items())],
        "roles_left_empty": sorted(Role(role).label for role in previous.holders.keys() - carried.keys()),
    }
