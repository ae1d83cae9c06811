"""What the series of one request or recomputation have in common, looked up once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import orjson
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import JSONField, Model

from metrics.choosing import all_own_options, allowed
from metrics.currency import Currency, figures_currency, reporting_currency
from metrics.definition import Computation, Metric
from metrics.models import ClosedMonth, ClosedValue, MetricSettings, StoredOverview, StoredSeries
from metrics.options import Options
from metrics.periods import Period
from tenants.models import Company

# As they are: what Django needs to put such a query together takes longer than the query. What is
# kept of one series is asked for at once: each question to the database costs the way there.
SERIES = "SELECT * FROM metrics_storedseries WHERE metric = %(metric)s AND as_of = %(as_of)s"
VALUES = """
    SELECT start, segment, value, low, high, numerator, denominator, n, parts, reason, is_small
    FROM metrics_storedvalue
    WHERE series_id = (
            SELECT id FROM metrics_storedseries
            WHERE metric = %(metric)s AND as_of = %(as_of)s AND by = %(by)s
        )
        AND start BETWEEN %(first)s AND %(last)s
"""
ALL_SERIES = "SELECT * FROM metrics_storedseries WHERE metric = ANY(%s) AND as_of = %s"
ALL_VALUES = """
    SELECT series.metric, start, segment, value, low, high, numerator, denominator, n, parts,
        reason, is_small
    FROM metrics_storedvalue JOIN metrics_storedseries AS series ON series.id = series_id
    WHERE series.metric = ANY(%s) AND series.as_of = %s AND series.by = ''
        AND start BETWEEN %s AND %s
"""
OVERVIEW = "SELECT * FROM metrics_storedoverview WHERE as_of = %s"
CLOSED = "SELECT * FROM metrics_closedmonth WHERE reopened_at IS NULL"

AModel = TypeVar("AModel", bound=Model)
Held = tuple[Any, ...]
"""A value that is kept, as VALUES reads it."""

LookedUp = tuple[dt.date, dt.date, list[Held]]
"""The totals kept of a metric, of the months that start from the first day to the last."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one series: None and no values where it is not."""

    series: StoredSeries | None
    values: list[Held]


@dataclass
class Shared:
    """Hand the same one to every `series` of a page. `is_live`: compute all from the rows, also
    what is kept."""

    company: Company
    as_of: dt.date
    is_live: bool = False
    _kept: dict[str, dict[str, StoredSeries]] = field(default_factory=dict)
    _computations: dict[str, Computation] = field(default_factory=dict)
    _totals: dict[str, LookedUp] = field(default_factory=dict)
    _closed: dict[str, list[ClosedValue]] = field(default_factory=dict)

    def own_options(self, metric: Metric) -> Options:
        """The company's own settings of a metric; only those that are not its defaults."""
        return allowed(metric, self.all_own.get(metric.key, {})) if metric.options else {}

    @cached_property
    def all_own(self) -> dict[str, dict[str, str]]:
        """The company's own settings by metric, as they were written down."""
        return all_own_options()

    def computation(self, metric: Metric) -> Computation:
        """The metric with the company's own options."""
        if metric.key not in self._computations:
            chosen = metric.choose(self.own_options(metric))
            self._computations[metric.key] = metric.compute(chosen)
        return self._computations[metric.key]

    @cached_property
    def settings(self) -> MetricSettings:
        return MetricSettings.held()

    def currency(self, converts: bool) -> Currency:
        """That amounts are in, which exchange rates bring them to if the measure `converts`."""
        return self._converted if converts else self._plain

    @cached_property
    def _converted(self) -> Currency:
        return figures_currency(self.company)

    @cached_property
    def _plain(self) -> Currency:
        return reporting_currency(self.company)

    def kept(self, metric: Metric) -> dict[str, StoredSeries]:
        """What is kept of a metric, by its split ('' is the total). A query for each metric."""
        if metric.key not in self._kept:
            params = {"metric": metric.key, "as_of": self.as_of}
            rows = StoredSeries.objects.raw(SERIES, params)
            self._kept[metric.key] = {row.by: row for row in rows}
        return self._kept[metric.key]

    def read_kept(self, metric: Metric, by: str, periods: Sequence[Period]) -> Kept:
        """What is kept of the split ('': of the total) in these periods. One question to the
        database, which answers `kept` and `closed_months` too, where nobody knows them yet."""
        first, last = periods[0].start, periods[-1].start
        if not by and metric.key in self._totals:
            held_from, held_until, held = self._totals[metric.key]
            if held_from <= first and last <= held_until:
                rows = [row for row in held if first <= row[0] <= last]
                return Kept(self._kept[metric.key].get(by), rows)
        asked = [VALUES]
        if metric.key not in self._kept:
            asked.append(SERIES)
        if "closed_months" not in self.__dict__:
            asked.append(CLOSED)
        params: dict[str, Any] = {
            "metric": metric.key,
            "as_of": self.as_of,
            "by": by,
            "first": first,
            "last": last,
        }
        with connection.cursor() as cursor:
            cursor.execute(";".join(asked), params)
            values: list[Held] = cursor.fetchall()
            for query in asked[1:]:
                cursor.nextset()
                if query is SERIES:
                    self._kept[metric.key] = {row.by: row for row in _rows(StoredSeries, cursor)}
                else:
                    self.closed_months = {row.start: row for row in _rows(ClosedMonth, cursor)}
        return Kept(self._kept[metric.key].get(by), values)

    @cached_property
    def closed_months(self) -> dict[dt.date, ClosedMonth]:
        """The months that are closed, by their first day."""
        return {month.start: month for month in ClosedMonth.objects.raw(CLOSED)}

    def look_up(self, metrics: Iterable[Metric], periods: Sequence[Period]) -> None:
        """Read ahead what is kept of several metrics: their totals in these periods, also as they
        were in closed months. Three queries at most."""
        keys = [metric.key for metric in metrics]
        kept: dict[str, dict[str, StoredSeries]] = {key: {} for key in keys}
        for row in StoredSeries.objects.raw(ALL_SERIES, [keys, self.as_of]):
            kept[row.metric][row.by] = row
        self._kept |= kept
        first, last = periods[0].start, periods[-1].start
        totals: dict[str, LookedUp] = {key: (first, last, []) for key in keys}
        with connection.cursor() as cursor:
            cursor.execute(ALL_VALUES, [keys, self.as_of, first, last])
            for key, *held in cursor.fetchall():
                totals[key][2].append(tuple(held))
        self._totals |= totals
        if self.closed_months:
            self._closed |= {key: [] for key in keys}
            months = [month.pk for month in self.closed_months.values()]
            found = ClosedValue.objects.filter(month_id__in=months, metric__in=keys, by="")
            for one in found:
                self._closed[one.metric].append(one)

    def closed_values(self, metric: Metric, by: str, months: Iterable[int]) -> list[ClosedValue]:
        """What is held of a metric in closed months, in total and by a split. A query, but for
        totals that were read ahead."""
        wanted = set(months)
        if not by and metric.key in self._closed:
            return [row for row in self._closed[metric.key] if row.month_id in wanted]
        rows = ClosedValue.objects.filter(month_id__in=wanted, metric=metric.key, by__in={"", by})
        return list(rows)

    @cached_property
    def prepared(self) -> dict[str, Any] | None:
        """What was made ahead for the overview (metrics.stored.overview), if it is of today and in
        the company's currency."""
        if self.is_live:
            return None
        found = next(iter(StoredOverview.objects.raw(OVERVIEW, [self.as_of])), None)
        is_ours = found is not None and found.content.get("currency") == self.company.currency
        return found.content if found is not None and is_ours else None


def _rows(model: type[AModel], cursor: CursorWrapper) -> list[AModel]:
    """The rows of a query for all columns of a model's table."""
    fields = model._meta.concrete_fields
    columns = [column.name for column in cursor.description or ()]
    places = [columns.index(str(field.column)) for field in fields]
    names = [field.attname for field in fields]
    texts = [number for number, field in enumerate(fields) if isinstance(field, JSONField)]
    found: list[AModel] = []
    for row in cursor.fetchall():
        values = [row[place] for place in places]
        for number in texts:
            values[number] = orjson.loads(values[number])
        found.append(model.from_db(connection.alias, names, values))
    return found
