"""What comes due as a table to take along."""

from __future__ import annotations

from collections.abc import Iterator

from metrics.downloads.tables import Cell, Table
from metrics.renewals.asking import Asked
from metrics.renewals.listing import Listing
from metrics.renewals.rows import Row, rows_of

PER_LOOK = 2000
MOST_ROWS = 500_000
COLUMNS = ["customer", "name", "due_on", "outcome", "mrr", "renewed_net", "currency"]
COLUMNS += ["plans", "subscriptions", "owner", "score", "band", "notice_by", "is_auto_renewed"]
COLUMNS += ["agreed_on", "cancelled_on", "reason"]


def table_of(listing: Listing, asked: Asked) -> Table:
    """All rows that were asked for, in their order: up to MOST_ROWS. The first is looked up when
    the table is written."""
    name = f"renewals-{listing.start}-{asked.last_day}"
    return Table(name, COLUMNS, _cells(listing, asked))


def _cells(listing: Listing, asked: Asked) -> Iterator[list[Cell]]:
    due = listing.page(order=asked.order, reverse=asked.is_reverse, size=MOST_ROWS)
    for at in range(0, len(due), PER_LOOK):
        for row in rows_of(listing, due[at : at + PER_LOOK]):
            yield _row(row, listing.currency.code)


def _row(row: Row, currency: str | None) -> list[Cell]:
    return [
        row.customer.external_id,
        row.customer.name,
        row.due.day,
        row.due.outcome,
        row.due.mrr,
        row.due.net,
        currency,
        "; ".join(row.plans),
        "; ".join(one.external_id for one in row.subscriptions),
        row.owner,
        row.health.score if row.health else None,
        row.health.band if row.health else None,
        row.notice_by,
        row.is_auto_renewed,
        row.agreed_on,
        row.cancelled_on,
        row.reason,
    ]
