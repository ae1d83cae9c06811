"""Which days a page shows, read from its query parameters. Pages forgive: what cannot be read
falls back to the page's usual period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from metrics.periods import (
    DAY,
    Grain,
    Period,
    PeriodError,
    advance,
    floor,
    latest,
    periods,
    previous,
    trailing,
)
from tenants.models import Company

Pairs = list[tuple[str, str]]

PRESETS: Pairs = [
    ("month", "This month so far"),
    ("last_month", "Last month"),
    ("quarter", "This quarter so far"),
    ("last_quarter", "Last quarter"),
    ("year", "This year so far"),
    ("last_year", "Last year"),
    ("30", "Last 30 days"),
    ("90", "Last 90 days"),
    ("365", "Last 365 days"),
    ("custom", "Other dates"),
]
SPANS: Pairs = [
    ("12", "Last 12"),
    ("24", "Last 24"),
    ("36", "Last 36"),
    ("custom", "Other dates"),
]
GRAINS: Pairs = [(grain.value, grain.value.title()) for grain in Grain if grain is not Grain.RANGE]


def _shown(start: dt.date, last_day: dt.date) -> Pairs:
    """A hidden field of the picker: the dates it showed, to tell when somebody edits them."""
    return [("shown", f"{start}/{last_day}")]


def _preset(params: Mapping[str, str], usual: str) -> str:
    """The preset chosen; edited dates count as other dates, whatever stands beside them."""
    dates = f"{params.get('start')}/{params.get('end')}"
    if params.get("shown", dates) != dates:
        return "custom"
    return params.get("preset", usual)


@dataclass(frozen=True)
class Chosen:
    """One period, what it is compared with, and how the picker shows it."""

    preset: str
    period: Period
    before: Period
    start: dt.date
    last_day: dt.date

    @property
    def shown(self) -> Pairs:
        return _shown(self.start, self.last_day)

    @property
    def with_before(self) -> list[Period]:
        """The period before, a gap if there is one, and the period: adjoining, for one query."""
        gap: list[Period] = []
        if self.before.end < self.period.start:
            gap = [Period(self.before.end, self.period.start)]
        return [self.before, *gap, self.period]


def one_period(params: Mapping[str, str], *, company: Company, as_of: dt.date) -> Chosen:
    """The period the overview is about."""
    preset = _preset(params, "month")
    if preset not in dict(PRESETS):
        preset = "month"
    span = _custom(params, as_of=as_of) if preset == "custom" else None
    if preset == "custom" and span is None:
        preset = "month"
    if span is not None:
        period, grain = span, grain_of(span, week_start=company.week_start)
    elif preset.isdecimal():
        period, grain = trailing(int(preset), as_of=as_of), Grain.RANGE
    else:
        is_last, grain = preset.startswith("last_"), Grain(preset.removeprefix("last_"))
        period = latest(grain, 2, as_of=as_of, week_start=company.week_start)[0 if is_last else 1]
    before = previous(period, grain, week_start=company.week_start)
    return Chosen(preset, period, before, period.start, period.end - DAY)


def grain_of(period: Period, *, week_start: int) -> Grain:
    """The calendar grain that `period` is just one of, so that it is compared with such a one."""
    for grain in (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        start = floor(period.start, grain, week_start=week_start)
        if start == period.start and advance(start, grain) == period.end:
            return grain
    return Grain.RANGE


def _custom(params: Mapping[str, str], *, as_of: dt.date) -> Period | None:
    """The two dates given, the last day included; None if they are no period."""
    start, last = read_day(params.get("start", "")), read_day(params.get("end", ""))
    if start is None or last is None:
        return None
    try:
        found = periods(start, last + DAY, Grain.RANGE, as_of=as_of)[0]
    except (PeriodError, OverflowError):
        return None
    return found if found.is_begun else None


def read_day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Course:
    """Several periods of a grain, and how the picker shows them."""

    preset: str
    grain: Grain
    periods: list[Period]

    @property
    def start(self) -> dt.date:
        return self.periods[0].start

    @property
    def last_day(self) -> dt.date:
        return self.periods[-1].end - DAY

    @property
    def shown(self) -> Pairs:
        return _shown(self.start, self.last_day)


def course(params: Mapping[str, str], *, company: Company, as_of: dt.date) -> Course:
    """The periods a metric's page shows; other dates are widened to the grain's borders."""
    grain = Grain(params["grain"]) if params.get("grain") in dict(GRAINS) else Grain.MONTH
    preset = _preset(params, "12")
    if preset == "custom":
        cut = _widened(params, grain, company=company, as_of=as_of)
        if cut is not None:
            return Course(preset, grain, cut)
    if not preset.isdecimal() or preset not in dict(SPANS):
        preset = "12"
    cut = latest(grain, int(preset), as_of=as_of, week_start=company.week_start)
    return Course(preset, grain, cut)


def _widened(
    params: Mapping[str, str], grain: Grain, *, company: Company, as_of: dt.date
) -> list[Period] | None:
    start, last = read_day(params.get("start", "")), read_day(params.get("end", ""))
    if start is None or last is None:
        return None
    week_start = company.week_start
    try:
        found = periods(
            floor(start, grain, week_start=week_start),
            advance(floor(last, grain, week_start=week_start), grain),
            grain,
            as_of=as_of,
            week_start=week_start,
        )
    except (PeriodError, OverflowError):
        return None
    return found if found[0].is_begun else None
