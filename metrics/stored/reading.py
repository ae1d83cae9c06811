"""Reading values that are kept."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from metrics.choosing import Choices
from metrics.contributions.frame import WHOLE, Dimension
from metrics.contributions.rows import Cell
from metrics.definition import Metric
from metrics.periods import Grain, Period, advance
from metrics.series import Series, Value
from metrics.shared import Held, Shared
from metrics.stored.numbers import KeptParts, as_read
from metrics.stored.splits import MOST_SEGMENTS, ask_for, by_of
from metrics.units import Unit


def read(
    metric: Metric,
    chosen: Choices,
    periods: Sequence[Period],
    *,
    dimension: Dimension,
    shared: Shared,
) -> tuple[Series, dict[Cell, Value]] | None:
    """The series without its values, and those that are kept, by cell; None where these periods,
    options or segments are not kept."""
    if shared.is_live or not _are_months(periods):
        return None
    kept = shared.read_kept(metric, by_of(dimension), periods)
    row = kept.series
    if row is None or row.version != metric.version or row.options != chosen.options:
        return None
    computation = metric.compute(chosen.options)
    if periods[0].start < row.first or (row.currency is None and computation.measure.is_money):
        return None
    found = Series(
        metric=metric,
        options=chosen.options,
        origins=chosen.origins,
        computation=computation,
        dimension=dimension,
        currency=row.currency,
        as_of=shared.as_of,
        computed_at=row.computed_at,
    )
    return found, _cells(kept.values, periods, found.unit)


def note_asked(found: Series, periods: Sequence[Period], shared: Shared) -> None:
    """Have the split of a series that had to be computed kept from now on, if values are kept and
    its segments are few."""
    if shared.is_live or found.dimension == WHOLE or not _are_months(periods):
        return
    by, kept = by_of(found.dimension), shared.kept(found.metric)
    if kept and by not in kept and len(found.segments) <= MOST_SEGMENTS:
        ask_for(by)


def _are_months(periods: Sequence[Period]) -> bool:
    """Whether they are calendar months; the one that is not over may end with the as-of day."""
    for period in periods:
        end = advance(period.start, Grain.MONTH)
        is_over = period.end == end
        if period.start.day != 1 or not (is_over or (period.is_partial and period.end < end)):
            return False
    return True


def _cells(rows: list[Held], periods: Sequence[Period], unit: Unit) -> dict[Cell, Value]:
    at = {period.start: (number, period) for number, period in enumerate(periods)}
    found: dict[Cell, Value] = {}
    for start, segment, value, low, high, y, x, n, parts, reason, is_small in rows:
        number, period = at[start]
        found[number, segment or None] = Value(
            period=period,
            segment=segment or None,
            value=as_read(value, unit),
            low=as_read(low, unit),
            high=as_read(high, unit),
            numerator=y,
            denominator=x,
            n=n,
            parts=KeptParts(dict(orjson.loads(parts))),
            reason=reason,
            is_small=is_small,
        )
    return found
