"""What waits to be rolled up: days of customers whose raw events came, went or changed hands."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection

from tenants.context import schema_name
from tenants.jobs import enqueue

ROLL_UP = "customers.roll_up"
# A stream touches the same days over and over: they are rolled up together, this often.
DELAY = dt.timedelta(seconds=10)
_MARGIN = dt.timedelta(seconds=2)
# Whether it is queued for later; null when it is not queued at all.
_IS_LATER = "SELECT (SELECT run_at > %s FROM jobs_job WHERE key = %s AND state = 'queued')"
_NOTE = (
    "WITH noted AS (INSERT INTO customers_usagechange (day, customer_ids)"  # noqa: S608 - constants
    " VALUES {values}) " + _IS_LATER + ", {also}"
)
# A job that is due but not taken yet is asked for this often by a process.
_AGAIN_SECONDS = 1.0
_asked: dict[str, float] = {}


def note_changes(
    days: Mapping[dt.date, Collection[int]],
    *,
    now: dt.datetime,
    also: str = "NULL",
    params: Sequence[str] = (),
) -> Any:
    """Have these days of these customers rolled up anew: {day: ids}. In the transaction that
    touches the events. A row for each day. Gives what `also` is, SQL of what else to look up in
    the same round trip."""
    touched = [(day, customers) for day, customers in days.items() if customers]
    values = ", ".join(["(%s::date, %s::bigint[])"] * len(touched))
    told: list[dt.date | str] = []
    for day, customers in touched:  # as text: psycopg takes its time over each element of a list
        told += [day, f"{{{','.join(map(str, customers))}}}"]
    with connection.cursor() as cursor:
        if touched:
            sql = _NOTE.format(values=values, also=also)
            cursor.execute(sql, [*told, now + _MARGIN, ROLL_UP, *params])
        else:
            cursor.execute(f"SELECT NULL, {also}", params)
        is_later, found = cursor.fetchone()
    if touched:
        _ask(is_later=is_later, now=now)
    return found


def have_rolled_up(*, now: dt.datetime) -> None:
    """Queue the roll-up, unless it is queued for later anyway.

    Nearly every call finds it queued and writes nothing: writers do not wait for each other's
    turn at one row. If the job is taken just then, what we wrote waits for the next call, or for
    the job that comes every minute.
    """
    with connection.cursor() as cursor:
        cursor.execute(_IS_LATER, [now + _MARGIN, ROLL_UP])
        row = cursor.fetchone()
    _ask(is_later=row and row[0], now=now)


def _ask(*, is_later: bool | None, now: dt.datetime) -> None:
    """Queue it when it is not; seldom when it is about to be taken, which each request would."""
    if is_later:
        return
    name, clock = schema_name(), time.monotonic()
    if is_later is None or _asked.get(name, 0.0) <= clock - _AGAIN_SECONDS:
        _asked[name] = clock
        enqueue(ROLL_UP, run_at=now + DELAY)
