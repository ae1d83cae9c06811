"""Rates over customers: a numerator and a denominator for each, placed by the opening day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, LiteralString

from django.utils.translation import gettext_noop
from psycopg.sql import SQL, Composed, Identifier

from metrics.contributions import relations
from metrics.contributions.frame import WHOLE, Frame
from metrics.contributions.rows import NOTHING, Cell, Cursor, Page, Row, Sums
from metrics.units import Unit


class Balance(StrEnum):
    """What a customer that did not change counts for."""

    NOTHING = "nothing"
    CUSTOMERS = "customers"
    MRR = "mrr"
    EVER = "ever"
    KEPT = "kept"

    @property
    def per_customer(self) -> SQL:
        """One customer's, from its state."""
        return {
            Balance.NOTHING: SQL("0"),
            Balance.CUSTOMERS: SQL("is_paying::int"),
            Balance.MRR: SQL("mrr"),
            Balance.EVER: SQL("1"),
            Balance.KEPT: SQL("is_kept::int"),
        }[self]

    @property
    def column(self) -> str:
        """Which column of a balance counts this of all customers; '' for nothing."""
        return "" if self is Balance.NOTHING else self.value

    @property
    def counted(self) -> str:
        """The column that counts whom a denominator is about."""
        return self.value if self in COUNTED else "customers"

    def product(self, other: Balance) -> str:
        """The column with the sum over customers of this times `other`; '' for nothing."""
        pair = {self, other}
        if Balance.NOTHING in pair:
            return ""
        if pair == {Balance.MRR}:
            return "squares"
        order = (Balance.MRR, Balance.CUSTOMERS, Balance.KEPT, Balance.EVER)
        return next(balance.value for balance in order if balance in pair)


COUNTED = (Balance.EVER, Balance.KEPT)
"""Denominators that count more than who pays."""


def columns_of_sums(y: Balance, x: Balance, *, with_products: bool) -> list[str]:
    """Which column of a balance n, y, x, yy, xy and xx each are; '' for none. Products only if
    asked for."""
    products = [y.product(y), x.product(y), x.product(x)] if with_products else ["", "", ""]
    return [x.counted, y.column, x.column, *products]


def balances(y: Balance, x: Balance, *, with_products: bool) -> Composed:
    """n, y, x, yy, xy, xx of a balance's columns."""
    columns = columns_of_sums(y, x, with_products=with_products)
    return SQL(", ").join(Identifier(name) if name else SQL("0") for name in columns)


def columns_of(y: Balance, x: Balance, *, with_products: bool) -> set[str]:
    """The columns of a balance that `balances` reads."""
    kept = {x.value} if x in COUNTED else {"customers"}
    kept |= {balance.value for balance in (y, x)} - {"nothing"}
    return kept | {"squares"} if with_products and Balance.MRR in (y, x) else kept


def added_up(cells: Mapping[Cell, Sums]) -> dict[Cell, Sums]:
    """The totals of segments that every customer is in just one of, all with the same parts."""
    totals: dict[Cell, Sums] = {}
    for (period, _), one in cells.items():
        so_far = totals.get((period, None), Sums())
        totals[period, None] = Sums(
            so_far.n + one.n,
            so_far.y + one.y,
            so_far.x + one.x,
            so_far.yy + one.yy,
            so_far.xy + one.xy,
            so_far.xx + one.xx,
            {name: so_far.parts.get(name, NOTHING) + part for name, part in one.parts.items()},
        )
    return totals


def read(rows: list[tuple[object, ...]]) -> dict[Cell, Sums]:
    """(period, segment, n, y, x, yy, xy, xx) by cell; '' is the total."""
    found: dict[Cell, Sums] = {}
    for period, segment, n, *amounts in rows:
        y, x, yy, xy, xx = (Decimal(str(amount)) for amount in amounts)
        cell = (int(str(period)) - 1, str(segment) or None)
        found[cell] = Sums(int(str(n)), y, x, yy, xy, xx)
    return found


# settled: what stood through the period: the opening balance less the opening of who moved.
SETTLED = SQL("""
    settled AS (
        SELECT segment, period,
            standing.customers - coalesce(gone.customers, 0) AS customers,
            standing.mrr - coalesce(gone.mrr, 0) AS mrr,
            standing.squares - coalesce(gone.squares, 0) AS squares,
            standing.ever - coalesce(gone.ever, 0) AS ever,
            standing.kept - coalesce(gone.kept, 0) AS kept
        FROM (
            SELECT segment, period + 1 AS period, customers, mrr, squares, ever, kept
            FROM standing
        ) AS standing
        LEFT JOIN (
            SELECT opening_segment AS segment, period, {columns} FROM moved GROUP BY 1, 2
        ) AS gone USING (segment, period)
        WHERE period < cardinality(%(borders)s::date[])
    )
""")
GONE_COLUMNS = {
    "customers": (SQL("sum(at_opening)"), "at_opening"),
    "mrr": (SQL("sum(opening)"), "opening"),
    "squares": (SQL("sum(opening * opening)"), "opening"),
    "ever": (SQL("sum(ever_at_opening)"), "ever_at_opening"),
    "kept": (SQL("sum(kept_at_opening)"), "kept_at_opening"),
}

SUMS = SQL("""
    SELECT period, segment, sum(n), sum(y), sum(x), sum(yy), sum(xy), sum(xx)
    FROM (
        SELECT period, segment, n, y, x, yy, xy, xx FROM settled
        CROSS JOIN LATERAL (SELECT {balances}) AS balance (n, y, x, yy, xy, xx)
        UNION ALL
        SELECT period, segment, (x <> 0)::int, y, x, {products} FROM {moved}
        CROSS JOIN LATERAL (SELECT {y}, {x}) AS contribution (y, x)
    ) AS contributions
    GROUP BY period, segment
""")

PRODUCTS, NO_PRODUCTS = SQL("y * y, x * y, x * x"), SQL("0, 0, 0")

# Who makes the number another than it were had nothing happened, then who moved and does not.
MOVED_ROWS = SQL("""
    SELECT customer_id, y, x, opening, closing, turn FROM {moved}
    CROSS JOIN LATERAL (SELECT {y}, {x}) AS contribution (y, x)
    CROSS JOIN LATERAL (SELECT (y = {unmoved})::int) AS ranked (turn)
    WHERE segment = %(segment)s AND (y <> 0 OR x <> 0)
        AND (turn, customer_id) > (%(turn)s, %(after)s)
    ORDER BY turn, customer_id LIMIT %(limit)s
""")

SETTLED_ROWS = SQL("""
    SELECT customer_id, y, x, mrr, mrr, %(turn)s FROM state
    CROSS JOIN LATERAL (SELECT {y}, {x}) AS contribution (y, x)
    WHERE segment = %(segment)s AND (y <> 0 OR x <> 0) AND customer_id > %(after)s
        AND NOT EXISTS (
            SELECT FROM moved
            WHERE moved.customer_id = state.customer_id AND moved.opening_segment = state.segment
        )
    ORDER BY customer_id LIMIT %(limit)s
""")


STOOD = 2
"""The last group of rows, those who did not move."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """sum(numerator) / sum(denominator) over customers.

    `numerator` and `denominator` are SQL over the columns of `moved`; `settled_numerator` and
    `settled_denominator` say the same of a customer that did not move.
    """

    is_additive: ClassVar[bool] = True
    converts: ClassVar[bool] = True
    numerator: LiteralString
    denominator: LiteralString
    settled_numerator: Balance
    settled_denominator: Balance
    formula: str
    is_money: bool = False
    empty_reason: str = gettext_noop("no customers at the start")
    row_unit: Unit = Unit.MONEY

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        found = self._sums(frame)
        if frame.dimension.is_of_customers:
            found |= added_up(found)  # every customer is in one segment
        elif frame.dimension != WHOLE:
            found |= self._sums(frame.whole())
        for number in range(len(frame.periods)):
            found.setdefault((number, None), Sums())
        return found

    def _sums(self, frame: Frame) -> dict[Cell, Sums]:
        swept = frame.at_hand
        if swept is not None and self.is_plain and swept.has(self):
            return swept.rate(self, frame.periods)
        return read(self._fetch_sums(frame))

    @property
    def is_plain(self) -> bool:
        """Whether customers are placed by whether they paid at the opening: it can be made
        together with others (metrics.contributions.sweep)."""
        return {self.settled_numerator, self.settled_denominator}.isdisjoint(COUNTED)

    def joined(self, frame: Frame) -> tuple[list[Composed | SQL], SQL]:
        """More relations, of tables that are made with the ledger, and the one to read in place of
        `moved`: its rows with all their columns, and more."""
        return [], SQL("moved")

    @property
    def columns(self) -> set[str]:
        """The columns of `moved` that the numerator and denominator read, and the placing."""
        named = set(re.findall(r"[a-z_]+", f"{self.numerator} {self.denominator}"))
        return named | {"at_opening"}

    def _fetch_sums(self, frame: Frame) -> list[tuple[object, ...]]:
        y, x, has_products = self.settled_numerator, self.settled_denominator, self.is_money
        kept = columns_of(y, x, with_products=has_products)
        gone = {name: column for name, column in GONE_COLUMNS.items() if name in kept}
        settled = SETTLED.format(
            columns=SQL(", ").join(
                SQL("{what} AS {name}").format(
                    what=gone[name][0] if name in gone else SQL("0"), name=Identifier(name)
                )
                for name in GONE_COLUMNS
            )
        )
        columns = self.columns | {column for _, column in gone.values()}
        more, source = self.joined(frame)
        return frame.fetch(
            relations.query(
                relations.entries(frame),
                relations.flow(kept, frame),
                relations.moved(frame, columns),
                settled,
                *more,
                select=SUMS.format(
                    moved=source,
                    balances=balances(y, x, with_products=has_products),
                    products=PRODUCTS if has_products else NO_PRODUCTS,
                    y=SQL(self.numerator),
                    x=SQL(self.denominator),
                ),
            )
        )

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        found: list[tuple[Row, Cursor]] = []
        if after.group < STOOD:
            found = self._rows(frame, segment, after, limit + 1)
            after = Cursor(STOOD)
        if len(found) <= limit:
            found += self._rows(frame, segment, after, limit + 1 - len(found))
        rows = [row for row, _ in found[:limit]]
        return Page(rows, found[limit - 1][1] if len(found) > limit else None)

    def _rows(
        self, frame: Frame, segment: str | None, after: Cursor, limit: int
    ) -> list[tuple[Row, Cursor]]:
        y, x, select = SQL(self.numerator), SQL(self.denominator), MOVED_ROWS
        columns = self.columns | {"opening", "closing"}
        unmoved: SQL | Identifier = SQL("0")
        if self.settled_numerator is not Balance.NOTHING:
            _, name = GONE_COLUMNS[self.settled_numerator.column]
            columns |= {name}
            unmoved = Identifier(name)
        if after.group == STOOD:
            y, x = self.settled_numerator.per_customer, self.settled_denominator.per_customer
            select = SETTLED_ROWS
        if segment is None:
            frame = frame.whole()
        more, source = self.joined(frame)
        rows = frame.fetch(
            relations.query(
                relations.entries(frame),
                relations.moved(frame, columns),
                relations.state(frame),
                *more,
                select=select.format(y=y, x=x, moved=source, unmoved=unmoved),
            ),
            segment=segment or "",
            at=frame.borders[0],
            turn=after.group,
            after=after.key,
            limit=limit,
        )
        return [
            (
                Row(customer, Decimal(y), Decimal(x), {"opening": opening, "closing": closing}),
                Cursor(turn, customer),
            )
            for customer, y, x, opening, closing, turn in rows
        ]
