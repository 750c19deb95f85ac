"""How is a backup encrypted to a public key, and opened with the secret one? With age, as a stream.

pyrage reads from one stream and writes to another until the end, so it works in a thread of its own behind a pipe.
"""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from accounts.permissions import Refused

START = b"age-encryption.org/"
CHUNK = 1_000_000


def starts(file: BinaryIO) -> bool:
    """Whether this file, at its beginning, is encrypted."""
    start = file.read(len(START))
    file.seek(0)
    return start == START


def is_recipient(text: str) -> bool:
    """Whether this is a public key that a backup can be encrypted to."""
    import pyrage

    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


class _Noting:
    """A file that remembers the first failure: on its way through the encryption it would lose its kind."""

    def __init__(self, file: BinaryIO):
        self.file = file
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self.file.write(data)
        except OSError as error:
            self.error = self.error or error
            raise

    def flush(self) -> None:
        """The file is flushed by whoever opened it."""


@contextmanager
def encrypted(out: BinaryIO, recipient: str) -> Iterator[BinaryIO]:
    """A stream; what is written to it arrives in `out`, encrypted for the recipient if one is given."""
    if not recipient:
        yield out
        return
    import pyrage

    key, noting, (source, sink) = pyrage.x25519.Recipient.from_str(recipient), _Noting(out), os.pipe()

    def work() -> None:
        with open(source, "rb", CHUNK) as plain:
            pyrage.encrypt_io(plain, noting, [key])

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        try:
            with open(sink, "wb", CHUNK) as stream:
                yield stream
        except BrokenPipeError:
            # The encryption gave up; its reason is the one that counts.
            done.exception()
    if noting.error:
        raise noting.error
    done.result()


@contextmanager
def decrypted(path: Path, file: BinaryIO, identity: str) -> Iterator[BinaryIO]:
    import pyrage

    (source, sink), key = os.pipe(), pyrage.x25519.Identity.from_str(identity)

    def work() -> None:
        with open(sink, "wb", 0) as raw:
            noting = _Noting(raw)
            try:
                pyrage.decrypt_io(file, noting, [key])
            except Exception:
                # When nobody reads any more, the reader has its own reason.
                if not noting.error:
                    raise

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        try:
            with open(source, "rb", CHUNK) as stream:
                yield stream
        finally:
            _raise_failure(path, done)


def _raise_failure(path: Path, done: "Future[None]") -> None:
    """What is wrong with the encryption explains whatever the reader stumbled over."""
    failure = done.exception()
    if failure is None:
        return
    if "No matching keys" in str(failure):
        raise Refused(f"{path} is encrypted for another key: this identity does not open it.") from failure
    raise Refused(f"{path} cannot be decrypted to its end: it is cut off or damaged. Nothing was changed.") from failure


def identity_in(path: Path) -> str:
    """Return the secret key in a file as `age-keygen` writes it. Raises Refused when there is none."""
    import pyrage

    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The identity {path} cannot be read: {getattr(error, 'strerror', error)}.") from error
    for line in lines:
        if line.startswith("AGE-SECRET-KEY-1"):
            try:
                pyrage.x25519.Identity.from_str(line)
            except pyrage.IdentityError as error:
                raise Refused(f"The secret key in {path} is damaged: {error}.") from error
            return line
    raise Refused(f"{path} holds no secret key of age: its line starts with AGE-SECRET-KEY-1.")
