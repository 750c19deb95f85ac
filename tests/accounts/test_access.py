"""Who gives access to a vendor, and does it count at once and for that vendor only?"""

import pytest

from accounts import grants
from accounts.choices import Access, Role
from audit.models import Event
from vendors.models import Vendor


@pytest.fixture
def vendor(create_person):
    lead = create_person(Role.LEAD)
    return Vendor.objects.create(name="Anthropic", slug="anthropic", created_by=lead)


@pytest.fixture
def as_administrator(client, administrator):
    client.force_login(administrator)
    return client


def test_an_administrator_gives_access_by_the_vendors_name(as_administrator, vendor, ciso):
    as_administrator.post(f"/people/{ciso.pk}/access/give/", {"vendor": vendor.pk, "access": "sign"})
    assert grants.on(ciso, vendor.pk) == {Access.SIGN}
    event = Event.objects.newest_first().first()
    assert (event.event_type, event.target_id, event.workspace, event.after) == (
        "grant.given",
        str(ciso.pk),
        "Anthropic",
        {"access": "sign"},
    )


def test_an_administrator_takes_access_away(as_administrator, vendor, ciso):
    as_administrator.post(f"/people/{ciso.pk}/access/give/", {"vendor": vendor.pk, "access": "sign"})
    as_administrator.post(f"/people/{ciso.pk}/access/take/", {"vendor": vendor.pk, "access": "sign"})
    ciso.__dict__.pop("_accesses", None)
    assert grants.on(ciso, vendor.pk) == frozenset()
    assert Event.objects.newest_first().first().event_type == "grant.taken"


def test_rule_23_naming_a_vendor_does_not_show_it_to_the_administrator(as_administrator, vendor, ciso):
    assert "Anthropic" in as_administrator.get(f"/people/{ciso.pk}/").content.decode()
    assert as_administrator.get("/vendors/anthropic/").status_code == 404


def test_rule_05_an_administrator_gives_themselves_nothing(as_administrator, administrator, vendor):
    response = as_administrator.post(
        f"/people/{administrator.pk}/access/give/", {"vendor": vendor.pk, "access": "sign"}
    )
    assert response.status_code == 403
    assert grants.on(administrator, vendor.pk) == frozenset()


def test_others_give_nothing(client, vendor, ciso, reviewer):
    client.force_login(ciso)
    response = client.post(f"/people/{reviewer.pk}/access/give/", {"vendor": vendor.pk, "access": "review"})
    assert response.status_code == 403


@pytest.mark.parametrize("data", [{}, {"vendor": "x", "access": "sign"}, {"vendor": "999", "access": "sign"}])
def test_nonsense_gives_nothing(as_administrator, vendor, ciso, data):
    response = as_administrator.post(f"/people/{ciso.pk}/access/give/", data)
    assert response.status_code == 200
    assert response.context["access_form"].errors
    assert as_administrator.post(f"/people/{ciso.pk}/access/take/", data).status_code == 302


def test_grants_of_a_deactivated_person_count_for_nothing(vendor, ciso, administrator):
    grants.give(ciso, Access.SIGN, vendor, by=administrator)
    ciso.is_active = False
    ciso.save()
    assert grants.on(ciso, vendor.pk) == frozenset()
    assert list(Vendor.objects.visible_to(ciso)) == []
    assert list(grants.holders(vendor, Access.SIGN)) == []


def test_the_navigation_asks_nothing_until_it_is_printed(rf, ciso, django_assert_num_queries):
    from accounts.context import nav

    request = rf.get("/")
    request.user = ciso
    with django_assert_num_queries(0):
        navigation = nav(request)["nav"]
        assert navigation.is_administrator is False
    with django_assert_num_queries(1):
        assert navigation.sees_audit is False
