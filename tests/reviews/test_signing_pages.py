"""Do signing and the other moves work in the browser, for the right person and nobody else? (rules 5, 6 and 23)"""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from evidence import library
from reviews import findings, signoffs, workflow
from reviews.choices import Status
from reviews.models import SignOff
from tests.cast import PASSWORD, bring_to, item, pdf, record, settle, submit
from tests.reviews.conftest import address, field, sign_in_the_browser, text_of, textarea, typed

# Signing


def test_the_owner_signs_with_the_password(small, browser_of, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    client = browser_of(ciso)
    page = client.get(address(small, 1))
    assert "I have read the cited evidence and confirm that this statement holds for Claude Enterprise." in text_of(
        page
    )
    response = sign_in_the_browser(client, small, 1)
    assert response.redirect_chain == [(address(small, 1), 302)]
    assert "Signed: statement 1" in text_of(response)
    assert SignOff.objects.get().signer == ciso


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", PASSWORD.upper()])
def test_rule_06_without_the_password_nothing_is_signed(small, browser_of, reviewer, evidence, ciso, password):
    submit(item(small, 1), reviewer, evidence)
    response = sign_in_the_browser(browser_of(ciso), small, 1, password)
    assert response.status_code == 422
    assert "password" in text_of(response)
    assert SignOff.objects.count() == 0
    assert field(response, "shown")  # the page is ready for the next try
    assert sign_in_the_browser(browser_of(ciso), small, 1).status_code == 200
    assert SignOff.objects.count() == 1


def test_rule_06_the_sign_in_does_not_replace_the_password(small, client, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    client.post("/accounts/login/", {"login": ciso.email, "password": PASSWORD})
    page = client.get(address(small, 1))
    response = client.post(address(small, 1, "sign/"), {"shown": field(page, "shown")})
    assert response.status_code == 422
    assert SignOff.objects.count() == 0


def test_rule_06_a_moment_later_no_password_is_asked(small, browser_of, reviewer, evidence, ciso):
    for number in (1, 3, 4):
        submit(item(small, number), reviewer, evidence)
    client = browser_of(ciso)
    sign_in_the_browser(client, small, 1)
    page = client.get(address(small, 3))
    assert 'type="password"' not in page.content.decode()
    response = client.post(address(small, 3, "sign/"), {"shown": field(page, "shown")})
    assert response.status_code == 302
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        response = client.post(address(small, 4, "sign/"), {"shown": field(client.get(address(small, 4)), "shown")})
        assert response.status_code == 422
        assert "Type your password" in text_of(response)
    assert SignOff.objects.count() == 2


def test_rule_06_the_password_typed_in_another_browser_opens_nothing_here(small, reviewer, evidence, ciso):
    for number in (1, 3):
        submit(item(small, number), reviewer, evidence)
    first, second = Client(), Client()
    first.force_login(ciso)
    second.force_login(ciso)
    assert sign_in_the_browser(first, small, 1).status_code == 200
    page = second.get(address(small, 3))
    assert 'type="password"' in page.content.decode()
    response = second.post(address(small, 3, "sign/"), {"shown": field(page, "shown")})
    assert response.status_code == 422
    assert item(small, 3).status == Status.AWAITING


def test_rule_06_what_changed_while_reading_is_shown_side_by_side_and_signed_when_submitted_again(
    small, browser_of, reviewer, evidence, ciso
):
    submit(item(small, 1), reviewer, evidence)
    client = browser_of(ciso)
    old = field(client.get(address(small, 1)), "shown")
    library.add_version(evidence, by=reviewer, upload=pdf("newer"))
    response = client.post(address(small, 1, "sign/"), {"shown": old, "password": PASSWORD})
    assert response.status_code == 422
    text = text_of(response)
    assert "this changed while you were reading" in text
    assert "As it was shown to you" in text
    assert "version 1" in text
    assert "version 2" in text
    assert "changed since it was submitted" in text
    assert SignOff.objects.count() == 0
    workflow.apply(workflow.TAKE_BACK, item(small, 1), by=reviewer)
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    again = field(client.get(address(small, 1)), "shown")
    response = client.post(address(small, 1, "sign/"), {"shown": again})
    assert response.status_code == 302
    assert SignOff.objects.count() == 1


def test_rule_06_the_same_click_twice_is_one_signature_and_a_sentence(small, browser_of, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    client = browser_of(ciso)
    values = {"shown": field(client.get(address(small, 1)), "shown"), "password": PASSWORD}
    assert client.post(address(small, 1, "sign/"), values).status_code == 302
    response = client.post(address(small, 1, "sign/"), values)
    assert response.status_code == 422
    assert "no longer applies" in text_of(response)
    assert SignOff.objects.count() == 1


def test_rule_05_the_page_says_why_the_button_is_disabled_and_the_post_is_refused(
    small, browser_of, vendor, evidence, ciso
):
    submit(item(small, 1), ciso, evidence)
    client = browser_of(ciso)
    page = client.get(address(small, 1))
    assert "You submitted this item. Someone else has to sign it." in text_of(page)
    response = client.post(
        address(small, 1, "sign/"), {"shown": signoffs.shown(item(small, 1), to=ciso), "password": PASSWORD}
    )
    assert response.status_code == 403
    assert "You submitted this item. Someone else has to sign it." in text_of(response)
    assert SignOff.objects.count() == 0


def test_too_many_wrong_passwords_are_slowed_down_in_a_sentence(small, browser_of, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    client = browser_of(ciso)
    for _ in range(10):
        sign_in_the_browser(client, small, 1, "wrong")
    response = sign_in_the_browser(client, small, 1)
    assert response.status_code == 422
    assert "Too many attempts" in text_of(response)


# Moves


def test_an_item_goes_back_with_a_comment_and_comes_again(small, browser_of, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    response = browser_of(ciso).post(address(small, 1, "return/"), {"remark": "Page 3 is missing."}, follow=True)
    assert "Page 3 is missing." in text_of(response)
    assert item(small, 1).returned_to == reviewer
    response = browser_of(reviewer).post(address(small, 1, "submit/"), follow=True)
    assert "is submitted" in text_of(response)
    assert item(small, 1).returned_to is None


def test_a_signature_is_withdrawn_with_a_reason(small, browser_of, reviewer, evidence, ciso):
    settle(small, [1], reviewer, evidence)
    client = browser_of(ciso)
    response = client.post(address(small, 1, "withdraw/"), {"remark": " "})
    assert (response.status_code, item(small, 1).status) == (422, Status.COMPLETE)
    assert "Say why the sign-off is withdrawn." in text_of(response)
    response = client.post(address(small, 1, "withdraw/"), {"remark": "Misread."}, follow=True)
    assert "withdrawn" in text_of(response)
    assert list(SignOff.objects.values_list("act", flat=True)) == ["signed", "withdrawn"]


@pytest.mark.parametrize(("status", "key"), [(Status.AWAITING, "return"), (Status.COMPLETE, "withdraw")])
def test_a_remark_that_is_too_long_is_refused_and_stays(small, browser_of, reviewer, evidence, ciso, status, key):
    bring_to(small, status, by=reviewer, evidence=evidence)
    long = "word " * 40_000
    response = browser_of(ciso).post(address(small, 1, f"{key}/"), {"remark": long})
    assert response.status_code == 422
    assert "at most 20000 characters" in text_of(response)
    assert "word word word" in textarea(response, "remark")
    assert item(small, 1).status == status


@pytest.mark.parametrize("key", ["start", "sign-off", "complete", "nothing", "SUBMIT", "return_"])
def test_a_move_that_is_not_in_the_table_does_not_exist(small, browser_of, ciso, key):
    assert browser_of(ciso).post(address(small, 1, f"{key}/")).status_code == 404
    assert item(small, 1).status == Status.NOT_STARTED


@pytest.mark.parametrize("key", ["submit", "take_back", "return", "withdraw", "reopen", "record", "sign", "owner"])
def test_no_move_is_made_by_following_a_link(small, browser_of, ciso, key):
    assert browser_of(ciso).get(address(small, 1, f"{key}/")).status_code == 405


def test_a_move_from_the_wrong_status_is_a_sentence(small, browser_of, reviewer):
    response = browser_of(reviewer).post(address(small, 1, "take_back/"))
    assert response.status_code == 422
    assert "no longer applies" in text_of(response)


@pytest.mark.parametrize(
    "path", ["", "record/", "cite/", "sign/", "comment/", "owner/", "submit/", "citations/1/remove/"]
)
@pytest.mark.parametrize("name", ["stranger", "administrator"])
def test_rule_23_an_item_of_a_foreign_review_does_not_exist(small, browser_of, request, name, path):
    client = browser_of(request.getfixturevalue(name))
    assert client.post(address(small, 1, path)).status_code in {404, 405}
    assert client.get(address(small, 1, path)).status_code in {404, 405}
    assert client.get(address(small, 1)).status_code == 404


@pytest.mark.parametrize("number", [0, 13, 48, 2**31, 2**63, 10**30])
def test_an_item_number_the_checklist_does_not_have_is_not_found(small, browser_of, ciso, number):
    assert browser_of(ciso).get(f"{small.get_absolute_url()}items/{number}/").status_code == 404


@pytest.mark.parametrize(
    "path", ["record/", "cite/", "comment/", "submit/", "citations/{}/remove/", "sign/", "return/", "owner/"]
)
def test_rule_23_an_auditor_reads_and_is_told_the_rule_when_acting(
    small, browser_of, reviewer, evidence, auditor, path
):
    citation = findings.cite(item(small, 1), evidence, by=reviewer)
    if path in {"sign/", "return/"}:
        record(item(small, 1), reviewer)
        workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    client = browser_of(auditor)
    assert client.get(address(small, 1)).status_code == 200
    each = item(small, 1)
    values = typed(each, text="x", remark="x", role="legal", due_on="2030-01-01", password=PASSWORD)
    if each.status == Status.AWAITING:
        values["shown"] = signoffs.shown(each, to=auditor)
    response = client.post(address(small, 1, path.format(citation.pk)), values)
    assert response.status_code == 403
    assert "You may see this, but not do that" in text_of(response)
    assert item(small, 1).status == each.status
