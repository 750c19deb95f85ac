"""Of which things can a small PDF be made, who may have it, and what does it print?

One entry a kind. What it prints is plain: texts, numbers, days, and dicts and lists of them (`wording.printable`).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from accounts.models import User
from reviews.asking import letters
from reviews.dashboard import glance_paper
from reviews.policy import policy_papers
from reviews.weekly import minutes_paper


class Kind(NamedTuple):
    """`find(user, subject)` is asked when the paper is requested, when it is made and when it is looked at: the thing,
    or None for whoever may not see it. `context(thing, user)` is what the template prints; `name(thing)` is the name of
    the download without its ending. `vendor(thing)` says which vendor its events are about, `title(thing)` what it is called.
    """

    find: Callable[[User, str], Any]
    context: Callable[[Any, User], dict]
    template: str
    name: Callable[[Any], str]
    title: Callable[[Any], str] = str
    vendor: Callable[[Any], Any] = lambda thing: getattr(thing, "vendor", None)


KINDS = {
    "letter": Kind(
        find=letters.find,
        context=lambda escalation, user: {"letter": letters.printed(escalation, letters.sender_of(escalation, user))},
        template="papers/letter.html",
        name=letters.file_name,
    ),
    "overview": Kind(
        find=glance_paper.find,
        context=glance_paper.printed,
        template="papers/overview.html",
        name=glance_paper.file_name,
        title=lambda filters: "Overview of the reviews",
        vendor=lambda filters: None,
    ),
    "policy": Kind(
        find=policy_papers.find,
        context=lambda policy, user: {"policy": policy_papers.printed(policy)},
        template="papers/policy.html",
        name=policy_papers.file_name,
    ),
    "minutes": Kind(
        find=minutes_paper.find,
        context=minutes_paper.printed,
        template="papers/minutes.html",
        name=minutes_paper.file_name,
        title=minutes_paper.title,
        vendor=minutes_paper.vendor,
    ),
}
