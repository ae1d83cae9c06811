"""Values of a metric for periods and segments: the one place where numbers are made.

Pages, API, exports and mails all call `series` (and `metrics.explanation` for the rows behind).
A handful of statements, however many periods and segments there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext_noop

from metrics.choosing import Choices, choices
from metrics.closing import with_closed
from metrics.contributions.frame import WHOLE, Dimension, Frame
from metrics.contributions.rows import Cell, Sums, converting
from metrics.contributions.sweep import Swept
from metrics.contributions.sweep import sums as sums_in
from metrics.currency import Currency
from metrics.definition import Computation, Metric
from metrics.estimates import Estimate, Number
from metrics.limits import MOST_SEGMENTS, MOST_VALUES, check_segments, too_many
from metrics.options import Options
from metrics.periods import Period
from metrics.series import Series, Value
from metrics.shared import Shared
from metrics.stored import reading
from metrics.units import Unit
from tenants.models import Company

NOT_BEGUN = gettext_noop("the period has not begun")


def series(
    metric: Metric,
    periods: Sequence[Period],
    *,
    company: Company,
    as_of: dt.date,
    dimension: Dimension = WHOLE,
    options: Options | None = None,
    shared: Shared | None = None,
) -> Series:
    """The values of `metric` in adjoining `periods`, in total and by segment of `dimension`: as
    they are kept, where they are, else computed.

    An option that `options` says nothing about is the company's own, else the default.
    Raises OptionError on an unknown option, TooManyError past what one answer holds.
    """
    shared = shared or Shared(company, as_of)
    chosen = choices(metric, options or {}, shared.own_options(metric))
    kept = reading.read(metric, chosen, periods, dimension=dimension, shared=shared)
    if kept is None:
        made, _ = computed(metric, periods, dimension=dimension, chosen=chosen, shared=shared)
        reading.note_asked(made, periods, shared)
        return with_closed(made, shared, _nothing)
    found, cells = kept
    names = _segments(cells)
    _refuse_too_many(len(names), len(periods), dimension)
    minimum_n, currency = company.minimum_n, Currency(found.currency)
    found.values.extend(
        cells.get((number, segment))
        or _value(metric, found.computation, period, segment, None, currency, minimum_n)
        for segment in names
        for number, period in enumerate(periods)
    )
    return with_closed(found, shared, _nothing)


def computed(
    metric: Metric,
    periods: Sequence[Period],
    *,
    dimension: Dimension = WHOLE,
    chosen: Choices | None = None,
    shared: Shared,
    swept: Mapping[Dimension, Swept] | None = None,
) -> tuple[Series, dict[Cell, Sums]]:
    """`series` from the rows, and the sums of those cells that have any. `chosen`: with which
    options; None: the company's own. `swept`: sums of the ledger that are at hand."""
    chosen = chosen or choices(metric, {}, shared.own_options(metric))
    computation = metric.compute(chosen.options)
    currency = shared.currency(converting(computation.measure))
    begun = [period for period in periods if period.is_begun]
    cells = sums_of(
        computation,
        begun,
        company=shared.company,
        dimension=dimension,
        currency=currency,
        as_of=shared.as_of,
        swept=swept or {},
    )
    names = _segments(cells)
    _refuse_too_many(len(names), len(periods), dimension)
    minimum_n = shared.company.minimum_n
    values = [
        _value(
            metric, computation, period, segment, cells.get((number, segment)), currency, minimum_n
        )
        for segment in names
        for number, period in enumerate(periods)
    ]
    found = Series(
        metric=metric,
        options=chosen.options,
        origins=chosen.origins,
        computation=computation,
        dimension=dimension,
        currency=currency.code,
        as_of=shared.as_of,
        computed_at=timezone.now(),
        values=values,
        rates=currency.rates,
    )
    return found, cells


def _refuse_too_many(names: int, periods: int, dimension: Dimension) -> None:
    if names > MOST_SEGMENTS or names * periods > MOST_VALUES:
        raise too_many(dimension, count=names - 1, periods=periods)


def sums_of(
    computation: Computation,
    begun: Sequence[Period],
    *,
    company: Company,
    dimension: Dimension,
    currency: Currency,
    as_of: dt.date | None = None,
    swept: Mapping[Dimension, Swept] | None = None,
) -> dict[Cell, Sums]:
    """What the rows of every cell add up to; nothing where money cannot be added up. Raises
    TooManyError before anything is added up, where that can be told."""
    if not begun or (computation.measure.is_money and currency.code is None):
        return {}
    frame = Frame(
        begun, dimension, company.timezone, as_of, rates=currency.rates, swept=swept or {}
    )
    if not swept:
        check_segments(frame, computation.measure)
    found = sums_in(computation.measure, frame)
    return computation.shown(found) if computation.shown else found


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
    minimum_n: int,
) -> Value:
    if not period.is_begun:
        return _empty(period, segment, NOT_BEGUN)
    if computation.measure.is_money and currency.code is None:
        return _empty(period, segment, currency.reason)
    sums = sums or Sums()
    if computation.is_divided and not sums.x:
        estimate = Estimate(None, reason=sums.empty_reason or computation.measure.empty_reason)
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


def _nothing(found: Series, period: Period, segment: str | None) -> Value:
    """The value that no rows make."""
    currency = Currency(found.currency)
    return _value(found.metric, found.computation, period, segment, None, currency, minimum_n=0)


def _empty(period: Period, segment: str | None, reason: str) -> Value:
    return Value(period, segment, None, None, None, None, None, 0, {}, reason)


def scaled(computation: Computation, estimate: Estimate, days: int) -> Estimate:
    """The estimate brought to the computation's length of time, its bounds with it."""
    scale = computation.scale
    if scale is None or estimate.value is None:
        return estimate
    if estimate.value > 1:
        return Estimate(
            None, reason=gettext_noop("a rate over 100 % cannot be brought to another length")
        )

    def bring(rate: Number | None) -> float | None:
        return None if rate is None else scale.apply(float(rate), days)

    return replace(
        estimate, value=bring(estimate.value), low=bring(estimate.low), high=bring(estimate.high)
    )


def amount(value: Number | None, unit: Unit) -> str | float | int | None:
    """A number as the API writes it: money a decimal string, counts whole, the rest fractions."""
    return None if value is None else written(unit)(value)


def written(unit: Unit) -> Callable[[Number], str | float | int]:
    """How numbers of a unit are written, see `amount`."""
    if unit is Unit.MONEY:
        return money_text
    return int if unit is Unit.COUNT else float


def money_text(value: Number) -> str:
    """All its digits and at least two decimals: 100.00, 166.6666666667."""
    if not isinstance(value, Decimal):
        value = Decimal(value)
    return money_of(str(value))


def money_of(text: str) -> str:
    """The same of a number's text."""
    if text == "0":
        return "0.00"
    if "E" in text:
        text = f"{Decimal(text):f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    if not decimals and whole in ("0", "-0"):
        return "0.00"
    return f"{whole}.{decimals.ljust(2, '0')}"
