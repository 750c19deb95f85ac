"""How are files kept in S3? Private objects, each sent in one request with its SHA-256, fetched whole to disk.

Imported only where a bucket is configured: the client takes 30 MB.
"""

import base64
import os
import threading
from contextlib import contextmanager

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage

from evidence.storage import Unreachable

FAILURES = (BotoCoreError, ClientError, Boto3Error, RetriesExceededError, OSError)
# One request takes up to 5 GiB. Sent in parts, an object would have no SHA-256 of its own, and a broken upload would
# leave parts behind; threads of the client would hold ten parts in memory.
IN_ONE_REQUEST = TransferConfig(
    multipart_threshold=5 * 1024**3, use_threads=False, num_download_attempts=2, preferred_transfer_client="classic"
)
FETCHED_IN_MEMORY_BYTES = 1_000_000
SECONDS = Config(connect_timeout=3, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 2})
FEW_SECONDS = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1})


@contextmanager
def _in_our_words(name):
    try:
        yield
    except FileNotFoundError:
        raise
    except FAILURES as error:
        raise Unreachable(f"S3 failed on {name}: {error}") from error


class Bucket(S3Storage):
    """A private bucket. Fails with OSError alone; see `evidence/storage.py`."""

    file_overwrite = False
    default_acl = None
    object_parameters = {"ContentType": "application/octet-stream"}
    transfer_config = IN_ONE_REQUEST
    max_memory_size = FETCHED_IN_MEMORY_BYTES
    # What else the environment says of Amazon belongs to other keys than ours.
    security_token = session_profile = None

    def __init__(self, **options):
        # Not every server answers to the bucket's name as a host name; Amazon's own do.
        style = "path" if options.get("endpoint_url") else "virtual"
        self.client_config = Config(
            signature_version="s3v4",
            s3={"addressing_style": style},
            # Ours is sent with each object; the client's own would be refused by older servers.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ).merge(SECONDS)
        self._begin()
        super().__init__(**options)

    def _begin(self):
        self._process, self._lock, self._session, self._quick = os.getpid(), threading.Lock(), None, None

    def _create_session(self):
        """One for all threads, as its description of S3 takes 12 MB; none is kept that found no credentials."""
        if self._session is None:
            session = super()._create_session()
            if session.get_credentials() is None:
                raise NoCredentialsError
            self._session = session
        return self._session

    @contextmanager
    def _alone(self):
        """Sessions are made one at a time, and none is taken over from the process this one was forked from."""
        if self._process != os.getpid():
            self._begin()
            self._connections = threading.local()
        with self._lock:
            yield

    @property
    def connection(self):
        """One for each thread, as boto3 asks."""
        with self._alone():
            return super().connection

    @property
    def quick(self):
        """A client for what must not take long; unlike a connection it may be used by several threads."""
        with self._alone():
            if self._quick is None:
                config = self.client_config.merge(FEW_SECONDS)
                options = {"region_name": self.region_name, "endpoint_url": self.endpoint_url}
                self._quick = self._create_session().client("s3", config=config, **options)
            return self._quick

    @property
    def bucket(self):
        return self.connection.Bucket(self.bucket_name)

    def _get_write_parameters(self, name, content=None):
        """With our SHA-256, the server refuses an object that arrives short or changed."""
        parameters = super()._get_write_parameters(name, content)
        if sha256 := getattr(content, "sha256", ""):
            parameters["ChecksumAlgorithm"] = "SHA256"
            parameters["ChecksumSHA256"] = base64.b64encode(bytes.fromhex(sha256)).decode()
        return parameters

    def _open(self, name, mode="rb"):
        """The object, fetched whole into a temporary file, so that what is compared is what `DOWNLOADS=web` hands out."""
        with _in_our_words(name):
            file = super()._open(name, mode)
            try:
                return file.open()
            except BaseException:
                file.close()
                raise

    def _save(self, name, content):
        with _in_our_words(name):
            return super()._save(name, content)

    def delete(self, name):
        # It tidies up after what failed, while somebody waits.
        with _in_our_words(name):
            self.quick.delete_object(Bucket=self.bucket_name, Key=name)

    def exists(self, name):
        with _in_our_words(name):
            return super().exists(name)

    def size(self, name):
        with _in_our_words(name):
            return super().size(name)

    def listdir(self, name):
        with _in_our_words(name):
            return super().listdir(name)

    def get_modified_time(self, name):
        with _in_our_words(name):
            return super().get_modified_time(name)

    def url(self, name, *args, **kwargs):
        with _in_our_words(name):
            return super().url(name, *args, **kwargs)

    def require(self, name=""):
        """Raise Unreachable when the bucket is not there, or says nothing within 3 s."""
        with _in_our_words(self.bucket_name):
            self.quick.head_bucket(Bucket=self.bucket_name)
