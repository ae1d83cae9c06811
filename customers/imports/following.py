"""What becomes of facts that belong to another one, as stages do to their ticket."""

from __future__ import annotations

from customers.imports.fact_table import Follower
from customers.imports.staging import Stage

_OF_THE_VERSION = {
    "id",
    "customer_id",
    "source_id",
    "recorded_at",
    "superseded_at",
    "closed_by_id",
}


def move(table: str, follower: Follower, stage: Stage) -> None:
    """The followers of facts that were just stored go to the customer those are of now."""
    columns = ", ".join(
        field.column
        for field in follower.model._meta.concrete_fields
        if field.column and field.column not in _OF_THE_VERSION
    )
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_follower")
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_follower ON COMMIT DROP AS
        SELECT w.id, w.customer_id AS was, f.customer_id
          FROM import_row r
          JOIN {table} f ON f.external_id = r.external_id AND f.superseded_at IS NULL
          JOIN {follower.model._meta.db_table} w
               ON w.{follower.column} = f.external_id AND w.superseded_at IS NULL
         WHERE r.outcome = 'updated' AND w.customer_id <> f.customer_id
        """
    )
    for customer in ("was", "customer_id"):
        _tell(follower, stage, f"SELECT x.{customer}, w.{follower.since}", "x.id = w.id")
    _close(follower, stage)
    stage.execute(
        f"""
        INSERT INTO {follower.model._meta.db_table}
               (customer_id, source_id, recorded_at, {columns})
        SELECT x.customer_id, %s, %s, {columns}
          FROM {follower.model._meta.db_table} w JOIN import_follower x ON x.id = w.id
        """,
        [stage.source_id, stage.now],
    )


def close(follower: Follower, stage: Stage) -> None:
    """The followers of facts that are being removed are closed with them."""
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_follower")
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_follower ON COMMIT DROP AS
        SELECT w.id, w.customer_id
          FROM import_removal r
          JOIN {follower.model._meta.db_table} w
               ON w.{follower.column} = r.external_id AND w.superseded_at IS NULL
        """
    )
    _tell(follower, stage, f"SELECT x.customer_id, w.{follower.since}", "x.id = w.id")
    _close(follower, stage)


def _close(follower: Follower, stage: Stage) -> None:
    """Close the versions of `import_follower`."""
    stage.execute(
        f"""
        UPDATE {follower.model._meta.db_table} w SET superseded_at = %s, closed_by_id = %s
          FROM import_follower x WHERE x.id = w.id
        """,
        [stage.now, stage.source_id],
    )


def _tell(follower: Follower, stage: Stage, changed: str, same: str) -> None:
    """Put on the feed what `changed` gives: a customer and an instant."""
    stage.execute(
        f"""
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT customer_id, %s, min((at AT TIME ZONE %s)::date), %s
          FROM ({changed} FROM import_follower x
                  JOIN {follower.model._meta.db_table} w ON {same}) c (customer_id, at)
         GROUP BY customer_id
        """,
        [follower.feed, stage.zone, stage.now],
    )
