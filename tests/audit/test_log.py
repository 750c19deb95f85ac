"""Is an event written with its change or not at all, and does it say who, from where, about what? (rule 24)"""

import pytest
import time_machine
from django.db import transaction

from accounts import grants, people
from accounts.choices import Access
from audit import context, log
from audit.models import Event
from reviews import tasks
from tests.reviews.recurring import dates


@pytest.mark.django_db(transaction=True)
def test_rule_24_an_event_outside_the_transaction_of_its_change_is_a_mistake(administrator):
    with pytest.raises(RuntimeError, match="outside the transaction of its change"):
        log.record("person.changed", administrator)


def test_rule_24_a_change_that_is_rolled_back_leaves_no_event(administrator, stranger, vendor):
    before = Event.objects.count()

    @transaction.atomic
    def fails_at_the_end():
        grants.give(stranger, Access.REVIEW, vendor, by=administrator)
        people.deactivate(stranger, by=administrator)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_at_the_end()
    assert Event.objects.count() == before


def test_rule_24_a_change_whose_event_cannot_be_written_does_not_happen(
    administrator, stranger, vendor, no_more_events
):
    with pytest.raises(Exception, match="full"):
        grants.give(stranger, Access.REVIEW, vendor, by=administrator)
    stranger.__dict__.pop("_accesses", None)
    assert grants.on(stranger, vendor.pk) == frozenset()


def test_names_and_roles_are_frozen(administrator, ciso, vendor):
    grants.give(administrator, Access.AUDIT, vendor, by=ciso)
    ciso.name, ciso.role = "Someone else", "legal"
    ciso.save()
    event = Event.objects.newest_first().first()
    assert (event.actor_name, event.actor_role, event.workspace) == ("CISO", "CISO", "Anthropic")
    assert event.target_label == "Administrator (Administrator)"


def test_what_the_scheduler_does_is_done_by_countersign_and_a_failed_sign_in_by_nobody(vendor, lead, client):
    dates.add(vendor, lead)
    with time_machine.travel("2028-01-01T12:00:00Z"):
        tasks.plan_ahead.apply()
    client.post("/accounts/login/", {"login": "nobody@example.com", "password": "x"})
    found = Event.objects.newest_first().values_list("event_type", "actor_id", "actor_name")[:2]
    assert list(found) == [
        ("sign_in.failed", None, "nobody signed in"),
        ("obligation.planned", None, "Countersign"),
    ]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ciso\r\n2026 forged line", "ciso 2026 forged line"),
        ("a\u202eb\x00c\u2028d", "a b c d"),
        ("  much   air  ", "much air"),
        ("株式会社", "株式会社"),
    ],
)
def test_text_cannot_forge_a_line(typed, kept):
    assert log.one_line(typed, 300) == kept
    assert log.one_line("x" * 400, 300) == "x" * 300


def test_a_request_gives_its_id_address_and_session_to_its_events(client, administrator, stranger):
    client.force_login(administrator)
    response = client.post(
        f"/people/{stranger.pk}/deactivate/",
        headers={"X-Request-ID": "request-0042", "X-Forwarded-For": "198.51.100.7"},
    )
    event = Event.objects.newest_first().first()
    assert response["X-Request-ID"] == event.request_id == "request-0042"
    assert event.session_id == context.session_fingerprint(client.session.session_key)
    assert event.session_id not in client.session.session_key
    # No proxy is trusted here, so what the header claims is not believed.
    assert event.address == "127.0.0.1"


def test_behind_a_trusted_proxy_the_address_it_wrote_counts(client, administrator, stranger, settings):
    settings.TRUSTED_PROXY_COUNT = 1
    client.force_login(administrator)
    client.post(f"/people/{stranger.pk}/deactivate/", headers={"X-Forwarded-For": "10.0.0.1, 198.51.100.7"})
    assert Event.objects.newest_first().first().address == "198.51.100.7"


def test_a_request_id_that_could_forge_a_line_is_replaced(client, administrator):
    response = client.get("/accounts/login/", headers={"X-Request-ID": "x y; DROP"})
    assert len(response["X-Request-ID"]) == 32
