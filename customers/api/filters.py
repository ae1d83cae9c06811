"""The query string of a list as conditions. What is not known is refused, and said what is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.api import paging
from accounts.api.errors import Problem
from customers.api.kinds import (
    ATTRIBUTES,
    can_equal,
    fields_out,
    has_attributes_out,
    has_order,
)
from customers.api.reading import Where
from customers.imports.fields import ColumnReading, Field, Instant, Kind, Value
from customers.imports.parsing import BadValue
from customers.imports.references import KNOWN_CUSTOMERS

MOST_VALUES = 100
_YEAR_FIRST = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A plus sign that was not escaped in the query string came as a space.
_LOST_PLUS = re.compile(r"(?<=[0-9]) (?=[0-9]{2}:?[0-9]{2}\Z)")
RECORDED = Field("recorded", "Recorded at", Instant(), "When we learned of it.")


@dataclass(frozen=True)
class Filter:
    """One parameter. `apply` puts its values into the conditions; raises BadValue."""

    name: str
    help: str
    apply: Callable[[Where, list[str]], None]


def filters_of(kind: Kind, zone: str) -> dict[str, Filter]:
    """Every filter of a kind by its name; `zone` is the company's, for days given as instants."""
    reading = ColumnReading("", ZoneInfo(zone))
    found = []
    for field in fields_out(kind):
        if can_equal(field):
            found.append(_equals(kind, field, reading))
        if has_order(field):
            found += _bounds(field, f'q."{field.name}"', reading)
    found += _bounds(RECORDED, 'q."_recorded_at"', reading)
    return {one.name: one for one in found}


def wanted(kind: Kind, query: QueryDict, zone: str) -> Where:
    """The conditions of a query string; raises Problem."""
    known = filters_of(kind, zone)
    where = Where()
    for name, values in query.lists():
        if name in paging.NAMES:
            continue
        try:
            if any("\0" in value for value in [name, *values]):
                raise BadValue(_("there is no NUL character here"))
            if name in known:
                known[name].apply(where, values)
            elif has_attributes_out(kind) and name.startswith(f"{ATTRIBUTES}."):
                where.add(
                    f"q.{ATTRIBUTES} ->> %s = ANY(%s)", name.removeprefix(f"{ATTRIBUTES}."), values
                )
            else:
                raise unknown(kind, name, known)
        except BadValue as error:
            raise Problem(400, "invalid_filter", f"{name}: {error.message}.", filter=name) from None
    return where


def unknown(kind: Kind, name: str, known: dict[str, Filter]) -> Problem:
    names = [*known, *paging.NAMES]
    names += [f"{ATTRIBUTES}.<name>"] if has_attributes_out(kind) else []
    return Problem(
        400,
        "unknown_filter",
        f"There is no filter {name[:100]!r} for {kind.label.lower()}; there are"
        f" {', '.join(names)}.",
        filters=names,
    )


def _equals(kind: Kind, field: Field, reading: ColumnReading) -> Filter:
    parse = field.type.parser(reading)

    def apply(where: Where, texts: list[str]) -> None:
        if len(texts) > MOST_VALUES:
            raise BadValue(_("up to {most} values can be given").format(most=MOST_VALUES))
        values = [parse(text.strip()) for text in texts if text.strip()]
        is_none = len(values) < len(texts)
        if is_none and values:
            raise BadValue(_("either values or nothing, not both"))
        if is_none:
            column = f'q."{field.name}"'
            where.add(f"({column} IS NULL OR {column}::text = '')")
        elif field.name == "customer" and _has_customer(kind):
            where.add(_OF_CUSTOMERS.format(table=_table(kind)), values)
        else:
            where.add(f'q."{field.name}" = ANY(%s)', values)

    return Filter(field.name, f"{field.help} Several: any of them; empty: without one.", apply)


# Through the index of the facts' customer, where comparing what each row shows would read them all.
_OF_CUSTOMERS = (
    'q."_id" IN (SELECT m.id FROM {table} m WHERE m.customer_id IN'  # noqa: S608
    f" (SELECT k.id FROM {KNOWN_CUSTOMERS} k WHERE k.external_id = ANY(%s)))"
)


def _has_customer(kind: Kind) -> bool:
    return (
        kind.model is not None
        and kind.read is not None
        and kind.read.id == "f.id"
        and any(field.name == "customer" for field in kind.model._meta.get_fields())
    )


def _table(kind: Kind) -> str:
    return kind.model._meta.db_table if kind.model is not None else ""


def _bounds(field: Field, column: str, reading: ColumnReading) -> list[Filter]:
    parse = field.type.parser(reading)

    def read(texts: list[str]) -> Value:
        if len(texts) != 1:
            raise BadValue(_("only one can be given"))
        text = _LOST_PLUS.sub("+", texts[0].strip())
        if not _YEAR_FIRST.match(text):
            raise BadValue(_("write it as 2025-12-31 or 2025-12-31T23:59:00Z"))
        return parse(text)

    def from_(where: Where, texts: list[str]) -> None:
        where.add(f"{column} >= %s", read(texts))

    def to(where: Where, texts: list[str]) -> None:
        where.add(f"{column} < %s", read(texts))

    what = field.label.lower()
    return [
        Filter(f"{field.name}_from", f"Only those with {what} then or later.", from_),
        Filter(f"{field.name}_to", f"Only those with {what} before then.", to),
    ]
