"""Taking a person out of any table: every column that can hold a text is looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from customers.erasing.sought import WORD, Scrubber, Sought

_CHUNK = 500
# Other people's own rows, and what is no place for facts.
_NOT_SEARCHED = frozenset(
    {
        "account_emailaddress",
        "account_emailconfirmation",
        "accounts_user",
        "customers_erasure",
        "customers_importpart",
        "customers_originalpart",
        "django_migrations",
        "django_session",
    }
)
# The rows of contacts and customers are about others; an address is taken out of them, a name not.
_NAMES_OF_THEIR_OWN = frozenset({"customers_contact", "customers_customer"})
# Columns whose value names something: a word in its place would be no name.
_NAMING = frozenset(
    {"end_user", "event_id", "external_id", "group_id", "message_id", "object_id", "session"}
    | {"ticket", "key", "about_key", "note_external_id"}
)
# Those of them that name persons: an id that is no more than a number is known there only.
_PERSONAL = frozenset({"end_user", "group_id"})


@dataclass(frozen=True)
class Column:
    """`kind`: text, texts (an array of them), json or bytes; `size` the most characters it takes,
    if it is limited."""

    name: str
    kind: str
    size: int | None


@dataclass(frozen=True)
class TextTable:
    """A table with texts. Partitions are tables of their own here."""

    name: str
    columns: tuple[Column, ...]
    has_customer: bool
    has_contact: bool


def text_tables() -> list[TextTable]:
    """Every table of the company that can hold a text, by name. Costs one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, array_agg(a.attname ORDER BY a.attnum),
                   array_agg(t.typname ORDER BY a.attnum),
                   array_agg(a.atttypmod ORDER BY a.attnum)
              FROM pg_class c
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              JOIN pg_type t ON t.oid = a.atttypid
             WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
             GROUP BY c.relname ORDER BY c.relname
            """
        )
        rows = cursor.fetchall()
    tables = []
    for name, names, types, sizes in rows:
        columns = tuple(
            Column(column, _KINDS[type_], size - 4 if type_ == "varchar" and size > 4 else None)
            for column, type_, size in zip(names, types, sizes, strict=True)
            if type_ in _KINDS
        )
        if columns and name not in _NOT_SEARCHED:
            tables.append(TextTable(name, columns, "customer_id" in names, "contact_id" in names))
    return tables


_KINDS = {"text": "text", "varchar": "text", "json": "json", "jsonb": "json", "bytea": "bytes"}
_KINDS |= {"_text": "texts", "_varchar": "texts"}


def scrub(table: TextTable, sought: Sought) -> int:
    """Take the person out of the table's texts; how many rows were changed.

    Reads the whole table once, in the transaction it runs in; costs a statement per row changed.
    """
    where, params = _candidates(table, sought)
    extra = ["customer_id"] if table.has_customer else []
    extra += ["contact_id"] if table.has_contact else []
    names = ", ".join(f'"{name}"' for name in [*(c.name for c in table.columns), *extra])
    last, changed = "(0,0)", 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT ctid::text, {names} FROM "{table.name}"'  # noqa: S608 - names of tables
                f" WHERE ctid > %s::tid AND ({where}) ORDER BY ctid LIMIT {_CHUNK} FOR UPDATE",
                [last, *params],
            )
            rows = cursor.fetchall()
            for row in rows:
                changed += _scrub_row(cursor, table, sought, row)
        if len(rows) < _CHUNK:
            return changed
        last = rows[-1][0]


def _candidates(table: TextTable, sought: Sought) -> tuple[str, list[Any]]:
    """SQL of the rows that may hold something sought."""
    likes = sought.at_customer.like()
    raw = [value.encode() for value in (*sought.addresses, *sought.certain.ids)]
    conditions: list[str] = []
    params: list[Any] = []
    for column in table.columns:
        if column.kind == "bytes":
            conditions.append(
                "EXISTS (SELECT FROM unnest(%s::bytea[]) x"
                f' WHERE position(x IN "{column.name}") > 0)'
            )
            params.append(raw)
        else:
            conditions.append(f'"{column.name}"::text ILIKE ANY(%s)')
            params.append(likes)
        if column.name in _PERSONAL:
            conditions.append(f'lower("{column.name}") = ANY(%s)')
            params.append(sorted(sought.keys))
    if table.has_contact:
        conditions.append("contact_id = ANY(%s)")
        params.append(list(sought.contacts))
    return " OR ".join(conditions), params


def _scrub_row(cursor: Any, table: TextTable, sought: Sought, row: Sequence[Any]) -> int:
    values = dict(zip([c.name for c in table.columns], row[1:], strict=False))
    rest = list(row[1 + len(table.columns) :])
    customer = rest.pop(0) if table.has_customer else None
    contact = rest.pop(0) if table.has_contact else None
    scrubber = _scrubber(table, sought, customer, contact)
    changes = {}
    for column in table.columns:
        held = values[column.name]
        clean = _clean(column, held, scrubber, sought)
        if clean is not None:
            changes[column.name] = clean
    if not changes:
        return 0
    settings = ", ".join(f'"{name}" = %s' for name in changes)
    cursor.execute(
        f'UPDATE "{table.name}" SET {settings} WHERE ctid = %s::tid',  # noqa: S608
        [*changes.values(), row[0]],
    )
    return 1


def _scrubber(
    table: TextTable, sought: Sought, customer: int | None, contact: int | None
) -> Scrubber:
    if contact is not None and contact in sought.contacts:
        return sought.in_own
    if table.name in _NAMES_OF_THEIR_OWN:
        return Scrubber(sought.addresses, (), ())
    if customer is not None and customer in sought.customers:
        return sought.at_customer
    return sought.certain


def _clean(column: Column, held: Any, scrubber: Scrubber, sought: Sought) -> Any | None:
    """What the column is to hold instead; None: what it holds."""
    if held is None or held == "":
        return None
    if column.kind == "bytes":
        text = bytes(held).decode("utf-8", errors="ignore")
        return b"" if scrubber.has(text) else None
    if column.kind == "json":
        value = json.loads(held) if isinstance(held, str) else held
        clean = scrubber.json(value)
        return json.dumps(clean) if clean != value else None
    if column.kind == "texts":
        texts = [text and scrubber.text_or_json(text) for text in held]
        return texts if texts != held else None
    if column.name in _PERSONAL and held.lower() in sought.keys:
        return sought.alias_of(held)
    word = sought.pseudonym if column.name in _NAMING else WORD
    clean = scrubber.text_or_json(held, word)
    return clean[: column.size] if clean != held else None
