"""What does the browser get of letters to the account team, from the gate's card to the last outcome?"""

import html
import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from audit.models import Event
from reviews.asking import answers, escalations, questions
from reviews.choices import Delivery, EscalationOutcome, EscalationState, Finding, Via
from reviews.models import Escalation, Message
from tests.cast import item, settle
from vendors.models import Contact

HIDDEN = re.compile(r'<input type="hidden" name="(version|was_\d+)" value="(\d+)"')


@pytest.fixture
def team(vendor):
    return Contact.objects.create(vendor=vendor, name="יעל כהן", email="team@example.com", is_account_team=True)


@pytest.fixture
def letter(small, team, lead):
    return escalations.draft(small, by=lead, items=[item(small, 1), item(small, 2)])


def reading_of(page):
    """What the page says it shows, to come back with the click."""
    return re.search(r'name="read" value="(\w{64})"', page.content.decode())[1]


def address(name, letter, *more):
    return reverse(f"reviews:{name}", args=[letter.review.slug, letter.number, *more])


def text_of(response):
    return " ".join(html.unescape(response.content.decode()).split())


def form_of(letter, **changes):
    """What the editor posts when nothing was touched."""
    said = {
        "version": letter.version,
        "contacts": [each.contact_id for each in letter.addressees.all()],
        "answer_by": letter.answer_by.isoformat(),
        "opening": letter.opening,
    }
    for row in letter.with_questions:
        said |= {f"keep_{row.pk}": "on", f"text_{row.pk}": row.question.text, f"wanted_{row.pk}": row.question.wanted}
    return {name: value for name, value in (said | changes).items() if value is not None}


def test_from_the_gates_card_to_a_letter_that_is_read_and_sent(browser_of, small, team, lead, reviewer):
    settle(small, [2, 5, 7], reviewer, finding=Finding.UNCONFIRMED)
    browser = browser_of(lead)
    new = reverse("reviews:escalation_new", args=[small.slug])
    assert f'href="{new}"' in browser.get(small.get_absolute_url()).content.decode()
    page = browser.get(new)
    assert len(re.findall(r'name="items"[^>]* checked', page.content.decode())) == 3
    made = browser.post(new, {"items": [item(small, number).pk for number in (2, 5, 7)]})
    letter = Escalation.objects.get()
    assert made.url == letter.get_absolute_url()
    opened = form_of(letter, opening="Guten Tag,", read="1")
    read = browser.post(address("escalation_edit", letter), opened, follow=True)
    assert "Guten Tag," in text_of(read)
    assert "Send it now" in text_of(read)
    assert "יעל כהן" in text_of(read)
    click = {"version": 2, "mailed": "1", "read": reading_of(read)}
    sent = browser.post(address("escalation_send", letter), click, follow=True)
    assert "Sent. Its questions count as asked." in text_of(sent)
    assert "answer due in" in text_of(sent)
    assert Message.objects.get().recipient_email == "team@example.com"
    listed = browser.get(reverse("reviews:escalations", args=[small.slug]))
    assert "0 of 3" in text_of(listed)
    assert "Escalation 1" in text_of(browser.get(small.vendor.get_absolute_url()))


def test_whoever_may_not_write_reads_the_draft_and_hears_why(browser_of, letter, reviewer, stranger):
    page = text_of(browser_of(reviewer).get(letter.get_absolute_url()))
    assert "Only the vendor's review lead or the review's CISO writes to the account team." in page
    assert "Save and read the letter" not in page
    assert browser_of(reviewer).post(address("escalation_edit", letter), form_of(letter)).status_code == 403
    assert browser_of(stranger).get(letter.get_absolute_url()).status_code == 404


def test_a_stale_editor_keeps_what_was_typed_beside_what_is_stored(browser_of, letter, lead):
    escalations.change(letter, by=lead, version=1, opening="Theirs")
    page = browser_of(lead).post(address("escalation_edit", letter), form_of(letter, opening="Mine"))
    assert page.status_code == 422
    assert "Both texts" in text_of(page)
    for words in ("Theirs", "Mine"):
        assert words in text_of(page)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"answer_by": "2020-01-01"}, "still to come"),
        ({"answer_by": "soon"}, "Enter a valid date"),
        ({"contacts": [987654]}, "Choose among the vendor's contacts."),
        ({"more": [987654]}, "not one of the available choices"),
    ],
)
def test_what_the_editor_cannot_take_is_said_and_nothing_is_saved(browser_of, letter, lead, changes, words):
    page = browser_of(lead).post(address("escalation_edit", letter), form_of(letter, **changes))
    assert page.status_code == 422
    assert words in text_of(page)
    assert Escalation.objects.get().version == 1


def test_a_letter_read_before_it_changed_is_not_sent(browser_of, letter, lead):
    escalations.change(letter, by=lead, version=1, opening="Theirs")
    page = browser_of(lead).post(address("escalation_send", letter), {"version": 1, "mailed": "1"}, follow=True)
    assert "someone changed escalation 1 meanwhile" in text_of(page)
    assert Escalation.objects.get().state == EscalationState.DRAFT
    assert not Event.objects.filter(event_type="escalation.sent").exists()


def test_silence_shows_on_every_page_and_outcomes_end_it(browser_of, letter, small, lead, reviewer):
    escalations.send(letter, by=lead, version=1, mailed=False)
    question = letter.with_questions[1].question
    browser = browser_of(lead)
    with time_machine.travel(letter.answer_by + timedelta(days=3)):
        answers.record(question, by=reviewer, text="Yes, so.", source="Call", said_on=letter.answer_by, via=Via.MEETING)
        browser.force_login(lead)
        page = text_of(browser.get(letter.get_absolute_url()))
        assert "3 days late" in page
        assert "Answered, to be judged" in page
        assert "Yes, so." in page
        silent = "No answer from the account team by"
        assert page.count(silent) == 1
        flagged = browser.get(item(small, 1).get_absolute_url()).content.decode()
        assert silent in flagged
        assert f'<a href="{letter.get_absolute_url()}">Show the letter</a>' in flagged
        assert 'aria-describedby="term-red-flag">Red flag</button>' in flagged
        assert silent not in text_of(browser.get(item(small, 2).get_absolute_url()))
        beside = browser.get(reverse("reviews:item_beside", args=[small.slug, 1])).content.decode()
        assert "<strong>Red flag.</strong> No answer from the account team by" in beside
        assert f'<a href="{letter.get_absolute_url()}">Show the letter</a>' in beside
        gate = browser.get(small.get_absolute_url()).content.decode()
        assert 'aria-describedby="term-red-flag">Red flag</button>' in gate
        assert f'{letter.get_absolute_url()}">Escalation 1</a> <a class="cs-rule" href="/help/rules/#rule-11">' in gate
        for row, outcome in zip(letter.with_questions, ("declined", "answered"), strict=True):
            said = {"outcome": outcome, "remark": "As they say."}
            browser.post(address("escalation_settle", letter, row.pk), said)
        page = text_of(browser.get(letter.get_absolute_url()))
        assert "Close the escalation" in page
        closed = text_of(browser.post(address("escalation_close", letter), {"reason": "Enough."}, follow=True))
        assert "Enough." in closed
    assert Escalation.objects.get().state == EscalationState.CLOSED


@pytest.mark.parametrize("count", [1, 12])
def test_a_sent_letter_costs_the_same_number_of_queries_for_any_number_of_items(
    browser_of, small, team, lead, django_assert_num_queries, count
):
    letter = escalations.draft(small, by=lead, items=[item(small, number) for number in range(1, count + 1)])
    escalations.send(letter, by=lead, version=1, mailed=False)
    browser = browser_of(lead)
    browser.get(letter.get_absolute_url())
    with django_assert_num_queries(10):
        browser.get(letter.get_absolute_url())


def test_a_letter_that_bounced_is_said_to_whoever_reads_the_answers(browser_of, letter, lead, reviewer):
    escalations.send(letter, by=lead, version=1, mailed=True)
    assert "did not get the mail" not in text_of(browser_of(lead).get(letter.get_absolute_url()))
    Message.objects.update(state=Delivery.BOUNCED)
    page = text_of(browser_of(lead).get(letter.get_absolute_url()))
    assert f"<bdi>{Message.objects.get().recipient_name}</bdi> did not get the mail of" in page
    assert "did not get the mail" not in text_of(browser_of(reviewer).get(letter.get_absolute_url()))


def test_a_question_reworded_on_its_own_page_is_neither_overwritten_nor_sent_unread(browser_of, letter, lead, reviewer):
    browser, opened = browser_of(lead), form_of(letter)
    opened |= {f"was_{row.pk}": row.question.version for row in letter.with_questions}
    read = reading_of(browser.get(address("escalation_letter", letter)))
    question = letter.with_questions[0].question
    questions.change(question, by=reviewer, version=1, text="How long, in days?")
    sent = browser.post(address("escalation_send", letter), {"version": 1, "mailed": "1", "read": read}, follow=True)
    assert "someone changed escalation 1 meanwhile" in text_of(sent)
    page = browser.post(address("escalation_edit", letter), opened)
    assert page.status_code == 422
    assert "How long, in days?" in text_of(page)
    question.refresh_from_db()
    letter.refresh_from_db()
    assert (letter.state, question.text) == (EscalationState.DRAFT, "How long, in days?")
    again = {name: html.unescape(value) for name, value in HIDDEN.findall(page.content.decode())}
    assert browser.post(address("escalation_edit", letter), opened | again).status_code == 302


def test_the_letter_is_read_as_from_whoever_sends_it(browser_of, letter, ciso, reviewer):
    page = browser_of(ciso).get(address("escalation_letter", letter))
    assert f"Please answer to <bdi>CISO</bdi> ({ciso.email})" in page.content.decode()
    click = {"version": 1, "mailed": "1", "read": reading_of(page)}
    browser_of(ciso).post(address("escalation_send", letter), click)
    letter.refresh_from_db()
    assert letter.said["from"]["name"] == "CISO"


def test_words_of_the_guidance_are_marked_until_they_are_reworded(browser_of, letter, lead):
    browser, mark = browser_of(lead), "From the guidance, which speaks to us: reword it for the vendor."
    assert text_of(browser.get(letter.get_absolute_url())).count(mark) == 2
    assert "Statements 1, 2: the words come from the guidance" in text_of(
        browser.get(address("escalation_letter", letter))
    )
    one, _ = letter.with_questions
    escalations.change(letter, by=lead, version=1, wording={one.pk: ("How long do you keep it?", "Your policy.")})
    assert text_of(browser.get(letter.get_absolute_url())).count(mark) == 1


def test_a_closing_word_that_no_database_can_keep_is_said(browser_of, letter, lead):
    sent = escalations.send(letter, by=lead, version=1, mailed=False)
    for row in sent.with_questions:
        escalations.settle(row, by=lead, outcome=EscalationOutcome.ANSWERED)
    page = browser_of(lead).post(address("escalation_close", letter), {"reason": "Done\x00"}, follow=True)
    assert "Not closed. Null characters are not allowed." in text_of(page)
    letter.refresh_from_db()
    assert letter.state == EscalationState.SENT
