"""What becomes of a proposal: taken into an item's notes with its cited row, or set aside?

It never sets a finding and confirms nothing. Whoever takes it counts as who wrote the finding, and does not sign it.
"""

from django.db import transaction
from django.utils import timezone

from accounts.permissions import Refused, ask
from evidence.models import Evidence
from reviews import findings, workflow
from reviews.choices import Finding, ProposalState
from reviews.models import TEXT_LIMIT, Citation, Proposal
from reviews.permissions import can_edit, can_work_on

LONGEST_QUOTE = Citation._meta.get_field("quote").max_length
LONGEST_LOCATOR = Citation._meta.get_field("locator").max_length


def locator(proposal):
    """Where in the questionnaire it stands: “CAIQv4.0.2, row 45, IAM-02.1”."""
    place = proposal.place[: LONGEST_LOCATOR - len(proposal.question_id) - 2]
    return f"{place}, {proposal.question_id}"


def words(proposal):
    """What goes into the item's notes: the answer, what the vendor wrote to it, and where it stands."""
    said = f"“{proposal.answer}”" if proposal.answer else "no answer of its own"
    head = f"Vendor's questionnaire, {proposal.question_id}: {said} ({proposal.source.name}, {proposal.place})."
    return f"{head}\n{proposal.text}" if proposal.text else head


@transaction.atomic
def take(proposal, *, by, cite):
    """Add the proposal to the item's notes and, with `cite`, cite the questionnaire at its row.

    Raises PermissionDenied when the person may not, or the item is not open; Refused when it was decided already, the
    notes have no room for it, or the questionnaire is withdrawn.
    """
    item = workflow.lock_alone(proposal.item)
    proposal = _locked(proposal)
    ask(can_edit(by, item))
    _refuse_decided(proposal, {ProposalState.OPEN})
    notes = f"{item.notes.rstrip()}\n\n{words(proposal)}".lstrip()
    if len(notes) > TEXT_LIMIT:
        raise Refused(f"The notes would have more than {TEXT_LIMIT:,} characters with it. Shorten them first.")
    findings.record(item, by=by, version=item.version, notes=notes)
    evidence = Evidence.objects.get(pk=proposal.source.evidence_id)
    place = locator(proposal)
    if cite and not item.citations.filter(evidence=evidence, locator=place).exists():
        quote = f"{proposal.answer}. {proposal.text}".strip(" .")[:LONGEST_QUOTE]
        findings.cite(item, evidence, by=by, locator=place, quote=quote)
    return _decide(proposal, item, ProposalState.TAKEN, by, "item.proposal_taken")


@transaction.atomic
def dismiss(proposal, *, by):
    """Set it aside; nothing of the item changes. Raises as `take`."""
    item = workflow.lock_alone(proposal.item)
    proposal = _locked(proposal)
    ask(can_work_on(by, item))
    _refuse_decided(proposal, {ProposalState.OPEN})
    return _decide(proposal, item, ProposalState.DISMISSED, by, "item.proposal_dismissed")


@transaction.atomic
def bring_back(proposal, *, by):
    """Propose again what was set aside. Raises as `take`."""
    item = workflow.lock_alone(proposal.item)
    proposal = _locked(proposal)
    ask(can_work_on(by, item))
    _refuse_decided(proposal, {ProposalState.DISMISSED})
    return _decide(proposal, item, ProposalState.OPEN, by, "item.proposal_brought_back")


def _locked(proposal):
    found = Proposal.objects.select_for_update(of=("self",)).select_related("source").filter(pk=proposal.pk).first()
    if found is None:
        raise Refused("A newer version of the questionnaire took the place of this answer. Look at the item again.")
    return found


def _refuse_decided(proposal, wanted):
    if proposal.state not in wanted:
        raise Refused(f"{proposal.question_id} is {proposal.get_state_display().lower()} already. Look at it again.")


def _decide(proposal, item, state, by, event_type):
    proposal.state = state
    open_again = state == ProposalState.OPEN
    proposal.decided_by, proposal.decided_at = (None, None) if open_again else (by, timezone.now())
    proposal.save(update_fields=["state", "decided_by", "decided_at"])
    after = {"question": proposal.question_id, "source": proposal.source.name}
    workflow.note(item, event_type, by=by, after=after)
    return proposal


def contradicts(proposal):
    """Whether the answer speaks against what the item confirms. What asks for background only contradicts nothing."""
    confirmed = proposal.item.finding == Finding.CONFIRMED
    return bool(confirmed and proposal.is_against and proposal.relevance != "background")
