"""Pauses that a billing system tells with its subscriptions: facts, so that going to 0 for a
while is no churn."""

from __future__ import annotations

from customers.imports.backfilling import backfilled
from customers.imports.staging import Stage


def stage_pauses(stage: Stage) -> None:
    """`import_pause_held`: what is held of this kind for the rows' subscriptions. `import_pause`:
    what is to be held: the rows' pauses, and earlier ones up to where the rows know better."""
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_pause, pg_temp.import_pause_held")
    stage.execute(
        """
        CREATE TEMPORARY TABLE import_pause_held ON COMMIT DROP AS
        SELECT p.id, p.external_id, f.subscription, f.customer, f.known_from, p.customer_id,
               p.starts_on, p.ends_on
          FROM (SELECT subscription, min(customer) AS customer, min(known_from) AS known_from
                  FROM import_row GROUP BY subscription) f
          JOIN customers_subscription s ON s.external_id = f.subscription
          JOIN customers_pause p ON p.subscription_id = s.id AND p.superseded_at IS NULL
               AND starts_with(p.external_id, f.subscription || ':paused:')
        """
    )
    stage.execute(
        """
        CREATE TEMPORARY TABLE import_pause ON COMMIT DROP AS
        SELECT DISTINCT ON (r.external_id, paused_on) subscription, customer,
               subscription || ':paused:' || paused_on AS external_id, paused_on AS starts_on,
               least(resumes_on, ends_on) AS ends_on
          FROM import_row r WHERE paused_on < coalesce(least(resumes_on, ends_on), 'infinity')
         ORDER BY r.external_id, paused_on, resumes_on NULLS FIRST
        """
    )
    stage.execute(
        """
        INSERT INTO import_pause
        SELECT subscription, customer, external_id, starts_on, least(ends_on, known_from)
          FROM import_pause_held h
         WHERE starts_on < known_from AND external_id NOT IN (SELECT external_id FROM import_pause)
        """
    )


# Pauses to be held (n) beside those held (h), where they differ.
DIFFERING = """
    FROM import_pause n FULL JOIN import_pause_held h USING (external_id)
   WHERE n.subscription IS NULL OR h.subscription IS NULL
         OR n.ends_on IS DISTINCT FROM h.ends_on"""


def pauses_differ() -> str:
    """SQL of the subscriptions whose pauses are not as held."""
    return f"SELECT coalesce(n.subscription, h.subscription) {DIFFERING}"


def write_pauses(stage: Stage) -> None:
    """Close the pauses that are told otherwise now and store the new ones."""
    is_history = backfilled(
        stage,
        "customers_pause",
        day="p.starts_on",
        same="x.external_id = p.external_id",
    )
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_pause_change ON COMMIT DROP AS
        SELECT differing.name AS external_id, h.id, coalesce(c.id, h.customer_id) AS customer_id,
               s.id AS subscription_id, n.starts_on, n.ends_on, h.starts_on AS was_from
          FROM (SELECT external_id AS name {DIFFERING}) differing
          LEFT JOIN import_pause n ON n.external_id = differing.name
          LEFT JOIN import_pause_held h ON h.external_id = differing.name
          LEFT JOIN customers_customer c ON c.external_id = n.customer
          LEFT JOIN customers_subscription s ON s.external_id = n.subscription
        """
    )
    stage.execute(
        "UPDATE customers_pause p SET superseded_at = %s, closed_by_id = %s"
        " FROM import_pause_change x WHERE x.id = p.id",
        [stage.now, stage.source_id],
    )
    stage.execute(
        f"""
        INSERT INTO customers_pause (external_id, customer_id, subscription_id, starts_on, ends_on,
                                     reason, source_id, recorded_at, is_backfilled)
        SELECT external_id, customer_id, subscription_id, starts_on, ends_on, '', %s, %s,
               {is_history}
          FROM import_pause_change p WHERE starts_on IS NOT NULL ORDER BY external_id
        """,
        [stage.source_id, stage.now],
    )
    stage.execute(
        """
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT customer_id, 'pauses', min(least(starts_on, was_from)), %s
          FROM import_pause_change GROUP BY customer_id
        """,
        [stage.now],
    )
    stage.execute("DROP TABLE import_pause, import_pause_held, import_pause_change")
