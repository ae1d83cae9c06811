"""Changes already agreed for later: shown beside what is not over yet, and counted nowhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from accounts.formatting import format_metric
from metrics.periods import DAY, Period
from metrics.series import Series
from metrics.shared import Shared
from metrics.values import computed
from metrics.wording import has_movements
from metrics.words import said
from tenants.models import Company

NOT_AGREED = frozenset({"opening", "fx", "closing"})
"""Parts of movements that nobody agrees on."""


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
    if begins >= until or not has_movements(found.computation.measure):
        return None
    ahead, _cells = computed(found.metric, [Period(begins, until)], shared=Shared(company, until))
    (value,) = ahead.totals
    parts = {name: part for name, part in value.parts.items() if part and name not in NOT_AGREED}
    return Scheduled(ahead, value.period, parts) if parts else None
