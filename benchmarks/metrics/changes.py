"""Changes to contracts as they happen every day, with the feed that says who is concerned."""

from __future__ import annotations

import datetime as dt

from django.db import connection

# Those after a customer whose term goes on over the day.
CHOSEN = """
    SELECT DISTINCT ON (customer_id) term.id FROM customers_term AS term
    JOIN customers_subscription AS subscription ON subscription.id = term.subscription_id
    WHERE superseded_at IS NULL AND starts_on < %(day)s
        AND (ends_on IS NULL OR ends_on > %(day)s) AND customer_id > %(after)s
    ORDER BY customer_id LIMIT %(count)s
"""
CLOSE = "UPDATE customers_term SET superseded_at = now() WHERE id = ANY(%(terms)s)"
COLUMNS = "subscription_id, plan_id, quantity, amount, interval, currency, mrr, source_id"
# Until the day, everything is as it was; from then on two of three pay a tenth more, the others
# nothing.
UNTIL = f"""
    INSERT INTO customers_term ({COLUMNS}, recorded_at, starts_on, ends_on)
    SELECT {COLUMNS}, now(), starts_on, %(day)s FROM customers_term WHERE id = ANY(%(terms)s)
"""
FROM = f"""
    INSERT INTO customers_term ({COLUMNS}, recorded_at, starts_on, ends_on)
    SELECT subscription_id, plan_id, quantity, round(amount * 1.1, 10), interval, currency,
        round(mrr * 1.1, 10), source_id, now(), %(day)s, ends_on
    FROM customers_term WHERE id = ANY(%(terms)s) AND id %% 3 <> 0
"""
FEED = """
    INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
    SELECT customer_id, 'subscriptions', %(day)s, now()
    FROM customers_term AS term
    JOIN customers_subscription AS subscription ON subscription.id = term.subscription_id
    WHERE term.id = ANY(%(terms)s) RETURNING customer_id
"""


def change(count: int, day: dt.date, *, after: int) -> int:
    """A new price or a cancellation from `day` on for the next `count` customers after one; the
    last of them."""
    with connection.cursor() as cursor:
        cursor.execute(CHOSEN, {"count": count, "day": day, "after": after})
        terms = [row[0] for row in cursor.fetchall()]
        assert len(terms) == count, f"only {len(terms)} customers pay on {day}"
        for statement in (CLOSE, UNTIL, FROM, FEED):
            cursor.execute(statement, {"terms": terms, "day": day})
        return max(int(row[0]) for row in cursor.fetchall())
