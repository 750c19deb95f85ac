"""How does a questionnaire come in: a person hands in a file, and says by which mapping it is to be read if that is not plain?"""

from django.db import transaction

from accounts.permissions import Refused, ask
from evidence import library
from reviews import errands, events, sheets
from reviews.choices import ImportKind, ImportState
from reviews.models import Import, Review
from reviews.permissions import can_contribute
from reviews.questionnaires import mapping

ACCEPTED = sheets.SPREADSHEETS
# Read again by another mapping only from these.
CHOOSABLE = frozenset({ImportState.COLUMNS, ImportState.READY, ImportState.REFUSED})


@transaction.atomic
def bring(review, upload, *, by, newer_version_of=None, slug="") -> Import:
    """Keep the file for the worker, who is told after the commit; see `keep`."""
    source = keep(review, upload, by=by, newer_version_of=newer_version_of, slug=slug)
    if source.state == ImportState.WAITING:
        send_later(source)
    return source


@transaction.atomic
def keep(review, upload, *, by, newer_version_of=None, slug="") -> Import:
    """Keep the file for whoever reads it. The same file again is the import there is already.

    `newer_version_of`: the evidence it is to be a newer version of, once it was read. `slug`: of the mapping, or "" to
    guess. Raises PermissionDenied, or Refused with a sentence for a file that is no table.
    """
    ask(can_contribute(by, review))
    said = library.inspected(upload)
    sheets.kinds.decide(upload, said["name"], ACCEPTED)
    if slug and slug not in mapping.fitting(review.checklist):
        raise Refused("That mapping does not fit this review's checklist.")
    if newer_version_of and newer_version_of.vendor_id != review.deployment.vendor_id:
        raise Refused("This evidence belongs to another vendor.")
    Review.objects.select_for_update().get(pk=review.pk)
    if known := _known(review, said["sha256"]):
        return known
    # Nobody tries another mapping on what was refused before.
    review.imports.filter(kind=ImportKind.QUESTIONNAIRE, state=ImportState.REFUSED).update(content=None)
    upload.seek(0)
    source = Import.objects.create(
        review=review,
        kind=ImportKind.QUESTIONNAIRE,
        name=said["name"][:200],
        sha256=said["sha256"],
        size=said["size"],
        content=upload.read(),
        evidence=newer_version_of,
        mapping=slug or None,
        created_by=by,
    )
    record("questionnaire.brought", source, by=by)
    return source


def _known(review, sha256):
    rows = review.imports.filter(kind=ImportKind.QUESTIONNAIRE, sha256=sha256)
    return rows.exclude(state__in=[ImportState.REFUSED, ImportState.ABANDONED]).without_content().first()


@transaction.atomic
def choose(source, *, by, slug, version) -> Import:
    """Have it read by this mapping. What was decided stays; what is only proposed is proposed anew.

    `version`: as the page showed it. Raises Refused when somebody was faster, the mapping does not fit, or a newer
    version of the questionnaire is there.
    """
    rows = Import.objects.select_for_update(of=("self",))
    source = rows.select_related("review__deployment__vendor", "evidence").get(pk=source.pk)
    ask(can_contribute(by, source.review))
    if source.version != version or source.state not in CHOOSABLE:
        raise Refused("Someone was faster: look at the questionnaire again.")
    if slug not in mapping.fitting(source.review.checklist):
        raise Refused("Choose a mapping from the list.")
    if source.evidence_id and source.review.imports.filter(evidence=source.evidence_id, pk__gt=source.pk).exists():
        raise Refused("A newer version of this questionnaire is there. Choose how that one is read.")
    before = {"mapping": source.mapping}
    source.mapping, source.version, source.attempt = slug, source.version + 1, 0
    source.state, source.problem = ImportState.WAITING, ""
    source.save(update_fields=["mapping", "version", "attempt", "state", "problem"])
    record("questionnaire.mapping_chosen", source, by=by, before=before, after={"mapping": slug})
    send_later(source)
    return source


def can_choose(source):
    """Whether it can be read by another mapping: it was read or refused, and the file is still there."""
    if source.state == ImportState.REFUSED:
        return Import.objects.filter(pk=source.pk, content__isnull=False).exists()
    return source.state in CHOOSABLE


def record(event_type, source, *, by, **said):
    """One event about a questionnaire, in the caller's transaction (rule 24)."""
    said.setdefault("after", {"name": source.name})
    events.record(
        event_type,
        source,
        review=source.review,
        by=by,
        about=f"questionnaire “{source.name}”",
        content_hash=f"sha256:{source.sha256}",
        **said,
    )


def send_later(source):
    """Tell a worker once the transaction is committed; what the queue does not take is sent again (`reading.look_after`)."""
    errands.tell_later("read_questionnaire", source)
