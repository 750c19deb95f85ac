"""Who is away, who acts meanwhile, and who may say so? (docs/decisions/0021-deputies.md)"""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts import absences, people
from accounts.choices import Role
from accounts.models import Absence
from accounts.permissions import Refused
from audit.models import Event
from tests.at_once import at_once

TODAY = date(2026, 10, 1)


@pytest.fixture(autouse=True)
def first_of_october():
    with time_machine.travel("2026-10-01T09:00:00Z", tick=False):
        yield


@pytest.fixture
def legal(create_person):
    return create_person(Role.LEGAL)


@pytest.fixture
def privacy_officer(create_person):
    return create_person(Role.PRIVACY_OFFICER)


def day(number):
    """So many days from today."""
    return TODAY + timedelta(days=number)


def away(person, deputy, first=0, last=13):
    return absences.plan(person, deputy, day(first), day(last), by=person)


def test_the_deputy_acts_from_the_first_day_to_the_last(ciso, legal):
    absence = away(ciso, legal, 1, 3)
    for number, acts in ((0, ciso), (1, legal), (3, legal), (4, ciso)):
        assert absences.stand_in(ciso, day(number)) == acts
    assert absences.acting_for(legal) == []
    assert absences.acting_for(legal, day(1)) == [absence]
    assert absences.absent([ciso.pk, legal.pk], day(3)) == {ciso.pk: absence}
    assert absences.absent([legal.pk], day(3)) == {}
    assert absences.absent([ciso.pk], day(4)) == {}


def test_days_are_those_of_the_organisation(ciso, legal, settings):
    settings.TIME_ZONE = "Pacific/Kiritimati"  # fourteen hours ahead: it is 2 October there at noon
    away(ciso, legal, 1, 1)
    with time_machine.travel("2026-10-01T09:59:00Z"), timezone.override("Pacific/Kiritimati"):
        assert absences.stand_in(ciso) == ciso
    with time_machine.travel("2026-10-01T10:01:00Z"), timezone.override("Pacific/Kiritimati"):
        assert absences.stand_in(ciso) == legal


def test_while_the_deputy_is_away_too_their_deputy_acts(ciso, legal, privacy_officer):
    away(ciso, legal)
    away(legal, privacy_officer, 2, 3)
    assert absences.stand_in(ciso, day(1)) == legal
    assert absences.stand_in(ciso, day(2)) == privacy_officer
    assert absences.acting_for(legal, day(2)) == []
    assert [each.person for each in absences.acting_for(privacy_officer, day(2))] == [legal, ciso]


def test_whoever_would_stand_in_for_themselves_in_a_circle_does_not(ciso, legal, privacy_officer):
    away(ciso, legal)
    away(legal, privacy_officer)
    away(privacy_officer, legal)
    rota = absences.on()
    for person in (ciso, legal, privacy_officer):
        assert rota.stand_in(person) == person
        assert rota.acting_for(person) == []
    assert rota.in_words(ciso) == "away until 14 October 2026, nobody acts"


def test_nobody_stands_in_when_the_deputy_has_left(ciso, legal, privacy_officer, administrator):
    away(ciso, legal)
    away(legal, privacy_officer)
    people.deactivate(privacy_officer, by=administrator)
    assert absences.stand_in(ciso) == ciso
    people.deactivate(legal, by=administrator)
    assert absences.stand_in(ciso) == ciso


def test_whoever_has_left_is_not_away(ciso, legal, administrator):
    away(ciso, legal)
    people.deactivate(ciso, by=administrator)
    assert absences.acting_for(legal) == []
    assert absences.absent([ciso.pk], TODAY) == {}


def test_a_cancelled_absence_ends_at_once(ciso, legal):
    absence = away(ciso, legal)
    absences.cancel(absence, by=ciso)
    assert absences.acting_for(legal) == []
    assert absences.stand_in(ciso) == ciso
    assert absences.coming(ciso).exists() is False
    assert absences.as_deputy(legal).exists() is False


def test_planning_and_cancelling_are_events_and_doing_it_twice_is_one(ciso, legal, administrator):
    absence = away(ciso, legal)
    for _ in range(2):
        absences.cancel(absence, by=administrator)
    said = {"away": "1 to 14 October 2026", "deputy": "The Legal"}
    assert list(
        Event.objects.order_by("pk").values_list("event_type", "target_id", "actor_name", "before", "after")
    ) == [
        ("absence.planned", str(ciso.pk), "The CISO", {}, said),
        ("absence.cancelled", str(ciso.pk), "The Administrator", said, {}),
    ]


@pytest.fixture
def planned(ciso, legal):
    return away(ciso, legal, 20, 21)


def test_without_its_event_nobody_is_away_and_nobody_is_back(ciso, legal, planned, no_more_events):
    for act in (lambda: away(ciso, legal), lambda: absences.cancel(planned, by=ciso)):
        with pytest.raises(DatabaseError, match="full"), transaction.atomic():
            act()
    assert list(Absence.objects.values_list("pk", "cancelled_at")) == [(planned.pk, None)]


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (3, 2, "The last day is before the first"),
        (-1, 3, "begins today, 1 October 2026, at the earliest"),
        (0, 366, "a year at most"),
    ],
)
def test_days_that_cannot_be_are_refused_in_words(ciso, legal, first, last, words):
    with pytest.raises(Refused, match=words):
        away(ciso, legal, first, last)
    assert Absence.objects.count() == Event.objects.count() == 0


def test_an_absence_may_begin_today_and_last_a_day_or_a_year(ciso, legal, reviewer):
    assert away(ciso, legal, 0, 0).days_in_words == "on 1 October 2026"
    assert away(reviewer, legal, 0, 365).days_in_words == "1 October 2026 to 1 October 2027"


@pytest.mark.parametrize(("first", "last"), [(0, 5), (5, 5), (6, 7), (10, 20), (0, 20)])
def test_overlapping_absences_of_one_person_are_refused_in_words(ciso, legal, reviewer, first, last):
    away(ciso, legal, 5, 10)
    with pytest.raises(Refused, match="The CISO is away 6 to 11 October 2026 already"):
        away(ciso, reviewer, first, last)
    assert Absence.objects.count() == 1


def test_absences_may_follow_each_other_and_replace_a_cancelled_one(ciso, legal, reviewer):
    first = away(ciso, legal, 5, 10)
    away(ciso, reviewer, 0, 4)
    away(ciso, reviewer, 11, 12)
    absences.cancel(first, by=ciso)
    away(ciso, reviewer, 5, 10)
    away(legal, ciso, 0, 20)


def test_nobody_is_their_own_deputy(ciso):
    with pytest.raises(Refused, match="Nobody is their own deputy"):
        away(ciso, ciso)
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.create(person=ciso, deputy=ciso, starts_on=TODAY, ends_on=TODAY, created_by=ciso)


def test_whoever_has_left_is_nobodys_deputy_and_has_none(ciso, legal, administrator):
    people.deactivate(legal, by=administrator)
    legal.is_active = True  # as an object read earlier says
    with pytest.raises(Refused, match="The Legal can no longer sign in"):
        away(ciso, legal)
    with pytest.raises(Refused, match="hand their items to somebody else"):
        absences.plan(legal, ciso, TODAY, TODAY, by=administrator)


def test_only_the_person_and_administrators_say_it(ciso, legal, reviewer, administrator):
    for other in (legal, reviewer):
        with pytest.raises(PermissionDenied, match="Only the person or an administrator"):
            absences.plan(ciso, legal, TODAY, TODAY, by=other)
    absence = absences.plan(ciso, legal, TODAY, TODAY, by=administrator)
    assert (absence.person, absence.created_by) == (ciso, administrator)
    for other in (legal, reviewer):
        with pytest.raises(PermissionDenied, match="Only the person or an administrator"):
            absences.cancel(absence, by=other)


def test_rule_05_nobody_makes_themselves_the_deputy_of_another(ciso, administrator, create_person):
    with pytest.raises(Refused, match="You cannot make yourself the deputy of The CISO"):
        absences.plan(ciso, administrator, TODAY, TODAY, by=administrator)
    another = create_person(Role.ADMINISTRATOR, "Another administrator")
    assert absences.plan(ciso, administrator, TODAY, TODAY, by=another).deputy == administrator


@pytest.mark.parametrize("first", [0, 5])
def test_rule_05_nobody_becomes_the_deputy_of_another_through_a_chain(ciso, legal, administrator, create_person, first):
    away(legal, administrator, first, 7)
    with pytest.raises(Refused, match=rf"With The Legal away on {1 + first} October 2026, you would act for The CISO"):
        absences.plan(ciso, legal, TODAY, day(9), by=administrator)
    assert not ciso.absences.exists()
    assert absences.plan(ciso, legal, day(8), day(9), by=administrator).deputy == legal
    another = create_person(Role.ADMINISTRATOR, "Another administrator")
    assert absences.plan(ciso, legal, TODAY, day(7), by=another).deputy == legal


def test_rule_05_an_own_absence_that_can_be_cancelled_hides_no_chain(ciso, legal, administrator, privacy_officer):
    away(legal, administrator)
    away(administrator, privacy_officer)
    with pytest.raises(Refused, match="you would act for The CISO yourself"):
        absences.plan(ciso, legal, TODAY, TODAY, by=administrator)
    assert absences.plan(ciso, legal, TODAY, TODAY, by=ciso).deputy == legal


def test_an_absence_that_is_over_is_not_cancelled(ciso, legal):
    absence = away(ciso, legal, 0, 2)
    with time_machine.travel("2026-10-04T09:00:00Z"), pytest.raises(Refused, match="ended on 3 October 2026"):
        absences.cancel(absence, by=ciso)
    absence.refresh_from_db()
    assert absence.cancelled_at is None


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 10, 1), date(2026, 10, 14), "1 to 14 October 2026"),
        (date(2026, 9, 28), date(2026, 10, 14), "28 September to 14 October 2026"),
        (date(2026, 12, 20), date(2027, 1, 3), "20 December 2026 to 3 January 2027"),
        (date(2026, 10, 1), date(2027, 10, 1), "1 October 2026 to 1 October 2027"),
        (date(2026, 10, 1), date(2026, 10, 1), "on 1 October 2026"),
    ],
)
def test_days_read_as_people_say_them(ciso, legal, first, last, words):
    absence = Absence(person=ciso, deputy=legal, starts_on=first, ends_on=last, created_by=ciso)
    assert absence.days_in_words == words


def test_a_rota_takes_one_query_however_many_are_away(ciso, legal, create_person, django_assert_num_queries):
    for number in range(30):
        away(create_person(Role.REVIEWER, f"Reviewer {number}"), legal)
    away(legal, ciso)
    with django_assert_num_queries(1):
        assert len(absences.acting_for(ciso)) == 31


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_plan_at_once_one_is_refused(ciso, legal, reviewer):
    outcomes = at_once(lambda: away(ciso, legal), lambda: away(ciso, reviewer))
    assert sorted(type(each).__name__ for each in outcomes) == ["Absence", "Refused"]
    assert Absence.objects.count() == 1
