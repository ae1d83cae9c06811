"""The latest measures of each customer, kept so that a draft can be tried without measuring.

They go in and out by binary COPY, straight from and to arrays: 100,000 customers in a fraction of
a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg.sql import SQL, Composable, Literal

from metrics.health.curves import Floats
from metrics.models import HealthMeasures

Ids = NDArray[np.int64]
FLOAT8 = 701
"""The type's number in PostgreSQL, which stands in every array."""

# Of PostgreSQL's binary COPY: a signature, flags and an extension; and what ends it.
HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"


@dataclass(frozen=True)
class Block:
    """The customers last scored by a version, by id, and `values`, a row each (columns: the
    version's signals in order)."""

    version: int
    customers: Ids
    values: Floats


def forget(customers: Sequence[int] | None) -> None:
    """Of these customers, or of all."""
    held = HealthMeasures.objects.all()
    if customers is not None:
        held = held.filter(customer_id__in=customers)
    held._raw_delete(held.db)


def store(version: int, customers: Sequence[int], values: Floats) -> None:
    """Of customers that nothing is kept of (`forget`)."""
    rows = np.zeros(len(customers), dtype=_row(values.shape[1], "customer", "version"))
    rows["fields"] = 3
    for name, numbers in (("customer", customers), ("version", version)):
        rows[name]["length"] = 8
        rows[name]["number"] = numbers
    _set_array(rows["values"], values)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY metrics_healthmeasures (customer_id, version_id, values)"
            " FROM STDIN (FORMAT binary)"
        ) as copy,
    ):
        copy.write(HEAD)
        copy.write(rows.tobytes())
        copy.write(END)


def of_model(model: int) -> list[Block]:
    """The customers that a model was for when they were last scored."""
    return _read(
        SQL("version_id IN (SELECT id FROM metrics_healthversion WHERE model_id = {})").format(
            Literal(model)
        )
    )


def of_customers(customers: Sequence[int]) -> list[Block]:
    """These, as far as they were ever scored."""
    return _read(SQL("customer_id = ANY({})").format(Literal(list(customers))))


def counts() -> dict[int, int]:
    """By model: how many customers it was for when they were last scored. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT version.model_id, sum(kept.count)::int FROM ("
            "   SELECT version_id, count(*) FROM metrics_healthmeasures GROUP BY version_id"
            ") AS kept JOIN metrics_healthversion AS version ON version.id = kept.version_id"
            " GROUP BY version.model_id"
        )
        return dict(cursor.fetchall())


def _read(condition: Composable) -> list[Block]:
    blocks = []
    with connection.cursor() as cursor:
        cursor.execute(
            SQL(
                "SELECT version_id, min(cardinality(values)) FROM metrics_healthmeasures"
                " WHERE {} GROUP BY version_id ORDER BY version_id"
            ).format(condition)
        )
        for version, width in cursor.fetchall():
            query = SQL(
                "COPY (SELECT customer_id, values FROM metrics_healthmeasures"
                " WHERE version_id = {} AND {} ORDER BY customer_id) TO STDOUT (FORMAT binary)"
            ).format(Literal(version), condition)
            with cursor.copy(query) as copy:
                found = b"".join(copy)
            rows = np.frombuffer(found[len(HEAD) : -len(END)], dtype=_row(width, "customer"))
            customers = rows["customer"]["number"].astype(np.int64)
            values = rows["values"]["values"]["number"].astype(np.float64)
            blocks.append(Block(version, customers, values))
    return blocks


def _row(width: int, *numbers: str) -> np.dtype[Any]:
    """A row of bigints and an array of `width` numbers, as binary COPY has it."""
    bigint = np.dtype([("length", ">i4"), ("number", ">i8")])
    array = np.dtype(
        [
            ("length", ">i4"),
            ("dimensions", ">i4"),
            ("nulls", ">i4"),
            ("type", ">i4"),
            ("size", ">i4"),
            ("begins", ">i4"),
            ("values", [("length", ">i4"), ("number", ">f8")], (width,)),
        ]
    )
    return np.dtype([("fields", ">i2"), *((name, bigint) for name in numbers), ("values", array)])


def _set_array(array: NDArray[Any], values: Floats) -> None:
    """Write a row of values each."""
    array["length"] = array.dtype.itemsize - 4
    array["dimensions"] = 1
    array["type"] = FLOAT8
    array["size"] = values.shape[1]
    array["begins"] = 1
    array["values"]["length"] = 8
    array["values"]["number"] = values
