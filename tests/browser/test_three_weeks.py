"""Does a stalled review get to Go by its weekly meeting? Three weeks in a real browser, on the moved clock of its process.

11 January: the first sync. 14 January: ten statements cannot be confirmed, and a letter asks for an answer by the 28th.
18 January: the account manager answers on a page of their own, and by workbook. 20 January: the second sync. 25 January:
what was answered is found anew. 29 January: the gate says Go, and what was never answered carries the red flag.
"""

import datetime
import io
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import expect
from pypdf import PdfReader

from dossiers.tasks import make_paper
from evidence.choices import Kind
from reviews import workflow
from reviews.asking import answers, standard_questions
from reviews.choices import Finding, Judged
from tests.cast import CHECKLIST, PASSWORD, add_evidence, item, settle, sign, submit
from tests.reviews.asking.visiting import add_contact, code_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Go needs 45 of the 47. What cannot be confirmed, in the order in which the letter asks: question 1 is about statement 1,
# question 4 about 6, question 10 about 18.
TEN = (1, 2, 3, 6, 7, 8, 9, 10, 17, 18)
OTHERS = [number for number in range(1, 48) if number not in TEN]
BEFORE, MEANWHILE, AT_LAST = OTHERS[:10], OTHERS[10:25], OTHERS[25:]
NOT_SUFFICIENT, UNANSWERED = 6, 18
REPORT = {"name": "soc2.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n% A report.\n%%EOF\n"}


def at(day, hour=9):
    return datetime.datetime(2027, 1, day, hour, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def clock():
    with time_machine.travel(at(11, 8), tick=True) as traveller:
        yield traveller


@pytest.fixture
def site(clock, live_server):
    """In this process, so that it reads the moved clock."""
    return live_server


@dataclass
class Stage:
    review: Any
    contract: Any
    people: dict
    sign_in: Any
    poke: Any
    pages: dict = field(default_factory=dict)

    @property
    def address(self):
        return self.review.get_absolute_url()

    def as_(self, name, path=""):
        """The page of one of the cast, signed in once a day, at an address below the review."""
        sitting = name, timezone.localdate()
        if sitting not in self.pages:
            self.pages[sitting] = self.sign_in(self.people[name])
            self.pages[sitting].context.route("**/live/**", _nothing_new)
        self.pages[sitting].goto(path if path.startswith("/") else f"{self.address}{path}")
        return self.pages[sitting]


def _nothing_new(route):
    """What others do is asked for every two seconds: not while this test does it on the same connection."""
    route.fulfill(json={"events": [], "others": 0, "today": timezone.localdate().isoformat()})


@pytest.fixture
def stage(clock, browser, review, vendor, lead, reviewer, ciso, as_one, poke):
    """The 47 statements, ten of them signed; the account manager is known."""
    standard_questions.load(standard_questions.beside(CHECKLIST))
    add_contact(vendor, reviewer, job_title="Account executive")
    contract = add_evidence(vendor, reviewer, "Contract", kind=Kind.CONTRACT)
    settle(review, BEFORE, reviewer, contract)
    return Stage(review, contract, {"lead": lead, "reviewer": reviewer, "ciso": ciso}, as_one, poke)


def test_three_weeks_of_syncs_and_an_escalation_bring_a_review_to_go(
    stage, clock, look, broker, new_page, mailoutbox, tmp_path
):
    problems = {}
    clock.move_to(at(11))
    problems |= _first_sync(stage, look)
    _minutes_are_mailed(stage)

    clock.move_to(at(14))
    settle(stage.review, TEN, stage.people["reviewer"], finding=Finding.UNCONFIRMED)
    problems |= _letter(stage, look)
    _letter_as_a_pdf(stage, broker)

    clock.move_to(at(18))
    door = _invites(stage)
    problems |= _answers_on_a_page_of_their_own(stage, new_page, door, mailoutbox, look)
    _answers_by_workbook(stage, tmp_path)
    _judges_and_takes(stage)

    clock.move_to(at(19))
    settle(stage.review, MEANWHILE, stage.people["reviewer"], stage.contract)
    clock.move_to(at(20))
    _second_sync(stage)

    clock.move_to(at(25))
    _found_anew_by_hand(stage)
    _found_anew(stage)
    clock.move_to(at(29))
    problems |= _says_go(stage, look)
    assert problems == {}


def _first_sync(stage, look):
    page = stage.as_("lead", "sync/")
    top = page.get_by_role("region", name="How the review stands")
    expect(top).to_contain_text("In review: hold")
    expect(top).to_contain_text("10 of 45 needed")
    page.get_by_role("button", name="Open the sync").click()
    minutes = page.get_by_role("region", name="Minutes of sync 1")
    expect(minutes.get_by_text("Enter saves")).to_be_visible()
    said = minutes.get_by_role("textbox", name="What is said")
    on_its_way = []
    page.route("**/lines/", lambda route: route.continue_() if on_its_way else on_its_way.append(route))
    said.fill("The report is missing, and nobody has asked for it.")
    with page.expect_request("**/lines/"):
        said.press("Enter")
    said.press("End")
    page.keyboard.type("We ask the account team ")
    on_its_way[0].continue_()
    expect(minutes.get_by_role("listitem").filter(has_text="nobody has asked for it")).to_contain_text("Lead")
    expect(said).to_have_value("We ask the account team ")
    page.keyboard.type("for everything that is open in one letter.")
    minutes.get_by_label("Number of the statement it is about").fill("1")
    minutes.get_by_label("Decision").check()
    minutes.get_by_role("button", name="Save the line").click()
    decided = minutes.get_by_role("listitem").filter(has_text="in one letter")
    expect(decided).to_contain_text("Decision")
    expect(decided.get_by_role("link", name="Statement 1")).to_be_visible()
    minutes.get_by_text("Agree an action").click()
    action = page.locator("#minutes-action")
    action.get_by_label("What is to be done").fill("Write the letter to the account team.")
    action.get_by_label("Who").select_option(label=_option(action, "Reviewer"))
    action.get_by_label("Until").fill("2027-01-20")
    action.get_by_role("button", name="Save the action").click()
    expect(minutes.get_by_role("listitem").filter(has_text="Write the letter")).to_contain_text("Reviewer")
    present = page.locator("#minutes-present")
    present.get_by_label(re.compile("^CISO")).check()
    present.get_by_label(re.compile("^Lead")).check()
    present.get_by_label("Others").fill("Somebody of the works council")
    present.get_by_role("button", name="Save who is here").click()
    expect(minutes).to_contain_text("Here: CISO, Lead, Somebody of the works council")
    problems = look(page, "weeks-sync")
    minutes.locator("summary", has_text="Close the sync").click()
    minutes.get_by_role("button", name="Close the sync").click()
    expect(page.get_by_role("heading", name="Weekly sync 1")).to_be_visible()
    expect(page.get_by_text("It stays as it was.")).to_be_visible()
    stood = page.get_by_role("region", name="How it stood then").get_by_role("row").filter(has_text="Claude Enterprise")
    expect(stood).to_contain_text("In review: hold")
    expect(stood).to_contain_text("10 of 47")
    return problems | look(page, "weeks-minutes")


def _option(form, name):
    return form.get_by_role("option").filter(has_text=re.compile(f"^{name}")).first.inner_text()


def _minutes_are_mailed(stage):
    mails = [mail for mail in stage.poke(at(11, 10)) if mail.subject == "Countersign: minutes of the weekly sync"]
    assert sorted(mail.to[0] for mail in mails) == ["ciso@example.com", "lead@example.com", "reviewer@example.com"]
    body = mails[0].body
    assert "Present: CISO, Lead, Somebody of the works council" in body
    assert "- We ask the account team for everything that is open in one letter. (statement 1)" in body
    assert "- Reviewer, until 20 January 2027: Write the letter to the account team." in body
    assert "In review: hold, 10 of 47 satisfied, 45 needed" in body


def _letter(stage, look):
    page = stage.as_("lead")
    expect(page.locator(".cs-verdict")).to_have_text("Escalate")
    page.get_by_role("link", name="Write a letter").click()
    expect(page.get_by_text("10 statements that cannot be confirmed are chosen already.")).to_be_visible()
    page.get_by_role("button", name="Begin the letter").click()
    expect(page.get_by_text("Escalation 1 is begun. Nothing was sent")).to_be_visible()
    opening = page.get_by_label("What the letter says first")
    opening.fill(f"{opening.input_value()} We would rather talk on the phone than wait.")
    page.get_by_role("button", name="Save and read the letter").click()
    letter = page.get_by_role("article")
    for text in _ten_statements(stage):
        expect(letter).to_contain_text(text)
    expect(letter).to_contain_text("10 points of that review cannot be confirmed")
    expect(letter).to_contain_text("We would rather talk on the phone than wait.")
    expect(letter).to_contain_text("Please answer by 28 January 2027.")
    problems = look(page, "weeks-letter")
    page.locator("summary", has_text="Send by mail").click()
    expect(page.get_by_text("The letter goes to Account manager (account-manager@vendor.example).")).to_be_visible()
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_text("Sent. Its questions count as asked.")).to_be_visible()
    expect(page.get_by_text("answer due in 14 days, on 28 January 2027")).to_be_visible()
    [mail] = [mail for mail in stage.poke(at(14, 10)) if mail.to == ["account-manager@vendor.example"]]
    assert mail.subject == (
        "Escalation 1: open points of our security review, Claude Enterprise, answer by 28 January 2027"
    )
    body = " ".join(mail.body.split())
    assert [text for text in _ten_statements(stage) if text not in body] == []
    return problems


def _ten_statements(stage):
    return [item(stage.review, number).statement.text for number in TEN]


def _letter_as_a_pdf(stage, broker):
    page = stage.as_("lead", "escalations/1/letter/")
    broker()
    page.get_by_role("button", name="Print as a PDF").click()
    expect(page.get_by_role("heading", name="It is being made")).to_be_visible()
    [(_, args)] = [sent for sent in broker() if sent[0] == make_paper.name]
    make_paper.apply(args, throw=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the PDF").click()
    assert download.value.suggested_filename == "escalation-1-anthropic.pdf"
    sheets = PdfReader(io.BytesIO(download.value.path().read_bytes())).pages
    text = " ".join(" ".join(sheet.extract_text() for sheet in sheets).split())
    assert "Escalation 1 · Anthropic" in text
    assert "Date 14 January 2027" in text
    assert "Answer by 28 January 2027" in text
    assert [said for said in _ten_statements(stage) if said not in text] == []


def _invites(stage):
    page = stage.as_("reviewer", "questions/")
    expect(page.get_by_role("row").filter(has_text="Waiting for an answer")).to_have_count(10)
    page.get_by_role("link", name="Vendor's own pages").click()
    form = page.locator("#invite-form")
    form.get_by_label("Who", exact=True).select_option(label=_option(form, "Account manager"))
    for number in range(6, 11):
        form.get_by_label(re.compile(rf"^{number}\. ")).uncheck()
    form.get_by_label("A word to them").fill("These five are the urgent ones.")
    form.get_by_role("button", name="Invite").click()
    expect(page.get_by_text("Account manager is invited.")).to_be_visible()
    [mail] = [mail for mail in stage.poke(at(18, 10)) if mail.to == ["account-manager@vendor.example"]]
    assert "These five are the urgent ones." in mail.body
    return urlsplit(re.search(r"\S+/answer/\S+", mail.body)[0]).path


def _answers_on_a_page_of_their_own(stage, new_page, door, mailoutbox, look):
    page = new_page()
    page.goto(door)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_text("It works once, for 10 minutes.")).to_be_visible()
    page.get_by_label("Code from the mail").fill(code_in(mailoutbox[-1]))
    page.get_by_role("button", name="Open the page").click()
    expect(page.get_by_text("0 of 5 answered")).to_be_visible()
    problems = look(page, "weeks-guest")
    for number in range(1, 5):
        page.get_by_role("link", name=f"Answer question {number}", exact=True).click()
        page.get_by_label("Your answer").fill(f"This is how it is, number {number}.")
        if number == 1:
            page.get_by_label("Files").set_input_files(REPORT)
        page.get_by_role("button", name="Send the answer").click()
        expect(page.get_by_text(f"Your answer to question {number} has arrived.")).to_be_visible()
        expect(page.get_by_text(f"{number} of 5 answered")).to_be_visible()
    page.get_by_role("link", name="Answer question 5 next").click()
    problems |= look(page, "weeks-guest-question")
    _reaches_nothing_else(stage, page, door)
    elsewhere = new_page()
    elsewhere.goto(door)
    expect(elsewhere.get_by_role("button", name="Send me a code")).to_be_visible()
    expect(elsewhere.get_by_text("answered")).to_have_count(0)
    return problems


def _reaches_nothing_else(stage, page, door):
    for path in (stage.address, f"{stage.address}questions/1/", "/overview/", "/vendors/anthropic/evidence/"):
        page.goto(path)
        assert urlsplit(page.url).path == "/accounts/login/", path
    assert page.goto(f"{door}questions/6/").status == 404


def _answers_by_workbook(stage, folder):
    page = stage.as_("reviewer", "questions/")
    expect(page.get_by_text("6 of those shown here are the vendor’s to answer.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="a workbook (XLSX)").click()
    book = load_workbook(io.BytesIO(download.value.path().read_bytes()))
    rows = {row[0].value: row for row in book.active.iter_rows(min_row=2)}
    assert list(rows) == [5, 6, 7, 8, 9, 10]
    for number in range(5, 10):
        rows[number][5].value = f"As the whitepaper says, number {number}."
        rows[number][6].value = "Whitepaper, page 12"
        rows[number][7].value = datetime.date(2027, 1, 15)
    book.save(folder / "answers.xlsx")
    page.get_by_role("link", name="bring the answers in").click()
    page.locator("input[type=file]").set_input_files(folder / "answers.xlsx")
    page.get_by_role("button", name="Show what is in it").click()
    expect(page.get_by_role("heading", name="5 new answers")).to_be_visible()
    expect(page.get_by_role("region", name="1 row left out")).to_contain_text("Question 10: No answer stands here.")
    row = page.get_by_role("row").filter(has_text="As the whitepaper says, number 7.")
    expect(row).to_contain_text("15 January 2027")
    page.get_by_role("button", name="Record 5 answers").click()
    expect(page.get_by_text("5 answers recorded.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Answer to be judged")).to_have_count(9)


def _judges_and_takes(stage):
    page = stage.as_("reviewer", "questions/4/")
    answer = page.locator("#answer-1")
    answer.get_by_label("Not sufficient").check()
    answer.get_by_label(re.compile("^Why")).fill("The entity that runs the service is not named.")
    page.get_by_role("button", name="Judge").click()
    expect(page.locator("#live-state")).to_contain_text("Answer not sufficient")
    page = stage.as_("reviewer", "questions/1/")
    page.get_by_label("Sufficient", exact=True).check()
    page.get_by_role("button", name="Judge").click()
    expect(page.locator("#live-state")).to_contain_text("Answered")
    page.get_by_role("link", name=re.compile("^Take as evidence")).click()
    page.get_by_label("Title").fill("SOC 2 report of 2026")
    page.get_by_label("Cite it on the question's statements at once").uncheck()
    page.get_by_role("button", name="Take into the library").click()
    expect(page.get_by_text("In the library now: “SOC 2 report of 2026”.")).to_be_visible()
    for question in stage.review.questions.filter(number__in=[2, 3, 5, 6, 7, 8, 9]):
        answers.judge(question.answers.get(), by=stage.people["reviewer"], judged=Judged.SUFFICIENT)


def _second_sync(stage):
    page = stage.as_("lead", "sync/")
    top = page.get_by_role("region", name="How the review stands")
    expect(top).to_contain_text("Escalate")
    expect(top).to_contain_text("25 of 45 needed")
    since = page.locator("#since")
    expect(since.get_by_role("heading", name="Since the last sync")).to_be_visible()
    expect(since.locator(".cs-sync-counts")).to_contain_text("25 signed")
    expect(since.get_by_text("sent escalation 1")).to_be_visible()
    since.get_by_text(re.compile("^[0-9]+ more$")).first.click()
    expect(since.get_by_text("answered question 1", exact=True)).to_be_visible()
    expect(since.get_by_text("added “SOC 2 report of 2026”")).to_be_visible()
    page.get_by_role("button", name="Open the sync").click()
    minutes = page.get_by_role("region", name="Minutes of sync 2")
    expect(minutes.get_by_text("Enter saves")).to_be_visible()
    carried = minutes.get_by_role("listitem").filter(has_text="Write the letter to the account team.")
    expect(carried).to_contain_text("carried over since sync 1")
    carried.get_by_role("button", name="Done").click()
    expect(minutes.get_by_text("Write the letter to the account team.")).to_have_count(0)
    said = minutes.get_by_role("textbox", name="What is said")
    said.fill("Nine of ten have answered; we wait for the tenth until the day of the letter.")
    said.press("Enter")
    expect(minutes.get_by_role("listitem").filter(has_text="we wait for the tenth")).to_be_visible()
    minutes.locator("summary", has_text="Close the sync").click()
    minutes.get_by_role("button", name="Close the sync").click()
    stood = page.get_by_role("region", name="How it stood then").get_by_role("row").filter(has_text="Claude Enterprise")
    expect(stood).to_contain_text("Escalate")
    expect(stood).to_contain_text("25 of 47")


def _found_anew_by_hand(stage):
    page = stage.as_("ciso", "items/1/")
    page.locator("summary", has_text="Withdraw the sign-off").click()
    page.get_by_label("Why is it withdrawn?").fill("The report is here.")
    page.get_by_role("button", name="Withdraw the sign-off").click()
    expect(page.get_by_text("Your sign-off is withdrawn; the signed row stays on record.")).to_be_visible()
    page = stage.as_("reviewer", "items/1/")
    page.get_by_role("link", name="Cite or upload").first.click()
    form = page.locator("form").filter(has=page.get_by_role("button", name="Cite", exact=True))
    form.get_by_label("Evidence in the library").select_option(label=_option(form, "SOC 2 report of 2026"))
    form.get_by_label("Where in it").fill("Section I, page 3")
    page.get_by_role("button", name="Cite", exact=True).click()
    expect(page.get_by_role("region", name="Evidence cited")).to_contain_text("Section I, page 3")
    page.get_by_label("Confirmed", exact=True).check()
    page.get_by_role("button", name="Save and submit for sign-off").click()
    expect(page.get_by_text("Statement 1 is submitted; its owner can sign it now.")).to_be_visible()
    page = stage.as_("ciso", "items/1/")
    expect(page.get_by_role("region", name="Your signature")).to_contain_text("1 evidence version")
    page.get_by_label("Your password, to sign").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("^Sign: confirmed")).click()
    expect(page.get_by_text("Signed: statement 1, confirmed.")).to_be_visible()


def _found_anew(stage):
    reviewer = stage.people["reviewer"]
    for number in set(TEN) - {1, NOT_SUFFICIENT, UNANSWERED}:
        each = item(stage.review, number)
        workflow.apply(workflow.WITHDRAW, each, by=each.holder, remark="It was answered.")
        submit(item(stage.review, number), reviewer, stage.contract)
        sign(each)
    settle(stage.review, AT_LAST, reviewer, stage.contract)


def _says_go(stage, look):
    stage.poke(at(29, 10))
    page = stage.as_("lead", "sync/")
    top = page.get_by_role("region", name="How the review stands")
    expect(top.locator(".cs-sync-verdict")).to_have_text("Go")
    expect(top).to_contain_text("45 of 45 needed")
    flagged = page.locator("#agenda").get_by_role("listitem").filter(has_text="Red flag")
    expect(flagged).to_have_count(1)
    expect(flagged).to_contain_text(str(UNANSWERED))
    expect(flagged).to_contain_text("No answer from the account team by 28 January 2027 (Escalation 1)")
    problems = look(page, "weeks-go")
    page = stage.as_("lead", f"items/{UNANSWERED}/")
    expect(page.locator("#live-warnings")).to_contain_text(
        "No answer from the account team by 28 January 2027 (Escalation 1): the way we use Claude Enterprise may not "
        "fit the sensitivity of the data."
    )
    page = stage.as_("lead", f"items/{NOT_SUFFICIENT}/")
    expect(page.locator("#live-warnings")).not_to_contain_text("No answer from the account team")
    page = stage.as_("lead", "escalations/1/")
    expect(page.get_by_text("1 day late")).to_be_visible()
    problems |= look(page, "weeks-escalation")
    page = stage.as_("lead", "syncs/")
    expect(page.locator("canvas")).to_have_attribute(
        "aria-label", re.compile("Satisfied items at the end of each sync: 10, 25, of 47")
    )
    problems |= look(page, "weeks-syncs")
    page = stage.as_("ciso", "/overview/")
    expect(page.get_by_role("row").filter(has_text="Claude Enterprise").first).to_contain_text("Go")
    expect(page.get_by_role("link", name=re.compile("1 +red flag$"))).to_be_visible()
    return problems | look(page, "weeks-overview")
