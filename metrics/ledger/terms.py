"""The terms that the ledger is made from: those that are paid for.

A contract renewed up to `late_days` late is bridged: its term before the gap lasts, at its price,
until the renewal. A gap has no term of the contract at all; a free one is no gap.
"""

from __future__ import annotations

from psycopg.sql import SQL, Composed

PAID = SQL("""
    paid AS (
        SELECT subscription.customer_id, term.subscription_id, term.plan_id, term.currency,
            term.starts_on, term.ends_on, term.quantity, term.mrr
        FROM customers_term AS term
        JOIN customers_subscription AS subscription ON subscription.id = term.subscription_id
        WHERE term.superseded_at IS NULL AND term.mrr > 0 {these}
    )
""")
BRIDGED = SQL("""
    paid AS (
        SELECT customer_id, subscription_id, plan_id, currency, starts_on,
            CASE WHEN next_mrr > 0 AND next_on - ends_on <= %(late_days)s THEN next_on
                ELSE ends_on END AS ends_on,
            quantity, mrr
        FROM (
            SELECT subscription.customer_id, term.subscription_id, term.plan_id, term.currency,
                term.starts_on, term.ends_on, term.quantity, term.mrr,
                lead(term.starts_on) OVER by_day AS next_on, lead(term.mrr) OVER by_day AS next_mrr
            FROM customers_term AS term
            JOIN customers_subscription AS subscription ON subscription.id = term.subscription_id
            WHERE term.superseded_at IS NULL {these}
            WINDOW by_day AS (PARTITION BY term.subscription_id ORDER BY term.starts_on)
        ) AS in_order
        WHERE mrr > 0
    )
""")

# For a query that has `customers_term AS term`: whether it counts, bridged as in the ledger.
COUNTS_ON = SQL("""(
    term.starts_on <= {day} AND (
        term.ends_on IS NULL OR term.ends_on > {day}
        OR term.ends_on + (SELECT late_days FROM metrics_ledgerstate) > {day} AND EXISTS (
            SELECT FROM (
                SELECT later.starts_on, later.mrr FROM customers_term AS later
                WHERE later.subscription_id = term.subscription_id
                    AND later.superseded_at IS NULL AND later.starts_on >= term.ends_on
                ORDER BY later.starts_on LIMIT 1
            ) AS renewal
            WHERE renewal.mrr > 0 AND renewal.starts_on > {day}
                AND renewal.starts_on - term.ends_on
                    <= (SELECT late_days FROM metrics_ledgerstate)
        )
    )
)""")


def paid(these: SQL | Composed, *, late_days: int) -> Composed:
    """The relation `paid`: a term of `these` customers that counts, with its quantity and
    MRR."""
    return (BRIDGED if late_days else PAID).format(these=these)


def counts_on(day: SQL) -> Composed:
    return COUNTS_ON.format(day=day)
