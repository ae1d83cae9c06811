"""Terms and pauses to movements, in SQL over sets of customers.

A customer's rows depend on its own terms and pauses and on nothing else, so the rows of some
customers made anew are the same as those rows of a full rebuild.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg.sql import SQL

from metrics.ledger.pauses import IDLE, NEVER_PAUSED, PARTS, PAUSED

DELETE = SQL("""
    WITH parts AS (DELETE FROM metrics_movementpart {these})
    DELETE FROM metrics_movement {these}
""")

# edge: every term goes up at its start and down at its end; and the other way round at the ends
#   of what of it is paused.
# part: what of that is left per plan and day; a renewal at the same price is nothing.
# step: per day and currency; a switch of plans at one price stays, with amount 0.
# run: with the state before and after. Within a day rises come first, so that a customer who
#   swaps one currency for another is never without MRR in between.
# base: movements as they are of who never pauses.
MOVEMENTS = SQL("""
    edge AS (
        SELECT subscription.customer_id, term.plan_id, term.currency, side.day, side.amount
        FROM customers_term AS term
        JOIN customers_subscription AS subscription ON subscription.id = term.subscription_id
        CROSS JOIN LATERAL
            (VALUES (term.starts_on, term.mrr), (term.ends_on, -term.mrr)) AS side (day, amount)
        WHERE term.superseded_at IS NULL AND term.mrr > 0 AND side.day IS NOT NULL {these}
        UNION ALL
        SELECT idle.customer_id, term.plan_id, term.currency, side.day, side.amount
        FROM idle
        JOIN customers_term AS term ON term.subscription_id = idle.subscription_id
        CROSS JOIN LATERAL unnest(
            idle.days * datemultirange(daterange(term.starts_on, term.ends_on))
        ) AS pause (days)
        CROSS JOIN LATERAL (
            VALUES (lower(pause.days), -term.mrr), (upper(pause.days), term.mrr)
        ) AS side (day, amount)
        WHERE term.superseded_at IS NULL AND term.mrr > 0 AND side.day IS NOT NULL
    ), part AS (
        SELECT customer_id, plan_id, currency, day, sum(amount) AS amount
        FROM edge
        GROUP BY customer_id, plan_id, currency, day
        HAVING sum(amount) <> 0
    ), step AS (
        SELECT customer_id, currency, day, sum(amount) AS amount
        FROM part
        GROUP BY customer_id, currency, day
    ), run AS (
        SELECT customer_id, currency, day, amount,
            row_number() OVER within_day - 1 AS position,
            sum(amount) OVER (PARTITION BY customer_id, currency ORDER BY day) AS mrr_after,
            sum(amount) OVER (
                PARTITION BY customer_id ORDER BY day, amount DESC, currency
                ROWS UNBOUNDED PRECEDING
            ) AS all_after,
            sum(amount) OVER (PARTITION BY customer_id ORDER BY day) AS day_after,
            sum(amount) OVER (PARTITION BY customer_id, day) AS day_amount,
            lag(day) OVER in_order AS previous_day,
            lead(day) OVER in_order AS next_day,
            min(day) OVER (PARTITION BY customer_id) AS first_day
        FROM step
        WINDOW within_day AS (PARTITION BY customer_id, day ORDER BY amount DESC, currency),
            in_order AS (PARTITION BY customer_id ORDER BY day, amount DESC, currency)
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

# turn orders the rows of a plan's day.
INSERT = SQL("""
    WITH {idle}, {movements}, {paused}, movement AS (
        SELECT customer_id, day, position, kind, currency, amount,
            mrr_before, mrr_after, was_paying, is_paying, previous_day, next_day
        FROM base
        WHERE {unpaused}
        UNION ALL
        SELECT customer_id, day, position, kind, currency, amount,
            mrr_before, mrr_after, was_paying, is_paying, previous_day, next_day
        FROM replaced
    ), stored AS (
        INSERT INTO metrics_movement (customer_id, day, position, kind, currency, amount,
            mrr_before, mrr_after, was_paying, is_paying, previous_day, next_day)
        SELECT * FROM movement
    ), {parts}
    INSERT INTO metrics_movementpart (customer_id, plan_id, day, kind, currency, amount,
        mrr_before, mrr_after)
    SELECT customer_id, plan_id, day, kind, currency, amount,
        sum(amount) OVER state - amount, sum(amount) OVER state
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
""")


def lock() -> None:
    """Be the only writer of the ledger until the transaction ends. Readers go on reading."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE metrics_movement IN SHARE ROW EXCLUSIVE MODE")


def build(customers: Sequence[int] | None = None, *, pause_days: int) -> None:
    """Make the movements of `customers` (of all, if None) anew from their current terms and
    pauses; who paused and is not back by day `pause_days` churns on that day.

    Call it in a transaction that holds `lock()`: others see the old rows or the new ones.
    """
    params: dict[str, Any] = {"pause_days": pause_days}
    if customers is None:
        _run(SQL(""), SQL(""), params)
        return
    _run(
        SQL("WHERE customer_id = ANY(%(customers)s)"),
        SQL("AND subscription.customer_id = ANY(%(customers)s)"),
        params | {"customers": list(customers)},
    )


def _run(in_ledger: SQL, in_terms: SQL, params: dict[str, Any]) -> None:
    insert = INSERT.format(
        idle=IDLE.format(these=in_terms),
        movements=MOVEMENTS.format(these=in_terms),
        paused=PAUSED,
        parts=PARTS,
        unpaused=NEVER_PAUSED,
    )
    with connection.cursor() as cursor:
        cursor.execute(DELETE.format(these=in_ledger), params)
        cursor.execute(insert, params)
