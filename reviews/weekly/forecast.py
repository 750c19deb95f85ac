"""When would Go be reached if things went on as they did lately? A range in words, never a promise.

The pace is the net change of satisfied statements a week, over the last two and the last four weeks: what lapsed counts
against what was signed. The range runs from the faster to the slower of the two. Nothing else is supposed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from evidence.validity import in_words

SHORT, LONG = timedelta(weeks=2), timedelta(weeks=4)
LEAST = timedelta(weeks=1)  # of history: a pace of fewer days says nothing
FARTHEST = 365 * 5  # days; what is farther away than that is no forecast


@dataclass(frozen=True)
class Pace:
    """Satisfied statements gained (or lost) a week over the last so many days."""

    days: int
    a_week: float

    @property
    def in_words(self):
        return f"{self.a_week:+.1f} a week over the last {_span(self.days)}"

    def reaches(self, missing, today):
        """The day on which so many more are satisfied at this pace, or None when that is out of sight."""
        days = ceil(missing / self.a_week * 7) if self.a_week > 0 else FARTHEST + 1
        return today + timedelta(days=days) if days <= FARTHEST else None


@dataclass(frozen=True)
class Forecast:
    """`earliest` to `latest` are days on which Go would be reached; both None when that cannot be said.

    `short` is for a figure on a wall, `words` is the whole sentence. `latest` alone is None when the slower pace leads
    nowhere.
    """

    short: str
    words: str
    paces: tuple[Pace, ...] = ()
    earliest: date | None = None
    latest: date | None = None
    reached: bool = False

    def against(self, deadline):
        """How the range lies to the deadline: `in_time`, `unsure`, `late`, or `` when there is no range."""
        if self.reached:
            return "in_time"
        if self.earliest is None:
            return ""
        if self.earliest > deadline:
            return "late"
        return "in_time" if self.latest and self.latest <= deadline else "unsure"


def forecast(history: Sequence[tuple[date, int]], *, needed: int, total: int, unconfirmed: int, deadline: date):
    """What to expect after `[(day, satisfied)]`, in order of days: the first is the opening, the last is today.

    `unconfirmed` of the `total` are signed as “cannot be confirmed”: they satisfy only once they are settled.
    """
    (opened, _), (today, satisfied) = history[0], history[-1]
    missing = needed - satisfied
    if missing <= 0:
        return Forecast("Reached", f"Already there: {satisfied} satisfied, {needed} needed.", reached=True)
    if total < needed:
        return Forecast("Cannot be said", f"{needed} are needed and the review has only {total} statements.")
    hint = _hint(missing, total - satisfied - unconfirmed)
    if today - opened < LEAST:
        return Forecast("Cannot be said yet", f"Cannot be said yet: there is less than a week of history.{hint}")
    paces = _paces(history, opened, today)
    fast = max(paces, key=lambda pace: pace.a_week)
    said = " and ".join(pace.in_words for pace in paces)
    if fast.a_week <= 0:
        return Forecast("Cannot be said", f"Cannot be said: nothing was gained lately ({said}).{hint}", paces)
    days = [pace.reaches(missing, today) for pace in paces]
    found = [day for day in days if day]
    if not found:
        return Forecast("Out of sight", f"At this pace Go is more than five years away ({said}).{hint}", paces)
    earliest, latest = min(found), max(found) if len(found) == len(days) else None
    words = f"{_range(earliest, latest)} {_compared(earliest, latest, deadline)} if it goes on as it did ({said}). Not a promise.{hint}"
    return Forecast(_short(earliest, latest), words, paces, earliest, latest)


def _paces(history, opened, today):
    """Over two and four weeks, or over all there is when the review is younger; each stretch of days once."""
    spans = dict.fromkeys(min(span, today - opened) for span in (SHORT, LONG))
    now = history[-1][1]
    return tuple(Pace(span.days, (now - _on(history, today - span)) / span.days * 7) for span in spans)


def _on(history, day):
    return next((count for on, count in reversed(history) if on <= day), 0)


def _hint(missing, open_ones):
    """What no pace shows: too few are left to do, so some that cannot be confirmed have to be settled."""
    if missing <= open_ones:
        return ""
    left = "None is" if not open_ones else f"Only {open_ones} {'is' if open_ones == 1 else 'are'}"
    lacking = f"{missing} {'is' if missing == 1 else 'are'}"
    return f" {left} still open and {lacking} missing: the rest has to be settled with the vendor."


def _span(days):
    return f"{days // 7} weeks" if days % 7 == 0 and days > 7 else f"{days} days"


def _range(earliest, latest):
    if latest is None:
        return f"Go on {in_words(earliest)} at the faster pace, not within five years at the slower:"
    if earliest == latest:
        return f"Go about {in_words(earliest)},"
    return f"Go between {in_words(earliest)} and {in_words(latest)},"


def _short(earliest, latest):
    if latest is None:
        return f"{_brief(earliest)} at best"
    if earliest == latest:
        return f"about {_brief(earliest)}"
    if (earliest.year, earliest.month) == (latest.year, latest.month):
        return f"{earliest.day} – {_brief(latest)}"
    return f"{_brief(earliest)} – {_brief(latest)}"


def _brief(day):
    return f"{day.day} {day:%b} {day.year}"


def _compared(earliest, latest, deadline):
    if earliest > deadline:
        return f"{_days((earliest - deadline).days)} or more after the deadline,"
    if latest and latest <= deadline:
        return "by the deadline,"
    if latest is None:
        return f"by the deadline of {in_words(deadline)} at best,"
    return f"around the deadline of {in_words(deadline)},"


def _days(number):
    return "1 day" if number == 1 else f"{number} days"
