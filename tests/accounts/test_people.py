"""Can people be added, changed and deactivated, by administrators only, with an event each?"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client

from accounts import grants, people
from accounts.choices import Access, Role
from accounts.models import User
from accounts.permissions import Refused
from audit.models import Event


def events():
    return list(Event.objects.order_by("pk").values_list("event_type", flat=True))


def test_a_new_person_gets_a_link_to_set_a_password(client, administrator, mailoutbox, sign_in):
    client.force_login(administrator)
    response = client.post("/people/new/", {"name": "株式会社 担当", "email": "New@Example.com", "role": "legal"})
    person = User.objects.get(email="new@example.com")
    assert response.url == f"/people/{person.pk}/"
    assert (person.name, person.role, person.has_usable_password()) == ("株式会社 担当", "legal", False)
    assert events()[-2:] == ["person.created", "person.invited"]
    assert mailoutbox[0].to == ["new@example.com"]
    link = next(word for word in mailoutbox[0].body.split() if word.startswith("http"))
    visitor = Client()
    form = visitor.get(link, follow=True)
    new = "a long password of their own"
    visitor.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    assert sign_in(person, with_client=visitor, password=new).url == "/"


def test_a_mail_server_that_fails_is_said_and_the_person_stays(client, administrator, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    client.force_login(administrator)
    response = client.post("/people/new/", {"name": "New", "email": "new@example.com", "role": "legal"}, follow=True)
    assert response.status_code == 200
    assert "The mail to new@example.com was not sent" in response.content.decode()
    assert User.objects.filter(email="new@example.com").exists()
    assert events()[-1] == "person.created"


def test_an_address_belongs_to_one_person(client, administrator, ciso):
    client.force_login(administrator)
    response = client.post("/people/new/", {"name": "Second", "email": "THE-ciso@example.com", "role": "legal"})
    assert response.context["form"].errors["email"] == [
        "Another person signs in with this e-mail address: each address belongs to one person."
    ]
    with pytest.raises(Refused, match="each e-mail address belongs to one person"):
        people.create_person(name="Second", email=ciso.email.upper(), role=Role.LEGAL, by=administrator)


def test_names_hold_no_invisible_characters(client, administrator):
    client.force_login(administrator)
    response = client.post("/people/new/", {"name": "a\u202eb", "email": "x@example.com", "role": "legal"})
    assert response.context["form"].errors["name"] == ["A name cannot hold invisible characters: type it again."]


def test_a_change_says_before_and_after(administrator, ciso):
    people.change_person(ciso, by=administrator, name="New name", email="Other@example.com", role=ciso.role)
    event = Event.objects.newest_first().first()
    assert (event.before, event.after) == (
        {"name": "The CISO", "email": "the-ciso@example.com"},
        {"name": "New name", "email": "other@example.com"},
    )


def test_a_change_of_nothing_is_no_event(administrator, ciso):
    people.change_person(ciso, by=administrator, name=ciso.name, email=ciso.email, role=ciso.role)
    assert events() == []


def test_only_administrators_act_on_people(ciso, reviewer):
    with pytest.raises(PermissionDenied):
        people.create_person(name="New", email="new@example.com", role=Role.LEGAL, by=ciso)
    with pytest.raises(PermissionDenied):
        people.change_person(reviewer, by=reviewer, role=Role.ADMINISTRATOR)
    with pytest.raises(PermissionDenied):
        people.deactivate(reviewer, by=ciso)
    with pytest.raises(PermissionDenied):
        people.reactivate(reviewer, by=ciso)


def test_nobody_deactivates_or_demotes_themselves(administrator, create_person):
    create_person(Role.ADMINISTRATOR, name="Second administrator")
    with pytest.raises(Refused, match="You cannot deactivate yourself"):
        people.deactivate(administrator, by=administrator)
    with pytest.raises(Refused, match="You cannot change your own role"):
        people.change_person(administrator, by=administrator, role=Role.CISO)


def test_the_last_active_administrator_stays(administrator, create_person):
    second = create_person(Role.ADMINISTRATOR, name="Second administrator")
    people.deactivate(second, by=administrator)
    # Someone who was deactivated a moment ago may still have a request under way.
    with pytest.raises(Refused, match="last active administrator"):
        people.deactivate(administrator, by=second)
    with pytest.raises(Refused, match="last active administrator"):
        people.change_person(administrator, by=second, role=Role.LEGAL)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_remove_each_other_at_once_leave_one(administrator, create_person):
    second = create_person(Role.ADMINISTRATOR, name="Second administrator")
    for _ in range(10):
        start = threading.Barrier(2)

        def remove(person, by, start=start):
            start.wait()
            try:
                people.deactivate(person, by=by)
            except Refused as refusal:
                return str(refusal)
            finally:
                connection.close()
            return "done"

        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(remove, administrator, second), pool.submit(remove, second, administrator)]
            assert sum(answer.result() == "done" for answer in answers) == 1
        assert User.objects.active().filter(role=Role.ADMINISTRATOR).count() == 1
        User.objects.update(is_active=True)


def test_deactivating_and_reactivating_are_events_once(administrator, ciso):
    people.deactivate(ciso, by=administrator, reason="Left the company")
    people.deactivate(ciso, by=administrator)
    people.reactivate(ciso, by=administrator)
    people.reactivate(ciso, by=administrator)
    assert events() == ["person.deactivated", "person.reactivated"]
    assert Event.objects.order_by("pk").first().reason == "Left the company"


def test_a_deactivated_person_is_not_invited(administrator, ciso, mailoutbox):
    people.deactivate(ciso, by=administrator)
    ciso.refresh_from_db()
    with pytest.raises(Refused, match="reactivate the account first"):
        people.invite(ciso, by=administrator)
    assert mailoutbox == []


def test_people_say_how_they_are_called(client, ciso):
    client.force_login(ciso)
    client.post("/profile/", {"name": "Chief", "role": "administrator", "email": "other@example.com"})
    ciso.refresh_from_db()
    assert (ciso.name, ciso.role, ciso.email) == ("Chief", "ciso", "the-ciso@example.com")
    assert events()[-1] == "person.changed"


def test_rule_24_a_person_whose_event_cannot_be_written_is_not_changed(administrator, ciso, no_more_events):
    with pytest.raises(Exception, match="full"):
        people.deactivate(ciso, by=administrator)
    ciso.refresh_from_db()
    assert ciso.is_active is True


@pytest.mark.parametrize("path", ["/people/", "/people/new/", "/people/1/", "/people/999/", "/settings/"])
def test_rule_23_others_read_the_rule(client, ciso, path):
    client.force_login(ciso)
    response = client.get(path)
    assert response.status_code == 403
    assert "Only administrators manage people and settings." in response.content.decode()


def test_the_list_is_searched_and_costs_the_same_at_1_and_at_30_rows(
    client, administrator, create_person, django_assert_num_queries
):
    client.force_login(administrator)
    client.get("/people/")  # warms what a process keeps
    with django_assert_num_queries(6):
        client.get("/people/")
    for number in range(30):
        create_person(Role.REVIEWER, name=f"Reviewer {number}")
    with django_assert_num_queries(6):
        response = client.get("/people/")
    assert response.context["page"].paginator.count == 31
    found = client.get("/people/?q=REVIEWER+29").context["page"].object_list
    assert [person.name for person in found] == ["Reviewer 29"]


def test_a_broken_search_shows_everyone(client, administrator):
    client.force_login(administrator)
    assert client.get("/people/?q=%00&page=x").status_code == 200


def test_settings_are_shown_with_their_variables(client, administrator, settings):
    client.force_login(administrator)
    page = client.get("/settings/").content.decode()
    assert settings.SECRET_KEY not in page
    for shown in ("Our organisation", "ORGANISATION_NAME", "100 MB", "UPLOAD_LIMIT_MB", "5 min", "COUNTERSIGN_MODE"):
        assert shown in page


def test_rule_05_nobody_gives_or_takes_access_of_their_own(administrator, reviewer, vendor):
    grants.give(reviewer, Access.REVIEW, vendor)
    for by in (administrator, reviewer):
        with pytest.raises(PermissionDenied):
            people.give_access(by, vendor=vendor, access=Access.SIGN, by=by)
        with pytest.raises(PermissionDenied):
            people.take_access(by, vendor=vendor, access=Access.REVIEW, by=by)
    assert dict(grants.of(administrator)) == {}
    assert grants.on(reviewer, vendor.pk) == {Access.REVIEW}
