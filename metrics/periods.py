"""Periods: half-open spans `[start, end)` of a company's own days. Pure: no clock, no database.

A period's opening state is the state on the day before `start`, its closing state the state on
the day before `end`. A period that is not over on the as-of day ends with that day and is partial.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

DAY = timedelta(days=1)
LONGEST_YEARS = 50
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)
"""Between these, what is compared with or made of months before is a day, too."""

MOST_PERIODS = 4000
TRAILING_DAYS = (30, 90, 365)


class PeriodError(ValueError):
    """The dates asked for cannot be cut into periods. `str()` says what is allowed."""


class Grain(StrEnum):
    DAY = gettext_noop("day")
    WEEK = gettext_noop("week")
    MONTH = gettext_noop("month")
    QUARTER = gettext_noop("quarter")
    YEAR = gettext_noop("year")
    RANGE = gettext_noop("range")

    @property
    def words(self) -> str:
        """In the reader's language, within a sentence."""
        return _(self.value)

    @property
    def months(self) -> int:
        """How many months one period has; 0 for grains counted in days."""
        return {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}.get(self, 0)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """`[start, end)`; `is_partial`: the as-of day is in it, and it ends with that day.

    `is_begun` is False for a period that lies wholly after the as-of day: it has no value yet.
    """

    start: date
    end: date
    is_partial: bool = False
    is_begun: bool = True

    def __post_init__(self) -> None:
        if self.start >= self.end:
            words = _("A period must start before it ends: {start} to {end}.")
            raise PeriodError(words.format(start=self.start, end=self.end))

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def __str__(self) -> str:
        return f"{self.start}/{self.end}"


def floor(day: date, grain: Grain, *, week_start: int = 0) -> date:
    """The first day of the period of `grain` that `day` is in. `week_start`: 0 is Monday."""
    if grain is Grain.WEEK:
        return day - timedelta(days=(day.weekday() - week_start) % 7)
    if grain.months:
        month = (day.month - 1) // grain.months * grain.months + 1
        return date(day.year, month, 1)
    return day


def advance(start: date, grain: Grain, count: int = 1) -> date:
    """The border `count` periods after the border `start` (before it, if negative)."""
    if grain.months:
        month = start.year * 12 + start.month - 1 + grain.months * count
        if not 12 <= month < 9999 * 12:
            raise PeriodError(_("A period must lie between the years 1 and 9999."))
        return date(month // 12, month % 12 + 1, 1)
    return start + timedelta(days=(7 if grain is Grain.WEEK else 1) * count)


def as_of_day(period: Period, as_of: date) -> Period:
    """`period` as it can be known on `as_of`: an unfinished one ends with that day."""
    if period.start > as_of:
        return Period(period.start, period.end, is_partial=True, is_begun=False)
    if period.end > as_of:
        return Period(period.start, min(period.end, as_of + DAY), is_partial=True)
    return Period(period.start, period.end)


def periods(
    start: date, end: date, grain: Grain, *, as_of: date, week_start: int = 0
) -> list[Period]:
    """The periods of `grain` that make up `[start, end)`, in order and without gaps.

    Raises PeriodError when the dates are reversed, too far apart, or off the grain's borders.
    """
    if start >= end:
        words = _("start must be before end; got {start} and {end}.")
        raise PeriodError(words.format(start=start, end=end))
    if (end.year - LONGEST_YEARS, end.month, end.day) > (start.year, start.month, start.day):
        words = _("At most {years} years can be asked for at once.")
        raise PeriodError(words.format(years=LONGEST_YEARS))
    for name, day in (("start", start), ("end", end)):
        if not FIRST_DAY <= day <= LAST_DAY:
            words = _("{name} must be a day from {first} to {last}; got {given}.")
            raise PeriodError(words.format(name=name, first=FIRST_DAY, last=LAST_DAY, given=day))
    if grain is Grain.RANGE:
        return [as_of_day(Period(start, end), as_of)]
    for name, day in (("start", start), ("end", end)):
        border = floor(day, grain, week_start=week_start)
        if border != day:
            words = _(
                "{name} {day} is not the first day of a {grain}; the nearest before and after are"
                " {before} and {after}. Use grain=range for any two dates."
            )
            raise PeriodError(
                words.format(
                    name=name,
                    day=day,
                    grain=grain.words,
                    before=border,
                    after=advance(border, grain),
                )
            )
    found: list[Period] = []
    while start < end:
        after = advance(start, grain)
        found.append(as_of_day(Period(start, after), as_of))
        start = after
        if len(found) > MOST_PERIODS:
            words = _("At most {count} periods can be asked for at once.")
            raise PeriodError(words.format(count=MOST_PERIODS))
    return found


def latest(grain: Grain, count: int, *, as_of: date, week_start: int = 0) -> list[Period]:
    """The last `count` periods of `grain`, the one that `as_of` is in included."""
    if grain is Grain.RANGE:
        raise PeriodError(_("A range has its own two dates."))
    current = floor(as_of, grain, week_start=week_start)
    return periods(
        advance(current, grain, 1 - count),
        advance(current, grain),
        grain,
        as_of=as_of,
        week_start=week_start,
    )


def trailing(days: int | str, *, as_of: date) -> Period:
    """The `days` full days before `as_of`, which itself is not over."""
    for allowed in TRAILING_DAYS:
        if str(days) == str(allowed):
            return Period(as_of - timedelta(days=allowed), as_of)
    words = _("{name} must be one of {allowed}; got {given}.")
    every = ", ".join(str(number) for number in TRAILING_DAYS)
    raise PeriodError(words.format(name="trailing", allowed=every, given=days))


def previous(period: Period, grain: Grain, *, week_start: int = 0) -> Period:
    """What `period` is compared with: the one before, cut to as many days if it is partial.

    For a range and for trailing days, the same number of days just before.
    """
    border = grain is not Grain.RANGE and floor(period.start, grain, week_start=week_start)
    if border != period.start:
        return Period(period.start - timedelta(days=period.days), period.start)
    start = advance(period.start, grain, -1)
    if not period.is_partial:
        return Period(start, period.start)
    return Period(start, min(start + timedelta(days=period.days), period.start))
