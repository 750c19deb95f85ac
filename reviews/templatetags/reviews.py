"""How do events, obligations and their dates read?"""

from datetime import date

from django import template
from django.utils import timezone

from evidence import validity
from reviews.choices import ActionState, Finding, Judged, ObligationState, OccurrenceState, PolicyState
from reviews.recurring import cadence

register = template.Library()

CALLED = {"cited": "citations"}  # what is not called as its events write it
PHRASES = {
    "item.start": "started work",
    "item.recorded": "changed {fields}",
    "item.cited": "cited {evidence}, version {version}{place}",
    "item.uncited": "removed the citation of {evidence}",
    "item.submit": "submitted as {finding}",
    "item.take_back": "took the submission back",
    "item.return": "returned it",
    "item.sign": "signed: {finding}",
    "item.withdraw": "withdrew the sign-off",
    "item.reopen": "reopened it",
    "item.commented": "commented",
    "item.conflict_opened": "wrote down that sources disagree: {about}",
    "item.conflict_changed": "changed what the sources say: {about}",
    "item.conflict_resolved": "said which source prevails, on “{about}”: {prevails}",
    "item.conflict_reopened": "opened the source conflict again: {about}",
    "item.role_set": "gave it a role",
    "item.handed_over": "handed it over to {owner}",
    "item.due_moved": "moved the due day to {due_on}",
    "item.proposal_taken": "took the vendor's answer {question} over, from {source}",
    "item.proposal_dismissed": "set the vendor's answer {question} aside, from {source}",
    "item.proposal_brought_back": "brought the vendor's answer {question} back, from {source}",
    "item.imported": "took {changed} from a spreadsheet",
    "item.import_undone": "undid an import: {changed}",
    "item.unstart": "undid the start",
    "import.brought": "brought it",
    "import.read": "had it read",
    "import.not_read": "could not have it read",
    "import.chosen": "said what its columns and rows mean",
    "import.abandoned": "gave it up",
    "import.accepted": "said that it is to be applied",
    "import.applied": "applied it",
    "import.not_applied": "did not apply it",
    "import.undone": "undid it",
    "item.reopen_by_duty": "opened it again for what was found",
    "question.created": "wrote it down",
    "question.changed": "changed {changed}",
    "question.put": "asked it of {asked_of}",
    "question.withdrawn": "withdrew it",
    "question.answered": "recorded answer {answer}, from {source}",
    "question.judged": "judged answer {answer}: {judged}",
    "question.taken": "took answer {answer} into the evidence as “{evidence}”",
    "question.file_read": "read {name}",
    "question.file_damaged": "found {name} damaged",
    "escalation.drafted": "began it",
    "escalation.changed": "changed it",
    "escalation.sent": "sent it to {to}",
    "escalation.reminded": "reminded {to}",
    "escalation.settled": "wrote down for statement {statement}: {outcome}",
    "escalation.withdrawn": "gave it up",
    "escalation.closed": "closed it",
    "guest.invited": "invited {name}",
    "guest.changed": "changed {changed}",
    "guest.sent_again": "had the mail sent again",
    "guest.code_sent": "asked for a code",
    "guest.code_not_sent": "got no code: the mail server did not take it",
    "guest.wrong_code": "typed a code that did not open the page",
    "guest.entered": "opened the page with the code",
    "guest.answered": "answered question {question}",
    "guest.left": "left the page",
    "guest.ended": "closed the page",
    "obligation.proposed": "proposed it",
    "obligation.created": "added it",
    "obligation.accepted": "accepted it",
    "obligation.changed": "changed {changed}",
    "obligation.dismissed": "did not accept it",
    "obligation.ended": "ended it",
    "obligation.planned": "planned {dates}",
    "occurrence.review_opened": "opened the review “{review}”",
    "occurrence.moved": "moved the due day to {due_on}",
    "occurrence.redated": "moved the due day to {due_on}",
    "occurrence.skipped": "skipped it",
    "occurrence.recorded": "recorded it as done on {done_on}",
    "occurrence.returned": "returned it",
    "occurrence.done": "closed it as done",
    "action.agreed": "agreed it with {owner}, until {due_on}",
    "action.changed": "changed it: {owner}, until {due_on}",
    "action.done": "marked it as done",
    "action.dropped": "dropped it",
    "policy.begun": "began it",
    "policy.changed": "changed {changed}",
    "policy.submitted": "submitted it for signatures",
    "policy.taken_back": "took it back",
    "policy.returned": "returned it",
    "policy.signed": "signed it as {signed_as}",
    "policy.signature_withdrawn": "withdrew the signature as {signed_as}",
    "policy.in_force": "put it in force",
    "policy.superseded": "replaced it by a later version",
    "policy.withdrawn": "gave it up",
    "policy.ended": "ended it",
    "check.dismissed": "set a check aside: {fired}",
    "check.taken_up": "took a check up again: {fired}",
}
FIELDS = {
    "finding": "the finding",
    "reason": "the reason",
    "asked": "what was asked",
    "asked_of": "of whom",
    "notes": "the notes",
}


@register.filter
def in_words(event):
    """The event's act in the past tense; an unknown type as it is."""
    values = {**event.before, **event.after}
    locator = values.get("locator")
    phrase = PHRASES.get(event.event_type, event.event_type).format(
        fields=", ".join(FIELDS[name] for name in FIELDS if name in event.after),
        evidence=values.get("evidence"),
        version=values.get("version"),
        place=f", {locator}" if locator else "",
        finding=dict(Finding.choices).get(values.get("finding"), "").lower(),
        **{name: values.get(name) for name in ("asked_of", "answer", "source", "name", "question")},
        judged=dict(Judged.choices).get(values.get("judged"), "").lower(),
        owner=event.after.get("owner") or "the role's holder",
        due_on=_day(values.get("due_on")),
        done_on=_day(values.get("done_on")),
        review=values.get("review"),
        about=values.get("about"),
        prevails=values.get("prevails"),
        fired=values.get("fired"),
        changed=", ".join(sorted(CALLED.get(name, name.replace("_", " ")) for name in event.after)),
        dates=", ".join(map(_day, event.after.get("dates", ()))),
        signed_as=values.get("as"),
        to=", ".join(values.get("to") or ()) if isinstance(values.get("to"), list) else values.get("to"),
        statement=values.get("statement"),
        outcome=str(values.get("outcome", "")).lower(),
    )
    deputy_of = values.get("deputy_of")
    return f"{phrase}, as the deputy of {deputy_of}" if deputy_of else phrase


def _day(written):
    """An ISO day as an event keeps it, in words; nothing stays nothing."""
    return validity.in_words(date.fromisoformat(written)) if written else written


LOOKS = {
    ObligationState.PROPOSED: "awaiting",
    ObligationState.ACTIVE: "confirmed",
    ObligationState.DISMISSED: "not_applicable",
    ObligationState.ENDED: "not_applicable",
    OccurrenceState.OPEN: "not_started",
    OccurrenceState.AWAITING: "awaiting",
    OccurrenceState.DONE: "complete",
    OccurrenceState.SKIPPED: "not_applicable",
    PolicyState.DRAFT: "in_progress",
    PolicyState.AWAITING: "awaiting",
    PolicyState.IN_FORCE: "confirmed",
    PolicyState.SUPERSEDED: "not_applicable",
    PolicyState.WITHDRAWN: "not_applicable",
}


ACTION_LOOKS = {
    ActionState.OPEN: "in_progress",
    ActionState.DONE: "complete",
    ActionState.DROPPED: "not_applicable",
}


@register.filter
def action_look(state):
    """How the pill of an action looks."""
    return ACTION_LOOKS[state]


@register.filter
def look(state):
    """How the pill of an obligation's or a policy's state looks."""
    return LOOKS[state]


@register.filter
def escalation_look(state):
    """How the pill of an escalation's state looks."""
    return {"draft": "not_started", "sent": "in_progress", "closed": "complete"}.get(state, "not_applicable")


@register.filter
def date_look(state, due_on):
    """How the pill of a date looks: an open one in the past is overdue."""
    return "late" if _is_overdue(state, due_on) else LOOKS[state]


@register.filter
def date_words(state, due_on):
    return "Overdue" if _is_overdue(state, due_on) else OccurrenceState(state).label


def _is_overdue(state, due_on):
    return state == OccurrenceState.OPEN and due_on < timezone.localdate()


@register.filter
def rhythm(obligation):
    """“every 90 days, from the day it was last done”."""
    words = cadence.in_words(obligation.every, obligation.unit)
    return f"{words}, from the day it was last done" if obligation.counted == "completion" else words


@register.inclusion_tag("reviews/_escalations_of.html")
def escalations_of(vendor, user):
    """The section of a vendor's page: letters to its account team."""
    from reviews.asking import replies
    from reviews.models import Escalation

    return {"letters": replies.listed(Escalation.objects.visible_to(user).filter(vendor=vendor))}


@register.inclusion_tag("reviews/_letter_of.html")
def letter_of(decision, user):
    """The letter that carries out a decision to escalate, or where it is written."""
    from reviews.choices import EscalationState
    from reviews.permissions import can_escalate

    letters = decision.escalations.exclude(state=EscalationState.WITHDRAWN).order_by("number")
    letters = list(letters.select_related("review"))
    reason = "" if letters else can_escalate(user, decision.review).reason
    return {"letters": letters, "write_reason": reason, "review": decision.review}


@register.inclusion_tag("reviews/_red_flags.html")
def red_flags_of(gate, user):
    """What the gate's card says of silence, and where a letter is begun when it says “Escalate”."""
    from reviews.asking import red_flags
    from reviews.permissions import can_escalate

    flags = red_flags.of(item for item in gate.items if item.has_letters)
    flagged = [(item, flags[item.pk]) for item in gate.items if item.pk in flags]
    due = gate.recommendation == gate.recommendation.ESCALATE
    return {
        "review": gate.review,
        "flagged": flagged,
        "due": due,
        "write_reason": can_escalate(user, gate.review).reason if due else "",
    }


@register.inclusion_tag("reviews/_obligations_of.html")
def obligations_of(vendor, user):
    """The section of a vendor's page; the vendor's own app knows nothing of what recurs."""
    from reviews.models import Obligation
    from vendors.permissions import can_lead

    found = Obligation.objects.visible_to(user).filter(vendor=vendor).select_related("owner", "deployment").with_next()
    return {
        "vendor": vendor,
        "active": found.active().order_by("next_on", "title"),
        "proposed": found.proposed().count(),
        "no_lead": can_lead(user, vendor.pk).reason,
    }
