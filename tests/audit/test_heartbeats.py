"""Is one sign of life kept for each name, the last one?"""

from datetime import UTC, datetime

from audit import heartbeats
from audit.models import Heartbeat


def test_who_never_gave_a_sign_of_life_has_none(db):
    assert heartbeats.last("scheduler") is None


def test_only_the_last_sign_of_life_is_kept_however_many_give_it(db, time_machine):
    for minute in (1, 2):
        time_machine.move_to(datetime(2026, 1, 1, 12, minute, tzinfo=UTC), tick=False)
        heartbeats.beat("scheduler")
    heartbeats.beat("worker:dossiers")
    assert heartbeats.last("scheduler") == datetime(2026, 1, 1, 12, 2, tzinfo=UTC)
    assert Heartbeat.objects.count() == 2
