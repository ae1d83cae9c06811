"""Taking back what one source brought: what of it still stands goes, what it replaced comes back.

First everything is found out into temporary tables (`Undo.find`, which a preview shows), then done
(`Undo.do`). Nothing is undone that somebody else has changed since: it stays, and is counted.

Facts with versions: the source's current versions are closed; a version that they had replaced
comes back as a new one, under the source that once said it, so that undoing that one works too.
Rows without versions: those the source made go, unless something of another source hangs on them
or they were changed since; what it overwrote (FormerValue) is put back column by column.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction

from customers.imports.kinds import KINDS
from customers.imports.sourced import Model, delete_rows, dependents, unversioned, versioned
from customers.models import Customer, CustomerAttribute, Term
from customers.usage.removing import remove_events
from customers.usage.waiting import have_rolled_up

KEPT_SHOWN = 100
_TABLES = "undo_close, undo_restore, undo_gone, undo_kept, undo_former"


@dataclass(frozen=True)
class Effect:
    """What an undo does to one kind of thing. `kept`: stays, for it was changed since by somebody
    else or something hangs on it."""

    label: str
    removed: int
    restored: int
    kept: int

    @property
    def is_any(self) -> bool:
        return bool(self.removed or self.restored or self.kept)


class Undo:
    """One undo, within a transaction; its tables go when that ends."""

    def __init__(self, *, source_id: int, kind: str, zone: str, now: dt.datetime) -> None:
        self.source_id = source_id
        self.kind = kind
        self.zone = zone
        self.now = now

    def find(self) -> list[Effect]:
        """What would be done, by kind of thing; those that nothing happens to are left out."""
        self._create_tables()
        for model in versioned():
            if model is Term:
                self._find_terms()
            elif model is CustomerAttribute:
                self._find_attributes()
            else:
                self._find_facts(model._meta.db_table)
        self._run("ANALYZE undo_close")
        self._find_former()
        for model in unversioned():
            self._find_gone(model)
        return [effect for effect in self._effects() if effect.is_any]

    def kept(self) -> list[str]:
        """Some of what stays, in words."""
        labels = {model._meta.db_table: label_of(model) for model in [*versioned(), *unversioned()]}
        found = self._rows(
            f"SELECT DISTINCT tab, what FROM undo_kept ORDER BY 1, 2 LIMIT {KEPT_SHOWN}"
        )
        return [f"{labels[table]}: {what}" for table, what in found]

    def do(self, *, closed_by_id: int) -> None:
        """Do what `find` found."""
        self._put_on_feed()
        for model in versioned():
            self._close_and_restore(model, closed_by_id)
        for model in unversioned():
            delete_rows(model, f"SELECT id FROM undo_gone WHERE tab = '{model._meta.db_table}'")
        self._put_back_former()
        self._remove_usage()

    # Finding.

    def _create_tables(self) -> None:
        for name in _TABLES.split(", "):
            self._run(f"DROP TABLE IF EXISTS pg_temp.{name}")
        for name in ("undo_close", "undo_restore", "undo_gone"):
            self._run(
                f"CREATE TEMPORARY TABLE {name} (tab text, id bigint, PRIMARY KEY (tab, id))"
                " ON COMMIT DROP"
            )
        self._run("CREATE TEMPORARY TABLE undo_kept (tab text, what text) ON COMMIT DROP")
        self._run(
            "CREATE TEMPORARY TABLE undo_former"
            " (tab text, id bigint, columns text[], is_kept boolean) ON COMMIT DROP"
        )

    def _find_facts(self, table: str) -> None:
        self._find_current(table)
        self._run(
            f"""
            INSERT INTO undo_restore
            SELECT DISTINCT ON (r.external_id) '{table}', r.id
              FROM {table} r
              JOIN {table} c ON c.external_id = r.external_id AND c.superseded_at IS NULL
             WHERE r.closed_by_id = %(source)s AND c.source_id = %(source)s
             ORDER BY r.external_id, r.superseded_at DESC, r.id DESC
            """
        )
        self._run(
            f"""
            INSERT INTO undo_kept
            SELECT DISTINCT '{table}', m.external_id
              FROM {table} m
              JOIN {table} c ON c.external_id = m.external_id AND c.superseded_at IS NULL
             WHERE m.source_id = %(source)s AND m.superseded_at IS NOT NULL
                   AND c.source_id IS DISTINCT FROM %(source)s
            """
        )

    def _find_current(self, table: str) -> None:
        self._run(
            f"INSERT INTO undo_close SELECT '{table}', id FROM {table}"
            " WHERE source_id = %(source)s AND superseded_at IS NULL"
        )

    def _find_terms(self) -> None:
        """A subscription's terms may not overlap. Where one that would come back overlaps one
        that somebody else has said since, all of the subscription's stay as they are."""
        self._find_current("customers_term")
        self._run(
            """
            INSERT INTO undo_restore
            SELECT 'customers_term', r.id FROM customers_term r
             WHERE r.closed_by_id = %(source)s AND r.subscription_id IN (
                   SELECT t.subscription_id FROM customers_term t
                     JOIN undo_close u ON u.tab = 'customers_term' AND u.id = t.id)
            """
        )
        self._run(
            """
            CREATE TEMPORARY TABLE undo_stuck ON COMMIT DROP AS
            SELECT DISTINCT r.subscription_id
              FROM undo_restore u JOIN customers_term r ON r.id = u.id
              JOIN customers_term c ON c.subscription_id = r.subscription_id
                   AND c.superseded_at IS NULL AND c.source_id <> %(source)s
                   AND daterange(c.starts_on, c.ends_on) && daterange(r.starts_on, r.ends_on)
             WHERE u.tab = 'customers_term'
            """
        )
        self._run(
            """
            INSERT INTO undo_kept
            SELECT DISTINCT 'customers_term', s.external_id || ' from ' || m.starts_on
              FROM customers_term m
              JOIN customers_subscription s ON s.id = m.subscription_id
              JOIN customers_term c ON c.subscription_id = m.subscription_id
                   AND c.starts_on = m.starts_on AND c.superseded_at IS NULL
             WHERE m.source_id = %(source)s
                   AND (c.source_id <> %(source)s
                        OR m.subscription_id IN (SELECT subscription_id FROM undo_stuck))
            """
        )
        for name in ("undo_close", "undo_restore"):
            self._run(
                f"""
                DELETE FROM {name} u USING customers_term t, undo_stuck k
                 WHERE u.tab = 'customers_term' AND t.id = u.id
                       AND k.subscription_id = t.subscription_id
                """
            )
        self._run("DROP TABLE undo_stuck")

    def _find_attributes(self) -> None:
        self._find_current("customers_customerattribute")
        same = """c.customer_id = r.customer_id AND c.key = r.key AND c.superseded_at IS NULL"""
        self._run(
            f"""
            INSERT INTO undo_restore
            SELECT DISTINCT ON (r.customer_id, r.key, r.valid_from)
                   'customers_customerattribute', r.id
              FROM customers_customerattribute r
             WHERE r.closed_by_id = %(source)s
                   AND EXISTS (SELECT FROM customers_customerattribute c
                                WHERE {same} AND c.source_id = %(source)s)
                   AND NOT EXISTS (SELECT FROM customers_customerattribute c
                                    WHERE {same} AND c.source_id <> %(source)s
                                          AND c.valid_from IS NOT DISTINCT FROM r.valid_from)
             ORDER BY r.customer_id, r.key, r.valid_from, r.superseded_at DESC, r.id DESC
            """
        )
        self._run(
            f"""
            INSERT INTO undo_kept
            SELECT DISTINCT 'customers_customerattribute', k.external_id || ', ' || r.key
              FROM customers_customerattribute r
              JOIN customers_customerattribute c
                   ON {same} AND c.valid_from IS NOT DISTINCT FROM r.valid_from
              JOIN customers_customer k ON k.id = r.customer_id
             WHERE r.source_id = %(source)s AND r.superseded_at IS NOT NULL
                   AND c.source_id <> %(source)s
            """
        )

    def _find_gone(self, model: Model) -> None:
        table = model._meta.db_table
        self._run(
            f"INSERT INTO undo_gone SELECT '{table}', id FROM {table} WHERE source_id = %(source)s"
        )
        self._run("ANALYZE undo_gone")
        names = {field.name for field in model._meta.concrete_fields}
        reasons = [
            f"EXISTS (SELECT FROM {other} x WHERE x.{column} = g.id {where})"
            for other, column, where in dependents(model)
        ]
        if {"changed_at", "recorded_at", "email"} <= names or model is Customer:
            # Undoing another import is no change that counts: the row is as it was before it.
            reasons.append(
                f"EXISTS (SELECT FROM {table} x WHERE x.id = g.id"
                " AND (x.changed_by_id <> %(source)s"
                " OR x.changed_at <> x.recorded_at AND x.changed_at NOT IN"
                " (SELECT undone_at FROM customers_import WHERE undone_at IS NOT NULL)))"
            )
        shown = (
            "coalesce(nullif(x.external_id, ''), x.id::text)" if "external_id" in names else "x.id"
        )
        is_missed = " OR ".join(reasons) or "false"
        while self._run(
            f"""
            WITH stays AS (
                DELETE FROM undo_gone g WHERE g.tab = '{table}' AND ({is_missed})
                RETURNING g.id
            )
            INSERT INTO undo_kept SELECT '{table}', {shown}
              FROM stays JOIN {table} x ON x.id = stays.id
            """
        ):
            continue  # one that stays may be what another hangs on

    def _find_former(self) -> None:
        for table in self._former_tables():
            self._run(
                f"""
                INSERT INTO undo_former
                SELECT f."table", f.row_id,
                       array_agg(c.name) FILTER (WHERE n.row -> c.name = c.pair -> 1),
                       bool_or(n.row -> c.name <> c.pair -> 1 AND c.name <> 'changed_by_id')
                  FROM customers_formervalue f
                  JOIN (SELECT id, to_jsonb(t) AS row FROM {table} t) n ON n.id = f.row_id
                 CROSS JOIN LATERAL jsonb_each(f."values") AS c (name, pair)
                 WHERE f.source_id = %(source)s AND f."table" = '{table}'
                 GROUP BY f."table", f.row_id
                """
            )

    def _former_tables(self) -> list[str]:
        found = self._rows(
            'SELECT DISTINCT "table" FROM customers_formervalue WHERE source_id = %(source)s'
        )
        return [row[0] for row in found]

    def _effects(self) -> Iterator[Effect]:
        closed, restored = self._counts("undo_close"), self._counts("undo_restore")
        gone, kept = self._counts("undo_gone"), self._counts("undo_kept")
        put_back = self._counts("undo_former WHERE columns IS NOT NULL")
        overtaken = self._counts("undo_former WHERE is_kept")
        for model in [*unversioned()[::-1], *versioned()]:
            table = model._meta.db_table
            back = restored.get(table, 0)
            yield Effect(
                label=label_of(model),
                removed=max(closed.get(table, 0) - back, 0) + gone.get(table, 0),
                restored=back + put_back.get(table, 0),
                kept=kept.get(table, 0) + overtaken.get(table, 0),
            )
        if self.kind == "usage":
            events = self._rows(
                "SELECT count(*) FROM customers_usageevent WHERE source_id = %(source)s"
            )[0][0]
            yield Effect("Usage events", events, 0, 0)

    def _counts(self, table: str) -> dict[str, int]:
        return dict(self._rows(f"SELECT tab, count(*) FROM {table} GROUP BY tab"))

    # Doing.

    def _close_and_restore(self, model: Model, closed_by_id: int) -> None:
        table = model._meta.db_table
        self._run(
            f"""
            UPDATE {table} f SET superseded_at = %(now)s, closed_by_id = %(closed_by)s
              FROM undo_close u WHERE u.tab = '{table}' AND u.id = f.id
            """,
            closed_by=closed_by_id,
        )
        new = {"id", "recorded_at", "superseded_at", "closed_by_id"}
        columns = ", ".join(
            f'"{field.column}"' for field in model._meta.concrete_fields if field.column not in new
        )
        self._run(
            f"""
            INSERT INTO {table} ({columns}, recorded_at)
            SELECT {columns}, %(now)s FROM {table} f
              JOIN undo_restore u ON u.tab = '{table}' AND u.id = f.id
             ORDER BY f.id
            """
        )

    def _put_back_former(self) -> None:
        for table in self._former_tables():
            found = self._rows(
                f"SELECT DISTINCT unnest(columns) FROM undo_former WHERE tab = '{table}'"
            )
            columns = sorted(row[0] for row in found)
            if not columns:
                continue
            try:
                with transaction.atomic():
                    self._put_back(table, columns, "true")
            except IntegrityError:
                self._put_back_one_by_one(table, columns)

    def _put_back(self, table: str, columns: Sequence[str], where: str) -> None:
        settings = ", ".join(
            f"""\"{name}\" = CASE WHEN '{name}' = ANY(u.columns) THEN (jsonb_populate_record(
                NULL::{table}, jsonb_build_object('{name}', f."values" -> '{name}' -> 0))
                ).\"{name}\" ELSE h.\"{name}\" END"""
            for name in columns
        )
        self._run(
            f"""
            UPDATE {table} h SET {settings}, changed_at = %(now)s
              FROM undo_former u
              JOIN customers_formervalue f ON f.source_id = %(source)s
                   AND f."table" = u.tab AND f.row_id = u.id
             WHERE u.tab = '{table}' AND h.id = u.id AND u.columns IS NOT NULL AND {where}
            """
        )

    def _put_back_one_by_one(self, table: str, columns: Sequence[str]) -> None:
        """Some of what was is taken by somebody else now (an address, an id): those rows stay."""
        ids = self._rows(f"SELECT id FROM undo_former WHERE tab = '{table}' ORDER BY id")
        for (row_id,) in ids:
            try:
                with transaction.atomic():
                    self._put_back(table, columns, f"h.id = {int(row_id)}")
            except IntegrityError:
                self._run(
                    "UPDATE undo_former SET columns = NULL, is_kept = true"
                    f" WHERE tab = '{table}' AND id = {int(row_id)}"
                )

    def _remove_usage(self) -> None:
        """Raw events of the source, and their keys, so that they may come again. What was rolled
        up of events that are gone already, for their age, stays."""
        if self.kind != "usage":
            return
        remove_events("e.source_id = %(source)s", {"source": self.source_id}, zone=self.zone)
        have_rolled_up(now=self.now)

    def _put_on_feed(self) -> None:
        """Every customer touched, from the beginning; and once without a customer, for facts of
        no single one and for customers that go."""
        touched = ["SELECT NULL::bigint"]
        for model in versioned():
            table, columns = model._meta.db_table, {f.column for f in model._meta.concrete_fields}
            if "customer_id" in columns:
                customer, join = "f.customer_id", ""
            elif model is Term:
                customer = "s.customer_id"
                join = "JOIN customers_subscription s ON s.id = f.subscription_id"
            else:
                continue
            touched += [
                f"SELECT {customer} FROM {name} u"
                f" JOIN {table} f ON u.tab = '{table}' AND f.id = u.id {join}"
                for name in ("undo_close", "undo_restore")
            ]
        touched.append("SELECT id FROM undo_former WHERE tab = 'customers_customer'")
        self._run(
            f"""
            INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
            SELECT DISTINCT t.id, %(kind)s, NULL::date, %(now)s
              FROM ({" UNION ".join(touched)}) AS t (id)
             WHERE NOT EXISTS (SELECT FROM undo_gone g
                                WHERE g.tab = 'customers_customer' AND g.id = t.id)
            """
        )

    def _run(self, sql: str, **more: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql, self._params(sql, more))
            return int(cursor.rowcount)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, self._params(sql, {}))
            return list(cursor.fetchall())

    def _params(self, sql: str, more: dict[str, Any]) -> dict[str, Any] | None:
        known = {
            "source": self.source_id,
            "kind": self.kind,
            "zone": self.zone,
            "now": self.now,
            **more,
        }
        return {name: value for name, value in known.items() if f"%({name})s" in sql} or None


def label_of(model: Model) -> str:
    if model is Term:
        return "Terms"
    if model is CustomerAttribute:
        return "Attributes of customers"
    for kind in KINDS.values():
        if kind.model is model and not kind.target:
            return kind.label
    return str(model._meta.verbose_name_plural).capitalize()
