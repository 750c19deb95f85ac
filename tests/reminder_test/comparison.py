"""What did people get, compared with what they were to get?"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from reviews.choices import Delivery
from reviews.models import Message
from tests.mail_server import MailServer
from tests.reminder_test.play import is_refused
from tests.reminder_test.stage import Stage

ITEM = re.compile(r"/reviews/[\w-]+/items/\d+/")


@dataclass
class Result:
    """Sentences, one for each thing; the run was well when `lost`, `repeated` and `contradictions` are empty."""

    lost: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    in_the_window: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    mails: int = 0

    @property
    def wrong(self) -> list[str]:
        return [*self.lost, *self.repeated, *self.contradictions]


def compare(stage: Stage, server: MailServer) -> Result:
    """The mail server's own record against the stage's: the product is asked only whether it says the same."""
    result = Result()
    received = defaultdict(list)
    for each in server.received:
        received[each.recipients[0]].append(each)
        if len(each.recipients) != 1:
            result.contradictions.append(f"one mail went to {len(each.recipients)} people")
    for address, paths in stage.told.items():
        mails = received[address]
        if is_refused(address):
            result.contradictions += [f"{address} refuses mail and got one"] * len(mails)
            continue
        said = {path for each in mails[:1] for path in ITEM.findall(_text(each.mail))}
        result.lost += [f"{address} was not told of {path}" for path in sorted(paths - said)]
        result.contradictions += [f"{address} was told of {path}, which is not theirs" for path in sorted(said - paths)]
        result.mails += bool(mails)
        _look_for_repetition(result, address, mails)
    _ask_the_product(result, stage)
    return result


def _look_for_repetition(result, address, mails):
    """Only a worker that was killed before it wrote down what the server took may repeat a mail: it said nothing more."""
    for first, second in pairwise(mails):
        if first.message_id == second.message_id and not first.went_on:
            result.in_the_window.append(f"{address} got {first.message_id} twice")
        else:
            result.repeated.append(f"{address} got {first.message_id} and {second.message_id}")


def _ask_the_product(result, stage):
    states = dict(Message.objects.filter(person__email__in=stage.told).values_list("person__email", "state"))
    for address in stage.told:
        should = Delivery.REFUSED if is_refused(address) else Delivery.SENT
        if states.get(address) != should:
            result.contradictions.append(f"the product says of {address}'s mail: {states.get(address)}")


def _text(mail):
    return mail.get_body(("plain",)).get_content()
