"""What happens to a file while it arrives?"""

import hashlib
import io
import resource
import tracemalloc
from pathlib import Path

import pytest
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from django.test import RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import User
from evidence import uploads
from evidence.storage import Unreachable
from tests.evidence.samples import PDF

MB = 1_000_000


@pytest.fixture
def temporary(tmp_path, settings):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "arriving"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()
    return settings.FILE_UPLOAD_TEMP_DIR


def arriving(body, length=None):
    """A request whose body is a stream, of someone who is signed in."""
    environ = RequestFactory()._base_environ(
        REQUEST_METHOD="POST",
        CONTENT_TYPE=MULTIPART_CONTENT,
        CONTENT_LENGTH=str(len(body) if length is None else length),
    )
    stream = io.BytesIO(body) if isinstance(body, bytes) else body
    request = RequestFactory().request(**environ | {"wsgi.input": stream})
    request.user = User(email="reviewer@example.com")
    return request


def multipart(**fields):
    return encode_multipart(BOUNDARY, fields)


def named(content, name="a.pdf"):
    file = io.BytesIO(content)
    file.name = name
    return file


def test_a_small_file_goes_to_disk_too_and_carries_its_hash(temporary):
    request = arriving(multipart(title="Report", files=named(PDF)))
    upload = request.FILES["files"]
    assert upload.sha256 == hashlib.sha256(PDF).hexdigest()
    assert upload.size == len(PDF)
    assert upload.read() == PDF
    assert Path(upload.temporary_file_path()).parent == temporary
    assert request.POST["title"] == "Report"
    request.close()
    assert list(temporary.iterdir()) == []


def test_a_file_above_the_limit_is_cut_off_and_the_other_fields_stay(temporary, settings):
    settings.UPLOAD_LIMIT_BYTES = 100_000
    request = arriving(multipart(files=named(b"x" * 300_000), kind="policy"))
    upload = request.FILES["files"]
    assert upload.too_large is True
    assert upload.size == 300_000
    assert Path(upload.temporary_file_path()).stat().st_size == 0
    assert request.POST["kind"] == "policy"
    request.close()


def test_a_file_of_exactly_the_limit_is_taken(temporary, settings):
    settings.UPLOAD_LIMIT_BYTES = 100_000
    request = arriving(multipart(files=named(b"x" * 100_000)))
    assert request.FILES["files"].too_large is False
    request.close()


def test_a_body_above_all_limits_is_refused_before_its_first_byte(temporary, settings):
    settings.UPLOAD_LIMIT_BYTES = 1 * MB

    class Untouched(io.BytesIO):
        def read(self, *args):
            raise AssertionError("read")

    request = arriving(Untouched(), length=8 * MB)
    with pytest.raises(RequestDataTooBig) as refusal:
        request.FILES  # noqa: B018
    assert str(refusal.value) == (
        "That is more than 7.6 MB in one go. Send fewer files at a time; each may have up to 1 MB."
    )


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_an_upload_whose_body_ends_early_leaves_nothing(temporary, kept):
    body = multipart(files=[named(b"%PDF-1" * 50_000), named(b"%PDF-2" * 50_000)], valid_until="2026-06-30")
    request = arriving(io.BytesIO(body[: int(len(body) * kept)]), length=len(body))
    with pytest.raises(UnreadablePostError):
        request.FILES  # noqa: B018
    assert list(temporary.iterdir()) == []


def test_an_upload_whose_connection_breaks_leaves_nothing(temporary):
    class Breaking(io.BytesIO):
        def read(self, *args):
            if self.tell() > 100_000:
                raise OSError("connection reset")
            return super().read(*args)

    body = multipart(files=named(b"%PDF-1" * 100_000))
    with pytest.raises(UnreadablePostError):
        arriving(Breaking(body), length=len(body)).FILES  # noqa: B018
    assert list(temporary.iterdir()) == []


def test_a_full_disk_is_the_storage_s_trouble_and_leaves_nothing(temporary):
    body = multipart(files=named(b"%PDF-1" * 100_000))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(Unreachable, match="File too large"):
            arriving(body).FILES  # noqa: B018
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(temporary.iterdir()) == []


def test_without_a_folder_for_what_arrives_the_page_says_that_a_part_does_not_answer(db, client, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "gone"
    client.force_login(User.objects.create_user("reviewer@example.com", "a long enough password", name="Reviewer"))
    client.raise_request_exception = False
    assert client.post("/dossiers/verify/", {"file": named(PDF)}).status_code == 503


def test_someone_not_signed_in_writes_nothing_to_the_disk(temporary):
    from django.contrib.auth.models import AnonymousUser

    request = arriving(multipart(files=named(PDF), title="x"))
    request.user = AnonymousUser()
    assert "files" not in request.FILES
    assert request.POST["title"] == "x"


def test_memory_does_not_grow_with_the_file(temporary):
    request = HttpRequest()
    request.user = User(email="reviewer@example.com")
    handler = uploads.LimitedUploadHandler(request)
    chunk = b"x" * handler.chunk_size
    count = 60 * MB // len(chunk)
    tracemalloc.start()
    handler.new_file("files", "large.pdf", "application/pdf", None)
    for number in range(count):
        handler.receive_data_chunk(chunk, number * len(chunk))
    upload = handler.file_complete(count * len(chunk))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * MB
    assert upload.size == count * len(chunk)
    assert Path(upload.temporary_file_path()).stat().st_size == upload.size
    upload.close()


def test_a_handler_used_without_a_request_takes_files(tmp_path):
    handler = uploads.LimitedUploadHandler()
    handler.new_file("files", "a.pdf", "application/pdf", None)
    handler.receive_data_chunk(PDF, 0)
    with handler.file_complete(len(PDF)) as upload:
        assert upload.sha256 == hashlib.sha256(PDF).hexdigest()


def test_the_sizes_are_said_in_words():
    assert uploads.megabytes(100_000_000) == "100 MB"
    assert uploads.megabytes(2_500_000) == "2.5 MB"
