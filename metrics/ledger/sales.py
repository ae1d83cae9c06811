"""Expansion by what made it: what was sold, and what only costs more.

The amount of an expansion is the ledger's. Which part is what comes from the customer's terms on
that day and on the day before:

| relation | one row is |
|---|---|
| `risen` | a customer's expansion on a day |
| `side` | a term that was paid for the day before, or is on the day |
| `item` | what became of a plan: of one subscription that kept it, or of those that came and went |
| `rise` | an item's rise by what it is: of quantity, or of price |
| `sale` | a part of an expansion: its customer, day and plan |

The falls of a product lower its own rises; the falls of other products, all of them in proportion.
Of customers that pay for one thing at a time, `metrics.ledger.steady` says the same in less.
"""

from __future__ import annotations

from psycopg.sql import SQL, Composed, Identifier

from metrics.ledger import terms

RISEN = SQL("""
    risen AS (
        SELECT held.customer_id, held.day, sum(held.amount) AS amount
        FROM {source} AS held
        WHERE held.kind = 'expansion' {these}
        GROUP BY held.customer_id, held.day
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
SALE = SQL("""
    slice AS (
        SELECT customer_id, day, plan_id, part, sum(rise / all_rises * net) AS weight
        FROM rise GROUP BY customer_id, day, plan_id, part
    ), weighed AS (
        SELECT risen.customer_id, risen.day, risen.amount, plan_id,
            coalesce(part, 'price') AS part,
            coalesce(
                round(risen.amount * weight
                    / sum(weight) OVER (PARTITION BY risen.customer_id, risen.day), 10),
                risen.amount
            ) AS portion,
            row_number() OVER (
                PARTITION BY risen.customer_id, risen.day ORDER BY weight DESC, plan_id, part
            ) AS number
        FROM risen LEFT JOIN slice USING (customer_id, day)
    ), sale AS (
        SELECT customer_id, day, plan_id, part,
            CASE WHEN number = 1
                THEN amount - sum(portion) OVER (PARTITION BY customer_id, day) + portion
                ELSE portion END AS amount
        FROM weighed
    )
""")

STORE = SQL("""
    WITH {relations}
    INSERT INTO metrics_sale (customer_id, day, plan_id, part, amount)
    SELECT customer_id, day, plan_id, part, amount FROM sale
""")

AT_THE_RATE = SQL("JOIN rate ON rate.currency = term.currency AND rate.day = asked.day")


def relation(source: str, these: SQL | Composed, *, is_converted: bool = False) -> Composed:
    """`sale`, of the movements `held` in `source` that are of `these`; converted if they are, at
    `rate`."""
    risen = RISEN.format(source=Identifier(source), these=these)
    side = SIDE.format(
        counts=terms.counts_on(SQL("looked.at")),
        mrr=SQL("term.mrr * rate.rate") if is_converted else SQL("term.mrr"),
        rate=AT_THE_RATE if is_converted else SQL(""),
    )
    return SQL(",").join([risen, side, ITEM, RISE, SALE])


def store(these: SQL | Composed) -> Composed:
    """The statement that notes what `these` customers were sold, after their movements are
    made."""
    return STORE.format(relations=relation("metrics_movement", these))
