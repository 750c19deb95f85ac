"""Is a signature bound to exactly what its signer was shown, and to nothing else? (rules 6 and 7)"""

import hashlib
import json
from datetime import date

import pytest
from django.core import signing
from django.core.exceptions import PermissionDenied

from accounts.permissions import Refused
from audit.models import Event
from evidence import library
from evidence.choices import Kind
from reviews import decisions, findings, gate, opening, ownership, signoffs, standing, workflow
from reviews.choices import Act, Finding, Outcome, State, Status
from reviews.models import Item, SignOff
from tests.cast import bring_to, item, pdf, record, settle, sign, submit

# What can change between showing and clicking, each with what the signer then reads.


def note(small, reviewer, evidence):
    again(
        small, reviewer, lambda each: findings.record(each, by=reviewer, version=each.version, notes="Written later.")
    )


def finding(small, reviewer, evidence):
    again(
        small,
        reviewer,
        lambda each: findings.record(each, by=reviewer, version=each.version, finding=Finding.NOT_APPLICABLE),
    )


def reason(small, reviewer, evidence):
    again(small, reviewer, lambda each: findings.record(each, by=reviewer, version=each.version, reason="Another."))


def question(small, reviewer, evidence):
    again(
        small,
        reviewer,
        lambda each: findings.record(each, by=reviewer, version=each.version, asked="More?", asked_of="Legal"),
    )


def another_citation(small, reviewer, evidence):
    again(small, reviewer, lambda each: findings.cite(each, evidence, by=reviewer, locator="p. 99"))


def no_citation(small, reviewer, evidence):
    again(small, reviewer, lambda each: findings.uncite(each.citations.get(), by=reviewer))


def another_place(small, reviewer, evidence):
    def move(each):
        findings.uncite(each.citations.get(), by=reviewer)
        findings.cite(each, evidence, by=reviewer, locator="p. 4")

    again(small, reviewer, move)


def quotation(small, reviewer, evidence):
    def quote(each):
        findings.uncite(each.citations.get(), by=reviewer)
        findings.cite(each, evidence, by=reviewer, locator="p. 3", quote="Except on Sundays.")

    again(small, reviewer, quote)


def new_version(small, reviewer, evidence):
    library.add_version(evidence, by=reviewer, upload=pdf("the next edition"))


def last_valid_day(small, reviewer, evidence):
    library.correct(evidence, by=reviewer, valid_until=date(2099, 1, 1))


def date_of_issue(small, reviewer, evidence):
    library.correct(evidence, by=reviewer, issued_on=date(2024, 1, 1))


def period(small, reviewer, evidence):
    library.correct(evidence, by=reviewer, period_start=date(2023, 1, 1), period_end=date(2023, 12, 31))


def kind(small, reviewer, evidence):
    library.correct(evidence, by=reviewer, kind=Kind.CONTRACT)


def withdrawn(small, reviewer, evidence):
    library.withdraw(evidence, by=reviewer, reason="It is a draft.")


def again(small, by, change):
    """As it goes: taken back, changed, submitted again."""
    change(workflow.apply(workflow.TAKE_BACK, item(small, 1), by=by))
    workflow.apply(workflow.SUBMIT, item(small, 1), by=by)


CHANGES = [
    (note, {"The notes": ("Read.", "Written later.")}),
    (
        finding,
        {
            "The finding": ("Cannot be confirmed", "Not applicable"),
            "The words of the signature": ("cannot be confirmed", "does not apply"),
        },
    ),
    (reason, {"The reason": ("No answer.", "Another.")}),
    (question, {"What was asked": ("Is it so?", "More?"), "Whom it was asked of": ("Account team", "Legal")}),
    (another_citation, {"The cited evidence": (None, "p. 99")}),
    (no_citation, {"The cited evidence": ("p. 3", "(none)")}),
    (another_place, {"The cited evidence": ("p. 3", "p. 4")}),
    (quotation, {"The cited evidence": (None, "Except on Sundays.")}),
    (new_version, {"The cited evidence": ("version 1", "version 2")}),
    (last_valid_day, {"The cited evidence": (None, "valid until 1 January 2099")}),
    (date_of_issue, {"The cited evidence": (None, "issued on 1 January 2024")}),
    (period, {"The cited evidence": (None, "period 1 January 2023 to 31 December 2023")}),
    (kind, {"The cited evidence": ("Other", "Contract")}),
    (withdrawn, {"The cited evidence": (None, "withdrawn")}),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES, ids=lambda value: getattr(value, "__name__", ""))
def test_rule_06_what_changed_between_showing_and_clicking_is_refused_and_shown(
    small, reviewer, evidence, ciso, change, expected
):
    # “Cannot be confirmed” goes without proof, so that nothing but the digest stands in the way.
    submit(item(small, 1), reviewer, evidence, Finding.UNCONFIRMED, reason="No answer.", notes="Read.")
    seen = signoffs.shown(item(small, 1), to=ciso)
    change(small, reviewer, evidence)
    with pytest.raises(signoffs.Changed, match="this changed while you were reading") as refusal:
        signoffs.sign(item(small, 1), by=ciso, shown=seen)
    assert SignOff.objects.count() == 0
    assert item(small, 1).status == Status.AWAITING
    differences = {what: (before, now) for what, before, now in refusal.value.differences}
    assert differences.keys() == set(expected)
    for what, pair in expected.items():
        before, now = differences[what]
        assert before != now
        assert pair[0] is None or pair[0] in before
        assert pair[1] in now


@pytest.mark.parametrize(
    "change", [new_version, last_valid_day, date_of_issue, period, kind], ids=lambda change: change.__name__
)
def test_rule_06_a_confirmation_is_refused_over_changed_evidence(small, reviewer, evidence, ciso, change):
    submit(item(small, 1), reviewer, evidence)
    seen = signoffs.shown(item(small, 1), to=ciso)
    change(small, reviewer, evidence)
    with pytest.raises(signoffs.Changed):
        signoffs.sign(item(small, 1), by=ciso, shown=seen)
    with pytest.raises(Refused, match="changed since it was submitted"):
        sign(item(small, 1))
    workflow.apply(workflow.TAKE_BACK, item(small, 1), by=reviewer)
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    assert sign(item(small, 1)).signer == ciso


def test_rule_06_a_confirmation_over_withdrawn_evidence_is_refused_by_name(small, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    seen = signoffs.shown(item(small, 1), to=ciso)
    withdrawn(small, reviewer, evidence)
    with pytest.raises(Refused, match="was withdrawn: It is a draft"):
        signoffs.sign(item(small, 1), by=ciso, shown=seen)


def test_rule_06_what_does_not_belong_to_the_content_stops_no_signature(small, reviewer, evidence, ciso, lead):
    submit(item(small, 1), reviewer, evidence)
    seen = signoffs.shown(item(small, 1), to=ciso)
    findings.comment(item(small, 1), by=reviewer, text="Please look.")
    ownership.set_due([item(small, 1)], due_on=date(2030, 1, 1), by=lead)
    record(item(small, 2), reviewer, notes="Another item.")
    assert signoffs.sign(item(small, 1), by=ciso, shown=seen).act == Act.SIGNED


def test_rule_06_a_change_that_was_taken_back_needs_a_new_look(small, reviewer, evidence, ciso):
    """The same words, but of a later submission than the one on the screen."""
    submit(item(small, 1), reviewer, evidence)
    seen = signoffs.shown(item(small, 1), to=ciso)
    again(small, reviewer, lambda each: None)
    with pytest.raises(Refused, match="submitted anew since you opened it"):
        signoffs.sign(item(small, 1), by=ciso, shown=seen)


def test_rule_06_the_row_holds_the_bytes_that_were_shown(small, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence, notes="Zoë read p. 3 – 日本語 ✓")
    row = sign(item(small, 1))
    assert row.digest == hashlib.sha256(row.content.encode()).hexdigest()
    content = json.loads(row.content)
    assert content["statement"] == "A contract exists."
    assert (content["number"], content["finding"], content["notes"]) == (1, "confirmed", "Zoë read p. 3 – 日本語 ✓")
    assert content["checklist"].startswith("twelve-points 1 ")
    assert [each["sha256"] for each in content["evidence"]] == [evidence.current.sha256]
    assert row.meaning == "I have read the cited evidence and confirm that this statement holds for Claude Enterprise."
    assert content["meaning"] == row.meaning


@pytest.mark.parametrize("finding", list(Finding))
def test_rule_06_each_finding_is_signed_in_words_of_its_own(small, reviewer, evidence, finding):
    submit(item(small, 1), reviewer, evidence, finding)
    row = sign(item(small, 1))
    assert row.meaning == signoffs.MEANINGS[finding].format(deployment="Claude Enterprise")
    assert len(set(signoffs.MEANINGS.values())) == 3


@pytest.mark.parametrize("forged", ["", "nothing", "e30:1abcde:forged", "a" * 10_000, "\x00"])
def test_rule_06_a_forged_form_is_refused(small, reviewer, evidence, ciso, forged):
    submit(item(small, 1), reviewer, evidence)
    with pytest.raises(Refused, match="did not say what it showed"):
        signoffs.sign(item(small, 1), by=ciso, shown=forged)
    assert SignOff.objects.count() == 0


def test_rule_06_a_form_changed_in_one_place_is_refused(small, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    seen = signoffs.shown(item(small, 1), to=ciso)
    for place in (0, len(seen) // 2, len(seen) - 1):
        changed = seen[:place] + ("A" if seen[place] != "A" else "B") + seen[place + 1 :]
        with pytest.raises(Refused, match="did not say what it showed"):
            signoffs.sign(item(small, 1), by=ciso, shown=changed)


def test_rule_06_a_seal_of_another_kind_is_refused(small, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    assessed = gate.assess(small)
    for other in (decisions.shown(assessed, to=ciso), signing.dumps({"to": ciso.pk}, salt="elsewhere")):
        with pytest.raises(Refused, match="did not say what it showed"):
            signoffs.sign(item(small, 1), by=ciso, shown=other)
    with pytest.raises(Refused, match="did not say what it showed"):
        decisions.decide(
            small, by=ciso, outcome=Outcome.HOLD, reason="Because.", shown=signoffs.shown(item(small, 1), to=ciso)
        )


def test_rule_06_the_form_of_another_item_is_refused(small, deployment, twelve, lead, reviewer, evidence, ciso):
    other = opening.open_review(deployment, twelve, by=lead, holders={"ciso": ciso})
    for review, number in ((small, 1), (small, 3), (other, 1)):
        submit(item(review, number), reviewer, evidence)
    for review, number in ((small, 3), (other, 1)):
        with pytest.raises(Refused, match="the form showed another item"):
            signoffs.sign(item(small, 1), by=ciso, shown=signoffs.shown(item(review, number), to=ciso))


def test_rule_06_the_form_shown_to_somebody_else_is_refused(small, reviewer, evidence, ciso, legal):
    submit(item(small, 1), reviewer, evidence)
    with pytest.raises(Refused, match="was shown to somebody else"):
        signoffs.sign(item(small, 1), by=ciso, shown=signoffs.shown(item(small, 1), to=legal))


def test_rule_06_a_second_click_signs_nothing(small, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    seen = signoffs.shown(item(small, 1), to=ciso)
    signoffs.sign(item(small, 1), by=ciso, shown=seen)
    events = Event.objects.count()
    with pytest.raises(Refused, match="no longer applies"):
        signoffs.sign(item(small, 1), by=ciso, shown=seen)
    assert (SignOff.objects.count(), Event.objects.count()) == (1, events)


def test_rule_06_the_click_of_yesterday_does_not_sign_what_was_submitted_again(small, reviewer, evidence, ciso):
    """A replayed POST, or the back button: same person, same words, another submission."""
    submit(item(small, 1), reviewer, evidence)
    seen = signoffs.shown(item(small, 1), to=ciso)
    signoffs.sign(item(small, 1), by=ciso, shown=seen)
    signoffs.withdraw(item(small, 1), by=ciso, reason="Misread.")
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    with pytest.raises(Refused, match="submitted anew"):
        signoffs.sign(item(small, 1), by=ciso, shown=seen)
    assert item(small, 1).status == Status.AWAITING


def test_rule_06_a_signature_copied_to_another_item_does_not_count(small, reviewer, evidence, ciso):
    settle(small, [1], reviewer, evidence)
    submit(item(small, 3), reviewer, evidence)
    other = item(small, 3)
    copy = SignOff.objects.get()
    copy.pk, copy.item, copy.submission = None, other, other.submission
    copy._state.adding = True
    copy.save()
    Item.objects.filter(pk=other.pk).update(status=Status.COMPLETE)
    assert standing.state_of(item(small, 3)) == State.LAPSED
    assert gate.assess(small).confirmed == 1


def test_rule_06_new_words_for_signing_leave_old_signatures_as_they_are(small, reviewer, evidence, monkeypatch):
    settle(small, [1], reviewer, evidence)
    monkeypatch.setitem(signoffs.MEANINGS, Finding.CONFIRMED, "I have looked at {deployment}.")
    assert standing.state_of(item(small, 1)) == State.CONFIRMED
    settle(small, [3], reviewer, evidence)
    assert [row.meaning for row in SignOff.objects.all()] == [
        "I have read the cited evidence and confirm that this statement holds for Claude Enterprise.",
        "I have looked at Claude Enterprise.",
    ]


def test_rule_06_words_changed_while_reading_are_refused(small, reviewer, evidence, ciso, deployment):
    submit(item(small, 1), reviewer, evidence)
    seen = signoffs.shown(item(small, 1), to=ciso)
    deployment.name = "Claude for everybody"
    deployment.save()
    with pytest.raises(signoffs.Changed) as refusal:
        signoffs.sign(item(small, 1), by=ciso, shown=seen)
    assert [what for what, _, _ in refusal.value.differences] == ["The words of the signature"]


# Withdrawing


def test_rule_07_withdrawing_is_a_new_row_with_its_reason(small, reviewer, evidence, ciso):
    settle(small, [1], reviewer, evidence)
    before = SignOff.objects.values().get()
    signoffs.withdraw(item(small, 1), by=ciso, reason="The report was misread.")
    signed, taken = SignOff.objects.all()
    assert SignOff.objects.filter(pk=signed.pk).values().get() == before
    assert (taken.act, taken.reason, taken.signer, taken.digest) == (
        Act.WITHDRAWN,
        "The report was misread.",
        ciso,
        signed.digest,
    )
    assert item(small, 1).status == Status.IN_PROGRESS
    assert gate.assess(small).satisfied == 0


def test_rule_07_a_withdrawn_item_can_be_signed_again(small, reviewer, evidence, ciso):
    settle(small, [1], reviewer, evidence)
    signoffs.withdraw(item(small, 1), by=ciso, reason="Misread.")
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    sign(item(small, 1))
    assert [(row.act, row.submission) for row in SignOff.objects.all()] == [
        ("signed", 1),
        ("withdrawn", 1),
        ("signed", 2),
    ]
    assert gate.assess(small).satisfied == 1


@pytest.mark.parametrize("name", ["reviewer", "lead", "legal", "auditor", "administrator", "stranger"])
def test_rule_07_only_the_owner_withdraws(small, reviewer, evidence, request, name):
    settle(small, [1], reviewer, evidence)
    with pytest.raises(PermissionDenied):
        signoffs.withdraw(item(small, 1), by=request.getfixturevalue(name), reason="I think otherwise.")
    assert item(small, 1).status == Status.COMPLETE


@pytest.mark.parametrize("reason", ["", " \n "])
def test_rule_07_withdrawing_says_why(small, reviewer, evidence, ciso, reason):
    settle(small, [1], reviewer, evidence)
    with pytest.raises(Refused, match="Say why the sign-off is withdrawn"):
        signoffs.withdraw(item(small, 1), by=ciso, reason=reason)
    assert SignOff.objects.count() == 1


def test_rule_07_a_sign_off_keeps_the_name_and_role_of_its_day(small, reviewer, evidence, ciso, lead, legal):
    settle(small, [1], reviewer, evidence)
    ciso.name, ciso.role, ciso.is_active = "Renamed", "reviewer", False
    ciso.save()
    ownership.assign(small, "ciso", to=legal, by=lead)
    row = SignOff.objects.get()
    assert (row.signer_name, row.signer_role, str(row)) == ("CISO", "CISO", "Signed by CISO, CISO")
    assert gate.assess(small).confirmed == 1


def test_rule_07_whoever_signs_what_was_handed_over_signs_under_their_own_role(small, reviewer, lead, evidence, legal):
    ownership.hand_over([item(small, 1)], to=legal, by=lead)
    submit(item(small, 1), reviewer, evidence)
    assert sign(item(small, 1), by=legal).signer_role == "Legal"


def test_a_person_who_signed_cannot_be_deleted(small, reviewer, evidence, ciso):
    from django.db.models import ProtectedError

    settle(small, [1], reviewer, evidence)
    with pytest.raises(ProtectedError):
        ciso.delete()


def test_an_item_brought_back_into_work_by_its_return_is_not_signed_with_the_old_form(small, reviewer, evidence, ciso):
    each = bring_to(small, Status.AWAITING, by=reviewer, evidence=evidence)
    seen = signoffs.shown(each, to=ciso)
    workflow.apply(workflow.RETURN, each, by=ciso, remark="Page 3 is missing.")
    with pytest.raises(Refused, match="no longer applies"):
        signoffs.sign(each, by=ciso, shown=seen)
