"""Is a backup file taken for whole exactly when it is?"""

import io
import tarfile

import pyrage
import pytest

from accounts.permissions import Refused
from config import archive, encryption

pytestmark = pytest.mark.once

KEY, OTHER = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
PARTS = {"database": b"rows", "files/evidence/1/a": b"x" * 3_000, "files/evidence/1/b": b""}


def written(path, recipient="", parts=PARTS):
    with path.open("wb") as file, encryption.encrypted(file, recipient) as out:
        writer = archive.Writer(out)
        known = {
            name: writer.add(name, io.BytesIO(content), len(content))[0]._asdict() for name, content in parts.items()
        }
        writer.finish({"format": 1, "product": "0", "parts": known})
    return path


@pytest.fixture(params=["plain", "encrypted"])
def backup(request, tmp_path):
    return written(tmp_path / "backup", str(KEY.to_public()) if request.param == "encrypted" else "")


def check(path, identity=str(KEY)):
    database = io.BytesIO()
    archive.check(path, identity, database)
    return database.getvalue()


def test_what_was_written_is_read_again(backup):
    assert check(backup) == b"rows"
    read = {}
    archive.walk(backup, str(KEY), lambda name, stream: read.update({name: stream.read()}))
    assert {name: read[name] for name in PARTS} == PARTS
    assert list(read)[-2:] == ["manifest.json", "manifest.sha256"]


def test_a_file_that_breaks_off_anywhere_is_refused(backup):
    content = backup.read_bytes()
    for length in [*range(0, len(content), 97), len(content) - 1]:
        backup.write_bytes(content[:length])
        with pytest.raises(Refused, match="Nothing was changed"):
            check(backup)


def test_a_byte_that_differs_is_found_wherever_it_counts(tmp_path):
    backup = written(tmp_path / "backup")
    content = backup.read_bytes()
    with tarfile.open(backup) as tar:
        end = tar.getmembers()[-1].offset_data + 64
        counts = [
            place
            for member in tar.getmembers()
            for place in (member.offset, member.offset_data, member.offset_data + member.size - 1)
            if member.size
        ]
    for place in counts:
        damaged = bytearray(content)
        damaged[place] ^= 1
        backup.write_bytes(damaged)
        with pytest.raises(Refused):
            check(backup)
    assert end <= len(content)


def test_every_byte_of_an_encrypted_file_counts(tmp_path):
    backup = written(tmp_path / "backup", str(KEY.to_public()))
    content = backup.read_bytes()
    for place in range(0, len(content), 101):
        damaged = bytearray(content)
        damaged[place] ^= 1
        backup.write_bytes(damaged)
        with pytest.raises(Refused):
            check(backup)


def test_only_the_key_it_was_encrypted_for_opens_it(tmp_path):
    backup = written(tmp_path / "backup", str(KEY.to_public()))
    assert b"rows" not in backup.read_bytes()
    with pytest.raises(Refused, match="this identity does not open it"):
        check(backup, str(OTHER))
    with pytest.raises(Refused, match="is encrypted: name the file that holds the secret key"):
        check(backup, "")


def test_the_secret_key_is_read_from_a_file_as_age_writes_it(tmp_path):
    file = tmp_path / "identity.txt"
    file.write_text(f"# public key: {KEY.to_public()}\n{KEY}\n")
    assert encryption.identity_in(file) == str(KEY)
    file.write_text("# public key only\n")
    with pytest.raises(Refused, match="holds no secret key of age"):
        encryption.identity_in(file)
    file.write_text(str(KEY)[:-1])
    with pytest.raises(Refused, match="is damaged"):
        encryption.identity_in(file)
    with pytest.raises(Refused, match="cannot be read: No such file or directory"):
        encryption.identity_in(tmp_path / "nowhere")


def test_a_part_that_cannot_be_read_to_its_end_is_filled_up_and_said(tmp_path):
    class Disk(io.BytesIO):
        def read(self, size=-1):
            if self.tell() >= 4:
                raise OSError(5, "Input/output error")
            return super().read(4)

    writer = archive.Writer(io.BytesIO())
    part, failure = writer.add("files/a", Disk(b"12345678"), 8)
    assert (part.size, failure) == (8, "it cannot be read: Input/output error")
    assert writer.add("files/b", io.BytesIO(b"123"), 8)[1] == "it ends too early"


def test_a_full_disk_keeps_its_name_through_the_encryption():
    def write_much(full):
        with encryption.encrypted(full, str(KEY.to_public())) as out:
            for _ in range(100):
                out.write(b"x" * 1_000_000)

    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(OSError, match="No space left on device"):
        write_much(full)


def test_a_format_of_tomorrow_is_not_guessed_at(tmp_path):
    with (tmp_path / "backup").open("wb") as file:
        archive.Writer(file).finish({"format": 2, "product": "9.0", "parts": {}})
    with pytest.raises(Refused, match=r"was made by Countersign 9\.0: upgrade this one first"):
        check(tmp_path / "backup")
