"""What was found? Finding, notes and citations of an open item; discussion of any item."""

from django.db import transaction
from django.utils import timezone

from accounts.permissions import Refused, ask
from reviews import workflow
from reviews.choices import Status
from reviews.models import Citation, Comment
from reviews.permissions import can_edit, can_work_on

FIELDS = ("finding", "reason", "asked", "asked_of", "notes")


class Stale(Refused):
    """Someone saved newer text. `theirs` is what is stored now, `yours` what was typed: nothing is lost."""

    def __init__(self, item, yours):
        super().__init__("Not saved: someone changed this item while you were writing. Both texts are below.")
        self.theirs = {name: getattr(item, name) for name in FIELDS}
        self.yours = yours
        self.version = item.version


@transaction.atomic
def record(item, *, by, version, **values):
    """Save finding, reason, asked, asked_of and notes as typed on version `version` of the item.

    Starts work on an item not yet started. Raises Stale when the stored version is another one and the text
    differs, PermissionDenied when the item is not open or the person may not. Unchanged text changes nothing.
    """
    item = workflow.lock_alone(item)
    ask(can_edit(by, item))
    changed = {name: value for name, value in values.items() if getattr(item, name) != value}
    if not changed:
        return item
    if item.version != version:
        raise Stale(item, {name: values.get(name, getattr(item, name)) for name in FIELDS})
    before = {name: getattr(item, name) for name in changed}
    for name, value in changed.items():
        setattr(item, name, value)
    item.version += 1
    item.finding_by = by
    item.save(update_fields=[*changed, "version", "finding_by"])
    workflow.note(item, "item.recorded", by=by, before=before, after=changed)
    return _started(item, by)


@transaction.atomic
def cite(item, evidence, *, by, locator="", quote=""):
    """Point the item at an evidence of the same vendor. Raises Refused when it is withdrawn or cited there already."""
    item = workflow.lock(item)
    ask(can_edit(by, item))
    if evidence.vendor_id != item.review.deployment.vendor_id:
        raise Refused("This evidence belongs to another vendor.")
    if evidence.withdrawn_at:
        raise Refused(f"{evidence.title} was withdrawn and proves nothing any more.")
    if any((each.evidence_id, each.locator) == (evidence.pk, locator) for each in item.citations.all()):
        raise Refused(f"{evidence.title} is cited at this place already.")
    citation = Citation.objects.create(item=item, evidence=evidence, locator=locator, quote=quote, cited_by=by)
    version = evidence.current
    workflow.note(
        item,
        "item.cited",
        by=by,
        after={"evidence": evidence.title, "version": version.number, "locator": locator},
        content_hash=f"sha256:{version.sha256}",
    )
    _started(item, by)
    return citation


@transaction.atomic
def uncite(citation, *, by):
    """Take a citation off its item; the evidence stays in the library."""
    item = workflow.lock(citation.item)
    ask(can_edit(by, item))
    before = {"evidence": citation.evidence.title, "locator": citation.locator}
    deleted, _ = citation.delete()
    if not deleted:
        return  # Someone else was faster; one removal is one event.
    workflow.note(item, "item.uncited", by=by, before=before, after={})


@transaction.atomic
def comment(item, *, by, text):
    """Add to the item's discussion, in whatever status the item is."""
    ask(can_work_on(by, item))
    written = Comment.objects.create(item=item, author=by, text=text, written_at=timezone.now())
    workflow.note(item, "item.commented", by=by, after={"comment": text[:500]})
    return written


def _started(item, by):
    if item.status == Status.NOT_STARTED:
        return workflow.apply(workflow.START, item, by=by)
    return item
