"""How all that points at a customer, or a contact, comes to point at another. Sets, no loops.

Which tables point there is asked of the models, so a new one is not forgotten; one in which the
move could break a unique constraint needs a rule here, or in customers.registry, and without one
nothing is merged at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models.fields.reverse_related import ForeignObjectRel

from customers import registry
from customers.models import Contact, Customer


@dataclass(frozen=True)
class Pointer:
    """A column that holds the id of a customer or contact."""

    model: type[models.Model]
    column: str
    is_unique: bool

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def label(self) -> str:
        """What its rows are called, in the plural; by the column where that is not the owner."""
        if self.model is Customer:
            return "parts"
        name = str(self.model._meta.verbose_name_plural)
        return name if self.column == "customer_id" else f"{name} ({self.column[:-3]})"

    @property
    def is_counted(self) -> bool:
        """A fact that people know of, and none that is derived."""
        return self.model._meta.app_label == Customer._meta.app_label and self.table not in {
            "customers_usagechange",
            "customers_usagesession",
            "customers_usageday",
        }


class NoMergeRuleError(TypeError):
    """A table can't have two of a customer's rows become one's, and nothing says what to do."""


# Before its rows move: {table: SQL}. `kept` and `gone` are ids of customers; contacts come in
# pairs (kept_id, gone_id) in the temporary table `merged_contact`.
RULES: dict[str, str] = {
    "customers_customerattribute": """
        UPDATE customers_customerattribute g SET superseded_at = %(now)s, closed_by_id = %(source)s
         WHERE g.customer_id = %(gone)s AND g.superseded_at IS NULL
               AND EXISTS (SELECT FROM customers_customerattribute k
                            WHERE k.customer_id = %(kept)s AND k.key = g.key
                                  AND k.superseded_at IS NULL)
    """,
    "customers_usageday": """
        WITH gone AS (
            DELETE FROM customers_usageday WHERE customer_id = %(gone)s RETURNING *
        ), of_both AS (
            SELECT * FROM gone
            UNION ALL
            SELECT k.* FROM customers_usageday k JOIN gone g USING (day, end_user)
             WHERE k.customer_id = %(kept)s
        ), counted AS (
            SELECT day, end_user, sum(n) AS events, array_agg(kind) AS kinds,
                   array_agg(name) AS names, array_agg(n) AS counts
              FROM (SELECT day, end_user, kind, name, sum(n)::int AS n
                      FROM of_both, unnest(kinds, names, counts) AS done (kind, name, n)
                     GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4) AS one
             GROUP BY day, end_user
        ), seen AS (
            SELECT day, end_user, array_agg(item) AS items, array_agg(shown_at) AS shown_at,
                   array_agg(clicked_at) AS clicked_at
              FROM (SELECT day, end_user, item, min(seen.shown_at) AS shown_at,
                           min(seen.clicked_at) AS clicked_at
                      FROM of_both b, unnest(b.items, b.shown_at, b.clicked_at)
                           AS seen (item, shown_at, clicked_at)
                     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) AS one
             GROUP BY day, end_user
        )
        INSERT INTO customers_usageday
               (customer_id, day, end_user, events, kinds, names, counts, items, shown_at,
                clicked_at)
        SELECT %(kept)s, day, end_user, events, kinds, names, counts, coalesce(items, '{}'),
               coalesce(shown_at, '{}'), coalesce(clicked_at, '{}')
          FROM counted LEFT JOIN seen USING (day, end_user)
        ON CONFLICT (customer_id, day, end_user)
        DO UPDATE SET events = excluded.events, kinds = excluded.kinds, names = excluded.names,
                      counts = excluded.counts, items = excluded.items,
                      shown_at = excluded.shown_at, clicked_at = excluded.clicked_at
    """,
    "customers_usagesession": """
        WITH gone AS (DELETE FROM customers_usagesession WHERE customer_id = %(gone)s RETURNING *)
        INSERT INTO customers_usagesession AS k (customer_id, end_user, session, started_at,
               ended_at, day, events, page_views, page_seconds)
        SELECT %(kept)s, end_user, session, started_at, ended_at, day, events, page_views,
               page_seconds
          FROM gone
        ON CONFLICT (customer_id, end_user, started_at, session)
        DO UPDATE SET ended_at = greatest(k.ended_at, excluded.ended_at),
                      events = k.events + excluded.events,
                      page_views = k.page_views + excluded.page_views,
                      page_seconds = greatest(k.page_seconds, excluded.page_seconds)
    """,
    # There is one open task about a thing: the kept one's.
    "customers_task": """
        UPDATE customers_task g SET state = 'done', done_at = %(now)s, snoozed_until = NULL
         WHERE g.customer_id = %(gone)s AND g.state = 'open' AND g.about_kind <> ''
               AND EXISTS (SELECT FROM customers_task k
                            WHERE k.customer_id = %(kept)s AND k.state = 'open'
                                  AND k.about_kind = g.about_kind AND k.about_key = g.about_key)
    """,
    # Those of one address have joined before.
    "customers_contact": "SELECT %(kept)s",
    # Days with raw events of both are made anew from these.
    "customers_usageevent": """
        INSERT INTO customers_usagechange (customer_id, day)
        SELECT DISTINCT %(kept)s::bigint, (occurred_at AT TIME ZONE %(zone)s)::date
          FROM customers_usageevent WHERE customer_id = %(gone)s
    """,
}


def pointers_at(model: type[models.Model]) -> list[Pointer]:
    """Every column of every table, of every app, that points at rows of `model`."""
    found = []
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and not relation.concrete:
            field = relation.field
            assert isinstance(field, models.ForeignKey)
            owner = relation.related_model
            assert isinstance(owner, type)
            found.append(Pointer(owner, field.column, _is_in_unique(owner, field)))
    return found


def _is_in_unique(model: type[models.Model], field: models.ForeignKey[Any, Any]) -> bool:
    together = [name for names in model._meta.unique_together for name in names]
    return (
        field.unique
        or field.name in together
        or any(
            field.name in constraint.fields
            or any(field.name in str(expression) for expression in constraint.expressions)
            for constraint in model._meta.constraints
            if isinstance(constraint, models.UniqueConstraint)
        )
    )


def rule_of(pointer: Pointer) -> str:
    """SQL to run before the pointer's rows move, or nothing. Raises NoMergeRuleError."""
    rule = RULES.get(pointer.table) or registry.merge_rules.get(pointer.table, "")
    if pointer.is_unique and not rule:
        raise NoMergeRuleError(f"{pointer.table}: say what becomes of its rows in a merge.")
    return rule


def move_customer(params: Mapping[str, Any]) -> None:
    """All that points at customer `gone` points at `kept`, but for contacts of one address."""
    for pointer in pointers_at(Customer):
        rule = rule_of(pointer)
        if rule:
            run(rule, params)
        run(
            f'UPDATE {pointer.table} SET "{pointer.column}" = %(kept)s'  # noqa: S608
            f' WHERE "{pointer.column}" = %(gone)s',
            params,
        )


def join_contacts(params: Mapping[str, Any]) -> int:
    """Contacts of one address at both customers become one; how many did. What the kept one
    lacks it takes from the other, whose id stays known."""
    run("DROP TABLE IF EXISTS pg_temp.merged_contact", {})
    run(
        """
        CREATE TEMPORARY TABLE merged_contact ON COMMIT DROP AS
        SELECT k.id AS kept_id, g.id AS gone_id, g.external_id, g.name, g.role, g.job_title,
               g.removed_at
          FROM customers_contact g JOIN customers_contact k ON lower(k.email) = lower(g.email)
         WHERE g.customer_id = %(gone)s AND k.customer_id = %(kept)s
        """,
        params,
    )
    for pointer in pointers_at(Contact):
        rule = rule_of(pointer)
        if rule:
            run(rule, params)
        run(
            f'UPDATE {pointer.table} p SET "{pointer.column}" = m.kept_id'  # noqa: S608
            f' FROM merged_contact m WHERE p."{pointer.column}" = m.gone_id',
            {},
        )
    run("DELETE FROM customers_contact c USING merged_contact m WHERE c.id = m.gone_id", {})
    run(
        """
        INSERT INTO customers_contactalias (contact_id, external_id, recorded_at)
        SELECT m.kept_id, m.external_id, %(now)s
          FROM merged_contact m JOIN customers_contact k ON k.id = m.kept_id
         WHERE m.external_id IS NOT NULL AND k.external_id IS NOT NULL
        """,
        params,
    )
    return run(
        """
        UPDATE customers_contact k SET
               external_id = coalesce(k.external_id, m.external_id),
               name = coalesce(nullif(k.name, ''), m.name),
               role = coalesce(nullif(k.role, ''), m.role),
               job_title = coalesce(nullif(k.job_title, ''), m.job_title),
               removed_at = CASE WHEN m.removed_at IS NOT NULL THEN k.removed_at END,
               changed_at = %(now)s
          FROM merged_contact m WHERE m.kept_id = k.id
        """,
        params,
    )


def run(sql: str, params: Mapping[str, Any]) -> int:
    """Runs one statement; returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return int(cursor.rowcount)


def rows(sql: str, params: Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
