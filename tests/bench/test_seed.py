"""Are the benchmark's data what the product itself would have written?"""

import hashlib
from datetime import datetime

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from audit.models import Event
from bench import people, seed
from evidence.models import Evidence, Version
from reviews import digest, gate, standing, workflow
from reviews.choices import State, Status
from reviews.models import Decision, Item, Review, SignOff

pytestmark = pytest.mark.postgres


@pytest.fixture
def seeded(transactional_db):
    seed.seed(10)


def test_seeded_reviews_are_in_every_state_and_can_be_worked_on(seeded, client):
    assert [Review.objects.count(), Item.objects.count(), Evidence.objects.count()] == [10, 470, 100]
    states = {review.slug: gate.assess(review).counts for review in Review.objects.with_context()}
    assert states["vendor-1-review-1"].keys() >= {State.CONFIRMED, State.AWAITING, State.IN_PROGRESS, State.NOT_STARTED}
    assert states["vendor-3-review-10"][State.LAPSED] > 0
    for item in Item.objects.filter(status=Status.AWAITING).with_standing():
        assert workflow.not_signable(item) == []
    assert client.login(email="review-lead@example.com", password=people.PASSWORD)
    assert client.get("/reviews/vendor-1-review-1/").status_code == 200


def test_every_signature_decision_and_file_has_its_hash(seeded):
    signed = [*SignOff.objects.all(), *Decision.objects.all()]
    assert len(signed) > 300
    assert [row for row in signed if digest.sha256(row.content) != row.digest] == []
    stored = Version.objects.exclude(file="")
    assert stored.count() >= 90
    for version in stored:
        with default_storage.open(version.file.name) as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == version.sha256


def test_only_a_replaced_evidence_changes_what_was_signed(seeded):
    replaced = Version.objects.filter(number=2).values("evidence")
    assert replaced.count() == 1
    for item in Item.objects.filter(status=Status.COMPLETE).with_standing():
        changed = standing.lapse_reason(item).startswith("Changed")
        assert changed == item.citations.filter(evidence__in=replaced).exists()


def test_the_same_number_on_the_same_day_gives_the_same_rows(transactional_db, settings, tmp_path):
    now = datetime(2026, 11, 21, 9, tzinfo=timezone.get_current_timezone())
    found = []
    for folder in ("one", "two"):
        settings.MEDIA_ROOT = tmp_path / folder
        call_command("flush", interactive=False, verbosity=0)
        seed.seed(2, now)
        events = Event.objects.exclude(event_type="checklist.loaded").order_by("pk")
        # Without their numbers: those of events go on where other tests of this run ended.
        said = events.values_list(*(field.attname for field in Event._meta.fields if not field.primary_key))
        found.append([list(Version.objects.values_list()), list(SignOff.objects.values_list()), list(said)])
    assert [len(rows) > 10 for rows in found[0]] == [True, True, True]
    assert found[0] == found[1]
