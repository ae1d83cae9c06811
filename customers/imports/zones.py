"""Time zones that a column's name tells: `Conversation started at (America/New_York)`."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from customers.imports.fields import ColumnReading, Field, Instant

_TOLD = re.compile(r"\(([A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*)\)\s*\Z")


def in_zone_of(column: str, field: Field, reading: ColumnReading) -> ColumnReading:
    """The reading of a column of instants, in the zone its name ends with, if it does."""
    told = _TOLD.search(column)
    if told is None or not isinstance(field.type, Instant) or told[1] not in _zones():
        return reading
    return replace(reading, zone=ZoneInfo(told[1]))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
