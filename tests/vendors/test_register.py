"""Can vendors and what belongs to them be put on file, by the right people, with an event each?"""

import datetime

import pytest
from django.core.exceptions import PermissionDenied

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from vendors import register
from vendors.models import Contact, Deployment, Fact, Vendor


def last_event():
    return Event.objects.newest_first().first()


def test_the_creator_of_a_vendor_leads_it(lead_account):
    vendor = register.create_vendor(by=lead_account, name="Anthropic", description="", website="", trust_centre="")
    assert (vendor.slug, vendor.created_by) == ("anthropic", lead_account)
    assert grants.on(lead_account, vendor.pk) == {Access.LEAD}
    types = list(Event.objects.filter(vendor_id=vendor.pk).order_by("pk").values_list("event_type", flat=True))
    assert types == ["vendor.created", "grant.given"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Société Générale", "societe-generale"),
        ("株式会社", "vendor"),
        ("☂☂☂", "vendor"),
        ("new", "new-2"),
        ("-- __", "vendor"),
        ("A/B\\C", "abc"),
        ("x" * 120, "x" * 70),
    ],
)
def test_every_name_gets_a_usable_address(lead_account, name, slug):
    vendor = register.create_vendor(by=lead_account, name=name)
    assert vendor.slug == slug
    assert vendor.get_absolute_url() == f"/vendors/{slug}/"


def test_names_that_lead_to_the_same_address_are_numbered(lead_account):
    slugs = [register.create_vendor(by=lead_account, name=name).slug for name in ("株式会社", "有限会社", "合同会社")]
    assert slugs == ["vendor", "vendor-2", "vendor-3"]


def test_a_name_taken_in_this_very_moment_is_refused_in_words(lead_account, vendor):
    with pytest.raises(Refused, match="Someone just used this name"):
        register.create_vendor(by=lead_account, name="Anthropic")
    assert Vendor.objects.count() == 1


def test_a_change_says_only_what_changed_and_keeps_the_address(vendor, lead):
    changed = register.change_vendor(vendor, by=lead, name="Anthropic PBC", description="")
    assert (changed.name, changed.slug) == ("Anthropic PBC", "anthropic")
    assert (last_event().before, last_event().after) == ({"name": "Anthropic"}, {"name": "Anthropic PBC"})
    count = Event.objects.count()
    register.change_vendor(vendor, by=lead, name="Anthropic PBC", description="")
    assert Event.objects.count() == count


def test_a_deployments_event_names_its_data_classes(vendor, lead):
    deployment = register.add_deployment(
        vendor, by=lead, name="API", channel="claude_api", data_classes=["internal"], regimes=["gdpr"]
    )
    assert (last_event().event_type, last_event().data_categories) == ("deployment.created", ["internal"])
    register.change_deployment(deployment, by=lead, data_classes=["internal", "sensitive"])
    assert (last_event().before, last_event().after) == (
        {"data_classes": ["internal"]},
        {"data_classes": ["internal", "sensitive"]},
    )
    with pytest.raises(Refused, match="Someone just used this name"):
        register.add_deployment(vendor, by=lead, name="API", channel="other", data_classes=["public"], regimes=[])


def test_contacts_and_facts_stay_readable_in_the_log_when_deleted(vendor, reviewer):
    contact = register.add_contact(
        vendor, by=reviewer, name="Account manager", email="am@example.com", is_account_team=True
    )
    register.change_contact(contact, by=reviewer, email="team@example.com")
    contact.refresh_from_db()
    register.delete_contact(Contact.objects.get(pk=contact.pk), by=reviewer)
    register.delete_contact(contact, by=reviewer)
    assert Event.objects.filter(event_type="contact.deleted").count() == 1
    assert last_event().event_type == "contact.deleted"
    assert last_event().before["email"] == "team@example.com"
    day = datetime.date(2026, 11, 1)
    fact = register.add_fact(vendor, by=reviewer, text="Holds ISO 27001", source="Trust centre", seen_on=day)
    register.delete_fact(fact, by=reviewer)
    assert last_event().before["seen_on"] == "2026-11-01"
    assert (Contact.objects.count(), Fact.objects.count()) == (0, 0)


def test_the_domain_asks_who_may_whichever_way_the_request_comes(vendor, lead, reviewer, auditor, stranger, deployment):
    with pytest.raises(PermissionDenied, match="Only a review lead or the CISO adds a vendor"):
        register.create_vendor(by=reviewer, name="Other")
    with pytest.raises(PermissionDenied, match="Only a review lead of this vendor may do this"):
        register.change_vendor(vendor, by=reviewer, name="Other")
    with pytest.raises(PermissionDenied):
        register.change_deployment(deployment, by=stranger, regimes=[])
    with pytest.raises(PermissionDenied, match="You may read everything about this vendor and change nothing"):
        register.add_contact(vendor, by=auditor, name="x")
    with pytest.raises(PermissionDenied):
        register.add_fact(vendor, by=stranger, text="x", source="y", seen_on=datetime.date(2026, 1, 1))
    with pytest.raises(PermissionDenied, match="Nobody changes their own access"):
        register.give_access(vendor, lead, Access.SIGN, by=lead)
    with pytest.raises(PermissionDenied, match="Only a review lead of this vendor may do this"):
        register.give_access(vendor, stranger, Access.SIGN, by=reviewer)


def test_rule_24_a_vendor_whose_event_cannot_be_written_does_not_exist(lead_account, no_more_events):
    with pytest.raises(Exception, match="full"):
        register.create_vendor(by=lead_account, name="Anthropic")
    assert not Vendor.objects.exists()
    assert not Deployment.objects.exists()
