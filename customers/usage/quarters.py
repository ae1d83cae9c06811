"""On which days instants fall, by quarters of an hour.

Offsets of time zones are whole quarters, so all instants of one fall on one day, in any zone;
`instant.timestamp() // QUARTER_OF_AN_HOUR` is its number.
"""

from __future__ import annotations

import datetime as dt
import functools
from typing import Final
from zoneinfo import ZoneInfo

from customers.usage.partitions import month_of

QUARTER_OF_AN_HOUR: Final = 900


@functools.lru_cache(maxsize=100_000)
def day_and_month(quarter: float, zone: str) -> tuple[dt.date, dt.date]:
    """The local day of a quarter of an hour since 1970, and the first day of its month in UTC."""
    at = dt.datetime.fromtimestamp(quarter * QUARTER_OF_AN_HOUR, dt.UTC)
    return at.astimezone(ZoneInfo(zone)).date(), month_of(at.date())
