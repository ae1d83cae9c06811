"""What the change feed says, and which metrics look at what changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db import connection

from metrics.definition import CONTRACTS, Computation, Metric
from surveys.actions.storing import facts_changed

SCORES = "health_scores"
"""What the feed calls scores of customers, which facts of any kind change."""
SIGNALS = "health_signals"
"""Numbers sent for models to weigh."""

NOT_OF_THE_LEDGER = frozenset(
    {
        SCORES,
        SIGNALS,
        "contacts",
        "costs",
        "feature_requests",
        "invitations",
        "invoices",
        "milestones",
        "notes",
        "objectives",
        "referrals",
        "responses",
        "reviews",
        "ticket_stages",
        "tickets",
        "touchpoints",
        "usage",
    }
)
"""Kinds that no movement comes from. From any other, also one nobody has heard of, some may."""

KNOWN = NOT_OF_THE_LEDGER | {"customers", "exchange_rates", "pauses", "subscriptions", "renewals"}
"""Kinds that metrics name when they read them. Any other may be read by all of them."""

NOT_OF_CUSTOMERS = NOT_OF_THE_LEDGER | CONTRACTS
"""Kinds that say nothing about customers' attributes."""

# A row is claimed by removing it. Rows that another claim holds are left to that claim.
CLAIM = """
    WITH claimed AS (
        DELETE FROM customers_change
        WHERE id IN (SELECT id FROM customers_change FOR UPDATE SKIP LOCKED)
        RETURNING customer_id, kind, from_day, recorded_at
    )
    SELECT customer_id, kind, CASE WHEN count(*) = count(from_day) THEN min(from_day) END,
        min(recorded_at), max(recorded_at)
    FROM claimed GROUP BY customer_id, kind
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """Facts of a kind changed: of a customer (None: of no single one), from a day on (None: from
    the beginning). `told_from` and `told_until`: when the feed was told, first and last."""

    customer_id: int | None
    kind: str
    from_day: dt.date | None
    told_from: dt.datetime | None = None
    told_until: dt.datetime | None = None


@dataclass
class Changes:
    """What was claimed from the change feed, and what `followed` from it before any value was
    made again: today's scores."""

    rows: list[Changed] = field(default_factory=list)
    followed: list[Changed] = field(default_factory=list)

    @property
    def of_ledger(self) -> list[int]:
        """The customers whose movements may be others now."""
        found = {row.customer_id for row in self.rows if row.kind not in NOT_OF_THE_LEDGER}
        return sorted(one for one in found if one is not None)

    @property
    def of_customers(self) -> list[int]:
        """Those of whom more changed than contracts: perhaps what segment they are in."""
        found = {row.customer_id for row in self.rows if row.kind not in NOT_OF_CUSTOMERS}
        return sorted(one for one in found if one is not None)

    @property
    def is_sweeping(self) -> bool:
        """Whether something changed that is not told customer by customer: who was merged into
        another or removed is gone from the ledger already."""
        return any(
            row.customer_id is None and row.kind not in NOT_OF_THE_LEDGER for row in self.rows
        )

    def first_day(
        self, metric: Metric, reads: frozenset[str] | None, *, late_days: int
    ) -> dt.date | None:
        """The first day of periods that facts which changed count in; `date.min`: of all periods.
        None when it reads none of them (`reads`: see `kinds_read`). `late_days`: how late a renewal
        bridges the gap before it.
        """
        rows = [*self.rows, *self.followed]
        days = [first_day_of(row, metric, reads, late_days) for row in rows]
        return min((day for day in days if day is not None), default=None)


def kinds_read(
    metric: Metric, computation: Computation, *, is_by_contract: bool = False
) -> frozenset[str] | None:
    """The kinds of facts that the metric is made from with its options, and by product or plan if
    `is_by_contract`; None: any."""
    if metric.reads is None:
        return None
    return metric.reads | computation.also_reads | (CONTRACTS if is_by_contract else frozenset())


def is_read(kind: str, reads: frozenset[str] | None) -> bool:
    """Whether facts of a kind count among those read; of one nobody has heard of, always."""
    return reads is None or kind in reads or kind not in KNOWN


def first_day_of(
    row: Changed, metric: Metric, reads: frozenset[str] | None, late_days: int
) -> dt.date | None:
    """As `Changes.first_day`, of one row."""
    if not is_read(row.kind, reads):
        return None
    reach = metric.looks_ahead.get(row.kind, 0)
    if reads is None or row.kind not in KNOWN or reach is None or row.from_day is None:
        return dt.date.min
    # A session is of the day it began on, which may be the one before.
    before = dt.timedelta(days=1 + reach + late_days)
    return dt.date.min if row.from_day - dt.date.min < before else row.from_day - before


def claim() -> Changes:
    """Take what waits in the change feed, for as long as the transaction lasts."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM)
        changes = Changes([Changed(*row) for row in cursor.fetchall()])
    facts_changed((row.kind, row.from_day) for row in changes.rows)
    return changes
