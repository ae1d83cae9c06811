"""The rows of customers that pay for one thing at a time, in one currency, and never pause.

Most customers are like that. Each of their movements is told by two neighbouring terms, so nothing
has to be added up. Everyone else is `is_woven` here and left to `metrics.ledger.woven`.

| relation | one row is |
|---|---|
| `in_turn` | a paid term with the one before it |
| `island` | terms that follow one another at one price for one plan, with what came before |
"""

from __future__ import annotations

from psycopg.sql import SQL

# last_end: when the customer's last term ends. is_woven: this term overlaps the one before, or is
# in another currency, or the customer has a pause on record.
# is_on: the island begins on the day on which the one before it ends. has_end: nothing follows on
# the day on which it ends.
ISLAND = SQL("""
    in_turn AS (
        SELECT paid.customer_id, subscription_id, plan_id, currency, quantity, mrr, starts_on,
            lag(subscription_id) OVER by_day AS subscription_before,
            lag(quantity) OVER by_day AS quantity_before,
            lag(ends_on) OVER by_day AS end_before, lag(mrr) OVER by_day AS mrr_before,
            lag(plan_id) OVER by_day AS plan_before, lag(currency) OVER by_day AS currency_before,
            last_value(ends_on) OVER (
                by_day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS last_end
        FROM paid
        WINDOW by_day AS (PARTITION BY paid.customer_id ORDER BY starts_on)
    ), pausing AS (
        SELECT DISTINCT pause.customer_id FROM customers_pause AS pause
        WHERE pause.superseded_at IS NULL {pauses}
    ), islands AS (
        SELECT in_turn.customer_id, subscription_id, plan_id, currency, quantity, mrr, starts_on,
            subscription_before, quantity_before, end_before, mrr_before, plan_before,
            lag(starts_on) OVER by_day AS before_on, lead(starts_on) OVER by_day AS next_on,
            coalesce(lead(end_before) OVER by_day, last_end) AS ends_on,
            bool_or(
                pausing.customer_id IS NOT NULL OR coalesce(currency_before <> currency, false)
                OR (mrr_before IS NOT NULL AND (end_before IS NULL OR end_before > starts_on))
            ) OVER (PARTITION BY in_turn.customer_id) AS is_woven
        FROM in_turn
        LEFT JOIN pausing ON pausing.customer_id = in_turn.customer_id
        WHERE end_before IS DISTINCT FROM starts_on OR mrr_before <> mrr
            OR plan_before <> plan_id OR currency_before <> currency
        WINDOW by_day AS (PARTITION BY in_turn.customer_id ORDER BY starts_on)
    ), island AS MATERIALIZED (
        SELECT *,
            end_before IS NOT DISTINCT FROM starts_on AS is_on,
            plan_before <> plan_id AND end_before = starts_on AS is_switch,
            ends_on IS NOT NULL AND ends_on IS DISTINCT FROM next_on AS has_end,
            CASE
                WHEN before_on IS NULL THEN 'new'
                WHEN end_before <> starts_on THEN 'reactivation'
                WHEN mrr > mrr_before THEN 'expansion'
                WHEN mrr < mrr_before THEN 'contraction'
                ELSE 'transfer'
            END AS kind
        FROM islands
    )
""")

# side: 1 at an island's start, 2 at its end.
MOVEMENTS = SQL("""
    SELECT customer_id, currency, 0 AS position,
        CASE side WHEN 1 THEN starts_on ELSE ends_on END AS day,
        CASE side WHEN 1 THEN kind ELSE 'churn' END AS kind,
        CASE WHEN side = 2 THEN -mrr WHEN is_on THEN mrr - mrr_before ELSE mrr END AS amount,
        CASE WHEN side = 2 THEN mrr WHEN is_on THEN mrr_before ELSE 0 END AS mrr_before,
        CASE side WHEN 1 THEN mrr ELSE 0 END AS mrr_after,
        side = 2 OR is_on AS was_paying, side = 1 AS is_paying,
        CASE WHEN side = 2 THEN starts_on WHEN is_on THEN before_on ELSE end_before END
            AS previous_day,
        CASE side WHEN 1 THEN ends_on ELSE next_on END AS next_day
    FROM (SELECT *, generate_series(1, 1 + has_end::int) AS side FROM island WHERE NOT is_woven)
        AS sided
""")

# side 0: what is left of the plan before, at a switch of plans.
PARTS = SQL("""
    SELECT customer_id, currency,
        CASE side WHEN 0 THEN plan_before ELSE plan_id END AS plan_id,
        CASE side WHEN 2 THEN ends_on ELSE starts_on END AS day,
        CASE side WHEN 2 THEN 'churn' ELSE kind END AS kind,
        CASE WHEN side = 2 THEN -mrr WHEN side = 0 THEN -mrr_before
            WHEN is_on AND NOT is_switch THEN mrr - mrr_before ELSE mrr END AS amount,
        CASE WHEN side = 2 THEN mrr WHEN side = 0 OR is_on AND NOT is_switch THEN mrr_before
            ELSE 0 END AS mrr_before,
        CASE side WHEN 1 THEN mrr ELSE 0 END AS mrr_after
    FROM (
        SELECT *, generate_series(1 - coalesce(is_switch, false)::int, 1 + has_end::int) AS side
        FROM island WHERE NOT is_woven
    ) AS sided
""")

# Two neighbouring terms tell what was sold (`metrics.ledger.sales`, in the same words): a plan in
# the place of another is an upsell whatever product it is of, since the other one's fell to 0;
# what a plan that stayed has risen by is of quantity or of price or shared between them, and the
# larger share, of price if they are equal, takes what rounding leaves.
SALES = SQL("""
    rise AS (
        SELECT customer_id, starts_on, plan_id, is_switch, more, dearer, net, is_renewal,
            more / (more + dearer) * net AS of_more, dearer / (more + dearer) * net AS of_dearer
        FROM (
            SELECT island.customer_id, starts_on, plan_id, is_switch, mrr - mrr_before AS net,
                (quantity - quantity_before) * mrr / quantity AS more,
                quantity_before * mrr / quantity - mrr_before AS dearer,
                coalesce(renewing.is_of_all OR subscription_id = ANY(renewing.subscriptions)
                    OR subscription_before = ANY(renewing.subscriptions), false) AS is_renewal
            FROM island
            LEFT JOIN (
                SELECT renewal.customer_id, renews_on, array_agg(subscription_id) AS subscriptions,
                    bool_or(subscription_id IS NULL) AS is_of_all
                FROM customers_renewal AS renewal
                WHERE renewal.superseded_at IS NULL {renewals}
                GROUP BY renewal.customer_id, renews_on
            ) AS renewing ON renewing.customer_id = island.customer_id AND renews_on = starts_on
            WHERE kind = 'expansion' AND NOT is_woven
        ) AS risen
    ), stored_sale AS (
        INSERT INTO metrics_sale (customer_id, day, plan_id, part, amount)
        SELECT customer_id, starts_on, plan_id, 'upsell',
            CASE WHEN is_switch OR dearer <= 0 THEN net
                WHEN of_more > of_dearer
                    THEN net - round(net * of_dearer / (of_more + of_dearer), 10)
                ELSE round(net * of_more / (of_more + of_dearer), 10) END
        FROM rise WHERE is_switch OR more > 0
        UNION ALL
        SELECT customer_id, starts_on, plan_id,
            CASE WHEN is_renewal THEN 'renewal' ELSE 'price' END,
            CASE WHEN more <= 0 THEN net
                WHEN of_more > of_dearer THEN round(net * of_dearer / (of_more + of_dearer), 10)
                ELSE net - round(net * of_more / (of_more + of_dearer), 10) END
        FROM rise WHERE NOT is_switch AND dearer > 0
    )
""")

WOVEN = SQL("SELECT DISTINCT customer_id FROM island WHERE is_woven")
