"""Writing what customers.billing.staging found out: customers, subscriptions and terms, in sets."""

from __future__ import annotations

from customers.imports.backfilling import backfilled
from customers.imports.owners import give_to_their_customers
from customers.imports.plans import write_products_and_plans
from customers.imports.staging import Stage
from customers.mrr import monthly_sql


def write_customers(stage: Stage) -> None:
    """Make the customers that are named and not known; nothing is told of them but a name. Keep
    the billing system's ids of those that were found by name."""
    stage.execute(
        """
        INSERT INTO customers_customeralias (customer_id, external_id, source_id, recorded_at)
        SELECT c.id, a.external_id, %s, %s
          FROM import_new_alias a JOIN customers_customer c ON c.external_id = a.customer
         WHERE EXISTS (SELECT FROM import_row r WHERE r.customer = a.customer)
            ON CONFLICT (external_id) DO NOTHING
        """,
        [stage.source_id, stage.now],
    )
    stage.execute(
        """
        INSERT INTO customers_customer (external_id, name, source_id, recorded_at, changed_at)
        SELECT n.external_id, n.name, %s, %s, %s FROM import_new_customer n
         WHERE EXISTS (SELECT FROM import_row r WHERE r.customer = n.external_id)
         ORDER BY n.external_id ON CONFLICT (external_id) DO NOTHING
        """,
        [stage.source_id, stage.now, stage.now],
    )
    stage.analyze("customers_customer")
    stage.execute(
        """
        INSERT INTO customers_change (customer_id, kind, recorded_at)
        SELECT c.id, 'customers', %s FROM import_new_customer n
          JOIN customers_customer c USING (external_id)
        """,
        [stage.now],
    )


_NAMED = """(SELECT subscription AS external_id, customer FROM import_family
     WHERE subscription IN (SELECT r.subscription FROM import_row r)
    UNION SELECT external_id, customer FROM import_billed)"""


def write_subscriptions(stage: Stage) -> None:
    """Make a row for every subscription at hand and each of its plans that has a term."""
    give_to_their_customers(stage, of=_NAMED)
    stage.execute(
        f"""
        INSERT INTO customers_subscription
               (customer_id, external_id, source_id, recorded_at, changed_at)
        SELECT c.id, named.external_id, %s, %s, %s
          FROM {_NAMED} named
          JOIN customers_customer c ON c.external_id = named.customer
         ORDER BY named.external_id ON CONFLICT (external_id) DO NOTHING
        """,
        [stage.source_id, stage.now, stage.now],
    )
    stage.analyze("customers_subscription")


def write_terms(stage: Stage) -> None:
    """Close the terms of `import_closing`, open those of `import_billed`, tell the feed."""
    is_history = backfilled(
        stage,
        "customers_term",
        day="b.started_on",
        same="x.subscription_id = s.id AND x.starts_on = b.started_on",
    )
    stage.analyze("import_billed", "import_closing")
    write_products_and_plans(stage, of="import_billed")
    # Closed and opened with another end only: what differs begins at the earlier of the ends.
    stage.execute(
        """
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT customer_id, 'subscriptions', min(from_day), %s FROM (
            SELECT coalesce(o.customer_id, n.customer_id) AS customer_id,
                   CASE WHEN o.price = n.price THEN least(o.ends_on, n.ends_on)
                        ELSE coalesce(o.starts_on, n.starts_on) END AS from_day
              FROM (SELECT s.customer_id, s.external_id, t.starts_on, t.ends_on,
                           (t.plan_id, t.mrr, t.currency)::text AS price
                      FROM import_closing x JOIN customers_term t ON t.id = x.term_id
                      JOIN customers_subscription s ON s.id = t.subscription_id) o
              FULL JOIN (SELECT s.customer_id, s.external_id, b.started_on AS starts_on,
                                b.ended_on AS ends_on,
                                (pl.id, {mrr}::numeric(30, 10), b.currency)::text AS price
                           FROM import_billed b
                           JOIN customers_subscription s ON s.external_id = b.external_id
                           JOIN customers_product pr ON pr.name = b.product
                           JOIN customers_plan pl ON pl.product_id = pr.id AND pl.name = b.plan) n
                USING (external_id, starts_on)
        ) changed GROUP BY customer_id
        """.format(mrr=monthly_sql("b.amount", "b.quantity", 'b."interval"')),
        [stage.now],
    )
    stage.execute(
        "UPDATE customers_term t SET superseded_at = %s, closed_by_id = %s"
        " FROM import_closing x WHERE x.term_id = t.id",
        [stage.now, stage.source_id],
    )
    stage.execute(
        """
        INSERT INTO customers_term
               (subscription_id, plan_id, starts_on, ends_on, quantity, amount, "interval",
                currency, mrr, source_id, recorded_at, is_backfilled)
        SELECT s.id, pl.id, b.started_on, b.ended_on, b.quantity, b.amount, b."interval",
               b.currency, {mrr}, coalesce(b.source_id, %s), %s, {is_history}
          FROM import_billed b
          JOIN customers_subscription s ON s.external_id = b.external_id
          JOIN customers_product pr ON pr.name = b.product
          JOIN customers_plan pl ON pl.product_id = pr.id AND pl.name = b.plan
         ORDER BY b.external_id, b.started_on
        """.format(
            mrr=monthly_sql("b.amount", "b.quantity", 'b."interval"'), is_history=is_history
        ),
        [stage.source_id, stage.now],
    )
