"""Is what is kept of many items always what looking at each of them says? (rule 8)"""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from evidence import library
from reviews import findings, gate, ownership, signoffs, standing, standings, workflow
from reviews.choices import Finding, State
from reviews.dashboard import overview
from reviews.models import Item, Review, Touched
from reviews.tasks import look_again
from tests.at_once import at_once
from tests.cast import add_evidence, item, pdf, record, settle, sign, submit
from tests.reviews.test_standing import CAUSES

TODAY, TOMORROW = timezone.localdate(), timezone.localdate() + timedelta(days=1)


def kept(review, day=TODAY):
    rows = standings.all_of_them().filter(review=review).on(day)
    return dict(rows.values_list("item__statement__number", "today_state"))


def looked_at(review, day=TODAY):
    return {each.number: standing.state_of(each, day) for each in review.items.with_standing()}


@pytest.fixture
def settled(small, reviewer, evidence):
    """Confirmed, not applicable, cannot be confirmed, awaiting, in progress; each looked at once."""
    settle(small, [1, 3], reviewer, evidence)
    settle(small, [4], reviewer, finding=Finding.NOT_APPLICABLE)
    settle(small, [5], reviewer, finding=Finding.UNCONFIRMED)
    submit(item(small, 7), reviewer, evidence)
    record(item(small, 8), reviewer)
    standings.refresh()
    return small


def test_rule_08_every_state_is_kept_as_it_is(settled):
    assert kept(settled) == looked_at(settled)
    assert {State.CONFIRMED, State.NOT_APPLICABLE, State.UNCONFIRMED, State.AWAITING, State.IN_PROGRESS} < set(
        kept(settled).values()
    )


@pytest.mark.parametrize("cause", [cause for cause, _ in CAUSES], ids=lambda cause: cause.__name__)
def test_rule_08_what_lapses_a_signoff_is_known_at_the_next_question(settled, cause, evidence, reviewer):
    assert kept(settled)[1] == State.CONFIRMED
    cause(evidence, reviewer)
    assert kept(settled)[1] == looked_at(settled)[1] == State.LAPSED


def restore(review, evidence, reviewer, lead, legal):
    library.withdraw(evidence, by=reviewer, reason="A draft.")
    standings.refresh()
    library.restore(evidence, by=reviewer)


def withdraw_a_signature(review, evidence, reviewer, lead, legal):
    signoffs.withdraw(item(review, 1), by=item(review, 1).holder, reason="Once more.")


def sign_one(review, evidence, reviewer, lead, legal):
    sign(item(review, 7))


def give_an_owner_to_what_has_none(review, evidence, reviewer, lead, legal):
    ownership.hand_over([item(review, 12)], to=legal, by=lead)


def leave_a_role_without_a_person(review, evidence, reviewer, lead, legal):
    review.assignments.all().delete()


def an_owner_leaves(review, evidence, reviewer, lead, legal):
    ownership.hand_over([item(review, 9), item(review, 10)], to=legal, by=lead)
    standings.refresh()
    type(legal).objects.filter(pk=legal.pk).update(is_active=False)


def cite_in_what_is_signed_past_the_domain(review, evidence, reviewer, lead, legal):
    other = add_evidence(evidence.vendor, reviewer, "Another")
    item(review, 1).citations.create(evidence=other, cited_by=reviewer)


def give_the_review_another_address_past_the_domain(review, evidence, reviewer, lead, legal):
    Review.objects.filter(pk=review.pk).update(slug="elsewhere")


def write_a_status_in_sql(review, evidence, reviewer, lead, legal):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reviews_item SET status = 'in_progress' WHERE status = 'not_started'")


@pytest.mark.parametrize(
    "change",
    [
        restore,
        withdraw_a_signature,
        sign_one,
        give_an_owner_to_what_has_none,
        leave_a_role_without_a_person,
        an_owner_leaves,
        cite_in_what_is_signed_past_the_domain,
        give_the_review_another_address_past_the_domain,
        write_a_status_in_sql,
    ],
    ids=lambda change: change.__name__,
)
def test_rule_08_nothing_that_changes_a_state_goes_unnoticed(settled, change, evidence, reviewer, lead, legal):
    before = looked_at(settled)
    change(settled, evidence, reviewer, lead, legal)
    settled.refresh_from_db()
    after = looked_at(Review.objects.get(pk=settled.pk))
    assert kept(settled) == after
    assert after != before or change is restore


def test_rule_08_time_alone_lapses_what_is_kept(small, vendor, reviewer):
    expiring = add_evidence(vendor, reviewer, "Ends today", valid_until=TODAY)
    settle(small, [1], reviewer, expiring)
    standings.refresh()
    assert kept(small, TODAY)[1] == looked_at(small, TODAY)[1] == State.CONFIRMED
    assert kept(small, TOMORROW)[1] == looked_at(small, TOMORROW)[1] == State.LAPSED
    assert not Touched.objects.exists()


def test_rule_08_a_corrected_date_lapses_what_was_signed_over_the_old_one(small, vendor, reviewer):
    expiring = add_evidence(vendor, reviewer, "Ends today", valid_until=TODAY)
    settle(small, [1], reviewer, expiring)
    assert kept(small, TODAY)[1] == State.CONFIRMED
    library.correct(expiring, by=reviewer, valid_until=date(2099, 1, 1))
    assert kept(small, TOMORROW)[1] == State.LAPSED


def test_a_second_look_computes_nothing(settled, django_assert_num_queries):
    assert kept(settled)
    with django_assert_num_queries(1):
        assert standings.refresh() == 0


def test_the_scheduler_has_what_was_touched_looked_at(settled, evidence, reviewer):
    library.withdraw(evidence, by=reviewer, reason="A draft.")
    look_again()
    assert Touched.objects.count() == 0
    assert settled.standings.filter(state=State.LAPSED).count() == 2


def test_the_recommendation_of_many_reviews_is_that_of_each(review, small, reviewer, evidence):
    settle(review, range(1, 46), reviewer, evidence)
    settle(small, [1, 3], reviewer, finding=Finding.UNCONFIRMED)
    each = {one.pk: gate.assess(one).recommendation for one in (review, small)}
    assert overview.recommendations(Review.objects.all()) == each
    rows = overview.rows(list(Review.objects.with_context()))
    assert {row.review.pk: row.gate.recommendation for row in rows} == each
    assert {row.review.pk: row.gate.sum_in_words for row in rows} == {
        one.pk: gate.assess(one).sum_in_words for one in (review, small)
    }


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_rule_08_a_change_while_somebody_looks_is_seen_by_the_next(small, reviewer, evidence):
    settle(small, [1, 3], reviewer, evidence)
    for number in range(10):
        record(item(small, 5), reviewer, notes=f"Note {number}")  # something to look at
        answers = at_once(
            standings.refresh,
            standings.refresh,
            lambda: library.add_version(evidence, by=reviewer, upload=pdf(f"newer {number}")),  # noqa: B023 - ends within
            lambda: findings.comment(item(small, 1), by=reviewer, text="Look."),
        )
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert kept(small) == looked_at(small)
        for each in (1, 3):
            workflow.apply(workflow.REOPEN, item(small, each), by=reviewer, remark="Again.")
            workflow.apply(workflow.SUBMIT, item(small, each), by=reviewer)
            sign(item(small, each))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_rule_08_an_uncommitted_change_is_not_taken_for_looked_at(small, reviewer, evidence):
    settle(small, [1], reviewer, evidence)
    standings.refresh()
    with transaction.atomic():
        Item.objects.filter(pk=item(small, 1).pk).update(notes="Changed.")
        assert at_once(standings.refresh) == [0]  # it neither waits nor sees
    assert kept(small)[1] == State.LAPSED
