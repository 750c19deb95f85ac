"""Who owns what and until when, and who may change it? (rules 1 to 3)"""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import people
from accounts.choices import Role
from accounts.permissions import Refused
from audit.models import Event
from reviews import findings, gate, opening, ownership, signoffs, standings, workflow
from reviews.choices import Finding, State, Status
from reviews.forms import BulkForm
from tests.cast import add_evidence, item, record, sign, submit


def numbers(review, **values):
    return list(review.items.filter(**values).values_list("statement__number", flat=True))


def without_holder(review):
    rows = standings.all_of_them().filter(review=review, holder=None)
    return sorted(rows.values_list("item__statement__number", flat=True))


def test_rule_01_a_new_review_gives_each_role_its_range_and_leaves_37_and_45_unowned(review):
    owned = {role: numbers(review, role=role) for role in ("ciso", "privacy_officer", "it_security")}
    assert owned == {
        "ciso": list(range(1, 16)),
        "privacy_officer": list(range(16, 28)),
        "it_security": list(range(28, 37)),
    }
    assert numbers(review, role="compliance_officer") == list(range(38, 45))
    assert numbers(review, role="legal") == [46, 47]
    assert without_holder(review) == [37, 45]
    assert [each.number for each in gate.assess(review).items_in(State.UNOWNED)] == [37, 45]


def test_rule_01_an_unowned_item_can_be_worked_on_and_not_signed(review, reviewer, evidence, stakeholders):
    submit(item(review, 37), reviewer, evidence)
    each = item(review, 37)
    assert each.status == Status.AWAITING
    assert "Nobody owns this item" in workflow.available(each, stakeholders["it_security"])["sign"].reason
    for person in stakeholders.values():
        with pytest.raises(PermissionDenied, match="Nobody owns this item"):
            signoffs.sign(each, by=person, shown=signoffs.shown(each, to=person))
    assert item(review, 37).signoffs.count() == 0


def test_rule_01_whoever_works_on_an_item_accepts_its_suggested_role(review, reviewer, it_security):
    ownership.take_role(item(review, 37), "it_security", by=reviewer)
    assert item(review, 37).holder == it_security
    event = Event.objects.newest_first().first()
    assert (event.event_type, event.before, event.after) == (
        "item.role_set",
        {"role": ""},
        {"role": "it_security"},
    )


def test_rule_01_a_second_click_on_accept_changes_nothing(review, reviewer):
    ownership.take_role(item(review, 37), "it_security", by=reviewer)
    events = Event.objects.count()
    assert ownership.take_role(item(review, 37), "it_security", by=reviewer).role == "it_security"
    assert Event.objects.count() == events


def test_rule_01_another_role_than_the_suggested_one_can_be_picked(review, reviewer, legal):
    ownership.take_role(item(review, 45), "legal", by=reviewer)
    assert item(review, 45).holder == legal


def test_rule_01_once_there_is_a_role_only_the_lead_changes_it(review, reviewer, lead, legal):
    ownership.take_role(item(review, 37), "it_security", by=reviewer)
    with pytest.raises(PermissionDenied, match="Only a review lead"):
        ownership.take_role(item(review, 37), "legal", by=reviewer)
    ownership.take_role(item(review, 37), "legal", by=lead)
    assert item(review, 37).holder == legal


@pytest.mark.parametrize("name", ["auditor", "administrator", "stranger"])
def test_who_does_not_work_on_the_review_gives_no_owner(review, request, name):
    with pytest.raises(PermissionDenied):
        ownership.take_role(item(review, 37), "it_security", by=request.getfixturevalue(name))
    assert item(review, 37).is_unowned


def test_rule_02_assigning_a_role_assigns_its_items(review, lead, ciso, compliance_officer):
    ownership.assign(review, Role.CISO, to=compliance_officer, by=lead)
    holders = {each.number: each.holder for each in review.items.with_standing()}
    assert {number for number, holder in holders.items() if holder == compliance_officer} == {
        *range(1, 16),
        *range(38, 45),
    }
    assert not standings.all_of_them().filter(holder=ciso).exists()


def test_rule_02_a_role_taken_from_everybody_leaves_its_items_unowned(review, lead):
    ownership.assign(review, Role.LEGAL, to=None, by=lead)
    assert without_holder(review) == [37, 45, 46, 47]
    assert item(review, 46).is_unowned


def test_rule_02_one_item_is_handed_to_someone_else_and_back(review, lead, reviewer, evidence, ciso, legal):
    submit(item(review, 1), reviewer, evidence)
    assert ownership.hand_over([item(review, 1)], to=legal, by=lead) == 1
    assert item(review, 1).holder == legal
    assert item(review, 2).holder == ciso
    with pytest.raises(PermissionDenied, match="Only the owner, Legal"):
        sign(item(review, 1), by=ciso)
    assert ownership.hand_over([item(review, 1)], to=None, by=lead) == 1
    assert item(review, 1).holder == ciso
    with pytest.raises(PermissionDenied, match="Only the owner, CISO"):
        sign(item(review, 1), by=legal)
    assert sign(item(review, 1), by=ciso).signer_role == "CISO"


def test_rule_02_an_item_handed_over_stays_so_when_the_role_moves_on(review, lead, privacy_officer, legal):
    ownership.hand_over([item(review, 1)], to=legal, by=lead)
    ownership.assign(review, Role.CISO, to=privacy_officer, by=lead)
    assert item(review, 1).holder == legal
    assert item(review, 2).holder == privacy_officer


def test_rule_02_the_owner_hands_over_what_is_theirs_and_nothing_else(review, ciso, legal):
    ownership.hand_over([item(review, 1)], to=legal, by=ciso)
    assert item(review, 1).holder == legal
    with pytest.raises(PermissionDenied, match="Only a review lead"):
        ownership.hand_over([item(review, 1)], to=ciso, by=ciso)
    assert item(review, 1).holder == legal


def test_a_hand_over_in_bulk_is_all_or_nothing(review, ciso, legal, privacy_officer):
    mixed = [item(review, 1), item(review, 46)]
    with pytest.raises(PermissionDenied):
        ownership.hand_over(mixed, to=privacy_officer, by=ciso)
    assert [item(review, number).holder for number in (1, 46)] == [ciso, legal]


@pytest.mark.parametrize("number", ["9" * 19, "9" * 40, "-" + "9" * 18])
def test_a_number_no_item_can_have_is_no_choice_of_a_bulk_act(small, number):
    form = BulkForm({"act": "due", "due_on": "2030-01-31", "items": [number]}, review=small)
    assert form.errors["items"] == [f"Select a valid choice. {number} is not one of the available choices."]


def test_a_hand_over_in_bulk_counts_what_changed(review, lead, legal):
    events = Event.objects.count()
    assert ownership.hand_over([item(review, number) for number in (1, 2, 3)], to=legal, by=lead) == 3
    assert Event.objects.count() == events + 3
    assert ownership.hand_over([item(review, number) for number in (2, 3, 4)], to=legal, by=lead) == 1
    assert Event.objects.count() == events + 4


@pytest.mark.parametrize("name", ["reviewer", "auditor", "administrator", "stranger"])
def test_nobody_holds_an_item_or_role_without_a_stakeholders_access(review, lead, request, name):
    person = request.getfixturevalue(name)
    with pytest.raises(Refused, match="has no stakeholder's access to Anthropic"):
        ownership.hand_over([item(review, 1)], to=person, by=lead)
    with pytest.raises(Refused, match="has no stakeholder's access to Anthropic"):
        ownership.assign(review, Role.CISO, to=person, by=lead)


@pytest.mark.parametrize("name", ["reviewer", "ciso", "auditor", "administrator"])
def test_only_the_lead_assigns_roles_and_moves_due_days(review, request, name):
    person = request.getfixturevalue(name)
    with pytest.raises(PermissionDenied, match="Only a review lead"):
        ownership.assign(review, Role.CISO, to=None, by=person)
    with pytest.raises(PermissionDenied, match="Only a review lead"):
        ownership.set_due([item(review, 1)], due_on=timezone.localdate(), by=person)


def test_rule_03_everything_is_due_three_weeks_after_opening(review):
    due = timezone.localdate() + timedelta(days=21)
    assert review.due_on == due
    assert set(review.items.values_list("due_on", flat=True)) == {due}


def test_rule_03_the_three_weeks_are_data_of_the_checklist(small):
    assert set(small.items.values_list("due_on", flat=True)) == {timezone.localdate() + timedelta(days=14)}


def test_rule_03_each_item_can_differ(review, lead):
    assert ownership.set_due([item(review, 1), item(review, 2)], due_on=date(2030, 1, 31), by=lead) == 2
    assert numbers(review, due_on=date(2030, 1, 31)) == [1, 2]
    event = Event.objects.newest_first().first()
    assert (event.event_type, event.after) == ("item.due_moved", {"due_on": "2030-01-31"})
    assert ownership.set_due([item(review, 1)], due_on=date(2030, 1, 31), by=lead) == 0


def test_a_review_opens_for_its_lead_only(deployment, checklist, reviewer, ciso, auditor, administrator):
    for person in (reviewer, ciso, auditor, administrator):
        with pytest.raises(PermissionDenied):
            opening.open_review(deployment, checklist, by=person)


def test_only_the_lead_changes_a_review_and_only_to_a_lead_of_the_vendor(small, lead, reviewer, ciso):
    values = {"title": "Another", "lead": lead, "due_on": date(2030, 1, 31)}
    for person in (reviewer, ciso):
        with pytest.raises(PermissionDenied, match="Only a review lead"):
            opening.change_review(small, by=person, **values)
    with pytest.raises(Refused, match="Reviewer is no review lead of Anthropic"):
        opening.change_review(small, by=lead, **values | {"lead": reviewer})
    assert opening.change_review(small, by=lead, **values).due_on == date(2030, 1, 31)
    assert not small.items.filter(due_on=date(2030, 1, 31)).exists()  # items keep their days


def test_rule_01_all_suggestions_are_accepted_or_none(review, reviewer, auditor):
    with pytest.raises(PermissionDenied):
        ownership.accept_suggestions(review, by=auditor)
    assert numbers(review, role="") == [37, 45]
    assert ownership.accept_suggestions(review, by=reviewer) == 2
    assert [item(review, number).role for number in (37, 45)] == ["it_security", "compliance_officer"]
    assert ownership.accept_suggestions(review, by=reviewer) == 0


def test_two_reviews_of_a_deployment_have_addresses_of_their_own(review, deployment, twelve, lead):
    other = opening.open_review(deployment, twelve, by=lead)
    assert other.slug == f"{review.slug}-2"


def test_a_due_day_does_not_move_what_was_signed(review, lead, reviewer, evidence):
    submit(item(review, 1), reviewer, evidence)
    sign(item(review, 1))
    ownership.set_due([item(review, 1)], due_on=date(2030, 1, 31), by=lead)
    assert gate.assess(review).confirmed == 1


def test_evidence_of_another_vendor_is_not_cited(review, reviewer, lead):
    from accounts import grants
    from accounts.choices import Access
    from vendors.models import Vendor

    other = Vendor.objects.create(name="Another", slug="another", created_by=lead)
    grants.give(reviewer, Access.REVIEW, other)
    foreign = add_evidence(other, reviewer)
    record(item(review, 1), reviewer, Finding.CONFIRMED)
    with pytest.raises(Refused, match="belongs to another vendor"):
        findings.cite(item(review, 1), foreign, by=reviewer)


def test_rule_01_items_of_somebody_who_left_are_without_an_owner(review, legal, administrator, lead, ciso):
    ownership.hand_over([item(review, 1)], to=legal, by=lead)
    people.deactivate(legal, by=administrator)
    assert without_holder(review) == [1, 37, 45, 46, 47]
    assert [each.number for each in gate.assess(review).items_in(State.UNOWNED)] == [1, 37, 45, 46, 47]
