"""People who sign in."""

import pytest

from accounts.choices import Role
from accounts.models import User
from tests.unwritable import no_more_events  # noqa: F401

PASSWORD = "a long password for tests"


@pytest.fixture
def password():
    return PASSWORD


@pytest.fixture
def create_person(db):
    def create(role, name=None, **fields):
        name = name or f"The {Role(role).label}"
        return User.objects.create_user(
            f"{name.lower().replace(' ', '-')}@example.com", PASSWORD, name=name, role=role, **fields
        )

    return create


@pytest.fixture
def ciso(create_person):
    return create_person(Role.CISO)


@pytest.fixture
def reviewer(create_person):
    return create_person(Role.REVIEWER)


@pytest.fixture
def administrator(create_person):
    return create_person(Role.ADMINISTRATOR)


@pytest.fixture
def sign_in(client, password):
    """Sign in as a person does: through the page."""

    def do(person, with_client=client, password=password):
        return with_client.post("/accounts/login/", {"login": person.email, "password": password})

    return do
