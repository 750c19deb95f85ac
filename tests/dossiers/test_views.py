"""What does the browser get of dossiers?"""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
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
def dossier(review, reviewer):
    return requests.request_dossier(review, by=reviewer)


@pytest.fixture
def ready(dossier):
    render_dossier(dossier.pk)
    return Dossier.objects.with_all().get(pk=dossier.pk)


def signed_in(client, user):
    client.force_login(user)
    return client


def content_of(response):
    return b"".join(response.streaming_content)


def test_what_one_may_not_see_does_not_exist(client, ready, review, stranger, administrator):
    for person in (stranger, administrator):
        signed_in(client, person)
        assert client.get(ready.get_absolute_url()).status_code == 404
        assert client.get(reverse("dossiers:download", args=[ready.pk])).status_code == 404
        assert client.post(reverse("dossiers:try_again", args=[ready.pk])).status_code == 404
        assert client.get(reverse("dossiers:review", args=[review.slug])).status_code == 404
        assert client.post(reverse("dossiers:request", args=[review.slug])).status_code == 404
        assert ready.review.title not in client.get(reverse("dossiers:all")).content.decode()
    assert Dossier.objects.count() == 1
    assert not Event.objects.filter(event_type="dossier.read").exists()


def test_the_button_requests_and_leads_to_the_page(client, review, auditor):
    signed_in(client, auditor)
    page = client.get(reverse("dossiers:review", args=[review.slug])).content.decode()
    assert "No dossier of this review yet" in page
    response = client.post(reverse("dossiers:request", args=[review.slug]))
    made = Dossier.objects.get()
    assert response.url == made.get_absolute_url()
    page = client.get(reverse("dossiers:review", args=[review.slug])).content.decode()
    assert "Watch the one being made" in page
    assert "Request a dossier" not in page


def test_the_page_looks_again_every_two_seconds_until_it_is_done(client, dossier, reviewer):
    signed_in(client, reviewer)
    page = client.get(dossier.get_absolute_url()).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "Waiting for a worker" in page
    render_dossier(dossier.pk)
    page = client.get(dossier.get_absolute_url()).content.decode()
    assert "hx-trigger" not in page
    assert Dossier.objects.get().sha256 in page


def test_progress_is_shown_as_words_and_number(client, dossier, reviewer):
    claimed = making._claim(Dossier, dossier.pk)
    making.Teller(claimed)(40, "Laying out page 12")
    page = signed_in(client, reviewer).get(dossier.get_absolute_url()).content.decode()
    assert "Laying out page 12" in page
    assert "40 %" in page


def test_a_failed_one_says_why_and_offers_to_try_again(client, dossier, reviewer):
    requests.fail(dossier, "The PDF took longer than the 300 seconds it may take.")
    signed_in(client, reviewer)
    page = client.get(dossier.get_absolute_url()).content.decode()
    assert "The PDF took longer than the 300 seconds it may take." in page
    client.post(reverse("dossiers:try_again", args=[dossier.pk]))
    assert Dossier.objects.get().state == State.QUEUED


def test_the_download_is_an_attachment_and_an_event(client, ready, auditor):
    response = signed_in(client, auditor).get(reverse("dossiers:download", args=[ready.pk]))
    name = f'attachment; filename="dossier-anthropic-claude-enterprise-{ready.snapshot_at.year}-'
    assert response["Content-Disposition"].startswith(name)
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    event = Event.objects.get(event_type="dossier.read")
    assert (event.actor_name, event.content_hash) == ("Auditor", f"sha256:{ready.sha256}")
    assert hashlib.sha256(content_of(response)).hexdigest() == ready.sha256


def test_an_unfinished_one_is_not_downloaded(client, dossier, reviewer):
    response = signed_in(client, reviewer).get(reverse("dossiers:download", args=[dossier.pk]), follow=True)
    assert "This dossier is not ready" in response.content.decode()
    assert not Event.objects.filter(event_type="dossier.read").exists()


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_damaged_file_is_not_handed_out(client, ready, reviewer, files_dir, damage):
    stored = files_dir / ready.file.name
    if damage == "gone":
        stored.unlink()
    else:
        stored.write_bytes(stored.read_bytes()[:-1] + b"X")
    response = signed_in(client, reviewer).get(reverse("dossiers:download", args=[ready.pk]), follow=True)
    assert "It is not handed out" in response.content.decode()
    assert [event.event_type for event in Event.objects.about(ready).order_by("pk")][-1] == "dossier.damaged"
    assert not Event.objects.filter(event_type="dossier.read").exists()


def verified(client, content, name="from-the-board.pdf"):
    upload = SimpleUploadedFile(name, content, "application/pdf")
    return client.post(reverse("dossiers:verify"), {"file": upload}).content.decode()


def test_verify_knows_its_own_to_the_byte(client, ready, auditor, files_dir):
    signed_in(client, auditor)
    original = (files_dir / ready.file.name).read_bytes()
    assert "Yes, byte for byte" in verified(client, original)
    answer = verified(client, original[:-1] + b"X")
    assert "is not a dossier of a review you may see" in answer


def test_verify_tells_a_stranger_nothing(client, ready, stranger, files_dir):
    answer = verified(signed_in(client, stranger), (files_dir / ready.file.name).read_bytes())
    assert "is not a dossier of a review you may see" in answer
    assert ready.review.title not in answer


def test_verify_needs_a_file_that_is_not_empty(client, auditor):
    signed_in(client, auditor)
    response = client.post(reverse("dossiers:verify"))
    assert response.status_code == 422
    assert "Choose the file to compare." in response.content.decode()
    assert "The file is empty: it has 0 bytes." in verified(client, b"")


def test_the_lists_cost_the_same_for_one_and_for_thirty(client, review, reviewer, django_assert_num_queries):
    signed_in(client, reviewer)
    for count in (1, 30):
        while Dossier.objects.count() < count:
            requests.fail(requests.request_dossier(review, by=reviewer), "Too slow.")
        for url, queries in ((reverse("dossiers:review", args=[review.slug]), 11), (reverse("dossiers:all"), 7)):
            with django_assert_num_queries(queries):
                assert client.get(url).status_code == 200
