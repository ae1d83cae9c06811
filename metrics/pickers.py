"""Which days a page shows, read from its query parameters. Pages forgive: what cannot be read
falls back to the page's usual period, and the page says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

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
    ("month", gettext_noop("This month so far")),
    ("last_month", gettext_noop("Last month")),
    ("quarter", gettext_noop("This quarter so far")),
    ("last_quarter", gettext_noop("Last quarter")),
    ("year", gettext_noop("This year so far")),
    ("last_year", gettext_noop("Last year")),
    ("30", gettext_noop("Last 30 days")),
    ("90", gettext_noop("Last 90 days")),
    ("365", gettext_noop("Last 365 days")),
    ("custom", gettext_noop("Other dates")),
]
SPANS: Pairs = [
    ("12", gettext_noop("Last 12")),
    ("24", gettext_noop("Last 24")),
    ("36", gettext_noop("Last 36")),
    ("custom", gettext_noop("Other dates")),
]
GRAINS: Pairs = [
    (Grain.DAY.value, gettext_noop("Day")),
    (Grain.WEEK.value, gettext_noop("Week")),
    (Grain.MONTH.value, gettext_noop("Month")),
    (Grain.QUARTER.value, gettext_noop("Quarter")),
    (Grain.YEAR.value, gettext_noop("Year")),
]


def said_pairs(pairs: Pairs) -> Pairs:
    """The choices as a picker shows them, in the reader's language."""
    return [(value, _(label)) for value, label in pairs]


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
    """One period, what it is compared with, and how the picker shows it. `problem`: what was
    asked for and could not be."""

    preset: str
    period: Period
    before: Period
    start: dt.date
    last_day: dt.date
    problem: str = ""

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


def one_period(
    params: Mapping[str, str], *, company: Company, as_of: dt.date, usual: str = "month"
) -> Chosen:
    """The period a page is about; the `usual` one of PRESETS where it is not said."""
    preset, problem, span = _preset(params, usual), "", None
    if preset not in dict(PRESETS):
        problem, preset = _unknown(preset, PRESETS), usual
    if preset == "custom":
        try:
            span = _custom(params, as_of=as_of)
        except PeriodError as error:
            preset, problem = usual, _instead(error, _shown_instead(usual))
    if span is not None:
        period, grain = span, grain_of(span, week_start=company.week_start)
    elif preset.isdecimal():
        period, grain = trailing(int(preset), as_of=as_of), Grain.RANGE
    else:
        is_last, grain = preset.startswith("last_"), Grain(preset.removeprefix("last_"))
        period = latest(grain, 2, as_of=as_of, week_start=company.week_start)[0 if is_last else 1]
    before = previous(period, grain, week_start=company.week_start)
    return Chosen(preset, period, before, period.start, period.end - DAY, problem)


def _unknown(preset: str, known: Pairs) -> str:
    allowed = ", ".join(value for value, _ in known)
    words = _("{name} must be one of {allowed}; got {given}.")
    return words.format(name="preset", allowed=allowed, given=preset[:100])


def _shown_instead(preset: str) -> str:
    """Within a sentence."""
    usual = {
        "month": _("this month so far"),
        "last_month": _("last month"),
        "quarter": _("this quarter so far"),
        "last_quarter": _("last quarter"),
        "year": _("this year so far"),
        "last_year": _("last year"),
    }
    return usual[preset]


def _instead(error: PeriodError, shown: str) -> str:
    return _("{problem} Shown instead: {shown}.").format(problem=error, shown=shown)


def grain_of(period: Period, *, week_start: int) -> Grain:
    """The calendar grain that `period` is just one of, so that it is compared with such a one."""
    for grain in (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        start = floor(period.start, grain, week_start=week_start)
        if start == period.start and advance(start, grain) == period.end:
            return grain
    return Grain.RANGE


def _custom(params: Mapping[str, str], *, as_of: dt.date) -> Period:
    """The two dates given, the last day included. Raises PeriodError if they are no period."""
    start, last = _two_days(params)
    found = periods(start, last + DAY, Grain.RANGE, as_of=as_of)[0]
    if not found.is_begun:
        raise PeriodError(_("The first day must not lie ahead."))
    return found


def _two_days(params: Mapping[str, str]) -> tuple[dt.date, dt.date]:
    """The first and the last day given. Raises PeriodError."""
    texts = params.get("start", ""), params.get("end", "")
    start, last = read_day(texts[0]), read_day(texts[1])
    if start is None or last is None or last == dt.date.max:
        words = _("The first and the last day must be days as YYYY-MM-DD; got {first} and {last}.")
        raise PeriodError(words.format(first=texts[0], last=texts[1]))
    if last < start:
        words = _("The first day must not be after the last; got {first} and {last}.")
        raise PeriodError(words.format(first=start, last=last))
    return start, last


def read_day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Course:
    """Several periods of a grain, and how the picker shows them. `problem`: what was asked for
    and could not be."""

    preset: str
    grain: Grain
    periods: list[Period]
    problem: str = ""

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
    grain, preset, problem = Grain.MONTH, _preset(params, "12"), ""
    if params.get("grain") in dict(GRAINS):
        grain = Grain(params["grain"])
    elif params.get("grain"):
        words = _("{name} must be one of {allowed}; got {given}.")
        allowed = ", ".join(dict(GRAINS))
        problem = words.format(name="grain", allowed=allowed, given=params["grain"])
    if preset == "custom":
        try:
            return Course(
                preset, grain, _widened(params, grain, company=company, as_of=as_of), problem
            )
        except PeriodError as error:
            problem = _instead(error, _("last 12"))
    elif preset not in dict(SPANS):
        problem, preset = _unknown(preset, SPANS), "12"
    if preset == "custom":
        preset = "12"
    cut = latest(grain, int(preset), as_of=as_of, week_start=company.week_start)
    return Course(preset, grain, cut, problem)


def _widened(
    params: Mapping[str, str], grain: Grain, *, company: Company, as_of: dt.date
) -> list[Period]:
    """The periods that the two days given lie in. Raises PeriodError."""
    start, last = _two_days(params)
    week_start = company.week_start
    try:
        found = periods(
            floor(start, grain, week_start=week_start),
            advance(floor(last, grain, week_start=week_start), grain),
            grain,
            as_of=as_of,
            week_start=week_start,
        )
    except OverflowError:
        raise PeriodError(_("A period must lie between the years 1 and 9999.")) from None
    if not found[0].is_begun:
        raise PeriodError(_("The first day must not lie ahead."))
    return found
