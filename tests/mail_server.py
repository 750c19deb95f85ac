"""A mail server of a test: real SMTP on this machine, that takes, refuses, hangs or hangs up as it is told."""

import asyncio
import contextlib
import email
import email.policy
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from tests.services import free_port

TAKE = "takes it"
LATER, REFUSE = "450 on RCPT", "550 on RCPT"
LATER_AFTER_DATA, REFUSE_AFTER_DATA = "451 after DATA", "554 after DATA"
HANG = "hangs on RCPT"
HANG_UP = "hangs up after DATA, without the mail"
HANG_UP_WITH_IT = "hangs up after DATA, with the mail"
SLOW = "takes it, and says so late"

ANSWERS = {
    LATER: "450 4.2.1 Mailbox busy",
    REFUSE: "550 5.1.1 No such person here",
    LATER_AFTER_DATA: "451 4.3.0 Try again",
    REFUSE_AFTER_DATA: "554 5.7.1 Not with these words",
}


@dataclass
class Received:
    """A mail that was taken. `went_on` says that its sender was still there after it was told so."""

    at: float
    recipients: list[str]
    mail: EmailMessage
    went_on: bool = False

    @property
    def message_id(self) -> str:
        return self.mail["Message-ID"]


class MailServer:
    """Keeps what it took in `received`. `decide(recipient, nth)` says how the nth try for that recipient goes.

    Thinks about each mail for some seconds before it is taken, and for some before it says so.
    """

    def __init__(
        self,
        decide: Callable[[str, int], str] = lambda recipient, nth: TAKE,
        *,
        hangs_for: float = 3600,
        thinks_for: tuple[float, float] = (0, 0),
    ):
        self.decide, self.hangs_for, self.thinks_for = decide, hangs_for, thinks_for
        self.received: list[Received] = []
        self.tries: Counter[str] = Counter()
        self.went: Counter[str] = Counter()
        self.conversations = 0
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[Received]:
        return [each for each in self.received if each.recipients == [address]]

    @contextlib.contextmanager
    def running(self) -> Iterator["MailServer"]:
        controller = Controller(self, hostname="127.0.0.1", port=self.port)
        controller.start()
        try:
            yield self
        finally:
            controller.stop(no_assert=True)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.conversations += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        self._note_that_it_goes_on(session)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope):  # noqa: N802
        self._note_that_it_goes_on(session)
        return "221 Bye"

    def _note_that_it_goes_on(self, session):
        if last := getattr(session, "last", None):
            last.went_on = True

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        self.tries[address] += 1
        envelope.how = how = self.decide(address, self.tries[address])
        self.went[how] += 1
        if how == HANG:
            await asyncio.sleep(self.hangs_for)
        if how in (LATER, REFUSE):
            return ANSWERS[how]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        how = envelope.how
        if how in ANSWERS:
            return ANSWERS[how]
        await asyncio.sleep(self.thinks_for[0])
        if how in (TAKE, SLOW, HANG_UP_WITH_IT):
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            session.last = Received(time.time(), list(envelope.rcpt_tos), mail)
            self.received.append(session.last)
        await asyncio.sleep(self.thinks_for[1])
        if how == SLOW:
            await asyncio.sleep(self.hangs_for)
        if how in (HANG_UP, HANG_UP_WITH_IT):
            server.transport.abort()
        return "250 2.0.0 Taken"
