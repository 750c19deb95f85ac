"""Does deciding work in the browser, and is nothing lost when it is refused? (rules 11 and 13)"""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews import decisions, gate
from reviews.choices import Finding
from reviews.models import Checklist, Condition, Decision
from tests.cast import PASSWORD, settle
from tests.reviews.conftest import field, fresh, text_of, textarea

ROWS = {"conditions-TOTAL_FORMS": "5", "conditions-INITIAL_FORMS": "0"}


def url(review):
    return f"{review.get_absolute_url()}decision/"


def post(client, review, follow=False, **values):
    page = client.get(url(review))
    values = {"shown": field(page, "shown"), "outcome": "hold", "reason": "Too early.", "password": PASSWORD} | values
    return client.post(url(review), ROWS | values, follow=follow)


@pytest.fixture
def at_conditional(small, reviewer, evidence):
    Checklist.objects.filter(pk=small.checklist_id).update(go_at=12)
    settle(small, range(1, 12), reviewer, evidence)
    settle(small, [12], reviewer, finding=Finding.UNCONFIRMED)
    return fresh(small)


def test_the_ciso_decides_with_the_password(small, browser_of, ciso):
    response = post(browser_of(ciso), small, follow=True)
    assert response.redirect_chain == [(url(small), 302)]
    assert "Decided and signed: Hold." in text_of(response)
    assert (Decision.objects.get().signer, Decision.objects.get().reason) == (ciso, "Too early.")


@pytest.mark.parametrize("password", ["", "wrong"])
def test_rule_06_without_the_password_nothing_is_decided_and_what_was_typed_stays(small, browser_of, ciso, password):
    reason = "Ünïcode reason 🙂 <b>"
    response = post(browser_of(ciso), small, reason=reason, password=password)
    assert response.status_code == 422
    assert "password" in text_of(response)
    assert Decision.objects.count() == 0
    assert textarea(response, "reason") == reason
    assert 'value="hold" checked' in response.content.decode()
    assert PASSWORD not in response.content.decode()


def test_rule_13_what_changed_while_reading_is_said_and_the_next_click_counts(
    small, browser_of, ciso, reviewer, evidence
):
    client = browser_of(ciso)
    old = field(client.get(url(small)), "shown")
    settle(small, [1], reviewer, evidence)
    response = post(client, small, shown=old, reason="Typed with care.")
    assert response.status_code == 422
    assert "Statement 1 changed while you were reading" in text_of(response)
    assert textarea(response, "reason") == "Typed with care."
    values = {"shown": field(response, "shown"), "outcome": "hold", "reason": "Typed with care."}
    assert client.post(url(small), ROWS | values).status_code == 302
    assert Decision.objects.count() == 1


def test_rule_13_a_second_click_is_a_sentence(small, browser_of, ciso):
    client = browser_of(ciso)
    values = ROWS | {"shown": field(client.get(url(small)), "shown"), "outcome": "hold", "reason": "X."}
    assert client.post(url(small), values | {"password": PASSWORD}).status_code == 302
    response = client.post(url(small), values)
    assert response.status_code == 422
    assert "a decision was recorded since you opened the page" in text_of(response)
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("name", ["lead", "reviewer", "legal", "auditor"])
def test_rule_13_others_read_the_page_and_the_rule(small, browser_of, request, name):
    person = request.getfixturevalue(name)
    client = browser_of(person)
    page = client.get(url(small))
    assert page.status_code == 200
    assert "Only the review's CISO, CISO, decides." in text_of(page)
    values = {"shown": decisions.shown(gate.assess(small), to=person), "outcome": "hold", "reason": "X."}
    response = client.post(url(small), ROWS | values | {"password": PASSWORD})
    assert response.status_code == 403
    assert Decision.objects.count() == 0


def test_rule_11_an_outcome_the_gate_does_not_allow_is_disabled_with_its_reason_and_refused(small, browser_of, ciso):
    client = browser_of(ciso)
    assert "The recommendation is “In review: hold”, not “Go”." in text_of(client.get(url(small)))
    response = post(client, small, outcome="go")
    assert response.status_code == 422
    assert "not “Go”" in text_of(response)
    assert Decision.objects.count() == 0


@pytest.mark.parametrize("values", [{"outcome": "maybe"}, {"outcome": ""}, {"reason": ""}, {"reason": "x" * 20_001}])
def test_an_incomplete_decision_is_refused(small, browser_of, ciso, values):
    response = post(browser_of(ciso), small, **values)
    assert response.status_code == 422
    assert Decision.objects.count() == 0


def test_rule_11_conditions_are_typed_with_owner_and_date_and_met(at_conditional, browser_of, ciso, legal):
    due = timezone.localdate() + timedelta(days=30)
    client = browser_of(ciso)
    condition = {"conditions-0-text": "Add the annex.", "conditions-0-owner": legal.pk, "conditions-0-due_on": due}
    response = post(client, at_conditional, outcome="conditional", follow=True, **condition)
    assert "Decided and signed: Approved with conditions." in text_of(response)
    stored = Condition.objects.get()
    assert (stored.text, stored.owner, stored.due_on) == ("Add the annex.", legal, due)

    client = browser_of(legal)
    assert "Add the annex." in text_of(client.get("/"))
    meet = f"{at_conditional.get_absolute_url()}conditions/{stored.pk}/meet/"
    assert "Say how the condition was met." in text_of(client.post(meet, {"remark": " "}, follow=True))
    assert "The condition is met." in text_of(client.post(meet, {"remark": "Signed."}, follow=True))
    assert Condition.objects.get().met_by == legal


@pytest.mark.parametrize(
    "wrong",
    [
        {"conditions-0-owner": ""},
        {"conditions-0-due_on": ""},
        {"conditions-0-text": ""},
        {"conditions-0-due_on": "2020-01-01"},
        {"conditions-0-owner": "999"},
        {"conditions-TOTAL_FORMS": "x"},
        {"conditions-0-text": "a\x00b"},
    ],
)
def test_rule_11_a_condition_without_owner_date_or_words_is_refused_and_stays(
    at_conditional, browser_of, ciso, legal, wrong
):
    due = timezone.localdate() + timedelta(days=30)
    values = {"conditions-0-text": "Add the annex.", "conditions-0-owner": legal.pk, "conditions-0-due_on": due}
    response = post(browser_of(ciso), at_conditional, outcome="conditional", **(values | wrong))
    assert response.status_code == 422
    assert Decision.objects.count() == 0
    assert textarea(response, "reason") == "Too early."
    if not {"conditions-0-text", "conditions-TOTAL_FORMS"} & wrong.keys():
        assert textarea(response, "conditions-0-text") == "Add the annex."


def test_a_condition_of_another_review_is_not_found(at_conditional, review, browser_of, ciso, legal):
    due = timezone.localdate() + timedelta(days=30)
    condition = {"conditions-0-text": "Add the annex.", "conditions-0-owner": legal.pk, "conditions-0-due_on": due}
    client = browser_of(ciso)
    post(client, at_conditional, outcome="conditional", **condition)
    pk = Condition.objects.get().pk
    for wrong in (pk, 999, 10**25):
        response = client.post(f"{review.get_absolute_url()}conditions/{wrong}/meet/", {"remark": "Signed."})
        assert response.status_code == 404
    assert Condition.objects.get().met_at is None
