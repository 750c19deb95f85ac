"""What do people see of reviews that follow each other, and what do the pages cost?"""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import absences
from dossiers import render, snapshot
from evidence import library
from reviews import findings, gate, signoffs, workflow
from reviews.again import differences, reassessments
from reviews.choices import Duty, Finding, Outcome, State, Trigger
from reviews.models import Reassessment
from tests.cast import add_evidence, item, pdf, record, settle, sign, submit
from tests.reviews.again.again import decide, due, prepared
from tests.reviews.again.test_delta import copy_of
from tests.reviews.conftest import address, fresh, text_of, textarea


@pytest.fixture
def approved(small, reviewer, evidence):
    """11 of the twelve confirmed, the last one without an owner."""
    settle(small, range(1, 12), reviewer, evidence)
    decide(small)
    return fresh(small)


@pytest.fixture
def quarterly(approved, lead):
    return prepared(approved.deployment, lead)


@pytest.fixture
def annual(approved, lead):
    return prepared(approved.deployment, lead, duty=Duty.ANNUAL_REVIEW)


def queries(client, path):
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return [query["sql"][:150] for query in found]


@pytest.mark.parametrize("name", ["lead", "reviewer"])
def test_the_page_of_a_re_assessment_costs_what_that_of_a_first_review_does(
    quarterly, approved, browser_of, request, name
):
    browser = browser_of(request.getfixturevalue(name))
    first, again = (queries(browser, review.get_absolute_url()) for review in (approved, quarterly))
    assert len(again) <= len(first), "\n".join(again)


def test_the_page_of_a_chain_costs_the_same_for_two_and_for_many(quarterly, approved, lead, browser_of):
    browser = browser_of(lead)
    path = f"{quarterly.get_absolute_url()}chain/"
    before = queries(browser, path)
    for _ in range(4):
        decide(Reassessment.objects.last().review)
        prepared(approved.deployment, lead)
    after = queries(browser, path)
    assert text_of(browser.get(path)).count("Quarterly review, after") == 5
    assert len(after) == len(before), "\n".join(after)


def test_the_page_of_a_re_assessment_shows_every_statement_and_where_each_lives(quarterly, approved, lead, browser_of):
    page = browser_of(lead).get(quarterly.get_absolute_url())
    text = text_of(page)
    assert "11 of 10 needed" in text
    assert text.count("rests on Small review") == 11
    assert "It was not settled: no owner." in text
    assert "Inherited 0" in text
    assert "Looked at again 1" in text
    assert item(approved, 1).get_absolute_url() in page.content.decode()


def test_what_is_inherited_looks_like_nothing_else(annual, lead, browser_of):
    page = browser_of(lead).get(annual.get_absolute_url()).content.decode()
    assert page.count("cs-tile cs-state-inherited cs-tile-inherited") == 11
    assert "Inherited, not re-affirmed" in page


def test_last_time_stands_beside_now(annual, reviewer, browser_of, evidence):
    browser = browser_of(reviewer)
    page = text_of(browser.get(address(annual, 1)))
    assert "Last time and now" in page
    assert "Re-affirm: submit unchanged" in page
    assert "Differs" not in page
    library.add_version(evidence, by=reviewer, upload=pdf("of this year"))
    record(item(annual, 1), reviewer, notes="Read anew.")
    page = text_of(browser.get(address(annual, 1)))
    assert page.count("Differs") == 2
    assert "Submit as it stands now" in page


def test_re_affirming_takes_one_click_and_one_signature(annual, reviewer, ciso, browser_of):
    browser_of(reviewer).post(address(annual, 1, "submit/"))
    page = text_of(browser_of(ciso).get(address(annual, 1)))
    assert "I have looked again and re-affirm what was signed in “Small review”.” Covers" in page
    sign(item(annual, 1))
    assert gate.assess(fresh(annual)).confirmed == 1


def test_the_item_of_last_time_says_where_the_work_is(annual, approved, reviewer, browser_of):
    page = text_of(browser_of(reviewer).get(address(approved, 1)))
    assert f"{annual.title} looks at this statement again" in page


def test_what_lapsed_is_taken_in_with_one_click(quarterly, evidence, reviewer, lead, browser_of):
    library.add_version(evidence, by=reviewer, upload=pdf("of this year"))
    browser = browser_of(lead)
    assert text_of(browser.get(quarterly.get_absolute_url())).count("Look at it again, too") == 11
    page = browser.post(f"{quarterly.get_absolute_url()}widen/", {"numbers": "1"}, follow=True)
    assert "This re-assessment looks at statement 1 again, too." in text_of(page)
    assert gate.assess(fresh(quarterly)).counts[State.INHERITED] == 1


def test_an_owner_who_left_leads_to_the_filled_in_form(approved, lead, legal, browser_of):
    browser = browser_of(lead)
    assert "has left" not in text_of(browser.get(approved.get_absolute_url()))
    type(legal).objects.filter(pk=legal.pk).update(is_active=False)
    page = browser.get(approved.get_absolute_url()).content.decode()
    assert "Legal has left and still holds statements here." in page
    link = re.search(r'href="([^"]*reassess/\?trigger=owner_left[^"]*)"', page)[1].replace("&amp;", "&")
    form = browser.get(link).content.decode()
    assert re.findall(r'name="numbers" value="(\d+)"[^>]* checked', form) == ["7", "8", "9", "10", "11"]


def test_a_trigger_is_opened_from_its_form(approved, lead, browser_of):
    browser = browser_of(lead)
    path = f"{approved.get_absolute_url()}reassess/"
    refused = browser.post(path, {"trigger": "incident", "why": "", "numbers": ["2", "3"]})
    assert refused.status_code == 422
    page = browser.post(path, {"trigger": "incident", "why": "A breach.", "numbers": ["2", "3"]}, follow=True)
    assert "Looks again at Small review" in text_of(page)
    assert "because of this: an incident . A breach." in text_of(page)
    assert Reassessment.objects.get().trigger == Trigger.INCIDENT
    for there in (path, f"{approved.get_absolute_url()}chain/"):
        page = browser.get(there)
        assert "is not decided yet. Take statements into that one." in text_of(page)
        assert re.search(r"<button [^>]*disabled", page.content.decode())


def test_suggesting_statements_keeps_what_was_typed_and_ticked(approved, lead, legal, browser_of):
    browser = browser_of(lead)
    given = {"trigger": "owner_left", "person": legal.pk, "why": "Legal left in May.", "numbers": ["2"]}
    page = browser.post(f"{approved.get_absolute_url()}reassess/", given | {"suggest": "1"})
    assert page.status_code == 200
    assert textarea(page, "why") == "Legal left in May."
    html = page.content.decode()
    assert re.findall(r'name="numbers" value="(\d+)"[^>]* checked', html) == ["2", "7", "8", "9", "10", "11"]
    assert '<option value="owner_left" selected' in html
    assert not Reassessment.objects.exists()


def test_a_refused_widening_keeps_what_was_ticked_and_typed(quarterly, lead, browser_of):
    decide(quarterly, Outcome.HOLD)
    path = f"{quarterly.get_absolute_url()}widen/"
    page = browser_of(lead).post(path, {"numbers": ["3", "5"], "why": "They moved."})
    assert page.status_code == 422
    assert "Nothing changed. This re-assessment is decided." in text_of(page)
    html = page.content.decode()
    assert re.findall(r'name="numbers" value="(\d+)"[^>]* checked', html) == ["3", "5"]
    assert 'value="They moved."' in html
    page = browser_of(lead).post(path, {"numbers": [], "why": "They moved."})
    assert "Choose at least one statement." in text_of(page)
    assert 'value="They moved."' in page.content.decode()


def test_the_difference_shows_what_changed_first_and_the_rest_on_demand(
    annual, approved, reviewer, evidence, lead, browser_of
):
    sign(_resubmitted(annual, 1, reviewer))
    browser = browser_of(lead)
    path = f"{annual.get_absolute_url()}difference/"
    page = text_of(browser.get(path))
    assert "10 statements differ, 2 are the same." in page  # 1 is signed anew, 12 still has no owner
    assert "to Annual re-assessment" in page


def _resubmitted(review, number, by):
    return workflow.apply(workflow.SUBMIT, item(review, number), by=by)


def test_the_difference_is_that_of_the_decisions_not_of_today(small, lead, reviewer, own):
    library.add_version(own, by=reviewer, upload=pdf("of this year"))
    review = prepared(small.deployment, lead)
    sign(_resubmitted(review, 3, reviewer))
    decide(review)
    library.add_version(own, by=reviewer, upload=pdf("of next year"))
    rows = differences.between(
        differences.picture(small), differences.picture(fresh(review)), differences.texts(gate.assess(review))
    )
    assert [row.number for row in rows if row.changed] == [3]
    changed = next(row for row in rows if row.changed)
    assert changed.what == ["evidence"]
    assert "version 1" in changed.then.evidence[0]
    assert "version 2" in changed.now.evidence[0]


def test_what_was_decided_names_who_had_signed_then(approved, ciso, legal, reviewer):
    before = differences.picture(approved)[1]
    assert before.signed.startswith("CISO, ")
    absences.plan(ciso, legal, timezone.localdate(), timezone.localdate(), by=ciso)
    signoffs.withdraw(item(approved, 1), by=legal, reason="Once more.")
    assert differences.picture(approved)[1].signed == before.signed


def test_other_words_under_a_number_and_another_reason_differ(small, reviewer, evidence, lead, browser_of):
    settle(small, [1], reviewer, evidence)
    settle(small, [2], reviewer, finding=Finding.NOT_APPLICABLE)
    decide(small, Outcome.HOLD)
    copy_of(small.checklist, {1: "Something else."})
    annual = prepared(small.deployment, lead, duty=Duty.ANNUAL_REVIEW)
    settle(annual, [1], reviewer, evidence)
    submit(item(annual, 2), reviewer, finding=Finding.NOT_APPLICABLE, reason="We do not use it.")
    sign(item(annual, 2))
    now = differences.picture(annual)
    rows = differences.between(differences.picture(small), now, {})
    assert [(row.number, row.what) for row in rows if row.changed] == [(1, ["wording"]), (2, ["reason"])]
    page = text_of(browser_of(lead).get(f"{annual.get_absolute_url()}difference/"))
    assert f"differs: wording; before: “{item(small, 1).statement.text}”" in page
    assert "The account team has not answered." in page
    assert "We do not use it." in page
    before = snapshot.take(annual.pk)[0]["again"]["changed"]
    assert (before[0]["then_text"], before[1]["now"]["reason"]) == (item(small, 1).statement.text, "We do not use it.")


def test_what_nobody_had_signed_differs_by_its_state_alone(small, lead, reviewer, evidence):
    for number in (1, 3):
        submit(item(small, number), reviewer, evidence)
    decide(small, Outcome.HOLD)
    again = reassessments.trigger(small, by=lead, trigger=Trigger.INCIDENT, why="A breach.", numbers=[1])
    rows = differences.between(differences.picture(small), differences.picture(again), {})
    assert [(row.number, row.what) for row in rows if row.changed] == [(1, ["state"])]


@pytest.fixture
def own(vendor, reviewer, small, evidence):
    """A report that statement 3 alone cites."""
    report = add_evidence(vendor, reviewer, "A report of its own")
    submit(item(small, 3), reviewer, report)
    sign(item(small, 3))
    settle(small, [1, 2, *range(4, 12)], reviewer, evidence)
    decide(small)
    return report


# The dossier


def test_the_dossier_prints_what_it_rests_on_with_its_signature_and_review(quarterly, approved):
    pages, manifest = snapshot.take(quarterly.pk)
    assert (pages["gate"]["satisfied"], pages["gate"]["total"]) == (11, 12)
    first = pages["categories"][0]["items"][0]
    assert first["rests_on"] == approved.title
    assert first["signature"]["current"]
    assert len(manifest["items"]) == 12
    assert manifest["items"][0]["review"] == approved.slug
    assert manifest["items"][0]["signoffs"][0]["digest"] == item(approved, 1).signoffs.get().digest
    html = render.html_of(pages)
    assert "it is not looked at again here and counts as it stands there" in html
    assert f"{first['signature']['at']}, in {approved.title}" in html


def test_the_annex_says_what_changed_since_and_only_in_a_re_assessment(quarterly, approved, evidence, reviewer):
    library.add_version(evidence, by=reviewer, upload=pdf("of this year"))
    pages, _ = snapshot.take(quarterly.pk)
    again = pages["again"]
    assert (again["previous"], again["own"], again["resting"]) == (approved.title, 1, 11)
    assert (len(again["changed"]), again["same"]) == (11, 1)
    row = again["changed"][0]
    assert (row["number"], row["what"]) == (1, "state, evidence")
    assert (row["then"]["state"], row["now"]["state"]) == ("confirmed", "lapsed")
    assert [(each["title"], each["this"]) for each in again["chain"]] == [
        (approved.title, False),
        (quarterly.title, True),
    ]
    assert again["chain"][0]["decision"].startswith("Go: approved, CISO, ")
    html = render.html_of(pages)
    assert f"Annex D: What changed since {approved.title}" in html
    assert "1 statement is as it was" in html
    pages, _ = snapshot.take(approved.pk)
    assert pages["again"] is None
    assert "Annex D" not in render.html_of(pages)


def test_the_annex_quotes_nothing_under_nda(approved, lead, vendor, reviewer, ciso):
    secret = add_evidence(vendor, reviewer, "Secret report", confidentiality="restricted")
    signoffs.withdraw(item(approved, 1), by=ciso, reason="Once more.")
    findings.cite(item(approved, 1), secret, by=reviewer, quote="Two exceptions were noted.")
    workflow.apply(workflow.SUBMIT, item(approved, 1), by=reviewer)
    sign(item(approved, 1))
    decide(approved)
    annual = prepared(approved.deployment, lead, duty=Duty.ANNUAL_REVIEW)
    pages, _ = snapshot.take(annual.pk)
    assert "Two exceptions" not in render.html_of(pages)


def test_the_snapshot_of_a_chain_costs_the_same_for_two_and_for_many(quarterly, approved, lead):
    with CaptureQueriesContext(connection) as one:
        snapshot.take(quarterly.pk)
    for _ in range(4):
        decide(Reassessment.objects.last().review)
        last = prepared(approved.deployment, lead)
    with CaptureQueriesContext(connection) as many:
        pages, _ = snapshot.take(last.pk)
    assert len(pages["again"]["chain"]) == 6
    assert len(many) == len(one)


def test_my_work_says_that_an_owner_left_until_it_is_looked_at_again(approved, lead, reviewer, legal, browser_of):
    type(legal).objects.filter(pk=legal.pk).update(is_active=False)
    words = "Legal has left and holds a role in Anthropic · Claude Enterprise · Small review."
    assert text_of(browser_of(lead).get("/")).count(words) == 1
    assert words not in text_of(browser_of(reviewer).get("/"))
    given = {"trigger": "owner_left", "why": "Legal left.", "numbers": ["7"]}
    browser_of(lead).post(f"{approved.get_absolute_url()}reassess/", given)
    assert words not in text_of(browser_of(lead).get("/"))


def test_the_page_of_a_date_says_what_hinders_its_review(quarterly, approved, lead, browser_of):
    page = browser_of(lead).get(due(approved.deployment, lead).get_absolute_url())
    assert f"“{quarterly.title}” is not decided yet." in text_of(page)


def test_the_page_of_a_date_has_its_review_prepared_now(approved, lead, reviewer, browser_of):
    date = due(approved.deployment, lead, timezone.localdate() + timedelta(days=80))
    path = date.get_absolute_url()
    assert "Prepare it now" not in text_of(browser_of(reviewer).get(path))
    browser = browser_of(lead)
    assert path in browser.get(f"{approved.get_absolute_url()}chain/").content.decode()
    assert "Prepare it now" in text_of(browser.get(path))
    page = browser.post(f"{path}prepare/", follow=True)
    review = Reassessment.objects.get().review
    assert page.redirect_chain == [(review.get_absolute_url(), 302)]
    assert f"{review.title} is prepared, with {review.items.count()} statements to look at." in text_of(page)
    assert "Prepare it now" not in text_of(browser.get(path))
    hindered = due(approved.deployment, lead, timezone.localdate() + timedelta(days=170))
    page = text_of(browser.get(hindered.get_absolute_url()))
    assert "is not decided yet" in page
    assert "Prepare it now" not in page
