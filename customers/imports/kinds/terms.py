"""What an import of subscriptions does, set-based: one row of the file is one term.

Several rows of one subscription with different starts are its terms. A term without an end lasts
until the subscription's next term begins, in the file or held, else it is open. A row that has
the start of a held term corrects it.
"""

from __future__ import annotations

from customers.imports.options import EndDay
from customers.imports.staging import Stage
from customers.mrr import monthly_sql

DEFAULT_PRODUCT = "Subscription"
# Keeps MRR within its column: 20 digits before the point.
LARGEST_DUE = 10**18


def check(stage: Stage) -> None:
    if stage.options.end_day is EndDay.LAST:
        stage.execute("UPDATE import_row SET ended_on = ended_on + 1")
    stage.note_unknown_customers()
    stage.note_duplicates(
        "external_id",
        "started_on",
        field="started_on",
        what="the same subscription with the same start",
    )
    _check_owners(stage)
    stage.note(
        "ended_on",
        value="r.ended_on",
        message="'it ends on ' || r.ended_on || ', not after its start on ' || r.started_on",
        found="FROM import_row r WHERE r.ended_on <= r.started_on",
    )
    quantity = stage.value("quantity", held="NULL", default="1")
    stage.note(
        "amount",
        value="r.amount",
        message="'the amount times the quantity is too large'",
        found=f"FROM import_row r WHERE r.amount * {quantity} >= {LARGEST_DUE}",
    )
    # A row that is bad already must not make its neighbours overlap.
    stage.drop_bad_rows()
    _stage_lines(stage)
    _check_overlaps(stage)


def _check_owners(stage: Stage) -> None:
    stage.note(
        "customer",
        value="r.customer",
        message="'subscription ' || r.external_id || ' is of customer ' || r.first_customer"
        " || ' in row ' || r.first_row",
        found="""
            FROM (SELECT *, first_value(customer) OVER w AS first_customer,
                         first_value(row_number) OVER w AS first_row
                    FROM import_row WINDOW w AS (PARTITION BY external_id ORDER BY row_number)) r
            WHERE r.customer <> r.first_customer""",
    )
    stage.note(
        "customer",
        value="r.customer",
        message="'subscription ' || r.external_id || ' is held for customer ' || c.external_id",
        found="""
            FROM import_row r
            JOIN customers_subscription s ON s.external_id = r.external_id
            JOIN customers_customer c ON c.id = s.customer_id
            WHERE c.external_id <> r.customer""",
    )


def _stage_lines(stage: Stage) -> None:
    """`import_held`: the current terms of the file's subscriptions. `import_line`: the terms they
    would have; `row_number` is null for a held one that the file does not correct. An open end
    is null here, whatever follows."""
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_held, pg_temp.import_line")
    stage.execute(
        """
        CREATE TEMPORARY TABLE import_held ON COMMIT DROP AS
        SELECT t.*, s.external_id, pr.name AS product, pl.name AS plan
          FROM customers_term t
          JOIN customers_subscription s ON s.id = t.subscription_id
          JOIN customers_plan pl ON pl.id = t.plan_id
          JOIN customers_product pr ON pr.id = pl.product_id
         WHERE t.superseded_at IS NULL
               AND s.external_id IN (SELECT external_id FROM import_row)
        """
    )
    end = stage.value("ended_on", held="h.ends_on", default="NULL")
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_line ON COMMIT DROP AS
        SELECT r.row_number, r.external_id, r.started_on, {end} AS ended_on, h.id AS held_id
          FROM import_row r
          LEFT JOIN import_held h
            ON h.external_id = r.external_id AND h.starts_on = r.started_on
        UNION ALL
        SELECT NULL, h.external_id, h.starts_on, h.ends_on, h.id FROM import_held h
         WHERE NOT EXISTS (SELECT FROM import_row r WHERE r.external_id = h.external_id
                                  AND r.started_on = h.starts_on)
        """  # noqa: S608 - built from constants
    )
    stage.execute("CREATE INDEX ON import_line (external_id, started_on)")
    stage.analyze("import_line", "import_held")


def _check_overlaps(stage: Stage) -> None:
    """Of two terms that overlap the later one is noted; a held one never, its neighbour is."""
    stage.note(
        "started_on",
        value="r.started_on",
        message="""'the term overlaps the one from ' || o.started_on || ' to '
            || coalesce(o.ended_on::text, 'open')
            || coalesce(' in row ' || o.row_number, ', which is held already')""",
        found="""
            FROM (
                SELECT *,
                       max(ended_on) OVER (PARTITION BY external_id ORDER BY started_on
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken_until,
                       min(started_on) FILTER (WHERE row_number IS NULL)
                           OVER (PARTITION BY external_id ORDER BY started_on
                           ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS held_next
                  FROM import_line
            ) r
            JOIN LATERAL (
                SELECT * FROM import_line line
                 WHERE line.external_id = r.external_id AND line.started_on <> r.started_on
                       AND daterange(line.started_on, coalesce(line.ended_on, line.started_on + 1))
                           && daterange(r.started_on, coalesce(r.ended_on, r.started_on + 1))
                       AND (line.row_number IS NULL OR line.started_on < r.started_on)
                 ORDER BY line.started_on LIMIT 1
            ) o ON true
            WHERE r.row_number IS NOT NULL
                  AND (r.started_on < r.taken_until OR r.ended_on > r.held_next)""",
    )


def compare(stage: Stage) -> None:
    """`import_term`: every term as it would be, and whether it differs from what is held."""
    product = stage.value("product", held="h.product", default=f"'{DEFAULT_PRODUCT}'")
    kept_plan = f"CASE WHEN h.product = {product} THEN h.plan END"
    plan = stage.value("plan", held=kept_plan, default=product)
    quantity = stage.value("quantity", held="h.quantity", default="1")
    interval = stage.value("interval", held="h.interval", default="'month'")
    currency = stage.value("currency", held="h.currency", default="%s")
    _stage_lines(stage)
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
                   CASE WHEN r.row_number IS NULL THEN h.amount ELSE r.amount END AS amount,
                   CASE WHEN r.row_number IS NULL THEN h.interval ELSE {interval} END AS interval,
                   CASE WHEN r.row_number IS NULL THEN h.currency ELSE {currency} END AS currency
              FROM import_line line
              LEFT JOIN import_row r ON r.row_number = line.row_number
              LEFT JOIN import_held h ON h.id = line.held_id
        )
        SELECT term.*, h.subscription_id,
               h.id IS NULL
               OR (term.ended_on, term.product, term.plan, term.quantity, term.amount,
                   term.interval, term.currency)
                  IS DISTINCT FROM
                  (h.ends_on, h.product, h.plan, h.quantity, h.amount, h.interval, h.currency)
               AS is_changed
          FROM term LEFT JOIN import_held h ON h.id = term.held_id
        """,  # noqa: S608 - built from constants
        [stage.currency],
    )
    stage.analyze("import_term")
    stage.execute(
        """
        UPDATE import_row r SET held_id = t.held_id, outcome = CASE
            WHEN t.held_id IS NULL THEN 'created'
            WHEN t.is_changed THEN 'updated' ELSE 'unchanged' END
          FROM import_term t WHERE t.row_number = r.row_number
        """
    )


def write(stage: Stage) -> None:
    is_history = not stage.has_any("SELECT FROM customers_term")
    stage.execute("DELETE FROM import_term WHERE NOT is_changed")
    _write_plans_and_subscriptions(stage)
    stage.execute(
        """
        UPDATE customers_term h SET superseded_at = %s
          FROM import_term t WHERE t.held_id = h.id
        """,
        [stage.now],
    )
    stage.execute(
        f"""
        INSERT INTO customers_term
               (subscription_id, plan_id, starts_on, ends_on, quantity, amount, "interval",
                currency, mrr, source_id, recorded_at, is_backfilled)
        SELECT s.id, pl.id, t.started_on, t.ended_on, t.quantity, t.amount, t.interval,
               t.currency, {monthly_sql("t.amount", "t.quantity", "t.interval")}, %s, %s,
               %s AND t.started_on < %s
          FROM import_term t
          JOIN customers_subscription s ON s.external_id = t.external_id
          JOIN customers_product pr ON pr.name = t.product
          JOIN customers_plan pl ON pl.product_id = pr.id AND pl.name = t.plan
         ORDER BY t.row_number
        """,  # noqa: S608 - built from constants
        [stage.source_id, stage.now, is_history, stage.today],
    )
    # A term that only ends earlier now, because another follows it, changes from that day on.
    stage.execute(
        """
        INSERT INTO customers_change (customer_id, from_day, recorded_at)
        SELECT s.customer_id,
               min(CASE WHEN t.row_number IS NULL THEN t.ended_on ELSE t.started_on END), %s
          FROM import_term t JOIN customers_subscription s ON s.external_id = t.external_id
         GROUP BY s.customer_id
        """,
        [stage.now],
    )


def _write_plans_and_subscriptions(stage: Stage) -> None:
    stage.execute(
        "INSERT INTO customers_product (name) SELECT DISTINCT product FROM import_term"
        " ORDER BY product ON CONFLICT DO NOTHING"
    )
    stage.execute(
        """
        INSERT INTO customers_plan (product_id, name)
        SELECT DISTINCT pr.id, t.plan
          FROM import_term t JOIN customers_product pr ON pr.name = t.product
         ORDER BY 1, 2 ON CONFLICT DO NOTHING
        """
    )
    stage.execute(
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
    stage.analyze("customers_subscription")
