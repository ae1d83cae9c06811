"""Values of a metric for periods and segments: the one place where numbers are made.

Pages, API, exports and mails all call `series` (and `metrics.explanation` for the rows behind).
A handful of statements, however many periods and segments there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.utils import timezone

from metrics.choosing import Origin, choices
from metrics.contributions.frame import WHOLE, Dimension, Frame
from metrics.contributions.rows import NOTHING, Cell, Sums, converting, exactly
from metrics.currency import Currency, figures_currency, reporting_currency
from metrics.definition import Computation, Metric
from metrics.estimates import Estimate, Number
from metrics.exchange import Rates
from metrics.limits import MOST_SEGMENTS, MOST_VALUES, check_segments, too_many
from metrics.options import Option, Options
from metrics.periods import Period
from metrics.units import Unit
from tenants.models import Company

NOT_BEGUN = "the period has not begun"


@dataclass(frozen=True, slots=True)
class Value:
    """A metric's value in a period and a segment (None: the total).

    `value`, `low` and `high` are in the metric's unit; `numerator`, `denominator` and `parts` in
    the computation's. `reason` says why there is no value, or no interval where one was due.
    `sums`: what it was made of.
    `is_small`: it rests on fewer than the company's minimum n. Totals never do.
    """

    period: Period
    segment: str | None
    value: Number | None
    low: Number | None
    high: Number | None
    numerator: Decimal | None
    denominator: Decimal | None
    n: int
    parts: Mapping[str, Decimal]
    reason: str | None
    sums: Sums | None = None
    is_small: bool = False


@dataclass(frozen=True)
class Series:
    """A metric's values, the total's before the segments', each in the order of its periods.

    `currency` is None when contracts are in several and an exchange rate is not known. `origins`:
    who said each option, the request, the company's settings or the definition. `rates`: those
    that amounts were converted at, if they were.
    """

    metric: Metric
    options: Options
    computation: Computation
    dimension: Dimension
    currency: str | None
    as_of: dt.date
    computed_at: dt.datetime
    values: list[Value] = field(default_factory=list)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    rates: Rates | None = None

    @property
    def settings(self) -> list[tuple[Option, str, Origin]]:
        """Each option with its value and who said so."""
        return [
            (option, self.options[option.name], self.origins[option.name])
            for option in self.metric.options
        ]

    @property
    def unit(self) -> Unit:
        """What the values count in, with these options."""
        return self.computation.unit or self.metric.unit

    @property
    def totals(self) -> list[Value]:
        return [value for value in self.values if value.segment is None]

    @property
    def segments(self) -> list[str]:
        """Those there are, in alphabetical order."""
        names = {value.segment for value in self.values if value.segment is not None}
        return sorted(names)

    def of(self, segment: str | None) -> list[Value]:
        return [value for value in self.values if value.segment == segment]


def series(
    metric: Metric,
    periods: Sequence[Period],
    *,
    company: Company,
    as_of: dt.date,
    dimension: Dimension = WHOLE,
    options: Options | None = None,
) -> Series:
    """The values of `metric` in adjoining `periods`, in total and by segment of `dimension`.

    An option that `options` says nothing about is the company's own, else the default.
    Raises OptionError on an unknown option, TooManyError past what one answer holds.
    """
    chosen = choices(metric, options or {})
    computation = metric.compute(chosen.options)
    converts = converting(computation.measure)
    currency = figures_currency(company) if converts else reporting_currency(company)
    begun = [period for period in periods if period.is_begun]
    cells = sums_of(
        computation, begun, company=company, dimension=dimension, currency=currency, as_of=as_of
    )
    names = _segments(cells)
    if len(names) > MOST_SEGMENTS or len(names) * len(periods) > MOST_VALUES:
        raise too_many(dimension, count=len(names) - 1, periods=len(periods))
    values = [
        _value(
            metric,
            computation,
            period,
            segment,
            cells.get((number, segment)),
            currency,
            minimum_n=company.minimum_n,
        )
        for segment in names
        for number, period in enumerate(periods)
    ]
    return Series(
        metric=metric,
        options=chosen.options,
        origins=chosen.origins,
        computation=computation,
        dimension=dimension,
        currency=currency.code,
        as_of=as_of,
        computed_at=timezone.now(),
        values=values,
        rates=currency.rates,
    )


def sums_of(
    computation: Computation,
    begun: Sequence[Period],
    *,
    company: Company,
    dimension: Dimension,
    currency: Currency,
    as_of: dt.date | None = None,
) -> dict[Cell, Sums]:
    """What the rows of every cell add up to; nothing where money cannot be added up. Raises
    TooManyError before anything is added up, where that can be told."""
    if not begun or (computation.measure.is_money and currency.code is None):
        return {}
    frame = Frame(begun, dimension, company.timezone, as_of, rates=currency.rates)
    check_segments(frame, computation.measure)
    with exactly():
        return computation.measure.sums(frame)


def _segments(cells: Iterable[Cell]) -> list[str | None]:
    """The total first, then the segments by name."""
    names = {segment for _, segment in cells if segment is not None}
    return [None, *sorted(names)]


def _value(
    metric: Metric,
    computation: Computation,
    period: Period,
    segment: str | None,
    sums: Sums | None,
    currency: Currency,
    *,
    minimum_n: int,
) -> Value:
    if not period.is_begun:
        return _empty(period, segment, NOT_BEGUN)
    if computation.measure.is_money and currency.code is None:
        return _empty(period, segment, currency.reason)
    sums = sums or Sums()
    if computation.is_divided and not sums.x:
        estimate = Estimate(None, reason=computation.measure.empty_reason)
    else:
        estimate = scaled(computation, computation.estimate(sums), period.days)
    return Value(
        period=period,
        segment=segment,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        numerator=sums.y,
        denominator=sums.x if computation.denominator_unit else None,
        n=sums.n,
        parts=sums.parts,
        reason=estimate.reason,
        sums=sums,
        is_small=computation.is_divided and estimate.value is not None and sums.n < minimum_n,
    )


def _empty(period: Period, segment: str | None, reason: str) -> Value:
    return Value(period, segment, None, None, None, None, None, 0, {}, reason)


def scaled(computation: Computation, estimate: Estimate, days: int) -> Estimate:
    """The estimate brought to the computation's length of time, its bounds with it."""
    scale = computation.scale
    if scale is None or estimate.value is None:
        return estimate
    if estimate.value > 1:
        return Estimate(None, reason="a rate over 100 % cannot be brought to another length")

    def bring(rate: Number | None) -> float | None:
        return None if rate is None else scale.apply(float(rate), days)

    return replace(
        estimate, value=bring(estimate.value), low=bring(estimate.low), high=bring(estimate.high)
    )


def amount(value: Number | None, unit: Unit) -> str | float | int | None:
    """A number as the API writes it: money a decimal string, counts whole, the rest fractions."""
    if value is None:
        return None
    match unit:
        case Unit.MONEY:
            return money_text(Decimal(value))
        case Unit.COUNT:
            return int(value)
    return float(value)


def money_text(value: Decimal) -> str:
    """All its digits and at least two decimals: 100.00, 166.6666666667."""
    text = f"{value or NOTHING:f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
