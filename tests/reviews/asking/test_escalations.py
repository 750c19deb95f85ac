"""How does a letter to the account team come about, go out and end?"""

import hashlib
from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.permissions import Refused
from audit.models import Event
from reviews.asking import answers, escalations, letters, questions
from reviews.choices import EscalationOutcome, EscalationState, Finding, QuestionState, Via
from reviews.models import Escalation, Message, Question, StandardQuestion
from reviews.reminders import messages
from tests.at_once import at_once
from tests.cast import item, settle
from vendors.models import Contact

NAME = "יעל כהן"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-20T10:00:00Z", tick=False) as traveller:  # a Friday
        yield traveller


@pytest.fixture
def team(vendor):
    """One of two of the account team has an address."""
    Contact.objects.create(vendor=vendor, name="Switchboard", is_account_team=True)
    return Contact.objects.create(
        vendor=vendor, name=NAME, job_title="Account manager", email="team@example.com", is_account_team=True
    )


@pytest.fixture
def letter(small, team, lead):
    return escalations.draft(small, by=lead, items=[item(small, 1), item(small, 2)])


def send(letter, by, mailed=True):
    return escalations.send(fresh(letter), by=by, version=fresh(letter).version, mailed=mailed)


def fresh(letter):
    return Escalation.objects.get(pk=letter.pk)


def events_of(letter):
    return list(Event.objects.about(letter).order_by("pk").values_list("event_type", flat=True))


def test_a_letter_begins_with_what_the_gate_escalates(small, team, lead, reviewer):
    settle(small, [2, 5, 7], reviewer, finding=Finding.UNCONFIRMED)
    letter = escalations.draft(small, by=lead)
    assert [each.item.number for each in letter.with_questions] == [2, 5, 7]
    assert sorted(each.name for each in letter.addressees.all()) == ["Switchboard", NAME]
    assert (letter.number, letter.state, letter.answer_by) == (1, EscalationState.DRAFT, date(2026, 12, 4))
    assert "3 points of that review cannot be confirmed" in letter.opening
    assert Question.objects.filter(state=QuestionState.DRAFT).count() == 3


def test_a_gate_that_does_not_escalate_begins_no_letter_by_itself(small, team, lead):
    with pytest.raises(Refused, match="does not say “Escalate”"):
        escalations.draft(small, by=lead)
    with pytest.raises(Refused, match="at least one statement"):
        escalations.draft(small, by=lead, items=[])
    assert not Escalation.objects.exists()


def test_letters_are_numbered_within_the_vendor(letter, small, lead):
    assert escalations.draft(small, by=lead, items=[item(small, 3)]).number == letter.number + 1


def test_each_item_takes_its_open_question_or_one_from_the_guidance(small, team, lead, reviewer):
    there = questions.ask_new(small, by=reviewer, text="How long?", items=[item(small, 1)])
    letter = escalations.draft(small, by=lead, items=[item(small, 1), item(small, 2)])
    first, second = letter.with_questions
    assert first.question == there
    assert (second.question.text, second.question.state) == (second.item.statement.ask, QuestionState.DRAFT)
    assert second.item.statement.good not in second.question.wanted


def test_a_standard_question_goes_before_the_guidance_and_no_question_is_put_twice(small, twelve, team, lead):
    StandardQuestion.objects.create(
        checklist=twelve, key="keys", position=1, text="Who holds the keys?", numbers=[1, 2]
    )
    letter = escalations.draft(small, by=lead, items=[item(small, 1), item(small, 2)])
    first, second = letter.with_questions
    assert first.question.text == "Who holds the keys?"
    assert second.question.text == second.item.statement.ask


@pytest.mark.parametrize("who", ["reviewer", "legal", "auditor"])
def test_only_the_lead_and_the_ciso_write_to_the_account_team(letter, small, who, request):
    by = request.getfixturevalue(who)
    for act in (
        lambda: escalations.draft(small, by=by, items=[item(small, 1)]),
        lambda: escalations.change(letter, by=by, version=1, opening="Mine"),
        lambda: send(letter, by),
        lambda: escalations.withdraw(letter, by=by, version=1, reason="No"),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert fresh(letter).version == 1


def test_a_draft_changes_in_all_its_parts(letter, small, team, ciso):
    _, two = letter.with_questions
    changed = escalations.change(
        letter, by=ciso, version=1, opening="Dear all", answer_by=date(2026, 12, 1), contacts=[team],
        items=[item(small, 2), item(small, 4)], wording={two.pk: ("Who has keys?", "A list")},
    )  # fmt: skip
    assert (changed.opening, changed.answer_by, changed.version) == ("Dear all", date(2026, 12, 1), 2)
    assert [each.name for each in changed.addressees.all()] == [NAME]
    assert [each.item.number for each in changed.with_questions] == [2, 4]
    two.question.refresh_from_db()
    assert (two.question.text, two.question.wanted) == ("Who has keys?", "A list")


def test_a_letter_that_opens_as_proposed_says_how_many_points_are_left_in_it(letter, lead, small):
    assert "2 points of that review cannot be confirmed" in letter.opening
    left = escalations.change(letter, by=lead, version=1, opening=letter.opening, items=[item(small, 2)])
    assert "one point of that review cannot be confirmed" in fresh(left).opening
    own = escalations.change(letter, by=lead, version=2, opening="2 points.", items=[item(small, 2), item(small, 3)])
    assert fresh(own).opening == "2 points."


def test_a_stale_change_and_a_day_in_the_past_are_refused(letter, lead):
    escalations.change(letter, by=lead, version=1, opening="First")
    with pytest.raises(escalations.Stale, match="someone changed escalation 1"):
        escalations.change(letter, by=lead, version=1, opening="Second")
    with pytest.raises(Refused, match="still to come"):
        escalations.change(letter, by=lead, version=2, answer_by=date(2026, 11, 20))
    assert fresh(letter).opening == "First"


def test_a_question_that_was_asked_before_stays_as_it_was_asked(small, team, lead):
    asked = questions.ask_new(small, by=lead, text="How long?", items=[item(small, 1)])
    questions.put(asked, by=lead, asked_of="Account team", via=Via.EMAIL)
    letter = escalations.draft(small, by=lead, items=[item(small, 1)])
    row = letter.with_questions.get()
    escalations.change(letter, by=lead, version=1, wording={row.pk: ("How long exactly?", "")})
    assert Question.objects.get(pk=asked.pk).text == "How long?"
    assert letter.with_questions.get().question.text == "How long exactly?"


def test_sending_freezes_the_letter_and_puts_its_questions(letter, lead):
    sent = send(letter, lead)
    assert (sent.state, sent.sent_by, sent.mailed) == (EscalationState.SENT, lead, True)
    assert hashlib.sha256(sent.content.encode()).hexdigest() == sent.digest
    assert [each["number"] for each in sent.said["items"]] == [1, 2]
    for row in sent.with_questions:
        question = row.question
        assert (question.state, question.via, question.due_on) == (QuestionState.ASKED, Via.LETTER, sent.answer_by)
        assert question.asked_of == f"Switchboard, {NAME}"
    assert events_of(letter) == ["escalation.drafted", "escalation.sent"]
    assert Event.objects.get(event_type="escalation.sent").content_hash == f"sha256:{sent.digest}"
    with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
        Escalation.objects.filter(pk=sent.pk).update(content="{}")
    with pytest.raises(Refused, match="stays as it was"):
        escalations.change(sent, by=lead, version=sent.version, opening="Other words")


def test_the_mail_is_the_whole_letter_and_answers_go_to_who_sent_it(letter, lead, team, mailoutbox):
    sent = send(letter, lead)
    message = Message.objects.get()
    assert (message.recipient_name, message.recipient_email) == (NAME, "team@example.com")
    messages.send_waiting()
    [mail] = mailoutbox
    assert mail.to == ["team@example.com"]
    assert mail.reply_to == [lead.email]
    assert mail.subject == (
        "Escalation 1: open points of our security review, Claude Enterprise, answer by 4 December 2026"
    )
    told = mail.body
    assert f"\n\n{sent.opening}\n\n" in told, "whoever reads it wraps the lines"
    for row in sent.with_questions:
        assert f"{row.item.number}. {row.item.statement.text}\n" in told
        assert f"Question {row.question.number}: {row.question.text}\n" in told
    for words in (
        f"Dear {NAME},",
        "Our reference: Escalation 1 · Anthropic",
        "Small review",
        "4 December 2026",
        lead.email,
    ):
        assert words in told
    assert "may not fit the sensitivity of the data" in told


def test_what_is_sent_by_hand_mails_nobody(letter, lead):
    assert send(letter, lead, mailed=False).mailed is False
    assert not Message.objects.exists()


def test_a_letter_without_anybody_to_read_it_is_not_sent(letter, lead, team):
    escalations.change(letter, by=lead, version=1, contacts=[Contact.objects.get(name="Switchboard")])
    with pytest.raises(Refused, match="e-mail address"):
        send(letter, lead)
    escalations.change(letter, by=lead, version=2, contacts=[])
    with pytest.raises(Refused, match="goes to nobody"):
        send(letter, lead, mailed=False)
    assert fresh(letter).state == EscalationState.DRAFT


def test_a_question_that_was_answered_meanwhile_keeps_the_letter_back(letter, lead, reviewer):
    question = letter.with_questions[0].question
    answers.record(question, by=reviewer, text="Yes.", source="Call", said_on=date(2026, 11, 20), via=Via.MEETING)
    with pytest.raises(Refused, match=r"Nothing was written down\. Question 1 is not to be asked now"):
        send(letter, lead)
    assert fresh(letter).state == EscalationState.DRAFT


def test_a_reminder_repeats_the_letter_once_a_day_while_it_waits(letter, lead, clock, mailoutbox):
    send(letter, lead)
    with pytest.raises(Refused, match="today already"):
        escalations.remind(letter, by=lead)
    clock.shift(timedelta(days=10))
    escalations.remind(letter, by=lead)
    messages.send_waiting()
    assert [mail.subject.startswith("Reminder: ") for mail in mailoutbox] == [False, True]
    assert mailoutbox[1].body.startswith("We sent you the letter below on 20 November 2026")


def test_nobody_is_reminded_of_what_they_have_answered(letter, lead, reviewer, clock):
    one, two = send(letter, lead).with_questions
    clock.shift(timedelta(days=3))
    said = {"text": "Yes.", "source": "Call", "said_on": date(2026, 11, 21), "via": Via.MEETING}
    answers.record(one.question, by=reviewer, **said)
    escalations.settle(two, by=lead, outcome=EscalationOutcome.DROPPED, remark="Found it ourselves.")
    with pytest.raises(Refused, match="nothing to remind them of"):
        escalations.remind(letter, by=lead)
    assert Message.objects.count() == 1


@pytest.mark.parametrize("change", ["delete", "move"])
def test_who_is_no_contact_any_more_gets_no_letter(letter, lead, team, change):
    if change == "delete":
        team.delete()
    else:
        Contact.objects.filter(pk=team.pk).update(email="elsewhere@example.com")
    with pytest.raises(Refused, match=f"{NAME}: no contact of the vendor with this name and address any more"):
        send(letter, lead)
    assert not Message.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_letter_does_not_wait_for_who_writes_of_the_vendor_and_may_wait_for_its_review(small, vendor, lead):
    with transaction.atomic():
        Contact.objects.create(vendor=vendor, name="Switchboard", is_account_team=True)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        [made] = at_once(lambda: escalations.draft(small, by=lead, items=[item(small, 1)]))
    assert isinstance(made, Escalation)


def test_an_escalation_ends_when_every_item_has_an_outcome(letter, lead, ciso):
    sent = send(letter, lead)
    one, two = sent.with_questions
    with pytest.raises(Refused, match="what came of statement 1, 2"):
        escalations.close(sent, by=lead)
    escalations.settle(one, by=ciso, outcome=EscalationOutcome.ANSWERED)
    with pytest.raises(Refused, match="how they declined"):
        escalations.settle(two, by=ciso, outcome=EscalationOutcome.DECLINED)
    escalations.settle(two, by=ciso, outcome=EscalationOutcome.DECLINED, remark="Confidential, they say.")
    closed = escalations.close(sent, by=lead)
    assert (closed.state, closed.closed_by) == (EscalationState.CLOSED, lead)
    for act in (
        lambda: escalations.settle(one, by=ciso, outcome=EscalationOutcome.PARTLY),
        lambda: escalations.close(sent, by=lead),
        lambda: escalations.remind(sent, by=lead),
    ):
        with pytest.raises(Refused):
            act()


def test_a_draft_is_given_up_with_a_reason(letter, lead):
    with pytest.raises(Refused, match="why the letter is not sent"):
        escalations.withdraw(letter, by=lead, version=1, reason=" ")
    escalations.withdraw(letter, by=lead, version=1, reason="They called.")
    with pytest.raises(Refused, match="is withdrawn"):
        send(letter, lead)


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "answer due in 14 days, on 4 December 2026"), (13, "answer due in 1 day, on 4 December 2026"),
     (14, "answer due today"), (17, "3 days late")],
)  # fmt: skip
def test_the_clock_counts_to_the_day_and_past_it(letter, days, words):
    assert escalations.due_in_words(letter, timezone.localdate() + timedelta(days=days)) == words


def test_ten_thousand_characters_and_names_from_the_right_survive_the_letter(letter, lead, small):
    row = letter.with_questions[0]
    long = "سؤال طويل " * 1000
    escalations.change(letter, by=lead, version=1, wording={row.pk: (long, "")})
    sent = send(letter, lead)
    assert sent.said["items"][0]["text"] == long.strip()
    assert letters.printed(sent)["to"][1]["name"] == NAME
