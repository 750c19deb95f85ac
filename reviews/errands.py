"""How is a worker told of a row that waits for it?"""

import logging

from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def tell_later(task, row):
    """Hand the row to the task of this name in `reviews.tasks` once the transaction is committed."""
    transaction.on_commit(lambda: tell(task, row))


def tell(task, row):
    """The same at once. What the queue does not take is told again by whoever looks after such rows."""
    from reviews import tasks  # which call what calls this

    try:
        getattr(tasks, task).delay(row.pk)
    except OperationalError:
        logger.warning("%s waits: the queue does not answer", row)
