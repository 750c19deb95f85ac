"""How does a worker read a questionnaire: in the child that can be killed, by the mapping that fits, into proposals?

The file goes to the vendor's library once it was found to be a questionnaire: what cannot be read replaces no version.
Safe to run twice, and after a worker that died.
"""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.permissions import Refused
from evidence import library
from evidence.choices import Confidentiality, Kind
from evidence.models import Evidence, Version
from reviews import errands, sheets
from reviews.choices import ImportKind, ImportState
from reviews.models import Import
from reviews.questionnaires import bringing, mapping, proposing

# One that takes its worker down each time must not do so for ever.
MOST_ATTEMPTS = 3
SENT_AGAIN_AFTER = timedelta(minutes=1)
STOPPED = f"The worker that read it stopped without a word, {MOST_ATTEMPTS} times. Save it anew and hand it in again."
NO_ACCESS = "Whoever handed it in may no longer work on this vendor, so it was not read."
NOTHING = "“{name}” holds no question id of {titles}. Is it the filled-in questionnaire, with its id column?"
WHICH = (
    "It cannot be told by which mapping it is to be read. Choose one: an id can ask something else in another version."
)


def read(pk, *, open_book=None):
    """Read a questionnaire that waits, or that a dead worker left; leave it READY, REFUSED or asking for its mapping.

    `open_book(source)` gives the workbook when it is not to be read in the child.
    """
    source = _claim(pk)
    if source is None:
        return
    if source.attempt > MOST_ATTEMPTS:
        refuse(source, STOPPED)
        return
    try:
        take_in(source, (open_book or _book)(source))
    except PermissionDenied:
        refuse(source, NO_ACCESS)
    except Refused as refusal:
        refuse(source, str(refusal))


def look_after():
    """Send again what waits without a worker, or was left by one. A message too many finds nothing to do."""
    since = timezone.now() - SENT_AGAIN_AFTER
    rows = Import.objects.unfinished().filter(kind=ImportKind.QUESTIONNAIRE)
    for source in rows.only("name", "created_at", "worked_at"):
        if (source.worked_at or source.created_at) < since:
            errands.tell("read_questionnaire", source)


def _claim(pk):
    rows = Import.objects.filter(
        pk=pk, kind=ImportKind.QUESTIONNAIRE, state__in=[ImportState.WAITING, ImportState.READING]
    )
    if not rows.update(state=ImportState.READING, attempt=F("attempt") + 1, worked_at=timezone.now()):
        return None
    return Import.objects.select_related(
        "review__deployment__vendor", "review__checklist", "created_by", "evidence"
    ).get(pk=pk)


def _upload(source):
    """The file as it came, from the row or, once it was read, from the library."""
    content = source.content
    if content is None:
        kept = Version.objects.get(evidence=source.evidence, sha256=source.sha256)
        with kept.file.open("rb") as file:
            content = file.read()
    return SimpleUploadedFile(source.name, bytes(content))


def _book(source):
    return sheets.read(_upload(source), source.name, accepted=bringing.ACCEPTED)


def take_in(source, book):
    """Propose what the workbook answers. Raises Refused, also when no known id stands in it."""
    fitting = mapping.fitting(source.review.checklist)
    chosen = fitting.get(source.mapping) if source.mapping else _guessed(fitting.values(), book)
    readings = {each.slug: proposing.found(each, book) for each in ([chosen] if chosen else fitting.values())}
    if not any(reading.known for reading in readings.values()):
        titles = ", ".join(each.title for each in ([chosen] if chosen else fitting.values())) or "any mapping"
        raise Refused(NOTHING.format(name=source.name, titles=titles))
    if chosen is None:
        _ask(source)
        return
    evidence = _kept(source)
    with transaction.atomic():
        if proposing.propose(source, chosen, readings[chosen.slug], evidence=evidence):
            source.refresh_from_db(fields=["found"])
            after = {"name": source.name, "mapping": chosen.slug, "proposed": source.found["proposed"]}
            bringing.record("questionnaire.read", source, by=source.created_by, after=after)


def _guessed(fitting, book):
    """The one mapping the workbook bears the mark of; without marks, the only one that knows its ids; else None."""
    marked = [each for each in fitting if each.recognised_by and proposing.recognised(each, book)]
    if marked:
        return max(marked, key=lambda each: proposing.found(each, book).known) if len(marked) == 1 else None
    plain = [each for each in fitting if proposing.found(each, book).known]
    return plain[0] if len(plain) == 1 and not plain[0].recognised_by else None


@transaction.atomic
def _ask(source):
    Import.objects.filter(pk=source.pk, state=ImportState.READING).update(state=ImportState.COLUMNS, problem=WHICH)


def _kept(source):
    """The evidence that holds the file: the one there is, its newer version, or a new one. As whoever handed it in."""
    vendor, by = source.review.vendor, source.created_by
    if (
        there := Version.objects.filter(evidence__vendor=vendor, sha256=source.sha256)
        .select_related("evidence")
        .first()
    ):
        return there.evidence
    upload = _upload(source)
    if source.evidence:
        library.add_version(source.evidence, by=by, upload=upload)
        return Evidence.objects.get(pk=source.evidence_id)
    said = {"kind": Kind.QUESTIONNAIRE, "confidentiality": Confidentiality.CONFIDENTIAL}
    return library.add_file(vendor, upload, by=by, **said)


@transaction.atomic
def refuse(source, why):
    """Say why it was not read. The file is kept until somebody hands in another, so that another mapping can be tried."""
    if Import.objects.filter(pk=source.pk, state=ImportState.READING).update(state=ImportState.REFUSED, problem=why):
        bringing.record("questionnaire.refused", source, by=source.created_by, reason=why)
