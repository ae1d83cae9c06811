"""What the change feed says, and which metrics look at what changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection

NOT_OF_THE_LEDGER = frozenset(
    {
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

# A row is claimed by removing it. Rows that another claim holds are left to that claim.
CLAIM = """
    WITH claimed AS (
        DELETE FROM customers_change
        WHERE id IN (SELECT id FROM customers_change FOR UPDATE SKIP LOCKED)
        RETURNING customer_id, kind, from_day
    )
    SELECT customer_id, kind, CASE WHEN count(*) = count(from_day) THEN min(from_day) END
    FROM claimed GROUP BY customer_id, kind
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """Facts of a kind changed: of a customer (None: of no single one), from a day on (None: from
    the beginning)."""

    customer_id: int | None
    kind: str
    from_day: dt.date | None


@dataclass
class Changes:
    """What was claimed from the change feed."""

    rows: list[Changed] = field(default_factory=list)

    @property
    def of_ledger(self) -> list[int]:
        """The customers whose movements may be others now."""
        found = {row.customer_id for row in self.rows if row.kind not in NOT_OF_THE_LEDGER}
        return sorted(one for one in found if one is not None)

    @property
    def is_sweeping(self) -> bool:
        """Whether something changed that is not told customer by customer: who was merged into
        another or removed is gone from the ledger already."""
        return any(
            row.customer_id is None and row.kind not in NOT_OF_THE_LEDGER for row in self.rows
        )

    def first_day(self, kinds: Iterable[str] | None) -> dt.date | None:
        """The earliest day that facts of these kinds (None: of any) changed from; `date.min` from
        the beginning, None when none did."""
        wanted = None if kinds is None else frozenset(kinds)
        days = [
            row.from_day or dt.date.min for row in self.rows if wanted is None or row.kind in wanted
        ]
        return min(days, default=None)


def claim() -> Changes:
    """Take what waits in the change feed, for as long as the transaction lasts."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM)
        return Changes([Changed(*row) for row in cursor.fetchall()])
