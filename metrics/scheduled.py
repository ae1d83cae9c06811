"""Changes already agreed for later: shown beside what is not over yet, and counted nowhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from accounts.formatting import format_metric
from metrics.contributions.flows import flows_of
from metrics.contributions.frame import Frame
from metrics.contributions.rows import converting
from metrics.periods import DAY, Period
from metrics.series import Series
from metrics.shared import Shared
from metrics.words import said
from tenants.models import Company


@dataclass(frozen=True)
class Scheduled:
    """What is to move in days after the as-of day, in total: amounts by kind, at the rates known
    now; those of 0 are left out."""

    series: Series
    period: Period
    parts: Mapping[str, Decimal]

    @property
    def words(self) -> str:
        """new $120.00, churn $30.00"""
        computation, currency = self.series.computation, self.series.currency or ""
        return ", ".join(
            f"{said(name)} {format_metric(part, computation.unit_of(name), currency)}"
            for name, part in self.parts.items()
        )


def scheduled(found: Series, until: dt.date, *, company: Company) -> Scheduled | None:
    """The changes agreed for the days after the as-of day among those of `found`, which were asked
    for `until` a day; None where there are no such days, the metric has no movements, or nothing
    is agreed. Costs a query of the ledger."""
    begins = max(found.as_of + DAY, found.totals[0].period.start)
    flows = flows_of(found.computation.measure)
    if begins >= until or flows is None:
        return None
    period = Period(begins, until)
    currency = Shared(company, until).currency(converting(flows))
    if flows.is_money and currency.code is None:
        return None
    frame = Frame([period], timezone=company.timezone, rates=currency.rates)
    parts = {name: part for name, part in flows.moved(frame).items() if part}
    return Scheduled(found, period, parts) if parts else None
