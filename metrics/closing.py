"""What values of closed months were when these were closed, beside what they are now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from metrics.contributions.frame import WHOLE
from metrics.estimates import Number
from metrics.models import ClosedMonth, ClosedValue
from metrics.periods import Grain, advance
from metrics.series import Closed, Series, Value
from metrics.shared import Shared
from metrics.units import Unit

NOT_THERE = "there was nothing of it when the month was closed"
At = tuple[dt.date, str]


def with_closed(found: Series, shared: Shared) -> Series:
    """The same series; values of closed months carry what they were then. Costs a query when any
    of its months is closed, and one for each `shared`."""
    months = {
        value.period.start: shared.closed_months[value.period.start]
        for value in found.totals
        if value.period.start in shared.closed_months and _is_month(value)
    }
    if not months:
        return found
    held, was_split = _held(found, months)
    found.values[:] = [_marked(found, value, months, held, was_split) for value in found.values]
    return found


def _is_month(value: Value) -> bool:
    """A closed month was over, and so is the period that is to be compared with it."""
    period = value.period
    return period.end == advance(period.start, Grain.MONTH) and not period.is_partial


def _held(
    found: Series, months: Mapping[dt.date, ClosedMonth]
) -> tuple[dict[At, ClosedValue], set[dt.date]]:
    """What is held of the metric, in total and by the series' split; and the months that were
    closed with values of that split."""
    by = "" if found.dimension == WHOLE else found.dimension.name
    starts = {month.pk: start for start, month in months.items()}
    rows = ClosedValue.objects.filter(
        month_id__in=starts, metric=found.metric.key, by__in={"", by}
    )
    held = {(starts[row.month_id], row.segment): row for row in rows}
    return held, {start for start, segment in held if segment}


def _marked(
    found: Series,
    value: Value,
    months: Mapping[dt.date, ClosedMonth],
    held: Mapping[At, ClosedValue],
    was_split: set[dt.date],
) -> Value:
    start = value.period.start
    month, row = months.get(start), held.get((start, value.segment or ""))
    if month is None or not _is_month(value):
        return value
    if row is not None:
        return replace(value, closed=_closed(found, value, month, row))
    total = held.get((start, ""))
    if value.segment is None or start not in was_split or total is None:
        return value  # nobody kept it then
    unlike = _unlike(found, total)
    closed = Closed(
        at=month.closed_at,
        by=month.closed_by_label,
        value=None,
        low=None,
        high=None,
        numerator=None,
        denominator=None,
        n=0,
        reason=NOT_THERE,
        is_other=not unlike and bool(value.n or value.numerator or value.denominator),
        unlike=unlike,
    )
    return replace(value, closed=closed)


def _closed(found: Series, value: Value, month: ClosedMonth, row: ClosedValue) -> Closed:
    unlike = _unlike(found, row)
    is_exact = found.unit in (Unit.MONEY, Unit.COUNT)

    def number(held: Decimal | None) -> Number | None:
        return held if held is None or is_exact else float(held)

    now = (_plain(value.value), value.numerator, value.denominator)
    then = (_plain(number(row.value)), row.numerator, row.denominator)
    return Closed(
        at=month.closed_at,
        by=month.closed_by_label,
        value=number(row.value),
        low=number(row.low),
        high=number(row.high),
        numerator=row.numerator,
        denominator=row.denominator,
        n=row.n,
        reason=row.reason,
        is_other=not unlike and now != then,
        unlike=unlike,
    )


def _plain(number: Number | None) -> Decimal | None:
    """A float by its shortest digits, as it is kept."""
    if number is None or isinstance(number, Decimal):
        return number
    return Decimal(repr(number))


def _unlike(found: Series, row: ClosedValue) -> str:
    """Why the value closed is not of the same kind as those of the series; empty if it is."""
    if row.options != dict(found.options):
        said = ", ".join(f"{name}={value}" for name, value in _others(row.options, found.options))
        return f"closed with other options: {said}" if said else "closed with other options"
    if row.version != found.metric.version:
        return f"closed by version {row.version} of the definition, now {found.metric.version}"
    if row.currency != found.currency:
        return f"closed in {row.currency or 'several currencies'}"
    return ""


def _others(closed: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in closed.items() if now.get(name) != value]
