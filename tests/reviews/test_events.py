"""Is every act on a review an event in the transaction of its change? (rule 24)"""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from audit.models import Event
from reviews import catalogue, decisions, findings, gate, opening, ownership, signoffs, workflow
from reviews.choices import Finding, Outcome
from reviews.models import Condition, Item
from tests.cast import add_evidence, item, pdf, record, settle, sign, submit
from tests.reviews.conftest import TWELVE, fresh

# Each act: what has to be there first, then the act itself, then its event with before and after.


class Stage:
    """What the acts need, by name."""

    def __init__(self, request):
        self.request = request

    def __getattr__(self, name):
        return self.request.getfixturevalue(name)

    def item(self, number):
        return item(self.small, number)


@pytest.fixture
def stage(request, small, reviewer, evidence, ciso, lead, legal):
    return Stage(request)


def at_work(s):
    record(s.item(1), s.reviewer, notes="Old.")


def cited(s):
    at_work(s)
    findings.cite(s.item(1), s.evidence, by=s.reviewer, locator="p. 3")


def waiting(s):
    cited(s)
    workflow.apply(workflow.SUBMIT, s.item(1), by=s.reviewer)


def signed(s):
    waiting(s)
    sign(s.item(1))


def lapsed(s):
    from evidence import library

    signed(s)
    library.add_version(s.evidence, by=s.reviewer, upload=pdf("newer"))


def approved(s):
    settle(s.small, range(1, 11), s.reviewer, s.evidence)
    decide(s, Outcome.CONDITIONAL, [("Add the annex.", s.legal, timezone.localdate() + timedelta(days=9))])


def nothing(s):
    pass


def decide(s, outcome, conditions=()):
    review = fresh(s.small)
    shown = decisions.shown(gate.assess(review), to=s.ciso)
    decisions.decide(review, by=s.ciso, outcome=outcome, reason="Because.", shown=shown, conditions=conditions)


ACTS = {
    "item.start": (
        nothing,
        lambda s: workflow.apply(workflow.START, s.item(1), by=s.reviewer),
        {"status": "not_started"},
        {"status": "in_progress", "finding": ""},
    ),
    "item.recorded": (
        at_work,
        lambda s: findings.record(s.item(1), by=s.reviewer, version=s.item(1).version, notes="New."),
        {"notes": "Old."},
        {"notes": "New."},
    ),
    "item.cited": (
        at_work,
        lambda s: findings.cite(s.item(1), s.evidence, by=s.reviewer, locator="p. 3"),
        {},
        {"evidence": "SOC 2 report", "version": 1, "locator": "p. 3"},
    ),
    "item.uncited": (
        cited,
        lambda s: findings.uncite(s.item(1).citations.get(), by=s.reviewer),
        {"evidence": "SOC 2 report", "locator": "p. 3"},
        {},
    ),
    "item.commented": (
        nothing,
        lambda s: findings.comment(s.item(1), by=s.reviewer, text="Look."),
        {},
        {"comment": "Look."},
    ),
    "item.submit": (
        cited,
        lambda s: workflow.apply(workflow.SUBMIT, s.item(1), by=s.reviewer),
        {"status": "in_progress"},
        {"status": "awaiting", "finding": "confirmed"},
    ),
    "item.take_back": (
        waiting,
        lambda s: workflow.apply(workflow.TAKE_BACK, s.item(1), by=s.reviewer),
        {"status": "awaiting"},
        {"status": "in_progress", "finding": "confirmed"},
    ),
    "item.unstart": (
        at_work,
        lambda s: workflow.apply(workflow.UNSTART, s.item(1), by=s.reviewer),
        {"status": "in_progress"},
        {"status": "not_started", "finding": "confirmed"},
    ),
    "item.return": (
        waiting,
        lambda s: workflow.apply(workflow.RETURN, s.item(1), by=s.ciso, remark="Page 3 is missing."),
        {"status": "awaiting"},
        {"status": "in_progress", "finding": "confirmed"},
    ),
    "item.sign": (
        waiting,
        lambda s: sign(s.item(1)),
        {"status": "awaiting"},
        {"status": "complete", "finding": "confirmed"},
    ),
    "item.withdraw": (
        signed,
        lambda s: signoffs.withdraw(s.item(1), by=s.ciso, reason="Misread."),
        {"status": "complete"},
        {"status": "in_progress", "finding": "confirmed"},
    ),
    "item.reopen": (
        lapsed,
        lambda s: workflow.apply(workflow.REOPEN, s.item(1), by=s.reviewer, remark="Look again."),
        {"status": "complete"},
        {"status": "in_progress", "finding": "confirmed"},
    ),
    "item.reopen_by_duty": (
        signed,
        lambda s: workflow.apply(workflow.REOPEN_BY_DUTY, s.item(1), by=s.reviewer, remark="The drill failed."),
        {"status": "complete"},
        {"status": "in_progress", "finding": "confirmed"},
    ),
    "item.role_set": (
        nothing,
        lambda s: ownership.take_role(s.item(12), "it_security", by=s.reviewer),
        {"role": ""},
        {"role": "it_security"},
    ),
    "item.handed_over": (
        nothing,
        lambda s: ownership.hand_over([s.item(1)], to=s.legal, by=s.lead),
        {"owner": "CISO"},
        {"owner": "Legal"},
    ),
    "item.due_moved": (
        nothing,
        lambda s: ownership.set_due([s.item(1)], due_on=date(2030, 1, 31), by=s.lead),
        None,
        {"due_on": "2030-01-31"},
    ),
    "review.assigned": (
        nothing,
        lambda s: ownership.assign(s.small, "ciso", to=s.legal, by=s.lead),
        {"holder": "CISO"},
        {"holder": "Legal"},
    ),
    "review.changed": (
        nothing,
        lambda s: opening.change_review(
            s.small, by=s.lead, title="Small review, once more", lead=s.lead, due_on=s.small.due_on
        ),
        {"title": "Small review"},
        {"title": "Small review, once more"},
    ),
    "review.decided": (
        nothing,
        lambda s: decide(s, Outcome.HOLD),
        {"recommendation": "In review: hold", "sum": "0 confirmed + 0 not applicable = 0 of 12"},
        {"outcome": "Hold"},
    ),
    "condition.met": (
        approved,
        lambda s: decisions.meet(Condition.objects.get(), by=s.legal, note="It is signed."),
        {},
        {"met": True},
    ),
    "checklist.loaded": (
        nothing,
        lambda s: catalogue.store(catalogue.read(TWELVE).model_copy(update={"version": 2})),
        {},
        None,
    ),
}
WITH_WORDS = {
    "item.return": "Page 3 is missing.",
    "item.withdraw": "Misread.",
    "item.reopen": "Look again.",
    "item.reopen_by_duty": "The drill failed.",
    "review.decided": "Because.",
    "condition.met": "It is signed.",
}
WITH_HASH = {"item.cited", "item.sign", "item.withdraw", "review.decided", "checklist.loaded"}


@pytest.mark.parametrize("event_type", ACTS)
def test_rule_24_every_act_is_one_event_with_before_and_after(stage, event_type):
    prepare, act, before, after = ACTS[event_type]
    prepare(stage)
    seen = Event.objects.count()
    act(stage)
    assert Event.objects.count() == seen + 1
    event = Event.objects.newest_first().first()
    assert event.event_type == event_type
    assert before is None or event.before == before
    assert after is None or event.after == after
    assert event.reason == WITH_WORDS.get(event_type, "")
    assert bool(event.content_hash) == (event_type in WITH_HASH)
    if event_type != "checklist.loaded":
        assert event.vendor_id == stage.vendor.pk
        assert event.actor_name in {"Reviewer", "CISO", "Lead", "Legal"}
        assert event.workspace == str(stage.deployment)
        assert event.business_context.startswith("Small review")
        assert event.data_categories == ["internal", "confidential"]


@pytest.fixture
def full_log(request):
    """The audit log takes no more events from the moment it is asked for."""
    return lambda: request.getfixturevalue("no_more_events")


def everything():
    """All that the acts may change, as rows."""
    from django.apps import apps

    models = list(apps.get_app_config("reviews").get_models())
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


@pytest.mark.parametrize("event_type", ACTS)
def test_rule_24_what_cannot_be_written_down_does_not_happen(stage, full_log, event_type):
    prepare, act, _, _ = ACTS[event_type]
    prepare(stage)
    before = everything()
    full_log()
    with pytest.raises(DatabaseError, match="full"):
        act(stage)
    assert everything() == before


def test_rule_24_opening_a_review_is_one_event_and_one_for_each_role(deployment, twelve, lead, stakeholders):
    opening.open_review(deployment, twelve, by=lead, title="First", holders=stakeholders)
    types = list(Event.objects.filter(event_type__startswith="review.").values_list("event_type", flat=True))
    assert sorted(types) == ["review.assigned"] * 5 + ["review.opened"]
    opened = Event.objects.get(event_type="review.opened")
    assert (opened.after["items"], opened.after["lead"]) == (12, "Lead")
    assert opened.data_categories == ["internal", "confidential"]


def test_rule_24_a_review_that_cannot_be_written_down_is_not_opened(deployment, twelve, lead, no_more_events):
    with pytest.raises(DatabaseError, match="full"):
        opening.open_review(deployment, twelve, by=lead)
    assert Item.objects.count() == 0


def test_rule_24_bulk_acts_write_an_event_for_each_item(small, lead, legal):
    before = Event.objects.count()
    ownership.hand_over([item(small, number) for number in range(1, 13)], to=legal, by=lead)
    labels = Event.objects.newest_first()[: Event.objects.count() - before].values_list("target_label", flat=True)
    # 7 to 11 were Legal's already by their role; handing them over says so by name.
    assert len(set(labels)) == 12


def test_rule_24_an_act_that_changes_nothing_is_no_event(small, reviewer, lead, ciso):
    record(item(small, 1), reviewer, notes="Same.")
    before = Event.objects.count()
    record(item(small, 1), reviewer, notes="Same.")
    ownership.assign(small, "ciso", to=ciso, by=lead)
    ownership.set_due([item(small, 1)], due_on=item(small, 1).due_on, by=lead)
    ownership.take_role(item(small, 1), "ciso", by=lead)
    opening.change_review(small, by=lead, title=small.title, lead=small.lead, due_on=small.due_on)
    assert Event.objects.count() == before


def test_rule_24_every_move_of_the_table_has_its_event():
    moves = {f"item.{transition.key}" for transition in workflow.TRANSITIONS}
    assert moves <= set(ACTS)


def test_an_event_of_an_item_names_the_statement(small, vendor, reviewer):
    submit(item(small, 3), reviewer, add_evidence(vendor, reviewer), Finding.UNCONFIRMED)
    event = Event.objects.newest_first().first()
    assert (event.target_label, event.business_context) == ("3. A certificate exists.", "Small review, statement 3")
