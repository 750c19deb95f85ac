"""What is in a backup's file, and is this one whole?

A tar of the database's dump, then every stored file, then `manifest.json` with the size and SHA-256 of each part, then
the manifest's own SHA-256. With a recipient all of it is encrypted with age. It is written and read as a stream: memory
does not grow with it.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from accounts.permissions import Refused
from config import encryption
from config.encryption import CHUNK

FORMAT = 1
DATABASE, FILES, MANIFEST, SEAL = "database", "files/", "manifest.json", "manifest.sha256"
LARGEST_MANIFEST = 200_000_000


class Part(NamedTuple):
    """What was counted and hashed while bytes passed by."""

    size: int
    sha256: str


class Source(Protocol):
    """Bytes to be read, one piece after the other."""

    def read(self, size: int, /) -> bytes: ...


class Counted:
    """A stream that counts and hashes what is read from it."""

    def __init__(self, stream: Source):
        self.stream, self.size, self.hash = stream, 0, hashlib.sha256()

    def read(self, size: int = CHUNK) -> bytes:
        data = self.stream.read(size)
        self.size += len(data)
        self.hash.update(data)
        return data

    @property
    def part(self) -> Part:
        return Part(self.size, self.hash.hexdigest())


class Filled(Counted):
    """Gives exactly `length` bytes: zeros stand for what can no longer be read."""

    def __init__(self, stream: Source, length: int):
        super().__init__(stream)
        self.length, self.failure = length, ""

    def read(self, size: int = CHUNK) -> bytes:
        wanted = min(size, self.length - self.size)
        data = b""
        while len(data) < wanted and not self.failure:
            data += self._some(wanted - len(data))
        data += bytes(wanted - len(data))
        self.size += len(data)
        self.hash.update(data)
        return data

    def _some(self, size: int) -> bytes:
        try:
            data = self.stream.read(size)
        except OSError as error:
            self.failure = f"it cannot be read: {error.strerror or error}"
            return b""
        if not data:
            self.failure = "it ends too early"
        return data


def copy(source: BinaryIO, target: BinaryIO | None = None) -> Part:
    """Read `source` to its end, into `target` if there is one; return what passed by."""
    counted = Counted(source)
    while data := counted.read():
        if target:
            target.write(data)
    return counted.part


class Writer:
    """Puts parts into an archive and remembers what they were."""

    def __init__(self, out: BinaryIO):
        self.tar = tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115

    def add(self, name: str, source: Source, size: int) -> tuple[Part, str]:
        """Add `size` bytes; return what was written, and in words why that is not all, or ''."""
        header = tarfile.TarInfo(name)
        header.size, header.mode = size, 0o600
        filled = Filled(source, size)
        self.tar.addfile(header, filled)
        return filled.part, filled.failure

    def finish(self, manifest: dict[str, Any]) -> None:
        text = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
        seal = hashlib.sha256(text).hexdigest().encode()
        for name, content in ((MANIFEST, text), (SEAL, seal)):
            self.add(name, io.BytesIO(content), len(content))
        self.tar.close()


def check(path: Path, identity: str, database: BinaryIO) -> dict[str, Any]:
    """Read the whole file and return its manifest; the dump is copied into `database` on the way.

    Raises Refused with a sentence when a byte is missing or differs, or when the file cannot be decrypted.
    """
    found: dict[str, Part] = {}
    texts: dict[str, bytes] = {}

    def each(name: str, stream: BinaryIO) -> None:
        if name in (MANIFEST, SEAL):
            texts[name] = stream.read(LARGEST_MANIFEST)
        else:
            found[name] = copy(stream, database if name == DATABASE else None)

    walk(path, identity, each)
    manifest = _manifest(path, texts)
    expected = {name: Part(part["size"], part["sha256"]) for name, part in manifest["parts"].items()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise _not_whole(path, f"{name} is missing or differs from what was backed up")
    return manifest


def _manifest(path: Path, texts: dict[str, bytes]) -> dict[str, Any]:
    if texts.keys() != {MANIFEST, SEAL}:
        raise _not_whole(path, "its end is missing")
    if hashlib.sha256(texts[MANIFEST]).hexdigest().encode() != texts[SEAL]:
        raise _not_whole(path, "its list of parts is damaged")
    manifest = json.loads(texts[MANIFEST])
    if manifest["format"] > FORMAT:
        raise Refused(f"{path} was made by Countersign {manifest['product']}: upgrade this one first, then restore.")
    return manifest


def walk(path: Path, identity: str, each: Callable[[str, BinaryIO], None]) -> None:
    """Call `each(name, stream)` for every part in order. Raises Refused when the file breaks off or is no backup."""
    with _opened(path, identity) as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r|", bufsize=CHUNK) as tar:
                for member in tar:
                    content = tar.extractfile(member)
                    if content is None:
                        raise _not_whole(path, f"{member.name} is not a file")
                    each(member.name, content)  # type: ignore[arg-type]
        except (tarfile.TarError, EOFError) as error:
            raise _not_whole(path, str(error)) from error
        copy(stream)


@contextmanager
def _opened(path: Path, identity: str) -> Iterator[BinaryIO]:
    """The tar as a stream, decrypted if it is encrypted."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        if not encryption.starts(file):
            if path.stat().st_size % tarfile.RECORDSIZE:
                raise _not_whole(path, "its end is missing")
            yield file
        elif not identity:
            raise Refused(f"{path} is encrypted: name the file that holds the secret key (an age identity).")
        else:
            with encryption.decrypted(path, file, identity) as stream:
                yield stream


def _not_whole(path: Path, why: str) -> Refused:
    return Refused(f"{path} is no whole backup: {why}. Nothing was changed; take another backup.")
