"""What does a guest's browser get, and what does everybody else's get at the same address?"""

import re
from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import context
from audit.models import Event
from evidence import uploads
from reviews.asking import answers, guests, questions
from reviews.choices import QuestionState
from reviews.models import Answer, Attachment, GuestLink, Question
from reviews.reminders import messages
from tests.cast import pdf
from tests.reviews.asking.visiting import add_contact, ask_three, code_in, enter
from tests.reviews.conftest import text_of

TODAY = date(2027, 1, 11)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2027-01-11T09:00:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def link(small, reviewer, vendor):
    three = ask_three(small, reviewer)
    return guests.invite(small, by=reviewer, contact=add_contact(vendor, reviewer), questions=three[:2])


@pytest.fixture
def address(link):
    return guests.path(link)


@pytest.fixture
def inside(link, mailoutbox):
    return enter(link, mailoutbox)


def said(**changes):
    return {"text": "Thirty days.", "source": "Account manager", "said_on": "2027-01-11"} | changes


# The door


def test_the_door_says_where_the_code_goes_and_nothing_of_vendor_review_or_questions(address, link):
    page = Client().get(address)
    assert page.status_code == 200
    assert "it goes to a…@v….example" in text_of(page)
    words = ("Anthropic", "Small review", "Claude", "Account manager", "Reviewer", "How long", "vendor.example")
    assert not [each for each in words if each in page.content.decode()]
    assert (page["X-Robots-Tag"], page["Referrer-Policy"]) == ("noindex, nofollow, noarchive", "same-origin")
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("part", ["", "code/", "enter/", "leave/", "questions/1/"])
def test_an_address_we_never_gave_out_is_not_found(db, part):
    response = Client().post(f"/answer/{'0' * 32}.made-up/{part}") if part else Client().get("/answer/made-up/")
    assert response.status_code == 404
    assert "There is nothing here" in text_of(response)


def test_the_visit_is_one_browsers_and_its_cookie_is_sent_to_this_page_alone(address, link, mailoutbox):
    browser = enter(link, mailoutbox)
    cookie = browser.cookies["guest"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (address, True, "Lax", 28800)
    assert "sessionid" not in browser.cookies
    assert "0 of 2 answered" in text_of(browser.get(address))
    # Forwarded: another browser stands at the door, and a changed cookie is none.
    other = Client()
    other.cookies["guest"] = f"{cookie.value}x"
    assert "ask for a code" in text_of(other.get(address))
    page = other.get(f"{address}questions/1/")
    assert (page.status_code, "How long" in page.content.decode()) == (403, False)


def test_a_wrong_and_a_used_code_are_said_and_a_new_one_lets_in(address, link, mailoutbox):
    browser = enter(link, mailoutbox)
    used = code_in(mailoutbox[-1])
    for client in (browser, Client()):
        page = client.post(f"{address}enter/", {"code": used})
        assert page.status_code == 403
        assert "it was used, replaced or is too old" in text_of(page)
    page = Client().post(f"{address}enter/", {"code": "12"})
    assert page.status_code == 403
    assert "Type the code from the mail." in text_of(Client().post(f"{address}enter/", {"code": " "}))


def test_too_many_tries_from_one_place_are_refused(address, mailoutbox):
    client = Client()
    statuses = [client.post(f"{address}enter/", {"code": "1"}).status_code for _ in range(31)]
    assert statuses == [403] * 30 + [429]


@pytest.mark.parametrize("closed", ["ended", "expired"])
def test_a_closed_page_says_so_to_whoever_asks_with_or_without_a_visit(address, link, inside, reviewer, clock, closed):
    if closed == "ended":
        guests.end(link, by=reviewer)
    else:
        clock.move_to("2027-01-26T09:00:00Z")
    for client in (inside, Client()):
        for page in (client.get(address), client.post(f"{address}questions/1/", said())):
            assert page.status_code == 410
            assert "This page is closed" in text_of(page)
            assert "Anthropic" not in page.content.decode()
    assert Answer.objects.count() == 0


def test_leaving_ends_the_visit(address, inside):
    inside.post(f"{address}leave/")
    assert "ask for a code" in text_of(inside.get(address))
    assert inside.post(f"{address}questions/1/", said()).status_code == 403


# Inside


def test_they_read_their_questions_by_topic_and_answer_them_all(address, inside, link):
    page = text_of(inside.get(address))
    assert "Retention 1 How long is data kept?" in page
    assert "Is sign-in by SSO?" not in page
    response = inside.post(f"{address}questions/1/", said(), follow=True)
    assert "Your answer to question 1 has arrived." in text_of(response)
    assert "1 of 2 answered" in text_of(response)
    inside.post(f"{address}questions/2/", said(text="In the EU."))
    page = text_of(inside.get(address))
    assert "All answered: thank you" in page
    assert Answer.objects.filter(guest=link, via="page", recorded_by=None).count() == 2


def test_others_questions_drafts_and_withdrawn_ones_are_not_there(address, inside, small, reviewer):
    questions.withdraw(small.questions.get(number=2), by=reviewer, reason="Secret reason.")
    for number in (2, 3, 99):
        assert inside.get(f"{address}questions/{number}/").status_code == 404
        assert inside.post(f"{address}questions/{number}/", said()).status_code == 404
    assert "0 of 1 answered" in text_of(inside.get(address))


def test_they_see_their_own_answers_and_neither_others_nor_our_judgement(address, inside, small, reviewer):
    inside.post(f"{address}questions/1/", said(text="My words."))
    question = small.questions.get(number=1)
    answers.judge(question.answers.get(), by=reviewer, judged="insufficient", reason="Judged so.")
    answers.record(question, by=reviewer, text="Others' words.", source="A call", said_on=TODAY, via="meeting")
    page = inside.get(f"{address}questions/1/").content.decode()
    assert "My words." in page
    assert not [each for each in ("Others", "A call", "Judged so", "insufficient") if each in page]


def test_an_answer_comes_with_files_whole_or_not_at_all(address, inside):
    files = [pdf("one"), SimpleUploadedFile("notes.txt", b"Thirty days.", "text/plain")]
    assert inside.post(f"{address}questions/1/", said(files=files)).status_code == 302
    assert [each.name for each in Attachment.objects.all()] == ["report.pdf", "notes.txt"]
    page = inside.post(f"{address}questions/2/", said(files=[SimpleUploadedFile("x.pdf", b"<html>")]))
    assert page.status_code == 422
    assert "“x.pdf” is an HTML page" in text_of(page)
    assert "Thirty days." in page.content.decode()
    assert (Answer.objects.count(), Attachment.objects.count()) == (1, 2)


def test_sending_twice_is_one_answer(address, inside):
    for _ in range(2):
        assert inside.post(f"{address}questions/1/", said(files=[pdf("one")])).status_code == 302
    assert (Answer.objects.count(), Attachment.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": ""}, "Write your answer."),
        ({"text": "a" * 20_001}, "An answer has at most 20,000 characters."),
        ({"source": ""}, "Say who says so, or which document."),
        ({"said_on": "tomorrow"}, "That is no day of the calendar"),
        ({"said_on": "2027-01-12"}, "that day has not come yet"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(address, inside, changes, words):
    page = inside.post(f"{address}questions/1/", said() | {"text": "Typed."} | changes)
    assert page.status_code == 422
    assert words in text_of(page)
    assert Answer.objects.count() == 0


def test_long_answers_and_names_from_right_to_left_arrive_as_they_are(address, inside, link):
    GuestLink.objects.update(name="שירות לקוחות")
    text = "א" * 10_000
    inside.post(f"{address}questions/1/", said(text=text, source="שירות"))
    assert Answer.objects.get().text == text
    assert "<bdi>שירות לקוחות</bdi>" in inside.get(address).content.decode()
    assert "שירות לקוחות (guest of Anthropic)" in Event.objects.values_list("actor_name", flat=True)


def test_files_of_nobody_known_are_not_even_written_down(address, monkeypatch):
    written = []
    monkeypatch.setattr(uploads, "Upload", lambda *args: written.append(args))
    page = Client().post(f"{address}questions/1/", said(files=[pdf("one")]))
    assert (page.status_code, written) == (403, [])


def test_one_of_us_in_the_same_browser_and_the_guest_do_not_mix(address, link, mailoutbox, browser_of, ciso):
    browser = enter(link, mailoutbox, browser_of(ciso))
    page = browser.get(address)
    assert "CISO" not in page.content.decode()
    browser.post(f"{address}questions/1/", said())
    answered = Event.objects.get(event_type="question.answered")
    assert (answered.actor_id, answered.actor_name) == (None, "Account manager (guest of Anthropic)")
    theirs = context.session_fingerprint(browser.session.session_key)
    at_the_door = Event.objects.filter(event_type__startswith="guest.").exclude(event_type="guest.invited")
    assert {each.actor_id for each in at_the_door} == {None}
    assert theirs not in {each.session_id for each in at_the_door}
    assert "My work" in text_of(browser.get("/"))


def test_a_page_costs_the_same_for_two_questions_and_for_many(address, inside, link, small, reviewer):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            inside.get(address)
        return len(queries)

    inside.post(f"{address}questions/1/", said())
    before = cost()
    more = [questions.ask_new(small, by=reviewer, text=f"Question {number}?") for number in range(8)]
    guests.change(link, by=reviewer, questions=[*link.questions.all(), *more], expires_at=link.expires_at)
    inside.post(f"{address}questions/2/", said())
    assert cost() == before


# Our side


def test_we_invite_look_change_and_end_in_the_browser(browser_of, reviewer, small, vendor, mailoutbox):
    contact = add_contact(vendor, reviewer)
    ask_three(small, reviewer)
    browser = browser_of(reviewer)
    address = f"/reviews/{small.slug}/guests/"
    assert "Nobody at the vendor is invited yet." in text_of(browser.get(address))
    pks = list(Question.objects.values_list("pk", flat=True))
    page = browser.post(address, {"contact": contact.pk, "questions": pks[:2], "until": "2027-01-20"}, follow=True)
    assert "Account manager is invited." in text_of(page)
    assert "Waiting for the first visit" in text_of(page)
    link = GuestLink.objects.get()
    assert guests.token(link) not in page.content.decode()
    messages.send_waiting()
    enter(link, mailoutbox)
    browser = browser_of(reviewer)
    assert "Opened, nothing answered yet" in text_of(browser.get(address))
    page = browser.post(f"{address}{link.pk}/", {"questions": pks, "until": "2027-01-20"}, follow=True)
    assert "0 of 3 answered" in text_of(page)
    assert Question.objects.get(number=3).state == QuestionState.ASKED
    assert "goes out again" in text_of(browser.post(f"{address}{link.pk}/again/", follow=True))
    assert "is closed. What was answered stays." in text_of(browser.post(f"{address}{link.pk}/end/", follow=True))
    assert "Ended" in text_of(browser.get(f"{address}{link.pk}/"))


def test_ending_a_page_asks_for_nothing_of_the_form_beside_it(browser_of, reviewer, link):
    page = browser_of(reviewer).get(f"/reviews/{link.review.slug}/guests/{link.pk}/").content.decode()
    confirming = re.search(r'<form class="cs-confirm-box".*?</form>', page, re.DOTALL)[0]
    assert "The page closes at once" in confirming
    assert "checkbox" not in confirming


def test_what_cannot_be_invited_is_said_with_what_was_typed(browser_of, reviewer, small, vendor):
    contact = add_contact(vendor, reviewer, email="")
    ask_three(small, reviewer)
    page = browser_of(reviewer).post(
        f"/reviews/{small.slug}/guests/",
        {"contact": contact.pk, "questions": [Question.objects.first().pk], "until": "2027-01-20", "note": "Typed."},
    )
    assert page.status_code == 422
    assert "Account manager has no e-mail address." in text_of(page)
    assert "Typed." in page.content.decode()


def test_the_list_costs_the_same_for_one_link_and_for_many(browser_of, reviewer, small, vendor, link):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"/reviews/{small.slug}/guests/")
        return len(queries)

    browser = browser_of(reviewer)
    cost()
    before = cost()
    for number in range(5):
        contact = add_contact(vendor, reviewer, f"Colleague {number}", f"colleague-{number}@vendor.example")
        guests.invite(small, by=reviewer, contact=contact, questions=link.questions.all())
    assert cost() == before
