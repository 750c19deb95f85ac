"""Does an older state, brought back, send again what people were told since?"""

from datetime import timedelta

from accounts.models import User
from reviews.choices import Delivery
from reviews.models import Item, Message, Reminder
from reviews.reminders import messages, planning, remembered
from tests.reviews.reminders.conftest import DAY, MONDAY

HOUR = timedelta(hours=1)


def forget_all():
    """The older state: nobody was told anything."""
    Reminder.objects.all().delete()
    Message.objects.all().delete()


def test_what_was_sent_since_is_not_sent_again(due, poke, ciso):
    due(1, 7)
    assert len(poke()) == 1
    [sent] = remembered.since(MONDAY - HOUR)
    forget_all()
    assert remembered.hold([sent], MONDAY + HOUR) == 1
    assert poke(MONDAY + HOUR) == []
    message = Message.objects.get()
    assert (message.key, message.state, message.sent_to, message.sent_at) == (
        f"digest:{ciso.pk}:2027-01-11", Delivery.SENT, ciso.email, MONDAY,
    )  # fmt: skip
    assert poke(MONDAY + DAY) == []
    assert len(poke(MONDAY + 7 * DAY)) == 1


def test_without_it_everybody_hears_once_more(due, poke):
    due(1, 7)
    assert len(poke()) == 1
    forget_all()
    assert len(poke(MONDAY + HOUR)) == 1


def test_a_mail_that_waited_in_the_older_state_does_not_go_out_either(due, poke, clock):
    due(1, 7)
    assert len(poke()) == 1
    sent = remembered.since(MONDAY - HOUR)
    Message.objects.update(state=Delivery.WAITING, sent_at=None, sent_to="")
    assert remembered.hold(sent, MONDAY + HOUR) == 1
    assert poke(MONDAY + HOUR) == []


def test_what_the_older_state_does_not_know_holds_nothing_back(due, poke, ciso):
    due(1, 7)
    assert len(poke()) == 1
    [sent] = remembered.since(MONDAY - HOUR)
    forget_all()
    Item.objects.filter(pk=due(1, 7).pk).update(due_on=MONDAY.date() + 6 * DAY)
    remembered.hold([sent], MONDAY + HOUR)
    # Another due day is another reminder; it waits for the next day's mail.
    assert len(poke(MONDAY + DAY)) == 1


def test_whoever_has_that_number_there_is_somebody_else(due, poke, ciso):
    due(1, 7)
    poke()
    sent = remembered.since(MONDAY - HOUR)
    forget_all()
    User.objects.filter(pk=ciso.pk).update(email="somebody-else@example.com")
    assert remembered.hold(sent, MONDAY + HOUR) == 0
    assert len(poke(MONDAY + HOUR)) == 1


def test_what_waited_before_the_backup_and_was_sent_after_it_is_not_sent_again(due, poke, clock):
    due(1, 7)
    planning.plan(MONDAY)
    planning.compose(MONDAY)
    clock.move_to(MONDAY + HOUR)
    messages.send_waiting()
    assert Message.objects.get().due_at == MONDAY
    sent = remembered.since(MONDAY + HOUR / 2)
    forget_all()
    assert remembered.hold(sent, MONDAY + HOUR) == 1
    assert poke(MONDAY + HOUR) == []


def test_an_invitation_is_held_only_where_the_older_state_has_it(ciso, clock):
    for number in (1, 2):
        Message.objects.create(
            key=f"invitation:{number}:{ciso.pk}:1", person=ciso, day=MONDAY, due_at=MONDAY, state=Delivery.SENT
        )
    sent = remembered.since(MONDAY - HOUR)
    Message.objects.filter(key__startswith="invitation:2:").delete()
    Message.objects.update(state=Delivery.WAITING)
    assert remembered.hold(sent, MONDAY + HOUR) == 1
    assert list(Message.objects.values_list("key", "state")) == [(f"invitation:1:{ciso.pk}:1", Delivery.SENT)]


def test_what_went_out_long_before_the_backup_is_in_it(due, poke):
    due(1, 7)
    poke()
    assert remembered.since(MONDAY + HOUR) == []
