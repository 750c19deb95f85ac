"""May everybody choose when they are told, and administrators when the organisation is; and is bad input said in words?"""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError

from accounts import hours, preferences
from accounts.models import OfficeHours, Preferences
from audit.models import Event

OFFICE, MINE = "/settings/office-hours/", "/profile/reminders/"


def errors(response):
    form = response.context["form"]
    return {name: list(said) for name, said in form.errors.items()}


def last_event():
    return Event.objects.latest("pk")


def test_office_hours_are_changed_by_administrators_with_an_event(client, administrator):
    client.force_login(administrator)
    sent = {"send_hour": "9", "quiet_weekdays": ["4", "5", "6"], "country": "CH", "subdivision": "zh"}
    assert client.post(OFFICE, sent).url == "/settings/"
    row = OfficeHours.objects.get()
    assert (row.send_hour, row.quiet_weekdays, row.country, row.subdivision) == (9, [4, 5, 6], "CH", "ZH")
    event = last_event()
    assert (event.event_type, event.actor_name) == ("office_hours.changed", administrator.name)
    assert event.before == {"send_hour": 8, "quiet_weekdays": [5, 6], "country": "", "subdivision": ""}
    assert event.after == {"send_hour": 9, "quiet_weekdays": [4, 5, 6], "country": "CH", "subdivision": "ZH"}


def test_saving_office_hours_unchanged_writes_nothing(client, administrator):
    client.force_login(administrator)
    before = last_event().pk
    client.post(OFFICE, {"send_hour": "8", "quiet_weekdays": ["5", "6"], "country": "", "subdivision": ""})
    assert (OfficeHours.objects.count(), last_event().pk) == (0, before)


def test_nobody_else_changes_office_hours(client, ciso):
    client.force_login(ciso)
    assert client.post(OFFICE, {"send_hour": "9"}).status_code == 403
    with pytest.raises(PermissionDenied):
        preferences.change_office_hours(by=ciso, send_hour=9)
    assert not OfficeHours.objects.exists()


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"quiet_weekdays": list("0123456")}, "quiet_weekdays", "With seven quiet days no mail would ever be sent"),
        ({"send_hour": "24"}, "send_hour", "Select a valid choice"),
        ({"send_hour": ""}, "send_hour", "This field is required"),
        ({"country": "XX"}, "country", "Select a valid choice"),
        ({"subdivision": "ZH"}, "country", "Choose the country that ZH is a part of."),
        ({"country": "CH", "subdivision": "QQ"}, "subdivision", "“QQ” is no part of Switzerland that is known here."),
        ({"country": "VA", "subdivision": "X"}, "subdivision", "No part of Vatican City with holidays of its own"),
    ],
)
def test_bad_office_hours_are_said_in_words_and_nothing_typed_is_lost(client, administrator, values, field, sentence):
    client.force_login(administrator)
    response = client.post(OFFICE, {"send_hour": "11", "quiet_weekdays": ["2"]} | values)
    assert errors(response)[field][0].startswith(sentence)
    page = response.content.decode()
    assert all(
        f'value="{typed}"' in page
        for typed in values.values()
        if isinstance(typed, str) and typed.isalpha() and typed != "XX"
    )
    assert not OfficeHours.objects.exists()


def test_the_settings_say_what_is_in_force_with_the_next_holidays(client, administrator, time_machine):
    time_machine.move_to("2027-01-05")
    preferences.change_office_hours(by=administrator, country="CH", subdivision="ZH")
    client.force_login(administrator)
    page = client.get("/settings/").content.decode()
    assert "26 March 2027: Good Friday" in page
    assert "Saturday and Sunday" in page
    assert "Switzerland, ZH" in page


def test_everybody_chooses_for_themselves_with_an_event(client, ciso):
    client.force_login(ciso)
    sent = {
        "time_zone": "europe/zurich", "send_hour": "6", "own_quiet_weekdays": "on", "quiet_weekdays": ["6"],
        "country": "CH", "subdivision": "ZH", "muted": ["item", "token"],
    }  # fmt: skip
    assert client.post(MINE, sent).status_code == 302
    row = Preferences.objects.get(person=ciso)
    assert (row.time_zone, row.send_hour, row.quiet_weekdays, row.muted) == ("Europe/Zurich", 6, [6], ["item", "token"])
    rhythm = hours.rhythm_of(ciso)
    assert (str(rhythm.zone), rhythm.hour, rhythm.quiet_weekdays, rhythm.muted) == (
        "Europe/Zurich",
        6,
        {6},
        {"item", "token"},
    )
    event = last_event()
    assert (event.event_type, event.actor_name) == ("preferences.changed", ciso.name)
    assert event.after["time_zone"] == "Europe/Zurich"
    page = client.get(MINE).content.decode()
    assert 'value="Europe/Zurich"' in page


def test_what_is_left_empty_is_as_in_the_organisation(client, ciso, administrator):
    preferences.change_office_hours(by=administrator, send_hour=10, quiet_weekdays=[0])
    client.force_login(ciso)
    client.post(MINE, {"time_zone": "", "send_hour": "", "quiet_weekdays": ["3"], "country": ""})
    assert not Preferences.objects.exists()
    assert hours.rhythm_of(ciso)[1:3] == (10, {0})
    client.post(MINE, {"own_quiet_weekdays": "on"})
    assert hours.rhythm_of(ciso).quiet_weekdays == frozenset()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("Europe/Zurch", "“Europe/Zurch” is no time zone that exists. Did you mean Europe/Zurich?"),
        ("Mars", "“Mars” is no time zone that exists. Write it as Europe/Zurich."),
        ("../../etc/passwd", "“../../etc/passwd” is no time zone that exists. Write it as Europe/Zurich."),
        ("localtime", "“localtime” is no time zone that exists. Write it as Europe/Zurich."),
    ],
)
def test_a_zone_that_does_not_exist_is_refused_in_words(client, ciso, typed, sentence):
    client.force_login(ciso)
    response = client.post(MINE, {"time_zone": typed, "send_hour": "7", "muted": ["item"]})
    assert errors(response) == {"time_zone": [sentence]}
    page = response.content.decode()
    assert f'value="{typed}"' in page
    assert '<option value="7" selected>' in page
    assert not Preferences.objects.exists()


def test_a_kind_that_does_not_exist_cannot_be_muted(client, ciso):
    client.force_login(ciso)
    assert "muted" in errors(client.post(MINE, {"muted": ["everything"]}))


def test_the_name_in_the_chat_is_asked_where_there_is_a_chat(client, ciso, settings):
    client.force_login(ciso)
    assert "chat_handle" not in client.get(MINE).context["form"].fields
    settings.CHAT_URL = "json://127.0.0.1/{handle}"
    client.post(MINE, {"chat_handle": "ciso"})
    assert preferences.of(ciso).chat_handle == "ciso"


def test_rule_24_hours_and_preferences_whose_event_cannot_be_written_are_not_changed(
    administrator, ciso, no_more_events
):
    for act in (
        lambda: preferences.change_office_hours(by=administrator, send_hour=9),
        lambda: preferences.change(ciso, send_hour=9),
    ):
        with pytest.raises(DatabaseError):
            act()
    assert (OfficeHours.objects.count(), Preferences.objects.count()) == (0, 0)
