"""What values of closed months were when these were closed, beside what they are now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from metrics.contributions.frame import WHOLE
from metrics.models import ClosedMonth, ClosedValue
from metrics.periods import Grain, Period, advance
from metrics.series import Closed, Series, Value
from metrics.shared import Shared
from metrics.stored.numbers import as_kept, as_read
from metrics.words import wording

WITH_OTHERS = gettext_noop("closed with other options")
OTHER_OPTIONS = wording(gettext_noop("closed with other options: {options}"))
OTHER_VERSION = wording(gettext_noop("closed by version {version} of the definition, now {now}"))
IN_CURRENCY = wording(gettext_noop("closed in {currency}"))
SEVERAL = gettext_noop("several currencies")
At = tuple[dt.date, str]
Nothing = Callable[[Series, Period, str | None], Value]
"""The value of a series that no rows make."""


def with_closed(found: Series, shared: Shared, nothing: Nothing) -> Series:
    """The same series; values of closed months carry what they were then. Costs a query when any
    of its months is closed, and one for each `shared`."""
    months = {
        value.period.start: shared.closed_months[value.period.start]
        for value in found.totals
        if value.period.start in shared.closed_months and _is_month(value)
    }
    if not months:
        return found
    held = _held(found, months, shared)
    was_split = {start for start, segment in held if segment}
    for number, value in enumerate(found.values):
        start = value.period.start
        total, row = held.get((start, "")), held.get((start, value.segment or ""))
        if total is None or (row is None and start not in was_split):
            continue  # the month is open, or nobody kept it or its segments then
        then = None if row is None else _then(found, value, row)
        closed = _closed(
            then or nothing(found, value.period, value.segment),
            value,
            months[start],
            unlike=_unlike(found, total),
        )
        found.values[number] = replace(value, closed=closed)
    return found


def _is_month(value: Value) -> bool:
    """A closed month was over, and so is the period that is to be compared with it."""
    period = value.period
    return period.end == advance(period.start, Grain.MONTH) and not period.is_partial


def _held(
    found: Series, months: Mapping[dt.date, ClosedMonth], shared: Shared
) -> dict[At, ClosedValue]:
    """What is held of the metric, in total and by the series' split."""
    by = "" if found.dimension == WHOLE else found.dimension.name
    starts = {month.pk: start for start, month in months.items()}
    rows = shared.closed_values(found.metric, by, starts)
    return {(starts[row.month_id], row.segment): row for row in rows}


def _then(found: Series, value: Value, row: ClosedValue) -> Value | None:
    """The value as it was; None if nothing was behind it."""
    if row.numerator is None and row.value is None and row.reason is None:
        return None
    return replace(
        value,
        value=as_read(row.value, found.unit),
        low=as_read(row.low, found.unit),
        high=as_read(row.high, found.unit),
        numerator=row.numerator,
        denominator=row.denominator,
        n=row.n,
        reason=row.reason,
    )


def _closed(then: Value, now: Value, month: ClosedMonth, *, unlike: str) -> Closed:
    return Closed(
        at=month.closed_at,
        by=month.closed_by_label,
        value=then.value,
        low=then.low,
        high=then.high,
        numerator=then.numerator,
        denominator=then.denominator,
        n=then.n,
        reason=then.reason,
        is_other=not unlike and _numbers(then) != _numbers(now),
        unlike=unlike,
    )


def _numbers(value: Value) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """As they are kept."""
    return as_kept(value.value), value.numerator, value.denominator


def _unlike(found: Series, row: ClosedValue) -> str:
    """Why the value closed is not of the same kind as those of the series; empty if it is."""
    if row.options != dict(found.options):
        said = ", ".join(f"{name}={value}" for name, value in _others(row.options, found.options))
        return OTHER_OPTIONS.format(options=said) if said else WITH_OTHERS
    if row.version != found.metric.version:
        return OTHER_VERSION.format(version=row.version, now=found.metric.version)
    if row.currency != found.currency:
        return IN_CURRENCY.format(currency=row.currency or SEVERAL)
    return ""


def _others(closed: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in closed.items() if now.get(name) != value]
