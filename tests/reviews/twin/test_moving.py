"""Is a review that was moved what it was before, and nothing more?"""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import grants
from accounts.choices import Access, Role
from accounts.models import User
from accounts.permissions import Refused
from audit.models import Event
from dossiers import snapshot
from evidence.models import Version
from reviews import sheet_rows, signoffs, verification
from reviews.again import reassessments
from reviews.choices import About, Trigger
from reviews.models import Attachment, Item, MovedReview, Reminder, SignOff
from reviews.reminders.sources import SOURCES
from reviews.twin import arrivals, packing
from tests.cast import item, sign
from tests.reviews.again.again import states
from tests.reviews.twin.conftest import YESTERDAY, Upload, brought, gatekeeper, moved, packed, said, saying
from vendors.models import Vendor


def comparable(content):
    """Without what belongs to an installation: ids, addresses, when and by whom it was exported, the log there."""
    content = json.loads(json.dumps(content))
    numbers = {each["number"]: place for place, each in enumerate(content["evidence"])}
    for name in ("exported_at", "exported_by", "installation", "history", "names", "vendor"):
        del content[name]
    content["deployment"]["number"] = content["review"]["slug"] = None
    for each in content["evidence"]:
        each["number"] = numbers[each["number"]]

    def renumbered(value):
        if isinstance(value, list):
            return [renumbered(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {
            name: numbers[each] if name == "evidence" and isinstance(each, int) else renumbered(each)
            for name, each in value.items()
        }

    return renumbered(content)


def damages():
    checks = (verification.signoffs, verification.items, verification.decisions, verification.letters)
    return [(label, words) for check in checks for label, words in check() if words]


def test_a_moved_review_says_the_same_again_and_so_does_one_moved_twice(full, target, lead, ciso):
    first = packed(full, lead)
    here = moved(target, first, lead)
    second = packed(here, lead)
    assert comparable(said(second)) == comparable(said(first))
    assert second.keys() == first.keys()
    assert states(here) == states(full)
    assert damages() == []
    assert [e["event_type"] for e in said(second)["history"]] == ["review.moved_in"]

    # What is signed or withdrawn here goes by the names of here, beside what came.
    grants.give(ciso, Access.SIGN, target)
    signoffs.withdraw(item(here, 1), by=ciso, reason="Look again.")
    waiting = item(here, 10)
    grants.give(waiting.holder, Access.SIGN, target)
    sign(waiting)
    assert damages() == []

    third = Vendor.objects.create(name="Third", slug="third", created_by=lead)
    grants.give(lead, Access.LEAD, third)
    before = packed(here, lead)
    there = moved(third, before, lead)
    assert comparable(said(packed(there, lead))) == comparable(said(before))
    assert len(there.names) == 2
    assert states(there) == states(here)
    assert damages() == []


def test_a_dossier_of_a_moved_review_withholds_what_was_quoted_under_nda(full, target, lead):
    here = moved(target, packed(full, lead), lead)
    _, manifest = snapshot.take(here.pk)
    rows = {each["number"]: each["signoffs"][0]["content"] for each in manifest["items"] if each["signoffs"]}
    assert [number for number, content in rows.items() if content is None] == [8]
    assert "Kept for 30 days." not in json.dumps(manifest)


def test_whoever_is_unknown_becomes_a_name_without_rights_and_signatures_stay_theirs(full, target, lead):
    members = packed(full, lead)
    raw = members["review.json"].decode().replace("ciso@example.com", "ciso@there.example")
    content = json.loads(raw)
    content["people"].append({"email": "root@there.example", "name": "Root", "role": "administrator"})
    arrival = brought(target, saying(members, content), lead)
    assert arrival.found["unknown"] == [
        ["CISO", "ciso@there.example", "CISO"],
        ["Root", "root@there.example", "Administrator"],
    ]
    assert [each[:2] for each in arrival.found["in_the_name_of"]] == [
        ["CISO", "ciso@there.example"],
        ["Legal", "legal@example.com"],
    ]
    assert not User.objects.filter(email__endswith="there.example").exists()

    arrivals.let_in(arrival, by=gatekeeper(target), shown=arrival.sha256)
    arrivals.move_in(arrival.pk)
    arrivals.move_in(arrival.pk)
    arrival.refresh_from_db()
    made = User.objects.get(email="ciso@there.example")
    assert (made.is_active, made.has_usable_password(), grants.vendors_of(made)) == (False, False, [])
    assert User.objects.get(email="root@there.example").role == Role.REVIEWER
    assert {each.name for each, _ in grants.people(target)} == {"Lead", "Gatekeeper"}
    signed = SignOff.objects.filter(item__review=arrival.review, item__statement__number=1).get()
    assert (signed.signer, signed.signer_name) == (made, "CISO")
    assert Item.objects.filter(review=arrival.review).count() == 12
    assert MovedReview.objects.get().content["review"]["slug"] == full.slug
    assert Event.objects.filter(event_type="person.created", target_id=made.pk).count() == 1
    assert Event.objects.filter(event_type="review.moved_in").get().actor_id == lead.pk
    day = timezone.localdate().isoformat()
    assert brought(target, saying(members, content), lead).problems == [
        f"This file was moved in before, on {day}, and a review is moved once."
    ]


def test_rule_05_nobody_lets_in_what_they_brought_and_only_a_ciso_does(full, target, lead, ciso):
    """Who made the file, nothing in it proves: else a lead could write a colleague's signatures by hand."""
    arrival = brought(target, packed(full, lead), lead)
    User.objects.filter(pk=lead.pk).update(role=Role.CISO)
    grants.give(lead, Access.SIGN, target)
    for who, why in (
        (User.objects.get(pk=lead.pk), "You brought this file, so somebody else lets it in"),
        (ciso, "Only a CISO who may sign at this vendor"),
    ):
        with pytest.raises(PermissionDenied, match=why):
            arrivals.let_in(arrival, by=who, shown=arrival.sha256)
    assert [arrivals.waiting(who) for who in (User.objects.get(pk=lead.pk), ciso)] == [[], []]
    assert arrivals.waiting(gatekeeper(target)) == [arrival]
    # Who can, is reminded of it from the next day on, until it is over.
    tomorrow = timezone.localdate() + timedelta(days=1)
    [told] = SOURCES[About.ARRIVAL].wanted(tomorrow)
    assert (told.person_id, told.step) == (gatekeeper(target).pk, "+1")
    reminder = Reminder(pk=1, about=About.ARRIVAL, **told._asdict())
    assert (
        SOURCES[About.ARRIVAL]
        .lines([reminder], tomorrow)[1]
        .text.startswith("A review from elsewhere, brought by Lead")
    )
    with pytest.raises(Refused, match="not the file you were shown"):
        arrivals.let_in(arrival, by=gatekeeper(target), shown="0" * 64)
    arrivals.move_in(arrival.pk)
    assert not MovedReview.objects.exists()
    arrivals.abandon(arrival, by=lead)
    assert list(SOURCES[About.ARRIVAL].wanted(tomorrow)) == []


def test_a_file_that_was_withheld_or_is_no_zip_is_for_reading(full, target, lead):
    alone = packing.json_alone(full, by=lead)
    arrival = brought(target, {"review.json": alone.raw}, lead)
    assert arrival.state == "refused"
    assert arrival.problems == [
        "4 of its files were withheld, so it is for reading: what was signed over them could not be shown here."
    ]
    assert brought(target, Upload(b"%PDF-1.7"), lead).problems == [
        "This is no ZIP with a review in it. Choose the file as it was made, with review.json and its files inside."
    ]


def test_what_was_signed_elsewhere_never_reads_as_signed_here(full, target, lead, ciso, client, settings):
    settings.ORGANISATION_NAME = "The other office"
    there = packed(full, lead)
    here = moved(target, there, lead)
    said_so = "CISO, not signed here: moved in from The other office"
    first = item(here, 1)
    assert first.signoffs.get().role_in_words == here.decisions.get().role_in_words == said_so
    assert item(full, 1).signoffs.get().role_in_words == "CISO"

    pages, manifest = snapshot.take(here.pk)
    suffix = "not signed here: moved in from The other office"
    assert [row["signature"]["role"].endswith(suffix) for row in pages["signatures"]] == [True] * 4
    assert (pages["approval"]["role"], pages["decisions"][0]["role"]) == (said_so, said_so)
    sealed = [row for each in manifest["items"] for row in each["signoffs"]] + manifest["decisions"]
    assert {row["moved_from"] for row in sealed} == {"The other office"}
    rows = sheet_rows.said(Item.objects.with_standing().filter(pk=first.pk), user=lead)
    assert rows[first.pk]["signed_by"] == f"CISO, {said_so}"
    client.force_login(lead)
    assert "moved in from The other office" in client.get(first.get_absolute_url()).text
    again = reassessments.trigger(here, by=lead, trigger=Trigger.INCIDENT, why="Leak.", numbers=[10])
    annex = snapshot.take(again.pk)[0]["again"]
    assert annex["chain"][0]["decision"].startswith(f"Hold, CISO, {suffix}, ")
    for path in (
        f"{here.get_absolute_url()}decision/",
        f"{here.get_absolute_url()}sync/?item=1",
        f"{here.get_absolute_url()}sync/?since={YESTERDAY}",
        f"{again.get_absolute_url()}difference/?show=all",
    ):
        assert "moved in from The other office" in client.get(path).text, path
    # What is signed here, were it the same words, is signed here.
    grants.give(ciso, Access.SIGN, target)
    waiting = item(here, 10)
    grants.give(waiting.holder, Access.SIGN, target)
    sign(waiting)
    assert item(here, 10).signoffs.get().role_in_words == "Legal"


def test_nothing_is_taken_over_that_was_signed_later_than_it_comes(full, target, lead):
    """Else it would read as signed here."""
    members = packed(full, lead)
    content = said(members)
    soon = (timezone.now() + timedelta(minutes=4)).isoformat()
    content["exported_at"] = content["items"][0]["signoffs"][0]["signed_at"] = soon
    assert brought(target, saying(members, content), lead).problems == [
        "/items/0/signoffs/0/signed_at: is later than the moment at which the file was made, or lies in the future."
    ]


def test_a_copy_with_its_files_is_a_reading_of_each_and_without_them_of_none(full, lead):
    packing.json_alone(full, by=lead)
    assert not Event.objects.filter(event_type="evidence.read").exists()
    versions = [version for each in said(packed(full, lead))["evidence"] for version in each["versions"]]
    read = Event.objects.filter(event_type="evidence.read", actor_id=lead.pk)
    assert {event.content_hash for event in read} == {f"sha256:{each['sha256']}" for each in versions}
    assert {event.after["copied_with"] for event in read} == {full.slug}
    assert "restricted" in {event.after["confidentiality"] for event in read}


def test_a_file_that_is_not_as_it_was_stored_refuses_the_copy_and_is_an_event(full, lead, files_dir):
    attached = Attachment.objects.get(answer__question__review=full)
    damaged = Version.objects.exclude(file="").exclude(sha256=attached.sha256).first()
    (files_dir / damaged.file.name).write_bytes(b"x")
    for same in Version.objects.filter(sha256=attached.sha256):
        (files_dir / same.file.name).unlink()
    with pytest.raises(Refused, match="this review is not whole here") as refusal:
        packing.with_files(full, by=lead)
    assert "The file in the storage has 1 bytes;" in str(refusal.value)
    found = Event.objects.filter(event_type="evidence.damaged", actor_id=lead.pk)
    assert {event.content_hash for event in found} == {f"sha256:{each.sha256}" for each in (damaged, attached)}
    assert not Event.objects.filter(event_type__in=["review.copied_out", "evidence.read"]).exists()
