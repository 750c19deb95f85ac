"""Does what was agreed stay in sight until it is done or dropped?"""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import grants
from accounts.choices import Access, Role
from accounts.permissions import Refused
from audit.models import Event
from reviews import calendar, decisions, gate
from reviews.calendar import feeds
from reviews.choices import About, ActionState, OnCalendar, Outcome
from reviews.models import Action, Assignment
from reviews.reminders.sources import SOURCES
from reviews.weekly import actions, syncs
from tests.cast import item, person
from tests.reviews.conftest import fresh, text_of
from tests.reviews.weekly.minutes import agree, both, close, due

DAY = timedelta(days=1)


@pytest.fixture
def action(sync, lead, legal):
    return agree(sync, lead, legal)


def wanted(today):
    return sorted((each.person_id, each.subject, each.step) for each in SOURCES[About.ACTION].wanted(today))


def test_open_actions_are_carried_over_from_sync_to_sync_until_they_are_closed(small, sync, lead, legal, action):
    dropped = agree(sync, lead, lead, text="Ring them")
    for number in (2, 3):
        close(syncs.current(small, lead), lead)
        following = syncs.open_sync(small, by=lead)
        assert following.number == number
        assert list(actions.carried(following)) == [action, dropped]
    actions.close(action, by=legal, state=ActionState.DONE, note=" It came. ")
    actions.close(dropped, by=lead, state=ActionState.DROPPED, note="Not needed.")
    assert list(actions.carried(following)) == []
    assert close(following, lead).said["carried"] == []
    action.refresh_from_db()
    assert (action.state, action.closed_note, action.closed_by) == (ActionState.DONE, "It came.", legal)


def test_an_action_of_a_sync_about_all_belongs_to_its_review_or_to_who_sees_them_all(small, other, lead, legal):
    everything = syncs.open_sync(None, by=both(lead, other))
    of_review = agree(everything, lead, legal, item=item(small, 1))
    of_all = agree(everything, lead, lead)
    assert (of_review.review, of_all.review) == (small, None)
    assert list(Action.objects.visible_to(legal)) == [of_review]
    assert list(actions.carried(syncs.open_sync(small, by=legal))) == [of_review]
    assert list(actions.carried(syncs.open_sync(None, by=legal))) == [of_review]
    close(everything, lead)
    assert set(actions.carried(syncs.open_sync(None, by=lead))) == {of_review, of_all}


def test_a_review_that_is_over_stays_in_the_sync_about_all_while_an_action_about_all_is_open(small, other, lead):
    everything = syncs.open_sync(None, by=both(lead, other))
    of_all = agree(everything, lead, lead)
    close(everything, lead)
    holder = person("Other CISO", Role.CISO, other.vendor, Access.SIGN)
    Assignment.objects.create(review=other, role=Role.CISO, user=holder)
    assessed = gate.assess(fresh(other))
    decisions.decide(other, by=holder, outcome=Outcome.REFUSE, reason="No.", shown=decisions.shown(assessed, to=holder))
    following = syncs.open_sync(None, by=lead)
    assert set(following.reviews.all()) == {small, other}
    assert list(actions.carried(following)) == [of_all]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": "  "}, "Say what is to be done"),
        ({"text": "x" * 501}, "500 characters at most"),
        ({"due_on": -1}, "This day has passed"),
        ({"due_on": 2000}, "due within 5 years"),
        ({"owner": "auditor"}, "Auditor may not work on Anthropic"),
        ({"owner": "stranger"}, "Stranger may not work on Anthropic"),
    ],
)
def test_what_cannot_be_agreed_is_refused_in_a_sentence(sync, lead, legal, auditor, stranger, change, words):
    people = {"auditor": auditor, "stranger": stranger}
    said = {"text": "Ask again", "owner": legal, "due_on": due()} | change
    if isinstance(said["due_on"], int):
        said["due_on"] = timezone.localdate() + said["due_on"] * DAY
    said["owner"] = people.get(said["owner"], legal)
    with pytest.raises(Refused, match=words):
        syncs.agree_action(sync, by=lead, **said)


def test_a_stale_change_is_refused_and_so_is_a_second_close(lead, legal, action):
    later = due() + DAY
    actions.change(action, by=legal, version=1, text=action.text, owner=legal, due_on=later)
    with pytest.raises(actions.Stale) as stale:
        actions.change(action, by=lead, version=1, text="Ring them", owner=legal, due_on=due())
    assert stale.value.newest.due_on == later
    with pytest.raises(Refused, match="Say why it is dropped"):
        actions.close(action, by=lead, state=ActionState.DROPPED, note=" ")
    actions.close(action, by=lead, state=ActionState.DONE)
    with pytest.raises(Refused, match=r"Lead marked this as done on"):
        actions.close(action, by=legal, state=ActionState.DONE)
    found = Event.objects.filter(event_type__startswith="action.").order_by("pk")
    assert [event.event_type for event in found] == ["action.agreed", "action.changed", "action.done"]


def test_auditors_and_strangers_close_nothing(action, auditor, stranger):
    for who in (auditor, stranger):
        with pytest.raises(PermissionDenied):
            actions.close(action, by=who, state=ActionState.DONE)


def test_owners_hear_the_day_before_on_the_day_and_weekly_after(action, legal):
    subject = f"{action.pk}:{action.due_on}"
    steps = {-2: None, -1: "1", 0: "0", 6: "0", 7: "+7", 15: "+14"}
    for days, step in steps.items():
        assert wanted(action.due_on + days * DAY) == ([(legal.pk, subject, step)] if step else [])
    actions.close(action, by=legal, state=ActionState.DONE)
    assert wanted(action.due_on) == []


def test_a_reminder_says_where_it_was_agreed_and_not_what(action, legal):
    said = SOURCES[About.ACTION].say({action.pk}, action.due_on)[action.pk]
    assert (said.text, said.url) == ("Action of sync 1: Claude Enterprise, Small review", f"/actions/{action.pk}/")


def test_who_lost_access_hears_nothing_and_the_leads_do(action, legal, lead, vendor):
    grants.take(legal, Access.SIGN, vendor)
    assert [person for person, _, _ in wanted(action.due_on)] == [lead.pk]


def test_of_an_action_about_several_vendors_only_who_sees_them_all_hears(small, other, lead):
    everything = syncs.open_sync(None, by=both(lead, other))
    of_all = agree(everything, lead, lead)
    assert [person for person, _, _ in wanted(of_all.due_on)] == [lead.pk]
    grants.take(lead, Access.LEAD, other.vendor)
    assert wanted(of_all.due_on) == []


def test_the_calendar_and_the_feed_show_actions_and_the_feed_tells_no_words(action, legal, lead, auditor):
    for who, seen in ((legal, 1), (lead, 1)):
        found = calendar.entries(who, action.due_on, action.due_on, kind=OnCalendar.ACTION)
        assert [entry.title for entry in found] == ["Ask for the report"] * seen
    assert calendar.entries(lead, action.due_on, action.due_on, person=lead, kind=OnCalendar.ACTION) == []
    feed = feeds.read(feeds.find(feeds.make(legal))).decode().replace("\r\n ", "")
    assert "Action of sync 1 · Anthropic · Small review" in feed
    assert "Ask for the report" not in feed


def test_my_work_lists_my_actions_and_one_click_is_done(browser_of, action, legal, lead):
    browser = browser_of(legal)
    assert "Actions 1 Ask for the report Agreed in sync 1" in text_of(browser.get("/"))
    done = browser.post(f"/actions/{action.pk}/close/", {"state": "done", "note": "It came.", "back": "/#actions"})
    assert done["Location"] == "/#actions"
    assert "Ask for the report Agreed" not in text_of(browser.get("/"))
    assert "It came." in text_of(browser_of(lead).get(action.get_absolute_url()))


def test_the_action_s_page_changes_it_and_shows_both_when_somebody_was_faster(browser_of, action, legal, lead):
    browser = browser_of(lead)
    sent = {"text": "Ring them", "owner": legal.pk, "due_on": due().isoformat(), "version": 1}
    assert browser.post(action.get_absolute_url(), sent).status_code == 302
    refused = browser.post(action.get_absolute_url(), sent | {"text": "Write to them"})
    assert refused.status_code == 422
    assert "Saved by someone else Ring them Yours, not saved Write to them" in text_of(refused)
    assert browser.post(f"/actions/{action.pk}/close/", {"state": "dropped"}).status_code == 422
