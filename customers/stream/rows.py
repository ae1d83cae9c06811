"""Storing what calls come to as rows of customers and contacts, and telling what is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import orjson

from customers.actions.facts import RowResult, store_rows
from customers.erased import erased_among
from customers.imports.kinds import KINDS
from customers.models import Source, StreamProblem

# Each is a column while rows are stored together, of which a table has only so many.
ATTRIBUTES_AT_ONCE = 200
_NAMING = ("external_id", "email")


def store(kind: str, rows: list[dict[str, Any]], source_id: int, now: dt.datetime) -> None:
    """Store rows; those in error become problems that people see."""
    source = Source.objects.get(pk=source_id)
    for some in _portions(rows):
        results = store_rows(kind=KINDS[kind], rows=some, source=source, now=now)
        wrong = [pair for pair in zip(some, results, strict=True) if pair[1].outcome == "error"]
        named = {str(row.get(name) or "") for row, _ in wrong for name in _NAMING}
        gone = erased_among(named - {""}) if wrong else {}
        StreamProblem.objects.bulk_create(
            StreamProblem(
                received_at=now,
                type="group" if kind == "customers" else "identify",
                reason=_reason(result)[:500],
                body="" if _is_of(gone, row) else orjson.dumps(row).decode()[:2000],
                source=source,
            )
            for row, result in wrong
        )


def _is_of(people: Collection[str], row: Mapping[str, Any]) -> bool:
    return any(str(row.get(name) or "") in people for name in _NAMING)


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
