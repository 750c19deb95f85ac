"""Does the deputy find on the pages what waits for the absent person, said as such, and sign there?"""

from datetime import date

from accounts import absences, people
from reviews import decisions, gate, mywork, workflow
from reviews.choices import Finding, Outcome, Status
from reviews.models import SignOff
from reviews.recurring import occurrences, recurring_work
from tests.cast import PASSWORD, item, settle, submit
from tests.reviews.conftest import address, field, sign_in_the_browser, text_of
from tests.reviews.recurring import dates
from tests.reviews.test_deputies import DAYS, away, first_of_october  # noqa: F401

FOR = "for CISO, away until 14 October 2026"


def lines(user):
    """`{section: [(number, for whom)]}` of *My work*."""
    return {section.key: [(each.number, each.for_whom) for each in section.lines] for section in mywork.sections(user)}


def waiting(user):
    return mywork.waiting(user, absences.acting_for(user)).count()


# My work


def test_my_work_of_the_deputy_holds_what_waits_for_the_absent_person(small, reviewer, evidence, ciso, legal):
    submit(item(small, 1), reviewer, evidence)
    submit(item(small, 7), reviewer, evidence)
    assert (lines(legal), waiting(legal)) == ({"sign": [(7, "")]}, 1)
    absence = away(ciso, legal)
    assert (lines(legal), waiting(legal)) == ({"sign": [(1, FOR), (7, "")]}, 2)
    assert (lines(ciso), waiting(ciso)) == ({"sign": [(1, "")]}, 1)
    absences.cancel(absence, by=ciso)
    assert (lines(legal), waiting(legal)) == ({"sign": [(7, "")]}, 1)


def test_what_came_back_to_the_absent_person_waits_for_the_deputy(small, ciso, legal, privacy_officer, evidence):
    submit(item(small, 7), ciso, evidence)
    workflow.apply(workflow.RETURN, item(small, 7), by=legal, remark="Page 3 is missing.")
    assert lines(privacy_officer) == {}
    away(ciso, privacy_officer)
    assert (lines(privacy_officer), waiting(privacy_officer)) == ({"returned": [(7, FOR)]}, 1)


def test_what_falls_to_the_deputy_anyway_is_not_said_to_be_for_another(small, ciso, legal, evidence):
    submit(item(small, 1), legal, evidence)
    workflow.apply(workflow.RETURN, item(small, 1), by=ciso, remark="Page 3 is missing.")
    away(ciso, legal)
    assert lines(legal) == {"returned": [(1, "")]}


def test_a_deputy_without_a_stakeholders_access_is_told_of_nothing(small, reviewer, evidence, ciso, auditor):
    submit(item(small, 1), reviewer, evidence)
    away(ciso, auditor)
    assert (lines(auditor), waiting(auditor)) == ({}, 0)


def test_one_section_alone_says_for_whom_as_well(small, reviewer, evidence, ciso, legal, browser_of):
    submit(item(small, 1), reviewer, evidence)
    away(ciso, legal)
    section, _ = mywork.section(legal, "sign", 1)
    assert [each.for_whom for each in section.lines] == [FOR]
    assert FOR in text_of(browser_of(legal).get("/?show=sign"))


def test_conditions_of_the_absent_person_are_said_to_be_theirs(
    small, reviewer, ciso, legal, privacy_officer, browser_of
):
    settle(small, range(1, 13), reviewer, finding=Finding.NOT_APPLICABLE)
    decisions.decide(
        small,
        by=ciso,
        outcome=Outcome.CONDITIONAL,
        reason="Nearly.",
        shown=decisions.shown(gate.assess(small), to=ciso),
        conditions=[("Get the letter.", privacy_officer, date(2026, 12, 1))],
    )
    assert mywork.conditions(legal) == []
    away(privacy_officer, legal)
    page = text_of(browser_of(legal).get("/"))
    assert "Get the letter." in page
    assert "for Privacy officer, away until 14 October 2026" in page
    page = browser_of(legal).get(f"{small.get_absolute_url()}decision/")
    assert "It is met" in text_of(page)


def recurring(user):
    return [(each.obligation.title, each.for_whom) for each in recurring_work.dates(user)]


def test_obligations_say_for_whom_as_far_as_the_deputy_acts_in_that_place(
    vendor, lead, reviewer, ciso, legal, auditor, browser_of
):
    dates.add(vendor, lead, title="Call", owner=ciso, first_on=date(2026, 10, 5))
    drill = dates.add(vendor, lead, duty="drill", title="Drill", owner=ciso, first_on=date(2026, 10, 6))
    drill = drill.occurrences.first()
    dates.record(drill, reviewer, done_on=date(2026, 10, 1))
    assert (recurring(ciso), recurring(legal)) == ([("Call", ""), ("Drill", "")], [])
    absence = away(ciso, legal)
    assert recurring(legal) == [("Call", FOR), ("Drill", FOR)]
    assert text_of(browser_of(legal).get("/")).count(FOR) == 2
    # What the owner recorded, the deputy signs as a stakeholder, and another deputy not at all.
    occurrences.return_to_open(drill, by=legal, reason="More.")
    dates.record(drill, ciso, done_on=date(2026, 10, 1))
    assert recurring(legal) == [("Call", FOR), ("Drill", "")]
    # What the deputy recorded, the deputy does not sign.
    occurrences.return_to_open(drill, by=ciso, reason="More.")
    dates.record(drill, legal, done_on=date(2026, 10, 1))
    assert recurring(legal) == [("Call", FOR)]
    absences.cancel(absence, by=ciso)
    away(ciso, auditor)
    assert recurring(auditor) == []


def test_what_is_to_be_signed_instead_of_an_owner_who_left_is_in_my_work(
    vendor, lead, reviewer, ciso, legal, administrator
):
    drill = dates.add(vendor, lead, duty="drill", title="Drill", owner=ciso, first_on=date(2026, 10, 6))
    dates.record(drill.occurrences.first(), reviewer, done_on=date(2026, 10, 1))
    assert recurring(legal) == []
    people.deactivate(ciso, by=administrator)
    assert (recurring(legal), recurring(reviewer)) == ([("Drill", "")], [])


# The item


def test_the_deputy_signs_in_the_browser_and_everybody_reads_for_whom(
    small, reviewer, evidence, ciso, legal, browser_of
):
    submit(item(small, 1), reviewer, evidence)
    away(ciso, legal)
    page = text_of(browser_of(legal).get(address(small, 1)))
    assert f"“As the deputy of CISO, away {DAYS}: I have read the cited evidence" in page
    assert "away until 14 October 2026, Legal acts" in page
    assert "Your signature" in page
    sign_in_the_browser(browser_of(legal), small, 1)
    assert SignOff.objects.get().signer == legal
    page = text_of(browser_of(reviewer).get(address(small, 1)))
    assert f"CISO, by deputy (away {DAYS})" in page
    assert f"signed: confirmed, as the deputy of CISO (away {DAYS})" in page


def test_others_read_why_they_cannot_sign_and_who_can(small, reviewer, evidence, ciso, legal, browser_of):
    submit(item(small, 1), reviewer, evidence)
    away(ciso, legal)
    page = text_of(browser_of(reviewer).get(address(small, 1)))
    assert "Only the owner, CISO (away until 14 October 2026, Legal acts), may do this." in page
    assert "“I have read the cited evidence" in page


def test_the_deputy_reads_why_they_cannot_sign_their_own(small, evidence, ciso, legal, browser_of):
    submit(item(small, 1), legal, evidence)
    away(ciso, legal)
    page = text_of(browser_of(legal).get(address(small, 1)))
    assert "You submitted this item. Someone else has to sign it." in page
    assert "Return with a comment" in page


def test_an_absence_that_ends_while_the_deputy_reads_is_refused(small, reviewer, evidence, ciso, legal, client):
    submit(item(small, 1), reviewer, evidence)
    absence = away(ciso, legal)
    client.force_login(legal)
    shown = field(client.get(address(small, 1)), "shown")
    absences.cancel(absence, by=ciso)
    response = client.post(address(small, 1, "sign/"), {"shown": shown, "password": PASSWORD})
    assert response.status_code == 403
    assert item(small, 1).status == Status.AWAITING


# The decision


def test_the_deputy_of_the_ciso_reads_in_whose_place_they_decide(small, ciso, legal, reviewer, browser_of):
    page = f"{small.get_absolute_url()}decision/"
    away(ciso, legal)
    assert f"You decide as the deputy of CISO, away {DAYS}." in text_of(browser_of(legal).get(page))
    assert "You decide as the deputy" not in text_of(browser_of(ciso).get(page))
    decisions.decide(
        small, by=legal, outcome=Outcome.HOLD, reason="Early.", shown=decisions.shown(gate.assess(small), to=legal)
    )
    assert f"Legal, CISO, by deputy (away {DAYS})" in text_of(browser_of(reviewer).get(page))
    assert f"CISO, by deputy (away {DAYS})" in text_of(browser_of(reviewer).get(small.get_absolute_url()))
