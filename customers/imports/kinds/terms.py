"""What an import of subscriptions checks, set-based: one row of the file is one term.

Several rows of one subscription with different starts are its terms. A term without an end lasts
until the subscription's next term begins, in the file or held, else it is open. A row that has
the start of a held term corrects it. A row with `previous_started_on` corrects the start of the
held term that has that one; a term that ended where the wrong start was ends at the right one.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from customers.imports.kinds.term_ends import read_end_days
from customers.imports.owners import note_owners
from customers.imports.references import find_customers
from customers.imports.staging import Stage
from customers.wording import in_sql

DEFAULT_PRODUCT = "Subscription"
# Keeps MRR within its column: 20 digits before the point.
LARGEST_DUE = 10**18


def check(stage: Stage) -> None:
    read_end_days(stage)
    find_customers(stage)
    if stage.is_partial:
        _fill_in(stage)
    _find(stage)
    stage.note(
        "previous_started_on",
        value="r.previous_started_on",
        message=in_sql(
            _("the subscription has no term that starts on {previous_started_on}"),
            previous_started_on="r.previous_started_on",
        ),
        found="FROM import_row r WHERE r.previous_started_on IS NOT NULL AND r.held_id IS NULL",
    )
    if stage.is_partial:
        _take_from_the_term_before(stage)
        stage.note_missing()
    stage.note_unknown_customers()
    stage.note_duplicates(
        "external_id",
        "started_on",
        field="started_on",
        message=_("the same subscription with the same start is already in row {row}"),
        where="external_id IS NOT NULL AND started_on IS NOT NULL",
    )
    note_owners(stage, subscription="external_id", field="customer")
    _check_corrected_starts(stage)
    _check_values(stage)
    # A row that is bad already must not make its neighbours overlap.
    stage.drop_bad_rows()
    stage.execute(
        """
        UPDATE import_row r SET outcome = 'ignored' FROM customers_term h
         WHERE h.id = r.held_id AND r.updated_at < h.source_updated_at
        """
    )
    stage_lines(stage)
    _check_overlaps(stage)


def _fill_in(stage: Stage) -> None:
    """A partial row need not say whose subscription it is, nor, about its last term, which."""
    stage.execute(
        """
        UPDATE import_row r SET customer = c.external_id
          FROM customers_subscription s JOIN customers_customer c ON c.id = s.customer_id
         WHERE s.external_id = r.external_id AND NOT 'customer' = ANY(r.given)
        """
    )
    stage.execute(
        """
        UPDATE import_row r SET started_on = (
            SELECT max(t.starts_on) FROM customers_term t
              JOIN customers_subscription s ON s.id = t.subscription_id
             WHERE s.external_id = r.external_id AND t.superseded_at IS NULL)
         WHERE NOT r.given && '{started_on, previous_started_on}'
        """
    )


def _find(stage: Stage) -> None:
    """`held_id`: the current term that a row is about. One whose start was corrected before is
    found by the right start."""
    for day in ("coalesce(r.previous_started_on, r.started_on)", "r.started_on"):
        stage.execute(
            f"""
            UPDATE import_row r SET held_id = t.id
              FROM customers_subscription s
              JOIN customers_term t ON t.subscription_id = s.id AND t.superseded_at IS NULL
             WHERE s.external_id = r.external_id AND r.held_id IS NULL AND t.starts_on = {day}
            """  # noqa: S608 - built from constants
        )


def _take_from_the_term_before(stage: Stage) -> None:
    """A new term of a held subscription is as the one before it in all that the row leaves out,
    but for its end."""
    taken = ("product", "plan", "quantity", "interval", "currency", "amount")
    is_plan_kept = "(NOT 'product' = ANY(r.given) OR r.product = b.product)"
    settings = ", ".join(
        f"""{name} = CASE WHEN '{name}' = ANY(r.given) THEN r.{name} ELSE b.{name} END"""
        for name in taken
        if name != "plan"
    )
    names = ", ".join(f"'{name}'" for name in taken if name != "plan")
    stage.execute(
        f"""
        UPDATE import_row r SET {settings},
               plan = CASE WHEN 'plan' = ANY(r.given) THEN r.plan
                           WHEN {is_plan_kept} THEN b.plan END,
               given = r.given || ARRAY[{names}]
                       || CASE WHEN {is_plan_kept} THEN '{{plan}}'::text[] ELSE '{{}}' END
          FROM (
                SELECT DISTINCT ON (n.row_number) n.row_number, t.quantity, t.interval,
                       t.currency, t.amount, pr.name AS product, pl.name AS plan
                  FROM import_row n
                  JOIN customers_subscription s ON s.external_id = n.external_id
                  JOIN customers_term t ON t.subscription_id = s.id
                       AND t.superseded_at IS NULL AND t.starts_on < n.started_on
                  JOIN customers_plan pl ON pl.id = t.plan_id
                  JOIN customers_product pr ON pr.id = pl.product_id
                 WHERE n.held_id IS NULL
                 ORDER BY n.row_number, t.starts_on DESC
               ) b
         WHERE b.row_number = r.row_number
        """  # noqa: S608 - built from constants
    )


def _check_corrected_starts(stage: Stage) -> None:
    """A corrected start may not pass another term's: the terms stay in their order."""
    stage.note(
        "started_on",
        value="r.started_on",
        message=in_sql(
            _("the subscription has another term that starts on {starts_on}"),
            starts_on="o.starts_on",
        ),
        found="""
            FROM import_row r
            JOIN customers_term h ON h.id = r.held_id
            JOIN LATERAL (
                SELECT t.starts_on FROM customers_term t
                 WHERE t.subscription_id = h.subscription_id AND t.superseded_at IS NULL
                       AND t.id <> h.id
                       AND t.starts_on BETWEEN LEAST(h.starts_on, r.started_on)
                                           AND GREATEST(h.starts_on, r.started_on)
                       AND NOT EXISTS (SELECT FROM import_row m WHERE m.held_id = t.id
                                              AND m.started_on <> t.starts_on)
                 LIMIT 1
            ) o ON true
            WHERE h.starts_on <> r.started_on""",
    )
    stage.note_duplicates(
        "held_id",
        field="started_on",
        message=_("the same term is already in row {row}"),
        where="held_id IS NOT NULL AND row_number NOT IN (SELECT row_number FROM import_problem)",
    )


def _check_values(stage: Stage) -> None:
    end = stage.value("ended_on", held="h.ends_on", default="NULL")
    stage.note(
        "ended_on",
        value=end,
        message=in_sql(
            _("it ends on {ends_on}, not after its start on {starts_on}"),
            ends_on=end,
            starts_on="r.started_on",
        ),
        found="FROM import_row r LEFT JOIN customers_term h ON h.id = r.held_id"
        f" WHERE {end} <= r.started_on",
    )
    amount = stage.value("amount", held="h.amount", default="0")
    quantity = stage.value("quantity", held="h.quantity", default="1")
    stage.note(
        "amount",
        value=amount,
        message=in_sql(_("the amount times the quantity is too large")),
        found="FROM import_row r LEFT JOIN customers_term h ON h.id = r.held_id"
        f" WHERE {amount} * {quantity} >= {LARGEST_DUE}",
    )


def stage_lines(stage: Stage) -> None:
    """`import_held`: the current terms of the file's subscriptions. `import_line`: the terms they
    would have; `row_number` is null for a held one that the file does not correct. An open end
    is null here, whatever follows."""
    stage.execute(
        "DROP TABLE IF EXISTS pg_temp.import_held, pg_temp.import_line, pg_temp.import_moved"
    )
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
    stage.execute(
        """
        CREATE TEMPORARY TABLE import_moved ON COMMIT DROP AS
        SELECT r.external_id, h.starts_on AS was, r.started_on
          FROM import_row r JOIN import_held h ON h.id = r.held_id
         WHERE r.outcome IS NULL AND h.starts_on <> r.started_on
        """
    )
    stage.analyze("import_held", "import_moved")
    kept = "CASE WHEN m.started_on > {start} THEN m.started_on ELSE h.ends_on END"
    end = stage.value("ended_on", held=kept.format(start="r.started_on"), default="NULL")
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_line ON COMMIT DROP AS
        SELECT r.row_number, r.external_id, r.started_on, {end} AS ended_on, h.id AS held_id
          FROM import_row r
          LEFT JOIN import_held h ON h.id = r.held_id
          LEFT JOIN import_moved m ON m.external_id = h.external_id AND m.was = h.ends_on
         WHERE r.outcome IS NULL
        UNION ALL
        SELECT NULL, h.external_id, h.starts_on, {kept.format(start="h.starts_on")}, h.id
          FROM import_held h
          LEFT JOIN import_moved m ON m.external_id = h.external_id AND m.was = h.ends_on
         WHERE NOT EXISTS (SELECT FROM import_row r
                            WHERE r.held_id = h.id AND r.outcome IS NULL)
        """  # noqa: S608 - built from constants
    )
    stage.execute("CREATE INDEX ON import_line (external_id, started_on)")
    stage.analyze("import_line")


def _check_overlaps(stage: Stage) -> None:
    """Of two terms that overlap the later one is noted; a held one never, its neighbour is."""
    stage.note(
        "started_on",
        value="r.started_on",
        message=f"""CASE
            WHEN o.ended_on IS NULL AND o.row_number IS NULL THEN {
            in_sql(
                _("the term overlaps the one from {start} to open, which is held already"),
                start="o.started_on",
            )
        }
            WHEN o.ended_on IS NULL THEN {
            in_sql(
                _("the term overlaps the one from {start} to open in row {row}"),
                start="o.started_on",
                row="o.row_number",
            )
        }
            WHEN o.row_number IS NULL THEN {
            in_sql(
                _("the term overlaps the one from {start} to {end}, which is held already"),
                start="o.started_on",
                end="o.ended_on",
            )
        }
            ELSE {
            in_sql(
                _("the term overlaps the one from {start} to {end} in row {row}"),
                start="o.started_on",
                end="o.ended_on",
                row="o.row_number",
            )
        } END""",
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
