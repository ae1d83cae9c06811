"""Telling whoever derives figures from the facts what changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from customers.models import Change
from tenants.jobs import enqueue


def note_change(kind: str, *, from_day: dt.date | None, customer_id: int | None = None) -> None:
    """Facts of a kind changed, of a customer or of no single one, from a day on (None: from the
    beginning). In the transaction that changed them; figures follow within a minute."""
    Change.objects.create(customer_id=customer_id, kind=kind, from_day=from_day)
    enqueue("metrics.refresh", key="metrics.refresh")


def note_changes(kind: str, *, from_day: dt.date | None, customer_ids: Iterable[int]) -> None:
    """The same of many customers at once."""
    Change.objects.bulk_create(
        Change(customer_id=customer, kind=kind, from_day=from_day) for customer in customer_ids
    )
    enqueue("metrics.refresh", key="metrics.refresh")
