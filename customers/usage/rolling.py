"""Rolling raw events up: how often, which sessions, which items, by customer, end user and day.

Only the days of customers that changed are made anew, from their raw events; sessions reach into
other days, so theirs are made anew from the first to the last event of those that touch the day.
What comes out is what making everything anew would give, whatever came in which order.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from customers.usage import statements
from customers.usage.keeping import first_kept_day
from tenants.context import current_company
from tenants.jobs import enqueue
from tenants.locks import take_lock

FEED = "usage"
# So many customers at a time: what is grouped then stays within a processor's cache, which is
# nearly twice as fast as all at once.
_TOGETHER = 200


def roll_up() -> int:
    """Make anew what `customers_usagechange` lists; returns how many days that were.

    Each day in a transaction of its own, with the change feed. Days whose raw events are gone
    are left as they are.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT day FROM customers_usagechange ORDER BY day")
        days = [day for (day,) in cursor.fetchall()]
    for day in days:
        with transaction.atomic():
            roll_up_day(day)
    return len(days)


def roll_up_day(day: dt.date) -> None:
    """Make a day anew for the customers whose events of that day changed. In a transaction."""
    company = current_company()
    take_lock("usage:roll_up")
    with connection.cursor() as cursor:
        cursor.execute(statements.TAKE_CHANGES, [day])
        customers = [customer for (customer,) in cursor.fetchall()]
    first = first_kept_day()
    if not customers or (first is not None and day < first):
        return
    changed: dict[int, dt.date] = {}
    for start in range(0, len(customers), _TOGETHER):
        work = _Day(
            day=day,
            zone=company.timezone,
            gap=dt.timedelta(minutes=company.session_gap_minutes),
            customers=customers[start : start + _TOGETHER],
            first_kept=first,
        )
        changed |= work.run()
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(
                statements.PUT_ON_FEED,
                [FEED, timezone.now(), list(changed), list(changed.values())],
            )
        enqueue("metrics.refresh", key="metrics.refresh")


def begin_of(day: dt.date, zone: str) -> dt.datetime:
    """The instant a local day begins, in UTC: the first of two midnights."""
    return dt.datetime.combine(day, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)


@dataclass
class _Day:
    """A day of some customers. `first_kept`: the first day that can be made anew, if any month
    was dropped."""

    day: dt.date
    zone: str
    gap: dt.timedelta
    customers: list[int]
    first_kept: dt.date | None

    def run(self) -> dict[int, dt.date]:
        """{customer: the first of its days on which something is different now}"""
        begins = begin_of(self.day, self.zone)
        ends = begin_of(self.day + dt.timedelta(days=1), self.zone)
        floor = begin_of(self.first_kept, self.zone) if self.first_kept else None
        params: dict[str, Any] = {
            "customers": self.customers,
            "day": self.day,
            "zone": self.zone,
            "gap": self.gap,
            "begins": begins,
            "ends": ends,
            "near": begins - self.gap,
            "far": ends + self.gap,
            "earliest": begins - self.gap - statements.LONG,
            "floor": floor or dt.datetime(1, 1, 2, tzinfo=dt.UTC),
        }
        with connection.cursor() as cursor:
            # Grouping in memory is several times as fast.
            cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL hash_mem_multiplier = 4")
            cursor.execute(self._statement(params), params)
            changed: dict[int, dt.date] = dict(cursor.fetchall())
            cursor.execute("SET LOCAL work_mem = DEFAULT; SET LOCAL hash_mem_multiplier = DEFAULT")
        return changed

    def _statement(self, params: dict[str, Any]) -> str:
        """What rolls up; sets how far back and ahead events have to be read for sessions."""
        with connection.cursor() as cursor:
            cursor.execute(statements.REACH, params)
            lowest, highest = cursor.fetchone()
        is_near_a_record = self.first_kept and self.day < self.first_kept + dt.timedelta(days=7)
        kept = statements.NOT_OF_A_RECORD if is_near_a_record else ""
        parts = [statements.OF_THE_FIRST_DAYS if is_near_a_record else statements.OF_THE_DAY]
        if lowest is not None and lowest < params["begins"]:
            parts.append(statements.OF_DAYS_BEFORE)
        if highest is not None and highest >= params["ends"]:
            parts.append(statements.OF_DAYS_AFTER)
        params |= {"lowest": lowest, "highest": highest}
        bursts = " UNION ALL ".join(part.format(kept=kept) for part in parts)
        return statements.ROLL_UP.replace("{bursts}", bursts)
