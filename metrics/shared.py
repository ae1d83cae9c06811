"""What the series of one request or recomputation have in common, looked up once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property

from metrics.choosing import all_own_options, allowed
from metrics.currency import Currency, figures_currency, reporting_currency
from metrics.definition import Computation, Metric
from metrics.models import ClosedMonth, MetricSettings, StoredSeries
from metrics.options import Options
from tenants.models import Company

# As they are: what Django needs to put such a query together takes longer than the query.
SERIES = "SELECT * FROM metrics_storedseries WHERE metric = %s AND as_of = %s"
CLOSED = "SELECT * FROM metrics_closedmonth WHERE reopened_at IS NULL"


@dataclass
class Shared:
    """Hand the same one to every `series` of a page. `is_live`: compute all from the rows, also
    what is kept."""

    company: Company
    as_of: dt.date
    is_live: bool = False
    _kept: dict[str, dict[str, StoredSeries]] = field(default_factory=dict)
    _computations: dict[str, Computation] = field(default_factory=dict)

    def own_options(self, metric: Metric) -> Options:
        """The company's own settings of a metric; only those that are not its defaults."""
        return allowed(metric, self._own.get(metric.key, {})) if metric.options else {}

    @cached_property
    def _own(self) -> dict[str, dict[str, str]]:
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
            rows = StoredSeries.objects.raw(SERIES, [metric.key, self.as_of])
            self._kept[metric.key] = {row.by: row for row in rows}
        return self._kept[metric.key]

    @cached_property
    def closed_months(self) -> dict[dt.date, ClosedMonth]:
        """The months that are closed, by their first day."""
        return {month.start: month for month in ClosedMonth.objects.raw(CLOSED)}
