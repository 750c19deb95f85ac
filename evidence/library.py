"""What can be done with evidence? Add, replace, correct, withdraw, restore; nothing is ever deleted.

Locks are taken in one order: the vendor's row (adding only), the evidence's row, then its versions. Signing locks
the evidence's row too, so a replacement cannot slip between what was shown and what is signed (rule 6).
"""

import hashlib
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone

from accounts.permissions import Refused, ask
from audit import log
from evidence import content_types, names, permissions, storage, validity
from evidence.choices import Confidentiality, Kind
from evidence.models import Evidence, Version, stored_name
from evidence.uploads import limit_in_words, megabytes
from evidence.validity import DATES
from vendors.models import Vendor

LONGEST_LINK = Version._meta.get_field("link").max_length


def add_file(vendor, upload, *, by, kind, confidentiality, title="", **dates):
    """Store the file, then write a new Evidence with it as version 1, and the event.

    `dates` are days by the names of `validity.DATES`, those that are known. Raises PermissionDenied, or Refused with a
    sentence; then neither row nor file is left.
    """
    ask(permissions.can_upload(by, vendor.pk))
    _refuse_wrong(dates)
    content = inspected(upload)
    title = names.one_line(title, names.LONGEST_TITLE) or names.title_of(content["name"])
    evidence = Evidence(vendor=vendor, title=title, **_class_of(kind, confidentiality))
    with storage.kept(_new_name(evidence), upload, sha256=content["sha256"]) as name:
        return _add(evidence, by=by, file=name, **content, **dates)


def add_link(vendor, *, url, title, by, kind, confidentiality, **dates):
    """Write a new Evidence that is an address. The hash is of the address: what stands there may change.

    Raises PermissionDenied, or Refused with a sentence.
    """
    ask(permissions.can_upload(by, vendor.pk))
    _refuse_wrong(dates)
    title = names.one_line(title, names.LONGEST_TITLE)
    if not title:
        raise Refused("Give the link a title that says what one finds there.")
    content = _addressed(url, title)
    return _add(Evidence(vendor=vendor, title=title, **_class_of(kind, confidentiality)), by=by, **content, **dates)


def known_links(vendor, addresses):
    """`{address: Evidence}` of those addresses that some version of the vendor's evidence is, withdrawn or not."""
    hashes = {_hash_of(address): address for address in addresses}
    found = Version.objects.filter(evidence__vendor=vendor, sha256__in=hashes).exclude(link="").order_by("-pk")
    found = dict(found.values_list("sha256", "evidence"))
    rows = Evidence.objects.select_related("vendor").with_current().in_bulk(found.values())
    return {hashes[sha256]: rows[pk] for sha256, pk in found.items()}


def refuse_link(address):
    """Raise Refused with a sentence when that is no address `add_link` takes."""
    _addressed(address, "")


@transaction.atomic
def add_links(vendor, titles, *, by, kind, confidentiality):
    """`add_link` for many at once: `{address: title}`, where without a title it is called by its address.

    Returns `{address: Evidence}`. A constant number of statements. Raises as `add_link` does; then nothing is added.
    """
    ask(permissions.can_upload(by, vendor.pk))
    Vendor.objects.select_for_update(no_key=True).get(pk=vendor.pk)
    for address, known in known_links(vendor, titles).items():
        raise Refused(f"“{address}” is already in the library as “{known.title}”.")
    values = _class_of(kind, confidentiality)
    contents = [_addressed(address, _title_of(address, title)) for address, title in titles.items()]
    added = [Evidence(vendor=vendor, title=content["name"], **values) for content in contents]
    Evidence.objects.bulk_create(added)
    versions = [
        Version(evidence=evidence, number=1, uploaded_by=by, **content)
        for evidence, content in zip(added, contents, strict=True)
    ]
    Version.objects.bulk_create(versions)
    for evidence, version in zip(added, versions, strict=True):
        evidence.newest = [version]
    log.record_all([_added(evidence, evidence.current, by=by) for evidence in added])
    return dict(zip(titles, added, strict=True))


def _title_of(address, title):
    title = names.one_line(title, names.LONGEST_TITLE)
    return title or names.one_line(address.strip().partition("://")[2].removesuffix("/"), names.LONGEST_TITLE)


def _added(evidence, version, *, by):
    return log.event(
        "evidence.added",
        evidence,
        actor=by,
        vendor=evidence.vendor,
        content_hash=f"sha256:{version.sha256}",
        after={"kind": evidence.kind, "confidentiality": evidence.confidentiality, **_described(version)},
    )


@transaction.atomic
def _add(evidence, *, by, **fields):
    vendor = evidence.vendor
    # Two people who send the same file at once wait here for each other.
    Vendor.objects.select_for_update(no_key=True).get(pk=vendor.pk)
    _refuse_known(vendor, fields["sha256"], fields["name"])
    evidence.save()
    version = Version.objects.create(evidence=evidence, number=1, uploaded_by=by, **fields)
    log.record_all([_added(evidence, version, by=by)])
    return evidence


def add_version(evidence, *, by, upload=None, url="", **dates):
    """Add a newer version, file or link; the old ones stay, and sign-offs that rest on them lapse (rule 8).

    Raises PermissionDenied, or Refused with a sentence; then neither row nor file is left.
    """
    ask(permissions.can_add_version(by, evidence))
    _refuse_wrong(dates)
    if bool(upload) == bool(url):
        raise Refused("Choose a file or give an address, one of the two.")
    if url:
        return _add_version(evidence, by=by, **_addressed(url, evidence.title), **dates)
    content = inspected(upload)
    with storage.kept(_new_name(evidence), upload, sha256=content["sha256"]) as name:
        return _add_version(evidence, by=by, file=name, **content, **dates)


@transaction.atomic
def _add_version(evidence, *, by, **fields):
    evidence = _locked(evidence)
    ask(permissions.can_add_version(by, evidence))
    current = evidence.current
    if fields["sha256"] == current.sha256:
        raise Refused(f"This is exactly version {current.number}, the current one: nothing to replace.")
    version = Version.objects.create(evidence=evidence, number=current.number + 1, uploaded_by=by, **fields)
    log.record(
        "evidence.version_added",
        evidence,
        actor=by,
        vendor=evidence.vendor,
        content_hash=f"sha256:{version.sha256}",
        before=_described(current),
        after=_described(version),
    )
    return version


@transaction.atomic
def correct(evidence, *, by, **changes):
    """Correct title, kind, confidentiality or the dates of the newest version; an event if anything differs.

    Only what is named in `changes` is touched. Raises PermissionDenied, or Refused with a sentence.
    """
    evidence = _locked(evidence)
    ask(permissions.can_correct(by, evidence))
    version = Version.objects.select_for_update().get(pk=evidence.current.pk)
    dates = {field: changes.pop(field, getattr(version, field)) for field in DATES}
    _refuse_wrong(dates)
    if "title" in changes:
        changes["title"] = names.one_line(changes["title"], names.LONGEST_TITLE)
        if not changes["title"]:
            raise Refused("Evidence needs a title.")
    _class_of(changes.get("kind", evidence.kind), changes.get("confidentiality", evidence.confidentiality))
    before = _write(evidence, changes, {"title", "kind", "confidentiality"}) | _write(version, dates, set(DATES))
    if before:
        after = {field: getattr(version if field in DATES else evidence, field) for field in before}
        log.record(
            "evidence.corrected",
            evidence,
            actor=by,
            vendor=evidence.vendor,
            content_hash=f"sha256:{version.sha256}",
            before=before,
            after=after,
        )
    return evidence


def _write(row, values, allowed):
    """Write those of the values that differ; return what was there before."""
    if unknown := values.keys() - allowed:
        raise TypeError(f"cannot correct {', '.join(sorted(unknown))}")
    before = {field: getattr(row, field) for field in values if getattr(row, field) != values[field]}
    for field in before:
        setattr(row, field, values[field])
    if before:
        row.save(update_fields=list(before))
    return before


@transaction.atomic
def withdraw(evidence, *, by, reason):
    """Take it out of use with a reason: it proves nothing any more, and stays readable. Raises as `correct` does."""
    evidence = _locked(evidence)
    ask(permissions.can_withdraw(by, evidence))
    reason = reason.strip()
    limit = Evidence._meta.get_field("withdrawn_reason").max_length
    if not reason:
        raise Refused("Say why it is withdrawn: whoever cited it will ask.")
    if len(reason) > limit:
        raise Refused(f"The reason is longer than {limit} characters.")
    evidence.withdrawn_at, evidence.withdrawn_reason = timezone.now(), reason
    evidence.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    log.record("evidence.withdrawn", evidence, actor=by, vendor=evidence.vendor, reason=reason)
    return evidence


@transaction.atomic
def withdraw_all(evidence, *, by, reason):
    """`withdraw` for many rows at once, those in use; the same event each. Raises as `withdraw` does."""
    ids = sorted(each.pk for each in evidence)
    locked = list(Evidence.objects.in_use().select_for_update(of=("self",)).select_related("vendor").filter(pk__in=ids))
    for each in locked:
        ask(permissions.can_withdraw(by, each))
    Evidence.objects.filter(pk__in=ids).in_use().update(withdrawn_at=timezone.now(), withdrawn_reason=reason)
    log.record_all(
        [log.event("evidence.withdrawn", each, actor=by, vendor=each.vendor, reason=reason) for each in locked]
    )


def restore(evidence, *, by):
    """Put withdrawn evidence back into use. Raises PermissionDenied."""
    return restore_all([evidence], by=by)[0]


@transaction.atomic
def restore_all(evidence, *, by):
    """`restore` for many rows at once; the same event each. Raises as `restore` does."""
    ids = sorted(each.pk for each in evidence)
    rows = Evidence.objects.select_for_update(of=("self",)).select_related("vendor").filter(pk__in=ids)
    locked = list(rows.order_by("pk"))
    for each in locked:
        ask(permissions.can_restore(by, each))
    Evidence.objects.filter(pk__in=ids).update(withdrawn_at=None, withdrawn_reason="")
    log.record_all([_restored(each, by=by) for each in locked])
    for each in locked:
        each.withdrawn_at, each.withdrawn_reason = None, ""
    return locked


def _restored(evidence, *, by):
    before = {"withdrawn_reason": evidence.withdrawn_reason}
    return log.event("evidence.restored", evidence, actor=by, vendor=evidence.vendor, before=before)


def _locked(evidence):
    return Evidence.objects.select_for_update(of=("self",)).select_related("vendor").get(pk=evidence.pk)


def _new_name(evidence):
    return stored_name(Version(evidence=evidence), "")


def inspected(upload):
    """What a Version says of the file: name, hash, size and type; refuses empty, too large and unaccepted files."""
    name = names.display_name(upload.name)
    if getattr(upload, "too_large", False) or upload.size > settings.UPLOAD_LIMIT_BYTES:
        raise Refused(f"“{name}” has {megabytes(upload.size)}; a file may have up to {limit_in_words()}.")
    if not upload.size:
        raise Refused(f"“{name}” is empty: it has 0 bytes.")
    accepted = content_types.decide(upload, name)
    return {
        "name": names.with_ending(name, accepted),
        "sha256": getattr(upload, "sha256", "") or _sha256(upload),
        "size": upload.size,
        "content_type": accepted.mime,
    }


def _sha256(upload):
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


def _addressed(url, title):
    url = url.strip()
    try:
        URLValidator(schemes=["http", "https"])(url)
        host = urlsplit(url).hostname
    except (ValidationError, ValueError):
        host = None
    if not host or len(url) > LONGEST_LINK:
        raise Refused("That is no web address: it starts with https:// or http:// and has a host name.")
    return {"link": url, "name": title, "sha256": _hash_of(url)}


def _hash_of(address):
    return hashlib.sha256(address.strip().encode()).hexdigest()


def _refuse_known(vendor, sha256, name):
    known = Version.objects.filter(evidence__vendor=vendor, sha256=sha256).select_related("evidence").first()
    if known:
        hint = " It was withdrawn; restore it there." if known.evidence.withdrawn_at else ""
        raise Refused(f"“{name}” is already in the library as “{known.evidence.title}”, version {known.number}.{hint}")


def _refuse_wrong(dates):
    if wrong := validity.problems(**dates):
        raise Refused(" ".join(wrong.values()))


def _class_of(kind, confidentiality):
    if kind not in Kind.values or confidentiality not in Confidentiality.values:
        raise Refused("Choose a kind and a confidentiality from the lists.")
    return {"kind": kind, "confidentiality": confidentiality}


def _described(version):
    dates = {field: getattr(version, field) for field in DATES if getattr(version, field)}
    what = {"link": version.link} if version.is_link else {"name": version.name, "size": version.size}
    return {"version": version.number, **what, **dates}
