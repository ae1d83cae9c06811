"""How far the figures are behind the facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from customers.models import Change
from metrics.models import LedgerState


@dataclass(frozen=True)
class Freshness:
    """`refreshed_at` None: never yet. `waiting`: customers whose changes are not in the figures."""

    refreshed_at: dt.datetime | None
    waiting: int


def freshness() -> Freshness:
    state = LedgerState.objects.first()
    waiting = Change.objects.exclude(customer=None).values("customer_id").distinct().count()
    return Freshness(state.refreshed_at if state else None, waiting)
