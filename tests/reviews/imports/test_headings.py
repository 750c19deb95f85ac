"""What does each column hold? Headings as teams write them, and sheets that have none."""

from datetime import date

from reviews.imports import headings
from reviews.sheet_columns import COLUMNS
from reviews.sheets import Sheet, Workbook

OF = {
    "item": ["Item", "ITEM ", "Statement", "Checklist item", "Prüfpunkt", "Question:", "Control Description"],
    "stakeholder": ["Responsible Stakeholder", "stakeholder responsible", "Responsible", "Zuständig", "Verantwortlich"],
    "wanted": ["Evidence Required", "Required evidence", "Erforderlicher Nachweis"],
    "status": ["Status", "STATE", "Bearbeitungsstand", "Stauts", "Done?"],
    "links": [
        "Evidence Link",
        "Link to evidence",
        "Link(s)",
        "Proof",
        "URL",
        "Evidence\u00a0Link",
        "Nachweis",
        "Evidnce Link",
    ],
    "notes": ["Notes", "Comments", "Bemerkungen", "Comment(s)", "Notizen"],
    "number": ["#", "No.", "Nr", "Item #", "Lfd. Nr.", "Number"],
    "owner": ["Owner", "Assigned to", "Assignee", "Bearbeiter"],
    "due_on": ["Due", "Due date", "Deadline", "Fällig am", "Frist", "Target Date"],
    "category": ["Category", "Kategorie", "Section", "Bereich"],
    None: ["Budget", "Ticket", "", "2027", "Sprint"],
}
SIX = ["Item", "Responsible Stakeholder", "Evidence Required", "Status", "Evidence Link", "Notes"]
A_ROW = ["1. Reports exist", "CISO", "SOC 2", "Done", "https://example.com/a", "fine"]


def proposed(*sheets, **known):
    return headings.propose(Workbook(list(sheets)), **known)


def test_a_heading_is_known_whatever_its_case_its_order_its_language_and_its_small_mistakes():
    assert {name: [headings.meant(each)[0] for each in said] for name, said in OF.items()} == {
        name: [name] * len(said) for name, said in OF.items()
    }
    assert headings.meant("Status") == ("status", 100)
    assert headings.meant("Comments") == ("notes", 95)
    assert headings.meant("Stauts")[1] < headings.SURE


def test_our_own_headings_are_all_known_for_what_they_are():
    found = proposed(Sheet("Review", [[column.heading for column in COLUMNS], ["1. Reports exist"]]))

    assert list(found.columns.values()) == [column.name for column in COLUMNS]
    assert found.sure


def test_six_headings_of_a_list_kept_by_hand_are_sure_and_another_column_is_kept_as_a_note():
    found = proposed(Sheet("List", [[*SIX, "Budget", None], [*A_ROW, "5", "loose"]]))

    assert found.columns == {
        **dict(enumerate(["item", "stakeholder", "wanted", "status", "links", "notes", "kept"])),
        7: headings.LEFT_OUT,
    }
    assert (found.sheet, found.heading_row, found.sure) == (0, 1, True)


def test_headings_are_found_below_a_title_and_above_thirty_rows():
    title = [["Security review of Claude"], [], ["Status: in progress", None, "as of June"]]

    assert proposed(Sheet("List", [*title, SIX, A_ROW])).heading_row == 4
    assert proposed(Sheet("List", [*[["x"]] * 29, SIX, A_ROW])).heading_row == 30
    assert proposed(Sheet("List", [*[["x"]] * 30, SIX, A_ROW])).heading_row is None


def test_a_hidden_sheet_is_never_proposed_and_of_two_that_may_be_meant_a_person_chooses():
    lists = [Sheet("Lists", [["Status"], ["Done"], ["Open"]]), Sheet("Review", [SIX, A_ROW])]

    assert (proposed(*lists).sheet, proposed(*lists).sure) == (1, True)
    assert proposed(Sheet("Old", [SIX, A_ROW], hidden=True), lists[0]).sheet == 1
    assert proposed(Sheet("Old", [SIX, A_ROW], hidden=True)) is None
    both = proposed(lists[1], Sheet("Copy", [SIX, A_ROW]))
    assert (both.sheet, both.sure) == (0, False)


def test_two_columns_for_one_thing_are_left_to_a_person_but_links_may_stand_in_two():
    twice = proposed(Sheet("List", [["Item", "Status", "Notes", "Comments"], ["Reports exist", "Done", "a", "b"]]))
    links = proposed(Sheet("List", [["Item", "Status", "Link", "Evidence Link"], ["Reports exist", "Done", "", ""]]))

    assert (list(twice.columns.values()), twice.sure) == (["item", "status", "notes", "kept"], False)
    assert (list(links.columns.values()), links.sure) == (["item", "status", "links", "links"], True)


def test_a_column_called_item_or_id_that_holds_numbers_is_that_of_the_numbers():
    found = proposed(
        Sheet("List", [["Item", "Description", "Status"], ["1", "Reports exist", "Done"], [2, "More", ""]])
    )
    by_id = proposed(Sheet("List", [["ID", "Statement", "Status"], [1.0, "Reports exist", "Done"], ["#2", "More", ""]]))

    assert (list(found.columns.values()), found.sure) == (["number", "item", "status"], True)
    assert list(by_id.columns.values()) == ["number", "item", "status"]


def test_without_headings_what_stands_below_tells_and_a_person_is_asked():
    rows = [
        [1, "Reports exist", "Done", "CISO", "https://example.com/a", date(2027, 6, 30)],
        [2, "Plans are tested.", "Open", "Legal", None, date(2027, 7, 30)],
    ]

    found = proposed(Sheet("List", rows), statements=["Reports exist.", "Plans are tested.", "Keys rotate."])

    assert list(found.columns.values()) == ["number", "item", "status", "stakeholder", "links", "due_on"]
    assert (found.heading_row, found.sure) == (None, False)
    cut = [["1. Reports", "CISO", "Complete"], ["2. Plans are", "CISO", "In Progress"]]
    assert proposed(Sheet("List", cut), statements=["Reports exist."]).heading_row is None


def test_a_column_of_statements_is_found_below_a_heading_nobody_knows():
    found = proposed(
        Sheet("List", [["Was?", "Status", "Budget"], ["1. Reports exist", "Done", "5"]]), statements=["Reports exist."]
    )

    assert found.columns == {0: "item", 1: "status", 2: "kept"}
    assert (found.heading_row, found.sure) == (1, False)


def test_what_a_heading_was_said_to_mean_is_remembered():
    sheet = Sheet("List", [["Item", "Ampel", "Status"], ["Reports exist", "Done", "Sprint 3"]])

    found = proposed(sheet, remembered={"ampel": "status", "status": "kept"})

    assert (found.columns, found.sure) == ({0: "item", 1: "status", 2: "kept"}, True)


def test_nothing_is_proposed_for_nothing():
    assert proposed(Sheet("Empty", []), Sheet("Blank", [[None, ""]])) is None
