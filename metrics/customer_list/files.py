"""The list as a table to take along: what is shown, in its order, all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from metrics.customer_list.asking import Asked
from metrics.customer_list.listing import Listing, Row
from metrics.downloads.tables import Cell, Table


def table_of(listing: Listing, asked: Asked, customers: Sequence[int] | None = None) -> Table:
    """`customers`: only these of them, in the order of the list."""
    rows = listing.all(
        asked.columns,
        order=asked.order,
        reverse=asked.is_reverse,
        only=None if customers is None else set(customers),
    )
    return Table(f"customers-{listing.today}", _heads(listing, asked), _cells(rows, asked))


def _heads(listing: Listing, asked: Asked) -> list[str]:
    found = ["Id", "Customer"]
    for column in asked.columns:
        found.append(column.label)
        if column.key == "score":
            found.append("Band")
        if column.form == "money":
            found[-1] += f" ({listing.currency.code})" if listing.currency.code else ""
        if column.form == "days":
            found[-1] += " (days)"
    return found


def _cells(rows: Iterable[Row], asked: Asked) -> Iterator[list[Cell]]:
    for row in rows:
        cells: list[Cell] = [row.external_id, row.name]
        for column in asked.columns:
            cells.append(row.values[column.key])
            if column.key == "score":
                cells.append(row.band or None)
        yield cells
