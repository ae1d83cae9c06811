"""Storing what calls come to as rows of customers and contacts, and telling what is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from customers.actions.facts import RowResult, store_rows
from customers.imports.kinds import KINDS
from customers.models import Source
from customers.stream import problems

# Each is a column while rows are stored together, of which a table has only so many.
ATTRIBUTES_AT_ONCE = 200


def store(kind: str, rows: list[dict[str, Any]], source_id: int, now: dt.datetime) -> None:
    """Store rows; those in error become problems that people see."""
    source = Source.objects.get(pk=source_id)
    for some in _portions(rows):
        results = store_rows(kind=KINDS[kind], rows=some, source=source, now=now)
        problems.note(
            kind,
            [
                (_reason(result), row)
                for row, result in zip(some, results, strict=True)
                if result.outcome == "error"
            ],
            source_id=source_id,
            now=now,
        )


def would_change(
    kind: str, rows: list[dict[str, Any]], source_id: int, now: dt.datetime
) -> set[str]:
    """The ids of what would be another if the rows were stored. Stores nothing."""
    source = Source.objects.get(pk=source_id)
    found = set()
    for some in _portions(rows):
        results = store_rows(kind=KINDS[kind], rows=some, source=source, is_trial=True, now=now)
        found |= {
            str(row["external_id"])
            for row, result in zip(some, results, strict=True)
            if result.outcome == "updated"
        }
    return found


def _portions(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The rows in lots that speak of up to ATTRIBUTES_AT_ONCE; a row of more is several."""
    portion: list[dict[str, Any]] = []
    names: set[str] = set()
    for row in rows:
        for narrow in _narrow(row):
            told = narrow.get("attributes", {}).keys()
            if len(names | told) > ATTRIBUTES_AT_ONCE:
                yield portion
                portion, names = [], set()
            portion.append(narrow)
            names |= told
    if portion:
        yield portion


def _narrow(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    attributes = list(row.get("attributes", {}).items())
    if len(attributes) <= ATTRIBUTES_AT_ONCE:
        yield row
        return
    for start in range(0, len(attributes), ATTRIBUTES_AT_ONCE):
        yield {**row, "attributes": dict(attributes[start : start + ATTRIBUTES_AT_ONCE])}


def _reason(result: RowResult) -> str:
    told = [f"{problem.field}: {problem.message}".strip(": ") for problem in result.problems]
    return "; ".join(told)
