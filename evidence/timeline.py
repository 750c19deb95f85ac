"""Where does a version lie in time? Three calendar years around today, drawn as one bar."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from evidence.validity import dates_in_words

WIDTH = 1000  # units of the drawing


@dataclass(frozen=True)
class Span:
    css: str
    start: int
    width: int


@dataclass(frozen=True)
class Axis:
    """From 1 January of last year to 31 December of next year."""

    today: date

    @property
    def years(self):
        return [self.today.year - 1, self.today.year, self.today.year + 1]

    def at(self, day):
        first, last = date(self.years[0], 1, 1), date(self.years[-1] + 1, 1, 1)
        position = (day - first).days / (last - first).days
        return round(WIDTH * min(max(position, 0), 1))

    @property
    def now(self):
        return self.at(self.today)

    @property
    def year_starts(self):
        return [self.at(date(year, 1, 1)) for year in self.years[1:]]

    def span(self, css, start, end):
        left, right = self.at(start), self.at(end)
        return [Span(css, left, right - left)] if right > left else []


def spans(version, axis):
    """The parts of the bar: the period covered, then how long it is valid; an open end runs off the drawing."""
    drawn = []
    if version.period_start and version.period_end:
        drawn += axis.span("covered", version.period_start, version.period_end)
    start = version.covers_until or (version.valid_until and timezone.localdate(version.uploaded_at))
    if start and version.valid_until:
        ended = version.valid_until < axis.today
        drawn += axis.span("ended" if ended else "valid", start, version.valid_until)
    elif start:
        drawn += axis.span("open", start, date(axis.years[-1] + 1, 1, 1))
    return drawn


def words(version):
    """The same in words, for those who do not see the drawing."""
    text = ", ".join(dates_in_words(version))
    return f"{text[:1].upper()}{text[1:]}" if text else "No dates given"
