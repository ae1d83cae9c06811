"""Facts of any kind as rows to show: a page of a list, and one fact through its versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.db import connection
from django.urls import reverse

from customers.api.kinds import CURRENT, fields_out, holds_json, is_versioned, offered
from customers.api.reading import Where, in_time
from customers.imports.fields import (
    Day,
    Field,
    Instant,
    Kind,
    LongText,
    Number,
    Read,
    Word,
    YesNo,
)
from customers.models import Customer, Source
from customers.wording import word_of
from tenants.once import once

# The first of these that a kind has names its facts.
_TITLES = (
    "subject",
    "title",
    "name",
    "outcome",
    "stage",
    "description",
    "category",
    "referred_name",
    "text",
    "survey",
)
_NOT_SHOWN = {"external_id", "updated_at", "customer"}
# What gives way in a list where there are many fields.
_LAST = {
    "agreed_on",
    "asked_at",
    "contact",
    "first_responded_at",
    "first_resolved_at",
    "product",
    "properties",
    "quantity",
    "segment_key",
    "session",
    "url",
}
SHOWN_FIELDS = 5
MOST_VERSIONS = 200


@dataclass(frozen=True)
class Cell:
    """A field's value and how to write it: day, instant, money (in `currency`), number, yes_no,
    word, lines, json or text."""

    field: Field
    form: str
    value: Any
    currency: str = ""

    @property
    def word(self) -> str:
        return word_of(str(self.value))


def form_of(field: Field) -> str:
    if holds_json(field):
        return "json"
    match field.type:
        case Day():
            return "day"
        case Instant():
            return "instant"
        case Number(is_money=is_money):
            return "money" if is_money else "number"
        case YesNo():
            return "yes_no"
        case LongText():
            return "lines"
        case Word():
            return "word"
    return "text"


@dataclass
class FactRow:
    """One version of a fact. `values` by field name, as the kind reads them."""

    kind: Kind
    id: int
    values: dict[str, Any]
    recorded_at: dt.datetime
    source_id: int | None
    superseded_at: dt.datetime | None = None
    closed_by_id: int | None = None
    origin: str = ""
    origin_href: str = ""
    source: Source | None = None
    closed_by: Source | None = None
    customer: Customer | None = None
    changes: list[tuple[Cell, Cell]] = field(default_factory=list)

    @property
    def external_id(self) -> str:
        return self.values.get("external_id") or ""

    @property
    def title(self) -> str:
        """What names the fact best."""
        names = (title_field(self.kind), "external_id", "email")
        return next((str(self.values[name]) for name in names if self.values.get(name)), "")

    def cell(self, field: Field) -> Cell:
        currency = self.values.get("currency") or ""
        form = form_of(field)
        if form == "money" and not currency:
            form = "number"
        return Cell(field, form, self.values[field.name], currency)

    @property
    def cells(self) -> list[Cell]:
        """Every field but the id."""
        return [self.cell(field) for field in fields_out(self.kind) if field.name != "external_id"]

    @property
    def told(self) -> list[Cell]:
        """What the fact says of its customer, without the fields that are empty."""
        return [
            cell
            for cell in self.cells
            if cell.value not in (None, "") and cell.field.name != "customer"
        ]


def listed_kinds() -> list[Kind]:
    """The kinds whose facts have a list and a page each; customers have pages of their own."""
    return [kind for kind in offered() if kind.model is not None and kind.model is not Customer]


def title_field(kind: Kind) -> str:
    names = {field.name for field in fields_out(kind)}
    return next((name for name in _TITLES if name in names), "")


def has_customer(kind: Kind) -> bool:
    return _customer_id(kind) is not None


def _customer_id(kind: Kind) -> str | None:
    """SQL of our id of the customer of a fact; None for kinds that are not about one."""
    if kind.read is not None and kind.read.customer_id:
        return kind.read.customer_id
    if kind.model is None:
        return None
    names = {field.name for field in kind.model._meta.get_fields()}
    return "f.customer_id" if "customer" in names else None


def shown_fields(kind: Kind) -> list[Field]:
    """The fields that have a column in a list, beside the title, the customer and the source."""
    fields = fields_out(kind)
    hidden = {*_NOT_SHOWN, title_field(kind)}
    if any(form_of(field) == "money" for field in fields):
        hidden.add("currency")  # It stands with the amount.
    shown = [
        field
        for field in fields
        if field.name not in hidden and not isinstance(field.type, LongText)
    ]
    return sorted(shown, key=lambda field: field.name in _LAST)[:SHOWN_FIELDS]


def newest(
    kind: Kind, *, customer: Customer | None, wanted: Where, before: int, after: int, size: int
) -> list[FactRow]:
    """Up to `size` current facts that fit `wanted`, newest first: those whose rows are older than
    `before`, or the ones next to `after` (0: neither). Costs three queries. Raises Problem when
    the first takes too long.
    """
    where = Where([*wanted.conditions], [*wanted.params])
    if customer is not None:
        where.add('q."_customer_id" = %s', customer.pk)
    if before or after:
        where.add(f'q."_id" {">" if after else "<"} %s', after or before)
    rows = _rows(kind, where, order="ASC" if after else "DESC", limit=size)
    return rows[::-1] if after else rows


def versions(kind: Kind, fact_id: int) -> list[FactRow]:
    """Every version of the fact that `fact_id` is a version of, newest first, each with what it
    changed; none where there is no such fact. A kind without versions has the row alone. Costs
    three queries."""
    assert kind.model is not None
    assert kind.read is not None
    table, shared = kind.model._meta.db_table, kind.read.version_of
    where = Where()
    if is_versioned(kind):
        where.add(
            f'q."_id" IN (SELECT f.id FROM {table} f WHERE ({shared}) ='  # noqa: S608 - constants
            f" (SELECT {shared} FROM {table} f WHERE f.id = %s))",
            fact_id,
        )
    else:
        where.add('q."_id" = %s', fact_id)
    rows = _rows(kind, where, order="DESC", limit=MOST_VERSIONS, is_history=True)
    for row, former in pairwise(rows):
        row.changes = [
            (former.cell(field), row.cell(field))
            for field in fields_out(kind)
            if field.name != "updated_at" and former.values[field.name] != row.values[field.name]
        ]
    return rows


Told = tuple[int | None, dt.datetime, dt.datetime]
"""Our id of a customer (None: facts of none), and between which instants something was told."""


def told_between(kind: Kind, told: Sequence[Told], *, limit: int) -> list[FactRow]:
    """Up to `limit` versions that came or were closed between those instants, of those customers;
    oldest first. None of a kind without versions. Costs three queries. Raises Problem when the
    first takes too long.
    """
    if not told or not is_versioned(kind):
        return []
    where = Where()
    ids = sorted({customer_id for customer_id, *_ in told if customer_id is not None})
    if has_customer(kind) and all(customer_id is not None for customer_id, *_ in told):
        where.add('q."_customer_id" = ANY(%s::bigint[])', ids)
    where.add(
        """EXISTS (SELECT 1 FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[])
                AS told (customer_id, since, until)
            WHERE told.customer_id IS NOT DISTINCT FROM q."_customer_id"
                AND (q."_recorded_at" BETWEEN told.since AND told.until
                    OR q."_superseded_at" BETWEEN told.since AND told.until))""",
        *(list(column) for column in zip(*told, strict=True)),
    )
    return _rows(kind, where, order="ASC", limit=limit, is_history=True)


def _rows(
    kind: Kind, where: Where, *, order: str, limit: int, is_history: bool = False
) -> list[FactRow]:
    if kind.read is None:
        raise TypeError(f"{kind.label} cannot be read.")
    names = [field.name for field in fields_out(kind)]
    columns = [f'{sql} AS "{name}"' for name, sql in _own_columns(kind, kind.read).items()]
    columns += [f'{kind.read.columns[name]} AS "{name}"' for name in names]
    tables = kind.read.tables.replace(CURRENT, "true") if is_history else kind.read.tables
    with in_time(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM (SELECT {', '.join(columns)} {tables}) q"  # noqa: S608 - constants
            f" WHERE {' AND '.join(['true', *where.conditions])}"
            f' ORDER BY q."_id" {order} LIMIT {limit:d}',
            where.params,
        )
        found = [column.name for column in cursor.description or []]
        held = [dict(zip(found, row, strict=True)) for row in cursor.fetchall()]
    rows = [
        FactRow(
            kind=kind,
            id=row["_id"],
            recorded_at=row["_recorded_at"],
            source_id=row["_source_id"],
            superseded_at=row["_superseded_at"],
            closed_by_id=row["_closed_by_id"],
            origin=row["_origin"] or "",
            origin_href=_origin_href(kind.read, row["_origin_id"]),
            values={name: row[name] for name in names},
        )
        for row in held
    ]
    _fill_in(rows, [row["_customer_id"] for row in held])
    return rows


def _own_columns(kind: Kind, read: Read) -> dict[str, str]:
    """SQL of what every row has beside its fields."""
    is_kept = is_versioned(kind)
    return {
        "_id": read.id,
        "_recorded_at": read.recorded_at,
        "_source_id": read.source_id,
        "_customer_id": _customer_id(kind) or "NULL::bigint",
        "_superseded_at": "f.superseded_at" if is_kept else "NULL::timestamptz",
        "_closed_by_id": "f.closed_by_id" if is_kept else "NULL::bigint",
        "_origin": read.origin.label if read.origin else "NULL::text",
        "_origin_id": read.origin.id if read.origin else "NULL::bigint",
    }


def _origin_href(read: Read, origin_id: int | None) -> str:
    return reverse(read.origin.page, args=[origin_id]) if read.origin and origin_id else ""


def _fill_in(rows: Sequence[FactRow], customer_ids: Sequence[int | None]) -> None:
    """The sources and customers of all rows at once."""
    ids = {row.source_id for row in rows} | {row.closed_by_id for row in rows}
    sources = Source.objects.in_bulk([one for one in ids if one is not None])
    customers = Customer.objects.in_bulk([one for one in set(customer_ids) if one is not None])
    for row, customer_id in zip(rows, customer_ids, strict=True):
        row.source = sources.get(row.source_id or 0)
        row.closed_by = sources.get(row.closed_by_id or 0)
        row.customer = customers.get(customer_id or 0)


@once
def held_kinds(customer: Customer) -> list[Kind]:
    """The kinds of which something is held of a customer. Costs one query."""
    kinds = [kind for kind in listed_kinds() if has_customer(kind)]
    parts = [f"SELECT {number} WHERE EXISTS ({_held(kind)})" for number, kind in enumerate(kinds)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), {"customer": customer.pk})
        found = {number for (number,) in cursor.fetchall()}
    return [kind for number, kind in enumerate(kinds) if number in found]


def _held(kind: Kind) -> str:
    """SQL of the facts of `%(customer)s`, with no more joins than that takes: many kinds are asked
    at once, and planning joins takes longer than looking."""
    assert kind.model is not None
    assert kind.read is not None
    _from, _where, current = kind.read.tables.partition("WHERE")
    return (
        f"SELECT FROM {kind.model._meta.db_table} f {kind.read.customer_by}"
        f" WHERE {_customer_id(kind)} = %(customer)s AND {current or 'true'}"
    )
