"""Which request does a log line belong to?"""

import logging

from audit import context


class RequestId(logging.Filter):
    """Give each line the id of the request it was written in, ``-`` outside of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = context.current().request_id or "-"
        return True
