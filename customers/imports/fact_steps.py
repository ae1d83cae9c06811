"""The steps of a kind that is one versioned table: check, compare, write, remove, read."""

from __future__ import annotations

from django.utils.translation import gettext as _

from customers.imports import following
from customers.imports.backfilling import backfilled
from customers.imports.fact_table import CUSTOMER_BY_ID, Reference, Table
from customers.imports.fields import Field, Number, Read
from customers.imports.options import EndDay
from customers.imports.references import find_customers, unknown_customer
from customers.imports.staging import Stage
from customers.wording import in_sql


def check(table: Table, stage: Stage) -> None:
    _read_last_days(table, stage)
    for field in table.fields:
        if _reference(table, field) is CUSTOMER_BY_ID:
            find_customers(stage, field.name)
    _name_the_nameless(table, stage)
    stage.note_duplicates(
        "external_id", field="external_id", message=_("this is already in row {row}")
    )
    stage.execute(
        f"UPDATE import_row r SET held_id = f.id FROM {table.name} f"
        " WHERE f.external_id = r.external_id AND f.superseded_at IS NULL"
    )
    if stage.is_partial:
        stage.note_missing()
    _note_unknown(table, stage)
    stage.drop_bad_rows()
    _stage_new(table, stage)
    _note_strangers(table, stage)
    for rule in table.rules:
        stage.note(
            rule.field,
            value=f'r."{rule.field}"',
            message=in_sql(_(rule.message), **rule.values),
            found="FROM import_row r JOIN import_new n ON n.row_number = r.row_number"
            f" WHERE {rule.where}",
        )
    if table.unique:
        _note_shared(table, stage)


def _read_last_days(table: Table, stage: Stage) -> None:
    if stage.options.end_day is EndDay.LAST:
        for name in table.last_days:
            stage.execute(f'UPDATE import_row SET "{name}" = "{name}" + 1')


def _name_the_nameless(table: Table, stage: Stage) -> None:
    """A row without an id is known by what it says of `identity`, so that the same file twice
    brings nothing twice."""
    types = {field.name: field.type for field in table.fields}
    parts = []
    for name in table.identity:
        default = table.stored[name].default
        said = f"""coalesce(r."{name}", {_literal(default, stage)})"""
        parts.append(f"trim_scale({said})" if isinstance(types[name], Number) else said)
    key = ", ".join(f"coalesce({part}::text, '')" for part in parts)
    name = f"'auto-' || md5(concat_ws('|', {key}))"
    if table.unique:
        same = " AND ".join(
            f"x.{column} = {part}" for column, part in zip(table.identity, parts, strict=True)
        )
        held = f"SELECT x.external_id FROM {table.name} x WHERE x.superseded_at IS NULL AND {same}"
        name = f"coalesce(({held}), {name})"
    # Text of an instant depends on the session's zone; Django's sessions are in UTC.
    stage.execute(f"UPDATE import_row r SET external_id = {name} WHERE r.external_id IS NULL")


def _literal(default: str, stage: Stage) -> str:
    """The SQL of a default; `%s` in it stands for the company's currency."""
    return default.replace("%s", f"'{stage.currency}'")


def _note_unknown(table: Table, stage: Stage) -> None:
    """Rows that name what is not there."""
    for field in table.fields:
        reference = _reference(table, field)
        if reference is not None:
            value = f'r."{field.name}"'
            # Of a customer that is not there, nothing else needs to be told.
            known = f" AND {table.customer} IS NOT NULL" if reference.table else ""
            stage.note(
                field.name,
                value=value,
                message=unknown_customer(stage)
                if reference is CUSTOMER_BY_ID
                else in_sql(_(reference.unknown)),
                found=f"FROM import_row r WHERE {value} IS NOT NULL"
                f" AND {table.found(field)} IS NULL{known}",
            )


def _reference(table: Table, field: Field) -> Reference | None:
    return table.stored[field.name].reference if field.name in table.stored else None


def _note_strangers(table: Table, stage: Stage) -> None:
    """Rows that change the customer but keep a contact or subscription of the former one."""
    for field in table.fields:
        place = table.stored.get(field.name)
        if place is None or place.reference is None or not place.reference.table:
            continue
        stage.note(
            field.name,
            value=f'r."{field.name}"',
            message=in_sql(_(place.reference.unknown)),
            found=f"FROM import_row r JOIN import_new n ON n.row_number = r.row_number"
            f" JOIN {place.reference.table} x ON x.id = n.{place.column}"
            " WHERE x.customer_id <> n.customer_id",
        )


def _note_shared(table: Table, stage: Stage) -> None:
    """Rows that would be a second fact where there can be one."""
    keys = ", ".join(f"n.{column}" for column in table.unique)
    shared = " AND ".join(f"f.{column} = n.{column}" for column in table.unique)
    field = table.unique[-1]
    value = f'r."{field}"'
    stage.note(
        field,
        value=value,
        message=in_sql(_("this is already in row {row}"), row="r.first_row"),
        found=f"FROM (SELECT r.*, min(r.row_number) OVER (PARTITION BY {keys}) AS first_row"
        " FROM import_row r JOIN import_new n ON n.row_number = r.row_number) r"
        " WHERE r.row_number <> r.first_row",
    )
    stage.note(
        field,
        value=value,
        message=in_sql(
            _("this is held already, with the id {external_id}"), external_id="f.external_id"
        ),
        found="FROM import_row r JOIN import_new n ON n.row_number = r.row_number"
        f" JOIN {table.name} f ON f.superseded_at IS NULL AND {shared}"
        " AND f.external_id <> n.external_id",
    )


def _stage_new(table: Table, stage: Stage) -> None:
    """`import_new`: each good row as it would be stored."""
    values = []
    for field in table.fields:
        place = table.stored.get(field.name)
        if place is None:
            continue
        said = stage.value(
            field.name,
            held=f"f.{place.column}",
            default=_literal(place.default, stage),
            given=table.found(field),
        )
        values.append(f"{said} AS {place.column}")
    kept = [f"n.{column}" for column in table.said if column not in table.derived]
    derived = [f"{sql} AS {column}" for column, sql in table.derived.items()]
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_new")
    stage.execute(
        f"CREATE TEMPORARY TABLE import_new ON COMMIT DROP AS"
        f" SELECT n.row_number, n.external_id, n.source_updated_at, {', '.join(kept + derived)}"
        f" FROM (SELECT r.row_number, r.external_id, r.updated_at AS source_updated_at,"
        f" {', '.join(values)}"
        f" FROM import_row r LEFT JOIN {table.name} f ON f.id = r.held_id) n"
    )
    stage.execute("CREATE INDEX ON import_new (row_number)")
    stage.analyze("import_new")


def compare(table: Table, stage: Stage) -> None:
    new = ", ".join(f"n.{column}" for column in table.columns)
    held = ", ".join(f"f.{column}" for column in table.columns)
    stage.execute(
        f"""
        UPDATE import_row t SET outcome = CASE
            WHEN f.id IS NULL THEN 'created'
            WHEN n.source_updated_at < f.source_updated_at THEN 'ignored'
            WHEN ({new}) IS DISTINCT FROM ({held}) THEN 'updated'
            ELSE 'unchanged' END
          FROM import_row r
          JOIN import_new n ON n.row_number = r.row_number
          LEFT JOIN {table.name} f ON f.id = r.held_id
         WHERE t.row_number = r.row_number
        """
    )


def write(table: Table, stage: Stage) -> None:
    columns = ", ".join(table.columns)
    values = ", ".join(f"n.{column}" for column in table.columns)
    zone = stage.zone.replace("'", "''")
    day = table.day_of("n").format(zone=zone)
    is_history = backfilled(stage, table.name, day=day, same="x.external_id = n.external_id")
    _put_on_feed(
        table,
        stage,
        f"""
        SELECT {{customer}}, {{day}}
          FROM import_row r JOIN {table.name} f ON f.id = r.held_id
         WHERE r.outcome = 'updated'
        """,
        alias="f",
    )
    stage.execute(
        f"""
        UPDATE {table.name} f SET superseded_at = %s, closed_by_id = %s
          FROM import_row r WHERE r.held_id = f.id AND r.outcome = 'updated'
        """,
        [stage.now, stage.source_id],
    )
    stage.execute(
        f"""
        UPDATE {table.name} f SET source_updated_at = r.updated_at
          FROM import_row r
         WHERE r.held_id = f.id AND r.outcome = 'unchanged' AND r.updated_at IS NOT NULL
               AND f.source_updated_at IS DISTINCT FROM r.updated_at
        """
    )
    stage.execute(
        f"""
        INSERT INTO {table.name} (external_id, {columns}, source_id, recorded_at,
                                  source_updated_at, is_backfilled)
        SELECT n.external_id, {values}, %s, %s, n.source_updated_at,
               {is_history}
          FROM import_new n JOIN import_row r ON r.row_number = n.row_number
         WHERE r.outcome IN ('created', 'updated') ORDER BY n.row_number
        """,
        [stage.source_id, stage.now],
    )
    _put_on_feed(
        table,
        stage,
        """
        SELECT {customer}, {day}
          FROM import_row r JOIN import_new n ON n.row_number = r.row_number
         WHERE r.outcome IN ('created', 'updated')
        """,
        alias="n",
    )
    for follower in table.followers:
        following.move(table.name, follower, stage)


def _put_on_feed(table: Table, stage: Stage, changed: str, *, alias: str) -> None:
    """`changed` is SQL of (customer, day) of versions that came or went."""
    customer = f"{alias}.customer_id" if table.has_customer else "NULL::bigint"
    day = table.day_of(alias).format(zone=stage.zone.replace("'", "''"))
    found = changed.format(customer=customer, day=day)
    stage.execute(
        f"""
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT customer_id, '{table.feed}',
               CASE WHEN count(*) = count(day) THEN min(day) END, %s
          FROM ({found}) AS changed (customer_id, day) GROUP BY customer_id
        """,
        [stage.now],
    )


def remove(table: Table, stage: Stage) -> None:
    _put_on_feed(
        table,
        stage,
        f"""
        SELECT {{customer}}, {{day}}
          FROM import_removal r JOIN {table.name} f
               ON f.external_id = r.external_id AND f.superseded_at IS NULL
        """,
        alias="f",
    )
    stage.execute(
        f"""
        UPDATE {table.name} f SET superseded_at = %s, closed_by_id = %s
          FROM import_removal r
         WHERE f.external_id = r.external_id AND f.superseded_at IS NULL
        """,
        [stage.now, stage.source_id],
    )
    for follower in table.followers:
        following.close(follower, stage)


def read(table: Table) -> Read:
    columns = {"external_id": "f.external_id"}
    for field in table.fields:
        place = table.stored.get(field.name)
        if place is None:
            continue
        held = f"f.{place.column}"
        columns[field.name] = (
            held if place.reference is None else place.reference.shown.format(id=held)
        )
    columns["updated_at"] = "f.source_updated_at"
    return Read(tables=f"FROM {table.name} f WHERE f.superseded_at IS NULL", columns=columns)
