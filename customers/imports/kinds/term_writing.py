"""What an import of subscriptions writes, set-based; see customers.imports.kinds.terms."""

from __future__ import annotations

from customers.imports.backfilling import backfilled
from customers.imports.kinds.terms import DEFAULT_PRODUCT, stage_lines
from customers.imports.owners import give_to_their_customers
from customers.imports.plans import write_products_and_plans
from customers.imports.staging import Stage
from customers.mrr import monthly_sql


def compare(stage: Stage) -> None:
    """`import_term`: every term as it would be, and whether it differs from what is held."""
    product = stage.value("product", held="h.product", default=f"'{DEFAULT_PRODUCT}'")
    kept_plan = f"CASE WHEN h.product = {product} THEN h.plan END"
    plan = stage.value("plan", held=kept_plan, default=product)
    quantity = stage.value("quantity", held="h.quantity", default="1")
    # What was chosen for a file's amounts is also of contracts that are billed by another.
    chosen = stage.options.interval
    kept = f"'{chosen}'" if chosen and not stage.is_partial else "h.interval"
    interval = stage.value("interval", held=kept, default=f"'{chosen or 'month'}'")
    currency = stage.value("currency", held="h.currency", default="%s")
    amount = stage.value("amount", held="h.amount", default="0")
    stage_lines(stage)
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_term ON COMMIT DROP AS
        WITH term AS (
            SELECT line.row_number, line.external_id, line.started_on,
                   coalesce(line.ended_on, lead(line.started_on) OVER (
                       PARTITION BY line.external_id ORDER BY line.started_on)) AS ended_on,
                   h.id AS held_id, r.customer,
                   CASE WHEN r.row_number IS NULL THEN h.product ELSE {product} END AS product,
                   CASE WHEN r.row_number IS NULL THEN h.plan ELSE {plan} END AS plan,
                   CASE WHEN r.row_number IS NULL THEN h.quantity ELSE {quantity} END AS quantity,
                   CASE WHEN r.row_number IS NULL THEN h.amount ELSE {amount} END AS amount,
                   CASE WHEN r.row_number IS NULL THEN h.interval ELSE {interval} END AS interval,
                   CASE WHEN r.row_number IS NULL THEN h.currency ELSE {currency} END AS currency,
                   coalesce(r.updated_at, h.source_updated_at) AS source_updated_at
              FROM import_line line
              LEFT JOIN import_row r ON r.row_number = line.row_number
              LEFT JOIN import_held h ON h.id = line.held_id
        )
        SELECT term.*, h.subscription_id,
               h.starts_on AS was_started_on, h.ends_on AS was_ended_on,
               h.id IS NULL
               OR (term.started_on, term.ended_on, term.product, term.plan, term.quantity,
                   term.amount, term.interval, term.currency)
                  IS DISTINCT FROM
                  (h.starts_on, h.ends_on, h.product, h.plan, h.quantity,
                   h.amount, h.interval, h.currency)
               AS is_changed
          FROM term LEFT JOIN import_held h ON h.id = term.held_id
        """,  # noqa: S608 - built from constants
        [stage.currency],
    )
    stage.analyze("import_term")
    stage.execute(
        """
        UPDATE import_row r SET outcome = CASE
            WHEN t.held_id IS NULL THEN 'created'
            WHEN t.is_changed THEN 'updated' ELSE 'unchanged' END
          FROM import_term t WHERE t.row_number = r.row_number
        """
    )


def write(stage: Stage) -> None:
    is_history = backfilled(
        stage,
        "customers_term",
        day="t.started_on",
        same="x.subscription_id = s.id AND x.starts_on = t.started_on",
    )
    stage.execute(
        """
        UPDATE customers_term h SET source_updated_at = t.source_updated_at
          FROM import_term t
         WHERE t.held_id = h.id AND NOT t.is_changed
               AND h.source_updated_at IS DISTINCT FROM t.source_updated_at
        """
    )
    stage.execute("DELETE FROM import_term WHERE NOT is_changed")
    _write_plans_and_subscriptions(stage)
    stage.execute(
        """
        UPDATE customers_term h SET superseded_at = %s, closed_by_id = %s
          FROM import_term t WHERE t.held_id = h.id
        """,
        [stage.now, stage.source_id],
    )
    created = stage.execute(
        f"""
        INSERT INTO customers_term
               (subscription_id, plan_id, starts_on, ends_on, quantity, amount, "interval",
                currency, mrr, source_id, recorded_at, source_updated_at, is_backfilled)
        SELECT s.id, pl.id, t.started_on, t.ended_on, t.quantity, t.amount, t.interval,
               t.currency, {monthly_sql("t.amount", "t.quantity", "t.interval")}, %s, %s,
               t.source_updated_at, {is_history}
          FROM import_term t
          JOIN customers_subscription s ON s.external_id = t.external_id
          JOIN customers_product pr ON pr.name = t.product
          JOIN customers_plan pl ON pl.product_id = pr.id AND pl.name = t.plan
         ORDER BY t.row_number
        """,  # noqa: S608 - built from constants
        [stage.source_id, stage.now],
    )
    stage.analyze_after(created, "customers_term")
    # A term that only ends on another day now, because of another, changes from that day on.
    stage.execute(
        """
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT s.customer_id, 'subscriptions',
               min(CASE WHEN t.row_number IS NULL THEN LEAST(t.ended_on, t.was_ended_on)
                        ELSE LEAST(t.started_on, t.was_started_on) END), %s
          FROM import_term t JOIN customers_subscription s ON s.external_id = t.external_id
         GROUP BY s.customer_id
        """,
        [stage.now],
    )


def remove(stage: Stage) -> None:
    """Close the current terms of the subscriptions of `import_removal`: each is as if it had
    never been, but what was known of it stays on record."""
    stage.execute(
        """
        WITH closed AS (
            UPDATE customers_term t SET superseded_at = %s, closed_by_id = %s
              FROM customers_subscription s JOIN import_removal r USING (external_id)
             WHERE s.id = t.subscription_id AND t.superseded_at IS NULL
            RETURNING s.customer_id, t.starts_on
        )
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT customer_id, 'subscriptions', min(starts_on), %s FROM closed GROUP BY customer_id
        """,
        [stage.now, stage.source_id, stage.now],
    )


def _write_plans_and_subscriptions(stage: Stage) -> None:
    write_products_and_plans(stage, of="import_term")
    created = stage.execute(
        """
        INSERT INTO customers_subscription
               (customer_id, external_id, source_id, recorded_at, changed_at)
        SELECT c.id, t.external_id, %s, %s, %s
          FROM (SELECT DISTINCT ON (external_id) * FROM import_term
                 WHERE row_number IS NOT NULL ORDER BY external_id, row_number) t
          JOIN customers_customer c ON c.external_id = t.customer
         WHERE NOT EXISTS (SELECT FROM customers_subscription s
                            WHERE s.external_id = t.external_id)
         ORDER BY t.row_number
        """,
        [stage.source_id, stage.now, stage.now],
    )
    give_to_their_customers(stage, of="import_term")
    stage.analyze_after(created, "customers_subscription")
