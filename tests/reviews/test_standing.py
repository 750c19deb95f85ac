"""Is a sign-off current only while everything it rests on still is? (rules 8 and 9)"""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from evidence import library
from evidence.choices import Kind
from reviews import gate, mywork, ownership, signoffs, standing, workflow
from reviews.choices import Finding, State, Status
from reviews.models import Citation, Item
from tests.cast import add_evidence, item, pdf, settle, sign, submit

# Each cause of a lapse alone, and the words that say it.


def a_newer_version(evidence, reviewer):
    library.add_version(evidence, by=reviewer, upload=pdf("newer"))


def a_withdrawal(evidence, reviewer):
    library.withdraw(evidence, by=reviewer, reason="A draft.")


def corrected_dates(evidence, reviewer):
    library.correct(evidence, by=reviewer, valid_until=date(2099, 1, 1))


def a_corrected_kind(evidence, reviewer):
    library.correct(evidence, by=reviewer, kind=Kind.CONTRACT)


def notes_changed_past_the_domain(evidence, reviewer):
    Item.objects.filter(finding="confirmed").update(notes="Changed.")


def a_finding_changed_past_the_domain(evidence, reviewer):
    Item.objects.filter(finding="confirmed").update(finding="not_applicable", reason="So.")


def a_citation_removed_past_the_domain(evidence, reviewer):
    Citation.objects.all().delete()


def a_statement_changed_past_the_domain(evidence, reviewer):
    from reviews.models import Statement

    Statement.objects.update(text="Something else.")


CAUSES = [
    (a_newer_version, "Changed since it was signed: the cited evidence."),
    (a_withdrawal, "Changed since it was signed: the cited evidence."),
    (corrected_dates, "Changed since it was signed: the cited evidence."),
    (a_corrected_kind, "Changed since it was signed: the cited evidence."),
    (notes_changed_past_the_domain, "Changed since it was signed: the notes."),
    (a_finding_changed_past_the_domain, "Changed since it was signed: the finding, the reason."),
    (a_citation_removed_past_the_domain, "Changed since it was signed: the cited evidence."),
    (a_statement_changed_past_the_domain, "Changed since it was signed: the statement."),
]


@pytest.mark.parametrize(("cause", "words"), CAUSES, ids=lambda value: getattr(value, "__name__", ""))
def test_rule_08_each_cause_alone_makes_a_sign_off_lapse_at_once(small, reviewer, evidence, cause, words):
    settle(small, [1], reviewer, evidence)
    assert standing.state_of(item(small, 1)) == State.CONFIRMED
    cause(evidence, reviewer)
    each = item(small, 1)
    assert (standing.state_of(each), standing.lapse_reason(each)) == (State.LAPSED, words)
    assert each.status == Status.COMPLETE
    assert gate.assess(small).satisfied == 0


@pytest.mark.parametrize(
    ("number", "dates", "last"),
    [
        (1, {"valid_until": date(2026, 6, 30)}, "30 June 2026"),
        (2, {"issued_on": date(2025, 6, 30)}, "30 June 2026"),
        (2, {"period_start": date(2024, 7, 1), "period_end": date(2025, 6, 30)}, "30 June 2026"),
        (2, {"issued_on": date(2025, 9, 1), "valid_until": date(2026, 6, 30)}, "30 June 2026"),
    ],
)
def test_rule_08_a_sign_off_counts_on_the_last_valid_day_and_not_on_the_next(
    small, vendor, reviewer, number, dates, last
):
    with time_machine.travel("2026-06-01 09:00:00Z"):
        evidence = add_evidence(vendor, reviewer, kind=Kind.SOC2_REPORT, **dates)
        settle(small, [number], reviewer, evidence)
    rows = list(Item.objects.filter(review=small).values())
    with time_machine.travel("2026-06-30 12:00:00Z"):
        assert standing.state_of(item(small, number)) == State.CONFIRMED
        assert gate.assess(small).confirmed == 1
    with time_machine.travel("2026-07-01 12:00:00Z"):
        each = item(small, number)
        assert standing.state_of(each) == State.LAPSED
        assert standing.lapse_reason(each) == f"SOC 2 report expired on {last}."
        assert gate.assess(small).confirmed == 0
    # No worker has touched anything in between: what lapsed is computed.
    assert list(Item.objects.filter(review=small).values()) == rows


def test_rule_08_days_are_days_of_the_organisation(small, vendor, reviewer, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    with time_machine.travel("2026-06-01 09:00:00Z"):
        evidence = add_evidence(vendor, reviewer, valid_until=date(2026, 6, 30))
        settle(small, [1], reviewer, evidence)
    with time_machine.travel("2026-06-30 11:59:00Z"):
        assert standing.state_of(item(small, 1)) == State.CONFIRMED
    with time_machine.travel("2026-06-30 12:01:00Z"):  # already 1 July there
        assert standing.state_of(item(small, 1)) == State.LAPSED


def test_rule_08_the_first_of_several_to_expire_ends_it(small, vendor, reviewer):
    with time_machine.travel("2026-06-01 09:00:00Z"):
        early = add_evidence(vendor, reviewer, "Early", valid_until=date(2026, 6, 10))
        late = add_evidence(vendor, reviewer, "Late", valid_until=date(2027, 1, 1))
        from reviews import findings
        from tests.cast import record

        record(item(small, 1), reviewer)
        for each in (late, early):
            findings.cite(item(small, 1), each, by=reviewer)
        workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
        assert standing.expires_on(item(small, 1)) == date(2026, 6, 10)
        assert sign(item(small, 1)).valid_until == date(2026, 6, 10)
    with time_machine.travel("2026-06-11 09:00:00Z"):
        assert standing.lapse_reason(item(small, 1)) == "Early expired on 10 June 2026."


def test_rule_08_what_could_not_be_confirmed_because_it_had_expired_stays_so(small, vendor, reviewer):
    with time_machine.travel("2026-06-15 09:00:00Z"):
        old = add_evidence(vendor, reviewer, valid_until=date(2026, 6, 14))
        submit(item(small, 1), reviewer, old, Finding.UNCONFIRMED)
        sign(item(small, 1))
        assert standing.state_of(item(small, 1)) == State.UNCONFIRMED
    with time_machine.travel("2027-06-15 09:00:00Z"):
        assert standing.state_of(item(small, 1)) == State.UNCONFIRMED


def test_rule_08_what_could_not_be_confirmed_lapses_when_its_evidence_expires_afterwards(small, vendor, reviewer):
    with time_machine.travel("2026-06-15 09:00:00Z"):
        good = add_evidence(vendor, reviewer, valid_until=date(2026, 6, 15))
        submit(item(small, 1), reviewer, good, Finding.UNCONFIRMED)
        sign(item(small, 1))
    with time_machine.travel("2026-06-16 09:00:00Z"):
        assert standing.state_of(item(small, 1)) == State.LAPSED


def test_rule_08_evidence_put_back_as_it_was_makes_the_sign_off_current_again(small, reviewer, evidence):
    settle(small, [1], reviewer, evidence)
    a_withdrawal(evidence, reviewer)
    assert standing.state_of(item(small, 1)) == State.LAPSED
    library.restore(evidence, by=reviewer)
    assert standing.state_of(item(small, 1)) == State.CONFIRMED


def test_rule_08_one_report_replaced_lapses_all_that_rests_on_it_and_nothing_else(small, vendor, reviewer, evidence):
    settle(small, [1, 3, 7], reviewer, evidence)
    settle(small, [4, 8], reviewer, add_evidence(vendor, reviewer, "Certificate"))
    a_newer_version(evidence, reviewer)
    assessed = gate.assess(small)
    assert [each.number for each in assessed.items_in(State.LAPSED)] == [1, 3, 7]
    assert [each.number for each in assessed.items_in(State.CONFIRMED)] == [4, 8]


def test_rule_08_what_does_not_belong_to_the_content_lapses_nothing(
    small, vendor, deployment, reviewer, evidence, lead, legal
):
    settle(small, [1], reviewer, evidence)
    ownership.hand_over([item(small, 1)], to=legal, by=lead)
    ownership.set_due([item(small, 1)], due_on=date(2020, 1, 1), by=lead)
    library.correct(evidence, by=reviewer, title="Another title", confidentiality="internal")
    vendor.name = deployment.name = "Renamed"
    vendor.save()
    deployment.save()
    assert standing.state_of(item(small, 1)) == State.CONFIRMED


def test_rule_08_a_lapsed_item_is_reopened_and_a_current_one_is_not(small, reviewer, evidence):
    from accounts.permissions import Refused

    settle(small, [1], reviewer, evidence)
    with pytest.raises(Refused, match="Its sign-off is current"):
        workflow.apply(workflow.REOPEN, item(small, 1), by=reviewer, remark="Look again.")
    a_newer_version(evidence, reviewer)
    workflow.apply(workflow.REOPEN, item(small, 1), by=reviewer, remark="Look again.")
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    sign(item(small, 1))
    assert standing.state_of(item(small, 1)) == State.CONFIRMED


def test_rule_08_an_item_marked_complete_after_a_withdrawal_is_lapsed(small, reviewer, evidence, ciso):
    settle(small, [1], reviewer, evidence)
    signoffs.withdraw(item(small, 1), by=ciso, reason="Misread.")
    each = item(small, 1)
    each.status = Status.COMPLETE  # The database refuses to store this; the computation does not rely on it.
    assert standing.state_of(each) == State.LAPSED


# Late


@pytest.fixture
def overdue(small, lead):
    ownership.set_due([item(small, 1)], due_on=timezone.localdate() - timedelta(days=1), by=lead)
    return item(small, 1)


def test_rule_09_a_late_item_is_worked_on_submitted_and_signed_like_any_other(small, overdue, reviewer, evidence):
    submit(overdue, reviewer, evidence)
    sign(item(small, 1))
    assert gate.assess(small).confirmed == 1


def test_rule_09_late_is_visible_until_it_is_complete(small, overdue, reviewer, evidence):
    today = timezone.localdate()
    assert [each.number for each in small.items.all() if standing.is_late(each, today)] == [1]
    submit(overdue, reviewer, evidence)
    assert [each.number for each in small.items.all() if standing.is_late(each, today)] == [1]
    sign(item(small, 1))
    assert [each.number for each in small.items.all() if standing.is_late(each, today)] == []


def test_rule_09_an_item_is_not_late_on_its_due_day(small, lead):
    ownership.set_due([item(small, 1)], due_on=timezone.localdate(), by=lead)
    assert not standing.is_late(item(small, 1), timezone.localdate())
    assert standing.is_late(item(small, 1), timezone.localdate() + timedelta(days=1))


def test_rule_09_my_work_shows_the_owner_what_is_late(small, overdue, ciso):
    sections = {section.key: [each.number for each in section.lines] for section in mywork.sections(ciso)}
    assert sections == {"late": [1]}
