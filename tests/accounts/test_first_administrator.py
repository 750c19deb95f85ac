"""Can an installation get its first administrator, and another one when nobody can sign in, without a password typed anywhere?"""

import datetime
import io
import re

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from audit.models import Event

EMAIL = "first@example.com"


def create(*words):
    out = io.StringIO()
    call_command("create_administrator", *words, stdout=out)
    return out.getvalue()


def path_in(said):
    return re.search(r"https?://[^/]+(/\S+)", said)[1]


def set_password(client, path, password):
    form = client.get(path, follow=True)
    return client.post(form.redirect_chain[-1][0], {"password1": password, "password2": password})


def test_the_first_administrator_sets_a_password_with_the_link_and_signs_in(client, db, sign_in, password):
    said = create(EMAIL, "--name", "Head of IT")
    assert said.startswith("Head of IT administers this installation and signs in as first@example.com.\n")
    person = User.objects.get()
    assert (person.role, person.is_active, person.has_usable_password()) == (Role.ADMINISTRATOR, True, False)
    assert not person.is_superuser

    assert set_password(client, path_in(said), password).status_code == 302
    assert sign_in(person).url == "/"
    assert client.get("/people/").status_code == 200


def test_the_link_works_once_and_for_three_days(client, db, password):
    path = path_in(create(EMAIL))
    with time_machine.travel(timezone.now() + datetime.timedelta(days=3, minutes=1)):
        assert "This link no longer works" in client.get(path, follow=True).content.decode()
    set_password(client, path, password)
    assert "This link no longer works" in client.get(path, follow=True).content.decode()


def test_both_are_in_the_log_and_the_link_is_not(db):
    said = create(EMAIL)
    created, invited = Event.objects.order_by("pk")
    assert (created.event_type, invited.event_type) == ("person.created", "person.invited")
    assert created.after == {"name": "Administrator", "email": EMAIL, "role": "administrator", "active": True}
    assert created.actor_name == "Countersign"
    assert created.reason == invited.reason == "By the command create_administrator, on the machine."
    assert path_in(said).split("-", 1)[1].strip("/") not in str(Event.objects.values())


def test_where_one_is_already_it_takes_the_word_another(administrator):
    with pytest.raises(CommandError, match="There is an administrator already"):
        create(EMAIL)
    assert User.objects.count() == 1
    create(EMAIL, "--another")
    assert User.objects.filter(role=Role.ADMINISTRATOR).count() == 2


def test_a_deactivated_administrator_does_not_count(administrator):
    User.objects.update(is_active=False)
    create(EMAIL)
    assert User.objects.active().get().email == EMAIL


def test_a_known_person_becomes_administrator_and_may_sign_in_again(client, ciso, sign_in, password):
    User.objects.update(is_active=False)
    said = create(ciso.email.upper())
    ciso.refresh_from_db()
    assert (ciso.role, ciso.name, ciso.is_active) == (Role.ADMINISTRATOR, "The CISO", True)
    changed = Event.objects.get(event_type="person.changed")
    assert (changed.before["role"], changed.before["active"]) == ("ciso", False)
    assert (changed.after["role"], changed.after["active"]) == ("administrator", True)
    set_password(client, path_in(said), "a new long password")
    assert sign_in(ciso, password="a new long password").url == "/"


def test_what_is_no_address_is_refused_in_words(db):
    with pytest.raises(CommandError, match="Enter a valid email address"):
        create("not an address")
    assert not User.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("origins", "hosts", "address"),
    [
        (["https://review.example.com"], ["internal.example.com"], "https://review.example.com"),
        (["https://*.example.com", "https://review.example.com/"], [".example.com"], "https://review.example.com"),
        (["https://*.example.com"], [".example.com", "review.example.com"], "https://review.example.com"),
    ],
)
def test_in_production_the_link_leads_to_the_address_people_use(db, settings, origins, hosts, address):
    settings.EMBEDDED, settings.CSRF_TRUSTED_ORIGINS, settings.ALLOWED_HOSTS = False, origins, hosts
    assert f"\n{address}/accounts/password/reset/key/" in create(EMAIL)


def test_without_an_address_there_is_no_link_and_nobody_new(db, settings):
    settings.EMBEDDED, settings.CSRF_TRUSTED_ORIGINS, settings.ALLOWED_HOSTS = False, [], [".example.com"]
    with pytest.raises(CommandError, match="names one address"):
        create(EMAIL)
    assert not User.objects.exists()


def test_djangos_own_command_is_refused(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long password for tests")
    with pytest.raises(CommandError, match="create_administrator"):
        call_command("createsuperuser", "--no-input", "--email", EMAIL, "--name", "Somebody")
    assert not User.objects.exists()
