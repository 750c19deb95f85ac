"""Does signing in, failing to and signing out work, and is each written down? (rule 24)"""

import pytest
from django.test import Client

from accounts import people
from accounts.models import User
from audit.context import session_fingerprint
from audit.models import Event


def last_event():
    return Event.objects.newest_first().first()


def test_signing_in_leads_to_my_work_and_is_an_event(client, ciso, sign_in):
    response = sign_in(ciso)
    assert (response.status_code, response.url) == (302, "/")
    event = last_event()
    assert (event.event_type, event.actor_id, event.actor_name, event.actor_role) == (
        "sign_in.succeeded",
        ciso.pk,
        "The CISO",
        "CISO",
    )
    assert event.address == "127.0.0.1"
    assert event.session_id == session_fingerprint(client.session.session_key)


def test_the_address_is_not_case_sensitive(client, ciso, password):
    response = client.post("/accounts/login/", {"login": "THE-CISO@Example.COM", "password": password})
    assert response.status_code == 302


def test_a_wrong_password_is_an_event_that_does_not_hold_it(ciso, sign_in):
    response = sign_in(ciso, password="hunter2-hunter2")
    assert response.status_code == 200
    assert "This e-mail address and password do not belong together." in response.content.decode()
    event = last_event()
    assert (event.event_type, event.target_id, event.target_label) == ("sign_in.failed", str(ciso.pk), ciso.email)
    assert (event.actor_id, event.actor_name) == (None, "nobody signed in")
    assert "hunter2" not in str(Event.objects.values())


def test_an_unknown_address_is_kept_as_it_was_typed(client, db):
    client.post("/accounts/login/", {"login": "nobody@example.com", "password": "x"})
    event = last_event()
    assert (event.event_type, event.target_id, event.target_label) == ("sign_in.failed", "", "nobody@example.com")


def test_known_and_unknown_addresses_are_answered_alike(client, ciso):
    known = client.post("/accounts/login/", {"login": ciso.email, "password": "wrong"})
    unknown = client.post("/accounts/login/", {"login": "nobody@example.com", "password": "wrong"})
    assert known.status_code == unknown.status_code == 200
    assert known.context["form"].errors == unknown.context["form"].errors


def test_too_many_failures_are_refused_and_logged(ciso, sign_in):
    for _ in range(5):
        sign_in(ciso, password="wrong")
    response = sign_in(ciso)
    assert "Too many failed attempts." in response.content.decode()
    assert (last_event().event_type, last_event().reason) == ("sign_in.failed", "Too many failed attempts.")


def test_signing_out_is_an_event(client, ciso, sign_in):
    sign_in(ciso)
    client.post("/accounts/logout/")
    assert (last_event().event_type, last_event().actor_id) == ("sign_out", ciso.pk)
    assert client.get("/profile/").status_code == 302


def test_a_deactivated_person_cannot_sign_in(client, ciso, sign_in):
    User.objects.filter(pk=ciso.pk).update(is_active=False)
    response = sign_in(ciso)
    assert response.url == "/accounts/inactive/"
    assert last_event().event_type == "sign_in.failed"
    assert client.get("/profile/").status_code == 302


def test_a_deactivated_person_loses_the_session_at_the_next_request(client, ciso, administrator, sign_in):
    sign_in(ciso)
    assert client.get("/profile/").status_code == 200
    people.deactivate(ciso, by=administrator)
    assert client.get("/profile/").url == "/accounts/login/?next=/profile/"
    people.reactivate(ciso, by=administrator)
    assert client.get("/profile/").status_code == 302


def test_nobody_signs_up(client, db):
    response = client.post(
        "/accounts/signup/",
        {"email": "new@example.com", "password1": "a long password 77", "password2": "a long password 77"},
    )
    assert response.status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize("path", ["/accounts/email/", "/accounts/confirm-email/", "/accounts/login/code/confirm/"])
def test_the_other_pages_of_the_sign_in_library_do_not_exist(client, ciso, path):
    client.force_login(ciso)
    assert client.get(path).status_code == 404


def test_changing_the_password_ends_other_sessions_and_is_an_event(client, ciso, sign_in, password):
    other = Client()
    sign_in(ciso)
    sign_in(ciso, with_client=other)
    new = "another long password"
    response = client.post("/accounts/password/change/", {"oldpassword": password, "password1": new, "password2": new})
    assert response.url == "/profile/"
    assert (last_event().event_type, last_event().actor_id) == ("password.changed", ciso.pk)
    assert client.get("/profile/").status_code == 200
    assert other.get("/profile/").status_code == 302
    assert new not in str(Event.objects.values())


def test_a_forgotten_password_is_reset_by_a_link_that_works_once(client, ciso, sign_in, mailoutbox):
    client.post("/accounts/password/reset/", {"email": ciso.email})
    assert last_event().event_type == "password.reset_requested"
    link = next(word for word in mailoutbox[0].body.split() if word.startswith("http"))
    new = "another long password"
    form = client.get(link, follow=True)
    response = client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    assert response.status_code == 302
    assert (last_event().event_type, last_event().actor_id) == ("password.reset", ciso.pk)
    assert "This link no longer works" in Client().get(link, follow=True).content.decode()
    assert sign_in(ciso, password=new).url == "/"


def test_asking_for_a_link_for_an_unknown_address_answers_alike(client, ciso, mailoutbox):
    known = client.post("/accounts/password/reset/", {"email": ciso.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert [mail.to for mail in mailoutbox] == [[ciso.email], ["nobody@example.com"]]


def test_rule_24_a_sign_in_that_cannot_be_written_down_does_not_happen(client, ciso, password, no_more_events):
    client.raise_request_exception = False
    response = client.post("/accounts/login/", {"login": ciso.email, "password": password})
    assert response.status_code == 500
    ciso.refresh_from_db()
    assert ciso.last_login is None
    assert client.get("/profile/").status_code == 302
