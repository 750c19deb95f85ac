"""What does a vendor's questionnaire propose, what of it can be taken, and what does it never do?"""

import io
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from openpyxl import Workbook, load_workbook

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from evidence.models import Version
from reviews import sheets, workflow
from reviews.choices import ImportState, ProposalState
from reviews.models import Import, LoadedMapping, Proposal
from reviews.permissions import can_sign
from reviews.questionnaires import bringing, mapping, proposing, reading, taking
from tests.cast import item, pdf, record, settle, submit

SIG = Path(__file__).parent / "sig-like.yaml"
HEAD = ("Ques Num", "Question/Request", "Response", "Additional Information")
FIRST = (
    ("Who we are", None, None, None),
    HEAD,
    ("A.1", "Is there one?", "Yes", "Signed in May."),
    (" a.02.1\u00a0", "Since when?", "No", None),
    ("B.10", "May we?", "Yes", None),
    ("C.3", "Which?", None, "  "),
    ("Z.9", "Anything else?", "Yes", None),
)


@pytest.fixture
def sig(twelve):
    return mapping.load(SIG)[0]


def workbook(*rows, sheet="Full"):
    made = Workbook()
    made.active.title = sheet
    for row in rows:
        made.active.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def upload(*rows, **more):
    return SimpleUploadedFile("their answers.xlsx", workbook(*rows, **more))


def here(source):
    """The workbook read in this process, formulas as the child hands them on."""
    book = load_workbook(io.BytesIO(reading._upload(source).read()))

    def value(cell):
        return sheets.Formula(cell.value) if cell.data_type == "f" else cell.value

    return sheets.Workbook(
        [sheets.Sheet(sheet.title, [[value(cell) for cell in row] for row in sheet.iter_rows()]) for sheet in book]
    )


def brought(review, by, *rows, sheet="Full", **more):
    source = bringing.bring(review, upload(*rows, sheet=sheet), by=by, **more)
    reading.read(source.pk, open_book=here)
    return Import.objects.get(pk=source.pk)


def proposed(source):
    rows = source.proposals.select_related("item__statement")
    return {(row.item.number, row.question_id): (row.answer, row.text, row.place, row.is_against) for row in rows}


def proposal(review, number):
    return Proposal.objects.select_related("source", "item").get(source__review=review, item__statement__number=number)


def test_answers_are_proposed_by_question_id_and_nothing_else_changes(small, reviewer, sig):
    source = brought(small, reviewer, *FIRST)
    assert source.state == ImportState.READY
    assert proposed(source) == {
        (1, "A.1"): ("Yes", "Signed in May.", "Full, row 3", False),
        (7, "A.1"): ("Yes", "Signed in May.", "Full, row 3", False),
        (2, "A.2.1"): ("No", "", "Full, row 4", True),
        (12, "B.10"): ("Yes", "", "Full, row 5", True),
    }
    found = {name: source.found[name] for name in ("answered", "proposed", "unanswered", "unmapped", "silent")}
    assert found == {"answered": 3, "proposed": 4, "unanswered": ["C.3"], "unmapped": ["Z.9"], "silent": [3]}
    assert source.found["not_asked"] == [4, 5, 6, 8, 9, 10, 11]
    assert not small.items.exclude(status="not_started", finding="", notes="").exists()
    assert (source.evidence.kind, source.evidence.current.uploaded_by) == ("questionnaire", reviewer)
    assert source.content is None
    events = Event.objects.filter(event_type__startswith="questionnaire.").order_by("pk")
    assert [event.event_type.partition(".")[2] for event in events] == ["mapping_loaded", "brought", "read"]


def test_the_same_file_again_changes_nothing(small, reviewer, sig):
    source, content = brought(small, reviewer, *FIRST), workbook(*FIRST)
    events = Event.objects.count()
    kept = reading._upload(source)
    assert bringing.bring(small, kept, by=reviewer).pk == source.pk
    reading.read(source.pk, open_book=here)
    assert (Import.objects.count(), Proposal.objects.count(), Version.objects.count()) == (1, 4, 1)
    assert Event.objects.count() == events
    assert content


def test_a_newer_version_proposes_what_changed_and_keeps_what_was_decided(small, reviewer, sig):
    first = brought(small, reviewer, *FIRST)
    taking.take(proposal(small, 1), by=reviewer, cite=True)
    taking.dismiss(proposal(small, 2), by=reviewer)
    taking.dismiss(proposal(small, 12), by=reviewer)
    second = (HEAD, *FIRST[2:4], ("B.10", "May we?", "No", None), ("C.3", "Which?", "All", None))
    newer = brought(small, reviewer, *second, newer_version_of=first.evidence)
    assert [version.number for version in first.evidence.versions.all()] == [2, 1]
    assert proposed(newer) == {
        (7, "A.1"): ("Yes", "Signed in May.", "Full, row 2", False),
        (12, "B.10"): ("No", "", "Full, row 4", False),
        (3, "C.3"): ("All", "", "Full, row 5", False),
    }
    assert {row.question_id: row.state for row in first.proposals.all()} == {
        "A.1": ProposalState.TAKEN,
        "A.2.1": ProposalState.DISMISSED,
        "B.10": ProposalState.DISMISSED,
    }
    assert (newer.found["kept"], newer.found["replaced"]) == (2, 1)


def test_taking_writes_the_notes_and_cites_the_row_and_confirms_nothing(small, reviewer, sig):
    source = brought(small, reviewer, *FIRST)
    record(item(small, 1), reviewer, finding="", notes="Seen before.")
    taking.take(proposal(small, 1), by=reviewer, cite=True)
    each = item(small, 1)
    assert each.notes == (
        "Seen before.\n\nVendor's questionnaire, A.1: “Yes” (their answers.xlsx, Full, row 3).\nSigned in May."
    )
    assert (each.status, each.finding, each.finding_by) == ("in_progress", "", reviewer)
    cited = each.citations.get()
    assert (cited.evidence, cited.locator, cited.quote) == (source.evidence, "Full, row 3, A.1", "Yes. Signed in May")
    taking.take(proposal(small, 2), by=reviewer, cite=False)
    assert item(small, 2).citations.count() == 0
    with pytest.raises(Refused, match=r"A\.1 is taken already"):
        taking.take(proposal(small, 1), by=reviewer, cite=True)
    assert Event.objects.filter(event_type="item.proposal_taken").count() == 2


def test_neither_who_took_it_nor_who_handed_it_in_signs(small, reviewer, second_reviewer, ciso, sig):
    brought(small, ciso, *FIRST)
    taking.take(proposal(small, 1), by=reviewer, cite=True)
    submit(item(small, 1), second_reviewer)
    assert can_sign(ciso, item(small, 1)).reason == (
        "You uploaded the cited evidence “their answers”. Someone else has to sign it."
    )
    taking.take(proposal(small, 2), by=ciso, cite=False)
    workflow.apply(workflow.START, item(small, 3), by=reviewer)
    assert can_sign(ciso, item(small, 2)).reason == "You wrote this finding. Someone else has to sign it."


def test_what_awaits_a_signature_or_is_signed_is_not_taken_and_can_be_set_aside(small, reviewer, evidence, sig):
    brought(small, reviewer, *FIRST)
    submit(item(small, 1), reviewer, evidence)
    settle(small, [2], reviewer, evidence)
    for number in (1, 2):
        with pytest.raises(PermissionDenied, match=r"The item is (awaiting sign-off|complete)"):
            taking.take(proposal(small, number), by=reviewer, cite=True)
        taking.dismiss(proposal(small, number), by=reviewer)
        assert proposal(small, number).state == ProposalState.DISMISSED
    taking.bring_back(proposal(small, 1), by=reviewer)
    assert (proposal(small, 1).state, proposal(small, 1).decided_by) == (ProposalState.OPEN, None)
    # Statement 2 is confirmed, and the vendor says no.
    assert {number: taking.contradicts(proposal(small, number)) for number in (1, 2)} == {1: False, 2: True}


def test_whoever_may_only_read_takes_and_sets_aside_nothing(small, reviewer, auditor, sig):
    with pytest.raises(PermissionDenied):
        bringing.bring(small, upload(*FIRST), by=auditor)
    brought(small, reviewer, *FIRST)
    for act in (lambda each: taking.take(each, by=auditor, cite=True), lambda each: taking.dismiss(each, by=auditor)):
        with pytest.raises(PermissionDenied):
            act(proposal(small, 1))


def test_notes_without_room_take_nothing(small, reviewer, sig):
    brought(small, reviewer, *FIRST)
    record(item(small, 1), reviewer, finding="", notes="x" * 19_990)
    with pytest.raises(Refused, match="20,000 characters"):
        taking.take(proposal(small, 1), by=reviewer, cite=True)
    assert (item(small, 1).citations.count(), proposal(small, 1).state) == (0, ProposalState.OPEN)


@pytest.mark.parametrize(
    ("rows", "answered", "problems"),
    [
        ((HEAD, ("A.1", "?", "Yes", None), ("a.1", "?", "yes", None)), {"A.1": "Yes"}, []),
        (
            (HEAD, ("A.1", "?", "Yes", None), ("A.1", "?", "No", None)),
            {},
            [("Full, row 3", "A.1 is answered in another way in Full, row 2. Ask which one counts.")],
        ),
        (
            (HEAD, ("A.1", "?", "=1+1", None), ("C.3", "?", "N/A", None)),
            {"C.3": "N/A"},
            [("Full, row 2", "A.1: a formula stands for its answer. Nothing of it is read.")],
        ),
        ((HEAD, ("A.1", "?", True, 3.0)), {"A.1": "Yes"}, []),
        ((HEAD, ("A.1", "?", "Long " * 60, None)), {"A.1": ""}, []),
        ((("QUESTION  ID *", "Response (choose one)"), ("A.1", "Yes")), {"A.1": "Yes"}, []),
        ((("A.1", "Yes"), HEAD), {}, []),
    ],
    ids=["twice the same", "twice", "formula", "typed", "long", "loose headings", "above the headings"],
)
def test_odd_rows_are_read_or_said_to_be_wrong(small, reviewer, sig, rows, answered, problems):
    source = bringing.bring(small, upload(*rows), by=reviewer)
    found = proposing.found(sig, here(source))
    assert {each.question_id: each.answer for each in found.answers.values()} == answered
    assert found.problems == problems


def test_whose_control_it_is_stands_beside_the_answer(small, reviewer, sig):
    rows = ((*HEAD, "Who does it"), ("A.1", "?", "NA", None, "Customer"), ("C.3", "?", None, None, "Vendor"))
    found = proposing.found(sig, here(bringing.bring(small, upload(*rows), by=reviewer)))
    assert {each.question_id: (each.says, each.text) for each in found.answers.values()} == {
        "A.1": (mapping.Says.NOT_APPLICABLE, "Whose control: Customer")
    }


def test_a_workbook_without_a_known_id_is_refused_and_stays_out_of_the_library(small, reviewer, sig):
    source = brought(small, reviewer, HEAD, ("Q-1", "?", "Yes", None))
    assert (source.state, source.evidence) == (ImportState.REFUSED, None)
    assert source.problem == (
        "“their answers.xlsx” holds no question id of SIG-like list. Is it the filled-in questionnaire, with its id column?"
    )
    assert Version.objects.count() == 0


def test_a_file_that_is_no_table_is_refused_at_once(small, reviewer, sig):
    with pytest.raises(Refused, match=r"“report.pdf” is a file of another kind \(PDF\)"):
        bringing.bring(small, pdf(), by=reviewer)
    assert Import.objects.count() == 0


def test_who_lost_the_access_meanwhile_brings_nothing_in(small, reviewer, vendor, sig):
    source = bringing.bring(small, upload(*FIRST), by=reviewer)
    grants.take(reviewer, Access.REVIEW, vendor)
    reading.read(source.pk, open_book=here)
    source.refresh_from_db()
    assert (source.state, source.problem) == (ImportState.REFUSED, reading.NO_ACCESS)


CAIQ_HEAD = (
    "Question ID",
    "Question",
    "CSP CAIQ Answer",
    "SSRM Control Ownership",
    "CSP Implementation Description (Optional/Recommended)",
)
CAIQ = (
    ("CAIQ",),
    CAIQ_HEAD,
    ("IAM-14.1", "In our words", "Yes", "CSP-owned", "By key"),
    ("IVS-06.1", "Apart?", "No", "", ""),
)


@pytest.mark.parametrize(("sheet", "state"), [("CAIQv4.0.2", ImportState.READY), ("CAIQv4.1.0", ImportState.COLUMNS)])
def test_a_caiq_is_read_by_the_mapping_of_its_version_only(review, reviewer, sheet, state):
    source = brought(review, reviewer, *CAIQ, sheet=sheet)
    assert source.state == state
    if state == ImportState.READY:
        assert proposed(source) == {
            (31, "IAM-14.1"): ("Yes", "By key\nWhose control: CSP-owned", "CAIQv4.0.2, row 3", False),
            (25, "IVS-06.1"): ("No", "", "CAIQv4.0.2, row 4", True),
        }


def test_somebody_says_by_which_mapping_it_is_read(review, reviewer):
    source = brought(review, reviewer, *CAIQ, sheet="Sheet1")
    assert source.problem == reading.WHICH
    bringing.choose(source, by=reviewer, slug="caiq-v4", version=1)
    with pytest.raises(Refused, match="Someone was faster"):
        bringing.choose(source, by=reviewer, slug="caiq-v4", version=1)
    reading.read(source.pk, open_book=here)
    source.refresh_from_db()
    assert (source.state, source.found["proposed"]) == (ImportState.READY, 2)
    # And again, with a decision between.
    taking.dismiss(proposal(review, 25), by=reviewer)
    bringing.choose(source, by=reviewer, slug="caiq-v4", version=2)
    reading.read(source.pk, open_book=here)
    assert {row.question_id: row.state for row in source.proposals.all()} == {
        "IAM-14.1": "open",
        "IVS-06.1": "dismissed",
    }


def test_a_worker_that_died_is_followed_by_another_at_most_twice(small, reviewer, sig, time_machine, broker):
    time_machine.move_to("2026-11-20T10:00:00Z", tick=False)
    source = bringing.bring(small, upload(*FIRST), by=reviewer)

    def die(source):
        raise KeyboardInterrupt

    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            reading.read(source.pk, open_book=die)
    time_machine.shift(61)
    reading.look_after()
    assert broker() == [("reviews.tasks.read_questionnaire", [source.pk])]
    reading.read(source.pk, open_book=here)
    source.refresh_from_db()
    assert (source.state, source.problem) == (ImportState.REFUSED, reading.STOPPED)


def test_a_workbook_is_read_in_the_child(small, reviewer, sig):
    source = bringing.bring(small, upload(*FIRST), by=reviewer)
    reading.read(source.pk)
    source.refresh_from_db()
    assert source.found["answered"] == 3


def test_what_ships_speaks_of_statements_there_are(checklist_file):
    shipped = mapping._shipped()
    numbers = {statement.number for statement in checklist_file.statements}
    assert shipped["caiq-v4"].numbers <= numbers
    assert {(each.checklist, each.checklist_version) for each in shipped.values()} == {("claude-security-review", 1)}


WRONG = """slug: wrong
title: Wrong
checklist: twelve-points
checklist_version: 1
id_pattern: '[A-Z'
headings: {id: [Id]}
questions:
  - {id: A.1, helps: [{number: 1, relevance: near}]}
  - {id: a.01, helps: [{number: 2, relevance: partly}, {number: 2, relevance: direct}]}
"""


def test_a_heading_is_compared_without_brackets_as_far_as_headings_go():
    assert mapping.plain_heading("Answer  (of the CSP): ") == "answer"
    assert mapping.plain_heading("(" * 100_000) == "(" * 300


def test_a_wrong_mapping_file_is_refused_whole_with_every_place(twelve, tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG)
    with pytest.raises(CommandError) as refused:
        call_command("load_questionnaire", path)
    assert str(refused.value).splitlines() == [
        f"{path}: line 5: id_pattern: '[A-Z' is no pattern: unterminated character set at position 0.",
        f"{path}: line 6: headings.answer: is missing.",
        f"{path}: line 8: questions[0].helps[0].relevance: 'near' is unknown; it can be direct, partly, background.",
        f"{path}: line 9: questions[1].helps[1].number: 2 is used twice; the first is on line 9.",
        f"{path}: line 9: questions[1].id: A.1 is used twice; the first is on line 8.",
    ]
    path.write_text(SIG.read_text().replace("number: 12", "number: 13"))
    with pytest.raises(CommandError, match=r"questions\[2\]\.helps: there is no statement 13 in twelve-points"):
        call_command("load_questionnaire", path)


def test_loading_the_same_mapping_again_changes_nothing(sig, capsys, tmp_path):
    call_command("load_questionnaire", SIG)
    assert capsys.readouterr().out == "sig-like: unchanged, 4 questions.\n"
    path = tmp_path / "newer.yaml"
    path.write_text(SIG.read_text().replace("title: SIG-like list", "title: Another title"))
    call_command("load_questionnaire", path)
    assert LoadedMapping.objects.get().content["title"] == "Another title"
    assert mapping.every()["sig-like"].title == "Another title"
