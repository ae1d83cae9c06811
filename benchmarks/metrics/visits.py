"""20 million usage events, as their roll-ups leave them.

A visit is an end user's ten events within nine minutes. Storing 20 million raw events and rolling
them up takes an hour, so the rows of the roll-ups are written by SQL; `check` stores the events of
some customers, has them rolled up, and compares.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks.metrics.facts import span
from customers.models import Source
from customers.usage.rolling import roll_up
from customers.usage.storing import Event, store_events
from tenants.models import Company

EVENTS = 20_000_000
EVENTS_OF_A_VISIT = 10
SAMPLE = 10

# Each visit has days of its own, so that no two of a customer are on one. Days are written one
# after the other, as roll-ups write them.
VISIT = """
    SELECT customer.id AS customer_id, customer.external_id, number,
        'user-' || customer.id || '-' || number %% 2 AS end_user, day,
        (day + time '09:00' + customer.id %% 400 * interval '1 minute') AT TIME ZONE %(zone)s
            AS began
    FROM customers_customer AS customer
    CROSS JOIN generate_series(0, %(visits)s - 1) AS number
    CROSS JOIN LATERAL (
        SELECT %(start)s::date
            + (number * (1095 / %(visits)s) + customer.id %% (1095 / %(visits)s))::int AS day
    ) AS made
"""
DAYS = f"""
    INSERT INTO customers_usageday (customer_id, day, end_user, events, kinds, names, counts,
        items, shown_at, clicked_at)
    SELECT customer_id, day, end_user, 10, ARRAY['page', 'page', 'page', 'track', 'track'],
        ARRAY['Report 0', 'Report 1', 'Report 2', 'Exported', 'Tip'],
        CASE WHEN number %% 3 = 0 THEN ARRAY[2, 2, 2, 2, 2] ELSE ARRAY[2, 2, 2, 3, 1] END,
        ARRAY['tip-1'], ARRAY[began + interval '8 minutes'],
        ARRAY[CASE WHEN number %% 3 = 0 THEN began + interval '9 minutes' END]
    FROM ({VISIT}) AS visit ORDER BY day
"""
SESSIONS = f"""
    INSERT INTO customers_usagesession (customer_id, end_user, session, started_at, ended_at, day,
        events, page_views, page_seconds)
    SELECT customer_id, end_user, '', began, began + interval '9 minutes', day, 10, 6, 540
    FROM ({VISIT}) AS visit ORDER BY day
"""
TABLES = ("customers_usageday", "customers_usagesession")


def fill(company: Company, customers: int) -> int:
    """Write the roll-ups of all visits; how many events they are of."""
    visits = _visits(customers)
    params = _params(company, visits)
    with connection.cursor() as cursor:
        cursor.execute(DAYS, params)
        cursor.execute(SESSIONS, params)
        cursor.execute("VACUUM ANALYZE customers_usageday, customers_usagesession")
    return visits * customers * EVENTS_OF_A_VISIT


def check(company: Company, customers: int) -> int:
    """Compare the roll-ups of some customers with those of the events themselves; how many events
    that were. Leaves nothing behind."""
    visits = _visits(customers)
    params = _params(company, visits)
    where = f"WHERE customer.id <= (SELECT min(id) + {SAMPLE - 1} FROM customers_customer)"
    with connection.cursor() as cursor:
        cursor.execute(f"{VISIT} {where}", params)
        events = [event for visit in cursor.fetchall() for event in _events(*visit)]
        stored = store_events(events, source_id=Source.objects.get().pk, now=timezone.now())
        assert stored.stored == len(events), stored
        roll_up()
        real = _held()
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}, customers_usageevent")
        cursor.execute(DAYS.replace(VISIT, f"{VISIT} {where}"), params)
        cursor.execute(SESSIONS.replace(VISIT, f"{VISIT} {where}"), params)
        made = _held()
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}")
        cursor.execute("DELETE FROM customers_change; DELETE FROM customers_usagechange")
    assert len(real[0]) == visits * SAMPLE, len(real[0])
    assert real == made, "the roll-ups written by SQL are not those of the events"
    return len(events)


def _visits(customers: int) -> int:
    """Of each customer."""
    return max(EVENTS // EVENTS_OF_A_VISIT // customers, 1)


def _params(company: Company, visits: int) -> dict[str, Any]:
    return {"zone": company.timezone, "visits": visits, "start": span(company)[0]}


def _events(
    customer: int, external_id: str, number: int, end_user: str, day: dt.date, began: dt.datetime
) -> list[Event]:
    found: list[Event] = []
    for minute in range(EVENTS_OF_A_VISIT):
        kind, name, action, item = "page", f"Report {minute % 3}", "", ""
        if minute >= 6:
            kind, name = "track", "Exported"
        if minute == 8:
            name, action, item = "Tip", "shown", "tip-1"
        if minute == 9 and number % 3 == 0:
            name, action, item = "Tip", "clicked", "tip-1"
        at = began + dt.timedelta(minutes=minute)
        message = f"{customer}-{number}-{minute}"
        found.append((at, end_user, external_id, "", kind, name, action, item, None, message))
    return found


def _held() -> list[list[tuple[Any, ...]]]:
    """The rows of both roll-ups, without their numbers."""
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT (to_jsonb({table}) - 'id')::text FROM {table} ORDER BY 1")
            found.append(list(cursor.fetchall()))
    return found
