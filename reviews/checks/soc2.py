"""Does work wait for a better SOC 2 report than the one at hand? (gap 2 of the source)"""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from evidence import validity
from evidence.choices import Kind
from evidence.validity import in_words
from reviews import standing
from reviews.checks.found import Found, numbers
from reviews.choices import OPEN, Finding

# A statement that is open for so long is waiting, not in work: two of the three weeks that a review takes.
PATIENCE = timedelta(days=14)
# So long after a report's year a bridge letter usually covers the gap until the next one.
BRIDGED = relativedelta(months=3)
REPORTS = frozenset({Kind.SOC2_REPORT, Kind.BRIDGE_LETTER})
YEAR = 12  # months: the age up to which the source lets a report count (rule 21)


def find(ground):
    """Fires for statements usually proved by a SOC 2 report that wait although one is at hand and they do not cite it.

    Waiting is: open for more than two weeks or late, or said to be impossible to confirm. At hand is a report or letter
    that is usable today, or a report that ended in the last three months.
    """
    waiting = [item for item in ground.items if _waits(item, ground)]
    if not waiting:
        return
    usable = [row for row in ground.reports if not validity.unusable_reason(row, row.current, ground.today, YEAR)]
    if usable:
        yield _found(
            waiting,
            usable[-1],
            ground,
            why=f"“{usable[-1].title}” is in the library and can be used today; {{waiting}} {{do}} not cite it and {{are}} waiting.",
            next_step="Use the report as the foundation: cite it for what it covers, and add controls of your own for the rest.",
        )
    elif ended := _just_ended(ground):
        row, day = ended
        yield _found(
            waiting,
            row,
            ground,
            why=f"“{row.title}” ended on {in_words(day)}, less than three months ago; {{waiting}} {{are}} waiting for the next one.",
            next_step="Ask for a bridge letter until the next report, and go on with controls of your own meanwhile.",
        )


def _found(waiting, report, ground, *, why, next_step):
    one = len(waiting) == 1
    words = why.format(waiting=numbers(waiting), do="does" if one else "do", are="is" if one else "are")
    return Found(
        why=words,
        next_step=next_step,
        url=waiting[0].get_absolute_url(),
        facts={
            "report": report.pk,
            "version": report.current.number,
            "waiting": [item.number for item in waiting],
            "ended": bool(validity.unusable_reason(report, report.current, ground.today, YEAR)),
        },
    )


def _waits(item, ground):
    if Kind.SOC2_REPORT not in {proof["kind"] for proof in item.statement.proofs}:
        return False
    if any(citation.evidence.kind in REPORTS for citation in item.citations.all()):
        return False
    stuck = item.status in OPEN and (ground.today - ground.opened_on > PATIENCE or standing.is_late(item, ground.today))
    return item.finding == Finding.UNCONFIRMED or (stuck and not item.finding)


def _just_ended(ground):
    """The report that ended last, within three months, and its last day; or None."""
    ends = [(validity.expires_on(row.current, YEAR), row) for row in ground.reports if row.kind == Kind.SOC2_REPORT]
    recent = [(day, row) for day, row in ends if day and day < ground.today <= day + BRIDGED]
    day, row = max(recent, key=lambda pair: pair[0], default=(None, None))
    return (row, day) if row else None
