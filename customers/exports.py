"""Facts as a file: every kind comes out under its fields' own names and imports again unchanged.

Cells are written the same way always, so that the same facts are the same bytes: days and instants
as ISO 8601 (instants in UTC, with the offset), decimals plain, yes and no, empty for nothing. A
cell that a spreadsheet would run as a formula is defused; our own reading takes that off again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from customers.imports.defusing import defused
from customers.imports.fields import ATTRIBUTE_PREFIX, Kind
from customers.imports.kinds import KINDS

ATTRIBUTES = "attributes"
_CHUNK = 64 * 1024


def exported_kinds() -> list[Kind]:
    """The kinds that can be had as a file."""
    return [kind for kind in KINDS.values() if kind.read is not None]


Tell = Callable[[int, bool], None]


def csv_text(kind: Kind, *, tell: Tell | None = None) -> Iterator[str]:
    """The file, in pieces of some 64 KB; the header is there also without facts.

    One statement reads it all, as of one instant, in bounded memory. Nothing else may use the
    connection until the last piece is taken. At the end, `tell` hears how many facts were given
    out, and whether those were all: whoever takes the pieces may stop before.
    """
    count, is_whole = 0, False
    try:
        for piece, rows in _pieces(kind):
            count += rows
            yield piece
        is_whole = True
    finally:
        if tell is not None:
            tell(count, is_whole)


def _pieces(kind: Kind) -> Iterator[tuple[str, int]]:
    """Each piece and how many facts it holds, or begins."""
    keys = _attribute_keys(kind)
    buffer = io.StringIO()
    # The header stands in quotes, so that no apostrophe in a cell is taken for the quote.
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow(header(kind, keys))
    writer = csv.writer(buffer)
    count = 0
    for cells in _rows(kind, keys):
        writer.writerow(cells)
        count += 1
        if buffer.tell() >= _CHUNK:
            yield buffer.getvalue(), count
            buffer.seek(0)
            buffer.truncate()
            count = 0
    yield buffer.getvalue(), count


def header(kind: Kind, attribute_keys: list[str]) -> list[str]:
    return [field.name for field in kind.fields if _is_read(kind, field.name)] + [
        ATTRIBUTE_PREFIX + key for key in attribute_keys
    ]


def _is_read(kind: Kind, name: str) -> bool:
    return kind.read is not None and name in kind.read.columns


def _attribute_keys(kind: Kind) -> list[str]:
    """Every attribute that a fact of the kind has now."""
    if kind.read is None or ATTRIBUTES not in kind.read.columns:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT key FROM (SELECT {kind.read.columns[ATTRIBUTES]} AS held"  # noqa: S608
            f" {kind.read.tables}) r, jsonb_object_keys(r.held) AS key ORDER BY key"
        )
        return [key for (key,) in cursor.fetchall()]


def _rows(kind: Kind, attribute_keys: list[str]) -> Iterator[list[str]]:
    """The cells of each fact, as a rule in the order in which facts came."""
    assert kind.read is not None
    fields = [field for field in kind.fields if _is_read(kind, field.name)]
    columns = [f"({kind.read.columns[field.name]})::{field.type.sql_type}" for field in fields]
    types = [field.type.sql_type for field in fields]
    if attribute_keys:
        columns.append(f"({kind.read.columns[ATTRIBUTES]})::jsonb")
        types.append("jsonb")
    query = f"SELECT {', '.join(columns)} {kind.read.tables}"
    query += f" ORDER BY {kind.read.order or kind.read.id}"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT") as copy,
    ):
        copy.set_types(types)
        written = [_WRITTEN[name] for name in types[: len(fields)]]
        for values in copy.rows():
            cells = [
                "" if value is None else write(value)
                for write, value in zip(written, values, strict=False)
            ]
            if attribute_keys:
                held = json.loads(values[-1] or "{}")
                cells += [defused(held.get(key) or "") for key in attribute_keys]
            yield cells


def plain(number: Decimal) -> str:
    """`number` without an exponent or empty decimals. Three decimals are written as four: a
    reader could take 1.234 for a thousand and more."""
    text = f"{number:f}"
    if "." not in text:
        return text
    text = text.rstrip("0").rstrip(".")
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


_WRITTEN: dict[str, Callable[[Any], str]] = {
    "text": defused,
    "date": date.isoformat,
    "timestamptz": _instant,
    "numeric": plain,
    "boolean": _yes_no,
    "jsonb": defused,  # Comes as text: Django leaves JSON to whoever reads it.
}
