"""What does an open page hear of what others do, and what does asking cost?"""

from datetime import UTC, datetime, timedelta
from logging import INFO

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from gunicorn.config import Config

from accounts import grants
from accounts.choices import Access
from audit.models import Event
from config.access import ROUTE, AccessLogger
from evidence import reading
from reviews import findings, opening
from tests.cast import item
from vendors.models import Deployment, Vendor


def ask(client, review=None, **headers):
    address = reverse("reviews:live_review", args=[review.slug]) if review else reverse("reviews:live")
    return client.get(address, **headers)


@pytest.fixture
def foreign(lead, twelve):
    """A review at a vendor that only the lead may see."""
    vendor = Vendor.objects.create(name="Other vendor", slug="other-vendor", created_by=lead)
    grants.give(lead, Access.LEAD, vendor)
    deployment = Deployment.objects.create(vendor=vendor, name="Elsewhere", channel="other")
    return opening.open_review(deployment, twelve, by=lead, title="Foreign review")


def test_a_change_by_somebody_else_is_there_in_the_next_answer(browser_of, small, ciso, lead):
    browser = browser_of(ciso)
    before = ask(browser, small).json()
    findings.comment(item(small, 1), by=lead, text="Look.")
    after = ask(browser, small).json()
    newest = Event.objects.latest("pk")
    assert after["events"] == [newest.pk, *before["events"]]
    assert after["others"] == newest.occurred_at.timestamp()
    assert ask(browser).json() == after


def test_ones_own_change_is_no_news_to_a_page_made_after_it(browser_of, small, ciso, lead):
    findings.comment(item(small, 1), by=lead, text="Look.")
    by_others = Event.objects.latest("pk").occurred_at.timestamp()
    findings.comment(item(small, 1), by=ciso, text="I did.")
    assert ask(browser_of(ciso), small).json()["others"] == by_others


def test_what_one_may_not_see_is_not_heard_of(browser_of, small, foreign, ciso, lead):
    browser = browser_of(ciso)
    before = ask(browser).json()
    findings.comment(item(foreign, 1), by=lead, text="Secret.")
    assert ask(browser).json() == before
    assert ask(browser, foreign).status_code == 404
    assert Event.objects.latest("pk").pk in ask(browser_of(lead)).json()["events"]


def test_who_loses_access_or_signs_out_is_told_so(browser_of, small, ciso, vendor):
    browser = browser_of(ciso)
    assert ask(browser, small).status_code == 200
    grants.take(ciso, Access.SIGN, vendor)
    assert ask(browser, small).status_code == 404
    assert ask(browser).json()["events"] == []
    browser.logout()
    assert ask(browser).status_code == 302


def test_reading_evidence_refreshes_nobody(browser_of, small, evidence, ciso):
    browser = browser_of(ciso)
    before = ask(browser, small).json()
    reading.open_to_read(evidence.current, by=ciso).close()
    assert Event.objects.latest("pk").event_type == "evidence.read"
    assert ask(browser, small).json() == before


def test_the_same_answer_is_not_sent_twice(browser_of, small, ciso, lead):
    browser = browser_of(ciso)
    first = ask(browser, small)
    again = ask(browser, small, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    findings.comment(item(small, 1), by=lead, text="Look.")
    assert ask(browser, small, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_new_day_is_news(browser_of, small, ciso, time_machine):
    time_machine.move_to(datetime(2026, 11, 21, 23, 59, 50, tzinfo=UTC), tick=False)
    browser = browser_of(ciso)
    assert ask(browser, small).json()["today"] == "2026-11-21"
    time_machine.shift(timedelta(seconds=20))
    assert ask(browser, small).json()["today"] == "2026-11-22"


def test_asking_lengthens_no_session_and_writes_nothing(browser_of, small, ciso, time_machine):
    browser = browser_of(ciso)
    ask(browser, small)
    events = Event.objects.count()
    session = Session.objects.get(pk=browser.session.session_key)
    time_machine.move_to(timezone.now() + timedelta(hours=2))
    response = ask(browser, small)
    assert response.cookies == {}
    assert Session.objects.get(pk=session.pk).expire_date == session.expire_date
    assert Event.objects.count() == events
    time_machine.move_to(session.expire_date + timedelta(seconds=1))
    assert ask(browser, small).status_code == 302


@pytest.mark.parametrize("number", [1, 30])
def test_an_answer_costs_four_statements_however_many_reviews_there_are(
    browser_of, deployment, twelve, ciso, lead, number, django_assert_num_queries
):
    reviews = [opening.open_review(deployment, twelve, by=lead, title=f"Review {each}") for each in range(number)]
    browser = browser_of(ciso)
    with django_assert_num_queries(4):
        ask(browser, reviews[0])
    with django_assert_num_queries(3):
        ask(browser)


def test_an_answer_stays_small_after_a_change_in_bulk(browser_of, small, ciso, lead):
    now = timezone.now()
    event = Event.objects.latest("pk")
    Event.objects.bulk_create(
        Event(event_type="item.due", actor_name="Lead", vendor_id=event.vendor_id, occurred_at=now) for _ in range(300)
    )
    assert len(ask(browser_of(ciso), small).json()["events"]) == 100


def test_pages_that_ask_are_left_out_of_the_access_log_unless_it_goes_wrong(caplog):
    class Answer:
        status, sent = 200, 0

    logger, caplog.handler.level = AccessLogger(Config()), INFO
    logger.access_log.addHandler(caplog.handler)
    for status in ("200 OK", "304 Not Modified", "404 Not Found"):
        Answer.status = status
        logger.access(Answer, None, {ROUTE: "reviews:live"}, timedelta(seconds=1))
    logger.access_log.removeHandler(caplog.handler)
    assert [record.status for record in caplog.records] == [404]
