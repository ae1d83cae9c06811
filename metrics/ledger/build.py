"""Terms to movements, in SQL over sets of customers.

A customer's rows depend on its own terms and on nothing else, so the rows of some customers made
anew are the same as those rows of a full rebuild.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from psycopg.sql import SQL

DELETE = SQL("""
    WITH parts AS (DELETE FROM metrics_movementpart {these})
    DELETE FROM metrics_movement {these}
""")

# edge: every term goes up at its start and down at its end.
# part: what of that is left per plan and day; a renewal at the same price is nothing.
# step: per day and currency; a switch of plans at one price stays, with amount 0.
# run: with the state before and after. Within a day rises come first, so that a customer who
#   swaps one currency for another is never without MRR in between.
INSERT = SQL("""
    WITH edge AS (
        SELECT subscription.customer_id, term.plan_id, term.currency, side.day, side.amount
        FROM customers_term AS term
        JOIN customers_subscription AS subscription ON subscription.id = term.subscription_id
        CROSS JOIN LATERAL
            (VALUES (term.starts_on, term.mrr), (term.ends_on, -term.mrr)) AS side (day, amount)
        WHERE term.superseded_at IS NULL AND term.mrr > 0 AND side.day IS NOT NULL {these}
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
    ), movement AS (
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
    ), stored AS (
        INSERT INTO metrics_movement (customer_id, day, position, kind, currency, amount,
            mrr_before, mrr_after, was_paying, is_paying, previous_day, next_day)
        SELECT customer_id, day, position, kind, currency, amount,
            mrr_before, mrr_after, was_paying, is_paying, previous_day, next_day
        FROM movement
    )
    INSERT INTO metrics_movementpart (customer_id, plan_id, day, kind, currency, amount,
        mrr_before, mrr_after)
    SELECT customer_id, plan_id, day, movement.kind, currency, part.amount,
        sum(part.amount) OVER state - part.amount, sum(part.amount) OVER state
    FROM part JOIN movement USING (customer_id, currency, day)
    WINDOW state AS (PARTITION BY customer_id, plan_id, currency ORDER BY day)
""")


def lock() -> None:
    """Be the only writer of the ledger until the transaction ends. Readers go on reading."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE metrics_movement IN SHARE ROW EXCLUSIVE MODE")


def build(customers: Sequence[int] | None = None) -> None:
    """Make the movements of `customers` (of all, if None) anew from their current terms.

    Call it in a transaction that holds `lock()`: others see the old rows or the new ones.
    """
    if customers is None:
        _run(SQL(""), SQL(""), {})
        return
    _run(
        SQL("WHERE customer_id = ANY(%(customers)s)"),
        SQL("AND subscription.customer_id = ANY(%(customers)s)"),
        {"customers": list(customers)},
    )


def _run(in_ledger: SQL, in_terms: SQL, params: dict[str, list[int]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(DELETE.format(these=in_ledger), params)
        cursor.execute(INSERT.format(these=in_terms), params)
