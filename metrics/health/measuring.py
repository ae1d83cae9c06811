"""The measures of customers on days: what signals say of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from psycopg.sql import SQL

from metrics.health import signals
from metrics.health.curves import Floats
from metrics.health.signals.facts import Then
from metrics.health.signals.signal import Reader, Signal

Asked = tuple[int, dt.date]
"""A customer's id, and a day."""

ASKED = SQL("""
    asked AS MATERIALIZED (
        SELECT customer_id, day, until
        FROM unnest(%(customers)s::bigint[], %(days)s::date[], %(untils)s::timestamptz[])
            AS one (customer_id, day, until)
    )
""")


@dataclass(frozen=True)
class Measures:
    """Of `asked`, a row each, and `signals`, a column each: `values` (NaN: not measured), and
    `dated`, the day of the latest fact behind each, where that was asked for."""

    asked: Sequence[Asked]
    signals: Sequence[Signal]
    values: Floats
    dated: Mapping[tuple[int, int], dt.date]

    def of(self, keys: Sequence[str]) -> Floats:
        """The columns of these signals, in this order."""
        at = {signal.key: number for number, signal in enumerate(self.signals)}
        return self.values[:, [at[key] for key in keys]]


def measure(
    asked: Sequence[Asked],
    chosen: Sequence[Signal],
    *,
    timezone: str,
    then: Then = Then.PRESENT,
    is_dated: bool = False,
) -> Measures:
    """What `chosen` signals say of each customer by the end of its day, in the company's
    `timezone`. A statement for each kind of fact, however many are asked."""
    values = np.full((len(asked), len(chosen)), np.nan)
    dated: dict[tuple[int, int], dt.date] = {}
    if asked and chosen:
        rows = {one: number for number, one in enumerate(asked)}
        columns = {signal: number for number, signal in enumerate(chosen)}
        for reader in signals.readers_of(chosen):
            wanted = [
                (place, columns[signal])
                for place, signal in enumerate(reader.signals)
                if signal in columns
            ]
            for customer, day, *found in _read(reader, asked, chosen, timezone, then):
                row = rows[customer, day]
                for place, column in wanted:
                    if found[2 * place] is None:
                        continue
                    values[row, column] = found[2 * place]
                    if is_dated and found[2 * place + 1] is not None:
                        dated[row, column] = found[2 * place + 1]
    return Measures(asked, chosen, values, dated)


def _read(
    reader: Reader, asked: Sequence[Asked], chosen: Sequence[Signal], timezone: str, then: Then
) -> list[tuple[Any, ...]]:
    relations, select = reader.query(then)
    before = [one for one in (ASKED, relations) if one != SQL("")]
    ends = {day: _end(day, timezone).isoformat() for day in {day for _, day in asked}}
    with connection.cursor() as cursor:
        cursor.execute(
            SQL("WITH {before} {select}").format(before=SQL(", ").join(before), select=select),
            {
                "customers": array_of(customer for customer, _ in asked),
                "days": array_of(day for _, day in asked),
                "untils": array_of(ends[day] for _, day in asked),
                "timezone": timezone,
                "keys": [signal.key for signal in chosen],
            },
        )
        return list(cursor.fetchall())


def array_of(values: Iterable[object]) -> str:
    """What PostgreSQL reads as an array, of values without commas or quotes: written at once,
    where its driver would look at each."""
    return f"{{{','.join(map(str, values))}}}"


def _end(day: dt.date, timezone: str) -> dt.datetime:
    """The instant the day ends, where the company is."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(timezone))
