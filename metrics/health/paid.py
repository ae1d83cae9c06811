"""The relation `paid`: what a customer pays a month today, in one currency."""

from __future__ import annotations

from psycopg.sql import SQL, Composed

from metrics.currency import Currency

# Of whom: an array of ids, or all.
THESE = SQL("(%(customers)s::bigint[] IS NULL OR {column} = ANY(%(customers)s))")

# One row of a customer's movements holds today, while all of them are in one currency.
PAID = SQL("""
    paid AS (
        SELECT customer_id, mrr_after AS mrr FROM metrics_movement
        WHERE day <= %(today)s AND (next_day IS NULL OR next_day > %(today)s) AND {these}
    )
""")
PAID_CONVERTED = SQL("""
    paid AS (
        SELECT customer_id, sum(mrr_after * rate) AS mrr
        FROM (
            SELECT DISTINCT ON (customer_id, currency) customer_id, currency, mrr_after
            FROM metrics_movement
            WHERE day <= %(today)s AND {these}
            ORDER BY customer_id, currency, day DESC, position DESC
        ) AS held
        JOIN unnest(%(currencies)s::text[], %(rates)s::numeric[]) AS known (currency, rate)
            USING (currency)
        GROUP BY customer_id
    )
""")
PAID_UNKNOWN = SQL("paid AS (SELECT NULL::bigint AS customer_id, NULL::numeric AS mrr LIMIT 0)")


def paid_in(currency: Currency) -> SQL | Composed:
    """The relation `paid` in this currency; nobody's where amounts have no sum."""
    if currency.code is None:
        return PAID_UNKNOWN
    text = PAID if currency.rates is None else PAID_CONVERTED
    return text.format(these=THESE.format(column=SQL("customer_id")))
