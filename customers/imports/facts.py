"""Kinds that are one versioned table each: what such a kind's file says is its columns.

`fact_kind` makes the three steps, the removal and the reading from a model and its fields. What
is particular to a kind (an end after its start) is a list of `Rule`s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models

from customers.imports.fields import Field, Instant, Kind, Number, Read, Text
from customers.imports.staging import Stage
from customers.models import Fact


@dataclass(frozen=True)
class Reference:
    """A field that names a row of another table. `{value}`: the staged text; `r` is the row.

    `find` is SQL that gives the id or null, `shown` SQL that gives the name back for an `{id}`.
    """

    find: str
    shown: str
    unknown: str


CUSTOMER_BY_ID = Reference(
    find="(SELECT x.id FROM customers_customer x WHERE x.external_id = {value})",
    shown="(SELECT x.external_id FROM customers_customer x WHERE x.id = {id})",
    unknown="there is no customer with this id",
)
SUBSCRIPTION_BY_ID = Reference(
    find="(SELECT x.id FROM customers_subscription x WHERE x.external_id = {value})",
    shown="(SELECT x.external_id FROM customers_subscription x WHERE x.id = {id})",
    unknown="there is no subscription with this id",
)
# By the company's id, or the address at that customer.
CONTACT = Reference(
    find="""(SELECT x.id FROM customers_contact x
        JOIN customers_customer y ON y.id = x.customer_id
        WHERE x.external_id = {value}
              OR (y.external_id = r.customer AND lower(x.email) = lower({value}))
        ORDER BY x.external_id = {value} DESC NULLS LAST, x.id LIMIT 1)""",
    shown="""(SELECT coalesce(x.external_id, x.email) FROM customers_contact x
        WHERE x.id = {id})""",
    unknown="the customer has no contact with this id or address; bring in the contacts first",
)


@dataclass(frozen=True)
class Stored:
    """Where a field goes: `column` of the table. `default`: SQL where nothing is said or held."""

    column: str
    default: str = "NULL"
    reference: Reference | None = None


@dataclass(frozen=True)
class Rule:
    """What must not be: `where` is SQL over `n`, the row as it would be stored; `message` SQL."""

    field: str
    where: str
    message: str


EXTERNAL_ID = Field(
    "external_id",
    "Id",
    Text(200),
    "Your own id for it. Without one it is known by what the row says.",
    aliases="id, external id, reference",
)
CUSTOMER = Field(
    "customer",
    "Customer id",
    Text(200),
    "The id of the customer, as in the customers file.",
    aliases=(
        "customer id, account no, account number, account id, customer number, customer no,"
        " client id, customer, account, company id, company, organization id, organisation id"
    ),
    is_required=True,
)
UPDATED_AT = Field(
    "updated_at",
    "Updated at",
    Instant(),
    "When the row last changed where it comes from. A row older than what is held is ignored.",
    aliases="updated at, last updated, last modified, modified at, last modified date, updated",
)


@dataclass(frozen=True)
class _Table:
    """A fact kind as SQL."""

    name: str
    fields: tuple[Field, ...]
    stored: dict[str, Stored]
    identity: tuple[str, ...]
    since: tuple[str, ...]
    rules: tuple[Rule, ...]
    has_customer: bool
    feed: str
    derived: dict[str, str]

    @property
    def columns(self) -> list[str]:
        said = [self.stored[f.name].column for f in self.fields if f.name in self.stored]
        return [*said, *self.derived]

    def day_of(self, alias: str) -> str:
        """SQL of the day from which a version of the fact matters; takes the zone once for each
        column that is an instant."""
        types = {self.stored[f.name].column: f.type for f in self.fields if f.name in self.stored}
        days = [
            f"({alias}.{column} AT TIME ZONE '{{zone}}')::date"
            if isinstance(types[column], Instant)
            else f"{alias}.{column}"
            for column in self.since
        ]
        return f"LEAST({', '.join(days)})"


def fact_kind(
    *,
    model: type[Fact],
    key: str,
    label: str,
    noun: str,
    description: str,
    fields: Sequence[Field],
    identity: Sequence[str],
    since: Sequence[str],
    stored: dict[str, Stored] | None = None,
    rules: Sequence[Rule] = (),
    derived: dict[str, str] | None = None,
) -> Kind:
    """The Kind of a model made of Fact.

    `fields` without the id and `updated_at`, which every kind has. Each goes to the column of its
    name unless `stored` says otherwise; `customer` goes to `customer_id`. `identity`: the fields
    that say which fact it is where a row has no id. `since`: columns of days or instants; the
    fact matters from the first of them on. `derived`: further columns as SQL over the row `r`.
    """
    all_fields = (EXTERNAL_ID, *fields, UPDATED_AT)
    places = {f.name: Stored(f.name) for f in fields}
    if "customer" in places:
        places["customer"] = Stored("customer_id", reference=CUSTOMER_BY_ID)
    places |= stored or {}
    table = _Table(
        name=model._meta.db_table,
        fields=tuple(fields),
        stored=places,
        identity=tuple(identity),
        since=tuple(since),
        rules=tuple(rules),
        has_customer="customer" in places or _has_customer(model),
        feed=key,
        derived=derived or {},
    )
    return Kind(
        key=key,
        label=label,
        noun=noun,
        description=description,
        sample=f"{key}.csv",
        fields=all_fields,
        check=lambda stage: _check(table, stage),
        compare=lambda stage: _compare(table, stage),
        write=lambda stage: _write(table, stage),
        remove=lambda stage: _remove(table, stage),
        read=_read(table),
        model=model,
    )


def _has_customer(model: type[models.Model]) -> bool:
    return any(field.name == "customer" for field in model._meta.get_fields())


def _check(table: _Table, stage: Stage) -> None:
    _name_the_nameless(table, stage)
    stage.note_duplicates("external_id", field="external_id", what="this")
    stage.execute(
        f"UPDATE import_row r SET held_id = f.id FROM {table.name} f"
        " WHERE f.external_id = r.external_id AND f.superseded_at IS NULL"
    )
    if stage.is_partial:
        stage.note_missing()
    for field in table.fields:
        reference = table.stored[field.name].reference if field.name in table.stored else None
        if reference is not None:
            value = f'r."{field.name}"'
            stage.note(
                field.name,
                value=value,
                message=f"'{reference.unknown}'",
                found=f"FROM import_row r WHERE {value} IS NOT NULL"
                f" AND {reference.find.format(value=value)} IS NULL",
            )
    stage.drop_bad_rows()
    _stage_new(table, stage)
    for rule in table.rules:
        stage.note(
            rule.field,
            value=f'r."{rule.field}"',
            message=rule.message,
            found="FROM import_row r JOIN import_new n ON n.row_number = r.row_number"
            f" WHERE {rule.where}",
        )


def _name_the_nameless(table: _Table, stage: Stage) -> None:
    """A row without an id is known by what it says of `identity`, so that the same file twice
    brings nothing twice."""
    types = {field.name: field.type for field in table.fields}
    parts = ", ".join(
        f"coalesce(trim_scale(r.\"{name}\")::text, '')"
        if isinstance(types[name], Number)
        else f"coalesce(r.\"{name}\"::text, '')"
        for name in table.identity
    )
    # Text of an instant depends on the session's zone; Django's sessions are in UTC.
    stage.execute(
        f"UPDATE import_row r SET external_id = 'auto-' || md5(concat_ws('|', {parts}))"
        " WHERE r.external_id IS NULL"
    )


def _stage_new(table: _Table, stage: Stage) -> None:
    """`import_new`: each good row as it would be stored."""
    values = []
    for field in table.fields:
        place = table.stored.get(field.name)
        if place is None:
            continue
        given = f'r."{field.name}"'
        if place.reference is not None:
            given = place.reference.find.format(value=given)
        said = stage.value(field.name, held=f"f.{place.column}", default=place.default, given=given)
        values.append(f"{said} AS {place.column}")
    values += [f"{sql} AS {column}" for column, sql in table.derived.items()]
    if table.has_customer and "customer_id" not in table.columns:
        raise TypeError(f"{table.name}: say how the customer is found (derived)")
    stage.execute("DROP TABLE IF EXISTS pg_temp.import_new")
    stage.execute(
        f"CREATE TEMPORARY TABLE import_new ON COMMIT DROP AS"
        f" SELECT r.row_number, r.external_id, r.updated_at AS source_updated_at,"
        f" {', '.join(values)}"
        f" FROM import_row r LEFT JOIN {table.name} f ON f.id = r.held_id",
        [stage.currency] * sum("%s" in value for value in values),
    )
    stage.execute("CREATE INDEX ON import_new (row_number)")
    stage.analyze("import_new")


def _compare(table: _Table, stage: Stage) -> None:
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


def _write(table: _Table, stage: Stage) -> None:
    is_history = not stage.has_any(f"SELECT FROM {table.name}")
    columns = ", ".join(table.columns)
    values = ", ".join(f"n.{column}" for column in table.columns)
    zone = stage.zone.replace("'", "''")
    day = table.day_of("n").format(zone=zone)
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
        SELECT n.external_id, {values}, %s, %s, n.source_updated_at, %s AND {day} < %s
          FROM import_new n JOIN import_row r ON r.row_number = n.row_number
         WHERE r.outcome IN ('created', 'updated') ORDER BY n.row_number
        """,
        [stage.source_id, stage.now, is_history, stage.today],
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


def _put_on_feed(table: _Table, stage: Stage, changed: str, *, alias: str) -> None:
    """`changed` is SQL of (customer, day) of versions that came or went."""
    customer = f"{alias}.customer_id" if table.has_customer else "NULL::bigint"
    day = table.day_of(alias).format(zone=stage.zone.replace("'", "''"))
    found = changed.format(customer=customer, day=day)
    stage.execute(
        f"""
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT customer_id, '{table.feed}', min(day), %s
          FROM ({found}) AS changed (customer_id, day) GROUP BY customer_id
        """,
        [stage.now],
    )


def _remove(table: _Table, stage: Stage) -> None:
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


def _read(table: _Table) -> Read:
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
