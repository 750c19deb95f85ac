"""What belongs into somebody's package of a review, under which names, and what is withheld from it and why?"""

from dataclasses import dataclass, field

from django.template.defaultfilters import slugify
from django.template.loader import render_to_string

from dossiers.wording import clean, iso, moment
from evidence.content_types import ACCEPTED
from evidence.models import Evidence, Version
from evidence.permissions import can_take_out

FORMAT = "countersign-package 1"
README, MANIFEST, SUMS, DOSSIER, SHEET = "README.txt", "manifest.json", "SHA256SUMS", "dossier.pdf", "sheet.xlsx"
LONGEST_WORDS = 60  # characters of a title in a file's name
ENDINGS = {accepted.mime: accepted.endings[0] for accepted in ACCEPTED}


@dataclass(frozen=True)
class Entry:
    """One file of the ZIP: `content` is a stored Version, a Path or bytes; `size` in bytes; `about` is what else the manifest says."""

    name: str
    what: str
    size: int
    sha256: str
    content: object
    about: dict = field(default_factory=dict)

    def described(self):
        return {"name": self.name, "what": self.what, "size": self.size, "sha256": self.sha256, **self.about}


@dataclass(frozen=True)
class Evidences:
    """The evidence a review cites: the files that are taken along, and what is only named."""

    files: list[Entry]
    links: list[dict]
    withheld: list[dict]

    @property
    def size(self):
        return sum(entry.size for entry in self.files)


def evidence_of(register, *, user):
    """The evidence in a dossier's `register`, each in its current version, for this person."""
    numbers = {row["id"]: row["cited_by"] for row in register}
    rows = Evidence.objects.visible_to(user).filter(pk__in=numbers).select_related("vendor").with_current()
    files, links, withheld = [], [], []
    for row in rows.order_by("pk"):
        about = _about(row, numbers[row.pk])
        verdict = can_take_out(user, row)
        if not verdict:
            withheld.append(about | {"sha256": row.current.sha256, "reason": verdict.reason})
        elif row.current.is_link:
            links.append(about | {"sha256": row.current.sha256, "address": row.current.link})
        else:
            files.append(_entry(row, about))
    return Evidences(files, links, withheld)


def _about(evidence, numbers):
    version = evidence.current
    return {
        "evidence": evidence.pk,
        "title": clean(evidence.title),
        "version": version.number,
        "original_name": clean(version.name),
        "kind": evidence.get_kind_display(),
        "confidentiality": evidence.get_confidentiality_display(),
        "withdrawn_at": iso(evidence.withdrawn_at),
        "cited_by": numbers,
    }


def _entry(evidence, about):
    version = evidence.current
    # The row of the version is read without its evidence; what reads the file says whose it is.
    version.evidence = evidence
    return Entry(name_of(version), "Evidence", version.size, version.sha256, version, about)


def name_of(version: Version) -> str:
    """`evidence/0012-v2-soc2-report.pdf`: no two versions share the numbers, and ASCII means the same on every system."""
    words = slugify(version.evidence.title)[:LONGEST_WORDS].strip("-_") or "document"
    return f"evidence/{version.evidence_id:04}-v{version.number}-{words}{ENDINGS.get(version.content_type, '.bin')}"


def manifest_of(package, pages, evidence, files):
    """manifest.json as a dict: whose package this is, of what and when, and each file in `files` but itself."""
    return {
        "format": FORMAT,
        "review": {name: pages[name] for name in ("organisation", "vendor", "deployment", "review", "slug", "kind")},
        "taken_at": pages["taken_at"],
        "audit_entry": pages["audit_entry"],
        "requested_by": clean(package.requested_by.name),
        "requested_at": iso(package.requested_at),
        "counts": {
            "statements": pages["gate"]["total"],
            "files": len(files),
            "bytes": sum(entry.size for entry in files),
            "evidence_files": len(evidence.files),
            "links": len(evidence.links),
            "withheld": len(evidence.withheld),
        },
        "files": [entry.described() for entry in files],
        "links": evidence.links,
        "withheld": evidence.withheld,
    }


def readme_of(package, pages, evidence, made):
    """README.txt for whoever receives it, as bytes; `made` are the Entries beside the evidence."""
    context = {
        **pages,
        "evidence": evidence,
        "requested_by": clean(package.requested_by.name),
        "requested_at": moment(package.requested_at),
        "made": made,
    }
    return render_to_string("packages/readme.txt", context).encode()


def sums_of(files):
    """SHA256SUMS as bytes, the way `sha256sum -c` reads it."""
    return "".join(f"{entry.sha256}  {entry.name}\n" for entry in files).encode()
