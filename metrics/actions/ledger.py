"""Bring the movement ledger up to date with the facts."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from metrics.ledger import build
from metrics.models import LedgerState, MetricSettings

# A row is claimed by removing it. Rows that another claim holds are left to that claim.
CLAIM = """
    WITH claimed AS (
        DELETE FROM customers_change
        WHERE id IN (SELECT id FROM customers_change FOR UPDATE SKIP LOCKED)
        RETURNING customer_id
    )
    SELECT DISTINCT customer_id FROM claimed WHERE customer_id IS NOT NULL
"""


def _claim() -> list[int]:
    """Take the customers waiting in the change feed, for as long as the transaction lasts."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM)
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def refresh() -> int:
    """Make the movements anew of every customer in the change feed; how many there were. Of all,
    when the company's number of days that a pause may last is not what it was.

    All or nothing: a failure leaves the old rows and the change feed as they were. Doing it
    twice is harmless. A fact stored meanwhile has its own row in the change feed and is next.
    """
    build.lock()
    customers = _claim()
    days = MetricSettings.held().pause_days
    if LedgerState.objects.exclude(pause_days=days).exists():
        build.build(pause_days=days)
    elif customers:
        build.build(customers, pause_days=days)
    _note(days)
    return len(customers)


@transaction.atomic
def rebuild() -> None:
    """Make the whole ledger anew from the facts. Comes out as `refresh()` would have left it."""
    build.lock()
    _claim()
    days = MetricSettings.held().pause_days
    build.build(pause_days=days)
    _note(days, rebuilt_at=timezone.now())


def _note(pause_days: int, **also: datetime) -> None:
    LedgerState.objects.update_or_create(
        is_only=True,
        defaults={"refreshed_at": timezone.now(), "pause_days": pause_days, **also},
    )
