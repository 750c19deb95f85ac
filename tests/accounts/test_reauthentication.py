"""Does only a real, fresh, own re-authentication open the window for signing? (rule 6)"""

import pytest
import time_machine
from allauth.core.context import request_context
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from accounts import reauthentication
from accounts.permissions import Refused
from audit.models import Event

NOW = "2026-11-21 12:00:00Z"


class Browser:
    """A signed-in browser that asks and confirms as a page that signs does."""

    def __init__(self, person, password):
        self.client = Client()
        self.person = person
        assert self.client.login(email=person.email, password=password)

    def request(self, person=None):
        request = RequestFactory().post("/")
        request.session = self.client.session
        request.user = person or self.person
        return request

    def is_recent(self):
        return reauthentication.is_recent(self.request())

    def confirm(self, password):
        request = self.request()
        with request_context(request):
            confirmed = reauthentication.confirm(request, password)
        request.session.save()
        return confirmed


@pytest.fixture
def browser(ciso, password):
    return Browser(ciso, password)


def test_rule_06_the_sign_in_itself_does_not_count(client, ciso, sign_in):
    sign_in(ciso)
    request = RequestFactory().get("/")
    request.session, request.user = client.session, ciso
    assert request.session["account_authentication_methods"][0]["method"] == "password"
    assert reauthentication.is_recent(request) is False
    assert reauthentication.seconds_left(request) == 0


def test_rule_06_the_right_password_opens_the_window_and_is_an_event(browser, password, ciso):
    assert browser.confirm(password) is True
    assert browser.is_recent() is True
    event = Event.objects.newest_first().first()
    assert (event.event_type, event.actor_id, event.after) == (
        "reauthentication.confirmed",
        ciso.pk,
        {"method": "password"},
    )


def test_a_wrong_password_is_refused_and_logged(browser, ciso):
    assert browser.confirm("not the password") is False
    assert browser.is_recent() is False
    event = Event.objects.newest_first().first()
    assert (event.event_type, event.actor_id) == ("reauthentication.failed", ciso.pk)
    assert "not the password" not in str(Event.objects.values())


def test_another_persons_password_is_refused(browser, create_person):
    other = create_person("legal")
    other.set_password("the password of legal")
    other.save()
    assert browser.confirm("the password of legal") is False


def test_rule_06_another_session_of_the_same_person_is_not_opened(browser, ciso, password):
    other = Browser(ciso, password)
    browser.confirm(password)
    assert browser.is_recent() is True
    assert other.is_recent() is False


def test_the_proof_of_one_person_does_not_serve_another_in_the_same_browser(browser, password, reviewer):
    browser.confirm(password)
    assert reauthentication.is_recent(browser.request(person=reviewer)) is False
    assert reauthentication.is_recent(browser.request(person=AnonymousUser())) is False


def test_rule_06_the_window_closes_after_five_minutes(browser, password):
    with time_machine.travel(NOW, tick=False) as clock:
        browser.confirm(password)
        assert reauthentication.seconds_left(browser.request()) == 300
        clock.shift(299)
        assert reauthentication.seconds_left(browser.request()) == 1
        clock.shift(1)
        assert reauthentication.seconds_left(browser.request()) == 0
        assert browser.is_recent() is False


def test_the_window_is_a_setting(browser, password, settings):
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 60
    with time_machine.travel(NOW, tick=False) as clock:
        browser.confirm(password)
        clock.shift(60)
        assert browser.is_recent() is False


def test_a_clock_that_was_turned_back_opens_nothing(browser, password):
    with time_machine.travel(NOW, tick=False) as clock:
        browser.confirm(password)
        clock.shift(-3600)
        assert browser.is_recent() is False


def test_the_window_closes_with_the_session(browser, password):
    browser.confirm(password)
    browser.client.logout()
    assert browser.is_recent() is False


def test_attempts_are_limited_and_the_right_password_does_not_help_then(browser, password):
    for _ in range(10):
        assert browser.confirm("wrong") is False
    with pytest.raises(Refused, match="Too many attempts"):
        browser.confirm(password)
    assert browser.is_recent() is False


def test_failed_sign_ins_from_elsewhere_do_not_keep_a_person_from_signing(browser, ciso, password, sign_in):
    for _ in range(8):
        sign_in(ciso, with_client=Client(REMOTE_ADDR="203.0.113.9"), password="wrong")
    assert browser.confirm(password) is True


def test_a_deactivated_person_confirms_nothing(browser, ciso, password):
    ciso.is_active = False
    ciso.save()
    assert browser.confirm(password) is False


def test_the_page_of_the_sign_in_library_opens_the_same_window(client, ciso, sign_in, password):
    sign_in(ciso)
    client.post("/accounts/reauthenticate/", {"password": password, "next": "/profile/"})
    request = RequestFactory().get("/")
    request.session, request.user = client.session, ciso
    assert reauthentication.is_recent(request) is True


def test_rule_24_a_confirmation_that_cannot_be_written_down_opens_nothing(browser, password, no_more_events):
    with pytest.raises(Exception, match="full"):
        browser.confirm(password)
    assert browser.is_recent() is False
