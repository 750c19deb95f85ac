"""Does a wrong place of files, or a wrong way of handing them out, end in a sentence at start?"""

import pytest

from config import environment, storage
from tests.config.test_environment import SAFE

IN_A_FOLDER = SAFE
IN_A_BUCKET = {name: value for name, value in SAFE.items() if name != "FILES_DIR"} | {
    "S3_BUCKET": "countersign-files",
    "S3_ENDPOINT": "https://s3.example.com",
    "S3_REGION": "eu-central-1",
    "S3_ACCESS_KEY": "key",
    "S3_SECRET_KEY": "secret",
}


@pytest.mark.parametrize(
    ("source", "changes", "sentence"),
    [
        (IN_A_BUCKET, {"FILES_DIR": "/srv/files"}, "FILES_DIR and S3_BUCKET are both set: keep one of them."),
        (
            IN_A_FOLDER,
            {"S3_REGION": "eu-central-1"},
            "S3_REGION is set and S3_BUCKET is not: name the bucket, or remove S3_REGION.",
        ),
        (
            IN_A_BUCKET,
            {"S3_SECRET_KEY": ""},
            "S3_ACCESS_KEY and S3_SECRET_KEY belong together: set both, or neither to use the machine's own role.",
        ),
        *(
            (
                IN_A_BUCKET,
                {"S3_ENDPOINT": wrong},
                "S3_ENDPOINT is no address of a server: write it as `https://s3.example.com`, without the bucket.",
            )
            for wrong in (
                "https://s3.example.com:https",
                "s3.example.com",
                "https://",
                "https://s3.example.com/files",
                "ftp://s3.example.com",
                "http://[",
            )
        ),
        (IN_A_BUCKET, {"S3_BUCKET": "s3://files"}, "S3_BUCKET is 's3://files': write the bucket's name alone."),
        (
            IN_A_BUCKET,
            {"S3_REGION": "", "S3_ENDPOINT": ""},
            "S3_REGION is missing: name the bucket's region, or S3_ENDPOINT when the server is not Amazon's.",
        ),
        (IN_A_BUCKET, {"UPLOAD_LIMIT_MB": "5001"}, "UPLOAD_LIMIT_MB is 5001: S3 takes files of up to 5000 MB."),
        (IN_A_FOLDER, {"DOWNLOADS": "mail"}, "DOWNLOADS is 'mail': it can be `web`, `proxy` or `signed`."),
        (
            IN_A_BUCKET,
            {"DOWNLOADS": "proxy"},
            "DOWNLOADS is `proxy` and files are in S3: the proxy reads a folder; use `web` or `signed`.",
        ),
        (
            IN_A_FOLDER,
            {"DOWNLOADS": "signed"},
            "DOWNLOADS is `signed` and files are in a folder: only S3 signs addresses; use `web` or `proxy`.",
        ),
        (
            IN_A_BUCKET,
            {"DOWNLOADS": "signed", "S3_ENDPOINT": "http://s3.example.com"},
            "DOWNLOADS is `signed` and S3_ENDPOINT is not https: evidence would reach browsers unencrypted.",
        ),
    ],
)
def test_a_contradiction_is_refused_in_one_sentence(source, changes, sentence):
    with pytest.raises(environment.Refused) as refusal:
        environment.read(source | changes)
    assert str(refusal.value) == f"Countersign does not start:\n- {sentence}"


@pytest.mark.parametrize("downloads", ["web", "proxy"])
def test_files_lie_in_a_folder(downloads):
    values = environment.read(IN_A_FOLDER | {"DOWNLOADS": downloads})
    assert storage.backend(values) == {"BACKEND": "evidence.storage.Folder"}


@pytest.mark.parametrize("downloads", ["web", "signed"])
def test_files_lie_in_a_bucket(downloads):
    values = environment.read(IN_A_BUCKET | {"DOWNLOADS": downloads})
    assert storage.backend(values) == {
        "BACKEND": "evidence.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": "countersign-files",
            "endpoint_url": "https://s3.example.com",
            "region_name": "eu-central-1",
            "access_key": "key",
            "secret_key": "secret",
        },
    }


def test_without_keys_the_machine_s_own_role_is_asked():
    source = IN_A_BUCKET | {"S3_ACCESS_KEY": "", "S3_SECRET_KEY": "", "S3_ENDPOINT": ""}
    options = storage.backend(environment.read(source))["OPTIONS"]
    assert (options["access_key"], options["secret_key"], options["endpoint_url"]) == (None, None, None)


def test_embedded_mode_makes_no_folder_beside_a_bucket(tmp_path):
    source = {"COUNTERSIGN_MODE": "embedded", "VAR_DIR": str(tmp_path), "S3_BUCKET": "files"}
    assert environment.read(source)["FILES_DIR"] == ""
    assert not (tmp_path / "files").exists()
    assert environment.read(source | {"S3_BUCKET": ""})["FILES_DIR"] == f"{tmp_path}/files"
    assert (tmp_path / "files").is_dir()
