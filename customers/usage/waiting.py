"""What waits to be rolled up: days of customers whose raw events came, went or changed hands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import connection

from tenants.jobs import enqueue

ROLL_UP = "customers.roll_up"
# A stream touches the same days over and over: they are rolled up together, this often.
DELAY = dt.timedelta(seconds=10)
_MARGIN = dt.timedelta(seconds=2)
_IS_QUEUED = (
    "SELECT EXISTS (SELECT FROM jobs_job WHERE key = %s AND state = 'queued' AND run_at > %s)"
)
_NOTE = (
    "WITH noted AS (INSERT INTO customers_usagechange (customer_id, day)"  # noqa: S608 - constants
    " SELECT * FROM unnest(%s::bigint[], %s::date[])) " + _IS_QUEUED
)


def note_changes(days: Collection[tuple[int, dt.date]], *, now: dt.datetime) -> None:
    """Have these (customer, day) rolled up anew. In the transaction that touches the events."""
    if not days:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE,
            [  # as text: psycopg takes its time over each element of a list
                f"{{{','.join([str(customer) for customer, _ in days])}}}",
                f"{{{','.join([day.isoformat() for _, day in days])}}}",
                ROLL_UP,
                now + _MARGIN,
            ],
        )
        row = cursor.fetchone()
    if not (row and row[0]):
        enqueue(ROLL_UP, run_at=now + DELAY)


def have_rolled_up(*, now: dt.datetime) -> None:
    """Queue the roll-up, unless it is queued for later anyway.

    Nearly every call finds it queued and writes nothing: writers do not wait for each other's
    turn at one row. If the job is taken just then, what we wrote waits for the next call, or for
    the job that comes every minute.
    """
    with connection.cursor() as cursor:
        cursor.execute(_IS_QUEUED, [ROLL_UP, now + _MARGIN])
        row = cursor.fetchone()
    if not (row and row[0]):
        enqueue(ROLL_UP, run_at=now + DELAY)
