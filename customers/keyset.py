"""Pages of a long list that cost the same wherever one is in it."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import models
from django.db.models import Q

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """`previous` and `next` are cursors for the query string, empty where there is no more."""

    rows: list[Row]
    previous: str
    next: str


def page_of(rows: models.QuerySet[Row], *, by: str, cursor: str, size: int) -> Page[Row]:
    """The page of `rows` at a cursor (empty or unreadable: the first), in the order of `by`, then
    id. `by` names a text annotation that is never null. Costs one query."""
    place = _decode(cursor)
    is_backward = place is not None and place[0] == "before"
    sign = "-" if is_backward else ""
    if place is not None:
        way = "lt" if is_backward else "gt"
        rows = rows.filter(
            Q(**{f"{by}__{way}": place[1]}) | Q(**{by: place[1], f"pk__{way}": place[2]})
        )
    found = list(rows.order_by(f"{sign}{by}", f"{sign}pk")[: size + 1])
    is_more = len(found) > size
    found = found[:size]
    if is_backward:
        found.reverse()
    has_previous = is_more if is_backward else place is not None
    has_next = True if is_backward else is_more
    return Page(
        found,
        _encode("before", found[0], by) if found and has_previous else "",
        _encode("after", found[-1], by) if found and has_next else "",
    )


def _encode(way: str, row: models.Model, by: str) -> str:
    content = json.dumps([way, getattr(row, by), row.pk])
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[str, str, int] | None:
    try:
        content = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        way, value, pk = content
    except (ValueError, TypeError, binascii.Error):
        return None
    is_known = way in {"before", "after"} and isinstance(value, str) and isinstance(pk, int)
    return (way, value, pk) if is_known and "\0" not in value else None
