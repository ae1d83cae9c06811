"""The monthly partitions of the raw events: made on first need, dropped when their time is over.

Months are UTC's, so that a partition's borders don't move with a company's time zone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from django.db import connection

from tenants.locks import take_lock

TABLE = "customers_usageevent"
_NAME = re.compile(rf"{TABLE}_([0-9]{{4}})_([0-9]{{2}})\Z")


def month_of(day: dt.date) -> dt.date:
    """The first day of the month."""
    return dt.date(day.year, day.month, 1)


def following(month: dt.date) -> dt.date:
    """The first day of the next month."""
    return (month + dt.timedelta(days=31)).replace(day=1)


def partition_name(month: dt.date) -> str:
    return f"{TABLE}_{month:%Y_%m}"


def missing(months: Iterable[dt.date]) -> list[dt.date]:
    """Those of the months (their first days) that have no partition yet, in order."""
    wanted = sorted(set(months))
    with connection.cursor() as cursor:
        cursor.execute(
            # Not to_regclass: it may remember that there was none before we had the lock.
            "SELECT name FROM unnest(%s::text[]) AS name WHERE NOT EXISTS (SELECT FROM pg_class"
            " WHERE relname = name AND relnamespace = current_schema()::regnamespace)",
            [[partition_name(month) for month in wanted]],
        )
        names = {name for (name,) in cursor.fetchall()}
    return [month for month in wanted if partition_name(month) in names]


def make(months: Iterable[dt.date]) -> None:
    """Make the partitions of these months (their first days), where there are none.

    Costs a query when all are there. Within the caller's transaction: makers wait for each other
    until it ends, so call it before taking other locks. Writers of other months are not held up:
    attaching locks the parent only against other changes of its form.
    """
    if not missing(months):
        return
    take_lock("usage:partitions")
    with connection.cursor() as cursor:
        for month in missing(months):
            name = partition_name(month)
            cursor.execute(
                f"CREATE TABLE {name}"
                f" (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)"
            )
            cursor.execute(
                f"ALTER TABLE {TABLE} ATTACH PARTITION {name}"
                f" FOR VALUES FROM ('{month} 00:00+00') TO ('{following(month)} 00:00+00')"
            )


def held() -> list[dt.date]:
    """The months (their first days) that have a partition, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = to_regclass(%s)",
            [TABLE],
        )
        found = (_NAME.match(name) for (name,) in cursor.fetchall())
        return sorted(dt.date(int(match[1]), int(match[2]), 1) for match in found if match)


def drop(month: dt.date) -> None:
    """Drop a month's events. Waits at most a second for whoever reads or writes events, since
    everybody else would wait behind it; then raises OperationalError: try again later."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '1s'")
        cursor.execute(f"DROP TABLE {partition_name(month)}")
        cursor.execute("SET LOCAL lock_timeout = DEFAULT")
