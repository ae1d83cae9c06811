"""Warnings worth having: what of the figures somebody should look at today."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from metrics import registry
from metrics.intervals import Interval, difference
from metrics.options import Options
from metrics.periods import Grain, latest, trailing
from metrics.series import Series, Value
from metrics.shared import Shared
from metrics.units import Unit
from metrics.values import series
from metrics.wording import figure
from tenants.models import Company

LEAST_LTV_TO_CAC = 3
YEAR = 365
CHURN = (
    ("customer_churn_rate", {"method": "cohort", "scaling": "none"}),
    ("gross_revenue_churn_rate", {"method": "cohort"}),
)
"""The rates that must not rise, by the method that has an interval."""


@dataclass(frozen=True)
class Notice:
    """`key` for programs, `title` and `reason` for people, `metric` and `href` to look it up."""

    key: str
    title: str
    reason: str
    metric: str
    href: str


def warnings(*, company: Company, as_of: dt.date, shared: Shared | None = None) -> list[Notice]:
    """Those that hold; of metrics that there are. Some queries for each rule."""
    shared = shared or Shared(company, as_of)
    found = [_ltv_to_cac(shared), _retention_cost(shared)]
    found += [_rising(key, options, shared) for key, options in CHURN]
    return [one for one in found if one is not None]


def _last_year(key: str, shared: Shared) -> tuple[Series, Value] | None:
    """A metric over the last 365 full days; None where there is no such metric or value."""
    try:
        metric = registry.metric(key)
    except registry.UnknownMetricError:
        return None
    company, as_of = shared.company, shared.as_of
    year = trailing(YEAR, as_of=as_of)
    found = series(metric, [year], company=company, as_of=as_of, shared=shared)
    value = found.totals[0]
    return None if value.value is None else (found, value)


def _href(key: str, **params: str) -> str:
    path = reverse("metrics:detail", args=[key])
    return f"{path}?{urlencode(params)}" if params else path


def _ltv_to_cac(shared: Shared) -> Notice | None:
    found = _last_year("ltv_to_cac", shared)
    if found is None:
        return None
    ratio = float(found[1].value or 0)
    if ratio >= LEAST_LTV_TO_CAC:
        return None
    return Notice(
        key="ltv_to_cac_low",
        title=f"A customer brings less than {LEAST_LTV_TO_CAC} times what it costs to win",
        reason=f"LTV:CAC was {figure(ratio, Unit.RATIO, None)} over the last {YEAR} days; at least"
        f" {LEAST_LTV_TO_CAC} is usual.",
        metric="ltv_to_cac",
        href=_href("ltv_to_cac"),
    )


def _retention_cost(shared: Shared) -> Notice | None:
    retention = _last_year("customer_retention_cost", shared)
    acquisition = _last_year("customer_acquisition_cost", shared)
    if retention is None or acquisition is None:
        return None
    crc, cac = float(retention[1].value or 0), float(acquisition[1].value or 0)
    if crc <= cac:
        return None
    currency = retention[0].currency
    return Notice(
        key="retention_cost_above_acquisition_cost",
        title="Keeping a customer costs more than winning one",
        reason=f"Over the last {YEAR} days, retention cost"
        f" {figure(crc, Unit.MONEY, currency)} per customer and acquisition"
        f" {figure(cac, Unit.MONEY, currency)}.",
        metric="customer_retention_cost",
        href=_href("customer_retention_cost"),
    )


def _rising(key: str, options: Options, shared: Shared) -> Notice | None:
    """The last full month's rate is significantly over the one before (Newcombe)."""
    metric = registry.metric(key)
    company, as_of = shared.company, shared.as_of
    months = latest(Grain.MONTH, 3, as_of=as_of)[:2]
    found = series(metric, months, company=company, as_of=as_of, options=options, shared=shared)
    before, last = found.totals
    rise = risen(last, before)
    if rise is None:
        return None
    was, now = (figure(value.value or 0, found.unit, None) for value in (before, last))
    span = f"{100 * rise.low:.2f} to {100 * rise.high:.2f}"
    return Notice(
        key=f"{key}_rising",
        title=f"{metric.name} rose significantly",
        reason=f"From {was} in {before.period.start:%B %Y} to {now} in"
        f" {last.period.start:%B %Y}: by {span} percentage points (95 % interval).",
        metric=key,
        href=_href(key, at=str(last.period.start), **options),
    )


def risen(last: Value, before: Value) -> Interval | None:
    """The interval of the rise, where it leaves out 0; None where it does not, or has none."""
    ends = (last.low, last.high, before.low, before.high, last.value, before.value)
    if any(end is None for end in ends):
        return None
    low, high, low_before, high_before, value, value_before = (float(end or 0) for end in ends)
    found = difference(value, Interval(low, high), value_before, Interval(low_before, high_before))
    return found if found.low > 0 else None
