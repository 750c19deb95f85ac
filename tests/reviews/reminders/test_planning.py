"""Is everything planned once and told in one mail a day, whatever the scheduler does?"""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import absences, grants
from accounts.choices import Access
from accounts.models import Absence, OfficeHours, Preferences
from reviews import decisions, gate
from reviews.choices import About, Delivery, Outcome
from reviews.models import Message, Reminder
from reviews.reminders import ahead, inbox, messages, planning
from reviews.reminders.sources import SOURCES
from tests.cast import settle
from tests.reviews.conftest import fresh
from tests.reviews.reminders.conftest import DAY, MONDAY

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def steps_told():
    return list(Reminder.objects.order_by("pk").values_list("about", "step", "message__key"))


def test_what_is_due_is_told_its_owner_in_one_mail(due, poke, ciso):
    due(1, 7)
    due(2, 0)
    [mail] = poke()
    assert mail.to == [ciso.email]
    message = Message.objects.get()
    assert message.key == f"digest:{ciso.pk}:2027-01-11"
    assert (message.state, message.sent_to, message.attempts) == (Delivery.SENT, ciso.email, 1)
    assert sorted(steps_told()) == [("item", "0", message.key), ("item", "7", message.key)]
    assert "Statement 1" in mail.body
    assert "Statement 2" in mail.body


def test_a_second_poke_says_nothing_again(due, poke):
    due(1, 7)
    assert len(poke()) == 1
    for minutes in (1, 16, 120, 900):
        assert poke(MONDAY + minutes * MINUTE) == []
    assert Reminder.objects.count() == 1


def test_each_step_is_told_once(due, poke):
    due(1, 8)
    told = {days: len(poke(MONDAY + days * DAY)) for days in range(40)}
    # Steps 14 (from the first day on), 7, 1, the day, then weekly; the 1st step's Sunday's and the day's mail is Monday's.
    assert [days for days, mails in told.items() if mails] == [0, 1, 7, 8, 15, 22, 29, 36]


def test_before_the_hour_and_on_quiet_days_nothing_goes_out(due, poke):
    due(1, 7)
    assert poke(MONDAY - 2 * DAY) == []
    assert poke(MONDAY - DAY) == []
    assert poke(MONDAY - MINUTE) == []
    assert len(poke(MONDAY)) == 1


def test_rule_22_after_a_week_without_pokes_there_is_one_digest(due, poke):
    for number, days in ((1, 1), (2, 2), (3, 5)):
        due(number, days)
    [mail] = poke(MONDAY + 9 * DAY)
    assert [mail.body.count(f"Statement {number} ") for number in (1, 2, 3)] == [1, 1, 1]
    assert Message.objects.count() == 1
    assert poke(MONDAY + 9 * DAY + HOUR) == []


def test_a_thing_whose_steps_waited_is_said_once_at_its_newest(due, poke, ciso):
    due(1, 1)
    OfficeHours.objects.create(pk=1, quiet_weekdays=[0, 1])
    for days in range(3):
        mails = poke(MONDAY + days * DAY)
    assert [step for _, step, _ in steps_told()] == ["1", "0"]
    assert mails[0].body.count("Statement 1 ") == 1
    assert Message.objects.get().reminders.count() == 2


def test_a_clock_stepped_back_repeats_nothing(due, poke):
    due(1, 7)
    due(2, 6)
    assert len(poke(MONDAY + DAY)) == 1
    for back in (HOUR, DAY, 3 * DAY):
        assert poke(MONDAY + DAY - back) == []
    # Written to for Tuesday: what is new on this second Monday waits for Wednesday.
    due(3, 7)
    assert poke(MONDAY + HOUR) == []
    assert poke(MONDAY + DAY + 2 * HOUR) == []
    assert len(poke(MONDAY + 2 * DAY)) == 1


def test_days_that_a_wrong_clock_ran_ahead_keep_nobody_from_mail_for_long(due, poke):
    due(1, 0)
    assert len(poke(MONDAY + 28 * DAY)) == 1
    due(2, 7)
    [mail] = poke(MONDAY + HOUR)
    assert "Statement 2 " in mail.body


def test_a_due_day_moved_while_the_reminder_is_on_its_way_is_told_anew(due, poke, clock):
    due(1, 7)
    clock.move_to(MONDAY - HOUR)
    planning.plan(timezone.now())
    due(1, 14)
    [mail] = poke(MONDAY)
    assert mail.body.count("Statement 1 ") == 1
    old, new = Reminder.objects.order_by("pk")
    assert (old.step, old.closed_at is not None, new.step, new.closed_at) == ("7", True, "14", None)


def test_a_due_day_moved_away_and_back_is_told(due, poke, clock, ciso):
    due(1, 7)
    due(2, 7)
    planning.plan(MONDAY)
    due(1, 200)
    [mail] = poke(MONDAY)
    assert "Statement 1 " not in mail.body
    due(1, 7)
    poke(MONDAY + HOUR)
    assert Reminder.objects.untold().get().planned_at == MONDAY + HOUR
    [mail] = poke(MONDAY + DAY)
    assert ("Statement 1 " in mail.body, "Statement 2 " in mail.body) == (True, False)
    assert poke(MONDAY + DAY + HOUR) == []
    assert Reminder.objects.count() == 2


def test_access_taken_and_given_back_before_the_mail_is_told(due, poke, clock, ciso, vendor):
    due(1, 7)
    due(7, 7)
    planning.plan(MONDAY)
    planning.compose(MONDAY)
    grants.take(ciso, Access.SIGN, vendor)
    assert ciso.email not in {address for mail in poke(MONDAY) for address in mail.to}
    grants.give(ciso, Access.SIGN, vendor)
    poke(MONDAY + HOUR)
    assert [mail.to for mail in poke(MONDAY + DAY)] == [[ciso.email]]


def test_an_approval_that_falls_again_is_told_again_each_time(small, poke, reviewer, evidence, ciso):
    settle(small, range(1, 13), reviewer, evidence)
    review = fresh(small)
    shown = decisions.shown(gate.assess(review), to=ciso)
    decisions.decide(review, by=ciso, outcome=Outcome.GO, reason="Because.", shown=shown, conditions=())
    assert "approval" not in "".join(mail.body for mail in poke())
    for day in (DAY, 2 * DAY, 3 * DAY):
        type(small.checklist).objects.filter(pk=small.checklist_id).update(go_at=13)
        falls = [mail.to for mail in poke(MONDAY + day) if "no longer holds" in mail.body]
        assert [ciso.email] in falls
        assert not any("no longer holds" in mail.body for mail in poke(MONDAY + day + HOUR))
        type(small.checklist).objects.filter(pk=small.checklist_id).update(go_at=10)
        assert poke(MONDAY + day + 2 * HOUR) == []
    told = Reminder.objects.filter(about=About.APPROVAL, person=ciso)
    assert (told.count(), told.values("message").distinct().count()) == (3, 3)


def test_two_planners_at_once_write_each_step_once(due, clock):
    due(1, 7)
    planning.plan(MONDAY)
    planning.plan(MONDAY + HOUR)
    assert Reminder.objects.count() == 1


def test_planning_is_not_repeated_within_a_quarter_of_an_hour_but_on_a_new_day(due, clock):
    planning.plan(MONDAY)
    due(1, 7)
    planning.plan(MONDAY + 14 * MINUTE)
    assert Reminder.objects.count() == 0
    planning.plan(MONDAY + 15 * MINUTE)
    assert Reminder.objects.count() == 1
    due(2, 6)
    midnight = MONDAY + 16 * HOUR
    planning.plan(midnight - MINUTE)
    due(3, 6)
    planning.plan(midnight)
    assert Reminder.objects.filter(subject__contains=f"{due(3, 6).pk}:").count() == 1


def test_a_source_that_cannot_be_said_keeps_the_rest_of_the_mail_from_nobody(due, poke, monkeypatch, ciso):
    due(1, 7)
    planning.plan(MONDAY)
    Reminder.objects.create(person=ciso, about=About.TOKEN, subject="1:", step="7")
    monkeypatch.setitem(SOURCES, About.TOKEN, Broken())
    planning.compose(MONDAY)
    messages.send_waiting()
    assert Message.objects.get().state == Delivery.SENT
    assert Reminder.objects.untold().get().about == About.TOKEN
    page, _ = inbox.page(ciso, 1)
    assert [entry.reminder.about for entry in page] == [About.ITEM]


class Broken:
    """A source that fails, as one with a bug."""

    about, label, each_time = About.TOKEN, "Broken", False

    def wanted(self, today):
        raise ValueError("broken")

    def lines(self, reminders, today):
        raise ValueError("broken")


def test_a_source_that_fails_keeps_nobody_else_from_being_told(due, poke, monkeypatch, mailoutbox):
    due(1, 7)
    monkeypatch.setitem(SOURCES, About.TOKEN, Broken())
    with pytest.raises(ValueError, match="broken"):
        poke()
    assert len(mailoutbox) == 1


# Who


def test_people_hear_at_their_own_hour(due, poke, ciso):
    Preferences.objects.create(person=ciso, time_zone="America/New_York", send_hour=7)
    due(1, 7)
    assert poke(MONDAY + 3 * HOUR + 59 * MINUTE) == []
    assert len(poke(MONDAY + 4 * HOUR)) == 1


def test_who_is_away_is_not_written_to_and_the_deputy_acts(due, poke, ciso, legal):
    Absence.objects.create(
        person=ciso, deputy=legal, starts_on=MONDAY.date(), ends_on=MONDAY.date() + 3 * DAY, created_by=ciso
    )
    due(1, 7)
    [mail] = poke()
    assert mail.to == [legal.email]
    assert "For CISO, away 11 to 14 January 2027: you act." in mail.body
    assert Reminder.objects.get().person == ciso


def test_a_deputy_who_may_not_see_the_vendor_is_told_nothing(due, poke, ciso, legal, vendor):
    Absence.objects.create(person=ciso, deputy=legal, starts_on=MONDAY.date(), ends_on=MONDAY.date(), created_by=ciso)
    grants.take(legal, Access.SIGN, vendor)
    due(1, 7)
    [mail] = poke()
    assert mail.to == [ciso.email]


def test_what_is_about_no_vendor_is_told_to_the_person_though_away(due, poke, clock, lead, ciso, reviewer):
    absences.plan(lead, ciso, MONDAY.date(), MONDAY.date() + 3 * DAY, by=lead)
    Message.objects.create(
        key="invitation:1:1:1", person=reviewer, day=MONDAY.date(), due_at=MONDAY, state=Delivery.REFUSED
    )
    planning.plan(MONDAY)
    [foreseen] = [mail for mail in ahead.planned([lead]) if ("Mail not delivered", 1) in mail.kinds]
    assert foreseen.recipient == lead
    assert inbox.instead_of_others(ciso, None)[1] == []
    assert [mail.to for mail in poke()] == [[lead.email]]


def test_what_a_deputy_may_not_see_any_more_goes_to_its_owner(due, poke, clock, ciso, legal, vendor):
    Absence.objects.create(person=ciso, deputy=legal, starts_on=MONDAY.date(), ends_on=MONDAY.date(), created_by=ciso)
    due(1, 7)
    planning.plan(MONDAY)
    planning.compose(MONDAY)
    assert Message.objects.get().person == legal
    grants.take(legal, Access.SIGN, vendor)
    assert poke(MONDAY + MINUTE) == []
    [mail] = poke(MONDAY + 2 * MINUTE)
    assert mail.to == [ciso.email]
    assert Message.objects.get(person=legal).state == Delivery.NOTHING


def test_who_lost_access_or_left_is_told_nothing(due, poke, clock, ciso, legal, vendor):
    due(1, 7)
    due(7, 7)
    clock.move_to(MONDAY - HOUR)
    planning.plan(timezone.now())
    grants.take(ciso, Access.SIGN, vendor)
    legal.is_active = False
    legal.save()
    assert not {ciso.email, legal.email} & {address for mail in poke(MONDAY) for address in mail.to}
    assert Reminder.objects.filter(person__in=[ciso, legal], closed_at=None).count() == 0


def test_muted_kinds_are_shown_in_the_app_only(due, poke, ciso):
    Preferences.objects.create(person=ciso, muted=["item"])
    due(1, 7)
    assert poke() == []
    message = Message.objects.get()
    assert message.state == Delivery.NOTHING
    assert message.reminders.filter(closed_at=None).count() == 1


def test_who_has_no_address_is_told_in_the_app_only(due, poke, ciso):
    ciso.email = ""
    ciso.save()
    due(1, 7)
    assert poke() == []
    message = Message.objects.get()
    assert (message.state, message.outcome) == (
        Delivery.NO_ADDRESS,
        "CISO has no e-mail address. The app shows the reminders.",
    )


def test_any_number_of_reminders_is_put_together_by_the_same_number_of_queries(
    due, clock, django_assert_max_num_queries
):
    due(1, 7)
    planning.plan(MONDAY)
    with django_assert_max_num_queries(20):
        planning.compose(MONDAY)
    for number in range(2, 7):
        due(number, 6)
    planning.plan(MONDAY + DAY)
    with django_assert_max_num_queries(20), time_machine.travel(MONDAY + DAY, tick=False):
        planning.compose(MONDAY + DAY)
