"""The forecast itself. Pure: what is known in, months ahead out; nothing is drawn at random.

MRR at the k-th close ahead = sum over cohorts of (MRR now x S(n+k)/S(n)) x (1 + g)^k
+ sum over the months j from 1 to k of (new and returning MRR of a month x S(k-j) x (1 + g)^(k-j)).

g: what customers who stay change their MRR by in a month. docs/metrics.md, Forecast, says where
each part comes from and what the interval takes in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from math import sqrt

from django.utils.translation import gettext_noop

from metrics.forecast.errors import Error, Exposure, Held, error_of
from metrics.forecast.history import NOTHING, Cell, Cohort, History, history
from metrics.forecast.retention import Retention, Retentions, retentions
from metrics.intervals import Z
from metrics.periods import Grain, Period, advance, floor
from metrics.sbg import NobodyLeftError
from metrics.words import wording

MONTHS = 12
"""Looked ahead, and full months looked back at for new business, changes and spreads."""

DECIMALS = Decimal("0.0000000001")
CLOSE = "%B %Y"
NEVER = wording(gettext_noop("nobody ever paid until the close of {month}"))
TOO_SHORT = wording(
    gettext_noop("less than {months} full months of history: the first customer began in {month}")
)
NOBODY = wording(gettext_noop("nobody pays at the close of {month}"))


@dataclass(frozen=True, slots=True)
class Ahead:
    """MRR at the close of `period`: `kept` of who is there now, `new` of who comes until then
    for the first time, `returned` of who comes back; `value` is their sum."""

    number: int
    period: Period
    kept: Decimal
    new: Decimal
    returned: Decimal
    error: Error

    @property
    def value(self) -> Decimal:
        return self.kept + self.new + self.returned

    @property
    def low(self) -> Decimal:
        return max(self.value - self._reach, NOTHING)

    @property
    def high(self) -> Decimal:
        return self.value + self._reach

    @property
    def _reach(self) -> Decimal:
        return _rounded(Z * self.error.standard)


@dataclass(frozen=True)
class CohortAhead:
    """One cohort's share of `kept`: `retention` and `expected` MRR, close by close ahead."""

    cohort: Cohort
    retention: Retention
    kept: list[float]
    expected: list[Decimal]


@dataclass(frozen=True)
class Beginnings:
    """New business of a month: means of the last full months. `months`: first day, MRR of who
    began then at that month's close, and how much of it was of who came back. `kept[k]`: the
    share that is there k closes after the first."""

    months: list[tuple[dt.date, Decimal, Decimal]]
    new: Decimal
    returned: Decimal
    deviation: float
    kept: list[float]

    @property
    def mean(self) -> Decimal:
        return self.new + self.returned


@dataclass(frozen=True)
class Change:
    """What customers who stay change their MRR by in a month: the mean of the last full months
    and the standard deviation of one."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class Forecast:
    """`base`: the last full month, from whose close it looks ahead. Without `months` there is no
    forecast, and `reason` says why."""

    as_of: dt.date
    base: Period
    mrr: Decimal
    customers: int
    reason: str = ""
    months: list[Ahead] = field(default_factory=list)
    cohorts: list[CohortAhead] = field(default_factory=list)
    pooled: Retention | None = None
    spread: float = 1.0
    beginnings: Beginnings | None = None
    change: Change | None = None

    @property
    def last(self) -> Ahead | None:
        return self.months[-1] if self.months else None


def base_of(as_of: dt.date) -> Period:
    """The last full month before the day."""
    border = floor(as_of, Grain.MONTH)
    return Period(advance(border, Grain.MONTH, -1), border)


def forecast(cells: Sequence[Cell], *, as_of: dt.date) -> Forecast:
    """What can be said on `as_of` of the next twelve months, from the months before it alone."""
    base = base_of(as_of)
    found = history(cells, base.end)
    empty = Forecast(as_of, base, found.mrr, found.customers)
    if not found.cohorts:
        return _without(empty, NEVER.format(month=f"{base.start:{CLOSE}}"))
    if found.months < MONTHS:
        return _without(
            empty,
            TOO_SHORT.format(months=MONTHS, month=f"{found.cohorts[0].month:{CLOSE}}"),
        )
    if not found.mrr:
        return _without(empty, NOBODY.format(month=f"{base.start:{CLOSE}}"))
    try:
        kept = retentions(found, months=MONTHS)
    except NobodyLeftError:
        return _without(empty, gettext_noop("nobody left, so there is nothing to fit the model to"))
    return _made(empty, found, kept)


def _without(empty: Forecast, reason: str) -> Forecast:
    return Forecast(empty.as_of, empty.base, empty.mrr, empty.customers, reason)


def _made(empty: Forecast, found: History, kept: Retentions) -> Forecast:
    beginnings, change = _beginnings(found, kept.pooled), _change(found)
    cohorts = [
        _cohort(cohort, kept.of(number), change)
        for number, cohort in enumerate(found.cohorts)
        if cohort.mrr
    ]
    exposure = _exposure(found, cohorts, beginnings, change)
    months: list[Ahead] = []
    for number in range(1, MONTHS + 1):
        start = advance(found.border, Grain.MONTH, number - 1)
        months.append(
            Ahead(
                number,
                Period(start, advance(start, Grain.MONTH)),
                sum((one.expected[number - 1] for one in cohorts), NOTHING),
                _begun(beginnings.new, beginnings, change, number),
                _begun(beginnings.returned, beginnings, change, number),
                error_of(exposure, kept, number),
            )
        )
    return Forecast(
        empty.as_of, empty.base, empty.mrr, empty.customers, "",
        months, cohorts, kept.pooled, kept.spread, beginnings, change,
    )  # fmt: skip


def _cohort(cohort: Cohort, retention: Retention, change: Change) -> CohortAhead:
    kept = [retention.kept(cohort.lived, number) for number in range(1, MONTHS + 1)]
    expected = [
        _times(cohort.mrr, share * (1 + change.mean) ** number)
        for number, share in enumerate(kept, start=1)
    ]
    return CohortAhead(cohort, retention, kept, expected)


def _beginnings(found: History, pooled: Retention) -> Beginnings:
    begun = [found.of(month) for month in found.last_months(MONTHS)]
    total = sum((one.first_mrr for one in begun), NOTHING)
    returned = sum((one.returned_mrr for one in begun), NOTHING)
    return Beginnings(
        [(one.month, one.first_mrr, one.returned_mrr) for one in begun],
        _rounded((total - returned) / MONTHS),
        _rounded(returned / MONTHS),
        _deviation([float(one.first_mrr) for one in begun]),
        [pooled.kept(0, number) for number in range(MONTHS)],
    )


def _change(found: History) -> Change:
    """Changes / openings over the months together; a month's deviation from that, likewise."""
    pairs = [
        (float(found.changes.get(month, NOTHING)), float(found.openings.get(month, NOTHING)))
        for month in found.last_months(MONTHS)
    ]
    openings = sum(opening for _, opening in pairs)
    if not openings:
        return Change(0.0, 0.0)
    mean = sum(change for change, _ in pairs) / openings
    off = sum((change - mean * opening) ** 2 for change, opening in pairs)
    squares = sum(opening * opening for _, opening in pairs)
    return Change(mean, sqrt(off / squares * MONTHS / (MONTHS - 1)))


def _begun(each: Decimal, beginnings: Beginnings, change: Change, number: int) -> Decimal:
    """MRR at the close of the `number`-th month ahead of all who begin until then."""
    share = sum(beginnings.kept[lived] * (1 + change.mean) ** lived for lived in range(number))
    return _times(each, share)


def _exposure(
    found: History, cohorts: Sequence[CohortAhead], beginnings: Beginnings, change: Change
) -> Exposure:
    squares = sum((found.of(month).first_squares for month, _, _ in beginnings.months), NOTHING)
    return Exposure(
        held=[
            Held(one.retention, one.cohort.lived, float(one.cohort.mrr), float(one.cohort.squares))
            for one in cohorts
        ],
        begun=float(beginnings.mean),
        begun_deviation=beginnings.deviation,
        begun_squares=float(squares / MONTHS),
        change=change.mean,
        change_deviation=change.deviation,
        months=MONTHS,
    )


def _deviation(values: Sequence[float]) -> float:
    """Of one value, estimated from all of them."""
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _times(amount: Decimal, factor: float) -> Decimal:
    with localcontext(prec=60):
        return _rounded(amount * Decimal(factor))


def _rounded(value: Decimal | float) -> Decimal:
    return Decimal(value).quantize(DECIMALS, ROUND_HALF_EVEN)
