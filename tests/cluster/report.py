"""What is printed of a run?"""

from collections import Counter
from collections.abc import Iterable

from tests.cluster.ledger import FAILED, OK, REFUSED, Ledger, Request
from tests.cluster.outages import Outage


def say(words: str) -> None:
    print(words, flush=True)


def lines(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def head() -> str:
    return _line("at", "what was done", "ok", "refused", "failed", "recovered", "")


def row(outage: Outage, began: float) -> str:
    """One line an outage: how requests ended during it, and what people were told."""
    counts = Counter(request.outcome for request in outage.requests)
    answers = Counter(request.answer for request in outage.bad)
    told = [f"{count} × “{answer}”" for answer, count in answers.most_common()]
    return _line(
        f"{outage.began - began:.0f} s",
        outage.what,
        *(str(counts[outcome]) for outcome in (OK, REFUSED, FAILED)),
        f"{outage.recovery:.1f} s",
        "; ".join([*filter(None, [outage.note]), *told]),
    )


def _line(at: str, what: str, ok: str, refused: str, failed: str, recovered: str, more: str) -> str:
    return f"{at:>6}  {what:<64} {ok:>4} {refused:>8} {failed:>7} {recovered:>10}  {more}".rstrip()


def totals(ledger: Ledger, lost: list[tuple[Request, str]], without_row: list[str], seconds: float) -> str:
    counts = Counter(request.outcome for request in ledger.requests)
    kinds = Counter(act.kind for act in ledger.acts if act.acknowledged)
    acknowledged = ", ".join(f"{count} × {kind}" for kind, count in kinds.most_common())
    unsure = sum(not act.acknowledged for act in ledger.acts)
    return "\n".join(
        [
            "",
            f"{len(ledger.requests)} requests: {counts[OK]} ok, {counts[REFUSED]} refused in words, {counts[FAILED]} failed.",
            f"{kinds.total()} acts were acknowledged ({acknowledged}), {unsure} were not.",
            f"Lost: {len(lost) or 'nothing'}. {len(without_row)} files lie in the storage without a row, which does no harm.",
            f"{seconds:.0f} s in all.",
        ]
    )
