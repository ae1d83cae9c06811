"""Key figures: a metric's value in a period, the one before, whether the change means anything,
and the twelve months that led there."""

from __future__ import annotations

from dataclasses import dataclass

from metrics.estimates import Number
from metrics.intervals import Interval, is_significant
from metrics.periods import DAY, Grain, Period, latest
from metrics.pickers import Chosen
from metrics.registry import metric
from metrics.series import Series, Value
from metrics.shared import Shared
from metrics.values import series

TREND_MONTHS = 12


@dataclass(frozen=True)
class Figure:
    """`is_significant` is None where no interval says so."""

    series: Series
    value: Value
    before: Value
    trend: list[Number | None]
    is_significant: bool | None
    is_small: bool


def trend_months(period: Period) -> list[Period]:
    """The twelve months up to the period's last day."""
    return latest(Grain.MONTH, TREND_MONTHS, as_of=period.end - DAY)


def figure(key: str, chosen: Chosen, *, shared: Shared) -> Figure:
    """The key figure of a metric with the company's options."""
    company, as_of = shared.company, shared.as_of
    of = metric(key)
    found = series(of, chosen.with_before, company=company, as_of=as_of, shared=shared)
    twelve = trend_months(chosen.period)
    months = series(of, twelve, company=company, as_of=as_of, shared=shared)
    before, value = found.totals[0], found.totals[-1]
    return Figure(
        series=found,
        value=value,
        before=before,
        trend=[month.value for month in months.totals],
        is_significant=compared(value, before),
        is_small=value.is_small,
    )


def compared(value: Value, before: Value) -> bool | None:
    """Whether the change between two values is significant; None without both intervals."""
    one, other = _interval(value), _interval(before)
    if one is None or other is None or value.value is None or before.value is None:
        return None
    return is_significant(float(value.value), one, float(before.value), other)


def _interval(value: Value) -> Interval | None:
    if value.low is None or value.high is None:
        return None
    return Interval(float(value.low), float(value.high))
