"""What is printed of a run?"""

from collections import Counter
from collections.abc import Iterable

from tests.cluster.ledger import FAILED, OK, REFUSED, Ledger, Request
from tests.cluster.outages import Outage

HEAD = ("at", "what was done", "requests", "ok", "refused", "failed", "recovered in", "")


def say(words: str) -> None:
    print(words, flush=True)


def lines(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def table(outages: list[Outage], began: float) -> str:
    """One line an outage, and what people were told during it."""
    rows = [HEAD, *(_row(outage, began) for outage in outages)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    )


def _row(outage: Outage, began: float) -> tuple[str, ...]:
    counts = Counter(request.outcome for request in outage.requests)
    answers = Counter(request.answer for request in outage.bad)
    told = [f"{count} × {answer}" for answer, count in answers.most_common()]
    return (
        f"{outage.began - began:.0f} s",
        outage.what,
        str(len(outage.requests)),
        *(str(counts[outcome]) for outcome in (OK, REFUSED, FAILED)),
        f"{outage.recovery:.1f} s",
        "; ".join([*filter(None, [outage.note]), *told]),
    )


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
