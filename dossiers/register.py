"""Which evidence does a review rest on, in which versions, with which hashes?"""

from django.utils import timezone

from dossiers.wording import day, moment
from evidence import validity
from evidence.choices import LISTED_BY_HASH


def of(evidence, gate):
    """Every evidence the review cites, by title, with all its versions and where it is cited."""
    cited = {}
    for item in gate.items:
        for citation in item.citations.all():
            cited.setdefault(citation.evidence_id, set()).add(item.number)
    return [_entry(row, sorted(cited.get(row.pk, ()))) for row in sorted(evidence, key=lambda row: (row.title, row.pk))]


def _entry(evidence, numbers):
    restricted = evidence.confidentiality in LISTED_BY_HASH
    return {
        "id": evidence.pk,
        "title": evidence.title,
        "kind": evidence.get_kind_display(),
        "confidentiality": evidence.get_confidentiality_display(),
        "restricted": restricted,
        "cited_by": numbers,
        "withdrawn": f"Withdrawn on {day(timezone.localdate(evidence.withdrawn_at))}: {evidence.withdrawn_reason}"
        if evidence.withdrawn_at
        else "",
        "versions": [_version(version, restricted) for version in evidence.versions.all()],
    }


def _version(version, restricted):
    return {
        "number": version.number,
        "name": version.name,
        "link": "" if restricted else version.link,
        "is_link": version.is_link,
        "sha256": version.sha256,
        "size": version.size,
        "dates": validity.dates_in_words(version),
        "uploaded": f"{moment(version.uploaded_at)}, {version.uploaded_by.name}",
    }
