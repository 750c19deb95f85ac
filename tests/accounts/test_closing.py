"""Does everybody who lost something lose it again when an older state comes back, and does anything silently come back?"""

import pytest
from django.utils import timezone

from accounts import absences, closing, people
from accounts.choices import Role
from accounts.models import Absence, User
from audit.models import Event


@pytest.fixture
def restored(administrator):
    """Do something after a backup, and return what is said when the people of the backup are there again."""
    other = {"by": User.objects.create_user("second@example.com", name="Second", role=Role.ADMINISTRATOR)}

    def do(*acts):
        rows = list(User.objects.values("pk", "email", "role", "is_active"))
        for act, person, *values in acts:
            act(person, **other, **(values[0] if values else {}))
        closed = closing.since(Event.objects.all())
        for row in rows:
            User.objects.filter(pk=row.pop("pk")).update(**row)
        return closing.close_again(closing.from_json(closing.as_json(closed)))

    return do


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.CISO])
def test_a_role_with_power_that_was_taken_away_goes_again(restored, create_person, role):
    person = create_person(role, "Person")
    said = restored((people.change_person, person, {"role": Role.REVIEWER}))
    assert said == [f"Person is no longer {role.label} again, but Reviewer."]
    assert User.objects.get(pk=person.pk).role == Role.REVIEWER
    event = Event.objects.newest_first().first()
    assert (event.event_type, event.after, event.reason) == ("person.changed", {"role": "reviewer"}, closing.AGAIN)


@pytest.mark.parametrize(("before", "after"), [(Role.CISO, Role.LEGAL), (Role.REVIEWER, Role.CISO)])
def test_of_another_change_of_role_people_are_told(restored, create_person, before, after):
    person = create_person(before, "Person")
    said = restored((people.change_person, person, {"role": after}))
    assert said == [f"Person is {before.label} again, and was {after.label} before the restore: look at People."]
    assert User.objects.get(pk=person.pk).role == before


def test_a_change_of_name_alone_is_no_loss(restored, reviewer):
    assert restored((people.change_person, reviewer, {"name": "Somebody"})) == []


def test_who_had_another_address_when_leaving_leaves_again(restored, reviewer):
    changed = (people.change_person, reviewer, {"email": "other@example.com"})
    assert restored(changed, (people.deactivate, reviewer)) == ["The Reviewer is deactivated again."]
    assert not User.objects.get(pk=reviewer.pk).is_active


def test_a_deputy_whose_time_was_ended_acts_no_more(reviewer, ciso, administrator):
    today = timezone.localdate()
    absence = absences.plan(ciso, reviewer, today, today, by=ciso)
    absences.cancel(absence, by=ciso)
    closed = closing.since(Event.objects.all())
    Absence.objects.update(cancelled_at=None)
    assert closing.close_again(closing.from_json(closing.as_json(closed))) == [
        f"{reviewer.name} no longer acts for {ciso.name} again."
    ]
    assert absences.acting_for(reviewer) == []


def test_whose_number_is_somebody_elses_is_named_and_nobody_else_closed(reviewer):
    closed = closing.NOTHING._replace(emails={reviewer.pk: {"gone@example.com"}}, left={reviewer.pk})
    assert closing.close_again(closed) == [
        "gone@example.com lost access after the backup, and the backup knows no such address: look at People.",
        "No administrator is left: make one with `manage.py create_administrator`.",
    ]
    assert User.objects.get(pk=reviewer.pk).is_active


def test_two_notes_together_close_what_either_says():
    first = closing.Closed({1: {"a"}, 2: {"b"}}, {1}, {2: "legal"}, {(2, 7, "sign")}, {(1, 4)})
    second = closing.Closed({1: {"c"}, 3: {"d"}}, {3}, {2: "lead"}, set(), {(1, 5)})
    assert closing.together(first, second) == closing.Closed(
        {1: {"a", "c"}, 2: {"b"}, 3: {"d"}}, {1, 3}, {2: "lead"}, {(2, 7, "sign")}, {(1, 4), (1, 5)}
    )
