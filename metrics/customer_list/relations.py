"""What is known of customers, as SQL: each relation has a row per customer that it knows of.

All of them read `%(today)s` (the company's day) and, where only some customers are wanted,
`%(customers)s` (their ids; null: everybody).
"""

from __future__ import annotations

from collections.abc import Mapping

from psycopg.sql import SQL, Composed

from customers.attributes import latest_first
from metrics.currency import Currency
from metrics.health.listing import RELATIONS as OF_HEALTH
from metrics.health.paid import THESE, paid_in

OF_CUSTOMER = THESE.format(column=SQL("customer_id"))
OF_SUBSCRIPTION = THESE.format(column=SQL("subscription.customer_id"))

SCORED = SQL("""
    scored AS (
        SELECT customer_id, score, band FROM metrics_healthscore
        WHERE ends_on IS NULL AND {these}
    )
""").format(these=OF_CUSTOMER)
# One row of a customer's movements holds today, and says whether any of its currencies is paid.
STANDING = SQL("""
    standing AS (
        SELECT customer_id, is_paying, mrr_after AS mrr FROM metrics_movement
        WHERE day <= %(today)s AND (next_day IS NULL OR next_day > %(today)s) AND {these}
    )
""").format(these=OF_CUSTOMER)
SOLD = SQL("""
    sold AS (
        SELECT subscription.customer_id,
            string_agg(DISTINCT CASE WHEN plan.name = product.name THEN plan.name
                ELSE product.name || ': ' || plan.name END, ', ') AS plans,
            string_agg(DISTINCT product.name, ', ') AS products
        FROM customers_term AS term
        JOIN customers_subscription AS subscription ON subscription.id = term.subscription_id
        JOIN customers_plan AS plan ON plan.id = term.plan_id
        JOIN customers_product AS product ON product.id = plan.product_id
        WHERE term.superseded_at IS NULL AND term.starts_on <= %(today)s
            AND (term.ends_on IS NULL OR term.ends_on > %(today)s) AND {these}
        GROUP BY subscription.customer_id
    )
""").format(these=OF_SUBSCRIPTION)
PEOPLE = SQL("""
    people AS (
        SELECT customer_id, count(*) AS contacts FROM customers_contact
        WHERE removed_at IS NULL AND {these} GROUP BY customer_id
    )
""").format(these=OF_CUSTOMER)
SUPPORTED = SQL("""
    supported AS (
        SELECT customer_id, count(*) AS tickets FROM customers_ticket
        WHERE superseded_at IS NULL AND resolved_at IS NULL AND {these} GROUP BY customer_id
    )
""").format(these=OF_CUSTOMER)
# One look into the index per customer; only ever asked of those on a page.
USED = SQL("""
    used AS (
        SELECT asked.customer_id, (
            SELECT max(day) FROM customers_usageday AS day
            WHERE day.customer_id = asked.customer_id
        ) AS last_used_on
        FROM unnest(%(customers)s::bigint[]) AS asked (customer_id)
    )
""")
PLACED = SQL("""
    placed AS (
        SELECT DISTINCT ON (a.customer_id) a.customer_id, nullif(a.value, '') AS value
        FROM customers_customerattribute AS a
        WHERE a.key = %(sorted_by)s AND a.superseded_at IS NULL
        ORDER BY a.customer_id, {latest}
    )
""").format(latest=SQL(latest_first("%(today)s::date")))


def relations(currency: Currency) -> Mapping[str, SQL | Composed]:
    """By the name that the SQL of columns and conditions knows it by."""
    return {
        **OF_HEALTH,
        "paid": paid_in(currency),
        "scored": SCORED,
        "standing": STANDING,
        "sold": SOLD,
        "people": PEOPLE,
        "supported": SUPPORTED,
        "used": USED,
        "placed": PLACED,
    }
