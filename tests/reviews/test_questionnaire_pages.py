"""Can a questionnaire be handed in, looked through and taken from in the browser, and does an item say what it says?"""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.models import Import
from reviews.questionnaires import bringing, reading, taking
from tests.cast import item, settle, submit
from tests.reviews.conftest import address, text_of
from tests.reviews.test_questionnaires import FIRST, HEAD, brought, here, proposal, sig, upload

__all__ = ["sig"]


def listed(review):
    return reverse("reviews:questionnaires", args=[review.slug])


def decide(client, row, act, **more):
    page = reverse("reviews:questionnaire_decide", args=[row.source.review.slug, row.source_id, row.pk, act])
    return client.post(page, more)


def test_a_questionnaire_is_handed_in_read_and_taken_from(browser_of, small, reviewer, sig):
    client = browser_of(reviewer)
    response = client.post(listed(small), {"file": upload(*FIRST), "mapping": ""})
    source = Import.objects.get()
    assert (response.status_code, response["Location"]) == (302, source.get_absolute_url())
    page = client.get(source.get_absolute_url())
    assert 'hx-trigger="every 2s"' in page.content.decode()
    assert "Waiting for the worker. A worker takes it next" in text_of(page)
    reading.read(source.pk, open_book=here)
    page = client.get(source.get_absolute_url())
    assert "hx-trigger" not in page.content.decode()
    text = text_of(page)
    assert "Read as SIG-like list" in text
    assert "3 answers help with statements here; 1 question speaks of none; 1 is not answered." in text
    assert "Not answered in this file: statement 3 ." in text
    row = proposal(small, 1)
    assert decide(client, row, "take", on_item="1")["Location"] == f"{item(small, 1).get_absolute_url()}#questionnaire"
    text = text_of(client.get(address(small, 1)))
    assert "Statement 1: A.1 is in the notes and cited. It confirms nothing by itself." in text
    assert "taken by Reviewer" in text
    assert decide(client, proposal(small, 2), "dismiss")["Location"] == source.get_absolute_url()
    assert "Take and cite : A.2.1, statement 2" not in text_of(client.get(source.get_absolute_url()))
    assert "Bring back : A.2.1, statement 2" in text_of(client.get(f"{source.get_absolute_url()}?show=aside"))
    again = client.post(listed(small), {"file": reading._upload(source), "mapping": ""}, follow=True)
    assert "This file is here already: nothing changed." in text_of(again)
    assert Import.objects.count() == 1


def test_a_file_that_cannot_be_read_is_refused_on_the_form(browser_of, small, reviewer, sig):
    wrong = upload(*FIRST)
    wrong.file.truncate(0)
    wrong.size = 0
    response = browser_of(reviewer).post(listed(small), {"file": wrong, "mapping": ""})
    assert response.status_code == 422
    assert "“their answers.xlsx” is empty: it has 0 bytes." in text_of(response)


def test_an_item_says_what_speaks_against_it_and_why_nothing_is_taken(browser_of, small, reviewer, evidence, sig):
    brought(small, reviewer, *FIRST)
    settle(small, [2], reviewer, evidence)
    submit(item(small, 1), reviewer, evidence)
    client = browser_of(reviewer)
    signed, awaiting, silent = (client.get(address(small, number)) for number in (2, 1, 4))
    assert "The item is confirmed, and the vendor’s own answer speaks against it." in text_of(signed)
    assert "Take and cite" not in text_of(signed)
    assert "Take the submission back to change it." in text_of(awaiting)
    assert "speaks against" not in text_of(awaiting)
    assert "What the vendor’s questionnaire says" not in text_of(silent)
    response = decide(client, proposal(small, 1), "take")
    assert "Nothing changed. The item is awaiting sign-off." in text_of(client.get(response["Location"]))
    assert proposal(small, 1).state == "open"


def test_who_may_only_read_sees_no_buttons(browser_of, small, reviewer, auditor, sig):
    source = brought(small, reviewer, *FIRST)
    client = browser_of(auditor)
    text = text_of(client.get(source.get_absolute_url()))
    assert "A.1" in text
    assert "Set aside:" not in text
    assert "Hand one in" not in text_of(client.get(listed(small)))


def test_pages_ask_as_often_for_one_answer_as_for_many(browser_of, small, reviewer, sig):
    client = browser_of(reviewer)

    def queries(source):
        counts = []
        for page in (source.get_absolute_url(), listed(small), address(small, 1)):
            client.get(page)
            with CaptureQueriesContext(connection) as asked:
                client.get(page)
            counts.append(len(asked))
        return counts

    one = queries(brought(small, reviewer, HEAD, ("A.1", "?", "Yes", None)))
    many = queries(brought(small, reviewer, *FIRST, sheet="Other"))
    assert many == one


def test_a_mapping_is_chosen_on_the_page(browser_of, small, reviewer, sig):
    source = brought(small, reviewer, *FIRST)
    taking.dismiss(proposal(small, 1), by=reviewer)
    client = browser_of(reviewer)
    choose = reverse("reviews:questionnaire_choose", args=[small.slug, source.pk])
    client.post(choose, {"mapping": "sig-like", "version": "1"})
    source.refresh_from_db()
    assert (source.state, source.version) == ("waiting", 2)
    late = client.post(choose, {"mapping": "sig-like", "version": "1"}, follow=True)
    assert "Nothing changed. Someone was faster: look at the questionnaire again." in text_of(late)
    assert bringing.can_choose(source) is False
