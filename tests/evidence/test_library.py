"""What can be done with evidence, what is refused, and what is never left half done?"""

import hashlib
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from evidence import library, names, reading
from evidence.choices import Confidentiality, Kind
from evidence.models import Evidence, Version
from tests.evidence.samples import PDF, stored_files
from vendors.models import Vendor

CLASS = {"kind": Kind.POLICY, "confidentiality": Confidentiality.INTERNAL}


def upload(content=PDF, name="report.pdf"):
    return SimpleUploadedFile(name, content)


def test_adding_a_file_stores_it_under_a_name_made_here(vendor, reviewer, files_dir):
    evidence = library.add_file(
        vendor, upload(), by=reviewer, **CLASS, issued_on=date(2026, 1, 5), valid_until=date(2027, 1, 4)
    )
    version = evidence.current
    assert (evidence.title, evidence.kind, evidence.confidentiality) == ("report", "policy", "internal")
    assert (version.number, version.name, version.size) == (1, "report.pdf", len(PDF))
    assert version.content_type == "application/pdf"
    assert version.sha256 == hashlib.sha256(PDF).hexdigest()
    assert version.uploaded_by == reviewer
    assert version.valid_until == date(2027, 1, 4)
    assert [path.read_bytes() for path in stored_files(files_dir)] == [PDF]
    assert "report" not in version.file.name


def test_rule_24_adding_is_an_event_with_the_hash(vendor, reviewer):
    evidence = library.add_file(vendor, upload(), by=reviewer, **CLASS, issued_on=date(2026, 1, 5))
    event = Event.objects.about(evidence).get()
    assert event.event_type == "evidence.added"
    assert event.actor_id == reviewer.pk
    assert event.vendor_id == vendor.pk
    assert event.content_hash == f"sha256:{evidence.current.sha256}"
    assert event.after == {
        "kind": "policy",
        "confidentiality": "internal",
        "version": 1,
        "name": "report.pdf",
        "size": len(PDF),
        "issued_on": "2026-01-05",
    }


def test_rule_24_without_its_event_nothing_is_added(vendor, reviewer, files_dir):
    with connection.execute_wrapper(_failing_on("audit_event")), pytest.raises(IntegrityError):
        library.add_file(vendor, upload(), by=reviewer, **CLASS)
    assert Evidence.objects.count() == 0
    assert stored_files(files_dir) == []


def _failing_on(table):
    """A database that refuses to insert into this table."""

    def wrapper(execute, sql, params, many, context):
        if sql.startswith("INSERT") and table in sql:
            raise IntegrityError("refused by the test")
        return execute(sql, params, many, context)

    return wrapper


def test_when_the_row_fails_the_file_goes_again(vendor, reviewer, files_dir):
    with connection.execute_wrapper(_failing_on("evidence_version")), pytest.raises(IntegrityError):
        library.add_file(vendor, upload(), by=reviewer, **CLASS)
    assert stored_files(files_dir) == []
    assert Evidence.objects.count() == 0


class FullDisk(ContentFile):
    """Breaks off in the middle of being stored, as on a full disk."""

    def chunks(self, chunk_size=None):
        yield PDF[:10]
        raise OSError(28, "No space left on device")


class ShortFile(ContentFile):
    """Claims more bytes than it gives."""

    def chunks(self, chunk_size=None):
        yield PDF[:10]


@pytest.mark.parametrize(
    ("kind_of_file", "sentence"),
    [
        (FullDisk, "The file could not be stored, and nothing was changed. Try again in a while."),
        (ShortFile, "Only a part of the file could be stored, so nothing was changed. Try again in a while."),
    ],
)
def test_when_storing_fails_in_the_middle_no_row_and_no_file_is_left(
    vendor, reviewer, files_dir, kind_of_file, sentence
):
    file = kind_of_file(PDF, name="report.pdf")
    file.sha256 = hashlib.sha256(PDF).hexdigest()
    with pytest.raises(Refused) as refusal:
        library.add_file(vendor, file, by=reviewer, **CLASS)
    assert str(refusal.value) == sentence
    assert Evidence.objects.count() == 0
    assert Event.objects.filter(event_type="evidence.added").count() == 0
    assert stored_files(files_dir) == []


def test_an_empty_file_is_refused_in_words(vendor, reviewer):
    with pytest.raises(Refused, match="is empty: it has 0 bytes"):
        library.add_file(vendor, upload(b""), by=reviewer, **CLASS)


def test_a_file_above_the_limit_is_refused_in_words(vendor, reviewer, settings):
    settings.UPLOAD_LIMIT_BYTES = 1_000_000
    with pytest.raises(Refused) as refusal:
        library.add_file(vendor, upload(PDF + b"x" * 1_500_000), by=reviewer, **CLASS)
    assert str(refusal.value) == "“report.pdf” has 1.5 MB; a file may have up to 1 MB."


def test_the_same_file_again_is_named_and_refused(vendor, reviewer, lead, add, files_dir):
    evidence = add(PDF, title="Trust report")
    library.add_version(evidence, by=reviewer, upload=upload(PDF + b"2"))
    with pytest.raises(Refused) as refusal:
        library.add_file(vendor, upload(PDF + b"2", "copy.pdf"), by=lead, **CLASS)
    assert str(refusal.value) == "“copy.pdf” is already in the library as “Trust report”, version 2."
    assert len(stored_files(files_dir)) == 2


def test_the_same_file_of_another_vendor_says_nothing_of_that(vendor, reviewer, lead, add):
    add(PDF)
    other = Vendor.objects.create(name="Another vendor", slug="another", created_by=lead)
    grants.give(reviewer, Access.REVIEW, other)
    assert library.add_file(other, upload(), by=reviewer, **CLASS).vendor == other


def test_a_newer_version_keeps_the_old_one(add, lead, files_dir):
    evidence = add(PDF)
    version = library.add_version(evidence, by=lead, upload=upload(PDF + b"2", "new.pdf"), valid_until=date(2030, 1, 1))
    assert version.number == 2
    again = Evidence.objects.get(pk=evidence.pk)
    assert again.current == version
    assert [(v.number, v.name, _bytes(v)) for v in again.versions.all()] == [
        (2, "new.pdf", PDF + b"2"),
        (1, "report-1.pdf", PDF),
    ]
    event = Event.objects.about(evidence).newest_first().first()
    assert (event.event_type, event.before["version"], event.after["version"]) == ("evidence.version_added", 1, 2)


def _bytes(version):
    with version.file.open() as file:
        return file.read()


def test_a_search_of_many_words_does_not_grow_with_the_versions(add, reviewer):
    evidence = add(title="Report")
    for number in range(4):
        library.add_version(evidence, by=reviewer, upload=upload(PDF + b"%d" % number, f"report-{number}.pdf"))
    found = Evidence.objects.matching("report " * 100)
    assert list(found) == [evidence]
    assert " JOIN " not in str(Evidence.objects.matching("report pdf").query)
    assert not Evidence.objects.matching("report missing").exists()


def test_the_current_file_again_is_no_newer_version(add, reviewer, files_dir):
    evidence = add(PDF)
    with pytest.raises(Refused) as refusal:
        library.add_version(evidence, by=reviewer, upload=upload(PDF))
    assert str(refusal.value) == "This is exactly version 1, the current one: nothing to replace."
    assert len(stored_files(files_dir)) == 1


def test_an_older_file_can_become_current_again(add, reviewer):
    evidence = add(PDF)
    library.add_version(evidence, by=reviewer, upload=upload(PDF + b"2"))
    assert library.add_version(evidence, by=reviewer, upload=upload(PDF)).number == 3


def test_a_file_can_be_replaced_by_a_link(add, reviewer):
    version = library.add_version(add(), by=reviewer, url="https://trust.example.com/report")
    assert version.is_link
    assert (version.name, version.size) == ("report-1", 0)


@pytest.mark.parametrize("both", [{}, {"upload": upload(), "url": "https://example.com"}])
def test_a_newer_version_is_a_file_or_a_link(add, reviewer, both):
    with pytest.raises(Refused, match="Choose a file or give an address, one of the two"):
        library.add_version(add(), by=reviewer, **both)


def test_a_link_carries_the_hash_of_its_address(vendor, reviewer):
    url = "https://trust.anthropic.com/"
    evidence = library.add_link(vendor, url=url, title=" Trust\ncentre ", by=reviewer, **CLASS)
    assert (evidence.title, evidence.current.link) == ("Trust centre", url)
    assert evidence.current.sha256 == hashlib.sha256(url.encode()).hexdigest()


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "ftp://example.com/", "https://", "//example.com", "http://[", "", "https://example.com/" + "x" * 2000],
)  # fmt: skip
def test_an_address_that_is_none_of_the_web_is_refused(vendor, reviewer, url):
    with pytest.raises(Refused, match="That is no web address"):
        library.add_link(vendor, url=url, title="Page", by=reviewer, **CLASS)


def test_rule_24_a_correction_records_what_stood_there_before(add, reviewer):
    evidence = add(title="Soc2", valid_until=date(2026, 6, 30))
    library.correct(evidence, by=reviewer, title="SOC 2 report", valid_until=date(2027, 6, 30), kind="soc2_report")
    evidence = Evidence.objects.get(pk=evidence.pk)
    assert (evidence.title, evidence.current.valid_until) == ("SOC 2 report", date(2027, 6, 30))
    event = Event.objects.about(evidence).newest_first().first()
    assert event.event_type == "evidence.corrected"
    assert event.before == {"title": "Soc2", "valid_until": "2026-06-30"}
    assert event.after == {"title": "SOC 2 report", "valid_until": "2027-06-30"}


def test_a_correction_that_changes_nothing_is_no_event(add, reviewer):
    evidence = add(title="Same")
    library.correct(evidence, by=reviewer, title="Same", valid_until=None)
    assert Event.objects.filter(event_type="evidence.corrected").count() == 0


def test_a_correction_touches_the_newest_version_only(add, reviewer):
    evidence = add(valid_until=date(2026, 6, 30))
    library.add_version(evidence, by=reviewer, upload=upload(PDF + b"2"))
    library.correct(Evidence.objects.get(pk=evidence.pk), by=reviewer, valid_until=date(2028, 1, 1))
    assert [v.valid_until for v in evidence.versions.all()] == [date(2028, 1, 1), date(2026, 6, 30)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": " \n"}, "Evidence needs a title"),
        ({"kind": "poem"}, "Choose a kind and a confidentiality from the lists"),
        ({"period_start": date(2026, 2, 1), "period_end": date(2026, 1, 1)}, "The period ends before it starts"),
    ],
)
def test_an_impossible_correction_is_refused_and_changes_nothing(add, reviewer, changes, sentence):
    evidence = add(title="Report")
    with pytest.raises(Refused, match=sentence):
        library.correct(evidence, by=reviewer, **changes)
    assert Event.objects.filter(event_type="evidence.corrected").count() == 0


def test_withdrawing_needs_a_reason_and_can_be_undone(add, reviewer):
    evidence = add()
    with pytest.raises(Refused, match="Say why it is withdrawn"):
        library.withdraw(evidence, by=reviewer, reason=" ")
    library.withdraw(evidence, by=reviewer, reason="Of another product.")
    assert Evidence.objects.in_use().count() == 0
    with pytest.raises(PermissionDenied, match="It was withdrawn; restore it first"):
        library.add_version(Evidence.objects.get(), by=reviewer, upload=upload(PDF + b"new"))
    library.restore(evidence, by=reviewer)
    assert Evidence.objects.in_use().get().withdrawn_reason == ""
    assert [event.event_type for event in Event.objects.about(evidence).newest_first()] == [
        "evidence.restored",
        "evidence.withdrawn",
        "evidence.added",
    ]


def test_a_stale_page_cannot_replace_what_was_withdrawn_meanwhile(add, reviewer, files_dir):
    stale = add()
    library.withdraw(Evidence.objects.get(), by=reviewer, reason="Wrong.")
    with pytest.raises(PermissionDenied, match="It was withdrawn"):
        library.add_version(stale, by=reviewer, upload=upload(PDF + b"new"))
    assert len(stored_files(files_dir)) == 1


def test_rule_23_an_auditor_changes_nothing(vendor, auditor, add):
    evidence = add()
    sentence = "You may read everything about this vendor and change nothing"
    for act in (
        lambda: library.add_file(vendor, upload(PDF + b"new"), by=auditor, **CLASS),
        lambda: library.add_link(vendor, url="https://example.com", title="x", by=auditor, **CLASS),
        lambda: library.add_version(evidence, by=auditor, upload=upload(PDF + b"new")),
        lambda: library.correct(evidence, by=auditor, title="x"),
        lambda: library.withdraw(evidence, by=auditor, reason="x"),
    ):
        with pytest.raises(PermissionDenied, match=sentence):
            act()
    assert Version.objects.count() == 1


def test_rule_24_reading_is_recorded_with_confidentiality_version_and_hash(add, auditor):
    version = add(PDF, confidentiality=Confidentiality.RESTRICTED).current
    with reading.open_to_read(version, by=auditor) as file:
        event = Event.objects.get(event_type="evidence.read")
        assert file.read() == PDF
    assert event.actor_id == auditor.pk
    assert event.content_hash == f"sha256:{version.sha256}"
    assert event.after == {"version": 1, "name": "report-1.pdf", "confidentiality": "restricted"}


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda path: path.unlink(), "The file is missing from the storage."),
        (lambda path: path.write_bytes(PDF[:-1]), f"The file in the storage has {len(PDF) - 1} bytes; {len(PDF)} were stored."),
        (
            lambda path: path.write_bytes(PDF.swapcase()),
            "The file in the storage has other contents than were stored: its SHA-256 differs.",
        ),
    ],
)  # fmt: skip
def test_a_damaged_file_is_not_handed_out_and_recorded(add, auditor, files_dir, damage, sentence):
    version = add(PDF).current
    damage(stored_files(files_dir)[0])
    with pytest.raises(Refused) as refusal:
        reading.open_to_read(version, by=auditor)
    assert str(refusal.value) == sentence
    event = Event.objects.newest_first().first()
    assert (event.event_type, event.reason) == ("evidence.damaged", sentence)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Windows\\system.pdf", "system.pdf"),
        ("a\x00b\r\nSet-Cookie: x.pdf", "a b Set-Cookie: x.pdf"),
        ("report\u202efdp.exe", "report fdp.exe"),
        ("zero\u200bwidth.pdf", "zero width.pdf"),
        ("line\u2028break.pdf", "line break.pdf"),
        ("Größe 🧑\u200d💻 日本.pdf", "Größe 🧑\u200d💻 日本.pdf"),
        ("..", "unnamed"),
        ("", "unnamed"),
        (None, "unnamed"),
        ("CON", "CON"),
        ("x" * 4096 + ".pdf", "x" * 251 + ".pdf"),
        ("y" * 4096, "y" * 255),
        ("a." + "z" * 4096, "a." + "z" * 253),
    ],
)
def test_a_files_name_is_made_fit_to_be_shown(given, shown):
    assert names.display_name(given) == shown


def test_a_name_gets_an_ending_that_tells_the_truth(vendor, reviewer):
    evidence = library.add_file(vendor, upload(PDF, "report.exe"), by=reviewer, **CLASS)
    assert evidence.current.name == "report.exe.pdf"
    long = library.add_file(vendor, ContentFile(PDF + b"2", name="x" * 255), by=reviewer, **CLASS)
    assert long.current.name == "x" * 251 + ".pdf"


def test_the_storage_never_sees_the_files_name(vendor, reviewer, files_dir):
    for number, name in enumerate(["../../../escape.pdf", "nul\x00.pdf", "CON.pdf", "é" * 500 + ".pdf"]):
        file = ContentFile(PDF + b"%d" % number)
        file.name = name
        library.add_file(vendor, file, by=reviewer, **CLASS)
    folder = files_dir / "evidence" / str(vendor.pk)
    assert [path.parent for path in stored_files(files_dir)] == [folder] * 4
    assert all(len(path.name) == 32 and path.name.isalnum() for path in stored_files(files_dir))
