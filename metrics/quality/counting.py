"""Counting what the checks find, by a job, and showing it from what was kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from metrics.models import QualityCount
from metrics.quality import checks
from metrics.quality.checks import Check
from surveys.suppressions import prefix
from tenants.context import current_company
from tenants.jobs import enqueue

COUNT = "metrics.count_quality"
MOST_KEPT = 1000
"""So many rows of a check are kept to be shown."""
AGAIN_AFTER = dt.timedelta(hours=12)
STAMP = "SELECT last_value FROM customers_change_id_seq"
KEPT = """
    SELECT count(*), coalesce((array_agg(id ORDER BY lower(title), id))[1:%(most)s], '{{}}')
    FROM ({found}) AS found
"""
ROWS = "SELECT id, customer_id, title, detail FROM ({found}) AS found ORDER BY lower(title), id"


@dataclass(frozen=True)
class Counted:
    """`count` None: not counted yet."""

    check: Check
    count: QualityCount | None

    @property
    def share(self) -> float | None:
        """Of all that could be right, how many are not; None where there are none."""
        if self.count is None or not self.count.among:
            return None
        return min(self.count.found / self.count.among, 1.0)


@dataclass(frozen=True)
class FoundRow:
    id: int
    customer_id: int | None
    title: str
    detail: str


def counted() -> list[Counted]:
    """Every check with what was counted last. One query."""
    held = {one.check_key: one for one in QualityCount.objects.all()}
    return [Counted(check, held.get(check.key)) for check in checks.ALL]


def ask() -> None:
    """Have them counted anew, soon."""
    enqueue(COUNT, key=COUNT)


def count_if_due(now: dt.datetime | None = None) -> None:
    """Count anew where facts changed since, or it is long ago."""
    now = now or timezone.now()
    oldest = QualityCount.objects.order_by("counted_at").first()
    is_whole = QualityCount.objects.count() == len(checks.ALL)
    if (
        oldest is None
        or not is_whole
        or oldest.counted_at < now - AGAIN_AFTER
        or oldest.stamp != _stamp()
    ):
        count(now)


def count(now: dt.datetime | None = None) -> None:
    """Each check in a transaction of its own, so that none holds up the others."""
    now = now or timezone.now()
    stamp = _stamp()
    for check in checks.ALL:
        with transaction.atomic():
            [(found, ids)] = _fetch(KEPT.format(found=check.found), now, most=MOST_KEPT)
            [(among,)] = _fetch(check.among, now)
            QualityCount.objects.update_or_create(
                check_key=check.key,
                defaults={
                    "found": found,
                    "among": among,
                    "ids": ids,
                    "counted_at": now,
                    "stamp": stamp,
                },
            )
    QualityCount.objects.exclude(check_key__in=checks.BY_KEY).delete()


def rows_of(check: Check, ids: Sequence[int]) -> list[FoundRow]:
    """Those of the rows of these ids that are still found, by title."""
    if not ids:
        return []
    found = _fetch(ROWS.format(found=check.found), timezone.now(), ids=list(ids))
    rows = [FoundRow(*row) for row in found]
    if check.worded is None:
        return rows
    worded = [(row, *check.worded(row.title, row.detail)) for row in rows]
    return [replace(row, title=title, detail=detail) for row, title, detail in worded]


def _stamp() -> int:
    with connection.cursor() as cursor:
        cursor.execute(STAMP)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _fetch(sql: str, now: dt.datetime, **more: Any) -> list[tuple[Any, ...]]:
    params: dict[str, Any] = {
        "today": current_company().today(),
        "now": now,
        "prefix": prefix(),
        "ids": None,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, params | more)
        return list(cursor.fetchall())
