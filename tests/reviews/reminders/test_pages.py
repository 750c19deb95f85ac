"""Does everybody find what they were told, and those who may, what is told to others?"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import absences, grants, preferences
from accounts.choices import Access, Role
from audit.models import Event
from reviews.choices import About
from reviews.models import Message, Reminder
from reviews.reminders import ahead, inbox
from reviews.reminders.sources import SOURCES
from tests.cast import item, person, submit
from tests.reviews.conftest import text_of
from tests.reviews.reminders.conftest import DAY, MONDAY
from vendors.models import Vendor

TODAY = MONDAY.date()

pytestmark = pytest.mark.usefixtures("clock")


def plan():
    """Write down what is wanted of items, as the scheduler does; return what is new."""
    new = []
    for each in SOURCES[About.ITEM].wanted(timezone.localdate()):
        key = {"person_id": each.person_id, "about": About.ITEM, "subject": each.subject, "step": each.step}
        values = {"due_on": each.due_on, "vendor_id": each.vendor_id, "planned_at": timezone.now()}
        reminder, is_new = Reminder.objects.get_or_create(**key, defaults=values)
        new += [reminder] if is_new else []
    return new


def bell(response):
    return response.context["nav"].unread


# What one is told oneself


def test_the_newest_stands_first_unread_until_all_is_marked_as_seen(due, browser_of, ciso, small, clock):
    due(1, 14)
    plan()
    clock.move_to(MONDAY + DAY)
    due(2, 1)
    plan()
    browser = browser_of(ciso)
    page = browser.get("/reminders/")
    assert [entry.line.text.split(" of ")[0] for entry in page.context["page"]] == ["Statement 2", "Statement 1"]
    assert (bell(page), text_of(page).count("Unread:")) == (2, 2)
    shown = page.context["newest"]
    due(3, 1)
    plan()
    assert browser.post("/reminders/seen/", {"newest": shown}).status_code == 302
    page = browser.get("/reminders/")
    assert (bell(page), text_of(page).count("Unread:")) == (1, 1)
    event = Event.objects.latest("pk")
    assert (event.event_type, event.actor_name, event.after) == ("reminders.seen", "CISO", {"reminders": 2})


def test_a_thing_is_listed_once_at_its_newest_step(due, browser_of, ciso):
    due(1, 5)
    [first] = plan()
    Reminder.objects.create(person=ciso, about=first.about, subject=first.subject, step="1", vendor=first.vendor)
    page = browser_of(ciso).get("/reminders/")
    assert len(page.context["page"].object_list) == 1
    assert bell(page) == 1


def test_what_is_settled_since_says_so_and_leads_nowhere(due, browser_of, ciso, small, reviewer, evidence):
    submit(due(1, 1), reviewer, evidence)
    Reminder.objects.create(person=ciso, about="item", subject=f"{item(small, 1).pk}:x", step="1", vendor=small.vendor)
    page = browser_of(ciso).get("/reminders/")
    assert "Item due · Anthropic: settled since" in text_of(page)
    assert item(small, 1).get_absolute_url() not in page.content.decode()


def test_what_one_may_not_see_any_more_is_neither_listed_nor_counted(due, browser_of, ciso, lead, vendor):
    due(1, 1)
    plan()
    grants.take(ciso, Access.SIGN, vendor, by=lead)
    page = browser_of(ciso).get("/reminders/")
    assert (bell(page), list(page.context["page"])) == (0, [])
    assert "Anthropic" not in text_of(page)


def test_nobody_reads_or_marks_the_reminders_of_others(due, browser_of, ciso, legal):
    due(1, 1)
    [reminder] = plan()
    browser = browser_of(legal)
    assert "Statement 1" not in text_of(browser.get("/reminders/"))
    browser.post("/reminders/seen/", {"newest": reminder.pk})
    reminder.refresh_from_db()
    assert reminder.seen_at is None


def test_a_deputy_reads_what_waits_for_the_absent_and_marks_nothing_of_it(due, browser_of, ciso, legal):
    due(1, 1)
    [reminder] = plan()
    absences.plan(ciso, legal, TODAY, TODAY + 3 * DAY, by=ciso)
    browser = browser_of(legal)
    page = text_of(browser.get("/reminders/"))
    assert "For CISO, away 11 to 14 January 2027: you act as deputy" in page
    assert "Statement 1 of Claude Enterprise, Small review" in page
    browser.post("/reminders/seen/", {"newest": reminder.pk})
    reminder.refresh_from_db()
    assert reminder.seen_at is None


def test_a_deputy_reads_only_what_was_told_from_60_days_before_the_absence_on(due, browser_of, ciso, legal):
    due(1, 1)
    plan()
    absences.plan(ciso, legal, TODAY, TODAY + 3 * DAY, by=ciso)
    first = MONDAY.replace(hour=0, minute=0, second=0, microsecond=0) - 60 * DAY
    for planned_at, shown in ((first, 1), (first - timedelta(seconds=1), 0)):
        Reminder.objects.update(planned_at=planned_at)
        page, acting = inbox.instead_of_others(legal, None)
        assert (page.paginator.count, len(acting)) == (shown, shown)


def test_a_deputy_reads_a_page_at_a_time(due, browser_of, ciso, legal, monkeypatch):
    for number in range(1, 4):
        due(number, 1)
    plan()
    absences.plan(ciso, legal, TODAY, TODAY + 3 * DAY, by=ciso)
    monkeypatch.setattr(inbox, "PER_PAGE", 2)
    browser = browser_of(legal)
    first, last = (text_of(browser.get(f"/reminders/?deputy={number}")) for number in (1, 2))
    assert [page.count("of Claude Enterprise, Small review") for page in (first, last)] == [2, 1]
    assert "For others, page 1 of 2" in first
    assert "Newer" in last


@pytest.mark.parametrize("newest", ["", "x", "-1", "9" * 30, "²"])
def test_marking_without_saying_what_was_shown_marks_nothing(due, browser_of, ciso, newest):
    due(1, 1)
    plan()
    page = browser_of(ciso).post("/reminders/seen/", {"newest": newest}, follow=True)
    assert "Nothing was marked: the page did not say what it showed." in text_of(page)
    assert bell(page) == 1


def test_the_page_costs_the_same_for_one_reminder_and_for_many(due, browser_of, ciso):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            browser.get("/reminders/")
        return len(queries)

    browser = browser_of(ciso)
    due(1, 1)
    plan()
    browser.get("/reminders/")
    before = cost()
    for number in range(2, 7):
        due(number, 1)
    plan()
    assert len(inbox.page(ciso, 1)[0].object_list) == 6
    assert cost() == before


# Mails of everybody


@pytest.fixture
def bounced(vendor, reviewer):
    message = Message.objects.create(
        key="digest:x", person=reviewer, day=TODAY, state="bounced", due_at=timezone.now(),
        sent_to="reviewer@example.com", outcome="550 no such user",
    )  # fmt: skip
    Reminder.objects.create(person=reviewer, about="evidence", subject="1:x", step="0", vendor=vendor, message=message)
    return message


@pytest.mark.parametrize(("name", "status"), [("lead", 200), ("administrator", 200), ("ciso", 403), ("reviewer", 403)])
def test_leads_and_administrators_see_which_mails_were_sent(bounced, browser_of, request, name, status):
    page = browser_of(request.getfixturevalue(name)).get("/messages/")
    assert page.status_code == status
    if status == 200:
        assert "550 no such user" in text_of(page)
        assert "Ask the person whether the mailbox is full or gone" in text_of(page)


def test_a_lead_sees_nothing_of_mails_about_the_vendors_of_others(bounced, browser_of, reviewer):
    other = Vendor.objects.create(name="Other", slug="other", created_by=reviewer)
    stranger = person("Other lead", Role.LEAD, other, Access.LEAD)
    assert "Reviewer" not in text_of(browser_of(stranger).get("/messages/?show=undelivered"))
    # Somebody who works for both: that the mail did not arrive concerns both, what it said does not.
    grants.give(reviewer, Access.REVIEW, other)
    page = text_of(browser_of(stranger).get("/messages/?show=undelivered"))
    assert "reviewer@example.com" in page
    assert "Evidence expiring" not in page
    Message.objects.update(state="sent")
    assert "reviewer@example.com" not in text_of(browser_of(stranger).get("/messages/?show=sent"))


def test_mails_are_found_by_name_and_paged(browser_of, administrator, reviewer, legal):
    Message.objects.bulk_create(
        Message(key=f"digest:{number}", person=reviewer, day=TODAY, state="sent", due_at=timezone.now())
        for number in range(60)
    )
    Message.objects.create(key="digest:legal", person=legal, day=TODAY, state="sent", due_at=timezone.now())
    browser = browser_of(administrator)
    assert browser.get("/messages/?show=sent").context["page"].paginator.count == 61
    assert "1 to 50 of 61" in text_of(browser.get("/messages/?show=sent"))
    assert browser.get("/messages/?show=sent&q=legal").context["page"].paginator.count == 1
    assert "No mail fits this filter." in text_of(browser.get("/messages/?show=sent&q=%00nobody"))
    assert browser.get("/messages/?show=nonsense&page=x").context["show"] == "sent"


def test_the_mails_to_come_have_a_page_of_their_own_and_are_kept_for_its_reader_alone(
    due, browser_of, lead, administrator
):
    def mails():
        rows = browser.get("/messages/?show=planned").context["lines"]
        return [(each.day, each.recipient.name, each.kinds) for each in rows if each.recipient.name == "CISO"]

    due(1, 2)
    browser = browser_of(lead)
    assert browser.get("/messages/").context["show"] == "sent"
    before = mails()
    due(2, 12)
    assert mails() == before
    browser = browser_of(administrator)
    assert len(mails()) > len(before) > 0
    browser = browser_of(lead)
    assert mails() == before
    grants.take(lead, Access.LEAD, Vendor.objects.get())
    assert browser.get("/messages/?show=planned").status_code == 403


def test_the_mails_to_come_are_those_that_will_go_out(due, browser_of, lead, ciso, legal, poke):
    for number, days in ((1, 2), (2, 8), (7, 14)):
        due(number, days)
    poke(MONDAY)  # what is wanted today already
    foreseen = [(each.day, each.recipient.name, each.total) for each in ahead.planned([ciso, legal])]
    for day in range(1, ahead.DAYS + 1):
        poke(MONDAY + day * DAY)
    went_out = Message.objects.filter(person__in=[ciso, legal], day__gt=TODAY)
    sent = [(each.day, each.person.name, each.reminders.count()) for each in went_out]
    assert sorted(foreseen) == sorted(sent)
    assert [each for each in sorted(foreseen) if each[1] == "CISO"][:3] == [
        (TODAY + 1 * DAY, "CISO", 2),
        (TODAY + 2 * DAY, "CISO", 1),
        (TODAY + 7 * DAY, "CISO", 1),
    ]


def test_quiet_days_mutes_and_deputies_count_for_the_mails_to_come(due, ciso, legal):
    due(1, 5)
    saturday = TODAY + 5 * DAY
    assert [each.day for each in ahead.planned([ciso])][:2] == [saturday - DAY, saturday + 2 * DAY]
    absences.plan(ciso, legal, saturday, saturday + 9 * DAY, by=ciso)
    assert [each.recipient.name for each in ahead.planned([ciso])][:2] == ["CISO", "Legal"]
    preferences.change(legal, muted=[About.ITEM])
    assert "Legal" not in [each.recipient.name for each in ahead.planned([ciso])]


def test_the_mails_to_come_cost_the_same_for_one_thing_and_for_many(due, ciso, lead):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            ahead.planned([ciso, lead])
        return len(queries)

    due(1, 5)
    ahead.planned([ciso, lead])
    before = cost()
    for number in range(2, 7):
        due(number, 10)
    ahead.planned([ciso, lead])
    assert cost() == before
