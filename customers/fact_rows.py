"""Facts of any kind as rows to show: a page of a list, and one fact through its versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.db import connection

from customers.imports.fields import Day, Field, Instant, Kind, LongText, Number, YesNo
from customers.imports.kinds import KINDS
from customers.models import Customer, Fact, Source

_TITLES = (
    "subject",
    "title",
    "name",
    "objective",
    "stage",
    "description",
    "category",
    "referred_name",
    "text",
)
_NOT_SHOWN = {"external_id", "updated_at", "customer"}
# What gives way in a list where there are many fields.
_LAST = {"contact", "first_responded_at", "first_resolved_at", "url", "segment_key", "agreed_on"}
SHOWN_FIELDS = 5
MOST_VERSIONS = 200


@dataclass(frozen=True)
class Cell:
    """A field's value and how to write it: day, instant, money (in `currency`), number, yes_no,
    lines or text."""

    field: Field
    form: str
    value: Any
    currency: str = ""


def form_of(field: Field) -> str:
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
    return "text"


@dataclass
class FactRow:
    """One version of a fact. `values` by field name, as the kind reads them."""

    kind: Kind
    id: int
    values: dict[str, Any]
    recorded_at: dt.datetime
    source_id: int
    superseded_at: dt.datetime | None = None
    closed_by_id: int | None = None
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
        said = (self.values.get(name) for name in _TITLES)
        return next((text for text in said if isinstance(text, str) and text), self.external_id)

    def cell(self, field: Field) -> Cell:
        currency = self.values.get("currency") or ""
        form = form_of(field)
        if form == "money" and not currency:
            form = "number"
        return Cell(field, form, self.values[field.name], currency)

    @property
    def cells(self) -> list[Cell]:
        """Every field but the id."""
        return [self.cell(field) for field in self.kind.fields if field.name != "external_id"]


def is_fact(kind: Kind) -> bool:
    """Its facts are versioned rows of one table, and have a page each."""
    return kind.model is not None and issubclass(kind.model, Fact) and kind.read is not None


def listed_kinds() -> list[Kind]:
    return [kind for kind in KINDS.values() if is_fact(kind)]


def has_customer(kind: Kind) -> bool:
    return kind.model is not None and any(
        field.name == "customer" for field in kind.model._meta.get_fields()
    )


def shown_fields(kind: Kind) -> list[Field]:
    """The fields that have a column in a list, beside the title, the customer and the source."""
    names = {field.name for field in kind.fields}
    title = next((name for name in _TITLES if name in names), "")
    hidden = {*_NOT_SHOWN, title}
    if any(form_of(field) == "money" for field in kind.fields):
        hidden.add("currency")  # It stands with the amount.
    fields = [
        field
        for field in kind.fields
        if field.name not in hidden and not isinstance(field.type, LongText)
    ]
    return sorted(fields, key=lambda field: field.name in _LAST)[:SHOWN_FIELDS]


def newest(
    kind: Kind, *, customer: Customer | None, before: int, after: int, size: int
) -> list[FactRow]:
    """Up to `size` current facts, newest first: those whose rows are older than `before`, or the
    ones next to `after` (0: neither). Costs three queries."""
    conditions, params = ["f.superseded_at IS NULL"], []
    if customer is not None:
        conditions.append("f.customer_id = %s")
        params.append(customer.pk)
    if before or after:
        conditions.append("f.id > %s" if after else "f.id < %s")
        params.append(after or before)
    rows = _rows(kind, conditions, params, order="ASC" if after else "DESC", limit=size)
    return rows[::-1] if after else rows


def versions(kind: Kind, external_id: str) -> list[FactRow]:
    """Every version of a fact, newest first, each with what it changed. Costs three queries."""
    rows = _rows(kind, ["f.external_id = %s"], [external_id], order="DESC", limit=MOST_VERSIONS)
    for row, former in pairwise(rows):
        row.changes = [
            (former.cell(field), row.cell(field))
            for field in kind.fields
            if field.name != "updated_at" and former.values[field.name] != row.values[field.name]
        ]
    return rows


def external_id_of(kind: Kind, fact_id: int) -> str | None:
    """The id shared by all versions of the fact that `fact_id` is a version of."""
    assert kind.model is not None
    found: str | None = (
        kind.model._default_manager.filter(pk=fact_id).values_list("external_id", flat=True).first()
    )
    return found


def _rows(
    kind: Kind, conditions: Sequence[str], params: Sequence[Any], *, order: str, limit: int
) -> list[FactRow]:
    if kind.read is None or kind.model is None:
        raise TypeError(f"{kind.label} cannot be read.")
    names = [field.name for field in kind.fields]
    columns = [f'{kind.read.columns[name]} AS "{name}"' for name in names]
    customer = "f.customer_id" if has_customer(kind) else "NULL::bigint"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT f.id, f.recorded_at, f.source_id, f.superseded_at, f.closed_by_id,"  # noqa: S608
            f" {customer}, {', '.join(columns)} FROM {kind.model._meta.db_table} f"
            f" WHERE {' AND '.join(conditions)} ORDER BY f.id {order} LIMIT {limit:d}",
            params,
        )
        found = cursor.fetchall()
    rows = [
        FactRow(
            kind=kind,
            id=row[0],
            recorded_at=row[1],
            source_id=row[2],
            superseded_at=row[3],
            closed_by_id=row[4],
            values=dict(zip(names, row[6:], strict=True)),
        )
        for row in found
    ]
    _fill_in(rows, [row[5] for row in found])
    return rows


def _fill_in(rows: Sequence[FactRow], customer_ids: Sequence[int | None]) -> None:
    """The sources and customers of all rows at once."""
    ids = {row.source_id for row in rows} | {row.closed_by_id for row in rows}
    sources = Source.objects.in_bulk([one for one in ids if one is not None])
    customers = Customer.objects.in_bulk([one for one in set(customer_ids) if one is not None])
    for row, customer_id in zip(rows, customer_ids, strict=True):
        row.source = sources.get(row.source_id)
        row.closed_by = sources.get(row.closed_by_id or 0)
        row.customer = customers.get(customer_id or 0)
