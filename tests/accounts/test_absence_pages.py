"""Can people say on the pages that they are away, and see who acts? Nothing typed is lost."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import grants
from accounts.choices import Access, Role
from accounts.models import Absence
from tests.accounts.test_absences import away
from tests.cast import person
from tests.reviews.conftest import text_of
from vendors.models import Vendor

FORM = {"starts_on": "2026-10-05", "ends_on": "2026-10-14"}


@pytest.fixture(autouse=True)
def first_of_october():
    with time_machine.travel("2026-10-01T09:00:00Z", tick=False):
        yield


@pytest.fixture
def vendor(reviewer):
    return Vendor.objects.create(name="Anthropic", slug="anthropic", created_by=reviewer)


@pytest.fixture
def legal(vendor, ciso):
    grants.give(ciso, Access.SIGN, vendor)
    return person("Legal", Role.LEGAL, vendor, Access.SIGN)


@pytest.fixture
def colleague(vendor):
    return person("Colleague", Role.REVIEWER, vendor, Access.REVIEW)


def plan(client, deputy, path="/profile/absences/new/", **changes):
    return client.post(path, FORM | {"deputy": deputy.pk} | changes, follow=True)


def choices(client, path="/profile/absences/new/"):
    return [choice.name for choice in client.get(path).context["form"].fields["deputy"].queryset]


def test_people_plan_their_absence_on_their_profile_and_take_it_back(client, ciso, legal):
    client.force_login(ciso)
    page = plan(client, legal)
    assert page.redirect_chain == [("/profile/#absences", 302)]
    assert "Planned: away 5 to 14 October 2026, Legal acts." in text_of(page)
    assert "Away 5 to 14 October 2026 Legal acts meanwhile" in text_of(page)
    absence = Absence.objects.get()
    page = client.post(f"/absences/{absence.pk}/cancel/", follow=True)
    assert page.redirect_chain == [("/profile/", 302)]
    assert "None planned." in text_of(page)


def test_the_deputy_reads_it_on_their_own_profile_and_in_their_menu(client, ciso, legal):
    away(ciso, legal)
    client.force_login(legal)
    page = text_of(client.get("/profile/"))
    assert "You act for The CISO away 1 to 14 October 2026" in page
    assert "You act for The CISO until 14 October 2026" in page
    client.force_login(ciso)
    assert "You are away until 14 October 2026, Legal acts" in text_of(client.get("/profile/"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ends_on": "2026-10-04"}, "The last day is before the first."),
        ({"starts_on": "2026-09-30"}, "An absence begins today, 1 October 2026, at the earliest."),
        ({"starts_on": "2026-10-20", "ends_on": "2026-10-25"}, "is away 20 to 21 October 2026 already"),
    ],
)
def test_what_is_refused_is_said_and_nothing_typed_is_lost(client, ciso, legal, changes, words):
    away(ciso, legal, 19, 20)
    client.force_login(ciso)
    page = plan(client, legal, **changes)
    assert page.status_code == 422
    assert words in text_of(page)
    typed = FORM | changes
    html = page.content.decode()
    assert f'value="{typed["starts_on"]}"' in html
    assert f'value="{typed["ends_on"]}"' in html
    assert f'<option value="{legal.pk}" selected>' in html
    assert Absence.objects.count() == 1


@pytest.mark.parametrize("typed", [{}, {"starts_on": "soon"}, {"starts_on": "2026-02-30"}, {"deputy": "me"}])
def test_what_is_no_day_and_nobody_is_said(client, ciso, legal, typed):
    client.force_login(ciso)
    page = client.post("/profile/absences/new/", typed)
    assert page.status_code == 422
    assert Absence.objects.count() == 0


def test_people_choose_among_those_they_share_a_vendor_with_and_administrators_anybody(
    client, ciso, legal, colleague, reviewer, administrator
):
    client.force_login(ciso)
    assert choices(client) == ["Colleague", "Legal"]
    assert plan(client, reviewer).status_code == 422
    client.force_login(reviewer)
    assert "There is nobody who could act" in text_of(client.get("/profile/absences/new/"))
    client.force_login(administrator)
    path = f"/people/{ciso.pk}/absences/new/"
    assert choices(client, path) == ["Colleague", "Legal", "The Reviewer"]
    assert plan(client, administrator, path).status_code == 422


def test_administrators_plan_and_cancel_on_a_persons_page(client, ciso, legal, administrator):
    client.force_login(administrator)
    page = plan(client, legal, f"/people/{ciso.pk}/absences/new/", starts_on="2026-10-01")
    assert page.redirect_chain == [(f"/people/{ciso.pk}/#absences", 302)]
    assert "away until 14 October 2026, Legal acts" in text_of(page)
    assert "Acts for The CISO" in text_of(client.get(f"/people/{legal.pk}/"))
    page = client.post(f"/absences/{Absence.objects.get().pk}/cancel/", follow=True)
    assert page.redirect_chain == [(f"/people/{ciso.pk}/", 302)]
    assert "away until" not in text_of(page)


def test_where_the_deputy_cannot_sign_is_said(client, ciso, legal, colleague):
    client.force_login(ciso)
    assert "nobody signs there" not in text_of(plan(client, legal))
    page = plan(client, colleague, starts_on="2026-11-01", ends_on="2026-11-02")
    assert "Colleague has no stakeholder's access to Anthropic: nobody signs there meanwhile." in text_of(page)


def test_rule_23_the_absence_of_another_does_not_exist(client, ciso, legal, colleague):
    absence = away(ciso, legal)
    for other in (legal, colleague):
        client.force_login(other)
        assert client.post(f"/absences/{absence.pk}/cancel/").status_code == 404
        assert client.get(f"/people/{ciso.pk}/absences/new/").status_code == 403
    absence.refresh_from_db()
    assert absence.cancelled_at is None


def test_an_absence_that_is_over_says_so(client, ciso, legal):
    absence = away(ciso, legal, 0, 1)
    client.force_login(ciso)
    with time_machine.travel("2026-10-04T09:00:00Z"):
        client.force_login(ciso)
        page = client.post(f"/absences/{absence.pk}/cancel/", follow=True)
        assert "This absence ended on 2 October 2026; what was done in it stays." in text_of(page)


def test_the_profile_costs_the_same_for_one_absence_and_for_thirty(client, ciso, legal):
    def cost():
        client.force_login(ciso)
        client.get("/profile/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/profile/")
        return len(queries)

    away(ciso, legal, 0, 0)
    away(person("Someone", Role.LEGAL), ciso)
    before = cost()
    for number in range(1, 30):
        away(ciso, legal, number, number)
        away(person(f"Someone {number}", Role.LEGAL), ciso)
    assert cost() == before
