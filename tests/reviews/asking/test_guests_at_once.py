"""What happens on a guest's page when several requests come at the same moment? (real connections, PostgreSQL)"""

from functools import partial

import pytest
from django.utils import timezone

from accounts.permissions import Refused
from reviews.asking import guest_answers, guest_codes, guests, questions
from reviews.models import Answer, GuestLink
from tests.at_once import at_once
from tests.reviews.asking.visiting import add_contact, ask_three, code_in

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


@pytest.fixture
def asked(small, reviewer):
    return ask_three(small, reviewer)


@pytest.fixture
def link(small, reviewer, vendor, asked):
    return guests.invite(small, by=reviewer, contact=add_contact(vendor, reviewer), questions=asked)


def test_wrong_codes_are_counted_one_by_one_and_a_right_one_opens_one_visit(link, mailoutbox):
    guest_codes.send(link)
    code = code_in(mailoutbox[-1]).replace(" ", "")
    wrong = f"{(int(code) + 1) % 10**8:08}"
    said = [str(each) for each in at_once(*[partial(guest_codes.enter, link, wrong)] * 9)]
    counted = [said.count(each) for each in (guest_codes.WRONG, guest_codes.TOO_MANY_WRONG, guest_codes.NO_CODE)]
    assert counted == [4, 1, 4]
    guest_codes.send(link)
    code = code_in(mailoutbox[-1])
    entered = at_once(*[partial(guest_codes.enter, link, code)] * 5)
    assert sum(isinstance(each, str) for each in entered) == 1


def test_five_codes_an_hour_are_sent_however_many_are_asked_for_at_once(link, mailoutbox):
    asked = at_once(*[partial(guest_codes.send, link)] * 9)
    assert (asked.count(None), len(mailoutbox), GuestLink.objects.get(pk=link.pk).codes_sent) == (5, 5, 5)


def test_an_answer_sent_twice_at_once_is_one_and_why_a_question_was_withdrawn_is_not_said(link, asked, small, reviewer):
    given = {"text": "Thirty days.", "source": "Account manager", "said_on": timezone.localdate()}
    first, second = at_once(*[partial(guest_answers.give, link, asked[0], **given)] * 2)
    assert first == second == Answer.objects.get()
    for number in range(ROUNDS):
        question = questions.ask_new(small, by=reviewer, text=f"And {number}?")
        link.questions.add(question)
        said = at_once(
            partial(guest_answers.give, link, question, **given),
            partial(questions.withdraw, question, by=reviewer, reason="Their competitor told us."),
        )[0]
        assert isinstance(said, Answer) or (
            isinstance(said, Refused) and str(said) == "This question is no longer asked."
        )
