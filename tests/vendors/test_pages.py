"""Do the vendor pages show what one may see, and refuse the rest as rule 23 says?"""

import pytest

from accounts import grants
from accounts.choices import Access
from vendors import register
from vendors.models import Contact, Deployment, Fact, Vendor


@pytest.fixture
def contact(vendor, lead):
    return register.add_contact(vendor, by=lead, name="Account manager", is_account_team=True)


@pytest.fixture
def fact(vendor, lead):
    return register.add_fact(
        vendor, by=lead, text="Publishes a SOC 2 report", source="Trust centre", seen_on="2026-11-01"
    )


@pytest.fixture
def as_lead(client, lead):
    client.force_login(lead)
    return client


def test_the_list_holds_the_vendors_one_has_access_to(client, vendor, reviewer, lead_account):
    Vendor.objects.create(name="Hidden vendor", slug="hidden", created_by=lead_account)
    client.force_login(reviewer)
    text = client.get("/vendors/").content.decode()
    assert "Anthropic" in text
    assert "Hidden vendor" not in text
    assert "Only a review lead or the CISO adds a vendor." in text
    assert "Hidden" not in client.get("/vendors/?q=vendor").content.decode()


def test_the_list_is_searched(as_lead, vendor):
    assert "Anthropic" in as_lead.get("/vendors/?q=anTHRO").content.decode()
    assert "No vendor matches" in as_lead.get("/vendors/?q=other").content.decode()
    assert as_lead.get("/vendors/?q=%00&page=zero").status_code == 200


def test_the_list_costs_the_same_at_1_and_at_30_rows(as_lead, lead, vendor, django_assert_num_queries):
    with django_assert_num_queries(7):
        as_lead.get("/vendors/")
    for number in range(30):
        other = register.create_vendor(by=lead, name=f"Vendor {number}")
        register.add_deployment(other, by=lead, name="API", channel="claude_api", data_classes=["public"], regimes=[])
    with django_assert_num_queries(7):
        response = as_lead.get("/vendors/")
    assert response.context["page"].paginator.count == 31


def test_counts_do_not_multiply_each_other(as_lead, vendor, review, evidence, lead):
    register.add_deployment(vendor, by=lead, name="API", channel="claude_api", data_classes=["public"], regimes=[])
    row = as_lead.get("/vendors/").context["page"].object_list[0]
    assert (row.deployment_count, row.review_count, row.evidence_count) == (2, 1, 1)


def test_the_page_shows_deployments_reviews_contacts_facts_and_people(
    as_lead, vendor, review, evidence, contact, fact, auditor
):
    text = as_lead.get("/vendors/anthropic/").content.decode()
    for part in (
        "Claude Enterprise",
        "Internal, Confidential",
        "GDPR, HIPAA",
        review.title,
        "Account manager",
        "account team",
        "Publishes a SOC 2 report",
        "Auditor: read everything, change nothing",
        "/vendors/anthropic/evidence/",
    ):
        assert part in text


def test_the_page_costs_the_same_with_1_and_with_30_of_everything(
    as_lead, lead, vendor, deployment, contact, fact, django_assert_num_queries
):
    with django_assert_num_queries(19):
        as_lead.get("/vendors/anthropic/")
    for number in range(30):
        register.add_contact(vendor, by=lead, name=f"Contact {number}")
        register.add_fact(vendor, by=lead, text=f"Fact {number}", source="Page", seen_on="2026-11-01")
        register.add_deployment(vendor, by=lead, name=f"D {number}", channel="other", data_classes=[], regimes=[])
    with django_assert_num_queries(19):
        as_lead.get("/vendors/anthropic/")


def test_an_auditor_reads_everything_and_finds_no_button(client, vendor, auditor, contact, fact):
    client.force_login(auditor)
    text = client.get("/vendors/anthropic/").content.decode()
    assert "Publishes a SOC 2 report" in text
    assert "Only a review lead of this vendor may do this." in text
    for act in ("Delete", "Take away", "New contact", "New deployment", ">Edit<"):
        assert act not in text


@pytest.mark.parametrize(
    "path",
    [
        "",
        "edit/",
        "deployments/new/",
        "deployments/{deployment}/",
        "contacts/new/",
        "contacts/{contact}/edit/",
        "contacts/{contact}/delete/",
        "facts/new/",
        "facts/{fact}/edit/",
        "facts/{fact}/delete/",
        "access/give/",
        "access/take/",
    ],
)
def test_rule_23_what_one_may_not_see_does_not_exist(client, stranger, vendor, deployment, contact, fact, path):
    client.force_login(stranger)
    path = "/vendors/anthropic/" + path.format(deployment=deployment.pk, contact=contact.pk, fact=fact.pk)
    post_only = path.endswith(("/delete/", "/give/", "/take/"))
    assert client.get(path).status_code == (405 if post_only else 404)
    assert client.post(path).status_code == (405 if path == "/vendors/anthropic/" else 404)


def test_a_part_of_another_vendor_is_not_reached_through_ones_own(as_lead, lead, vendor, contact):
    register.create_vendor(by=lead, name="Other")
    assert as_lead.get(f"/vendors/other/contacts/{contact.pk}/edit/").status_code == 404


@pytest.mark.parametrize("path", ["edit/", "deployments/new/", "contacts/new/", "facts/new/"])
def test_rule_23_what_one_may_not_do_is_said(client, auditor, vendor, path):
    client.force_login(auditor)
    response = client.get(f"/vendors/anthropic/{path}")
    assert response.status_code == 403
    assert "this vendor" in response.content.decode()


def test_a_vendor_is_created_through_the_page(client, lead_account):
    client.force_login(lead_account)
    response = client.post("/vendors/new/", {"name": "株式会社  例", "website": "example.com"})
    vendor = Vendor.objects.get()
    assert (response.url, vendor.name, vendor.website) == ("/vendors/vendor/", "株式会社 例", "https://example.com")
    assert client.get(response.url).status_code == 200


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "Other", "website": "javascript:alert(1)"}, "website"),
        ({"name": "Other", "trust_centre": "ftp://example.com/"}, "trust_centre"),
        ({"name": "Other", "description": "x" * 2001}, "description"),
        ({"name": "Anthropic"}, "name"),
    ],
)
def test_a_wrong_vendor_is_refused_in_the_form(as_lead, vendor, data, field):
    response = as_lead.post("/vendors/new/", data)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert Vendor.objects.count() == 1


def test_a_deployment_is_created_and_changed(as_lead, vendor):
    data = {"name": "API", "channel": "claude_api", "data_classes": ["internal"], "regimes": ["gdpr", "hipaa"]}
    as_lead.post("/vendors/anthropic/deployments/new/", data)
    deployment = Deployment.objects.get()
    assert (deployment.data_classes, deployment.regimes) == (["internal"], ["gdpr", "hipaa"])
    as_lead.post(deployment.get_absolute_url(), data | {"regimes": [], "channel": "bedrock"})
    deployment.refresh_from_db()
    assert (deployment.regimes, deployment.channel) == ([], "bedrock")


def test_a_deployment_needs_data_classes_and_a_name_of_its_own(as_lead, deployment):
    response = as_lead.post("/vendors/anthropic/deployments/new/", {"name": "Claude Enterprise", "channel": "x"})
    errors = response.context["form"].errors
    assert errors["data_classes"] == ["Say which data may go through this deployment."]
    assert errors["name"] == ["This vendor has a deployment of this name: choose another."]
    assert "channel" in errors


def test_who_does_not_lead_reads_a_deployment_and_changes_nothing(client, reviewer, deployment):
    client.force_login(reviewer)
    assert "Claude Enterprise" in client.get(deployment.get_absolute_url()).content.decode()
    assert client.post(deployment.get_absolute_url(), {"name": "x"}).status_code == 403


def test_contacts_and_facts_are_kept_by_who_works_on_the_vendor(client, reviewer, vendor):
    client.force_login(reviewer)
    client.post("/vendors/anthropic/contacts/new/", {"name": "Account manager", "email": "am@example.com"})
    contact = Contact.objects.get()
    client.post(f"/vendors/anthropic/contacts/{contact.pk}/edit/", {"name": "Manager", "is_account_team": "on"})
    contact.refresh_from_db()
    assert (contact.name, contact.email, contact.is_account_team) == ("Manager", "", True)
    client.post(f"/vendors/anthropic/contacts/{contact.pk}/delete/")
    assert not Contact.objects.exists()
    client.post(
        "/vendors/anthropic/facts/new/", {"text": "Holds ISO 27001", "source": "Trust centre", "seen_on": "2026-11-01"}
    )
    fact = Fact.objects.get()
    client.post(f"/vendors/anthropic/facts/{fact.pk}/delete/")
    assert client.post(f"/vendors/anthropic/facts/{fact.pk}/delete/").status_code == 404


def test_a_fact_was_not_seen_in_the_future(as_lead, vendor):
    response = as_lead.post("/vendors/anthropic/facts/new/", {"text": "x", "source": "y", "seen_on": "2999-01-01"})
    assert response.context["form"].errors["seen_on"] == ["This day has not come yet: write the day you read it."]


def test_a_lead_gives_and_takes_access(as_lead, vendor, stranger):
    as_lead.post("/vendors/anthropic/access/give/", {"person": stranger.pk, "access": "review"})
    assert grants.on(stranger, vendor.pk) == {Access.REVIEW}
    as_lead.post("/vendors/anthropic/access/take/", {"person": stranger.pk, "access": "review"})
    del stranger._accesses
    assert grants.on(stranger, vendor.pk) == frozenset()


@pytest.mark.parametrize("access", ["give", "take"])
def test_rule_05_a_lead_does_not_change_their_own_access(as_lead, lead, vendor, access):
    as_lead.post(f"/vendors/anthropic/access/{access}/", {"person": lead.pk, "access": "sign"})
    as_lead.post(f"/vendors/anthropic/access/{access}/", {"person": lead.pk, "access": "lead"})
    lead.__dict__.pop("_accesses", None)
    assert grants.on(lead, vendor.pk) == {Access.LEAD}


def test_who_does_not_lead_gives_no_access(client, ciso, vendor, stranger):
    client.force_login(ciso)
    response = client.post("/vendors/anthropic/access/give/", {"person": stranger.pk, "access": "lead"})
    assert response.status_code == 403
    assert grants.on(stranger, vendor.pk) == frozenset()
