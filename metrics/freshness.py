"""How far the figures are behind the facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class Freshness:
    """`refreshed_at` None: never yet. `waiting`: customers whose changes are not in the figures."""

    refreshed_at: dt.datetime | None
    waiting: int


def freshness() -> Freshness:
    """A query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT refreshed_at FROM metrics_ledgerstate),"
            " (SELECT count(DISTINCT customer_id) FROM customers_change)"
        )
        return Freshness(*cursor.fetchone())
