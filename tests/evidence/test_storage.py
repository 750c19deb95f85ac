"""Do files in a folder and files in S3 keep the same promises, also when the storage fails?"""

import hashlib
import os
import re
import urllib.request
from base64 import b64encode
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.urls import reverse

from accounts.permissions import Refused
from audit.models import Event
from evidence import library, reading, storage
from evidence.choices import Confidentiality, Kind
from evidence.models import Evidence
from tests.evidence.samples import PDF

CLASS = {"kind": Kind.POLICY, "confidentiality": Confidentiality.INTERNAL}
NOT_STORED = "The file could not be stored, and nothing was changed. Try again in a while."
STORED_IN_PART = "Only a part of the file could be stored, so nothing was changed. Try again in a while."
# Larger than what one read of a line carries, and than what is held in memory.
LARGE = PDF + b"x" * 3_000_000


def upload(content=PDF, name="report.pdf"):
    return SimpleUploadedFile(name, content)


def download(client, version):
    client.raise_request_exception = False
    return client.get(reverse("evidence:download", args=[version.evidence_id, version.number]))


def events():
    about_evidence = Event.objects.filter(event_type__startswith="evidence.").order_by("pk")
    return list(about_evidence.values_list("event_type", flat=True))


def test_what_was_uploaded_comes_back_byte_for_byte(store, vendor, reviewer, browser_of):
    version = library.add_file(vendor, upload(LARGE), by=reviewer, **CLASS).current
    assert store.names() == [version.file.name]
    assert store.read(version.file.name) == LARGE
    response = download(browser_of(reviewer), version)
    assert b"".join(response.streaming_content) == LARGE
    assert response["Content-Length"] == str(len(LARGE))
    assert response["Content-Disposition"] == 'attachment; filename="report.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, no-store"
    assert events() == ["evidence.added", "evidence.read"]


def test_a_newer_version_lies_beside_the_old_one(store, add, reviewer):
    evidence = add(PDF)
    library.add_version(evidence, by=reviewer, upload=upload(PDF + b"2"))
    assert sorted(store.read(name) for name in store.names()) == [PDF, PDF + b"2"]


def test_no_file_is_ever_written_over(store):
    first = default_storage.save("evidence/1/a", ContentFile(b"first"))
    second = default_storage.save("evidence/1/a", ContentFile(b"second"))
    assert first != second
    assert [store.read(first), store.read(second)] == [b"first", b"second"]


def test_a_file_whose_row_is_refused_goes_again(store, vendor, reviewer, add):
    add(PDF)
    with pytest.raises(Refused, match="already in the library"):
        library.add_file(vendor, upload(PDF, "copy.pdf"), by=reviewer, **CLASS)
    assert len(store.names()) == 1


def test_a_file_stays_when_nobody_knows_whether_its_row_was_written(store, vendor, reviewer):
    def lost(execute, sql, params, many, context):
        if sql.startswith("INSERT") and "evidence_version" in sql:
            raise OperationalError("the connection was lost")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(lost), pytest.raises(OperationalError):
        library.add_file(vendor, upload(), by=reviewer, **CLASS)
    assert [store.read(name) for name in store.names()] == [PDF]


def test_of_a_file_that_was_stored_in_part_nothing_is_left(store, vendor, reviewer):
    short = ContentFile(PDF[:10], name="report.pdf")
    short.size, short.sha256 = len(PDF), hashlib.sha256(PDF).hexdigest()
    with pytest.raises(Refused) as refusal:
        library.add_file(vendor, short, by=reviewer, **CLASS)
    assert str(refusal.value) == STORED_IN_PART
    assert (store.names(), Evidence.objects.count(), events()) == ([], 0, [])


def test_while_the_storage_is_away_an_upload_is_refused_in_words(store, vendor, reviewer, browser_of):
    store.vanish()
    client = browser_of(reviewer)
    response = client.post("/vendors/anthropic/evidence/", CLASS | {"files": [upload()]})
    assert response.status_code == 422
    assert NOT_STORED in response.content.decode()
    store.come_back()
    assert (store.names(), Evidence.objects.count()) == ([], 0)
    assert client.post("/vendors/anthropic/evidence/", CLASS | {"files": [upload()]}).status_code == 302
    assert len(store.names()) == 1


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda store, name: store.remove(name), "The file is missing from the storage."),
        (
            lambda store, name: store.write(name, PDF[:-1]),
            f"The file in the storage has {len(PDF) - 1} bytes; {len(PDF)} were stored.",
        ),
        (
            lambda store, name: store.write(name, PDF.swapcase()),
            "The file in the storage has other contents than were stored: its SHA-256 differs.",
        ),
    ],
)
def test_a_damaged_file_is_a_clear_page_and_an_event(store, add, reviewer, browser_of, damage, sentence):
    add(b"%PDF-1.7 another file of this vendor")
    version = add(PDF).current
    damage(store, version.file.name)
    response = download(browser_of(reviewer), version)
    assert response.status_code == 410
    assert sentence in response.content.decode()
    assert events()[2:] == ["evidence.damaged"]
    assert Event.objects.newest_first().first().reason == sentence


def test_while_the_storage_is_away_nothing_is_called_damaged(store, add, reviewer, browser_of):
    version = add(PDF).current
    store.vanish()
    client = browser_of(reviewer)
    response = download(client, version)
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert "the storage of files cannot be reached" in response.content.decode()
    assert events() == ["evidence.added"]
    store.come_back()
    assert b"".join(download(client, version).streaming_content) == PDF
    assert events() == ["evidence.added", "evidence.read"]


def test_a_disk_that_is_not_mounted_is_no_damage(add, reviewer, files_dir):
    version = add(PDF).current
    (files_dir / "evidence").rename(files_dir.with_name("unmounted"))
    with pytest.raises(storage.Unreachable, match="Is its disk mounted"):
        reading.open_to_read(version, by=reviewer)
    assert events() == ["evidence.added"]


def test_a_bucket_that_is_gone_is_no_damage(bucket, add, reviewer):
    version = add(PDF).current
    bucket.remove(version.file.name)
    bucket.client.delete_bucket(Bucket=bucket.name)
    with pytest.raises(storage.Unreachable):
        reading.open_to_read(version, by=reviewer)
    assert events() == ["evidence.added"]


def test_a_download_that_breaks_off_on_its_way_from_s3_is_no_damage(bucket, add, reviewer, browser_of):
    version = add(LARGE).current
    bucket.line.cut()
    bucket.line.to_client = 1_000_000
    bucket.line.connect()
    response = download(browser_of(reviewer), version)
    assert response.status_code == 503
    assert events() == ["evidence.added"]


def test_an_upload_that_breaks_off_on_its_way_to_s3_leaves_nothing(bucket, vendor, reviewer):
    bucket.line.to_server = 1_000_000
    with pytest.raises(Refused) as refusal:
        library.add_file(vendor, upload(LARGE), by=reviewer, **CLASS)
    assert str(refusal.value) == NOT_STORED
    bucket.line.to_server = float("inf")
    assert (bucket.names(), Evidence.objects.count(), events()) == ([], 0, [])
    assert "Uploads" not in bucket.client.list_multipart_uploads(Bucket=bucket.name)


def test_s3_is_told_the_sha256_so_that_it_refuses_what_arrives_otherwise(bucket, add):
    version = add(LARGE).current
    stored = bucket.client.head_object(Bucket=bucket.name, Key=version.file.name, ChecksumMode="ENABLED")
    assert stored["ChecksumSHA256"] == b64encode(hashlib.sha256(LARGE).digest()).decode()
    assert stored["ContentType"] == "application/octet-stream"


def test_a_process_that_was_forked_takes_over_no_connection_to_s3(bucket):
    storage.require()
    mine = default_storage.connection, default_storage.quick
    child = os.fork()
    if not child:
        os._exit(default_storage.connection is mine[0] or default_storage.quick is mine[1])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert default_storage.connection is mine[0]
    assert default_storage.quick is mine[1]


def test_a_storage_in_order_is_reachable_and_one_that_is_away_is_not(store):
    assert storage.ask_hindrance() == ""
    store.vanish()
    with pytest.raises(storage.Unreachable):
        storage.ask_hindrance()
    store.come_back()
    assert storage.ask_hindrance() == ""


def test_nothing_but_an_answer_in_our_words_comes_from_a_storage_that_is_away(bucket):
    bucket.vanish()
    asked = (
        lambda: default_storage.open("a"),
        lambda: default_storage.save("a", ContentFile(b"a")),
        lambda: default_storage.delete("a"),
        lambda: default_storage.exists("a"),
        lambda: default_storage.size("a"),
        lambda: default_storage.listdir("a"),
        lambda: default_storage.get_modified_time("a"),
    )
    for ask in asked:
        with pytest.raises(storage.Unreachable):
            ask()


def test_a_machine_without_keys_and_without_a_role_is_told_and_asked_again(bucket, settings, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    options = bucket.backend["OPTIONS"] | {"access_key": None, "secret_key": None}
    settings.STORAGES = settings.STORAGES | {"default": bucket.backend | {"OPTIONS": options}}
    with pytest.raises(storage.Unreachable, match="Unable to locate credentials"):
        default_storage.exists("a")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert default_storage.exists("a") is False


def test_what_was_stored_in_a_folder_is_on_the_disk_with_its_name(add, files_dir, monkeypatch):
    written = []
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: written.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")))
    )
    stored = files_dir / add(PDF).current.file.name
    assert written == [stored, *stored.parents[:3]]
    assert written[-1] == files_dir


def test_a_folder_with_too_little_space_says_how_much_it_has(files_dir, monkeypatch):
    files_dir.mkdir()
    monkeypatch.setattr(storage, "LEAST_FREE_BYTES", 10**18)
    assert re.fullmatch(r"is nearly full: \d+\.\d GB left", storage.ask_hindrance())


def test_downloads_by_the_proxy_are_checked_recorded_and_left_to_it(add, auditor, browser_of, settings, files_dir):
    settings.DOWNLOADS = "proxy"
    version = add(PDF, name="Prüfbericht 2026.pdf").current
    response = download(browser_of(auditor), version)
    assert response.status_code == 200
    assert response.content == b""
    assert response["X-Accel-Redirect"] == f"/_files/{version.file.name}"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''Pr%C3%BCfbericht%202026.pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, no-store"
    assert events() == ["evidence.added", "evidence.read"]
    (files_dir / version.file.name).write_bytes(PDF.swapcase())
    response = download(browser_of(auditor), version)
    assert response.status_code == 410
    assert "X-Accel-Redirect" not in response


def test_a_signed_address_gives_the_file_as_an_attachment_for_a_minute(bucket, add, auditor, browser_of, settings):
    settings.DOWNLOADS = "signed"
    version = add(PDF, name="Prüfbericht 2026.pdf").current
    response = download(browser_of(auditor), version)
    assert response.status_code == 302
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    said = parse_qs(urlsplit(response["Location"]).query)
    assert said["X-Amz-Expires"] == ["60"]
    assert said["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    with urllib.request.urlopen(response["Location"]) as answer:
        assert answer.read() == PDF
        assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''Pr%C3%BCfbericht%202026.pdf"
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert events() == ["evidence.added", "evidence.read"]
    bucket.write(version.file.name, PDF.swapcase())
    assert download(browser_of(auditor), version).status_code == 410


@pytest.mark.parametrize("downloads", ["web", "proxy", "signed"])
def test_a_stranger_gets_nothing_whoever_sends_files(bucket, add, stranger, browser_of, settings, downloads):
    settings.DOWNLOADS = downloads
    response = download(browser_of(stranger), add(PDF).current)
    assert response.status_code == 404
    assert "Location" not in response
    assert "X-Accel-Redirect" not in response
    assert events() == ["evidence.added"]
