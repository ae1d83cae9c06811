"""Writing values that changed, and the record of those of months gone by."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from metrics.contributions.rows import Cell
from metrics.estimates import Number
from metrics.models import (
    Recomputation,
    RestatedBy,
    Restatement,
    StoredSeries,
    StoredValue,
)
from metrics.series import Series, Value
from metrics.stored.changes import Changes

Cause = Recomputation.Cause
MOST_CHANGES = 1000
"""Rows of what changed that a record names; more are counted by their kind's rows alone."""

COLUMNS = (
    "end",
    "value",
    "low",
    "high",
    "numerator",
    "denominator",
    "n",
    "parts",
    "reason",
    "is_small",
)
UPSERT = """
    INSERT INTO metrics_storedvalue (series_id, start, segment, "end", value, low, high, numerator,
        denominator, n, parts, reason, is_small)
    SELECT %s, start, segment, "end", value, low, high, numerator, denominator, n, parts::jsonb,
        reason, is_small
    FROM unnest(%s::date[], %s::text[], %s::date[], %s::numeric[], %s::numeric[], %s::numeric[],
        %s::numeric[], %s::numeric[], %s::bigint[], %s::text[], %s::text[], %s::boolean[])
        AS new (start, segment, "end", value, low, high, numerator, denominator, n, parts, reason,
            is_small)
    ON CONFLICT (series_id, start, segment) DO UPDATE SET "end" = excluded."end",
        value = excluded.value, low = excluded.low, high = excluded.high,
        numerator = excluded.numerator, denominator = excluded.denominator, n = excluded.n,
        parts = excluded.parts, reason = excluded.reason, is_small = excluded.is_small
"""
DELETE = """
    DELETE FROM metrics_storedvalue USING unnest(%s::date[], %s::text[]) AS gone (start, segment)
    WHERE series_id = %s AND metrics_storedvalue.start = gone.start
        AND metrics_storedvalue.segment = gone.segment
"""
At = tuple[dt.date, str]
Held = tuple[Any, ...]


@dataclass
class Run:
    """One recomputation: what it writes, and what it restates.

    Facts recorded after `since` (None: nothing was kept) and until `until` caused it. `over_on`:
    a month that was over on that day and comes out differently now is restated.
    """

    changes: Changes
    cause: Cause
    since: dt.datetime | None
    until: dt.datetime
    over_on: dt.date | None
    _restated: list[Restatement] = field(default_factory=list)
    _kept: set[int] = field(default_factory=set)

    def keep(self, found: Series, cells: Collection[Cell], *, by: str, first: dt.date) -> None:
        """The values of these cells in place of what is kept of the same months."""
        row, is_new = StoredSeries.objects.update_or_create(
            metric=found.metric.key,
            by=by,
            defaults={
                "version": found.metric.version,
                "options": dict(found.options),
                "currency": found.currency,
                "first": first,
                "as_of": found.as_of,
                "computed_at": self.until,
            },
        )
        self._kept.add(row.pk)
        starts = [value.period.start for value in found.totals]
        wanted = {start: number for number, start in enumerate(starts)}
        new = {
            (value.period.start, value.segment or ""): _row(value)
            for value in found.values
            if (wanted[value.period.start], value.segment) in cells
        }
        old = {} if is_new else _held(row, starts[0])
        changed = [at for at, values in new.items() if old.get(at) != values]
        gone = [at for at in old if at not in new]
        _write(row, {at: new[at] for at in changed}, gone)
        for at in (*changed, *gone):
            self._restate(found, by, at, old.get(at), new.get(at))

    def _restate(self, found: Series, by: str, at: At, old: Held | None, new: Held | None) -> None:
        """Note it, if the month was over when the old value was made."""
        start, segment = at
        was, became = old or _NOTHING, new or _NOTHING
        end = was[0] or became[0]
        if self.since is None or self.over_on is None or end > self.over_on:
            return
        if self.cause is Cause.SETTINGS or (was[1], was[4:6]) == (became[1], became[4:6]):
            return
        self._restated.append(
            Restatement(
                metric=found.metric.key,
                by=by,
                segment=segment,
                start=start,
                end=end,
                was=was[1],
                became=became[1],
                was_numerator=was[4],
                became_numerator=became[4],
                was_denominator=was[5],
                became_denominator=became[5],
            )
        )

    def drop_the_rest(self) -> None:
        """Series that are not made any more."""
        StoredSeries.objects.exclude(pk__in=self._kept).delete()

    def finish(self) -> None:
        """The record, if anything was restated."""
        if not self._restated or self.since is None:
            return
        made = Recomputation.objects.create(cause=self.cause, since=self.since, until=self.until)
        for one in self._restated:
            one.recomputation = made
        Restatement.objects.bulk_create(self._restated, batch_size=1000)
        RestatedBy.objects.bulk_create(
            RestatedBy(
                recomputation=made,
                customer_id=row.customer_id,
                kind=row.kind,
                from_day=row.from_day,
            )
            for row in self.changes.rows[:MOST_CHANGES]
        )


_NOTHING: Held = (None,) * len(COLUMNS)


def _exact(number: Number | None) -> Decimal | None:
    """A float by its shortest digits, which read back as the same float."""
    if number is None or isinstance(number, Decimal):
        return number
    return Decimal(repr(number))


def _row(value: Value) -> Held:
    """In the order of COLUMNS."""
    return (
        value.period.end,
        _exact(value.value),
        _exact(value.low),
        _exact(value.high),
        value.numerator,
        value.denominator,
        value.n,
        [[name, str(part)] for name, part in value.parts.items()],
        value.reason,
        value.is_small,
    )


def _held(row: StoredSeries, first: dt.date) -> dict[At, Held]:
    rows = StoredValue.objects.filter(series_id=row.pk, start__gte=first)
    return {
        (start, segment): tuple(held)
        for start, segment, *held in rows.values_list("start", "segment", *COLUMNS)
    }


def _write(row: StoredSeries, changed: dict[At, Held], gone: Iterable[At]) -> None:
    dropped = list(gone)
    with connection.cursor() as cursor:
        if dropped:
            starts, segments = zip(*dropped, strict=True)
            cursor.execute(DELETE, [list(starts), list(segments), row.pk])
        if changed:
            rows = [
                (*at, *held[:7], json.dumps(held[7]), *held[8:]) for at, held in changed.items()
            ]
            cursor.execute(UPSERT, [row.pk, *(list(column) for column in zip(*rows, strict=True))])
