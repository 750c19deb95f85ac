"""Are dossiers kept and handed out alike in a folder and in S3, and what when the storage fails?"""

import hashlib

import pytest
from django.urls import reverse

from audit.models import Event
from dossiers import making, requests
from dossiers.choices import State
from dossiers.models import Dossier
from dossiers.tasks import render_dossier


@pytest.fixture
def checklist(one_statement):
    return one_statement


@pytest.fixture
def dossier(review, auditor):
    return requests.request_dossier(review, by=auditor)


@pytest.fixture
def make(dossier, tmp_path):
    """Store a small file as the dossier; what laying out costs is not asked here."""

    def store_small_file():
        path = tmp_path / "made.pdf"
        path.write_bytes(b"%PDF-1.7 of one page")
        claimed = making._claim(Dossier, dossier.pk)
        making._store(claimed, making.render.Rendered(path, 1, [], 0, 0), claimed.worked_at)
        return fresh(dossier)

    return store_small_file


def fresh(dossier):
    return Dossier.objects.with_all().get(pk=dossier.pk)


def read_by(client, person, dossier):
    client.force_login(person)
    client.raise_request_exception = False
    return client.get(reverse("dossiers:download", args=[dossier.pk]))


def test_a_dossier_is_kept_whole_and_handed_out_while_the_storage_can_tell(store, client, make, auditor):
    made = make()
    assert store.names() == [made.file.name]
    assert hashlib.sha256(store.read(made.file.name)).hexdigest() == made.sha256
    store.vanish()
    assert read_by(client, auditor, made).status_code == 503
    store.come_back()
    content = b"".join(read_by(client, auditor, made).streaming_content)
    assert hashlib.sha256(content).hexdigest() == made.sha256
    store.remove(made.file.name)
    response = read_by(client, auditor, made)
    assert response.headers["Location"] == made.get_absolute_url()
    about = Event.objects.filter(event_type__in=["dossier.read", "dossier.damaged"]).order_by("pk")
    assert list(about.values_list("event_type", "reason")) == [
        ("dossier.read", ""),
        ("dossier.damaged", "The file is missing from the storage."),
    ]


def test_a_dossier_that_cannot_be_stored_fails_with_a_sentence_and_can_be_tried_again(bucket, dossier, make, auditor):
    bucket.vanish()
    render_dossier(dossier.pk)
    failed = fresh(dossier)
    sentence = "The file could not be stored, and nothing was changed. Try again in a while."
    assert (failed.state, failed.error, failed.file.name) == (State.FAILED, sentence, "")
    bucket.come_back()
    assert bucket.names() == []
    requests.try_again(failed, by=auditor)
    made = make()
    assert bucket.names() == [made.file.name]


def test_the_proxy_and_s3_are_told_what_to_send(bucket, client, make, auditor, settings):
    made = make()
    settings.DOWNLOADS = "signed"
    signed = read_by(client, auditor, made)["Location"]
    settings.DOWNLOADS = "proxy"
    assert f"/{bucket.name}/{made.file.name}?response-content-disposition=attachment" in signed
    assert read_by(client, auditor, made)["X-Accel-Redirect"] == f"/_files/{made.file.name}"
