"""Bring the movement ledger up to date with the facts."""

from __future__ import annotations

from dataclasses import asdict
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
    when what the company says about pauses and late renewals is not what it was.

    All or nothing: a failure leaves the old rows and the change feed as they were. Doing it
    twice is harmless. A fact stored meanwhile has its own row in the change feed and is next.
    """
    build.lock()
    customers = _claim()
    rules = _rules()
    is_other = LedgerState.objects.exclude(**asdict(rules)).exists()
    _note(rules)
    if is_other:
        build.build(rules=rules)
    elif customers:
        build.build(customers, rules=rules)
    return len(customers)


@transaction.atomic
def rebuild() -> None:
    """Make the whole ledger anew from the facts. Comes out as `refresh()` would have left it."""
    build.lock()
    _claim()
    rules = _rules()
    _note(rules, rebuilt_at=timezone.now())
    build.build(rules=rules)


def _rules() -> build.Rules:
    held = MetricSettings.held()
    return build.Rules(pause_days=held.pause_days, late_days=held.late_days)


def _note(rules: build.Rules, **also: datetime) -> None:
    LedgerState.objects.update_or_create(
        is_only=True,
        defaults={"refreshed_at": timezone.now(), **asdict(rules), **also},
    )
