"""Removing raw events that were stored: with its key, an event may come in again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from customers.usage import keys


def remove_events(where: str, params: Mapping[str, Any], *, zone: str) -> int:
    """Delete the events `e` for which a condition holds, and their keys, and put their days on
    the list of what has to be rolled up; how many. Part of the caller's transaction, who queues
    the roll-up. `zone`: the company's."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE usage_gone (key uuid) ON COMMIT DROP")
        cursor.execute(
            f"""
            WITH gone AS (
                DELETE FROM customers_usageevent e WHERE {where}
                RETURNING e.message_id, e.customer_id, e.occurred_at
            ), changed AS (
                INSERT INTO customers_usagechange (customer_id, day)
                SELECT DISTINCT customer_id, (occurred_at AT TIME ZONE %(zone)s)::date
                  FROM gone WHERE customer_id IS NOT NULL
            )
            INSERT INTO usage_gone SELECT md5(message_id)::uuid FROM gone
            """,  # noqa: S608 - built from constants
            {**params, "zone": zone},
        )
        removed = int(cursor.rowcount)
        if removed:
            cursor.execute("ANALYZE usage_gone")
            keys.forget_of("usage_gone")
        cursor.execute("DROP TABLE usage_gone")
    return removed
