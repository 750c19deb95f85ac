"""Where are files kept, and how are they handed out: a folder or an S3 bucket, and by whom?"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

FOLDER, BUCKET = "evidence.storage.Folder", "evidence.bucket.Bucket"
WEB, PROXY, SIGNED = "web", "proxy", "signed"
# What belongs to a bucket and means nothing without one.
OF_A_BUCKET = ("S3_ENDPOINT", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY")
# S3 takes no larger object in one request, and files are sent in one; see docs/decisions/0007-storage.md.
LARGEST_OBJECT_MB = 5000


def problems(values: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each contradiction, in any mode."""
    sentences = (
        values["FILES_DIR"] and values["S3_BUCKET"] and "FILES_DIR and S3_BUCKET are both set: keep one of them.",
        not values["S3_BUCKET"] and _bucket_is_missing(values),
        "://" in values["S3_BUCKET"] and f"S3_BUCKET is {values['S3_BUCKET']!r}: write the bucket's name alone.",
        bool(values["S3_ACCESS_KEY"]) != bool(values["S3_SECRET_KEY"])
        and "S3_ACCESS_KEY and S3_SECRET_KEY belong together: set both, or neither to use the machine's own role.",
        values["S3_ENDPOINT"] and _endpoint_problem(values["S3_ENDPOINT"]),
        values["S3_BUCKET"]
        and values["UPLOAD_LIMIT_MB"] > LARGEST_OBJECT_MB
        and f"UPLOAD_LIMIT_MB is {values['UPLOAD_LIMIT_MB']}: S3 takes files of up to {LARGEST_OBJECT_MB} MB.",
        _downloads_problem(values),
    )
    return [sentence for sentence in sentences if sentence]


def problems_in_production(values: Mapping[str, Any]) -> list[str]:
    """Return a sentence for what production must not start with."""
    if not values["FILES_DIR"] and not values["S3_BUCKET"]:
        return ["FILES_DIR and S3_BUCKET are missing: name the folder or the bucket that keeps the evidence."]
    if values["S3_BUCKET"] and not (values["S3_REGION"] or values["S3_ENDPOINT"]):
        return ["S3_REGION is missing: name the bucket's region, or S3_ENDPOINT when the server is not Amazon's."]
    if values["DOWNLOADS"] == SIGNED and values["S3_ENDPOINT"].startswith("http:"):
        return ["DOWNLOADS is `signed` and S3_ENDPOINT is not https: evidence would reach browsers unencrypted."]
    return []


def backend(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what STORAGES says of the files."""
    if not values["S3_BUCKET"]:
        return {"BACKEND": FOLDER}
    return {
        "BACKEND": BUCKET,
        "OPTIONS": {
            "bucket_name": values["S3_BUCKET"],
            "endpoint_url": values["S3_ENDPOINT"] or None,
            "region_name": values["S3_REGION"] or None,
            "access_key": values["S3_ACCESS_KEY"] or None,
            "secret_key": values["S3_SECRET_KEY"] or None,
        },
    }


def _bucket_is_missing(values: Mapping[str, Any]) -> str:
    useless = next((name for name in OF_A_BUCKET if values[name]), "")
    return useless and f"{useless} is set and S3_BUCKET is not: name the bucket, or remove {useless}."


def _endpoint_problem(address: str) -> str:
    try:
        parts = urlsplit(address)
        right = parts.scheme in {"http", "https"} and parts.hostname and not parts.path.strip("/")
        right = right and (parts.port is None or parts.port > 0)
    except ValueError:
        right = False
    if right:
        return ""
    return "S3_ENDPOINT is no address of a server: write it as `https://s3.example.com`, without the bucket."


def _downloads_problem(values: Mapping[str, Any]) -> str:
    downloads, in_bucket = values["DOWNLOADS"], bool(values["S3_BUCKET"])
    if downloads not in (WEB, PROXY, SIGNED):
        return f"DOWNLOADS is {downloads!r}: it can be `web`, `proxy` or `signed`."
    if downloads == PROXY and in_bucket:
        return "DOWNLOADS is `proxy` and files are in S3: the proxy reads a folder; use `web` or `signed`."
    if downloads == SIGNED and not in_bucket:
        return "DOWNLOADS is `signed` and files are in a folder: only S3 signs addresses; use `web` or `proxy`."
    return ""
