"""Facts out of the database as JSON: one query a page, whatever the kind."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import OperationalError, connection, transaction

from accounts.api.errors import Problem
from customers.api.kinds import (
    ATTRIBUTES,
    CURRENT,
    fields_out,
    has_attributes_out,
    holds_json,
    is_versioned,
    is_whole,
)
from customers.imports.fields import Field, Kind

PATIENCE = "20s"
_CANCELED = "57014"
MOST_ROWS_OF_ONE = 10_000
_OWN = ("_id", "_recorded_at", "_source_id")


@dataclass
class Where:
    """Conditions over `q`, whose columns are the kind's fields and `_id`, `_recorded_at`,
    `_source_id`."""

    conditions: list[str] = field(default_factory=list)
    params: list[Any] = field(default_factory=list)

    def add(self, condition: str, *params: Any) -> None:
        self.conditions.append(condition)
        self.params += params


def page(kind: Kind, where: Where, *, after: int, size: int) -> tuple[list[dict[str, Any]], int]:
    """Up to `size` items whose row is younger than `after`, oldest first, and where to go on
    (0: there is no more). A row that is corrected becomes the youngest."""
    wanted = Where([*where.conditions, 'q."_id" > %s'], [*where.params, after])
    rows = _rows(kind, wanted, size + 1)
    last = rows[size - 1]["_id"] if len(rows) > size else 0
    return [as_item(kind, row) for row in rows[:size]], last


def items(kind: Kind, where: Where, *, limit: int) -> list[dict[str, Any]]:
    return [as_item(kind, row) for row in _rows(kind, where, limit)]


def is_held(kind: Kind, external_id: str) -> bool:
    return bool(_rows(kind, of_id(kind, external_id), 1))


def of_id(kind: Kind, external_id: str) -> Where:
    """The rows of one external id."""
    where = Where()
    if kind.read is not None:
        where.add(kind.read.of_id, external_id)
    return where


def versions(kind: Kind, external_id: str, *, limit: int) -> list[dict[str, Any]]:
    """Every version of a fact, newest first; each with when and by what it was closed.

    Raises TypeError for a kind that keeps no versions.
    """
    if not is_versioned(kind):
        raise TypeError(f"{kind.label} are not versioned.")
    rows = _rows(kind, of_id(kind, external_id), limit, is_history=True)
    found = []
    for row in rows:
        closed = row["_closed_by_kind"] is not None
        found.append(
            as_item(kind, row)
            | {
                "superseded_at": _instant(row["_superseded_at"]),
                "closed_by": _source(row, "_closed_by") if closed else None,
            }
        )
    return found


def _rows(
    kind: Kind, where: Where, limit: int, *, is_history: bool = False
) -> list[dict[str, Any]]:
    """Rows by their own names and ours, oldest first, or newest first with `is_history`."""
    if kind.read is None:
        raise TypeError(f"{kind.label} cannot be read.")
    read, tables = kind.read, kind.read.tables
    names = [f.name for f in fields_out(kind)]
    names += [ATTRIBUTES] if has_attributes_out(kind) else []
    columns = [f'{read.columns[name]} AS "{name}"' for name in names]
    columns += [
        f'{sql} AS "{name}"'
        for name, sql in zip(_OWN, (read.id, read.recorded_at, read.source_id), strict=True)
    ]
    more, joins, order = "", "", "ASC"
    if is_history:
        tables = tables.replace(CURRENT, "true")
        columns += ['f.superseded_at AS "_superseded_at"', 'f.closed_by_id AS "_closed_by_id"']
        more = ', c.kind AS "_closed_by_kind", c.label AS "_closed_by_label"'
        joins = 'LEFT JOIN customers_source c ON c.id = page."_closed_by_id"'
        order = "DESC"
    conditions = " AND ".join(["true", *where.conditions])
    sql = f"""
        SELECT page.*, s.kind AS "_source_kind", s.label AS "_source_label"{more}
          FROM (SELECT * FROM (SELECT {", ".join(columns)} {tables}) q
                 WHERE {conditions} ORDER BY q."_id" {order} LIMIT {limit:d}) page
          LEFT JOIN customers_source s ON s.id = page."_source_id" {joins}
         ORDER BY page."_id" {order}"""  # noqa: S608 - built from constants
    with in_time(), connection.cursor() as cursor:
        cursor.execute(sql, where.params)
        found = [column.name for column in cursor.description or []]
        return [dict(zip(found, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def in_time() -> Iterator[None]:
    """A question that takes too long is given up, so that it holds up nobody else: 503."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [PATIENCE])
            yield
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != _CANCELED:
            raise
        raise Problem(
            503, "too_slow", f"This took longer than {PATIENCE}; ask for less with filters."
        ) from None


def as_item(kind: Kind, row: dict[str, Any]) -> dict[str, Any]:
    """A fact as the API shows it."""
    item = {f.name: as_json(f, row[f.name]) for f in fields_out(kind)}
    if has_attributes_out(kind):
        held = row[ATTRIBUTES]
        item[ATTRIBUTES] = json.loads(held) if isinstance(held, str) else (held or {})
    item["source"] = _source(row, "_source")
    item["recorded_at"] = _instant(row["_recorded_at"])
    return item


def as_json(field_: Field, value: Any) -> Any:
    """Days and instants as ISO 8601 (instants in UTC), decimals as text, nothing as null."""
    if value is None or value == "":
        return None
    if holds_json(field_):
        return json.loads(value) if isinstance(value, str) else value
    if isinstance(value, dt.datetime):
        return _instant(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return int(value) if is_whole(field_) else _plain(Decimal(value))
    return value


def _plain(number: Decimal) -> str:
    """`24000.0000` is `24000`; never with an exponent."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _instant(value: dt.datetime | None) -> str | None:
    if value is None:
        return None
    return value.astimezone(dt.UTC).isoformat().removesuffix("+00:00") + "Z"


def _source(row: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {
        "kind": row[f"{prefix}_kind"],
        "label": row[f"{prefix}_label"],
        "id": row[f"{prefix}_id"],
    }
