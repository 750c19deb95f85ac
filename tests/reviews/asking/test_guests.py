"""Does a page for the vendor's people open for the invited contact alone, as long as it should, and is all of it written down?"""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from reviews.asking import answers, guest_answers, guest_codes, guests, questions
from reviews.choices import Judged, Outcome, QuestionState, Via
from reviews.models import Answer, GuestLink, Message, Question
from reviews.reminders import messages
from tests.cast import pdf
from tests.reviews.again.again import decide
from tests.reviews.asking.visiting import add_contact, ask_three, code_in
from vendors import register
from vendors.models import Vendor

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=timezone.get_default_timezone())
TODAY = NOW.date()
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def contact(vendor, reviewer):
    return add_contact(vendor, reviewer)


@pytest.fixture
def three(small, reviewer):
    return ask_three(small, reviewer)


@pytest.fixture
def link(small, reviewer, contact, three):
    return guests.invite(small, by=reviewer, contact=contact, questions=three)


@pytest.fixture
def code(link, mailoutbox):
    """Return a function that has a code sent and reads it in the mail."""

    def code():
        guest_codes.send(link)
        return code_in(mailoutbox[-1])

    return code


def fresh(link):
    return guests.find(guests.token(link))


def why(link):
    return guests.why_closed(fresh(link))


def events(link):
    return list(Event.objects.about(link).order_by("pk").values_list("event_type", flat=True))


def refused(act, *args, **values):
    with pytest.raises(Refused) as refusal:
        act(*args, **values)
    return str(refusal.value)


def give(link, question, text="Thirty days.", files=(), **values):
    said = {"source": "Account manager", "said_on": TODAY} | values
    return guest_answers.give(link, question, text=text, files=files, **said)


# Inviting


def test_an_invitation_asks_the_questions_and_sends_the_address_by_mail_alone(link, three, reviewer, mailoutbox):
    assert link.expires_at == guests.end_of(TODAY + 14 * DAY)
    asked = [(each.state, each.asked_of, each.via, each.due_on) for each in Question.objects.all()]
    assert asked == [(QuestionState.ASKED, "Account manager", Via.PAGE, TODAY + 14 * DAY)] * 3
    messages.send_waiting()
    [mail] = mailoutbox
    assert (mail.to, mail.subject) == (["account-manager@vendor.example"], "Our organisation asks you some questions")
    assert mail.reply_to == [reviewer.email]
    assert f"http://127.0.0.1:8000/answer/{guests.token(link)}/" in mail.body
    assert not any(each.text in mail.body for each in three)
    event = Event.objects.get(event_type="guest.invited")
    assert (event.vendor_id, event.actor_name, event.after["questions"]) == (
        link.review.vendor.pk,
        "Reviewer",
        [1, 2, 3],
    )
    assert link.key.hex not in str(list(Event.objects.values_list()))


def test_the_address_is_signed_and_the_database_alone_does_not_give_it_away(link, settings):
    assert guests.find(guests.token(link)) == link
    for made_up in (link.key.hex, f"{link.key.hex}.x", guests.token(link)[:-1], "", f"{guests.token(link)}.x"):
        assert guests.find(made_up) is None


def test_what_was_answered_insufficiently_is_asked_again_and_what_was_asked_stays(small, reviewer, contact, three):
    first = three[0]
    for each in three[:2]:
        questions.put(each, by=reviewer, asked_of="Somebody else", via=Via.EMAIL)
    answer = answers.record(first, by=reviewer, text="No.", source="A call", said_on=TODAY, via=Via.MEETING)
    answers.judge(answer, by=reviewer, judged=Judged.INSUFFICIENT, reason="Why?")
    guests.invite(small, by=reviewer, contact=contact, questions=three)
    assert [each.asked_of for each in Question.objects.all()] == ["Account manager", "Somebody else", "Account manager"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"questions": []}, "Choose at least one question."),
        ({"expires_at": NOW - MINUTE}, "The last day is over already. Choose a later one."),
        ({"expires_at": NOW + 61 * DAY}, "A page for answers is open for at most 60 days."),
        ({"contact": "silent"}, "Silent has no e-mail address. Give the contact one first: the code goes there."),
        ({"contact": "foreign"}, "Only a contact of this review's vendor can be invited."),
        ({"questions": "withdrawn"}, "Question 1 was withdrawn."),
        ({"questions": "foreign"}, "Only questions of this review can be put to them."),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_left(small, review, reviewer, lead, contact, three, changes, words):
    other = Vendor.objects.create(name="Other", slug="other", created_by=lead)
    grants.give(lead, Access.LEAD, other)
    possible = {
        "silent": register.add_contact(small.vendor, by=lead, name="Silent"),
        "foreign": register.add_contact(other, by=lead, name="Foreign", email="foreign@example.com"),
    }
    chosen = {"foreign": ask_three(review, reviewer)[:1], "withdrawn": three[:1]}
    if changes.get("questions") == "withdrawn":
        questions.withdraw(three[0], by=reviewer, reason="Not needed.")
    values = {"contact": contact, "questions": three} | changes
    values["contact"] = possible.get(values["contact"], values["contact"]) if "contact" in changes else contact
    if isinstance(values["questions"], str):
        values["questions"] = chosen[values["questions"]]
    assert refused(guests.invite, small, by=reviewer, **values) == words
    assert (GuestLink.objects.count(), Message.objects.count()) == (0, 0)
    assert {each.state for each in three} == {QuestionState.DRAFT}


def test_only_who_may_ask_questions_invites_changes_sends_again_and_ends(
    link, small, auditor, stranger, contact, three
):
    for user in (auditor, stranger):
        for act in (
            lambda: guests.invite(small, by=user, contact=contact, questions=three),  # noqa: B023
            lambda: guests.end(link, by=user),  # noqa: B023
            lambda: guests.send_again(link, by=user),  # noqa: B023
            lambda: guests.change(link, by=user, questions=three, expires_at=link.expires_at),  # noqa: B023
        ):
            with pytest.raises(PermissionDenied):
                act()
    assert events(link) == ["guest.invited"]


def test_questions_and_the_last_day_change_while_it_is_open(link, three, small, reviewer, clock):
    new = questions.ask_new(small, by=reviewer, text="And backups?")
    guests.change(link, by=reviewer, questions=[three[0], new], expires_at=NOW + 3 * DAY)
    assert [each.number for each in guest_answers.asked(fresh(link)).questions] == [1, 4]
    assert Question.objects.get(pk=new.pk).state == QuestionState.ASKED
    event = Event.objects.get(event_type="guest.changed")
    assert (event.before["questions"], event.after["questions"]) == ([1, 2, 3], [1, 4])
    clock.move_to(NOW + 4 * DAY)
    assert why(link) == "The time for answering here is over."
    guests.change(fresh(link), by=reviewer, questions=[three[0], new], expires_at=NOW + 9 * DAY)
    assert why(link) == ""


def test_a_second_click_invites_nobody_twice_and_a_name_is_one_line(link, small, reviewer, vendor, contact, three):
    said = "Account manager is invited to answer exactly these questions already. Look at that page first."
    assert refused(guests.invite, small, by=reviewer, contact=contact, questions=three) == said
    guests.invite(small, by=reviewer, contact=contact, questions=three[:1])
    guests.end(link, by=reviewer)
    guests.invite(small, by=reviewer, contact=contact, questions=three)
    odd = add_contact(vendor, reviewer, name="Eve\r\n\r\nPay \u202enow", email="eve@vendor.example")
    assert guests.invite(small, by=reviewer, contact=odd, questions=three).name == "Eve Pay now"


def test_the_mail_is_sent_again_with_a_new_key_and_not_while_one_waits(link, reviewer, mailoutbox):
    assert refused(guests.send_again, link, by=reviewer) == "A mail to them is on its way already."
    messages.send_waiting()
    guests.send_again(link, by=reviewer)
    messages.send_waiting()
    assert [each.body for each in mailoutbox] == [mailoutbox[0].body] * 2
    assert {each.key for each in Message.objects.all()} == {f"guest:{link.pk}:1", f"guest:{link.pk}:2"}
    guests.end(link, by=reviewer)
    assert refused(guests.send_again, link, by=reviewer) == "This page was closed by the people who invited you."


# How a link closes


def _delete_contact(link, lead, reviewer):
    register.delete_contact(link.contact, by=lead)


def _correct_contact(link, lead, reviewer):
    link.contact.email = "successor@vendor.example"
    link.contact.save(update_fields=["email"])


def _decide(link, lead, reviewer):
    decide(link.review, Outcome.REFUSE)


def _nobody_left(link, lead, reviewer):
    for user, held in grants.people(link.review.vendor):
        for access in held:
            grants.take(user, access, link.review.vendor)


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (_delete_contact, "it was meant for somebody who is no longer the contact."),
        (_correct_contact, "it was meant for somebody who is no longer the contact."),
        (_decide, "answers are no longer needed."),
        (_nobody_left, "answers are no longer needed."),
    ],
)
def test_it_closes_by_itself(link, lead, reviewer, three, code, happens, words):
    sent = code()
    happens(link, lead, reviewer)
    assert why(link) == f"This page was closed: {words}"
    assert refused(guest_codes.enter, link, sent) == why(link)
    assert refused(guest_codes.send, link) == why(link)
    assert refused(give, link, three[0]) == why(link)


def test_ending_it_ends_the_visit_and_the_code_at_once(link, reviewer, code):
    secret = guest_codes.enter(link, code())
    waiting = code()
    assert guest_codes.is_visiting(fresh(link), secret)
    guests.end(link, by=reviewer)
    guests.end(link, by=reviewer)
    assert why(link) == "This page was closed by the people who invited you."
    assert not guest_codes.is_visiting(fresh(link), secret)
    assert refused(guest_codes.enter, link, waiting) == why(link)
    assert events(link).count("guest.ended") == 1


def test_after_a_restore_every_open_page_is_closed(link, small, reviewer, contact, three):
    ended = guests.invite(small, by=reviewer, contact=contact, questions=three[:1])
    guests.end(ended, by=reviewer)
    assert guests.close_all("A backup was restored.") == 1
    assert why(link) == "This page was closed by the people who invited you."
    event = Event.objects.about(link).get(event_type="guest.ended")
    assert (event.actor_name, event.reason) == ("Countersign", "A backup was restored.")


# Codes and visits


def test_a_code_opens_one_visit_and_neither_is_kept_readable(link, code, mailoutbox):
    sent = code()
    stored = fresh(link)
    assert sent.replace(" ", "") not in stored.code_hash
    secret = guest_codes.enter(link, sent)
    assert guest_codes.is_visiting(fresh(link), secret)
    assert secret not in str(list(GuestLink.objects.values_list()))
    assert events(link) == ["guest.invited", "guest.code_sent", "guest.entered"]
    entered = Event.objects.get(event_type="guest.entered")
    assert (entered.actor_id, entered.actor_name) == (None, "Account manager (guest of Anthropic)")
    said = str(list(Event.objects.values_list()))
    assert sent not in said
    assert sent.replace(" ", "") not in said
    assert mailoutbox[-1].subject == "Your code"


def test_a_used_a_replaced_and_an_old_code_open_nothing(link, code, clock):
    used = code()
    guest_codes.enter(link, used)
    assert refused(guest_codes.enter, link, used) == guest_codes.NO_CODE
    replaced, newest = code(), code()
    assert refused(guest_codes.enter, link, replaced) == guest_codes.WRONG
    clock.move_to(NOW + 10 * MINUTE)
    assert refused(guest_codes.enter, link, newest) == guest_codes.NO_CODE
    assert events(link).count("guest.wrong_code") == 3


def test_five_wrong_tries_end_a_code(link, code):
    sent = code()
    wrong = "00000000" if sent != "0000 0000" else "11111111"
    said = [refused(guest_codes.enter, link, wrong) for _ in range(5)]
    assert said == [guest_codes.WRONG] * 4 + [guest_codes.TOO_MANY_WRONG]
    assert refused(guest_codes.enter, link, sent) == guest_codes.NO_CODE
    secret = guest_codes.enter(link, code())
    assert guest_codes.is_visiting(fresh(link), secret)


def test_five_codes_an_hour_are_sent(link, code, clock, mailoutbox):
    for _ in range(5):
        code()
    assert refused(guest_codes.send, link) == guest_codes.TOO_MANY_CODES
    assert len(mailoutbox) == 5
    clock.move_to(NOW + 61 * MINUTE)
    code()
    assert len(mailoutbox) == 6


def test_a_newer_visit_ends_the_one_before_and_eight_hours_end_every_visit(link, code, clock):
    first = guest_codes.enter(link, code())
    second = guest_codes.enter(link, code())
    assert not guest_codes.is_visiting(fresh(link), first)
    clock.move_to(NOW + 8 * 60 * MINUTE - MINUTE)
    assert guest_codes.is_visiting(fresh(link), second)
    clock.move_to(NOW + 8 * 60 * MINUTE)
    assert not guest_codes.is_visiting(fresh(link), second)
    assert not guest_codes.is_visiting(fresh(link), "")


def test_a_mail_server_that_does_not_take_the_code_is_said_and_no_code_counts(link, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert refused(guest_codes.send, link) == guest_codes.NOT_SENT
    assert fresh(link).code_hash == ""
    assert events(link)[-2:] == ["guest.code_sent", "guest.code_not_sent"]
    said = {refused(guest_codes.send, link) for _ in range(guest_codes.CODES_AN_HOUR)}
    assert said == {guest_codes.NOT_SENT}


@pytest.mark.parametrize(
    ("email", "masked"),
    [("account-manager@vendor.example", "a…@v….example"), ("x@sub.vendor.example", "x…@s….example")],
)
def test_the_masked_address_names_nobody(email, masked):
    assert guest_codes.masked(email) == masked


# Answers


def test_an_answer_is_the_guests_with_its_files_and_the_same_twice_is_one(link, three):
    def files():
        return [pdf("made up"), SimpleUploadedFile("notes.txt", b"Thirty days.", "text/plain")]

    with guest_codes.acting(link):
        first = give(link, three[0], files=files())
        assert give(link, three[0], files=files()) == first
        give(link, three[0], "And backups: ninety.")
    assert [(each.number, each.guest, each.attachments.count()) for each in Answer.objects.all()] == [
        (1, link, 2),
        (2, link, 0),
    ]
    assert Question.objects.get(pk=three[0].pk).state == QuestionState.ANSWERED
    actors = Event.objects.filter(event_type__in=["question.answered", "guest.answered"]).values_list("actor_name")
    assert set(actors) == {("Account manager (guest of Anthropic)",)}
    assert [each.answered for each in guests.of(link.review)] == [1]


def test_a_question_withdrawn_or_never_put_to_them_is_not_answered(link, three, small, reviewer):
    other = questions.ask_new(small, by=reviewer, text="Not for them.")
    questions.withdraw(three[0], by=reviewer, reason="Not needed.")
    for each in (other, three[0]):
        assert refused(give, link, each) == "This question is no longer asked."
    assert [each.number for each in guest_answers.asked(fresh(link)).questions] == [2, 3]


def test_what_somebody_else_answered_in_the_same_words_does_not_stand_in_a_guests_way(link, three, reviewer):
    same = {"text": "Thirty days.", "source": "Account manager", "said_on": TODAY}
    answers.record(three[0], by=reviewer, via=Via.EMAIL, **same)
    assert give(link, three[0], **same).number == 2


def test_nobody_fills_the_storage_with_answers(link, three, monkeypatch):
    monkeypatch.setattr(guest_answers, "MOST_ANSWERS", 2)
    for number in (1, 2):
        give(link, three[0], f"Thirty days, {number}.")
    assert refused(give, link, three[0], "Thirty days, 3.").startswith("You answered this question 2 times.")
    give(link, three[1])


def test_a_refused_file_leaves_nothing(link, three):
    bad = SimpleUploadedFile("page.pdf", b"<html></html>", "application/pdf")
    assert "an HTML page" in refused(give, link, three[0], files=[pdf("one"), bad])
    assert Answer.objects.count() == 0
