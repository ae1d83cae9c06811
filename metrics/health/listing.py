"""Customers by their present score: filtered, sorted and paged in SQL.

| relation | one row is |
|---|---|
| `scored` | a customer with a score today that the filters let through |
| `paid` | what a customer pays a month today, in one currency |
| `before` | its score 30 days ago |
| `due` | the days to its next renewal on record, else to the end of the quarter or year paid for |

A page is found by its order alone, so that only what it is ordered by is looked up for everybody,
and all else for the few customers on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import connection
from psycopg.sql import SQL, Composed, Identifier

from customers.attributes import values_on
from customers.searching import escaped
from metrics.currency import Currency, figures_currency
from metrics.health.coverage import ENOUGH, LittleKnown
from metrics.health.filters import Filters
from metrics.health.paid import THESE, paid_in
from metrics.health.signals.contract import LEFT_OF_TERM
from metrics.models import HealthScore
from metrics.neighbours import Around, Neighbours, Order, Window
from metrics.periods import DAY
from tenants.models import Company

DROP_DAYS = 30
UNKNOWN = "none"
"""The segment of customers without a value."""
PER_LOOK = 2000
SCORED = SQL("""
    scored AS (
        SELECT span.customer_id, span.score, span.band, span.coverage
        FROM metrics_healthscore AS span {joins}
        WHERE span.ends_on IS NULL {conditions}
    )
""")
OF_MODEL = SQL("JOIN metrics_healthversion AS version ON version.id = span.version_id")
OF_NAME = SQL("JOIN customers_customer AS customer ON customer.id = span.customer_id")
OF_SEGMENT = SQL("LEFT JOIN ({values}) AS placed ON placed.customer_id = span.customer_id").format(
    values=SQL(values_on(key="%(by)s", day="%(today)s"))
)
BEFORE = SQL("""
    before AS (
        SELECT customer_id, score FROM metrics_healthscore
        WHERE starts_on <= %(then)s AND (ends_on IS NULL OR ends_on > %(then)s) AND {these}
    )
""")
DUE = SQL("""
    due AS (
        SELECT customer_id, coalesce(min(days) FILTER (WHERE is_on_record), min(days)) AS days
        FROM (
            SELECT customer_id, true AS is_on_record, renews_on - %(today)s::date AS days
            FROM customers_renewal
            WHERE superseded_at IS NULL AND renews_on >= %(today)s
                AND NOT coalesce(cancelled_on <= %(today)s, false) AND {these}
            UNION ALL
            SELECT subscription.customer_id, false, {left}
            FROM customers_term AS term
            JOIN customers_subscription AS subscription ON subscription.id = term.subscription_id
            JOIN (VALUES ('quarter', 3), ('year', 12)) AS step (interval, months)
                ON step.interval = term.interval
            WHERE term.superseded_at IS NULL AND term.starts_on <= %(today)s
                AND (term.ends_on IS NULL OR term.ends_on > %(today)s) AND {those}
        ) AS either
        GROUP BY customer_id
    )
""")
RELATIONS = {
    "before": BEFORE.format(these=THESE.format(column=SQL("customer_id"))),
    "due": DUE.format(
        left=LEFT_OF_TERM.format(day=SQL("%(today)s::date")),
        these=THESE.format(column=SQL("customer_id")),
        those=THESE.format(column=SQL("subscription.customer_id")),
    ),
}

# By column: what it orders by, and the relation that says it.
ORDERS: Mapping[str, tuple[SQL, str]] = {
    "score": (SQL("scored.score"), ""),
    "name": (SQL("lower(named.name)"), "named"),
    "drop": (SQL("scored.score - before.score"), "before"),
    "mrr": (SQL("paid.mrr"), "paid"),
    "at_risk": (SQL("CASE WHEN scored.band = 'red' THEN paid.mrr ELSE 0 END"), "paid"),
    "renewal": (SQL("due.days"), "due"),
}
DESCENDING = frozenset({"mrr", "at_risk"})
"""Columns whose largest are of most interest; of all others the smallest."""

NAMED = SQL("named AS (SELECT id AS customer_id, name FROM customers_customer)")

PAGE = SQL("""
    SELECT scored.customer_id FROM scored {joins} {conditions}
    ORDER BY {by} LIMIT %(limit)s OFFSET %(offset)s
""")
PLACE = SQL("SELECT {order} FROM scored {joins} WHERE scored.customer_id = %(customer)s")
BESIDE = SQL("""
    SELECT scored.customer_id FROM scored {joins} {conditions} ORDER BY {by} LIMIT %(limit)s
""")
# Looked up one by one, what is known of a customer takes less to plan than joined.
ROWS = SQL("""
    SELECT wanted.customer_id, customer.external_id, customer.name, span.score, span.band,
        span.coverage, span.starts_on, model.id, model.name, version.number,
        (SELECT score FROM before WHERE before.customer_id = wanted.customer_id),
        (SELECT mrr FROM paid WHERE paid.customer_id = wanted.customer_id),
        due.days
    FROM unnest(%(customers)s::bigint[]) WITH ORDINALITY AS wanted (customer_id, place)
    JOIN customers_customer AS customer ON customer.id = wanted.customer_id
    JOIN metrics_healthscore AS span ON span.customer_id = wanted.customer_id
        AND span.ends_on IS NULL
    JOIN metrics_healthversion AS version ON version.id = span.version_id
    JOIN metrics_healthmodel AS model ON model.id = version.model_id
    LEFT JOIN due ON due.customer_id = wanted.customer_id
    ORDER BY place
""")
TOTALS = SQL("""
    SELECT scored.band, count(*), sum(scored.score), sum(paid.mrr), sum(scored.score * paid.mrr),
        count(*) FILTER (WHERE coverage < %(enough)s),
        sum(paid.mrr) FILTER (WHERE coverage < %(enough)s)
    FROM scored LEFT JOIN paid USING (customer_id) {joins} {conditions}
    GROUP BY scored.band
""")


@dataclass(frozen=True, slots=True)
class Row:
    """A customer by its score. `before`: 30 days ago. `mrr` None: contracts are in currencies that
    cannot be added up. `renews_in`: days."""

    customer_id: int
    external_id: str
    name: str
    score: int
    band: str
    coverage: int
    since: dt.date
    model_id: int
    model: str
    version: int
    before: int | None
    mrr: Decimal | None
    renews_in: int | None

    @property
    def change(self) -> int | None:
        return None if self.before is None else self.score - self.before

    @property
    def at_risk(self) -> Decimal | None:
        """What it pays, if its band is red; else 0."""
        return self.mrr if self.band == "red" or self.mrr is None else Decimal(0)


@dataclass(frozen=True, slots=True)
class BandTotal:
    band: str
    label: str
    customers: int
    mrr: Decimal | None
    share: float | None
    mrr_share: float | None


@dataclass(frozen=True, slots=True)
class BandSums:
    """`points`: of their scores. `mrr` and `weighed`, scores times MRR, None: nobody pays.
    `little_known`: how many of them, who pay `little_known_mrr`."""

    customers: int
    points: int
    mrr: Decimal | None
    weighed: Decimal | None
    little_known: int
    little_known_mrr: Decimal | None


@dataclass(frozen=True)
class Totals:
    """Of all that the filters let through. `mean` and `weighted` (by MRR) None: of nobody."""

    customers: int
    mrr: Decimal | None
    bands: Sequence[BandTotal]
    little_known: LittleKnown
    mean: float | None
    weighted: float | None


@dataclass
class Listing:
    """The customers by score as of `today`, through `filters`."""

    company: Company
    today: dt.date
    filters: Filters = field(default_factory=Filters)

    def __post_init__(self) -> None:
        self.currency: Currency = figures_currency(self.company)

    def page(self, *, order: str = "score", reverse: bool = False, at: int, size: int) -> list[Row]:
        """`size` customers from place `at` (0: the first) on; `order` is one of ORDERS, its usual
        way or the `reverse`. Who has no value stands last. Kept for a while for `beside`."""
        found = self._ordered(order, reverse=reverse, at=at, size=size)
        window = self._window(order, reverse=reverse)
        window.keep(found, is_start=not at, is_end=len(found) < size)
        return self.rows(found)

    def _ordered(self, order: str, *, reverse: bool, at: int, size: int) -> list[int]:
        _text, relation = ORDERS[order]
        by = _order(order, reverse).by
        query = self._query(
            PAGE.format(joins=self._joins({relation}), conditions=self._conditions(), by=by),
            {relation},
        )
        return [one for (one,) in self._fetch(query, limit=size, offset=at)]

    def beside(
        self, customer: int, *, order: str = "score", reverse: bool = False, is_new: bool = False
    ) -> Neighbours:
        """Who stands before and after a customer in this order; of one without a score nobody.
        Read from the part of the list that was looked at last, for a while; else, or if it
        `is_new`, three queries, none of which counts its way there."""
        window = self._window(order, reverse=reverse)
        return window.beside(
            customer, lambda: self._around(customer, order, reverse=reverse), is_new=is_new
        )

    def _window(self, order: str, *, reverse: bool) -> Window:
        return Window("health", self.filters, self.today, self.currency.code, order, reverse)

    def _around(self, customer: int, order: str, *, reverse: bool) -> Around:
        text, relation = ORDERS[order]
        everybody = replace(self, filters=Filters())
        place = everybody._query(
            PLACE.format(order=text, joins=everybody._joins({relation})), {relation}
        )
        found = everybody._fetch(place, customer=customer, customers=[customer])
        if not found:
            return [], []

        def nearest(condition: Composed, by: Composed, params: dict[str, Any]) -> list[int]:
            query = BESIDE.format(
                joins=self._joins({relation}), conditions=self._conditions(condition), by=by
            )
            rows = self._fetch(self._query(query, {relation}), customer=customer, **params)
            return [one for (one,) in rows]

        ((value,),) = found
        return _order(order, reverse).around(value, nearest)

    def after(self, customer: int, size: int) -> list[Row]:
        """The next `size` in order of id."""
        conditions = self._conditions(SQL("scored.customer_id > %(after)s"))
        query = self._query(
            SQL("""
                SELECT scored.customer_id FROM scored {joins} {conditions}
                ORDER BY scored.customer_id LIMIT %(limit)s
            """).format(joins=self._joins(set()), conditions=conditions),
            set(),
        )
        found = self._fetch(query, limit=size, after=customer)
        return self.rows([one for (one,) in found])

    def all(self, *, order: str, reverse: bool, most: int) -> Iterator[Row]:
        """Everybody, up to `most`, in pieces."""
        for at in range(0, most, PER_LOOK):
            size = min(PER_LOOK, most - at)
            found = self._ordered(order, reverse=reverse, at=at, size=size)
            yield from self.rows(found)
            if len(found) < PER_LOOK:
                return

    def rows(self, customers: Sequence[int]) -> list[Row]:
        """These customers with everything about them, in this order. A query."""
        if not customers:
            return []
        query = SQL("WITH {before}, {due}, {paid} {rows}").format(
            before=RELATIONS["before"], due=RELATIONS["due"], paid=paid_in(self.currency), rows=ROWS
        )
        return [Row(*found) for found in self._fetch(query, customers=list(customers))]

    def totals(self) -> Totals:
        return self.totals_of(self.sums())

    def sums(self) -> dict[str, BandSums]:
        """By band. A query over all that the filters let through."""
        query = self._query(
            TOTALS.format(joins=self._joins(set()), conditions=self._conditions()), {"paid"}
        )
        return {band: BandSums(*sums) for band, *sums in self._fetch(query)}

    def totals_of(self, by_band: Mapping[str, BandSums]) -> Totals:
        customers = sum(sums.customers for sums in by_band.values())
        points = sum(sums.points for sums in by_band.values())
        has_money = self.currency.code is not None
        mrr = sum((sums.mrr or Decimal(0) for sums in by_band.values()), Decimal(0))
        weighed = sum((sums.weighed or Decimal(0) for sums in by_band.values()), Decimal(0))
        return Totals(
            customers,
            mrr if has_money else None,
            [
                self._of_band(band, str(label), by_band.get(band), customers, mrr)
                for band, label in HealthScore.Band.choices
            ],
            self._little_known(by_band.values(), customers, mrr),
            mean=points / customers if customers else None,
            weighted=float(weighed / mrr) if mrr else None,
        )

    def _little_known(
        self, bands: Collection[BandSums], customers: int, mrr: Decimal
    ) -> LittleKnown:
        paid = sum((sums.little_known_mrr or Decimal(0) for sums in bands), Decimal(0))
        return LittleKnown.among(
            customers,
            mrr,
            customers=sum(sums.little_known for sums in bands),
            mrr=None if self.currency.code is None else paid,
        )

    def _of_band(
        self, band: str, label: str, sums: BandSums | None, customers: int, mrr: Decimal
    ) -> BandTotal:
        count = sums.customers if sums else 0
        paid = (sums.mrr if sums else None) or Decimal(0)
        has_money = self.currency.code is not None
        return BandTotal(
            band,
            label,
            count,
            paid if has_money else None,
            count / customers if customers else None,
            float(paid / mrr) if has_money and mrr else None,
        )

    @property
    def _needs(self) -> set[str]:
        """The relations that the filters read beside `scored`."""
        found = set()
        if self.filters.drop is not None:
            found.add("before")
        if self.filters.renews_within is not None:
            found.add("due")
        return found

    def _joins(self, more: set[str]) -> Composed:
        return SQL(" ").join(
            SQL("LEFT JOIN {one} USING (customer_id)").format(one=Identifier(name))
            for name in sorted((self._needs | more) - {""})
        )

    def _conditions(self, *more: SQL | Composed) -> SQL | Composed:
        found = [*more]
        if self.filters.drop is not None:
            found.append(SQL("before.score - scored.score >= %(drop)s"))
        if self.filters.renews_within is not None:
            found.append(SQL("due.days <= %(renews_within)s"))
        return SQL("WHERE {}").format(SQL(" AND ").join(found)) if found else SQL("")

    def _query(self, select: Composed, more: set[str]) -> Composed:
        known: dict[str, SQL | Composed] = {
            **RELATIONS,
            "paid": paid_in(self.currency),
            "named": NAMED,
        }
        relations = [self._scored(), *(known[name] for name in sorted((self._needs | more) - {""}))]
        return SQL("WITH {} {}").format(SQL(", ").join(relations), select)

    def _scored(self) -> Composed:
        joins: list[SQL | Composed] = []
        conditions: list[SQL] = []
        if self.filters.bands:
            conditions.append(SQL("AND span.band = ANY(%(bands)s)"))
        if self.filters.model is not None:
            joins.append(OF_MODEL)
            conditions.append(SQL("AND version.model_id = %(model)s"))
        if self.filters.by:
            joins.append(OF_SEGMENT)
            conditions.append(SQL("AND coalesce(nullif(placed.value, ''), %(none)s) = %(segment)s"))
        if self.filters.words:
            joins.append(OF_NAME)
            conditions.append(
                SQL("AND (customer.name ILIKE %(like)s OR customer.external_id ILIKE %(like)s)")
            )
        return SCORED.format(joins=SQL(" ").join(joins), conditions=SQL(" ").join(conditions))

    def _fetch(self, query: Composed, **more: Any) -> list[tuple[Any, ...]]:
        params = {
            "today": self.today,
            "enough": ENOUGH,
            "then": self.today - DROP_DAYS * DAY,
            "customers": None,
            "bands": list(self.filters.bands),
            "model": self.filters.model,
            "by": self.filters.by,
            "segment": self.filters.segment,
            "none": UNKNOWN,
            "like": f"%{escaped(self.filters.words)}%",
            "drop": self.filters.drop,
            "renews_within": self.filters.renews_within,
            **self.currency.parameters(self.today),
        }
        with connection.cursor() as cursor:
            cursor.execute(query, params | more)
            return list(cursor.fetchall())


def _order(name: str, reverse: bool) -> Order:
    text, _relation = ORDERS[name]
    return Order(
        text,
        SQL("scored.customer_id"),
        is_down=(name in DESCENDING) != reverse,
        is_known=name in ("score", "name"),
    )
