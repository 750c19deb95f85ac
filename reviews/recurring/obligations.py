"""What recurs, who sees to it, and which dates follow? (rules 20 and 21)"""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import grants
from accounts.choices import CONTRIBUTE, Role
from accounts.permissions import Refused, ask
from evidence.validity import in_words
from reviews.choices import ObligationState, OccurrenceState
from reviews.models import Obligation
from reviews.recurring import cadence, duties, plan
from reviews.recurring.plan import lock, record, set_state
from reviews.stale import Stale
from vendors.models import Deployment
from vendors.permissions import can_lead

FIELDS = (
    "title",
    "instructions",
    "owner",
    "every",
    "unit",
    "counted",
    "first_on",
    "ends_on",
    "steps",
    "escalate_to",
)
CADENCE = frozenset({"every", "unit", "counted", "first_on", "ends_on"})
ALIVE = frozenset({ObligationState.PROPOSED, ObligationState.ACTIVE})
LONGEST_STEP = 365  # days before


@transaction.atomic
def propose(review, *, by):
    """Propose for an approved review's deployment what the source asks for (rule 21). Returns the proposals made.

    The first date is one step after today. Nothing is proposed while one of the same duty is proposed or in force for
    the deployment, nor a second time by the same review, nor what was dismissed there: somebody said why.
    """
    deployment = Deployment.objects.select_for_update(no_key=True).get(pk=review.deployment_id)
    answered = Q(deployment=deployment, state__in=ALIVE | {ObligationState.DISMISSED}) | Q(proposed_by=review)
    there = set(Obligation.objects.filter(answered).values_list("duty", flat=True))
    return [
        _propose(review, proposal, by) for proposal in duties.proposals_for(deployment) if proposal.duty not in there
    ]


def _propose(review, proposal, by):
    holders = review.holders
    owner = _first_able(review.vendor, holders.get(proposal.role), review.lead, by)
    escalate_to = _first_able(review.vendor, *(who for who in (holders.get(Role.CISO), review.lead) if who != owner))
    obligation = Obligation.objects.create(
        vendor=review.vendor,
        deployment=review.deployment,
        duty=proposal.duty,
        title=proposal.title,
        instructions=proposal.instructions,
        owner=owner or by,
        every=proposal.every,
        unit=proposal.unit,
        counted=proposal.counted,
        first_on=cadence.nth(timezone.localdate(), proposal.every, proposal.unit, 1),
        escalate_to=escalate_to,
        proposed_by=review,
    )
    record("obligation.proposed", obligation, by=by, after=_said(obligation))
    return obligation


def _first_able(vendor, *people):
    return next((who for who in people if who and not unable(who, vendor)), None)


def unable(person, vendor):
    """Why this person cannot own an obligation of the vendor, as a sentence, or ''."""
    if not person.is_active:
        return f"{person.name} has left. Choose somebody else."
    if not grants.on(person, vendor.pk) & CONTRIBUTE:
        return f"{person.name} may not work on {vendor.name}. Give the access on the vendor's page first."
    return ""


def _must_hold(obligation):
    """Raise Refused for what the database or the calendar would refuse, in words."""
    for person in {obligation.owner, obligation.escalate_to} - {None}:
        if reason := unable(person, obligation.vendor):
            raise Refused(reason)
    if obligation.deployment and obligation.deployment.vendor_id != obligation.vendor_id:
        raise Refused("This deployment belongs to another vendor.")
    if obligation.review_kind and not obligation.deployment:
        raise Refused("A review looks at one deployment: say which.")
    if obligation.ends_on and obligation.ends_on < obligation.first_on:
        raise Refused("The last day lies before the first date.")
    cadence.nth(obligation.first_on, obligation.every, obligation.unit, 1)
    if not obligation.steps or any(not 0 <= step <= LONGEST_STEP for step in obligation.steps):
        raise Refused(f"Steps are days before the due day: numbers from 0 to {LONGEST_STEP}, at least one.")


@transaction.atomic
def create(vendor, *, by, duty, deployment=None, **values):
    """Add an obligation by hand; it is in force at once. Raises Refused with a sentence for what cannot be."""
    ask(can_lead(by, vendor.pk))
    obligation = Obligation(
        vendor=vendor, deployment=deployment, duty=duty, state=ObligationState.ACTIVE, **_tidy(values)
    )
    _must_hold(obligation)
    obligation.save()
    record("obligation.created", obligation, by=by, after=_said(obligation))
    plan.plan_dates(obligation, timezone.localdate(), by=by)
    return obligation


@transaction.atomic
def accept(obligation, *, by):
    """Put a proposal in force; its first dates are planned from today on. Raises Refused when it is none any more."""
    obligation = lock(obligation.pk)
    ask(can_lead(by, obligation.vendor_id))
    if obligation.state != ObligationState.PROPOSED:
        raise Refused(f"“{obligation}” is {obligation.get_state_display().lower()} already.")
    _must_hold(obligation)
    set_state(obligation, ObligationState.ACTIVE, "", by, "obligation.accepted")
    plan.plan_dates(obligation, timezone.localdate(), by=by)
    return obligation


@transaction.atomic
def accept_all(vendor, *, by):
    """Accept every proposal for the vendor or, when one of them cannot be, none. Returns how many were accepted."""
    ask(can_lead(by, vendor.pk))
    proposed = list(Obligation.objects.proposed().filter(vendor=vendor).order_by("pk"))
    for obligation in proposed:
        try:
            accept(obligation, by=by)
        except Refused as refusal:
            raise Refused(f"“{obligation}”: {refusal}") from None
    return len(proposed)


@transaction.atomic
def change(obligation, *, by, version, **values):
    """Change what is said of a proposal or an obligation in force, as typed on `version` of it.

    When the cadence changes, open dates for which nothing was recorded move with it; others stay as they are.
    Raises Stale when somebody saved meanwhile, Refused for what cannot be. Unchanged values change nothing.
    """
    obligation = lock(obligation.pk)
    ask(can_lead(by, obligation.vendor_id))
    values = _tidy(values)
    changed = [name for name in values if getattr(obligation, name) != values[name]]
    if not changed:
        return obligation
    if obligation.version != version:
        raise Stale(obligation)
    if obligation.state not in ALIVE:
        raise Refused(f"“{obligation}” is {obligation.get_state_display().lower()}; it does not change any more.")
    before = _said(obligation, changed)
    for name in changed:
        setattr(obligation, name, values[name])
    _must_hold(obligation)
    obligation.version += 1
    obligation.save(update_fields=[*changed, "version"])
    record("obligation.changed", obligation, by=by, before=before, after=_said(obligation, changed))
    if obligation.state == ObligationState.ACTIVE and CADENCE.intersection(changed):
        plan.replan(obligation, timezone.localdate(), by)
    return obligation


@transaction.atomic
def dismiss(obligation, *, by, reason):
    """Do not accept a proposal, and say why."""
    obligation = lock(obligation.pk)
    ask(can_lead(by, obligation.vendor_id))
    if obligation.state != ObligationState.PROPOSED:
        raise Refused(f"“{obligation}” is {obligation.get_state_display().lower()} already.")
    _must_say(reason, "Say why this is not needed.")
    set_state(obligation, ObligationState.DISMISSED, reason, by, "obligation.dismissed")
    return obligation


@transaction.atomic
def end(obligation, *, by, reason):
    """End an obligation in force: no further dates, and its open ones are skipped with this reason.

    Raises Refused while a date awaits its signature: what was found there would open nothing again.
    """
    obligation = lock(obligation.pk)
    ask(can_lead(by, obligation.vendor_id))
    if obligation.state != ObligationState.ACTIVE:
        raise Refused(f"“{obligation}” is {obligation.get_state_display().lower()}; there is nothing to end.")
    _must_say(reason, "Say why it ends.")
    if awaiting := obligation.occurrences.filter(state=OccurrenceState.AWAITING).order_by("due_on").first():
        raise Refused(
            f"What was done on the date due on {in_words(awaiting.due_on)} awaits its signature: "
            "have it signed or returned first."
        )
    set_state(obligation, ObligationState.ENDED, reason, by, "obligation.ended")
    for occurrence in obligation.occurrences.filter(state=OccurrenceState.OPEN):
        plan.skip(occurrence, obligation, reason=reason, by=by)
    return obligation


def _must_say(reason, question):
    if not reason.strip():
        raise Refused(question)


def _tidy(values):
    """Steps once each, the furthest first; everything else as it is."""
    if "steps" in values:
        values["steps"] = sorted(set(values["steps"]), reverse=True)
    return values


def _said(obligation, names=FIELDS):
    """What an event says of it: people by name."""
    values = {name: getattr(obligation, name) for name in names}
    return {name: value.name if hasattr(value, "email") else value for name, value in values.items()}
