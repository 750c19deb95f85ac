"""Is a duty of ours asked of the vendor, or one of the vendor's taken for ours? (gap 3 of the source)"""

from evidence.choices import Kind
from reviews.checks.found import Found, numbers
from reviews.choices import AnsweredBy, Finding
from vendors.choices import Channel

# What shows that we do it ourselves; a vendor's paper shows what the vendor does.
OWN = frozenset({Kind.CONFIGURATION_PROOF, Kind.TEST_RECORD, Kind.POLICY})
# Where the two are mixed up: sign-in and access. What a cloud provider answers elsewhere is asked of it rightly.
CATEGORY = "access_control"


def find(ground):
    """Fires for our own duties on this channel that are asked of the vendor or confirmed with the vendor's papers alone,
    and on other channels for the vendor's duties that are confirmed with nothing but our own policies."""
    channel = Channel(ground.deployment.channel).label
    ours = [item for item in ground.items if _ours_here(item)]
    if asked := [item for item in ours if item.asked.strip() or item.asked_of.strip() or ground.questions.get(item.pk)]:
        yield Found(
            subject="asked",
            why=f"On {channel} {numbers(asked)} {_is(asked)} our own duty, and the vendor was asked.",
            next_step="Show how we do it ourselves: a setting, a test, a policy. Withdraw the question.",
            url=asked[0].get_absolute_url(),
            facts=[item.number for item in asked],
        )
    if papers := [item for item in ours if _cites_only(item, lambda kind: kind not in OWN)]:
        yield Found(
            subject="papers",
            why=f"On {channel} {numbers(papers)} {_is(papers)} our own duty, and confirmed with the vendor's papers only.",
            next_step="Cite a proof of our own setting or a record of our own test.",
            url=papers[0].get_absolute_url(),
            facts=[item.number for item in papers],
        )
    if taken := [item for item in ground.items if _taken_for_ours(item)]:
        yield Found(
            subject="taken",
            why=f"On {channel} {numbers(taken)} {_is(taken)} the vendor's to answer, who runs sign-in and access there, and "
            f"{_is(taken)} confirmed with nothing but our own policy.",
            next_step="Ask the vendor, or test how its application does it.",
            url=taken[0].get_absolute_url(),
            facts=[item.number for item in taken],
        )


def _ours_here(item):
    """Whether the channel makes sign-in or access our own duty, which it is not by default (rule 18)."""
    statement = item.statement
    of_access = statement.category.key == CATEGORY
    return of_access and item.answered_by == AnsweredBy.OURS and statement.answered_by != AnsweredBy.OURS


def _taken_for_ours(item):
    ours_on_the_api = item.statement.answered_by_channel.get(Channel.CLAUDE_API) == AnsweredBy.OURS
    if not ours_on_the_api or item.answered_by == AnsweredBy.OURS or item.statement.category.key != CATEGORY:
        return False
    return _cites_only(item, lambda kind: kind == Kind.POLICY)


def _cites_only(item, fits):
    kinds = {citation.evidence.kind for citation in item.citations.all()}
    return item.finding == Finding.CONFIRMED and bool(kinds) and all(map(fits, kinds))


def _is(items):
    return "is" if len(items) == 1 else "are"
