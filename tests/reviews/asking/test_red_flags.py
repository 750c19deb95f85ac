"""When does silence of the account team show as the source's red flag?"""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from reviews.asking import answers, escalations, red_flags, replies
from reviews.choices import EscalationOutcome, Via
from tests.cast import item
from vendors.models import Contact

DUE = date(2026, 12, 4)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-20T10:00:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def drafted(small, lead):
    Contact.objects.create(vendor=small.vendor, name="Account team", email="team@example.com", is_account_team=True)
    return escalations.draft(small, by=lead, items=[item(small, 1), item(small, 2)])


@pytest.fixture
def sent(drafted, lead):
    return escalations.send(drafted, by=lead, version=1, mailed=False)


def flags(review, day):
    return {number: flag.text for number, flag in red_flags_by_number(review, day).items()}


def red_flags_by_number(review, day):
    items = {each.pk: each for each in review.items.select_related("statement")}
    return {items[pk].number: flag for pk, flag in red_flags.of(items.values(), day).items()}


def answer(escalation, position, by, day=DUE):
    question = escalation.with_questions[position].question
    return answers.record(question, by=by, text="Yes.", source="Call", said_on=timezone.localdate(), via=Via.MEETING)


def test_silence_is_a_red_flag_from_the_day_after(small, sent):
    assert flags(small, DUE) == {}
    late = flags(small, DUE + timedelta(days=1))
    assert sorted(late) == [1, 2]
    assert late[1] == (
        "No answer from the account team by 4 December 2026 (Escalation 1): the way we use Claude Enterprise may not "
        "fit the sensitivity of the data."
    )


def test_a_draft_raises_no_flag(small, drafted):
    assert flags(small, DUE + timedelta(days=99)) == {}


def test_an_answer_since_the_letter_lowers_the_flag_and_an_older_one_does_not(small, drafted, lead, reviewer, clock):
    older = drafted.with_questions[1].question
    answers.judge(answer(drafted, 1, reviewer), by=reviewer, judged="insufficient", reason="Too short.")
    older.refresh_from_db()
    clock.shift(timedelta(hours=1))
    sent = escalations.send(drafted, by=lead, version=1, mailed=False)
    answer(sent, 0, reviewer)
    assert sorted(flags(small, DUE + timedelta(days=1))) == [2]


def test_declining_is_a_red_flag_at_once_and_stays_after_the_end(small, sent, lead):
    one, two = sent.with_questions
    escalations.settle(one, by=lead, outcome=EscalationOutcome.DECLINED, remark="No.")
    escalations.settle(two, by=lead, outcome=EscalationOutcome.DROPPED, remark="Not used.")
    escalations.close(sent, by=lead)
    said = flags(small, DUE - timedelta(days=3))
    assert sorted(said) == [1]
    assert said[1].startswith("The account team declined to answer (Escalation 1)")


@pytest.mark.parametrize("outcome", ["answered", "partly", "dropped"])
def test_any_other_outcome_lowers_the_flag(small, sent, lead, outcome):
    for row in sent.with_questions:
        escalations.settle(row, by=lead, outcome=outcome, remark="So.")
    assert flags(small, DUE + timedelta(days=30)) == {}


def test_a_better_answer_to_a_later_letter_lowers_an_earlier_flag(small, sent, lead):
    escalations.settle(sent.with_questions[0], by=lead, outcome=EscalationOutcome.DECLINED, remark="No.")
    again = escalations.draft(small, by=lead, items=[item(small, 1)])
    again = escalations.send(again, by=lead, version=1, mailed=False)
    assert sorted(flags(small, DUE)) == [1]
    escalations.settle(again.with_questions[0], by=lead, outcome=EscalationOutcome.ANSWERED)
    assert flags(small, DUE) == {}


def test_replies_to_any_number_of_letters_are_two_queries(small, sent, lead, django_assert_num_queries):
    more = escalations.draft(small, by=lead, items=[item(small, number) for number in range(3, 13)])
    with django_assert_num_queries(2):
        found = replies.of_each([sent, more], DUE + timedelta(days=1))
    assert [each.words for each in found[sent.pk]] == ["No answer", "No answer"]
    assert {each.words for each in found[more.pk]} == {"Not asked"}


def test_flags_of_any_number_of_items_are_one_query(small, sent, django_assert_num_queries):
    items = list(small.items.all())
    with django_assert_num_queries(1):
        red_flags.of(items, DUE + timedelta(days=1))
