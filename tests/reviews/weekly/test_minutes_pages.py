"""Are minutes typed in place, on whichever page, without losing a word?"""

import html
import re
from collections import Counter

import pytest
from django.core import mail
from django.template.loader import render_to_string

from accounts import grants
from accounts.choices import Access
from reviews.choices import LineKind
from reviews.models import Action, Line, Message, Sync
from reviews.reminders import messages
from reviews.weekly import agenda, minutes_paper, syncs
from tests.cast import item, settle
from tests.reviews.conftest import text_of
from tests.reviews.weekly.minutes import agree, both, close, due

PLACE = {"back": "/reviews/small/sync/?item=3"}


def page_of(sync):
    return f"/syncs/{sync.pk}/"


def write(browser, sync, **sent):
    return browser.post(f"{page_of(sync)}lines/", {"text": "Report is late.", "number": "", **sent})


def test_a_meeting_goes_from_opening_to_the_frozen_record(browser_of, small, lead, legal, reviewer, evidence):
    settle(small, [1, 2], reviewer, evidence)
    browser = browser_of(lead)
    assert browser.post(f"/reviews/{small.slug}/syncs/open/").status_code == 302
    sync = Sync.objects.get()
    assert write(browser, sync, text="We wait.", number="3", decision="on")["Location"] == f"{page_of(sync)}#minutes"
    said = {"text": "Ask again", "owner": legal.pk, "due_on": due().isoformat(), "number": "4"}
    assert browser.post(f"{page_of(sync)}actions/", said).status_code == 302
    assert browser.post(f"{page_of(sync)}attendees/", {"people": [legal.pk], "others": "Ada"}).status_code == 302
    page = text_of(browser.get(page_of(sync)))
    assert "Here: Legal, Ada" in page
    assert "Decision Statement 3 We wait." in page
    assert "Agreed today Statement 4 Ask again Legal" in page
    assert browser.post(f"{page_of(sync)}close/")["Location"] == page_of(sync)
    record = text_of(browser.get(page_of(sync)))
    assert "Present Legal, Ada" in record
    assert "2 of 12" in record
    assert "Decision Statement 3 We wait." in record
    assert "Ask again Statement 4 Legal" in record
    settle(small, [5], reviewer, evidence)
    assert text_of(browser.get(page_of(sync))) == record


def test_every_form_goes_back_to_the_page_it_stands_on_and_to_no_other_site(browser_of, sync, lead):
    browser = browser_of(lead)
    assert write(browser, sync, **PLACE)["Location"] == "/reviews/small/sync/?item=3#minutes"
    for elsewhere in ("https://example.org/", "//example.org/", "javascript:alert(1)"):
        assert write(browser, sync, back=elsewhere)["Location"] == f"{page_of(sync)}#minutes"


def test_what_is_typed_next_is_about_the_item_beside_the_page(browser_of, sync, lead):
    page = browser_of(lead).get(f"{page_of(sync)}?item=7&of={sync.review.slug}").content.decode()
    assert page.count('value="7"') == 2
    assert f'name="back" value="{page_of(sync)}?item=7&amp;of={sync.review.slug}"' in page


@pytest.mark.postgres
def test_a_nul_in_the_address_is_about_no_item(browser_of, small, lead):
    everything = syncs.open_sync(None, by=lead)
    assert browser_of(lead).get(f"{page_of(everything)}?item=8&of=%00").status_code == 200


def test_a_stale_line_is_refused_with_both_texts_and_can_be_saved_again(browser_of, sync, lead, legal):
    line = syncs.write_line(sync, by=lead, text="Report is late.")
    browser = browser_of(lead)
    assert "Report is late.</textarea>" in browser.get(f"{page_of(sync)}?line={line.pk}").content.decode()
    syncs.change_line(line, by=legal, version=1, text="Report came.")
    act = f"{page_of(sync)}lines/{line.pk}/"
    refused = browser.post(act, {"text": "Report is very late.", "version": 1})
    assert refused.status_code == 422
    assert "Saved by someone else Report came. Yours, not saved Report is very late." in text_of(refused)
    assert '<input type="hidden" name="version" value="2"' in refused.content.decode()
    assert browser.post(act, {"text": "Report came, late.", "version": 2}).status_code == 302
    assert Line.objects.get().text == "Report came, late."


def test_who_is_here_is_noted_by_two_at_once(browser_of, sync, lead, legal, ciso, auditor):
    syncs.note_attendees(sync, by=lead, come=[auditor], others="Ada")
    shown = {"shown_people": str(auditor.pk), "shown_others": "Ada"}
    one, other = {"people": [auditor.pk, legal.pk], "others": "Ada"}, {"people": [ciso.pk], "others": "Ada, Bea"}
    for person, said in ((lead, one), (legal, other)):
        assert browser_of(person).post(f"{page_of(sync)}attendees/", said | shown).status_code == 302
    sync.refresh_from_db()
    assert ({each.name for each in sync.attendees.all()}, sync.others) == ({"CISO", "Legal"}, "Ada, Bea")


@pytest.mark.parametrize("act", ["lines/", "actions/", "attendees/"])
def test_what_was_typed_while_another_closed_stays_on_the_page(browser_of, sync, lead, legal, act):
    close(sync, legal)
    sent = {"text": "Typed in vain", "others": "Typed in vain", "owner": lead.pk, "due_on": due().isoformat()}
    refused = browser_of(lead).post(f"{page_of(sync)}{act}", sent)
    assert refused.status_code == 422
    assert "Legal closed Sync 1" in text_of(refused)
    assert "readonly>Typed in vain</textarea>" in refused.content.decode()
    assert (Line.objects.count(), Action.objects.count()) == (0, 0)


def test_a_second_close_is_a_sentence_on_the_page(browser_of, sync, lead, legal):
    close(sync, legal)
    refused = browser_of(lead).post(f"{page_of(sync)}close/")
    assert refused.status_code == 422
    assert "Legal closed Sync 1" in text_of(refused)


@pytest.mark.parametrize(
    ("act", "sent", "words"),
    [
        ("lines/", {"text": " "}, "Write something first."),
        ("lines/", {"text": "x", "number": "13"}, "There is no statement 13 here."),
        ("lines/", {"text": "x", "number": "9" * 30}, "less than or equal to 100000"),
        ("actions/", {"text": "x", "owner": "", "due_on": "2027-02-30"}, "no day of the calendar"),
        ("attendees/", {"people": ["0"]}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(browser_of, sync, lead, act, sent, words):
    refused = browser_of(lead).post(f"{page_of(sync)}{act}", sent)
    assert refused.status_code == 422
    assert words in text_of(refused)
    assert (Line.objects.count(), Action.objects.count()) == (0, 0)


def test_lines_of_minutes_and_of_the_agenda_have_names_of_their_own(browser_of, small, sync, lead):
    Line.objects.create(pk=item(small, 12).pk, sync=sync, text="Nobody owns it.", written_by=lead)
    page = browser_of(lead).get(f"/reviews/{small.slug}/sync/").content.decode()
    assert [name for name, times in Counter(re.findall(r' id="([^"]+)"', page)).items() if times > 1] == []


def test_a_version_that_is_no_number_removes_nothing(browser_of, sync, lead):
    line = syncs.write_line(sync, by=lead, text="x")
    refused = browser_of(lead).post(f"{page_of(sync)}lines/{line.pk}/remove/", {"version": "9" * 5000})
    assert refused.status_code == 422
    assert "someone changed this line" in text_of(refused)


def test_a_sync_about_all_keeps_the_figures_of_its_page_also_of_a_single_review(browser_of, small, lead):
    sync = syncs.open_sync(None, by=lead)
    browser = browser_of(lead)
    shown = browser.get("/sync/").context["figures"].as_json()
    browser.post(f"{page_of(sync)}close/")
    kept = Sync.objects.get().said["figures"]
    assert kept == shown | {"at": kept["at"], "since": kept["since"]}


def test_in_a_sync_about_all_a_statement_needs_its_review(browser_of, small, other, lead):
    sync = syncs.open_sync(None, by=both(lead, other))
    browser = browser_of(lead)
    refused = write(browser, sync, number="3")
    assert "Say of which review" in text_of(refused)
    assert write(browser, sync, number="3", review=other.pk).status_code == 302
    assert Line.objects.get().item == item(other, 3)
    said = {"text": "Ask", "owner": lead.pk, "due_on": due().isoformat(), "review": small.pk}
    assert browser.post(f"{page_of(sync)}actions/", said).status_code == 302
    assert Action.objects.get().review == small
    assert '<a class="btn" href="/sync/">' in browser.get(page_of(sync)).content.decode()


def test_auditors_read_minutes_and_see_why_they_cannot_write(browser_of, sync, auditor, lead):
    syncs.write_line(sync, by=lead, text="Report is late.")
    page = browser_of(auditor).get(page_of(sync))
    assert "You may read the minutes and change nothing." in text_of(page)
    assert "<textarea" not in page.content.decode()


def test_the_history_lists_each_sync_with_its_figure(browser_of, small, lead, auditor, reviewer, evidence):
    browser = browser_of(lead)
    for numbers in ([], [1, 2]):
        settle(small, numbers, reviewer, evidence)
        sync = syncs.open_sync(small, by=lead)
        browser.post(f"{page_of(sync)}attendees/", {"people": [lead.pk]})
        browser.post(f"{page_of(sync)}close/")
    syncs.open_sync(small, by=lead)
    page = browser_of(auditor).get(f"/reviews/{small.slug}/syncs/")
    assert "Sync 3" in text_of(page)
    assert "open, by Lead" in text_of(page)
    rows = page.context["rows"]
    assert [(row["sync"].number, row["counted"], row["present"]) for row in rows] == [
        (3, None, ""),
        (2, (2, 12), "Lead"),
        (1, (0, 12), "Lead"),
    ]
    assert [each["data"] for each in page.context["chart"]["series"]] == [[0, 2], [12, 12]]


def test_pages_ask_the_same_number_of_questions_for_one_line_and_for_thirty(
    browser_of, small, sync, lead, legal, django_assert_num_queries, django_assert_max_num_queries
):
    browser = browser_of(lead)
    earlier = [agree(sync, lead, legal, item=item(small, 1))]
    syncs.write_line(sync, by=lead, text="1", item=item(small, 1))
    with django_assert_max_num_queries(40) as asked:
        browser.get(page_of(sync))
    for number in range(2, 12):
        syncs.write_line(sync, by=lead, text=str(number), item=item(small, number))
        earlier.append(agree(sync, lead, legal, item=item(small, number)))
    with django_assert_num_queries(len(asked)):
        browser.get(page_of(sync))


# The mail


def sent():
    mail.outbox.clear()
    messages.send_waiting()
    return {each.to[0]: each for each in mail.outbox}


def test_closing_mails_the_minutes_to_who_was_there_owns_an_action_or_leads(small, sync, lead, legal, ciso, reviewer):
    syncs.write_line(sync, by=lead, text="A note for the app alone.")
    syncs.write_line(sync, by=lead, text="We wait.", kind=LineKind.DECISION, item=item(small, 3))
    agree(sync, lead, legal)
    syncs.note_attendees(sync, by=lead, come=[ciso], others="Ada")
    close(sync, ciso, {"reviews": []})
    found = sent()
    assert set(found) == {legal.email, ciso.email, lead.email}
    assert {each.subject for each in found.values()} == {"Countersign: minutes of the weekly sync"}
    body = found[legal.email].body
    assert "Present: CISO, Ada" in body
    assert "- We wait. (statement 3)" in body
    assert "- Legal, until " in body
    assert f"http://127.0.0.1:8000/syncs/{sync.pk}/" in body
    assert "for the app alone" not in body
    assert sent() == {}


def test_who_may_no_longer_see_it_gets_no_minutes(small, sync, lead, legal, vendor):
    syncs.note_attendees(sync, by=lead, come=[legal])
    close(sync, lead)
    grants.take(legal, Access.SIGN, vendor)
    assert set(sent()) == {lead.email}
    assert Message.objects.get(person=legal).state == "nothing"


def test_the_paper_of_a_closed_sync_says_what_the_record_says(sync, small, lead, legal, stranger):
    syncs.write_line(sync, by=lead, text="We wait.", kind=LineKind.DECISION, item=item(small, 3))
    agree(sync, lead, legal)
    assert minutes_paper.find(lead, str(sync.pk)) is None
    close(sync, lead, agenda.figures([small], lead, sync.since))
    assert minutes_paper.find(stranger, str(sync.pk)) is None
    found = minutes_paper.find(lead, str(sync.pk))
    printed = minutes_paper.printed(found, lead)
    page = html.unescape(render_to_string("papers/minutes.html", printed | {"title": minutes_paper.title(found)}))
    assert '<strong>Decision.</strong> <span class="soft">Statement 3:</span> We wait.' in page
    assert "0 of 12, 10 needed" in page
    assert (printed["agreed"][0]["owner"], printed["agreed"][0]["now"]) == ("Legal", "Open")
    assert minutes_paper.file_name(found) == f"minutes-{small.slug}-1"
