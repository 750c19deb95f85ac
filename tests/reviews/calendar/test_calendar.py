"""What falls on which day, and who sees it?"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import grants
from accounts.choices import Access, Role
from accounts.models import Absence
from evidence import library
from reviews import calendar, decisions, gate, opening, ownership, signoffs
from reviews.again import reassessments
from reviews.asking import questions
from reviews.choices import Counted, Duty, ObligationState, OccurrenceState, OnCalendar, Outcome, Trigger, Unit
from reviews.models import Meeting, Obligation, Occurrence
from reviews.recurring import obligations, plan
from reviews.weekly import series, syncs
from tests.cast import add_evidence, item, person, settle
from tests.reviews.again.again import decide
from tests.reviews.conftest import text_of
from vendors.models import Deployment, Vendor

TODAY = timezone.localdate
DAY = timedelta(days=1)


def obligation(vendor, owner, **values):
    """Counted from the last time, so that no date is foreseen but those that are there."""
    chosen = {"duty": Duty.DRILL, "title": "Breach drill for the board", "every": 6, "unit": Unit.MONTH}
    chosen |= {"first_on": TODAY(), "state": ObligationState.ACTIVE, "counted": Counted.COMPLETION}
    return Obligation.objects.create(vendor=vendor, owner=owner, **(chosen | values))


def occurrence(of, due_on, number=0, **values):
    return Occurrence.objects.create(obligation=of, number=number, planned_on=due_on, due_on=due_on, **values)


def meeting(at, organiser, starts_at, *invited):
    made = Meeting.objects.create(occurrence=at, organiser=organiser, starts_at=starts_at)
    made.invited.set(invited)
    return made


@pytest.fixture
def drill(vendor, ciso):
    return obligation(vendor, ciso)


@pytest.fixture
def due_drill(drill):
    return occurrence(drill, TODAY())


def around(user, **filters):
    return calendar.entries(user, TODAY() - 40 * DAY, TODAY() + 400 * DAY, **filters)


def kinds(found):
    return {entry.kind for entry in found}


def of_kind(found, kind):
    return [entry for entry in found if entry.kind == kind]


@pytest.fixture
def full(small, vendor, reviewer, ciso, legal, lead, due_drill):
    """Something of every kind. Statements 1 and 2 are signed over evidence that expires in 20 days."""
    report = add_evidence(vendor, reviewer, "Confidential SOC 2", valid_until=TODAY() + 20 * DAY)
    settle(small, [1, 2], reviewer, report)
    settle(small, range(3, 11), reviewer, finding="not_applicable")
    settle(small, [11, 12], reviewer, finding="unconfirmed")
    shown = decisions.shown(gate.assess(small), to=ciso)
    condition = ("Sign the annex", legal, TODAY() + 9 * DAY)
    return decisions.decide(
        small, by=ciso, outcome=Outcome.CONDITIONAL, reason="Enough.", shown=shown, conditions=[condition]
    )


def absence(who, deputy, first=0, days=3):
    start = TODAY() + first * DAY
    return Absence.objects.create(
        person=who, deputy=deputy, starts_on=start, ends_on=start + days * DAY, created_by=who
    )


def test_every_kind_has_its_entry(full, small, due_drill, ciso, legal, lead, review):
    meeting(due_drill, lead, timezone.now() + DAY, ciso)
    absence(legal, ciso)
    asked = questions.ask_new(small, by=lead, text="How long is it kept?")
    questions.put(asked, by=lead, asked_of="Account team", via="email", due_on=TODAY())
    sync = syncs.open_sync(small, by=lead)
    syncs.agree_action(sync, by=lead, text="Ask the account team", owner=ciso, due_on=TODAY() + DAY)
    series.arrange(
        small, by=lead, day=TODAY() + DAY, at=time(10), minutes=30, every_weeks=1, until=TODAY() + 9 * DAY, place="",
        invited=[ciso],
    )  # fmt: skip
    found = around(ciso)
    assert kinds(found) == set(OnCalendar)
    assert [entry.title for entry in of_kind(found, "action")] == ["Ask the account team"]
    assert [entry.day for entry in of_kind(found, "sync")] == [TODAY() + DAY, TODAY() + 8 * DAY]
    assert [entry.title for entry in of_kind(found, "obligation")] == ["Breach drill for the board"]
    assert [entry.title for entry in of_kind(found, "evidence")] == ["Confidential SOC 2"]
    assert [entry.title for entry in of_kind(found, "lapse")] == ["2 sign-offs lapse · Claude Enterprise"]
    assert [entry.title for entry in of_kind(found, "condition")] == ["Sign the annex"]
    assert [entry.title for entry in of_kind(found, "absence")] == ["Legal is away, you act"]
    assert of_kind(found, "lapse")[0].day == TODAY() + 20 * DAY
    assert {entry.key for entry in of_kind(found, "review")} == {f"review-{small.pk}", f"review-{review.pk}"}


def test_what_a_later_review_looks_at_stands_there_and_what_it_replaced_is_gone(
    full, small, lead, ciso, legal, reviewer
):
    asked = questions.ask_new(small, by=lead, text="How long is it kept?")
    questions.put(asked, by=lead, asked_of="Account team", via="email", due_on=TODAY())
    signoffs.withdraw(item(small, 3), by=ciso, reason="Read the wrong page.")
    assert item(small, 3).get_absolute_url() in {entry.url for entry in of_kind(around(ciso), "item")}
    again = reassessments.trigger(small, by=lead, trigger=Trigger.INCIDENT, why="A breach.", numbers=range(1, 13))
    found = around(ciso)
    assert {entry.url for entry in of_kind(found, "item")} == {
        *(item(again, number).get_absolute_url() for number in range(1, 7)),
        f"{again.get_absolute_url()}#items",
    }
    counting = ("lapse", "condition", "answer")
    assert [len(of_kind(found, kind)) for kind in counting] == [1, 1, 1]
    decide(again, Outcome.HOLD)
    found = around(ciso)
    assert [len(of_kind(found, kind)) for kind in counting] == [0, 0, 0]


def test_own_items_stand_alone_and_those_of_others_are_counted(small, ciso, legal):
    found = of_kind(around(ciso), "item")
    assert [entry.title for entry in found] == sorted(
        ["6 items due · Claude Enterprise", *(f"Statement {number} · Claude Enterprise" for number in range(1, 7))]
    )
    assert {entry.day for entry in found} == {small.due_on}
    (others,) = (entry for entry in of_kind(around(legal), "item") if "items" in entry.title)
    assert others.title == "7 items due · Claude Enterprise"


def test_two_reviews_of_one_deployment_are_told_apart_by_their_titles(
    small, twelve, deployment, lead, stakeholders, ciso
):
    opening.open_review(deployment, twelve, by=lead, title="Another", holders=stakeholders, due_on=small.due_on)
    elsewhere = Deployment.objects.create(vendor=deployment.vendor, name="Elsewhere", channel="claude_api")
    opening.open_review(elsewhere, twelve, by=lead, title="Third", holders=stakeholders)
    titles = {entry.title for entry in of_kind(around(ciso), "item")}
    assert {title for title in titles if title.startswith(("6 items", "Statement 1 "))} == {
        f"{words} · {name}"
        for words in ("6 items due", "Statement 1")
        for name in ("Claude Enterprise · Small review", "Claude Enterprise · Another", "Elsewhere")
    }


def test_items_that_are_settled_are_no_longer_due(small, ciso, reviewer, evidence):
    settle(small, [1, 2], reviewer, evidence)
    found = of_kind(around(ciso), "item")
    assert [entry.title for entry in found if entry.title.startswith("Statement")] == [
        f"Statement {number} · Claude Enterprise" for number in range(3, 7)
    ]


def test_a_moved_due_day_moves_the_entry_and_not_its_key(small, ciso, lead):
    (before,) = (entry for entry in around(ciso) if entry.key == f"item-{item(small, 1).pk}")
    ownership.set_due([item(small, 1)], due_on=before.day + 5 * DAY, by=lead)
    (after,) = (entry for entry in around(ciso) if entry.key == before.key)
    assert after.day == before.day + 5 * DAY


@pytest.mark.parametrize(
    ("values", "days", "state"),
    [
        ({}, 1, "neutral"),
        ({}, 0, "neutral"),
        ({}, -1, "late"),
        ({"state": OccurrenceState.AWAITING}, -1, "awaiting"),
        ({"state": OccurrenceState.DONE, "done_on": date(2026, 1, 1)}, -1, "complete"),
        ({"state": OccurrenceState.SKIPPED}, 1, "inactive"),
    ],
)
def test_an_occurrence_shows_its_state(drill, ciso, values, days, state):
    occurrence(drill, TODAY() + days * DAY, **values)
    (entry,) = of_kind(around(ciso), "obligation")
    assert (entry.state, entry.day) == (state, TODAY() + days * DAY)


@pytest.mark.parametrize("state", [ObligationState.PROPOSED, ObligationState.DISMISSED, ObligationState.ENDED])
def test_obligations_that_are_not_in_force_have_no_open_dates(drill, due_drill, ciso, state):
    Obligation.objects.update(state=state)
    assert of_kind(around(ciso), "obligation") == []


def dates_of(found):
    return [(entry.key.partition("-")[2], entry.day) for entry in of_kind(found, "obligation")]


def test_dates_that_are_not_stored_yet_are_foreseen_under_the_key_they_will_have(vendor, ciso, lead):
    said = {
        "duty": "drill",
        "title": "Drill",
        "owner": ciso,
        "every": 1,
        "unit": "month",
        "first_on": date(2027, 1, 31),
    }
    with time_machine.travel(datetime(2027, 1, 10, 12, tzinfo=UTC)):
        drill = obligations.create(vendor, by=lead, **said)
        foreseen = calendar.entries(ciso, date(2027, 1, 1), date(2027, 8, 31))
    stored = drill.occurrences.count()
    with time_machine.travel(datetime(2027, 7, 10, 12, tzinfo=UTC)):
        assert plan.materialise() > 0
        later = calendar.entries(ciso, date(2027, 1, 1), date(2027, 8, 31))
    assert drill.occurrences.count() > stored
    assert dates_of(foreseen) == dates_of(later)
    days = [day for _, day in dates_of(foreseen)]
    assert days == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30), date(2027, 5, 31),
                    date(2027, 6, 30), date(2027, 7, 31), date(2027, 8, 31)]  # fmt: skip


def test_foreseen_dates_end_with_the_obligation_and_begin_where_one_looks(vendor, ciso):
    drill = obligation(
        vendor,
        ciso,
        counted=Counted.CALENDAR,
        every=1,
        unit=Unit.WEEK,
        first_on=date(2026, 1, 5),
        ends_on=date(2030, 1, 7),
    )
    occurrence(drill, date(2026, 1, 5))
    found = calendar.entries(ciso, date(2029, 12, 24), date(2030, 2, 1))
    assert dates_of(found) == [
        (f"{drill.pk}-207", date(2029, 12, 24)),
        (f"{drill.pk}-208", date(2029, 12, 31)),
        (f"{drill.pk}-209", date(2030, 1, 7)),
    ]


def test_a_cadence_beyond_all_years_ends_there(vendor, ciso):
    drill = obligation(vendor, ciso, counted=Counted.CALENDAR, every=9000, unit=Unit.YEAR)
    occurrence(drill, TODAY())
    assert len(of_kind(around(ciso), "obligation")) == 1


def test_nothing_of_a_vendor_without_access_is_shown(full, due_drill, lead, ciso, legal, stranger):
    meeting(due_drill, lead, timezone.now() + DAY, stranger)
    absence(legal, ciso)
    assert around(stranger) == []
    assert around(stranger, person=ciso) == []
    assert around(stranger, vendor=due_drill.obligation.vendor) == []


def test_absences_of_strangers_are_not_shown_and_one_s_own_is(stranger, ciso, legal):
    absence(legal, ciso)
    absence(stranger, ciso)
    assert [entry.title for entry in around(stranger)] == ["You are away"]
    assert [entry.title for entry in around(legal)] == ["You are away"]
    assert [entry.title for entry in around(ciso)] == ["Legal is away, you act"]


def test_filters_leave_what_falls_to_a_person_a_vendor_and_a_kind(full, small, due_drill, ciso, legal, lead, reviewer):
    other = Vendor.objects.create(name="Other", slug="other", created_by=lead)
    grants.give(ciso, Access.SIGN, other)
    occurrence(obligation(other, legal, title="Elsewhere"), TODAY())
    assert {entry.title for entry in around(ciso, vendor=other)} == {"Elsewhere"}
    assert kinds(around(ciso, kind="condition")) == {OnCalendar.CONDITION}
    assert {entry.vendor for entry in around(ciso, person=ciso)} == {"Anthropic"}
    assert kinds(around(ciso, person=ciso)) == {OnCalendar.OBLIGATION, OnCalendar.LAPSE}
    assert kinds(around(ciso, person=lead)) == {OnCalendar.REVIEW}
    assert kinds(around(ciso, person=reviewer)) == {OnCalendar.EVIDENCE}
    assert {entry.title for entry in around(ciso, person=legal)} == {"Elsewhere", "Sign the annex"}


@pytest.mark.parametrize(("outcome", "state"), [(Outcome.HOLD, "neutral"), (Outcome.REFUSE, "complete")])
def test_the_deadline_of_a_review_is_done_once_it_is_approved_or_refused(small, ciso, lead, outcome, state):
    decide(small, outcome)
    assert [entry.state for entry in around(ciso, person=lead, kind="review")] == [state]


def test_withdrawn_evidence_and_replaced_versions_do_not_expire(vendor, reviewer, ciso):
    old = add_evidence(vendor, reviewer, "Old", valid_until=TODAY() + 5 * DAY)
    library.withdraw(old, by=reviewer, reason="Wrong.")
    assert around(ciso) == []


def test_what_lasts_several_days_is_on_each_of_them_and_on_no_other_page(ciso, legal):
    absence(ciso, legal, first=-1, days=3)
    days = [TODAY() + n * DAY for n in range(2)]
    found = calendar.entries(ciso, days[0], days[-1])
    placed = calendar.by_day(found, days)
    assert [[entry.title for entry in placed[day]] for day in days] == [["You are away"]] * 2


def test_nothing_of_it_can_be_confidential_outside(full, small, due_drill, lead, ciso, legal):
    """The title of an obligation and of evidence, the text of a condition, the words of statements, names of people."""
    meeting(due_drill, lead, timezone.now() + DAY, ciso)
    absence(legal, ciso)
    assert {entry.outside for entry in around(ciso)} == {
        "Incident response drill · Anthropic",
        "Meeting: Incident response drill · Anthropic",
        "Review deadline · Anthropic · Small review",
        "Condition of an approval · Anthropic · Small review",
        "Evidence expires · Anthropic",
        "2 sign-offs lapse · Anthropic · Small review",
        "Somebody is away, you act",
    }


# The page


def at(client, **query):
    return client.get("/calendar/", query)


def test_the_page_shows_the_present_month_with_today_marked(browser_of, due_drill, ciso):
    response = at(browser_of(ciso))
    page = response.content.decode()
    assert f"{TODAY():%B %Y}" in text_of(response)
    assert page.count('aria-current="date"') == 1
    assert page.count('<th scope="col">') == 7
    assert text_of(response).index("Monday") < text_of(response).index("Sunday")
    assert due_drill.get_absolute_url() in page
    assert "Planned · Obligation" in text_of(response)


def test_the_first_column_is_monday(browser_of, ciso):
    page = at(browser_of(ciso), month="2027-04").content.decode()
    row = page[page.index("<tbody>") :]
    assert row.index('datetime="2027-03-29"') < row.index('datetime="2027-04-01"') < row.index('datetime="2027-05-02"')


@pytest.mark.parametrize(
    "month",
    [
        "2027-13",
        "2027-00",
        "0000-01",
        "99999-01",
        "2027-4",
        "letters",
        "2027-04-01",
        "-1",
        "٢٠٢٧-٠٤",
        "1989-12",
        "2101-01",
        "\x00",
    ],
)
def test_a_strange_month_is_answered_with_the_present_one_and_a_sentence(browser_of, ciso, month):
    response = at(browser_of(ciso), month=month)
    assert response.status_code == 200
    assert f"{TODAY():%B %Y}" in text_of(response)
    assert "The address names no month from 1990 to 2100" in text_of(response)


@pytest.mark.parametrize(("month", "link"), [("1990-01", "prev"), ("2100-12", "next")])
def test_the_first_and_the_last_month_lead_no_further(browser_of, ciso, month, link):
    page = at(browser_of(ciso), month=month).content.decode()
    assert f'rel="{link}"' not in page
    assert page.count("rel=") - page.count('rel="stylesheet"') > 0


@pytest.mark.parametrize("value", ["letters", "0", "-1", "9" * 40, "\x00", ""])
def test_a_filter_that_is_no_choice_is_none(browser_of, due_drill, ciso, value):
    response = at(browser_of(ciso), person=value, vendor=value, kind=value, view=value)
    assert response.status_code == 200
    assert due_drill.get_absolute_url() in response.content.decode()


def test_filters_stay_in_the_address_when_the_month_turns(browser_of, due_drill, ciso):
    page = at(browser_of(ciso), month="2027-04", kind="evidence", person=ciso.pk, view="list").content.decode()
    assert f"?month=2027-05&amp;kind=evidence&amp;person={ciso.pk}&amp;view=list" in page
    assert '<option value="evidence" selected>' in page


def test_a_full_day_leads_to_the_list_which_holds_all(browser_of, drill, ciso):
    for number in range(6):
        occurrence(drill, date(2027, 4, 14), number)
    page = at(browser_of(ciso), month="2027-04").content.decode()
    assert "and 3 more" in page
    assert 'href="?month=2027-04&amp;view=list#day-2027-04-14"' in page
    listed = at(browser_of(ciso), month="2027-04", view="list").content.decode()
    assert 'id="day-2027-04-14"' in listed
    assert listed.count("Breach drill for the board") == 6


def test_a_meeting_shows_the_time_in_the_organisation_s_zone(browser_of, settings, due_drill, ciso, lead):
    settings.TIME_ZONE = "Europe/Berlin"
    starts_at = datetime(2027, 3, 28, 22, 30, tzinfo=UTC)
    meeting(due_drill, lead, starts_at, ciso)
    page = at(browser_of(ciso), month="2027-03", view="list", kind="meeting").content.decode()
    assert 'id="day-2027-03-29"' in page
    assert "00:30 Breach drill" in page


def test_people_one_does_not_work_with_are_not_offered(browser_of, ciso, legal, stranger):
    page = at(browser_of(stranger)).content.decode()
    assert ciso.name not in page
    assert legal.name in at(browser_of(ciso)).content.decode()


def test_no_access_yet_is_said(browser_of, stranger):
    assert "You have access to no vendor yet." in text_of(at(browser_of(stranger)))


def test_the_calendar_takes_as_many_queries_for_thirty_of_each_as_for_one(
    django_assert_num_queries, client, full, small, due_drill, vendor, reviewer, ciso, legal, lead
):
    def grow(start, end):
        for number in range(start, end):
            other = occurrence(obligation(vendor, legal, title=f"Another {number}"), TODAY())
            meeting(other, lead, timezone.now(), ciso, legal)
            absence(legal, ciso, first=-number, days=number)
            add_evidence(vendor, reviewer, f"Paper {number}", valid_until=TODAY())
            person(f"Colleague {number}", Role.REVIEWER, vendor, Access.AUDIT)

    grow(0, 1)
    client.force_login(ciso)
    around(ciso)
    with django_assert_num_queries(15):
        around(ciso)
    with CaptureQueriesContext(connection) as page_of_one:
        client.get("/calendar/")
    grow(1, 30)
    around(ciso)
    with django_assert_num_queries(15):
        around(ciso)
    with django_assert_num_queries(len(page_of_one)):
        response = client.get("/calendar/", {"view": "list"})
    assert response.content.decode().count("Another 29") == 2
