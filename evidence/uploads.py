"""What happens to a file while it arrives? It is streamed to disk, counted, hashed, and stopped at the limit."""

import hashlib
from contextlib import contextmanager, suppress

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import UnreadablePostError

from evidence.storage import Unreachable

# One request may carry this many files of the largest size; more is refused before the first byte is read.
LARGEST_FILES_AT_ONCE = 5


class TooMuchAtOnce(RequestDataTooBig):
    """A request above all limits, with a sentence for the person who sent it."""


class Upload(TemporaryUploadedFile):
    """A file that arrived. `sha256` is of all its bytes; `too_large` says it was cut off and holds nothing."""

    sha256 = ""
    too_large = False


class LimitedUploadHandler(FileUploadHandler):
    """Writes every file to a temporary one, however small; memory use does not grow with the file.

    A file above settings.UPLOAD_LIMIT_BYTES is no longer written but read to its end, so that the page can
    answer with everything else that was typed. An upload that breaks off leaves nothing: the whole request
    is refused with UnreadablePostError. TooMuchAtOnce (a page with status 413) is raised for a body above the sum
    of all limits, before any of it is read.
    """

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):  # noqa: N803
        self.expected, self.received = content_length, content_length
        if content_length > total_limit():
            raise TooMuchAtOnce(
                f"That is more than {megabytes(total_limit())} in one go. Send fewer files at a time; "
                f"each may have up to {limit_in_words()}."
            )
        if input_data is self.request:
            self._count(input_data)

    def _count(self, request):
        self.received = 0
        read = request.read

        def counted(*args, **kwargs):
            try:
                data = read(*args, **kwargs)
            except OSError:
                self.upload_interrupted()
                raise
            self.received += len(data)
            return data

        request.read = counted

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        # The body is read before the view decides who may; nobody unknown fills the disk.
        if self.request is not None and not _may_send(self.request):
            raise SkipFile
        with self._room():
            self.file = Upload(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)
        self.hash = hashlib.sha256()

    @contextmanager
    def _room(self):
        """A temporary file that cannot be written is the storage's trouble, not the sender's."""
        try:
            yield
        except OSError as error:
            with suppress(OSError):
                self.upload_interrupted()
            raise Unreachable(f"An upload cannot be written to its temporary file: {error}") from error

    def receive_data_chunk(self, raw_data, start):
        if start + len(raw_data) > settings.UPLOAD_LIMIT_BYTES:
            self.file.too_large = True
            self.file.file.truncate(0)
        else:
            with self._room():
                self.file.write(raw_data)
            self.hash.update(raw_data)

    def file_complete(self, file_size):
        with self._room():
            self.file.seek(0)
        self.file.size = file_size
        self.file.sha256 = self.hash.hexdigest()
        return self.file

    def upload_interrupted(self):
        if hasattr(self, "file"):
            self.file.close()

    def upload_complete(self):
        if self.received < self.expected:
            raise UnreadablePostError("The upload broke off before its end; nothing was kept.")


def _may_send(request):
    """Who is signed in, and whomever else the view lets: its `lets_upload` takes what the view takes."""
    if request.user.is_authenticated:
        return True
    match = request.resolver_match
    lets_upload = getattr(match.func, "lets_upload", None) if match else None
    return bool(lets_upload and lets_upload(request, *match.args, **match.kwargs))


def total_limit():
    """Bytes one request may carry: files and what else was typed."""
    return settings.UPLOAD_LIMIT_BYTES * LARGEST_FILES_AT_ONCE + settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def limit_in_words():
    return megabytes(settings.UPLOAD_LIMIT_BYTES)


def megabytes(count):
    """A number of bytes in words, in megabytes of 1,000,000."""
    number = f"{count / 1_000_000:.1f}".removesuffix(".0")
    return f"{number} MB"
