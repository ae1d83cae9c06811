"""The twelve months that reports show beside a period."""

from __future__ import annotations

import datetime as dt

from metrics.periods import DAY, Grain, Period, advance, floor, periods

MONTHS = 12


def twelve_months(period: Period, *, as_of: dt.date) -> list[Period]:
    """Up to the month of the period's last day."""
    last = floor(period.end - DAY, Grain.MONTH)
    first, after = advance(last, Grain.MONTH, 1 - MONTHS), advance(last, Grain.MONTH)
    return periods(first, after, Grain.MONTH, as_of=as_of)
