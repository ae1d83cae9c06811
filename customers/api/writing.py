"""Storing what the API is sent, and what it says about each row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.api.errors import Problem
from accounts.models import ApiKey
from customers.actions.facts import (
    FieldProblem,
    RowResult,
    remove_facts,
    store_rows,
)
from customers.actions.locking import KindBusyError, lock_to_remove, lock_to_write
from customers.api.kinds import ATTRIBUTES, EXTERNAL_ID, holds_json
from customers.api.reading import is_held
from customers.imports.fields import Kind
from customers.models import Source

OUTCOMES = ("created", "updated", "unchanged", "ignored", "error")
MOST_ROWS = 5_000
MOST_ATTRIBUTES = 200
ERRORS_A_ROW = 20
LONGEST_NAME = 200
BUSY_FOR = 5


@contextmanager
def storing() -> Iterator[None]:
    """One transaction; 503 when somebody else is storing facts of the kind all the while."""
    try:
        with transaction.atomic():
            yield
    except KindBusyError as error:
        raise Problem(503, "busy", f"{error} Try again.", retry_after=BUSY_FOR) from None


def source_of(key: ApiKey | None) -> Source:
    """The one Source of an API key, made when it first stores something."""
    if key is None:
        raise TypeError("Only a key can change anything.")
    found = _sources(key).first()
    if found is not None:
        return found
    with transaction.atomic():
        # Whoever comes at the same time waits here, and then finds it.
        ApiKey.objects.select_for_update(no_key=True).get(pk=key.pk)
        return _sources(key).first() or Source.objects.create(
            kind=Source.Kind.API_KEY, reference_id=key.pk, label=key.name
        )


def _sources(key: ApiKey) -> QuerySet[Source]:
    return Source.objects.filter(kind=Source.Kind.API_KEY, reference_id=key.pk).order_by("pk")


def store_one(kind: Kind, row: Any, *, key: ApiKey | None) -> RowResult:
    """Create or update one fact; raises Problem that names the fields."""
    if not isinstance(row, Mapping):
        raise Problem(400, "not_an_object", f"A {kind.noun} is an object of fields.")
    _refuse_many_attributes(kind, [row])
    with storing():
        [result] = store_rows(kind=kind, rows=as_cells(kind, [row]), source=source_of(key))
    if result.outcome == "error":
        raise Problem(
            400,
            "invalid",
            "Some of what was sent is not valid; see errors.",
            errors=list(errors_of(kind, row, result)),
        )
    return result


def change_one(kind: Kind, external_id: str, row: Any, *, key: ApiKey | None) -> RowResult:
    """Change what is held; raises Problem, 404 when nothing is."""
    if not isinstance(row, Mapping):
        raise Problem(400, "not_an_object", f"A {kind.noun} is an object of fields.")
    if row.get(EXTERNAL_ID, external_id) != external_id:
        raise Problem(
            400,
            "invalid",
            "Some of what was sent is not valid; see errors.",
            errors=[
                _error(EXTERNAL_ID, "invalid", "This is another id than the one in the address.")
            ],
        )
    with storing():
        lock_to_write(kind)
        if not is_held(kind, external_id):
            raise not_held(kind)
        return store_one(kind, {**row, EXTERNAL_ID: external_id}, key=key)


def remove_one(kind: Kind, external_id: str, *, key: ApiKey | None) -> None:
    """Raises Problem, 404 when nothing is held."""
    with storing():
        lock_to_remove(kind)
        if not is_held(kind, external_id):
            raise not_held(kind)
        remove_facts(kind=kind, external_ids=[external_id], source=source_of(key))


def not_held(kind: Kind) -> Problem:
    return Problem(404, "not_found", f"There is no {kind.noun} with this id.")


def store_many(
    kind: Kind, rows: Sequence[Any], *, is_all: bool, key: ApiKey | None
) -> dict[str, Any]:
    """Store rows as `BulkResult`: all or none, or the good ones. Raises Problem for all or none
    with a row in error; it carries the same members."""
    if len(rows) > MOST_ROWS:
        raise Problem(
            413,
            "too_many_rows",
            f"These are {len(rows):,} rows; up to {MOST_ROWS:,} can come at once.",
        )
    _refuse_many_attributes(kind, rows)
    results: list[RowResult] = []
    if rows:
        with storing():
            results = store_rows(
                kind=kind,
                rows=as_cells(kind, rows),
                source=source_of(key),
                is_all_or_nothing=is_all,
            )
    counts = Counter(result.outcome for result in results)
    body: dict[str, Any] = {
        "is_stored": not (is_all and counts["error"]),
        "counts": {outcome: counts[outcome] for outcome in OUTCOMES},
        "results": [
            {
                "row": number,
                "outcome": result.outcome,
                EXTERNAL_ID: result.external_id or None,
                "errors": list(errors_of(kind, row, result)),
            }
            for number, (row, result) in enumerate(zip(rows, results, strict=True))
        ],
    }
    if not body["is_stored"]:
        raise Problem(
            400,
            "rows_invalid",
            f"{counts['error']:,} of {len(rows):,} rows are not valid, so none was stored;"
            " see results.",
            **body,
        )
    return body


def as_cells(kind: Kind, rows: Sequence[Any]) -> Sequence[Any]:
    """The rows with objects of JSON as the text that a file would have."""
    names = [field.name for field in kind.fields if holds_json(field)]
    if not names:
        return rows
    return [
        {
            name: json.dumps(value, default=float)
            if name in names and isinstance(value, Mapping)
            else value
            for name, value in row.items()
        }
        if isinstance(row, Mapping)
        else row
        for row in rows
    ]


def errors_of(kind: Kind, row: Any, result: RowResult) -> Iterator[dict[str, str]]:
    """The first problems of a row as {field, code, message}; `row` is as it was sent."""
    for problem in result.problems[:ERRORS_A_ROW]:
        yield _error(problem.field[:LONGEST_NAME], _code(kind, row, problem), problem.message)


def _code(kind: Kind, row: Any, problem: FieldProblem) -> str:
    known = {field.name: field for field in kind.fields}
    name = problem.field.partition(".")[0]
    field = known.get(name)
    if field is None:
        is_attribute = kind.takes_attributes and name == ATTRIBUTES
        return "invalid" if is_attribute or not name else "unknown_field"
    value = row.get(name) if isinstance(row, Mapping) else None
    is_empty = value is None or (isinstance(value, str) and not value.strip())
    return "required" if is_empty and field.is_required else "invalid"


def _error(field: str, code: str, message: str) -> dict[str, str]:
    return {"field": field, "code": code, "message": message}


def _refuse_many_attributes(kind: Kind, rows: Sequence[Any]) -> None:
    """Each becomes a column while the rows are stored, of which a table has only so many."""
    if not kind.takes_attributes:
        return
    names: set[str] = set()
    for row in rows:
        attributes = row.get(ATTRIBUTES) if isinstance(row, Mapping) else None
        if isinstance(attributes, Mapping):
            names.update(attributes)
    if len(names) > MOST_ATTRIBUTES:
        raise Problem(
            400,
            "too_many_attributes",
            f"These are {len(names):,} attributes; up to {MOST_ATTRIBUTES} can come at once.",
        )
