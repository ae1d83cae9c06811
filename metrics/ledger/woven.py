"""The movements of customers whose terms overlap, are in several currencies, or were paused."""

from __future__ import annotations

from psycopg.sql import SQL

from metrics.ledger import pauses

# edge: every term goes up at its start and down at its end; and the other way round at the ends
#   of what of it is paused.
# part: what of that is left per plan and day; a renewal at the same price is nothing.
# step: per day and currency; a switch of plans at one price stays, with amount 0.
# run: with the state before and after. Within a day rises come first, so that a customer who
#   swaps one currency for another is never without MRR in between.
# base: movements as they are of who never pauses.
BASE = SQL("""
    edge AS (
        SELECT customer_id, plan_id, currency, starts_on AS day, mrr AS amount FROM paid
        UNION ALL
        SELECT customer_id, plan_id, currency, ends_on, -mrr FROM paid WHERE ends_on IS NOT NULL
        UNION ALL
        SELECT idle.customer_id, paid.plan_id, paid.currency, side.day, side.amount
        FROM idle
        JOIN paid ON paid.subscription_id = idle.subscription_id
        CROSS JOIN LATERAL unnest(
            idle.days * datemultirange(daterange(paid.starts_on, paid.ends_on))
        ) AS pause (days)
        CROSS JOIN LATERAL (
            VALUES (lower(pause.days), -paid.mrr), (upper(pause.days), paid.mrr)
        ) AS side (day, amount)
        WHERE side.day IS NOT NULL
    ), part AS (
        SELECT customer_id, plan_id, currency, day, sum(amount) AS amount
        FROM edge
        GROUP BY customer_id, day, currency, plan_id
        HAVING sum(amount) <> 0
    ), step AS (
        SELECT customer_id, currency, day, sum(amount) AS amount
        FROM part
        GROUP BY customer_id, day, currency
    ), run AS (
        SELECT customer_id, currency, day, amount,
            row_number() OVER within_day - 1 AS position,
            sum(amount) OVER (PARTITION BY customer_id, currency ORDER BY day) AS mrr_after,
            sum(amount) OVER in_order AS all_after,
            sum(amount) OVER (PARTITION BY customer_id ORDER BY day) AS day_after,
            sum(amount) OVER (PARTITION BY customer_id, day) AS day_amount,
            lag(day) OVER in_order AS previous_day,
            lead(day) OVER in_order AS next_day,
            min(day) OVER (PARTITION BY customer_id) AS first_day
        FROM step
        WINDOW within_day AS (PARTITION BY customer_id, day ORDER BY amount DESC, currency),
            in_order AS (
                PARTITION BY customer_id ORDER BY day, amount DESC, currency
                ROWS UNBOUNDED PRECEDING
            )
    ), base AS (
        SELECT customer_id, day, position, currency, amount,
            mrr_after - amount AS mrr_before, mrr_after, previous_day, next_day,
            all_after - amount > 0 AS was_paying, all_after > 0 AS is_paying,
            CASE
                WHEN day = first_day THEN 'new'
                WHEN day_after = day_amount THEN 'reactivation'
                WHEN day_after = 0 THEN 'churn'
                WHEN amount > 0 THEN 'expansion'
                WHEN amount < 0 THEN 'contraction'
                ELSE 'transfer'
            END AS kind
        FROM run
    )
""")

MOVEMENTS = SQL("""
    SELECT customer_id, currency, position, day, kind, amount, mrr_before, mrr_after,
        was_paying, is_paying, previous_day, next_day
    FROM base
    WHERE {unpaused}
    UNION ALL
    SELECT customer_id, currency, position, day, kind, amount, mrr_before, mrr_after,
        was_paying, is_paying, previous_day, next_day
    FROM replaced
""").format(unpaused=pauses.NEVER_PAUSED)

# turn orders the rows of a plan's day.
PARTS = SQL("""
    SELECT customer_id, currency, plan_id, day, kind, amount,
        sum(amount) OVER state - amount AS mrr_before, sum(amount) OVER state AS mrr_after
    FROM (
        SELECT customer_id, plan_id, day, base.kind, currency, part.amount, 1 AS turn
        FROM part JOIN base USING (customer_id, currency, day)
        WHERE {unpaused}
        UNION ALL
        SELECT customer_id, plan_id, day, kind, currency, amount, turn FROM replaced_part
    ) AS share
    WINDOW state AS (
        PARTITION BY customer_id, plan_id, currency ORDER BY day, turn ROWS UNBOUNDED PRECEDING
    )
""").format(unpaused=pauses.NEVER_PAUSED)
