"""What do the pages of what recurs show, and what do their forms do? (rules 5, 6, 20, 21 and 23)"""

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import people
from evidence import validity
from reviews.choices import Duty, OccurrenceState, Status
from reviews.forms import ReviewForm
from reviews.models import Completion, Obligation, Occurrence
from reviews.recurring import completions, obligations, occurrences
from tests.cast import PASSWORD, add_evidence, bring_to, item
from tests.reviews.conftest import field, text_of
from tests.reviews.recurring.dates import FOUND, add, add_counted, at, days, first_open, fresh, open_days, record

TODAY = date(2027, 1, 31)


@pytest.fixture(autouse=True)
def on_31_january(time_machine):
    time_machine.move_to(at("2027-01-31"), tick=False)


def typed(**values):
    """What the form of an obligation sends."""
    told = {"title": "Quarterly call", "duty": "other", "deployment": "", "instructions": "Call them.", "every": "1"}
    told |= {"unit": "quarter", "counted": "calendar", "first_on": "2027-01-31", "ends_on": "", "version": "1"}
    return told | {"steps": "30, 14, 7, 1, 0", "escalate_to": ""} | values


def done(**values):
    """What the form of a completion sends."""
    return {"done_on": "2027-01-31", "result": "passed", "found": "", "reopens": ""} | values


def page(obligation, act=""):
    return f"{obligation.get_absolute_url()}{act}"


@pytest.mark.parametrize("duty", Duty)
def test_every_page_of_every_duty_opens(browser_of, vendor, deployment, lead, duty):
    obligation = add(vendor, lead, duty=duty, deployment=deployment)
    browser = browser_of(lead)
    for address in (
        "/obligations/",
        "/obligations/new/",
        "/obligations/new/anthropic/",
        page(obligation),
        page(obligation, "edit/"),
        first_open(obligation).get_absolute_url(),
        vendor.get_absolute_url(),
    ):
        assert browser.get(address).status_code == 200, address


def test_the_history_says_days_in_words(browser_of, vendor, lead):
    obligation = add(vendor, lead)
    text = text_of(browser_of(lead).get(page(obligation)))
    history = text[text.rindex("History") :]
    assert f"planned {validity.in_words(first_open(obligation).due_on)}" in history
    assert first_open(obligation).due_on.isoformat() not in history


def test_a_title_is_one_line(browser_of, vendor, lead, small):
    browser = browser_of(lead)
    browser.post("/obligations/new/anthropic/", typed(owner=lead.pk, title="Two\r\nlines"))
    assert Obligation.objects.get().title == "Two lines"
    form = ReviewForm({"title": "Small\n review", "lead": lead.pk, "due_on": "2027-04-10"}, instance=small)
    form.is_valid()
    assert form.cleaned_data["title"] == "Small review"


def test_an_obligation_is_added_by_hand(browser_of, vendor, lead, ciso, legal, deployment):
    sent = typed(owner=ciso.pk, escalate_to=legal.pk, deployment=deployment.pk, steps="7 14,0 7", ends_on="2028-12-31")
    answer = browser_of(lead).post("/obligations/new/anthropic/", sent, follow=True)
    added = Obligation.objects.get()
    assert "“Quarterly call” is in force." in text_of(answer)
    assert (added.owner, added.escalate_to, added.deployment, added.steps) == (ciso, legal, deployment, [14, 7, 0])
    assert (added.state, added.ends_on, days(added)) == ("active", date(2028, 12, 31), ["2027-01-31"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"every": "0"}, "Say every how many: 1 or more."),
        ({"every": "-3"}, "Say every how many: 1 or more."),
        ({"every": "x"}, "Enter a whole number."),
        ({"every": "9000", "unit": "year"}, "This leads past the year 9999."),
        ({"ends_on": "2027-01-30"}, "The last day lies before the first date."),
        ({"first_on": "2027-02-30"}, "That is no day of the calendar"),
        ({"steps": "7, soon"}, "“soon” is no number of days: write numbers from 0 to 365."),
        ({"steps": "7, -1"}, "“-1” is no number of days"),
        ({"steps": "400"}, "“400” is no number of days"),
        ({"steps": ""}, "This field is required."),
        ({"duty": "quarterly_review"}, "A review looks at one deployment: say which."),
    ],
)
def test_what_cannot_be_is_a_sentence_on_the_form_and_nothing_typed_is_lost(
    browser_of, vendor, lead, ciso, change, words
):
    answer = browser_of(lead).post("/obligations/new/anthropic/", typed(owner=ciso.pk, instructions="Typed.", **change))
    assert answer.status_code == 422
    assert words in text_of(answer)
    for text in ("Quarterly call", "Typed.", *change.values()):
        assert text in answer.content.decode()
    assert "Constraint" not in text_of(answer)
    assert not Obligation.objects.exists()


def test_the_form_offers_people_who_work_on_the_vendor_alone(browser_of, vendor, lead, ciso, auditor, stranger):
    form = browser_of(lead).get("/obligations/new/anthropic/").context["form"]
    assert set(form.fields["owner"].queryset) == {lead, ciso} == set(form.fields["escalate_to"].queryset)


def test_a_stale_edit_shows_both_texts_and_saves_when_asked_again(browser_of, vendor, lead):
    obligation = add(vendor, lead, title="Call")
    obligations.change(obligation, by=lead, version=1, title="Theirs", steps=[3])
    browser = browser_of(lead)
    sent = typed(title="Mine", unit="month", owner=lead.pk, instructions="")
    answer = browser.post(page(obligation, "edit/"), sent)
    assert answer.status_code == 422
    assert "someone changed this obligation" in text_of(answer)
    for text in ("Theirs", "Mine", "30, 14, 7, 1, 0"):
        assert text in text_of(answer)
    assert field(answer, "title") == "Mine"
    assert fresh(obligation).title == "Theirs"
    browser.post(page(obligation, "edit/"), sent | {"version": field(answer, "version")})
    assert fresh(obligation).title == "Mine"


def test_an_owner_who_left_is_said_on_the_page(browser_of, vendor, lead, ciso, administrator):
    obligation = add(vendor, lead, owner=ciso)
    assert "Nobody sees to this" not in text_of(browser_of(lead).get(page(obligation)))
    people.deactivate(ciso, by=administrator)
    words = text_of(browser_of(lead).get(page(obligation)))
    assert "Nobody sees to this. CISO has left. Choose somebody else." in words


def test_rule_20_both_next_dates_are_shown_and_which_counts(browser_of, vendor, lead, time_machine):
    counted = add_counted(vendor, lead)
    assert "never done yet" in text_of(browser_of(lead).get(page(counted)))
    time_machine.move_to(at("2027-02-10"), tick=False)
    record(first_open(counted), lead, done_on=date(2027, 2, 10))
    words = text_of(browser_of(lead).get(page(counted)))
    assert "By the calendar 1 May 2027 From the last time 11 May 2027 counts" in words


def test_rule_21_proposals_stand_at_the_top_and_are_accepted_at_once(browser_of, small, vendor, ciso, lead, reviewer):
    obligations.propose(small, by=ciso)
    assert "Accept all" not in text_of(browser_of(reviewer).get("/obligations/"))
    browser = browser_of(lead)
    assert "Proposed for Anthropic 5 Accept all 5" in text_of(browser.get("/obligations/"))
    answer = browser.post(f"/obligations/accept/{vendor.slug}/", follow=True)
    assert "5 obligations of Anthropic accepted." in text_of(answer)
    assert "Proposed for" not in text_of(answer)
    assert Occurrence.objects.count() == 7


def test_a_proposal_is_accepted_or_dismissed_alone(browser_of, small, ciso, lead):
    first, second, *_ = obligations.propose(small, by=ciso)
    browser = browser_of(lead)
    browser.post(page(first, "accept/"))
    answer = browser.post(page(second, "dismiss/"), {"reason": ""})
    assert (answer.status_code, fresh(second).state) == (422, "proposed")
    browser.post(page(second, "dismiss/"), {"reason": "The group does it."})
    assert (fresh(first).state, fresh(second).state) == ("active", "dismissed")
    assert "The group does it." in text_of(browser.get(page(second)))


def test_the_list_puts_what_is_overdue_first(browser_of, vendor, lead, time_machine):
    for title, first_on in (("Third", "2027-03-05"), ("First", "2027-01-31"), ("Second", "2027-02-20")):
        add(vendor, lead, title=title, first_on=date.fromisoformat(first_on))
    time_machine.move_to(at("2027-02-10"), tick=False)
    answer = browser_of(lead).get("/obligations/")
    assert [row.title for row in answer.context["page"]] == ["First", "Second", "Third"]
    assert text_of(answer).count("Overdue") == 2  # the filter's word and the pill
    assert [row.title for row in browser_of(lead).get("/obligations/?state=overdue").context["page"]] == ["First"]


def test_the_list_is_filtered_by_vendor_owner_and_state(browser_of, vendor, lead, ciso, reviewer):
    from reviews.models import Obligation as Stored
    from vendors import register

    other = register.create_vendor(by=lead, name="Other vendor")
    mine, theirs = add(vendor, lead, title="Mine"), add(other, lead, title="Elsewhere")
    of_ciso = add(vendor, lead, title="Of the CISO", owner=ciso, duty=Duty.DRILL)
    record(first_open(of_ciso), reviewer, done_on=TODAY)
    ended = add(vendor, lead, title="Over")
    obligations.end(ended, by=lead, reason="Enough.")

    def found(query):
        return {row.title for row in browser_of(lead).get(f"/obligations/?{query}").context["page"]}

    assert found("") == {"Mine", "Elsewhere", "Of the CISO"}
    assert found(f"vendor={other.pk}") == {"Elsewhere"}
    assert found(f"owner={ciso.pk}") == found("state=awaiting") == {"Of the CISO"}
    assert found("state=ended") == {"Over"}
    assert found("vendor=x&owner=999999999999999999999&state=x") == {"Mine", "Elsewhere", "Of the CISO"}
    assert {mine, theirs, of_ciso, ended} == set(Stored.objects.all())


def test_rule_23_what_recurs_elsewhere_does_not_exist(browser_of, vendor, lead, stranger):
    obligation = add(vendor, lead, title="Hidden call")
    browser = browser_of(stranger)
    for address in (page(obligation), page(obligation, "edit/"), first_open(obligation).get_absolute_url()):
        assert browser.get(address).status_code == 404
    for address in ("/obligations/", "/"):
        assert "Hidden call" not in text_of(browser.get(address))


def test_a_drill_from_the_form_to_the_signature(browser_of, vendor, deployment, lead, ciso, reviewer):
    evidence = add_evidence(vendor, reviewer, title="Minutes")
    occurrence = first_open(add(vendor, lead, duty=Duty.DRILL, deployment=deployment, owner=ciso))
    answer = browser_of(reviewer).post(
        page(occurrence, "record/"),
        done(scenario="Keys leaked.", participants="CISO\nIT security", evidence=[evidence.pk]),
        follow=True,
    )
    words = text_of(answer)
    assert "You recorded this, so someone else signs: the owner, CISO." in words
    assert "Keys leaked." in words
    assert "Minutes version 1 SHA-256" in words
    browser = browser_of(ciso)
    shown = browser.get(page(occurrence))
    assert "was done as written: as it should be." in text_of(shown)
    sent = {"shown": field(shown, "shown"), "password": PASSWORD}
    wrong = browser.post(page(occurrence, "sign/"), sent | {"password": "wrong"})
    assert "this is not your password" in text_of(wrong)
    assert "Signed: this date is done." in text_of(browser.post(page(occurrence, "sign/"), sent, follow=True))
    assert Occurrence.objects.get(pk=occurrence.pk).state == OccurrenceState.DONE


def test_rule_06_a_countersignature_asks_for_the_password(browser_of, vendor, lead, ciso, reviewer):
    occurrence = first_open(add(vendor, lead, duty=Duty.DRILL, owner=ciso))
    record(occurrence, reviewer, done_on=TODAY)
    browser = browser_of(ciso)
    shown = field(browser.get(page(occurrence)), "shown")
    answer = browser.post(page(occurrence, "sign/"), {"shown": shown})
    assert answer.status_code == 422
    assert "Type your password" in text_of(answer)
    assert Occurrence.objects.get(pk=occurrence.pk).state == OccurrenceState.AWAITING


def test_whoever_recorded_it_reads_who_signs_and_takes_it_back(browser_of, vendor, lead, ciso, legal):
    occurrence = first_open(add(vendor, lead, duty=Duty.DRILL, owner=ciso, escalate_to=legal))
    record(occurrence, ciso, done_on=TODAY)
    browser = browser_of(ciso)
    assert "so someone else signs: Legal or a stakeholder of Anthropic." in text_of(browser.get(page(occurrence)))
    browser.post(page(occurrence, "return/"), {"reason": "I forgot somebody."})
    words = text_of(browser.get(page(occurrence)))
    assert "Returned I forgot somebody." in words
    assert "Recorded before, and returned" in words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"done": ""}, "What was done"),
        ({"done_on": "2027-02-01"}, "It cannot have been done on a day to come."),
        ({"result": "failed"}, "Say what was found."),
        ({"done": "We used sk-ant-api03-abcdefgh12345678."}, "never the key itself"),
        ({"reopens": "12 and 43"}, "“and” is no number of a statement"),
        ({"reopens": "99", "result": "failed", "found": "Much."}, "No review here has statement 99"),
    ],
)
def test_what_cannot_be_recorded_is_a_sentence_and_nothing_typed_is_lost(browser_of, vendor, lead, change, words):
    occurrence = first_open(add(vendor, lead))
    answer = browser_of(lead).post(page(occurrence, "record/"), done(**({"done": "Called."} | change)))
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert change.get("done", "Called.") in answer.content.decode()
    assert not Completion.objects.exists()


def test_the_statements_to_open_again_are_filled_in_as_far_as_a_review_has_them(
    browser_of, vendor, deployment, lead, review
):
    drill = first_open(add(vendor, lead, duty=Duty.DRILL, deployment=deployment))
    assert field(browser_of(lead).get(page(drill)), "reopens") == "12, 43"
    access = first_open(add(vendor, lead, duty=Duty.ACCESS_REVIEW, deployment=deployment))
    assert field(browser_of(lead).get(page(access)), "reopens") == "34"


def test_rule_21_a_failed_check_opens_statements_again_in_the_browser(
    browser_of, vendor, deployment, lead, reviewer, review, evidence
):
    bring_to(review, Status.COMPLETE, 16, by=reviewer, evidence=evidence)
    occurrence = first_open(add(vendor, lead, duty=Duty.SPOT_CHECK, deployment=deployment))
    sent = done(sample="Ten.", seen="One bad.", result="failed", found=FOUND, reopens="16, 17")
    browser_of(reviewer).post(page(occurrence, "record/"), sent)
    assert item(review, 16).status == Status.COMPLETE
    browser = browser_of(lead)
    sent = {"shown": field(browser.get(page(occurrence)), "shown"), "password": PASSWORD}
    said = text_of(browser.post(page(occurrence, "sign/"), sent, follow=True))
    assert "What was found stands at statement 16, 17; what was complete there is open again." in said
    assert (item(review, 16).status, item(review, 17).status) == (Status.IN_PROGRESS, Status.NOT_STARTED)
    words = text_of(browser_of(reviewer).get(item(review, 16).get_absolute_url()))
    assert FOUND in words
    assert "opened it again for what was found" in words


# Access reviews


def lines(*rows, initial=0):
    sent = {"rows-TOTAL_FORMS": len(rows), "rows-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        sent |= {
            f"rows-{number}-{name}": value for name, value in zip(("who", "access", "verdict", "why"), row, strict=True)
        }
    return sent


@pytest.fixture
def access_review(vendor, lead, ciso):
    return first_open(add(vendor, lead, duty=Duty.ACCESS_REVIEW, owner=ciso))


def test_an_access_review_starts_with_who_may_see_what(browser_of, access_review, lead, reviewer, auditor):
    rows = browser_of(lead).get(page(access_review)).context["rows"]
    found = [(row["who"].value(), row["access"].value()) for row in rows]
    assert found[:2] == [("Auditor (auditor@example.com)", "Auditor"), ("CISO (ciso@example.com)", "Stakeholder")]
    assert len([who for who, _ in found if who]) == 4


def test_an_access_review_says_who_does_not_fit_into_the_form(
    browser_of, access_review, lead, reviewer, auditor, monkeypatch
):
    monkeypatch.setattr(completions, "MOST_ROWS", 3)
    assert "1 more has access and does not fit here" in text_of(browser_of(lead).get(page(access_review)))


def test_an_access_review_records_its_lines_and_leaves_empty_ones_out(browser_of, access_review, reviewer):
    sent = lines(("Reviewer", "Reviewer", "kept", ""), ("Former", "Admin", "removed", "Has left."), ("", "", "", ""))
    browser_of(reviewer).post(page(access_review, "record/"), done(**sent))
    assert Completion.objects.get().said["answers"]["rows"] == [
        {"who": "Reviewer", "access": "Reviewer", "verdict": "kept", "why": ""},
        {"who": "Former", "access": "Admin", "verdict": "removed", "why": "Has left."},
    ]


def test_a_line_without_a_verdict_or_a_reason_is_shown_beside_it(browser_of, access_review, reviewer):
    sent = lines(("Reviewer", "Reviewer", "", ""), ("Former", "Admin", "removed", ""), ("", "Admin", "kept", ""))
    answer = browser_of(reviewer).post(page(access_review, "record/"), done(**sent))
    assert answer.status_code == 422
    for words in ("Kept or removed?", "Why?", "Who is it?", "Former"):
        assert words in text_of(answer)
    assert not Completion.objects.exists()


def test_everyone_not_marked_otherwise_is_kept_when_that_is_ticked_and_the_record_says_so(
    browser_of, access_review, reviewer
):
    sent = lines(("Reviewer", "Reviewer", "", ""), ("Former", "Admin", "removed", "Has left."), ("", "", "", ""))
    browser_of(reviewer).post(page(access_review, "record/"), done(keep_rest="on", **sent))
    rest = "Not marked: kept with everyone not marked otherwise."
    assert Completion.objects.get().said["answers"]["rows"] == [
        {"who": "Reviewer", "access": "Reviewer", "verdict": "kept", "why": rest},
        {"who": "Former", "access": "Admin", "verdict": "removed", "why": "Has left."},
    ]


def test_a_reason_without_a_verdict_is_asked_about_even_when_the_rest_is_kept(browser_of, access_review, reviewer):
    sent = lines(("Reviewer", "Reviewer", "", "Has left."), ("Former", "Admin", "", ""))
    answer = browser_of(reviewer).post(page(access_review, "record/"), done(keep_rest="on", **sent))
    assert text_of(answer).count("Kept or removed?") == 1
    assert not Completion.objects.exists()


def test_a_list_from_elsewhere_replaces_the_lines_and_records_nothing(browser_of, access_review, reviewer):
    upload = SimpleUploadedFile("people.csv", b"email,role\na@example.com,admin\n")
    sent = done(found="Typed.", access_list=upload, read_list="1", **lines(("Old", "", "", "")))
    answer = browser_of(reviewer).post(page(access_review, "record/"), sent)
    assert answer.status_code == 200
    rows = [row["who"].value() for row in answer.context["rows"]]
    assert rows[0] == "a@example.com"
    assert "Old" not in rows
    assert "Typed." in text_of(answer)
    assert not Completion.objects.exists()


def test_reading_a_list_loses_no_chosen_evidence(browser_of, access_review, vendor, reviewer):
    chosen = [add_evidence(vendor, reviewer, title=f"Export {n}", content=f"export {n}").pk for n in range(3)][:2]
    upload = SimpleUploadedFile("people.csv", b"email,role\na@example.com,admin\n")
    sent = done(evidence=chosen, access_list=upload, read_list="1", **lines(("Old", "", "", "")))
    answer = browser_of(reviewer).post(page(access_review, "record/"), sent)
    selected = re.findall(r'<option value="(\d+)" selected', answer.content.decode())
    assert sorted(map(int, selected)) == sorted(chosen)


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "This list is empty."), (b"J\xf6rg", "not in UTF-8"), (None, "Choose a file")]
)
def test_a_list_that_is_none_keeps_the_lines_and_says_so(browser_of, access_review, reviewer, content, words):
    sent = done(read_list="1", **lines(("Kept line", "Admin", "", "")))
    if content is not None:
        sent["access_list"] = SimpleUploadedFile("people.csv", content)
    answer = browser_of(reviewer).post(page(access_review, "record/"), sent)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert "Kept line" in answer.content.decode()


def test_two_hundred_lines_fit_into_one_form(browser_of, access_review, reviewer):
    sent = lines(*((f"p{number}@example.com", "User", "kept", "") for number in range(200)))
    answer = browser_of(reviewer).post(page(access_review, "record/"), done(**sent))
    assert answer.status_code == 302
    assert len(Completion.objects.get().said["answers"]["rows"]) == 200


def test_a_date_is_moved_and_skipped_on_its_page(browser_of, vendor, lead):
    obligation = add(vendor, lead)
    first, second = obligation.occurrences.order_by("number")[:2]
    browser = browser_of(lead)
    assert browser.post(page(first, "move/"), {"due_on": "2027-01-30", "reason": "Early."}).status_code == 422
    browser.post(page(first, "move/"), {"due_on": "2027-02-05", "reason": "Holidays."})
    browser.post(page(second, "skip/"), {"reason": "Closed."})
    assert open_days(obligation) == ["2027-02-05", "2027-03-31"]
    words = text_of(browser.get(page(obligation)))
    assert "5 February 2027 moved from 31 January 2027: Holidays." in words
    assert "28 February 2027 Closed." in words


def test_my_work_names_dates_proposals_and_what_is_to_sign(browser_of, small, vendor, lead, ciso, reviewer, legal):
    obligations.propose(small, by=ciso)
    due = add(vendor, lead, title="Call soon", owner=ciso)
    add(vendor, lead, title="Call later", owner=ciso, first_on=date(2027, 2, 15))
    drill = first_open(add(vendor, lead, title="Played through", duty=Duty.DRILL, owner=ciso, escalate_to=legal))
    record(drill, ciso, done_on=TODAY)
    assert "5 proposed for Anthropic" in text_of(browser_of(lead).get("/"))
    words = text_of(browser_of(ciso).get("/"))
    assert "Call soon" in words
    assert "Call later" not in words
    assert "Played through" not in words
    assert "proposed for" not in words
    assert "Played through Anthropic · owned by CISO" in text_of(browser_of(legal).get("/"))
    occurrences.return_to_open(drill, by=ciso, reason="More.")
    record(drill, reviewer, done_on=TODAY)
    assert "Played through" in text_of(browser_of(ciso).get("/"))
    assert "Played through" not in text_of(browser_of(legal).get("/"))
    obligations.end(due, by=lead, reason="Over.")
    assert "Call soon" not in text_of(browser_of(ciso).get("/"))


def test_my_work_names_a_completion_to_whoever_may_sign_it_alone(browser_of, vendor, lead, ciso, reviewer, legal):
    """The owner uploaded what is cited: who hears of misses signs."""
    drill = first_open(add(vendor, lead, title="Played through", duty=Duty.DRILL, owner=ciso, escalate_to=legal))
    record(drill, reviewer, done_on=TODAY, evidence=[add_evidence(vendor, ciso)])
    assert "Played through" not in text_of(browser_of(ciso).get("/"))
    assert "Played through" in text_of(browser_of(legal).get("/"))


def test_the_vendors_page_names_what_recurs(browser_of, small, vendor, lead, ciso):
    obligations.propose(small, by=ciso)
    add(vendor, lead, title="Weekly call", every=1, unit="week")
    words = text_of(browser_of(lead).get(vendor.get_absolute_url()))
    assert "5 proposed, waiting to be accepted" in words
    assert "Weekly call every week" in words
