"""How does somebody get a review to hand on: ask for a package, have it made by a worker, fetch it?

It is made with the rights of whoever asked, and only they may fetch it, as long as they still have those rights.
Its dossier is one of the review's dossiers, made in the same work.
"""

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from accounts.permissions import Refused
from dossiers import making, package_contents, package_zip, reading, render, requests, snapshot
from dossiers.choices import State
from dossiers.manifest import as_bytes
from dossiers.models import Dossier, Package
from dossiers.package_contents import DOSSIER, MANIFEST, README, SHEET, SUMS
from dossiers.render import CannotRender
from evidence import storage
from evidence.models import Version
from evidence.permissions import can_take_out
from evidence.reading import record_reading
from reviews import gate, spreadsheets
from reviews.models import Review
from reviews.resources import ItemResource

LARGEST = 2_000_000_000  # bytes of evidence
MOST_NAMED = 10
NO_ACCESS = "You no longer have access to this review, so its package was not made."
UNREACHABLE = "The storage of files does not answer, so the package was not made. Try again in a while."
NO_DISK = "The package could not be written on the worker's disk, which may be full. Have it looked at, then try again."
NO_LONGER = "You may no longer take out “{}”, which is in this package. Request a new package."


def request(review, *, by):
    """Ask for a package of a review the person sees, and return it: their unfinished one of it when there is one."""
    return requests.ask_once(Package, {"requested_by": by, "review": review})


def make(package_id):
    """Make a queued package, as `making.run` does."""
    making.run(Package, package_id, _package, finish=_finish)


@dataclass(frozen=True)
class Made:
    """The ZIP, and what becomes true with it: the manifest in it, and its dossier, not saved yet."""

    path: Path
    pages: int
    manifest: dict
    dossier: Dossier


@contextmanager
def _package(package, tell):
    pages, attached, sheet, evidence = _read(package)
    taken_at = datetime.fromisoformat(pages["taken_at"])
    with (
        tempfile.TemporaryDirectory(prefix="countersign-package-") as folder,
        # The PDF takes the first half of the way, the files the second.
        render.rendered(pages, attached, tell=lambda percent, step: tell(percent // 2, step)) as pdf,
        making.stored(Dossier(review=package.review), pdf.path, partial(tell, 50, "Storing the dossier")) as (
            name,
            sha256,
        ),
    ):
        path = Path(folder) / "package.zip"
        made = [
            package_zip.entry_of(DOSSIER, "Dossier", pdf.path, pages=pdf.pages),
            package_zip.entry_of(SHEET, "The statements as a spreadsheet", sheet.content, rows=sheet.rows),
        ]
        manifest = _write(path, package, pages, evidence, made, tell)
        dossier = Dossier(
            review=package.review, requested_by=package.requested_by, requested_at=package.requested_at,
            state=State.READY, percent=100, attempt=1, file=name, sha256=sha256, size=made[0].size, pages=pdf.pages,
            snapshot_at=taken_at,
        )  # fmt: skip
        yield Made(path, pdf.pages, manifest, dossier), taken_at


def _read(package):
    """`(pages, manifest of the dossier, sheet, evidence)` from one moment. Raises CannotRender with a sentence."""
    user = package.requested_by
    with snapshot.one_instant():
        if not Review.objects.visible_to(user).filter(pk=package.review_id).exists():
            raise CannotRender(NO_ACCESS)
        pages, attached = snapshot.take(package.review_id)
        sheet = _sheet(package.review, user)
        evidence = package_contents.evidence_of(pages["evidence"], user=user)
    if evidence.size > LARGEST:
        raise CannotRender(
            f"The evidence of this review takes {filesizeformat(evidence.size)}, and a package holds at most "
            f"{filesizeformat(LARGEST)}. Request its dossier, and download what is needed from the pages of the evidence."
        )
    return pages, attached, sheet, evidence


def _sheet(review, user):
    """Every row of the review, as its page hands them out without a filter."""
    return spreadsheets.written(
        ItemResource(review, user=user),
        gate.assess(review, gate.items_in_force(review)).items,
        format="xlsx",
        title=str(review),
        filter_words="",
        user=user,
    )


def _write(path, package, pages, evidence, made, tell):
    """Write the ZIP and return the manifest in it. Raises CannotRender, and writes it down, when files are not as they were stored."""
    files = [_readme(package, pages, evidence, made), *made, *evidence.files]
    manifest = package_contents.manifest_of(package, pages, evidence, files)
    listed = package_zip.entry_of(MANIFEST, "", as_bytes(manifest))
    sums = package_zip.entry_of(SUMS, "", package_contents.sums_of([listed, *files]))
    at = datetime.fromisoformat(pages["taken_at"]).astimezone(UTC)
    told = Told(tell, manifest["counts"]["bytes"])
    try:
        damaged = package_zip.write(path, [files[0], listed, sums, *files[1:]], at=at, tell=told)
    except storage.Unreachable as error:
        raise CannotRender(UNREACHABLE) from error
    except OSError as error:
        raise CannotRender(NO_DISK) from error
    if damaged:
        raise CannotRender(_recorded(damaged, package))
    return manifest


def _readme(package, pages, evidence, made):
    content = package_contents.readme_of(package, pages, evidence, made)
    return package_zip.entry_of(README, "What this is, and how to check it", content)


class Told:
    """Says how far the files are, from half of the way on."""

    def __init__(self, tell, total):
        self.tell, self.total, self.done = tell, max(total, 1), 0

    def __call__(self, count):
        self.done += count
        self.tell(50 + min(45, 45 * self.done // self.total), "Collecting the files")


@transaction.atomic
def _recorded(damaged, package):
    """The sentence that names the files, each of them an event of its own."""
    for version, wrong in damaged:
        record_reading(version, by=package.requested_by, damage=wrong, package=package.pk)
    named = " ".join(f"“{version}”: {wrong}" for version, wrong in damaged[:MOST_NAMED])
    more = f" And {len(damaged) - MOST_NAMED} more." if len(damaged) > MOST_NAMED else ""
    return f"Not all evidence is as it was stored, so no package was made. {named}{more} Restore it from a backup."


def _finish(package, made):
    dossier = made.dossier
    dossier.finished_at = timezone.now()
    dossier.save()
    after = {"pages": dossier.pages, "snapshot_at": dossier.snapshot_at, "package": package.pk}
    dossier.record("made", by=package.requested_by, content_hash=f"sha256:{dossier.sha256}", after=after)
    return {"dossier": dossier, "manifest": made.manifest}


def download_name(package):
    """A name that sorts and says what it is."""
    return f"package-{package.review.slug}-{timezone.localdate(package.snapshot_at):%Y-%m-%d}-{package.pk}.zip"


def opened(package, *, by):
    """The ZIP as an open file, once its SHA-256 was found right and its download, with the reading of each evidence in
    it, was written down (rule 24).

    Raises Refused as `reading.opened`, and when there is something in it that the person may not take out any more.
    """
    versions = _versions(package)
    for version in versions:
        if not can_take_out(by, version.evidence):
            raise Refused(NO_LONGER.format(version.evidence))

    def also():
        for version in versions:
            record_reading(version, by=by, package=package.pk)

    return reading.opened(package, by=by, act="downloaded", also=also)


def _versions(package):
    """The versions of evidence in it."""
    inside = [entry for entry in package.manifest["files"] if "evidence" in entry]
    wanted = Q(pk__in=[])
    for entry in inside:
        wanted |= Q(evidence=entry["evidence"], number=entry["version"])
    return list(Version.objects.filter(wanted).select_related("evidence__vendor").order_by("evidence_id"))
