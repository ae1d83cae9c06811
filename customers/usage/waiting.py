"""What waits to be rolled up: days of customers whose raw events came, went or changed hands."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection

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
    "WITH noted AS (INSERT INTO customers_usagechange (customer_id, day)"  # noqa: S608 - constants
    " SELECT * FROM unnest(%s::bigint[], %s::date[])) " + _IS_LATER
)
# A job that is due but not taken yet is asked for this often by a process.
_AGAIN_SECONDS = 1.0
_asked: dict[str, float] = {}


def note_changes(days: Collection[tuple[int, dt.date]], *, now: dt.datetime) -> None:
    """Have these (customer, day) rolled up anew. In the transaction that touches the events."""
    if not days:
        return
    texts = {day: day.isoformat() for day in {day for _, day in days}}
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE,
            [  # as text: psycopg takes its time over each element of a list
                f"{{{','.join([str(customer) for customer, _ in days])}}}",
                f"{{{','.join([texts[day] for _, day in days])}}}",
                now + _MARGIN,
                ROLL_UP,
            ],
        )
        row = cursor.fetchone()
    _ask(is_later=row and row[0], now=now)


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
