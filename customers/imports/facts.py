"""Kinds that are one versioned table each: what such a kind's file says is its columns.

`fact_kind` makes the three steps, the removal and the reading from a model and its fields. What
is particular to a kind (an end after its start) is a list of `Rule`s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import models

from customers.imports.fields import Field, Instant, Kind, Number, Read, Text
from customers.imports.options import EndDay
from customers.imports.staging import Stage
from customers.models import Fact


@dataclass(frozen=True)
class Reference:
    """A field that names a row of another table. `{value}`: the staged text; `r` is the row.

    `find` is SQL that gives the id or null, `shown` SQL that gives the name back for an `{id}`.
    `{customer}` in `find` is the id of the customer the row is about, said or held. `table`: its
    rows belong to a customer, which must stay the one of the row.
    """

    find: str
    shown: str
    unknown: str
    table: str = ""


CUSTOMER_BY_ID = Reference(
    find="(SELECT x.id FROM customers_customer x WHERE x.external_id = {value})",
    shown="(SELECT x.external_id FROM customers_customer x WHERE x.id = {id})",
    unknown="there is no customer with this id",
)
SUBSCRIPTION_BY_ID = Reference(
    find="""(SELECT x.id FROM customers_subscription x
        WHERE x.external_id = {value} AND x.customer_id = {customer})""",
    shown="(SELECT x.external_id FROM customers_subscription x WHERE x.id = {id})",
    unknown="the customer has no subscription with this id",
    table="customers_subscription",
)
# By the company's id, or the address at that customer.
CONTACT = Reference(
    find="""coalesce(
        (SELECT x.id FROM customers_contact x
          WHERE x.external_id = {value} AND x.customer_id = {customer}),
        (SELECT x.id FROM customers_contact x
          WHERE lower(x.email) = lower({value}) AND x.customer_id = {customer}))""",
    shown="""(SELECT coalesce(x.external_id, x.email) FROM customers_contact x
        WHERE x.id = {id})""",
    unknown="the customer has no contact with this id or address; bring in the contacts first",
    table="customers_contact",
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
    last_days: tuple[str, ...]
    unique: tuple[str, ...]

    @property
    def said(self) -> list[str]:
        """The columns that fields go to."""
        return [self.stored[f.name].column for f in self.fields if f.name in self.stored]

    @property
    def columns(self) -> list[str]:
        return [*self.said, *(column for column in self.derived if column not in self.said)]

    def found(self, field: Field) -> str:
        """SQL of what a row's field is stored as: itself, or the id of what it names."""
        place, value = self.stored[field.name], f'r."{field.name}"'
        if place.reference is None:
            return value
        return place.reference.find.format(value=value, customer=self.customer)

    @property
    def customer(self) -> str:
        """SQL of the id of the customer that `r` is about: the one it says, else the held one."""
        held = f"(SELECT h.customer_id FROM {self.name} h WHERE h.id = r.held_id)"
        if "customer" not in self.stored:
            return held
        return f"coalesce({CUSTOMER_BY_ID.find.format(value='r.customer')}, {held})"

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
    last_days: Sequence[str] = (),
    unique: Sequence[str] = (),
) -> Kind:
    """The Kind of a model made of Fact.

    `fields` without the id and `updated_at`, which every kind has. Each goes to the column of its
    name unless `stored` says otherwise; `customer` goes to `customer_id`. `identity`: the fields
    that say which fact it is where a row has no id. `since`: columns of days or instants; the
    fact matters from the first of them on. `derived`: columns as SQL over `n`, the row as the
    fields say it, further ones or in place of a field's. `last_days`: fields that hold the first
    day without, and the last day where a file says so. `unique`: columns that no two facts share.
    """
    named = f"{noun} id, {noun} no, {noun} number, {noun} key"
    identifier = replace(EXTERNAL_ID, aliases=f"{named}, {EXTERNAL_ID.aliases}")
    all_fields = (identifier, *fields, UPDATED_AT)
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
        last_days=tuple(last_days),
        unique=tuple(unique),
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
    _read_last_days(table, stage)
    _name_the_nameless(table, stage)
    stage.note_duplicates("external_id", field="external_id", what="this")
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
            message=rule.message,
            found="FROM import_row r JOIN import_new n ON n.row_number = r.row_number"
            f" WHERE {rule.where}",
        )
    if table.unique:
        _note_shared(table, stage)


def _read_last_days(table: _Table, stage: Stage) -> None:
    if stage.options.end_day is EndDay.LAST:
        for name in table.last_days:
            stage.execute(f'UPDATE import_row SET "{name}" = "{name}" + 1')


def _name_the_nameless(table: _Table, stage: Stage) -> None:
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


def _note_unknown(table: _Table, stage: Stage) -> None:
    """Rows that name what is not there."""
    for field in table.fields:
        reference = table.stored[field.name].reference if field.name in table.stored else None
        if reference is not None:
            value = f'r."{field.name}"'
            stage.note(
                field.name,
                value=value,
                message=f"'{reference.unknown}'",
                found=f"FROM import_row r WHERE {value} IS NOT NULL"
                f" AND {table.found(field)} IS NULL",
            )


def _note_strangers(table: _Table, stage: Stage) -> None:
    """Rows that change the customer but keep a contact or subscription of the former one."""
    for field in table.fields:
        place = table.stored.get(field.name)
        if place is None or place.reference is None or not place.reference.table:
            continue
        stage.note(
            field.name,
            value=f'r."{field.name}"',
            message=f"'{place.reference.unknown}'",
            found=f"FROM import_row r JOIN import_new n ON n.row_number = r.row_number"
            f" JOIN {place.reference.table} x ON x.id = n.{place.column}"
            " WHERE x.customer_id <> n.customer_id",
        )


def _note_shared(table: _Table, stage: Stage) -> None:
    """Rows that would be a second fact where there can be one."""
    keys = ", ".join(f"n.{column}" for column in table.unique)
    shared = " AND ".join(f"f.{column} = n.{column}" for column in table.unique)
    field = table.unique[-1]
    value = f'r."{field}"'
    stage.note(
        field,
        value=value,
        message="'this is already in row ' || r.first_row",
        found=f"FROM (SELECT r.*, min(r.row_number) OVER (PARTITION BY {keys}) AS first_row"
        " FROM import_row r JOIN import_new n ON n.row_number = r.row_number) r"
        " WHERE r.row_number <> r.first_row",
    )
    stage.note(
        field,
        value=value,
        message="'this is held already, with the id ' || f.external_id",
        found="FROM import_row r JOIN import_new n ON n.row_number = r.row_number"
        f" JOIN {table.name} f ON f.superseded_at IS NULL AND {shared}"
        " AND f.external_id <> n.external_id",
    )


def _stage_new(table: _Table, stage: Stage) -> None:
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
        SELECT n.external_id, {values}, %s, %s, n.source_updated_at,
               %s AND coalesce({day} < %s, false)
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
        SELECT customer_id, '{table.feed}',
               CASE WHEN count(*) = count(day) THEN min(day) END, %s
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
