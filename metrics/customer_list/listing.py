"""Customers filtered, sorted and paged in SQL.

A page is found by its order alone, so that only what it is ordered by is looked up for everybody,
and all else for the few customers on it. What all that match come to is kept for a minute, until
facts or figures change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection
from psycopg.sql import SQL, Composed, Identifier

from customers import owners
from customers.attributes import latest_first
from metrics.currency import Currency, figures_currency
from metrics.customer_list.columns import NAME, Column
from metrics.customer_list.conditions import conditions
from metrics.customer_list.filters import ATTRIBUTE, Filters, plans, products
from metrics.customer_list.relations import relations
from metrics.health.listing import DROP_DAYS
from metrics.neighbours import Around, Neighbours, Order, Window
from metrics.periods import DAY
from metrics.remembered import cached
from tenants.models import Company

PER_LOOK = 2000
KEPT_SECONDS = 60
NEEDS = {"before": ("scored",)}
"""Relations whose columns read another one, too."""

PAGE = SQL("""
    SELECT customer.id FROM customers_customer AS customer {joins} {where}
    ORDER BY {by} LIMIT %(limit)s OFFSET %(offset)s
""")
ROWS = SQL("""
    SELECT customer.id, customer.external_id, customer.name, standing.is_paying, scored.band
        {values}
    FROM unnest(%(customers)s::bigint[]) WITH ORDINALITY AS wanted (customer_id, place)
    JOIN customers_customer AS customer ON customer.id = wanted.customer_id {joins}
    ORDER BY place
""")
VALUES = SQL("""
    SELECT DISTINCT ON (a.customer_id, a.key) a.customer_id, a.key, a.value
    FROM customers_customerattribute AS a
    WHERE a.customer_id = ANY(%(customers)s) AND a.key = ANY(%(keys)s) AND a.superseded_at IS NULL
    ORDER BY a.customer_id, a.key, {latest}
""").format(latest=SQL(latest_first("%(today)s::date")))
PLACE = SQL("""
    SELECT {order} FROM customers_customer AS customer {joins} WHERE customer.id = %(customer)s
""")
BESIDE = SQL("""
    SELECT customer.id FROM customers_customer AS customer {joins} {where}
    ORDER BY {by} LIMIT %(limit)s
""")
TOTALS = SQL("""
    SELECT count(*), count(*) FILTER (WHERE standing.is_paying), sum({mrr}),
        count(*) FILTER (WHERE standing.is_paying AND scored.band = 'red'),
        sum({mrr}) FILTER (WHERE standing.is_paying AND scored.band = 'red')
    FROM customers_customer AS customer {joins} {where}
""")
IDS = SQL("SELECT customer.id FROM customers_customer AS customer {where} ORDER BY customer.id")
AFTER = SQL("""
    SELECT customer.id FROM customers_customer AS customer {where}
    ORDER BY customer.id LIMIT %(limit)s
""")
STAMP = """
    SELECT (SELECT last_value FROM customers_change_id_seq),
        (SELECT last_value FROM customers_customer_id_seq),
        (SELECT last_value FROM customers_contact_id_seq),
        (SELECT max(refreshed_at) FROM metrics_ledgerstate)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A customer and the values of the columns asked for, by their keys. `is_paying` None: never
    had a contract; `band` '': no score."""

    id: int
    external_id: str
    name: str
    is_paying: bool | None
    band: str
    values: dict[str, Any]

    @property
    def is_at_risk(self) -> bool:
        return bool(self.is_paying) and self.band == "red"


@dataclass(frozen=True, slots=True)
class Totals:
    """Of all that the filters let through. Money None: of currencies that cannot be added up."""

    customers: int
    paying: int
    mrr: Decimal | None
    at_risk: int
    mrr_at_risk: Decimal | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What customers can be filtered by: products and plans as (id, name)."""

    owners: list[str]
    products: list[tuple[int, str]]
    plans: list[tuple[int, str]]


@dataclass
class Listing:
    """The customers as of `today`, through `filters`."""

    company: Company
    today: dt.date
    filters: Filters = field(default_factory=Filters)

    def __post_init__(self) -> None:
        self.currency: Currency = figures_currency(self.company)
        self._relations = relations(self.currency)
        self._conditions, self._needs, self._params = conditions(self.filters)

    def page(
        self,
        columns: Sequence[Column],
        *,
        order: Column = NAME,
        reverse: bool = False,
        at: int,
        size: int,
    ) -> list[Row]:
        """`size` customers from place `at` (0: the first) on, in the usual way of `order` or the
        `reverse`; who has no value stands last. Kept for a while for `beside`. Raises
        ValueError for a column without an order."""
        found = self._ordered(order, reverse=reverse, at=at, size=size)
        window = self._window(order, reverse=reverse)
        window.keep(found, is_start=not at, is_end=len(found) < size)
        return self.rows(found, columns)

    def _ordered(
        self, order: Column, *, reverse: bool, at: int = 0, size: int | None = None
    ) -> list[int]:
        needs = self._with_needs({order.relation})
        query = self._query(
            PAGE.format(joins=_joins(needs), where=self._where(), by=_order(order, reverse).by),
            needs | self._needs,
        )
        found = self._fetch(query, limit=size, offset=at, sorted_by=order.attribute)
        return [one for (one,) in found]

    def beside(
        self, customer: int, *, order: Column = NAME, reverse: bool = False, is_new: bool = False
    ) -> Neighbours:
        """Who stands before and after a customer in this order; it need not match itself any more.
        Read from the part of the list that was looked at last, for a while; else, or if it
        `is_new`, three queries, none of which counts its way there. Raises ValueError for a column
        without an order."""
        window = self._window(order, reverse=reverse)
        return window.beside(
            customer, lambda: self._around(customer, order, reverse=reverse), is_new=is_new
        )

    def _window(self, order: Column, *, reverse: bool) -> Window:
        return Window("customers", self.filters, self.today, self.currency.code, order.key, reverse)

    def _around(self, customer: int, order: Column, *, reverse: bool) -> Around:
        by, needs = _order(order, reverse), self._with_needs({order.relation})
        place = self._query(PLACE.format(order=by.text, joins=_joins(needs)), needs)
        known = {"customer": customer, "sorted_by": order.attribute}
        found = self._fetch(place, customers=[customer], **known)
        if not found:
            return [], []

        def nearest(condition: Composed, by: Composed, params: dict[str, Any]) -> list[int]:
            query = BESIDE.format(joins=_joins(needs), where=self._where(condition), by=by)
            rows = self._fetch(self._query(query, needs | self._needs), **known, **params)
            return [one for (one,) in rows]

        ((value,),) = found
        return by.around(value, nearest)

    def after(self, customer: int, columns: Sequence[Column], size: int) -> list[Row]:
        """The next `size` in order of id."""
        where = self._where(SQL("customer.id > %(after)s"))
        query = self._query(AFTER.format(where=where), self._needs)
        found = self._fetch(query, limit=size, after=customer)
        return self.rows([one for (one,) in found], columns)

    def all(
        self,
        columns: Sequence[Column],
        *,
        order: Column = NAME,
        reverse: bool = False,
        only: Container[int] | None = None,
    ) -> Iterator[Row]:
        """Everybody, or `only` these of them, in pieces: who is in it and in what order is as of
        the first."""
        found = self._ordered(order, reverse=reverse)
        wanted = [one for one in found if only is None or one in only]
        for at in range(0, len(wanted), PER_LOOK):
            yield from self.rows(wanted[at : at + PER_LOOK], columns)

    def ids(self) -> list[int]:
        """Of all that match, in order."""
        found = self._fetch(self._query(IDS.format(where=self._where()), self._needs))
        return [one for (one,) in found]

    def rows(self, customers: Sequence[int], columns: Sequence[Column]) -> list[Row]:
        """These customers in this order, with what the columns say. Two queries at most."""
        if not customers:
            return []
        plain = [column for column in columns if not column.attribute]
        needs = {"standing", "scored"} | {column.relation for column in plain} - {""}
        query = self._query(
            ROWS.format(
                values=SQL(" ").join(SQL(", {}").format(column.value) for column in plain),
                joins=_joins(needs),
            ),
            needs,
        )
        keys = [column.attribute for column in columns if column.attribute]
        held = self._attributes(customers, keys)
        rows = []
        for pk, external_id, name, is_paying, band, *values in self._fetch(
            query, customers=list(customers)
        ):
            said = dict(zip((column.key for column in plain), values, strict=True))
            said |= {f"{ATTRIBUTE}{key}": held.get((pk, key)) for key in keys}
            rows.append(Row(pk, external_id, name, is_paying, band or "", said))
        return rows

    def _attributes(
        self, customers: Sequence[int], keys: list[str]
    ) -> dict[tuple[int, str], str | None]:
        if not keys:
            return {}
        found = self._fetch(VALUES, customers=list(customers), keys=keys)
        return {(customer, key): value or None for customer, key, value in found}

    def totals(self) -> Totals:
        said = (self.filters, self.today, self.currency.code, self._stamp)
        return cached("customer-list-totals", said, self._totals, seconds=KEPT_SECONDS)

    def choices(self) -> Choices:
        """What can be filtered by."""

        def make() -> Choices:
            return Choices(owners.everybody(), products(), plans())

        return cached("customer-list-choices", self._stamp, make, seconds=KEPT_SECONDS)

    @cached_property
    def _stamp(self) -> list[tuple[Any, ...]]:
        """Changes with the facts and the figures."""
        with connection.cursor() as cursor:
            cursor.execute(STAMP)
            return list(cursor.fetchall())

    def _totals(self) -> Totals:
        # In one currency, the row that says whether it pays says how much, too.
        is_plain = self.currency.code is not None and self.currency.rates is None
        needs = {"standing", "scored"} | (set() if is_plain else {"paid"})
        amount = SQL("standing.mrr" if is_plain else "paid.mrr")
        query = self._query(
            TOTALS.format(mrr=amount, joins=_joins(needs), where=self._where()), needs | self._needs
        )
        ((customers, paying, mrr, at_risk, mrr_at_risk),) = self._fetch(query)
        if self.currency.code is None:
            return Totals(customers, paying, None, at_risk, None)
        return Totals(customers, paying, mrr or Decimal(0), at_risk, mrr_at_risk or Decimal(0))

    def _where(self, *more: SQL | Composed) -> SQL | Composed:
        found = [*self._conditions, *more]
        return SQL("WHERE {}").format(SQL(" AND ").join(found)) if found else SQL("")

    def _with_needs(self, names: set[str]) -> set[str]:
        found = names - {""}
        return found | {other for name in found for other in NEEDS.get(name, ())}

    def _query(self, select: SQL | Composed, needs: set[str]) -> SQL | Composed:
        names = sorted(needs - {""})
        if not names:
            return select
        known = [self._relations[name] for name in names]
        return SQL("WITH {} {}").format(SQL(", ").join(known), select)

    def _fetch(self, query: SQL | Composed, **more: Any) -> list[tuple[Any, ...]]:
        params = {
            "today": self.today,
            "then": self.today - DROP_DAYS * DAY,
            "customers": None,
            **self.currency.parameters(self.today),
        }
        with connection.cursor() as cursor:
            cursor.execute(query, params | self._params | more)
            return list(cursor.fetchall())


def _order(column: Column, reverse: bool) -> Order:
    """Raises ValueError for a column without one."""
    if column.order is None:
        raise ValueError(f"{column.key} has no order")
    return Order(
        column.order,
        SQL("customer.id"),
        is_down=column.is_down != reverse,
        is_known=column is NAME,
    )


def _joins(names: set[str]) -> Composed:
    return SQL(" ").join(
        SQL("LEFT JOIN {one} ON {one}.customer_id = customer.id").format(one=Identifier(name))
        for name in sorted(names)
    )
