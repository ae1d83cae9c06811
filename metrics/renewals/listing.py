"""What comes due: months, totals and rows, filtered and sorted in SQL.

What was due until today is `renewal_rate`'s, row for row; what comes due after stands as it does
today (metrics.renewals.relations). A customer stands once in a month, by its last due day there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any

from psycopg.sql import SQL, Composed

from customers.owners import EVERYBODY, Owned
from metrics import neighbours
from metrics.contributions import renewals
from metrics.contributions.converted import RATE
from metrics.contributions.due import Days
from metrics.contributions.frame import UNKNOWN, Frame
from metrics.contributions.relations import query
from metrics.contributions.segments import Text
from metrics.currency import Currency, figures_currency
from metrics.models import MetricSettings
from metrics.neighbours import Around, Neighbours, Window
from metrics.periods import DAY, Grain, Period, advance, floor
from metrics.renewals import relations
from tenants.models import Company

ZERO = Decimal(0)
NO_BAND = "none"
OPEN = ("open", "undecided")
ORDERS: Mapping[str, SQL] = {
    "next": SQL("stood.day - CASE WHEN stood.day < %(today)s THEN 0 ELSE 1000000 END"),
    "day": SQL("stood.day"),
    "mrr": SQL("stood.mrr"),
    "name": SQL("lower(customer.name)"),
}
DESCENDING = frozenset({"mrr"})
_JOINS = {"name": SQL("JOIN customers_customer AS customer ON customer.id = stood.customer_id")}

TOTALS = SQL("""
    SELECT period, outcome, coalesce(span.band, 'none'), count(*), sum(mrr), sum(gross), sum(net),
        sum(mrr * mrr), sum(due)
    FROM stood
    LEFT JOIN metrics_healthscore AS span ON span.customer_id = stood.customer_id
        AND span.ends_on IS NULL
    WHERE {where}
    GROUP BY 1, 2, 3
""")
PAGE = SQL("""
    SELECT stood.customer_id, period, day, outcome, mrr, gross, net FROM stood {joins} WHERE {where}
    ORDER BY {order} {way}, stood.customer_id, period LIMIT %(limit)s OFFSET %(offset)s
""")

# Both in one look: what stands is worked out once.
BOTH = SQL("""
    SELECT NULL::bigint AS place, total.* FROM ({totals}) AS total
    UNION ALL
    SELECT row_number() OVER (), period, outcome, day::text, customer_id, mrr, gross, net, 0, 0
    FROM ({page}) AS page
    ORDER BY place
""")
# Customers as they come first in the list; one that is not in it any more as it would be.
AROUND = SQL("""
    , first AS (
        SELECT DISTINCT ON (customer_id) customer_id, place
        FROM (
            SELECT stood.customer_id, {order} AS place, {is_in} AS is_in FROM stood {joins}
        ) AS row
        WHERE is_in OR customer_id = %(customer)s
        ORDER BY customer_id, is_in DESC, place {way}
    ), counted AS (
        SELECT customer_id, row_number() OVER (ORDER BY place {way}, customer_id) AS number
        FROM first
    )
    SELECT counted.customer_id, counted.number - own.number
    FROM counted JOIN counted AS own ON own.customer_id = %(customer)s
    WHERE counted.number BETWEEN own.number - %(window)s AND own.number + %(window)s
    ORDER BY counted.number
""")
CONTRACTS = SQL("SELECT customer_id, day, subscription_id FROM every ORDER BY subscription_id")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """`bands` and `outcomes`: any of them; `by` and `segment`: an attribute's value today."""

    owned: Owned = EVERYBODY
    bands: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    by: str = ""
    segment: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A customer in a month. `gross` and `net`: what renewed of it (of what lies ahead 0)."""

    customer_id: int
    is_ahead: bool
    day: dt.date
    outcome: str
    mrr: Decimal
    gross: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class Sums:
    """Customers and the MRR they come due with; `squares`: of each customer's MRR. `decided`: what
    of it was, by today, and of that renewed `gross` (at most what was due) and `net`."""

    customers: int = 0
    mrr: Decimal = ZERO
    gross: Decimal = ZERO
    net: Decimal = ZERO
    squares: Decimal = ZERO
    decided: Decimal = ZERO

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.customers + other.customers,
            self.mrr + other.mrr,
            self.gross + other.gross,
            self.net + other.net,
            self.squares + other.squares,
            self.decided + other.decided,
        )


Cells = Mapping[tuple[str, str], Sums]
"""By outcome and band."""


@dataclass(frozen=True)
class Month:
    """A calendar month, or as much of it as was asked for; `cells` of what was due in it until
    today and lies ahead in it."""

    start: dt.date
    end: dt.date
    cells: Cells

    def of(self, *outcomes: str) -> Sums:
        """Of any of these outcomes; of all without any."""
        return total(self.cells, *outcomes)


def total(cells: Cells, *outcomes: str) -> Sums:
    found = [sums for (name, _), sums in cells.items() if not outcomes or name in outcomes]
    return sum(found, Sums())


@dataclass(frozen=True, slots=True)
class Outcome:
    """Customers of an outcome, and the MRR that it became of what was due, theirs and others'."""

    customers: int
    mrr: Decimal


def certain(cells: Cells) -> Outcome:
    """What renewed (at most what was due) or is agreed."""
    agreed = total(cells, "agreed")
    customers = total(cells, "renewed").customers + agreed.customers
    return Outcome(customers, total(cells).gross + agreed.mrr)


def lost(cells: Cells) -> Outcome:
    """What did not renew, also of customers who renewed for less, or is cancelled."""
    found, cancelled = total(cells), total(cells, "cancelled")
    customers = total(cells, "lost").customers + cancelled.customers
    return Outcome(customers, found.decided - found.gross + cancelled.mrr)


def undecided(cells: Cells) -> Outcome:
    """The rest of what is due."""
    known = certain(cells).mrr + lost(cells).mrr
    return Outcome(total(cells, *OPEN).customers, total(cells).mrr - known)


def added(several: Sequence[Cells]) -> Cells:
    found: dict[tuple[str, str], Sums] = {}
    for cells in several:
        for key, sums in cells.items():
            found[key] = found.get(key, Sums()) + sums
    return found


def cut(start: dt.date, end: dt.date, today: dt.date) -> list[Period]:
    """The months of `[start, end)`, the one of today in two: until today, and what lies ahead."""
    borders = {start, end}
    month = advance(floor(start, Grain.MONTH), Grain.MONTH)
    while month < end:
        borders.add(month)
        month = advance(month, Grain.MONTH)
    if start < today + DAY < end:
        borders.add(today + DAY)
    ordered = sorted(borders)
    return [Period(one, other) for one, other in pairwise(ordered)]


@dataclass
class Listing:
    """What comes due in `[start, end)` as of `today`."""

    company: Company
    today: dt.date
    start: dt.date
    end: dt.date
    which: Days = Days.LONGER
    filters: Filters = field(default_factory=Filters)

    @cached_property
    def currency(self) -> Currency:
        return figures_currency(self.company)

    @cached_property
    def periods(self) -> list[Period]:
        return cut(self.start, self.end, self.today)

    @cached_property
    def _grace(self) -> int:
        return MetricSettings.held().late_days

    def months(self) -> list[Month]:
        """In order, also those in which nothing comes due. A query."""
        where, params = self._where()
        return self._months(self.fetch(TOTALS.format(where=where), **params))

    def months_and_page(
        self, *, order: str = "next", reverse: bool = False, at: int = 0, size: int
    ) -> tuple[list[Month], list[Due]]:
        """`months` and `page` in one query, which costs as much as either. Of the first pages, all
        up to there and some further on are kept for a while for `beside`."""
        where, params = self._where()
        page = self._page(order, where, is_reverse=reverse)
        select = BOTH.format(totals=TOTALS.format(where=where), page=page)
        window = self._window(order, reverse=reverse)
        # From the first row on: a customer of a later page may have come before.
        is_near = at + size <= window.width
        limit, offset = (window.width, 0) if is_near else (size, at)
        rows = self.fetch(select, limit=limit, offset=offset, **params)
        found = [row for place, *row in rows if place is not None]
        if is_near:
            window.keep(
                list(dict.fromkeys(customer for _, _, _, customer, *_ in found)),
                is_start=True,
                is_end=len(found) < limit,
            )
            found = found[at : at + size]
        return self._months([row for place, *row in rows if place is None]), [
            self._due(customer, number, dt.date.fromisoformat(day), outcome, *amounts)
            for number, outcome, day, customer, *amounts, _, _ in found
        ]

    def _months(self, rows: Sequence[Sequence[Any]]) -> list[Month]:
        found: dict[dt.date, list[Cells]] = {
            floor(period.start, Grain.MONTH): [] for period in self.periods
        }
        for number, outcome, band, count, *amounts in rows:
            month = floor(self.periods[number - 1].start, Grain.MONTH)
            sums = Sums(count, *(amount or ZERO for amount in amounts))
            found[month].append({(outcome, band): sums})
        return [
            Month(
                max(month, self.start),
                min(advance(month, Grain.MONTH), self.end),
                added(cells),
            )
            for month, cells in found.items()
        ]

    def page(
        self, *, order: str = "next", reverse: bool = False, at: int = 0, size: int
    ) -> list[Due]:
        """`size` rows from place `at` (0: the first) on; `order` is one of ORDERS, its usual way
        or the `reverse`; "next" is by day, what is over after what is to come. A query."""
        where, params = self._where()
        select = self._page(order, where, is_reverse=reverse)
        rows = self.fetch(select, limit=size, offset=at, **params)
        return [self._due(*row) for row in rows]

    def _page(self, order: str, where: SQL, *, is_reverse: bool) -> Composed:
        return PAGE.format(where=where, **_sorted(order, is_reverse))

    def beside(
        self, customer: int, *, order: str = "next", reverse: bool = False, is_new: bool = False
    ) -> Neighbours:
        """Who stands before and after a customer in this order, each where it comes first; it need
        not match itself any more, but something of it must come due. Read from the part of the
        list that was looked at last, for a while; else, or if it `is_new`, a query, which costs as
        much as `page`: what a customer comes due by is in no index."""
        window = self._window(order, reverse=reverse)
        return window.beside(
            customer, lambda: self._around(customer, order, reverse=reverse), is_new=is_new
        )

    def _window(self, order: str, *, reverse: bool) -> Window:
        days = (self.today, self.start, self.end, self.which)
        said = ("renewals", self.filters, *days, self.currency.code, order, reverse)
        return Window(*said, width=neighbours.WIDE_WINDOW)

    def _around(self, customer: int, order: str, *, reverse: bool) -> Around:
        where, params = self._where()
        select = AROUND.format(is_in=where, **_sorted(order, reverse))
        found = self.fetch(select, also=customer, window=neighbours.WIDE_WINDOW, **params)
        previous = [other for other, steps in reversed(found) if steps < 0]
        return previous, [other for other, steps in found if steps > 0]

    def _due(self, customer: int, number: int, *rest: Any) -> Due:
        return Due(customer, self.periods[number - 1].start > self.today, *rest)

    def contracts(self) -> dict[tuple[int, dt.date], list[int]]:
        """By customer and day, the subscriptions that come due. A query; see `of`."""
        found: dict[tuple[int, dt.date], list[int]] = {}
        for customer, day, subscription in self.fetch(CONTRACTS):
            found.setdefault((customer, day), []).append(subscription)
        return found

    def of(self, customers: Sequence[int]) -> Listing:
        """The same of these customers alone, whatever the filters."""
        return replace(self, filters=_These(customers=tuple(customers)))

    def _where(self) -> tuple[SQL, dict[str, Any]]:
        if not self.filters.outcomes:
            return SQL("true"), {}
        return SQL("outcome = ANY(%(outcomes)s)"), {"outcomes": list(self.filters.outcomes)}

    def fetch(
        self, select: Text, *, also: int | None = None, **params: Any
    ) -> list[tuple[Any, ...]]:
        """The rows of a query over the relations (metrics.renewals.relations), which hold `also`
        a customer that the filters do not let through; `period` counts `periods` from 1."""
        rates = self.currency.rates
        customers = self.filters.customers if isinstance(self.filters, _These) else None
        frame = Frame(
            self.periods,
            timezone=self.company.timezone,
            as_of=self.today,
            customers=customers,
            rates=rates,
        )
        before: list[Text] = [RATE] if rates is not None else []
        return frame.fetch(
            query(
                *before,
                *relations.stood(
                    self.which,
                    self._conditions(also),
                    renewals.turn(frame),
                    is_converted=rates is not None,
                ),
                select=select,
            ),
            **{
                "grace": self._grace,
                "today": self.today,
                "owners": self.filters.owned.parameter,
                "bands": list(self.filters.bands),
                "by": self.filters.by,
                "segment": self.filters.segment,
                "customer": also,
                **params,
            },
        )

    def _conditions(self, also: int | None) -> list[Text]:
        filters = self.filters
        found: list[Text] = []
        if not filters.owned.is_all:
            found.append(relations.of_owner(filters.owned))
        if filters.bands:
            found.append(relations.of_band(filters.bands, NO_BAND))
        if filters.by:
            found.append(relations.of_segment(filters.segment, UNKNOWN))
        if found and also is not None:
            matches = SQL(" AND ").join(found)
            return [SQL("({} OR customer_id = %(customer)s)").format(matches)]
        return found


def _sorted(order: str, is_reverse: bool) -> dict[str, SQL]:
    is_down = (order in DESCENDING) != is_reverse
    return {
        "joins": _JOINS.get(order, SQL("")),
        "order": ORDERS[order],
        "way": SQL("DESC") if is_down else SQL("ASC"),
    }


@dataclass(frozen=True, kw_only=True)
class _These(Filters):
    customers: tuple[int, ...] = ()
