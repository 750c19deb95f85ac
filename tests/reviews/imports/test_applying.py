"""Does an accepted sheet become exactly the changes it showed, or none, and never a confirmation?"""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from evidence import library
from evidence.models import Evidence
from reviews import findings
from reviews.choices import ImportState, RowOutcome, Status
from reviews.imports import applying, bring, claims, links, lost, reading
from reviews.models import Import, ImportRow
from reviews.permissions import can_sign
from tests.cast import item, record, sign, submit
from tests.reviews.imports.sheets import LINK, applied, claim, planned
from tests.reviews.imports.sheets import links as addresses

NOTES = {"notes": "Asked on Monday."}
OTHER_LINK = "https://trust.example.com/pentest"


def numbers(review, **values):
    return list(review.items.filter(**values).values_list("statement__number", flat=True))


def test_complete_in_a_sheet_awaits_its_sign_off(small, reviewer, ciso):
    done = applied(planned(small, reviewer, {1: claim(), 2: NOTES | {"status": "in_progress"}}), reviewer)
    assert (done.state, done.problem, done.applied_by, done.content, done.tables) == (
        "applied",
        "",
        reviewer,
        None,
        None,
    )
    each = item(small, 1)
    assert (each.status, each.finding, each.finding_by, each.submitted_by) == (
        "awaiting",
        "confirmed",
        reviewer,
        reviewer,
    )
    assert [citation.evidence.current.link for citation in each.citations.all()] == [LINK]
    assert (item(small, 2).status, item(small, 2).notes) == ("in_progress", "Asked on Monday.")
    assert not small.items.filter(status=Status.COMPLETE).exists()
    sign(each, ciso)
    assert item(small, 1).status == "complete"


def test_rule_05_whoever_applied_a_sheet_may_not_sign_what_it_claims(small, ciso):
    applied(planned(small, ciso, {1: claim()}), ciso)
    assert can_sign(ciso, item(small, 1)).reason == "You submitted this item. Someone else has to sign it."
    with pytest.raises(PermissionDenied):
        sign(item(small, 1), ciso)


def test_rule_05_only_who_brought_a_sheet_applies_it(small, reviewer, second_reviewer):
    imported = planned(small, reviewer, {1: claim()})
    with pytest.raises(Refused, match="Only Reviewer, who brought the sheet, applies it"):
        applying.ask(imported, by=second_reviewer, version=1)


def test_a_claim_without_its_ground_stays_in_progress_and_says_why(small, reviewer):
    applied(planned(small, reviewer, {1: {"status": "awaiting", "finding": "confirmed"}}), reviewer)
    each = item(small, 1)
    assert (each.status, each.finding) == ("in_progress", "confirmed")
    found = claims.of(each)
    assert (found.row.place, found.said) == ("Items, row 2", "Complete")
    assert found.held == "Cite at least one piece of evidence: a confirmation needs its proof."
    record(each, reviewer, notes="Worked on it.")
    assert claims.of(item(small, 1)) is None


def test_every_column_is_written_and_told_in_one_event(small, lead, legal):
    due = small.due_on + timedelta(days=7)
    said = {
        "stakeholder": "legal",
        "owner": legal.pk,
        "due_on": due.isoformat(),
        "finding": "unconfirmed",
        "reason": "No answer.",
        "asked": "Is it so?",
        "asked_of": "Account team",
        "notes": "Twice.",
    }
    before = Event.objects.count()
    applied(planned(small, lead, {1: said}), lead)
    each = item(small, 1)
    assert (each.role, each.owner, each.due_on, each.status) == ("legal", legal, due, "in_progress")
    assert [getattr(each, name) for name in findings.FIELDS] == [
        "unconfirmed",
        "No answer.",
        "Is it so?",
        "Account team",
        "Twice.",
    ]
    assert (each.version, each.finding_by) == (2, lead)
    accepted, told, done = Event.objects.order_by("pk")[before:]
    assert [event.event_type for event in (accepted, told, done)] == [
        "import.accepted",
        "item.imported",
        "import.applied",
    ]
    assert told.after == {name: value for name, value in said.items() if name != "stakeholder"} | {
        "owner": "Legal",
        "role": "legal",
        "status": "in_progress",
    }
    assert (told.before["role"], told.before["owner"], told.before["status"]) == ("ciso", None, "not_started")
    assert told.reason == "From statements.xlsx, Items, row 2."
    assert told.business_context == "Small review, statement 1"
    assert done.after == {"changed": 1, "unchanged": 0, "submitted": 0, "cited": 0}


def test_one_address_is_one_piece_of_evidence_cited_once(small, reviewer, evidence):
    known = library.add_link(
        small.vendor, url=OTHER_LINK, title="Test", by=reviewer, kind="other", confidentiality="public"
    )
    findings.cite(item(small, 3), known, by=reviewer, locator="p. 1")
    own = f"http://127.0.0.1:8000{evidence.get_absolute_url()}"
    changes = {1: claim(), 2: claim(LINK, OTHER_LINK), 3: {"links": addresses(OTHER_LINK)}, 4: claim(own)}
    applied(planned(small, reviewer, changes), reviewer)
    new = Evidence.objects.get(title="trust.example.com/soc2")
    assert Evidence.objects.count() == 3
    cited = [list(item(small, n).citations.values_list("evidence", flat=True)) for n in (1, 2, 3, 4)]
    assert cited == [[new.pk], [new.pk, known.pk], [known.pk], [evidence.pk]]
    assert (new.current.uploaded_by, new.confidentiality) == (reviewer, "confidential")
    added = Event.objects.filter(event_type="evidence.added").newest_first()[0]
    assert (added.target_label, added.after["link"]) == ("trust.example.com/soc2", LINK)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ftp://example.com/x", "That is no web address"),
        ("https://withdrawn.example.com", "“Old” was withdrawn and proves nothing any more"),
        ("http://127.0.0.1:8000/evidence/999999/", "This is the address of no evidence of this vendor"),
    ],
)
def test_an_address_that_cannot_be_evidence_keeps_everything_from_being_applied(small, reviewer, address, why):
    old = library.add_link(
        small.vendor,
        url="https://withdrawn.example.com",
        title="Old",
        by=reviewer,
        kind="other",
        confidentiality="public",
    )
    library.withdraw(old, by=reviewer, reason="A fake.")
    assert why in links.problems(small.vendor, [address, LINK])[address]
    found = applied(planned(small, reviewer, {1: NOTES, 2: claim(address)}), reviewer)
    assert found.state == "ready"
    assert why in found.problem
    assert numbers(small, notes="") == list(range(1, 13))
    assert Evidence.objects.count() == 1


def test_what_is_not_ticked_is_not_taken(small, reviewer):
    imported = planned(small, reviewer, {1: NOTES, 2: NOTES | {"asked": "Why?"}, 3: NOTES, 4: NOTES})
    first, second, third, fourth = imported.rows.all()
    first.taken = False
    second.cells[0]["taken"] = False
    third.problem, third.outcome = "Two rows are the same.", RowOutcome.REFUSED
    fourth.cells[0]["problem"] = "Too long."
    ImportRow.objects.bulk_update([first, second, third, fourth], ["taken", "cells", "problem", "outcome"])
    applied(imported, reviewer)
    assert numbers(small, notes="") == list(range(1, 13))
    assert numbers(small, asked="Why?") == [2]


def test_a_cell_that_changed_meanwhile_keeps_everything_from_being_applied(small, reviewer, second_reviewer):
    imported = planned(small, reviewer, {1: NOTES, 2: claim(), 3: NOTES})
    record(item(small, 3), second_reviewer, notes="Theirs.")
    found = applied(imported, reviewer)
    assert (found.state, found.version) == ("ready", 2)
    assert found.problem == (
        "Nothing was applied: somebody changed Items, row 4 after the preview was made. Look at it again."
    )
    assert (item(small, 1).notes, item(small, 2).status, item(small, 3).notes) == ("", "not_started", "Theirs.")
    assert Evidence.objects.count() == 0
    assert Event.objects.filter(event_type="import.not_applied").get().reason == found.problem
    assert [row.cells[0]["new"] for row in found.rows.all()] == ["Planned anew."]


@pytest.mark.parametrize(
    ("prepare", "cells", "why"),
    [
        (submit, NOTES, "The item is awaiting sign-off. Take the submission back to change it."),
        (submit, {"links": addresses(LINK)}, "Take the submission back"),
        (None, {"due_on": "2027-01-31"}, "Only a review lead of this vendor may do this."),
        (None, {"stakeholder": "legal"}, "Only a review lead of this vendor may do this."),
        (None, {"stakeholder": "auditor"}, "This is none of the five stakeholders."),
        (None, {"status": "not_started"}, "A sheet starts work or hands in what is claimed."),
        (None, {"finding": "sure"}, "This is none of the three findings."),
        (None, {"notes": "x" * 20_001}, "This is longer than 20,000 characters."),
    ],
)
def test_rule_23_what_one_may_not_do_by_hand_a_sheet_does_not_do(small, reviewer, evidence, prepare, cells, why):
    if prepare:
        prepare(item(small, 2), reviewer, evidence)
    found = applied(planned(small, reviewer, {1: NOTES, 2: cells}), reviewer)
    assert found.state == "ready"
    assert found.problem.startswith("Nothing was applied. Items, row 3: ")
    assert why in found.problem
    assert item(small, 1).notes == ""


def test_what_awaits_a_signature_gets_another_day_and_owner_and_nothing_else(small, lead, reviewer, evidence, legal):
    submit(item(small, 1), reviewer, evidence)
    applied(planned(small, lead, {1: {"due_on": "2027-01-31", "owner": legal.pk}}), lead)
    each = item(small, 1)
    assert (each.status, each.due_on, each.owner, each.submission) == ("awaiting", date(2027, 1, 31), legal, 1)
    sign(each, legal)


def test_an_owner_must_be_able_to_sign(small, lead, reviewer):
    found = applied(planned(small, lead, {1: {"owner": reviewer.pk}}), lead)
    assert "Reviewer has no stakeholder's access to Anthropic" in found.problem


def test_somebody_who_lost_access_applies_nothing(small, reviewer):
    imported = planned(small, reviewer, {1: NOTES})
    applying.ask(imported, by=reviewer, version=1)
    grants.take(reviewer, Access.REVIEW, small.vendor)
    applying.apply(imported.pk)
    assert Import.objects.get().problem == "You may read everything about this vendor and change nothing."
    assert item(small, 1).notes == ""


def test_an_import_is_accepted_as_it_was_shown_and_once(small, reviewer, auditor):
    imported = planned(small, reviewer, {1: NOTES})
    with pytest.raises(PermissionDenied):
        applying.ask(imported, by=auditor, version=1)
    with pytest.raises(Refused, match="was changed while you looked at it"):
        applying.ask(imported, by=reviewer, version=2)
    applying.ask(imported, by=reviewer, version=1)
    with pytest.raises(Refused, match="This import is being applied"):
        applying.ask(imported, by=reviewer, version=1)
    with pytest.raises(Refused, match="Another import of this review is being applied"):
        applying.ask(planned(small, reviewer, {2: NOTES}), by=reviewer, version=1)
    applying.apply(imported.pk)
    applying.apply(imported.pk)
    assert Event.objects.filter(event_type="item.imported").count() == 1
    with pytest.raises(Refused, match="Nothing of this sheet is to be taken"):
        applying.ask(planned(small, reviewer, {}), by=reviewer, version=1)


def test_rule_24_what_cannot_be_written_down_is_not_applied(small, reviewer, request):
    imported = planned(small, reviewer, {1: claim()})
    applying.ask(imported, by=reviewer, version=1)
    request.getfixturevalue("no_more_events")
    with pytest.raises(Exception, match="full"):
        applying.apply(imported.pk)
    assert (item(small, 1).status, Evidence.objects.count()) == ("not_started", 0)


def test_a_hundred_rows_need_as_many_queries_as_five(small, reviewer, django_assert_max_num_queries):
    first, second = (planned(small, reviewer, {n: claim() for n in chosen}) for chosen in ([1, 2], range(3, 13)))
    counts = []
    for imported in (first, second):
        applying.ask(imported, by=reviewer, version=1)
        with django_assert_max_num_queries(60) as queries:
            applying.apply(imported.pk)
        counts.append(len(queries))
    assert counts[1] <= counts[0]


def test_a_worker_that_died_is_followed_by_another(small, reviewer, broker, django_capture_on_commit_callbacks):
    imported = planned(small, reviewer, {1: NOTES})
    applying.ask(imported, by=reviewer, version=1)
    Import.objects.update(worked_at=timezone.now() - timedelta(seconds=61), attempt=2)
    with django_capture_on_commit_callbacks(execute=True):
        lost.look_after()
        lost.look_after()
    assert broker() == [("reviews.tasks.apply_import", [imported.pk])]
    Import.objects.update(worked_at=timezone.now() - timedelta(seconds=61), attempt=3)
    lost.look_after()
    found = Import.objects.get()
    assert (found.state, found.problem) == (ImportState.WAITING, lost.STOPPED)


def test_a_file_whose_reader_died_is_read_by_another(small, reviewer, broker, django_capture_on_commit_callbacks):
    silent = {"worked_at": timezone.now() - timedelta(seconds=61)}
    imported = planned(small, reviewer, {1: NOTES}, state=ImportState.READING, attempt=2, **silent)
    with django_capture_on_commit_callbacks(execute=True):
        lost.look_after()
    assert broker() == [("reviews.tasks.read_import", [imported.pk])]
    assert Import.objects.get().state == ImportState.WAITING
    Import.objects.update(state=ImportState.READING, attempt=3, **silent)
    lost.look_after()
    assert (Import.objects.get().state, Import.objects.get().problem) == (ImportState.REFUSED, lost.STOPPED)


def test_the_same_table_brought_again_changes_nothing(small, reviewer):
    text = (
        f"Number\tStatus\tEvidence Link\tNotes\n1\tComplete\t{LINK}\tSeen.\n2\tComplete\t\t\n3\tIn progress\t\tAsked.\n"
    )

    def brought():
        imported = bring.paste(small, by=reviewer, text=text)
        reading.read(imported.pk)
        return Import.objects.get(pk=imported.pk)

    assert applied(brought(), reviewer).state == "applied"
    statuses = list(small.items.values_list("status", flat=True))
    assert statuses[:4] == ["awaiting", "in_progress", "in_progress", "not_started"]
    assert [row.after["held"] for row in ImportRow.objects.order_by("position")][1].startswith("Cite at least one")
    again = brought()
    assert set(again.rows.values_list("outcome", flat=True)) == {RowOutcome.UNCHANGED}
    with pytest.raises(Refused, match="Nothing of this sheet is to be taken"):
        applying.ask(again, by=reviewer, version=again.version)
