"""Keeping the sums of the sweep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from metrics.contributions.frame import Dimension
from metrics.contributions.rows import Measure
from metrics.contributions.sweep import Amounts, Key, Swept, component_of
from metrics.models import StoredCell
from metrics.stored.numbers import columns

INSERT = """
    INSERT INTO metrics_storedcell (by, component, day, segment, amounts)
    SELECT by, component, day, segment, amounts::numeric[]
    FROM unnest(%s::text[], %s::text[], %s::date[], %s::text[], %s::text[])
        AS new (by, component, day, segment, amounts)
    ON CONFLICT (by, component, day, segment) DO UPDATE SET amounts = excluded.amounts
"""
DELETE = """
    DELETE FROM metrics_storedcell USING unnest(%s::text[], %s::date[], %s::text[])
        AS gone (component, day, segment)
    WHERE metrics_storedcell.by = %s AND metrics_storedcell.component = gone.component
        AND metrics_storedcell.day = gone.day AND metrics_storedcell.segment = gone.segment
"""


def replace_all(swept: Mapping[str, Swept]) -> None:
    StoredCell.objects.all().delete()
    for by, one in swept.items():
        _insert(by, one.cells, one.cells)


def keep(by: str, swept: Swept, changed: Iterable[Key]) -> None:
    """Of `swept`, the cells that changed."""
    keys = list(changed)
    gone = [key for key in keys if key not in swept.cells]
    if gone:
        with connection.cursor() as cursor:
            cursor.execute(DELETE, [*columns(gone), by])
    _insert(by, swept.cells, [key for key in keys if key in swept.cells])


def _insert(by: str, held: Mapping[Key, Amounts], keys: Iterable[Key]) -> None:
    rows = [(by, *key, "{" + ",".join(str(amount) for amount in held[key]) + "}") for key in keys]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, columns(rows))


def held(
    by: str, dimension: Dimension, borders: Sequence[dt.date], measures: Iterable[Measure]
) -> Swept:
    """What is kept of a split."""
    found = StoredCell.objects.filter(by=by)
    rows = found.values_list("component", "day", "segment", "amounts")
    cells: dict[Key, Amounts] = {
        (component, day, segment): tuple(amount for amount in amounts if amount is not None)
        for component, day, segment, amounts in rows
    }
    return Swept(dimension, list(borders), frozenset(map(component_of, measures)), cells)
