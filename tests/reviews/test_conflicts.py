"""Do sources that contradict each other keep a statement from being signed until somebody says which prevails?"""

import datetime
import json

import pytest
from django.core.exceptions import PermissionDenied

from accounts.permissions import Refused
from audit.models import Event
from reviews import conflicts, decisions, gate, standing, verification, warnings, workflow
from reviews.again import lasttime, reassessments
from reviews.choices import Outcome, State, Status
from reviews.conflicts import Side
from reviews.models import Conflict
from tests.cast import add_evidence, item, settle, sign, submit
from tests.reviews.again.again import decide
from vendors.models import Vendor

CONTRACT = Side("contract", "Master agreement", "Notice within 72 hours.", datetime.date(2025, 3, 1), "section 9")
OLDER_PAGE = Side("vendor_page", "Trust centre", "Notice within 30 days.", datetime.date(2024, 1, 1))
PAGE = Side("vendor_page", "Help centre", "Notice within 48 hours.", datetime.date(2026, 1, 1))
ARTICLE = Side("article", "A blog", "Notice within a week.", datetime.date(2026, 6, 1))


def disagree(review, number, by, *sides):
    return conflicts.open_conflict(
        item(review, number), by=by, title="Days of notice", sides=sides or (ARTICLE, CONTRACT)
    )


def settle_conflict(conflict, by, source="Master agreement"):
    side = conflict.sides.get(source=source)
    return conflicts.resolve(conflict, by=by, prevails=side.pk, resolution="It is what we signed.")


def test_the_kind_of_source_ranks_first_then_the_newer_one(small, reviewer):
    conflict = disagree(small, 1, reviewer, ARTICLE, OLDER_PAGE, PAGE, CONTRACT)
    assert [side.source for side in conflict.ranked] == ["Master agreement", "Help centre", "Trust centre", "A blog"]


@pytest.mark.parametrize(
    ("title", "sides", "sentence"),
    [
        (" ", (PAGE, CONTRACT), "Say in a few words what the sources disagree about."),
        ("Notice", (PAGE,), "A conflict needs at least two sources that say different things."),
        ("Notice", (PAGE, PAGE), "These sources all say the same: write down what each of them says."),
        ("Notice", (PAGE, Side("article", " ", "x", PAGE.dated)), "Say for each source who says it, and what."),
        ("Notice", (PAGE, Side("rumour", "x", "x", PAGE.dated)), "Say for each source what kind it is."),
        (
            "Notice",
            (PAGE, Side("article", "x", "x", datetime.date(2999, 1, 1))),
            "x: 1 January 2999 cannot be the day it is dated.",
        ),
    ],
)
def test_what_is_no_conflict_is_refused(small, reviewer, title, sides, sentence):
    with pytest.raises(Refused) as refused:
        conflicts.open_conflict(item(small, 1), by=reviewer, title=title, sides=sides)
    assert (str(refused.value), Conflict.objects.count()) == (sentence, 0)


def test_evidence_of_another_vendor_is_no_source(small, reviewer, evidence, deployment):
    other = Vendor.objects.create(name="Other", slug="other", created_by=reviewer)
    evidence.vendor = other
    evidence.save()
    side = Side("contract", "x", "y", PAGE.dated, evidence=evidence)
    with pytest.raises(Refused, match="another vendor"):
        disagree(small, 1, reviewer, PAGE, side)


def test_whoever_only_reads_writes_no_conflict_and_settles_none(small, reviewer, auditor):
    with pytest.raises(PermissionDenied):
        disagree(small, 1, auditor)
    with pytest.raises(PermissionDenied):
        settle_conflict(disagree(small, 1, reviewer), auditor)


def test_an_open_conflict_keeps_an_item_from_being_submitted_and_signed(small, reviewer, evidence):
    submit(item(small, 1), reviewer, evidence)
    conflict = disagree(small, 1, reviewer)
    sentence = "Sources disagree and nobody has settled it: “Days of notice”. Say which one prevails, and why."
    with pytest.raises(Refused) as refused:
        sign(item(small, 1))
    assert str(refused.value) == sentence
    back = workflow.apply(workflow.TAKE_BACK, item(small, 1), by=reviewer)
    with pytest.raises(Refused) as refused:
        workflow.apply(workflow.SUBMIT, back, by=reviewer)
    assert str(refused.value) == sentence
    settle_conflict(conflict, reviewer)
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    signed = json.loads(sign(item(small, 1)).content)["conflicts"]
    assert [(each["about"], each["resolution"]) for each in signed] == [("Days of notice", "It is what we signed.")]
    assert [(side["source"], side["prevails"]) for side in signed[0]["sides"]] == [
        ("Master agreement", True),
        ("A blog", False),
    ]


def test_what_was_submitted_or_signed_is_settled_no_other_way(small, reviewer, evidence):
    submit(item(small, 1), reviewer, evidence)
    conflict = disagree(small, 1, reviewer)
    with pytest.raises(PermissionDenied, match="Take the submission back"):
        settle_conflict(conflict, reviewer)


def test_a_conflict_found_after_signing_leaves_the_signature_and_warns(small, reviewer, evidence):
    settle(small, [1], reviewer, evidence)
    disagree(small, 1, reviewer)
    signed = item(small, 1)
    assert standing.state_of(signed) == State.CONFIRMED
    found = [trap for trap in warnings.warnings_for(signed, {1: signed}) if trap.kind == "disputed"]
    assert [trap.text for trap in found] == [
        "Sources disagree: “Days of notice”. It was signed before; the signature stays, and nothing is approved over it."
    ]


def test_nothing_is_approved_while_sources_disagree(small, reviewer, evidence):
    settle(small, range(1, 13), reviewer, evidence)
    assert decisions.possible(gate.assess(small))[Outcome.GO] == ""
    disagree(small, 7, reviewer)
    assessed = gate.assess(small)
    sentence = "Sources disagree about statement 7: settle that before anything is approved."
    possible = decisions.possible(assessed)
    assert (possible[Outcome.GO], possible[Outcome.CONDITIONAL]) == (sentence, sentence)
    assert (possible[Outcome.HOLD], possible[Outcome.REFUSE]) == ("", "")
    with pytest.raises(Refused) as refused:
        decide(small, Outcome.GO)
    assert str(refused.value) == sentence


def test_nobody_signs_or_decides_over_what_they_settled(small, reviewer, ciso, evidence):
    conflict = disagree(small, 1, reviewer)
    settle_conflict(conflict, ciso)
    submit(item(small, 1), reviewer, evidence)
    with pytest.raises(PermissionDenied, match="You said which source prevails"):
        sign(item(small, 1))


def test_nobody_decides_over_what_they_settled_and_verify_finds_who_signed_it_past_the_domain(
    small, reviewer, evidence
):
    conflict = disagree(small, 1, reviewer)
    settle_conflict(conflict, reviewer)
    settle(small, [1], reviewer, evidence)
    Conflict.objects.update(resolved_by=item(small, 1).holder)
    assert [wrong for _, wrong in verification.items()] == [
        "Four eyes: it is signed by who said which source prevails."
    ]
    with pytest.raises(Refused, match="You submitted, found, settled the sources of or uploaded"):
        decide(small, Outcome.HOLD)


def test_another_than_the_first_in_rank_prevails_only_with_a_reason_and_the_log_says_so(small, reviewer):
    conflict = disagree(small, 1, reviewer)
    with pytest.raises(Refused, match="Say why this source prevails"):
        conflicts.resolve(conflict, by=reviewer, prevails=conflict.sides.get(rank="article").pk, resolution=" ")
    settled = settle_conflict(conflict, reviewer, "A blog")
    assert settled.prevails.source == "A blog"
    event = Event.objects.get(event_type="item.conflict_resolved")
    assert event.after["ranked_first"] == "Master agreement: Notice within 72 hours."
    assert event.reason == "It is what we signed."


def test_a_side_of_another_conflict_does_not_prevail(small, reviewer):
    one, other = disagree(small, 1, reviewer), disagree(small, 2, reviewer)
    with pytest.raises(Refused, match="Choose which of the sources prevails"):
        conflicts.resolve(one, by=reviewer, prevails=other.sides.first().pk, resolution="x")


def test_a_settled_conflict_opens_again_and_blocks_again(small, reviewer, evidence):
    conflict = settle_conflict(disagree(small, 1, reviewer), reviewer)
    with pytest.raises(Refused, match="Open it again to change it"):
        conflicts.change(conflict, by=reviewer, version=conflict.version, title="x", sides=(PAGE, CONTRACT))
    with pytest.raises(Refused, match="Say why"):
        conflicts.reopen(conflict, by=reviewer, reason=" ")
    conflicts.reopen(conflict, by=reviewer, reason="A newer contract came.")
    assert len(workflow.disputed(item(small, 1))) == 1


def test_whoever_changes_an_older_version_is_told(small, reviewer):
    conflict = disagree(small, 1, reviewer)
    conflicts.change(conflict, by=reviewer, version=1, title="Notice", sides=(PAGE, CONTRACT))
    with pytest.raises(conflicts.Stale):
        conflicts.change(conflict, by=reviewer, version=1, title="Other", sides=(PAGE, CONTRACT))
    with pytest.raises(Refused, match="changed what the sources say"):
        conflicts.resolve(conflict, by=reviewer, prevails=0, resolution="x", version=1)
    conflict.refresh_from_db()
    assert (conflict.title, [side.source for side in conflict.ranked]) == (
        "Notice",
        ["Master agreement", "Help centre"],
    )


def test_a_reassessment_takes_conflicts_over_as_they_were_settled(small, reviewer, evidence, lead):
    settle_conflict(disagree(small, 1, reviewer), reviewer)
    settle(small, [1], reviewer, evidence)
    decide(small, Outcome.HOLD)
    again = reassessments.trigger(small, by=lead, trigger="other", why="News.", numbers=[1])
    copied = item(again, 1).conflicts.get()
    assert (copied.title, copied.prevails.source, copied.resolved_by) == (
        "Days of notice",
        "Master agreement",
        reviewer,
    )
    rows = {what: differs for what, _, _, differs in lasttime.compared(item(again, 1), lasttime.of(item(again, 1)))}
    assert rows["The settled source conflicts"] is False
    assert item(again, 1).status == Status.NOT_STARTED


def test_a_signature_without_conflicts_has_the_digest_it_always_had(small, reviewer, evidence):
    settle(small, [1], reviewer, evidence)
    assert "conflicts" not in json.loads(item(small, 1).last_signoffs[0].content)
    add_evidence(small.vendor, reviewer, "Other")
    assert standing.is_current(item(small, 1))
