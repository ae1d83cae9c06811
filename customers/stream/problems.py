"""What people see of calls that could not be used, or not wholly. Only so many are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import orjson
from django.db import connection

from customers.erased import erased_among
from customers.models import StreamProblem
from customers.stream.storing import PROBLEMS_KEPT

TYPES = {"customers": "group", "contacts": "identify"}
_NAMING = ("external_id", "email")


def note(
    kind: str, found: Iterable[tuple[str, Mapping[str, Any]]], *, source_id: int, now: dt.datetime
) -> None:
    """`found`: (reason, row) of customers or contacts. Nothing is shown of who was erased."""
    pairs = list(found)
    if not pairs:
        return
    named = {str(row.get(name) or "") for _, row in pairs for name in _NAMING}
    gone = erased_among(named - {""})
    StreamProblem.objects.bulk_create(
        StreamProblem(
            received_at=now,
            type=TYPES[kind],
            reason=reason[:500],
            body="" if _is_of(gone, row) else orjson.dumps(row).decode()[:2000],
            source_id=source_id,
        )
        for reason, row in pairs
    )


def _is_of(people: Collection[str], row: Mapping[str, Any]) -> bool:
    return any(str(row.get(name) or "") in people for name in _NAMING)


def trim() -> None:
    """The oldest of a company's problems go, beyond what is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM customers_streamproblem WHERE id <= ("
            " SELECT id FROM customers_streamproblem ORDER BY id DESC OFFSET %s LIMIT 1)",
            [PROBLEMS_KEPT],
        )
