"""What do the words of a cell mean? Tables of what teams write."""

from datetime import date

import pytest

from accounts.choices import Role
from reviews.choices import Finding, Status
from reviews.imports import values
from reviews.imports.values import DAY_FIRST, MONTH_FIRST, Address, Unclear

STATUSES = {
    Status.NOT_STARTED: [
        "Not Started",
        "To do",
        "ToDo",
        "offen",
        "Nicht begonnen",
        "-",
        "0%",
        False,
        "☐",
        "no",
        "Pending",
    ],
    Status.IN_PROGRESS: [
        "In Progress",
        "in-progress",
        "WIP",
        "in Arbeit",
        "50 %",
        0.4,
        "🟡 In progress",
        "Blocked",
        "12.5%",
    ],
    Status.COMPLETE: [
        "Complete",
        "COMPLETED.",
        "Done",
        "✓",
        "✅ Done",
        "yes",
        "100%",
        1.0,
        True,
        "x",
        "erledigt",
        "Ja",
    ],
    Status.AWAITING: ["Awaiting sign-off", "zur Freigabe"],
}
FINDINGS = {
    Finding.CONFIRMED: ["Confirmed", "yes", "Ja", True, "Pass", "compliant", "✔"],
    Finding.UNCONFIRMED: ["Cannot be confirmed", "no", "nein", False, "FAIL", "non-compliant", "❌"],
    Finding.NOT_APPLICABLE: ["Not applicable", "N/A", "n.a.", "NA", "entfällt", "out of scope"],
}
ROLES = {
    Role.CISO: ["CISO", "Chief Information Security Officer", "ciso (interim)"],
    Role.PRIVACY_OFFICER: ["Privacy Officer", "DPO", "Datenschutzbeauftragte", "Privacy"],
    Role.IT_SECURITY: ["IT Security", "IT-Sicherheit", "InfoSec"],
    Role.COMPLIANCE_OFFICER: ["Compliance Officer", "Compliance"],
    Role.LEGAL: ["Legal", "Legal Counsel", "Rechtsabteilung"],
    None: ["Jane", "Vendor", "", "CISO and Legal"],
}
DAYS = {
    date(2026, 12, 31): [
        *("2026-12-31", "31.12.2026", "31. 12. 26", "12/31/2026", "31/12/2026", "31-12-26", "Dec 31, 2026"),
        *(
            "31 December 2026",
            "31. Dezember 2026",
            "Thursday, December 31, 2026",
            "2026-12-31T09:30:00",
            "46387",
            46387,
        ),
        *(46387.0, date(2026, 12, 31), "12/31/26 00:00", "31-Dec-2026", "46387.5"),
    ],
    date(2026, 5, 5): ["5/5/2026", "05.05.2026"],
}
NO_DAYS = [
    "soon",
    "Q3 2027",
    "2026-02-30",
    "31.02.2026",
    "1",
    "3/4/2027",
    "12.5.1950",
    "2026",
    "99/99/2026",
    "45",
    "never",
]


def test_words_of_work_are_one_of_four_statuses():
    assert {status: [values.status(cell)[0] for cell in cells] for status, cells in STATUSES.items()} == {
        status: [status] * len(cells) for status, cells in STATUSES.items()
    }


def test_of_two_names_with_a_slash_one_says_which_stakeholder_is_meant():
    said = ("CISO/Security Director", "Data Officer/Privacy Officer", "Infrastructure/IT Security", "Legal/Compliance")
    assert [values.role(words) for words in said] == [Role.CISO, Role.PRIVACY_OFFICER, Role.IT_SECURITY, None]


def test_a_finding_in_the_column_of_the_status_is_work_that_is_done():
    assert values.status("N/A") == (Status.COMPLETE, Finding.NOT_APPLICABLE)
    assert values.status("Cannot be confirmed") == (Status.COMPLETE, Finding.UNCONFIRMED)
    assert values.status("Complete") == (Status.COMPLETE, None)


def test_words_of_a_result_are_one_of_three_findings():
    assert {finding: [values.finding(cell) for cell in cells] for finding, cells in FINDINGS.items()} == {
        finding: [finding] * len(cells) for finding, cells in FINDINGS.items()
    }


@pytest.mark.parametrize("read", [values.status, values.finding])
def test_words_without_a_certain_meaning_are_no_guess(read):
    for words in ("maybe", "see notes", "Ask them", "200%", "ok?!? perhaps"):
        with pytest.raises(Unclear, match=r"is no (status|finding) known here"):
            read(words)


def test_a_long_text_is_no_stakeholder_and_its_brackets_are_not_looked_for():
    assert values.role("CISO" + "(of us)" * 20) == Role.CISO
    assert values.role("CISO" + "(of us)" * 200) is None
    assert values.role("(" * 100_000) is None


def test_a_stakeholder_is_known_by_what_the_role_is_called_elsewhere():
    assert {role: [values.role(words) for words in cells] for role, cells in ROLES.items()} == {
        role: [role] * len(cells) for role, cells in ROLES.items()
    }


def test_days_are_read_however_they_are_written():
    assert {day: [values.day(cell) for cell in cells] for day, cells in DAYS.items()} == {
        day: [day] * len(cells) for day, cells in DAYS.items()
    }


def test_what_is_no_day_or_may_be_two_is_refused():
    for words in NO_DAYS:
        with pytest.raises(Unclear):
            values.day(words)
    with pytest.raises(Unclear, match="may be 3 April or 4 March"):
        values.day("3/4/2027")


def test_one_cell_tells_of_the_whole_column_whether_days_or_months_come_first():
    assert values.order_of(["3/4/2027", "31/12/2027", None, "n/a"]) == DAY_FIRST
    assert values.order_of(["3/4/2027", "12/31/2027"]) == MONTH_FIRST
    assert values.order_of(["3/4/2027", "31.12.2027"]) is None
    assert values.order_of(["31/12/2027", "12/31/2027"]) is None
    assert values.day("3/4/2027", DAY_FIRST) == date(2027, 4, 3)
    assert values.day("3/4/2027", MONTH_FIRST) == date(2027, 3, 4)


def test_addresses_are_found_in_text_completed_and_counted_once():
    text = "SOC 2 (see https://trust.example.com/soc2(2026).), www.example.com/a, https://trust.example.com/soc2(2026)"

    found, rest = values.addresses(text)

    assert [each.url for each in found] == ["https://trust.example.com/soc2(2026)", "https://www.example.com/a"]
    assert values.addresses("SOC 2 report", "https://example.com/r") == (
        [Address("https://example.com/r", "SOC 2 report")],
        "",
    )
    assert values.addresses(r"C:\share\soc2.pdf, note: later") == ([], r"C:\share\soc2.pdf note: later")
    assert rest == "SOC 2 (see .)"
    assert values.addresses("https://a.example/1 https://a.example/10")[1] == ""


def test_more_or_longer_addresses_than_anybody_cites_are_refused():
    with pytest.raises(Unclear, match="More than 20 addresses"):
        values.addresses(" ".join(f"https://example.com/{number}" for number in range(21)))
    with pytest.raises(Unclear, match="longer than 2,000 characters"):
        values.addresses("https://example.com/" + ")" * 90_000)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "https://", "ftp://a.example/b"]
)
def test_what_leads_to_no_page_of_the_web_is_refused_in_text_and_behind_it(address):
    with pytest.raises(Unclear, match="no web address"):
        values.addresses(f"see {address}" if address != "https://" else "https://?")
    with pytest.raises(Unclear, match="no web address"):
        values.addresses("Report", address)


def test_a_hyperlink_formula_is_read_only_where_it_spells_out_what_it_shows():
    assert values.hyperlink('=HYPERLINK("https://example.com/r";"Report")') == ("https://example.com/r", "Report")
    assert values.hyperlink('HYPERLINK("https://example.com/r")') == ("https://example.com/r", "")
    assert values.hyperlink("=HYPERLINK(A1,B1)") is None
    assert values.hyperlink('=HYPERLINK("https://example.com/"&A1,"x")') is None


def test_a_text_has_its_length_and_no_characters_without_meaning():
    assert values.limited("a" * 200, 200) == "a" * 200
    with pytest.raises(Unclear, match="201 characters; up to 200 are kept"):
        values.limited("a" * 201, 200)
    with pytest.raises(Unclear, match="no text has"):
        values.limited("bell \x07", 200)
