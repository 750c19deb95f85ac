"""How is everything that goes out together read as it was at one moment?"""

from contextlib import contextmanager

from django.db import connection, transaction
from django.utils import timezone

from audit.models import Event


@contextmanager
def one_instant():
    """A transaction in which every query sees the same moment; yields that moment.

    On PostgreSQL it is repeatable read and read only; SQLite's transactions are that by nature. Inside a
    transaction of the caller's, that one decides.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # PostgreSQL takes its snapshot with the first query, so the clock is read after one.
        Event.objects.order_by("pk").values_list("pk", flat=True).first()
        yield timezone.now()
