"""Key figures: a metric's value in a period, the one before, whether the change means anything,
and the twelve months that led there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext_noop

from metrics.contributions.frame import WHOLE, Dimension
from metrics.definition import Metric
from metrics.estimates import Number
from metrics.intervals import Interval, is_significant
from metrics.periods import DAY, Grain, Period, advance, floor, periods
from metrics.pickers import Chosen
from metrics.registry import metric
from metrics.series import Series, Value
from metrics.shared import Shared
from metrics.stored.before import value_before
from metrics.values import series

TREND_MONTHS = 12


@dataclass(frozen=True)
class Place:
    """Whose figures: everybody's, or those of a segment."""

    dimension: Dimension = WHOLE
    segment: str | None = None


EVERYWHERE = Place()


@dataclass(frozen=True)
class Figure:
    """`is_significant` is None where no interval says so."""

    series: Series
    value: Value
    before: Value
    trend: list[Number | None]
    is_significant: bool | None
    is_small: bool


@lru_cache(maxsize=64)
def trend_months(period: Period, as_of: dt.date) -> tuple[Period, ...]:
    """The twelve months up to the one that the period's last day is in, as known on `as_of`."""
    last = floor(period.end - DAY, Grain.MONTH)
    first = advance(last, Grain.MONTH, 1 - TREND_MONTHS) if last.year > 1 else last
    return tuple(periods(first, advance(last, Grain.MONTH), Grain.MONTH, as_of=as_of))


def figure(key: str, chosen: Chosen, *, shared: Shared, place: Place = EVERYWHERE) -> Figure:
    """The key figure of a metric with the company's options."""
    of = metric(key)
    months = _values(of, trend_months(chosen.period, shared.as_of), shared, place)
    held = {value.period: value for value in _of(months, place)}
    found, value, before = with_before(
        of, chosen.period, chosen.before, shared=shared, place=place, held=held, at_hand=months
    )
    return Figure(
        series=found,
        value=value,
        before=before,
        trend=[month.value for month in held.values()],
        is_significant=compared(value, before),
        is_small=value.is_small,
    )


def with_before(
    of: Metric,
    period: Period,
    before: Period,
    *,
    shared: Shared,
    place: Place = EVERYWHERE,
    held: Mapping[Period, Value] | None = None,
    at_hand: Series | None = None,
) -> tuple[Series, Value, Value]:
    """A metric's series with its value in the period, and what that is compared with. Each as it
    is kept, where it is. `held`: values that are at hand already, of the series `at_hand`."""
    held = held or {}
    if at_hand is not None and period in held:
        found, value = at_hand, held[period]
    else:
        found = _values(of, [period], shared, place)
        value = _of(found, place)[0]
    was = held.get(before)
    if was is None and place is EVERYWHERE:
        was = value_before(found, before, shared)
    if was is None:
        was = _of(_values(of, [before], shared, place), place)[0]
    return found, value, was


def _values(of: Metric, cut: Sequence[Period], shared: Shared, place: Place) -> Series:
    return series(
        of,
        cut,
        company=shared.company,
        as_of=shared.as_of,
        dimension=place.dimension,
        shared=shared,
    )


def _of(found: Series, place: Place) -> list[Value]:
    """The place's values; empty ones where nobody was there in any of the periods."""
    values = found.of(place.segment)
    if values:
        return values
    reason = gettext_noop("nobody was in this segment")
    return [
        Value(total.period, place.segment, None, None, None, None, None, 0, {}, reason)
        for total in found.totals
    ]


def compared(value: Value, before: Value) -> bool | None:
    """Whether the change between two values is significant; None without both intervals."""
    one, other = interval_of(value), interval_of(before)
    if one is None or other is None or value.value is None or before.value is None:
        return None
    return is_significant(float(value.value), one, float(before.value), other)


def interval_of(value: Value) -> Interval | None:
    """A value's interval, if it has one."""
    if value.low is None or value.high is None:
        return None
    return Interval(float(value.low), float(value.high))
