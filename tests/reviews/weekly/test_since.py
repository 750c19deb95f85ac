"""What does a sync say has happened since the last one?"""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from evidence import library
from reviews import gate, opening, ownership, signoffs, workflow
from reviews.asking import answers, questions
from reviews.choices import Finding, Outcome
from reviews.models import Review
from reviews.weekly import since, syncs, trend
from tests.cast import add_evidence, item, pdf, record, settle, sign, submit
from tests.reviews.again.again import decide
from tests.reviews.conftest import fresh


def at(day):
    return time_machine.travel(f"{day}T09:00:00Z", tick=False)


def noon(day):
    return timezone.make_aware(datetime.fromisoformat(f"{day}T12:00"))


def told(found):
    return [(group.item.number, [(each.who, each.words) for each in group.changes]) for group in found.items]


@pytest.fixture
def evidence(vendor, reviewer):
    with at("2026-09-01"):
        return add_evidence(vendor, reviewer)


@pytest.fixture
def october(small, reviewer, evidence):
    """Opened on 1 October 2026; 1 was signed on the 2nd."""
    with at("2026-10-01"):
        Review.objects.filter(pk=small.pk).update(opened_at=timezone.now())
    with at("2026-10-02"):
        settle(small, [1], reviewer, evidence)
    return fresh(small)


def test_what_was_done_to_items_is_told_newest_first_and_counted(october, reviewer, lead, legal):
    with at("2026-10-04"):
        record(item(october, 2), reviewer)
    with at("2026-10-05"):
        submit(item(october, 8), reviewer, finding=Finding.UNCONFIRMED)
        ownership.set_due([item(october, 3)], due_on=date(2026, 11, 1), by=lead)
    with at("2026-10-06"):
        workflow.apply(workflow.RETURN, item(october, 8), by=legal, remark="Ask once more.")
        found = since.of([october], noon("2026-10-03"))
    assert told(found) == [
        (8, [("Legal", "returned it"), ("Reviewer", "submitted as cannot be confirmed")]),
        (3, [("Lead", "moved the due day to 1 November 2026")]),
        (2, [("Reviewer", "started work"), ("Reviewer", "changed the finding")]),
    ]
    assert found.items[0].changes[0].reason == "Ask once more."
    assert found.in_words == "1 submitted, 1 returned, 1 due days moved"
    assert found.unread == 0


def test_what_was_before_is_not_told(october, reviewer, evidence):
    with at("2026-10-06"):
        assert told(since.of([october], noon("2026-10-01"))) == [
            (1, [("CISO", "signed: confirmed"), ("Reviewer", "submitted as confirmed")])
        ]
        assert not since.of([october], noon("2026-10-03"))


def test_a_lapse_is_told_on_the_day_after_the_evidence_ended(october, reviewer, vendor):
    with at("2026-10-04"):
        settle(october, [2], reviewer, add_evidence(vendor, reviewer, "Letter", valid_until=date(2026, 10, 10)))
    with at("2026-10-10"):
        assert not since.of([october], noon("2026-10-05"))
    with at("2026-10-11"):
        found = since.of([october], noon("2026-10-10"))
        assert told(found) == [(2, [("", "The sign-off lapsed: cited evidence expired on 10 October 2026.")])]
        assert found.in_words == "1 lapsed"
        assert not since.of([october], noon("2026-10-11"))


def test_evidence_questions_answers_and_decisions_are_told_beside_the_items(october, reviewer, evidence, ciso):
    with at("2026-10-05"):
        library.add_version(evidence, by=reviewer, upload=pdf("newer"))
        asked = questions.ask_new(october, by=reviewer, text="Who holds the keys?")
        questions.put(asked, by=reviewer, asked_of="Account team", via="email", asked_on=date(2026, 10, 5))
    with at("2026-10-06"):
        answers.record(asked, by=reviewer, text="We do.", source="Mail", said_on=date(2026, 10, 6), via="email")
        decide(october, Outcome.HOLD)
        found = since.of([october], noon("2026-10-03"))
    # Of asking, the day is all that is kept.
    assert [change.day for group in found.others for change in group.changes if change.day] == [date(2026, 10, 5)]
    assert {group.title: [(each.who, each.words) for each in group.changes] for group in found.others} == {
        "Decisions": [("CISO", f"decided “Hold” on {october}")],
        "Questions and answers": [
            ("Reviewer", "recorded an answer to question 1"),
            ("Reviewer", "asked Account team question 1: Who holds the keys?"),
        ],
        "Evidence": [("Reviewer", "added version 2 of “SOC 2 report”")],
    }


def test_it_begins_at_the_last_sync_else_at_the_opening_or_a_week_ago(october, lead):
    with at("2026-10-05"):
        assert since.start(october, syncs.last(october, lead)) == october.opened_at
        assert since.start(None, syncs.last(None, lead)) == timezone.now() - timedelta(days=7)
        sync = syncs.open_sync(october, by=lead)
        syncs.close(sync, by=lead, figures={})
    with at("2026-10-09"):
        assert since.start(october, syncs.last(october, lead)).date() == date(2026, 10, 5)


@pytest.mark.parametrize(
    "words", ["", "soon", "2026-13-01", "2999-01-01", "0001-01-01", "2026-10-01T00:00", "\x00", "9" * 400]
)
def test_a_day_that_is_none_or_still_to_come_is_not_taken(words):
    assert since.asked_for(words) is None


def test_a_day_that_has_been_begins_at_its_midnight():
    assert since.asked_for("2026-03-29") == timezone.make_aware(datetime.fromisoformat("2026-03-29"))


def test_another_review_of_the_vendor_is_not_told_of(october, deployment, twelve, lead, reviewer, stakeholders):
    with at("2026-10-05"):
        other = opening.open_review(deployment, twelve, by=lead, title="Other", holders=stakeholders)
        record(item(other, 1), reviewer)
        assert since.of([october], noon("2026-10-03")).items == []
        both = since.of([october, fresh(other)], noon("2026-10-03"))
        elsewhere = since.of([fresh(other)], noon("2026-10-03"), alone=False)
        record(item(october, 3), reviewer)
        submit(item(october, 2), reviewer, finding=Finding.UNCONFIRMED)
    assert [group.item.review for group in both.items] == [other]
    assert elsewhere.counts == []
    with at("2026-10-06"):
        assert since.of([fresh(other)], noon("2026-10-03"), alone=False).counts == []
        assert since.of([october], noon("2026-10-03"), alone=False).counts == [(1, "submitted")]


def test_the_trend_follows_signatures_withdrawals_and_lapses_and_ends_at_the_gate(
    october, reviewer, evidence, vendor, ciso
):
    with at("2026-10-04"):
        settle(october, [2, 3], reviewer, add_evidence(vendor, reviewer, "Letter", valid_until=date(2026, 10, 6)))
    with at("2026-10-05"):
        signoffs.withdraw(item(october, 1), by=ciso, reason="Misread.")
    with at("2026-10-08"):
        submit(item(october, 1), reviewer)
        sign(item(october, 1))
        spans = trend.spans([october])[october.pk]
        now = gate.assess(october).satisfied
        history = trend.history(october, spans, now, timezone.localdate())
    assert [satisfied for _, satisfied in history] == [0, 1, 1, 3, 2, 2, 0, 1]
    assert history[0][0] == date(2026, 10, 1)
    assert trend.satisfied_at(spans, noon("2026-10-04")) == 3
