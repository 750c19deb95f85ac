"""Where do files lie in a test: in a folder or in a bucket of a real S3 server, and what happens to them there?

Import `s3`, and `store` for a test that runs on both. A store can lose and change files behind the product's back,
and can be taken away and given back.
"""

import contextlib
import math
import socket
import threading
import uuid

import boto3
import pytest
from moto.server import ThreadedMotoServer

from config import storage


class Line:
    """A line to a server on this machine, which can be cut, or breaks after so many bytes of one direction."""

    def __init__(self, server):
        self._server, self.port = server, 0
        self.to_server = self.to_client = math.inf
        self.connect()

    def connect(self):
        self._open = []
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self):
        _hang_up(self._listener, *self._open)

    def _accept(self, listener):
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(self._server)
            self._open += [client, server]
            for pair in ((client, server, self.to_server), (server, client, self.to_client)):
                threading.Thread(target=_carry, args=pair, daemon=True).start()


def _carry(source, target, limit):
    carried = 0
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            carried += len(data)
            if carried > limit:
                break
            target.sendall(data)
    _hang_up(source, target)


def _hang_up(*sockets):
    for one in sockets:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


class Bucket:
    """A bucket of its own, reached by the product through a line that can be cut."""

    def __init__(self, server):
        self.line = Line(server)
        self.name = f"files-{uuid.uuid4().hex}"
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        self.client = boto3.client("s3", endpoint_url=f"http://{server[0]}:{server[1]}", **keys)
        self.client.create_bucket(Bucket=self.name)

    @property
    def backend(self):
        said = {
            "S3_BUCKET": self.name,
            "S3_ENDPOINT": f"http://127.0.0.1:{self.line.port}",
            "S3_REGION": "us-east-1",
            "S3_ACCESS_KEY": "key",
            "S3_SECRET_KEY": "secret",
        }
        return storage.backend(said)

    def names(self):
        return [entry["Key"] for entry in self.client.list_objects_v2(Bucket=self.name).get("Contents", ())]

    def read(self, name):
        return self.client.get_object(Bucket=self.name, Key=name)["Body"].read()

    def write(self, name, content):
        self.client.put_object(Bucket=self.name, Key=name, Body=content)

    def remove(self, name):
        self.client.delete_object(Bucket=self.name, Key=name)

    def vanish(self):
        self.line.cut()

    def come_back(self):
        self.line.connect()


class Folder:
    """The test's folder of files."""

    backend = storage.backend({"S3_BUCKET": ""})

    def __init__(self, folder):
        self.folder, self.away = folder, folder.with_name("away")
        folder.mkdir()

    def names(self):
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    def read(self, name):
        return (self.folder / name).read_bytes()

    def write(self, name, content):
        (self.folder / name).write_bytes(content)

    def remove(self, name):
        (self.folder / name).unlink()

    def vanish(self):
        self.folder.rename(self.away)
        self.folder.touch()

    def come_back(self):
        self.folder.unlink()
        self.away.rename(self.folder)


@pytest.fixture(scope="session")
def s3_server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()
    server.stop()


@pytest.fixture
def bucket(s3_server, settings):
    """Files lie in S3 during this test."""
    bucket = Bucket(s3_server)
    settings.STORAGES = settings.STORAGES | {"default": bucket.backend}
    yield bucket
    bucket.vanish()
    bucket.client.close()


@pytest.fixture(params=["folder", "bucket"])
def store(request, files_dir):
    """The test runs twice: with a folder, and with a bucket."""
    return Folder(files_dir) if request.param == "folder" else request.getfixturevalue("bucket")
