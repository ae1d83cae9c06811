"""Expansion by what made it: what was sold, and what only costs more.

The amount of an expansion is the ledger's, and so is where it stands. Which part is what comes
from the customer's terms on that day and on the day before:

| relation | one row is |
|---|---|
| `risen` | a customer's expansion on a day, in a segment |
| `side` | a term that was paid for the day before, or is on the day |
| `item` | what became of a plan: of one subscription that kept it, or of those that came and went |
| `rise` | an item's rise by what it is: of quantity, or of price |
| `sold` | a part of an expansion: its customer, day, product and plan |

The falls of a product lower its own rises; the falls of other products, all of them in proportion.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from psycopg.sql import SQL, Composed, Identifier

from metrics.contributions import converted, relations
from metrics.contributions.frame import WHOLE, Frame, Split
from metrics.contributions.rate import Rate
from metrics.contributions.rows import NOTHING, Cell, Cursor, Page, Row, Sums
from metrics.contributions.segments import is_crossed, segment_of
from metrics.contributions.standing import page
from metrics.ledger import terms
from metrics.units import Unit

PARTS = ("cross_sell", "upsell", "renewal", "price")

RISEN = SQL("""
    risen AS (
        SELECT {segment} AS segment, customer_id, day, sum(amount) AS amount
        FROM {source}
        WHERE kind = 'expansion' AND day >= %(first)s
        GROUP BY 1, customer_id, day
    )
""")

# seen_on: the day before; for a contract back from a pause, the day before that began.
# is_renewal: the contract comes up for renewal that day.
SIDE = SQL("""
    asked AS (
        SELECT DISTINCT risen.customer_id, risen.day, subscription.id AS subscription_id,
            coalesce(
                (
                    SELECT min(pause.starts_on) FROM customers_pause AS pause
                    WHERE pause.customer_id = risen.customer_id AND pause.superseded_at IS NULL
                        AND pause.ends_on = risen.day
                        AND coalesce(pause.subscription_id, subscription.id) = subscription.id
                ),
                risen.day
            ) - 1 AS seen_on,
            EXISTS (
                SELECT FROM customers_renewal AS renewal
                WHERE renewal.customer_id = risen.customer_id AND renewal.superseded_at IS NULL
                    AND renewal.renews_on = risen.day
                    AND coalesce(renewal.subscription_id, subscription.id) = subscription.id
            ) AS is_renewal
        FROM risen
        JOIN customers_subscription AS subscription USING (customer_id)
    ), side AS (
        SELECT asked.*, term.plan_id, looked.is_after, term.quantity, {mrr} AS mrr
        FROM asked
        CROSS JOIN LATERAL (VALUES (seen_on, false), (day, true)) AS looked (at, is_after)
        JOIN customers_term AS term ON term.subscription_id = asked.subscription_id
            AND term.superseded_at IS NULL AND term.mrr > 0
            AND {counts}
        {rate}
        WHERE NOT EXISTS (
            SELECT FROM customers_pause AS pause
            WHERE pause.customer_id = asked.customer_id AND pause.superseded_at IS NULL
                AND coalesce(pause.subscription_id, asked.subscription_id) = asked.subscription_id
                AND pause.starts_on <= looked.at
                AND (pause.ends_on IS NULL OR pause.ends_on > looked.at)
        )
    )
""")

# m and q: MRR and quantity, 0 before and 1 after. A subscription that kept its plan stands
# alone; the others stand together by plan, so that a contract made anew is no new sale.
ITEM = SQL("""
    contract AS (
        SELECT customer_id, day, subscription_id, plan_id, bool_or(is_renewal) AS is_renewal,
            coalesce(sum(quantity) FILTER (WHERE NOT is_after), 0) AS q0,
            coalesce(sum(mrr) FILTER (WHERE NOT is_after), 0) AS m0,
            coalesce(sum(quantity) FILTER (WHERE is_after), 0) AS q1,
            coalesce(sum(mrr) FILTER (WHERE is_after), 0) AS m1
        FROM side
        GROUP BY customer_id, day, subscription_id, plan_id
    ), item AS (
        SELECT customer_id, day, plan.product_id, plan_id, bool_or(is_renewal) AS is_renewal,
            sum(q0) AS q0, sum(m0) AS m0, sum(q1) AS q1, sum(m1) AS m1
        FROM contract JOIN customers_plan AS plan ON plan.id = plan_id
        GROUP BY customer_id, day, plan.product_id, plan_id,
            CASE WHEN m0 > 0 AND m1 > 0 THEN subscription_id END
    )
""")

# was, now: of the whole product. came, gone: of its plans that were not paid for before, or are
# not any more: a dearer plan in place of another has risen by the difference.
RISE = SQL("""
    whole AS (
        SELECT customer_id, day, product_id, sum(m0) AS was, sum(m1) AS now,
            sum(m1) FILTER (WHERE m0 = 0) AS came,
            coalesce(sum(m0) FILTER (WHERE m1 = 0), 0) AS gone
        FROM item GROUP BY customer_id, day, product_id
    ), exchange AS (
        SELECT customer_id, day, bool_or(now = 0) AS has_dropped
        FROM whole GROUP BY customer_id, day
    ), rise AS (
        SELECT customer_id, day, product_id, plan_id, part, rise, now - was AS net,
            sum(rise) OVER (PARTITION BY customer_id, day, product_id) AS all_rises
        FROM item
        JOIN whole USING (customer_id, day, product_id)
        JOIN exchange USING (customer_id, day)
        CROSS JOIN LATERAL (
            SELECT CASE WHEN was > 0 OR has_dropped THEN 'upsell' ELSE 'cross_sell' END AS part,
                CASE
                    WHEN m0 = 0 AND was = 0 THEN m1
                    WHEN m0 = 0 THEN m1 * (came - gone) / came
                    WHEN m1 > 0 THEN (q1 - q0) * m1 / q1
                END AS rise
            UNION ALL
            SELECT CASE WHEN is_renewal THEN 'renewal' ELSE 'price' END,
                CASE WHEN m0 > 0 AND m1 > 0 THEN q0 * m1 / q1 - m0 END
        ) AS made
        WHERE rise > 0 AND now > was
    )
""")

# Rounded to what MRR is rounded to; the largest share takes what is left, so that the parts of an
# expansion are the expansion. One that no term explains is a price: a currency's, say.
SOLD = SQL("""
    slice AS (
        SELECT customer_id, day, product_id, plan_id, part, sum(rise / all_rises * net) AS weight
        FROM rise GROUP BY customer_id, day, product_id, plan_id, part
    ), weighed AS (
        SELECT risen.segment, risen.customer_id, risen.day, risen.amount, product_id, plan_id,
            coalesce(part, 'price') AS part,
            coalesce(
                round(risen.amount * weight
                    / sum(weight) OVER (PARTITION BY risen.segment, risen.customer_id, risen.day),
                    10),
                risen.amount
            ) AS portion,
            row_number() OVER (
                PARTITION BY risen.segment, risen.customer_id, risen.day
                ORDER BY weight DESC, plan_id, part
            ) AS number
        FROM risen LEFT JOIN slice USING (customer_id, day)
    ), sold AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, {name} AS segment, customer_id,
            day, part,
            CASE WHEN number = 1 THEN amount
                - sum(portion) OVER (PARTITION BY weighed.segment, customer_id, day) + portion
                ELSE portion END AS amount
        FROM weighed
        LEFT JOIN customers_product AS product ON product.id = weighed.product_id
        LEFT JOIN customers_plan AS plan ON plan.id = weighed.plan_id
    )
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


AT_THE_RATE = SQL("JOIN rate ON rate.currency = term.currency AND rate.day = asked.day")


def sold(
    name: Composed | SQL, *, segment: SQL, source: str, is_converted: bool = False
) -> Composed:
    """`sold`, with `name` as its segment, from the movements of the relation `source`."""
    risen = RISEN.format(segment=segment, source=Identifier(source))
    side = SIDE.format(
        counts=terms.counts_on(SQL("looked.at")),
        mrr=SQL("term.mrr * rate.rate") if is_converted else SQL("term.mrr"),
        rate=AT_THE_RATE if is_converted else SQL(""),
    )
    return SQL(",").join([risen, side, ITEM, RISE, SOLD.format(name=name)])


@dataclass(frozen=True, kw_only=True)
class Expansion:
    """The expansion of a period, by part. By product and plan it stands where it was sold."""

    is_additive: ClassVar[bool] = True
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
        # By product and plan, the parts of all that rose are told apart; not what a segment saw.
        seen = replace(frame, dimension=dimension.without(dimension.contract))
        relation = sold(
            segment_of(
                dimension, customer=SQL("weighed.segment"), contract=NAMES.get(dimension.contract)
            ),
            segment=SQL("segment"),
            source="entry",
            is_converted=relations.is_converted(frame),
        )
        return relations.query(relations.entries(seen), relation, select=select)

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
        name = NAMES[dimension.contract] if is_by_contract else SQL("''")
        has_movement = not is_by_contract or is_crossed(dimension)
        is_converted = relations.is_converted(frame)
        movement = converted.MOVEMENT if is_converted else relations.MOVEMENT
        before: list[Composed | SQL] = [] if has_movement else [movement]
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
        relation = sold(name, segment=SQL("''"), source="movement", is_converted=is_converted)
        return [*before, relation, bought], SQL("served")
