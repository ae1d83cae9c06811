"""Expansion by part: what was sold, and what only costs more.

| relation | one row is |
|---|---|
| `sale` | a part of an expansion (`metrics.ledger.sales`): the ledger's; converted, made anew |
| `sold` | the same in its period and segment: where its customer was, or what it was sold |
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from psycopg.sql import SQL, Composed

from metrics.contributions import converted, relations
from metrics.contributions.frame import WHOLE, Dimension, Frame, Split
from metrics.contributions.rate import Rate
from metrics.contributions.rows import NOTHING, Cell, Cursor, Page, Row, Sums
from metrics.contributions.segments import HELD, Text, is_crossed, segment_of
from metrics.contributions.standing import page
from metrics.ledger import sales
from metrics.units import Unit

PARTS = ("cross_sell", "upsell", "renewal", "price")

KEPT = SQL("""
    sale AS NOT MATERIALIZED (
        SELECT customer_id, day, plan_id, part, amount FROM metrics_sale
        WHERE day >= %(first)s AND day < %(last)s
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    )
""")
SOLD = SQL("""
    sold AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, {segment} AS segment,
            sale.customer_id, day, part, amount
        FROM sale {joins}
    )
""")
PLAN = SQL("""
    LEFT JOIN customers_plan AS plan ON plan.id = sale.plan_id
    LEFT JOIN customers_product AS product ON product.id = plan.product_id
""")
VERSION = SQL("""
    LEFT JOIN version ON version.customer_id = sale.customer_id
        AND sale.day >= version.lower AND sale.day < version.upper
""")
NAMES = {
    Split.PRODUCT: SQL("coalesce(product.name, %(none)s)"),
    Split.PLAN: SQL("coalesce(product.name || ': ' || plan.name, %(none)s)"),
}

SUMS = SQL("""
    SELECT period, segment, part, sum(amount), count(DISTINCT customer_id)
    FROM sold
    GROUP BY GROUPING SETS ((period, segment, part), (period, segment))
""")
ROWS = SQL("""
    SELECT customer_id, array_agg(part ORDER BY part), array_agg(amount ORDER BY part)
    FROM (
        SELECT customer_id, part, sum(amount) AS amount FROM sold
        WHERE segment = %(segment)s AND customer_id > %(after)s
        GROUP BY customer_id, part
    ) AS sorted
    GROUP BY customer_id
    ORDER BY customer_id LIMIT %(limit)s
""")


def sale(frame: Frame) -> Composed | SQL:
    """`sale`; with exchange rates it needs `movement`."""
    if not relations.is_converted(frame):
        return KEPT
    within = SQL("AND held.day >= %(first)s")
    return sales.relation("movement", within, is_converted=True)


def sold(dimension: Dimension) -> Composed:
    """`sold`; needs `sale`, and `version` for attributes."""
    joins = [PLAN] if dimension.is_by_subscription else []
    joins += [VERSION] if dimension.attributes else []
    segment = segment_of(dimension, customer=HELD, contract=NAMES.get(dimension.contract))
    return SOLD.format(segment=segment, joins=SQL(" ").join(joins))


@dataclass(frozen=True, kw_only=True)
class Expansion:
    """The expansion of a period, by part. By product and plan it stands where it was sold."""

    is_additive: ClassVar[bool] = True
    is_of_ledger: ClassVar[bool] = True
    part_names: ClassVar[tuple[str, ...]] = PARTS
    converts: ClassVar[bool] = True
    formula: str
    is_money: bool = True
    empty_reason: str = ""
    row_unit: Unit = Unit.MONEY

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        found = self._sums(frame.whole())
        if frame.dimension != WHOLE:
            found |= self._sums(frame)
        for number in range(len(frame.periods)):
            found.setdefault((number, None), Sums(parts=dict.fromkeys(PARTS, NOTHING)))
        return found

    def _sums(self, frame: Frame) -> dict[Cell, Sums]:
        counts: dict[Cell, tuple[int, Decimal]] = {}
        amounts: dict[Cell, dict[str, Decimal]] = defaultdict(dict)
        for period, segment, part, amount, count in frame.fetch(self._query(frame, SUMS)):
            cell = (period - 1, segment or None)
            if part is None:
                counts[cell] = (count, Decimal(amount))
            else:
                amounts[cell][part] = Decimal(amount)
        return {
            cell: Sums(n=n, y=y, parts={part: amounts[cell].get(part, NOTHING) for part in PARTS})
            for cell, (n, y) in counts.items()
        }

    def _query(self, frame: Frame, select: SQL) -> Composed:
        dimension = frame.dimension
        before: list[Text] = []
        if relations.is_converted(frame):
            before.append(relations.entries(frame.whole()))
        if dimension.attributes:
            before.append(relations.version(dimension))
        return relations.query(*before, sale(frame), sold(dimension), select=select)

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is None:
            frame = frame.whole()
        found = frame.fetch(
            self._query(frame, ROWS), segment=segment or "", after=after.key, limit=limit + 1
        )
        rows = []
        for customer, parts, amounts in found:
            by_part = dict(zip(parts, map(Decimal, amounts), strict=True))
            rows.append(Row(customer, sum(by_part.values(), NOTHING), None, by_part))
        return page(rows, limit)


@dataclass(frozen=True, kw_only=True)
class SoldRate(Rate):
    """A rate that also reads `sold`: what a customer was sold (or 0) in the period.

    By product and plan: of that product or plan.
    """

    def joined(self, frame: Frame) -> tuple[list[Composed | SQL], SQL]:
        dimension = frame.dimension
        is_by_contract = dimension.is_by_subscription
        has_movement = not is_by_contract or is_crossed(dimension)
        needs_movement = relations.is_converted(frame) and not has_movement
        before: list[Composed | SQL] = [converted.MOVEMENT] if needs_movement else []
        bought = SQL("""
            bought AS (
                SELECT period, segment, customer_id, sum(amount) AS sold
                FROM sold WHERE part IN ('upsell', 'cross_sell') AND amount > 0
                GROUP BY period, segment, customer_id
            ), served AS (
                SELECT moved.*, coalesce(bought.sold, 0) AS sold
                FROM moved
                LEFT JOIN bought ON bought.period = moved.period
                    AND bought.customer_id = moved.customer_id {same_segment}
            )
        """).format(
            same_segment=SQL("AND bought.segment = moved.{contract}").format(
                contract=SQL("contract") if is_crossed(dimension) else SQL("segment")
            )
            if is_by_contract
            else SQL("")
        )
        contract = dimension.without(Split.ATTRIBUTE)
        return [*before, sale(frame), sold(contract), bought], SQL("served")
