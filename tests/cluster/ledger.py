"""What did people ask for, and what were they told? Each request is noted as a person's browser saw it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# How a request ended, from the person's side of the screen.
OK, REFUSED, FAILED = "ok", "refused", "failed"


@dataclass
class Request:
    """One request of one person. `kind` and `mark` say what it was to change; reading changes nothing.

    Moments are seconds of the monotonic clock.
    """

    who: str
    what: str
    kind: str = ""
    mark: str = ""
    began: float = 0.0
    ended: float = 0.0
    outcome: str = FAILED
    answer: str = "no answer"
    request_id: str = ""
    location: str = ""
    acknowledged: bool = False

    def __str__(self) -> str:
        return f"{self.who}, {self.what}: {self.answer}"

    @property
    def is_over(self) -> bool:
        return self.ended < float("inf")


class Ledger:
    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.lock = threading.Lock()

    @contextmanager
    def note(self, request: Request) -> Iterator[Request]:
        """Note a request from its beginning, so that one without an answer is known too."""
        request.began, request.ended = time.monotonic(), float("inf")
        with self.lock:
            self.requests.append(request)
        try:
            yield request
        finally:
            request.ended = time.monotonic()

    def during(self, began: float, ended: float) -> list[Request]:
        """Those that were on their way at some moment in between."""
        with self.lock:
            return [each for each in self.requests if each.began <= ended and each.ended >= began]

    @property
    def acts(self) -> list[Request]:
        return [request for request in self.requests if request.kind]
