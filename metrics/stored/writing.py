"""Writing values that changed, and the record of those of months gone by."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Min, Q

from metrics.contributions.rows import Cell
from metrics.models import (
    Recomputation,
    RestatedBy,
    Restatement,
    StoredSeries,
    StoredValue,
)
from metrics.models.kept import NUMBERS
from metrics.series import Series, Value
from metrics.stored.changes import Changes
from metrics.stored.numbers import as_kept, columns

Cause = Recomputation.Cause
MOST_CHANGES = 1000
"""Rows of what changed that a record names; more are counted by their kind's rows alone."""

COLUMNS = ("end", *NUMBERS, "is_small")
UPSERT = """
    INSERT INTO metrics_storedvalue (series_id, start, segment, "end", value, low, high, numerator,
        denominator, n, parts, reason, is_small)
    SELECT series, start, segment, "end", value, low, high, numerator, denominator, n,
        parts::jsonb, reason, is_small
    FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::date[], %s::numeric[], %s::numeric[],
        %s::numeric[], %s::numeric[], %s::numeric[], %s::bigint[], %s::text[], %s::text[],
        %s::boolean[])
        AS new (series, start, segment, "end", value, low, high, numerator, denominator, n, parts,
            reason, is_small)
    ON CONFLICT (series_id, start, segment) DO UPDATE SET "end" = excluded."end",
        value = excluded.value, low = excluded.low, high = excluded.high,
        numerator = excluded.numerator, denominator = excluded.denominator, n = excluded.n,
        parts = excluded.parts, reason = excluded.reason, is_small = excluded.is_small
"""
DELETE = """
    DELETE FROM metrics_storedvalue
    USING unnest(%s::bigint[], %s::date[], %s::text[]) AS gone (series, start, segment)
    WHERE series_id = gone.series AND metrics_storedvalue.start = gone.start
        AND metrics_storedvalue.segment = gone.segment
"""
AT_ONCE = 20_000
"""Values held in memory before they are written."""

At = tuple[int, dt.date, str]
"""Series, month, segment."""
Held = tuple[Any, ...]
"""In the order of COLUMNS."""


@dataclass
class Run:
    """One recomputation: what it writes, and what it restates.

    Facts recorded after `since` (None: nothing was kept) and until `until` caused it. `over_on`:
    a month that was over on that day and comes out differently now is restated. `totals`: the
    series in total of metrics of which a split was made, by the first month.
    """

    changes: Changes
    cause: Cause
    since: dt.datetime | None
    until: dt.datetime
    over_on: dt.date | None
    totals: dict[tuple[str, dt.date], tuple[Series, set[Cell]]] = field(default_factory=dict)
    _restated: list[Restatement] = field(default_factory=list)
    _kept: set[int] = field(default_factory=set)
    _from: dict[int, dt.date] = field(default_factory=dict)
    _new: dict[At, Held] = field(default_factory=dict)
    _begun: set[int] = field(default_factory=set)

    @cached_property
    def _series(self) -> dict[tuple[str, str], StoredSeries]:
        return {(row.metric, row.by): row for row in StoredSeries.objects.all()}

    def keep(self, found: Series, cells: Collection[Cell], *, by: str, first: dt.date) -> None:
        """The values of these cells in place of what is kept of the same months."""
        row = self._row_of(found, by, first)
        self._kept.add(row.pk)
        starts = [value.period.start for value in found.totals]
        numbers = {start: number for number, start in enumerate(starts)}
        self._from[row.pk] = starts[0]
        self._new |= {
            (row.pk, value.period.start, value.segment or ""): _row(value)
            for value in found.values
            if (numbers[value.period.start], value.segment) in cells
        }
        if len(self._new) > AT_ONCE:
            self._write()

    def _row_of(self, found: Series, by: str, first: dt.date) -> StoredSeries:
        said = {
            "version": found.metric.version,
            "options": dict(found.options),
            "currency": found.currency,
            "first": first,
            "as_of": found.as_of,
        }
        row = self._series.get((found.metric.key, by))
        if row is None:
            row = StoredSeries(metric=found.metric.key, by=by, computed_at=self.until, **said)
            row.save()
            self._begun.add(row.pk)
            self._series[found.metric.key, by] = row
        elif any(getattr(row, name) != value for name, value in said.items()):
            for name, value in said.items():
                setattr(row, name, value)
            row.save()
        return row

    def _write(self) -> None:
        """What was collected, as far as it is not what is kept."""
        if not self._from:
            return
        old = _held(self._from)
        changed = [at for at, values in self._new.items() if old.get(at) != values]
        gone = [at for at in old if at not in self._new]
        told = [at for at in (*changed, *gone) if at[0] not in self._begun]
        begun = _begun({at[0] for at in told if not _is_something(old.get(at))})
        with connection.cursor() as cursor:
            if gone:
                cursor.execute(DELETE, columns(gone))
            if changed:
                rows = [_flat(at, self._new[at]) for at in changed]
                cursor.execute(UPSERT, columns(rows))
        names = {row.pk: row for row in self._series.values()}
        for at in told:
            # Facts from before all that a series is made of, or its first ones, restate nothing.
            if not _is_something(old.get(at)) and at[1] < begun.get(at[0], dt.date.max):
                continue
            self._restate(names[at[0]], at, old.get(at), self._new.get(at))
        self._from, self._new = {}, {}

    def _restate(self, row: StoredSeries, at: At, old: Held | None, new: Held | None) -> None:
        """Note it, if the month was over when the old value was made. The total is noted once,
        not again with each split."""
        _, start, segment = at
        if row.by and not segment:
            return
        was, became = old or _NOTHING, new or _NOTHING
        end = was[0] or became[0]
        if self.since is None or self.over_on is None or end > self.over_on:
            return
        if self.cause is Cause.SETTINGS or (was[1], was[4:6]) == (became[1], became[4:6]):
            return
        self._restated.append(
            Restatement(
                metric=row.metric,
                by=row.by,
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
        """Write what is left, and the record, if anything was restated."""
        self._write()
        StoredSeries.objects.filter(pk__in=self._kept).update(computed_at=self.until)
        if not self._restated or self.since is None:
            return
        made = Recomputation.objects.create(
            cause=self.cause,
            since=self.since,
            until=self.until,
            changed=len(self.changes.rows),
        )
        for one in self._restated:
            one.recomputation = made
        # Each metric's totals go before its segments.
        metrics = list(dict.fromkeys(one.metric for one in self._restated))
        self._restated.sort(key=lambda one: (metrics.index(one.metric), one.by))
        # The log shows the last first.
        Restatement.objects.bulk_create(reversed(self._restated), batch_size=1000)
        RestatedBy.objects.bulk_create(
            RestatedBy(
                recomputation=made,
                customer_id=row.customer_id,
                kind=row.kind,
                from_day=row.from_day,
                told_from=row.told_from,
                told_until=row.told_until,
            )
            for row in self.changes.rows[:MOST_CHANGES]
        )


_NOTHING: Held = (None,) * len(COLUMNS)


def _row(value: Value) -> Held:
    """In the order of COLUMNS."""
    return (
        value.period.end,
        as_kept(value.value),
        as_kept(value.low),
        as_kept(value.high),
        as_kept(value.numerator),
        as_kept(value.denominator),
        value.n,
        [[name, str(part)] for name, part in value.parts.items()],
        value.reason,
        value.is_small,
    )


def _is_something(held: Held | None) -> bool:
    """Whether it is a value, and made of anything."""
    return held is not None and held[1] is not None and any(held[4:7])


def _begun(series: set[int]) -> dict[int, dt.date]:
    """The first month of each that has a value made of anything, in total or in a segment. Not
    there: none has."""
    if not series:
        return {}
    made = Q(n__gt=0)
    for name in ("numerator", "denominator"):
        made |= Q(**{f"{name}__gt": 0}) | Q(**{f"{name}__lt": 0})
    rows = StoredValue.objects.filter(made, value__isnull=False, series_id__in=series).order_by()
    return dict(rows.values("series_id").values_list("series_id", Min("start")))


def _flat(at: At, held: Held) -> tuple[Any, ...]:
    parts = COLUMNS.index("parts")
    return (*at, *held[:parts], json.dumps(held[parts]), *held[parts + 1 :])


def _held(since: Mapping[int, dt.date]) -> dict[At, Held]:
    """What is kept of each series from a month on."""
    series_of: dict[dt.date, list[int]] = defaultdict(list)
    for series, start in since.items():
        series_of[start].append(series)
    wanted = Q()
    for start, several in series_of.items():
        wanted |= Q(series_id__in=several, start__gte=start)
    rows = StoredValue.objects.filter(wanted)
    return {
        (series, start, segment): tuple(held)
        for series, start, segment, *held in rows.values_list(
            "series_id", "start", "segment", *COLUMNS
        )
    }
