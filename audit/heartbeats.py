"""When did something that should happen all the time last happen?"""

from django.utils import timezone

from audit.models import Heartbeat


def beat(name):
    """Note that `name` is alive now. Any number of processes may say so at once."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=timezone.now())], update_conflicts=True, unique_fields=["name"], update_fields=["at"]
    )


def last(name):
    """Return the moment of the last beat, or None when there never was one."""
    return Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()
