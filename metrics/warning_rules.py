"""Warnings worth having: what of the figures somebody should look at today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.formatting import format_money, format_number
from metrics import registry
from metrics.intervals import Interval, difference
from metrics.options import Options
from metrics.periods import Grain, latest, trailing
from metrics.reports.days import long_month
from metrics.series import Series, Value
from metrics.shared import Shared
from metrics.units import Unit
from metrics.values import series
from metrics.wording import figure
from tenants.models import Company

LEAST_LTV_TO_CAC = 3
YEAR = 365
LTV_LOW, RETENTION_DEAR = "ltv_to_cac_low", "retention_cost_above_acquisition_cost"
CHURN = (
    ("customer_churn_rate", {"method": "cohort", "scaling": "none"}),
    ("gross_revenue_churn_rate", {"method": "cohort"}),
)
"""The rates that must not rise, by the method that has an interval."""


@dataclass(frozen=True)
class Notice:
    """`key` for programs, `title` and `reason` for people in their language, made of `data` (plain
    values, so that it can be kept); `metric` and `href` to look it up."""

    key: str
    metric: str
    href: str
    data: Mapping[str, Any]

    @property
    def title(self) -> str:
        if self.key == LTV_LOW:
            words = _("A customer brings less than {least} times what it costs to win")
            return words.format(least=LEAST_LTV_TO_CAC)
        if self.key == RETENTION_DEAR:
            return _("Keeping a customer costs more than winning one")
        return _("{name} rose significantly").format(name=registry.metric(self.metric).name)

    @property
    def reason(self) -> str:
        data = self.data
        if self.key == LTV_LOW:
            words = _("LTV:CAC was {ratio} over the last {days} days; at least {least} is usual.")
            ratio = figure(data["ratio"], Unit.RATIO, None)
            return words.format(ratio=ratio, days=YEAR, least=LEAST_LTV_TO_CAC)
        if self.key == RETENTION_DEAR:
            words = _(
                "Over the last {days} days, retention cost {retention} per customer and acquisition"
                " {acquisition}."
            )
            amounts = {
                name: format_money(data[name], data["currency"])
                for name in ("retention", "acquisition")
            }
            return words.format(days=YEAR, **amounts)
        words = _(
            "From {was} in {before} to {now} in {last}: by {low} to {high} percentage points"
            " (95 % interval)."
        )
        unit = Unit(data["unit"])
        return words.format(
            was=figure(data["was"], unit, None),
            before=long_month(dt.date.fromisoformat(data["before"])),
            now=figure(data["now"], unit, None),
            last=long_month(dt.date.fromisoformat(data["last"])),
            low=format_number(100 * data["low"], 2),
            high=format_number(100 * data["high"], 2),
        )


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
    return Notice(key=LTV_LOW, metric="ltv_to_cac", href=_href("ltv_to_cac"), data={"ratio": ratio})


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
        key=RETENTION_DEAR,
        metric="customer_retention_cost",
        href=_href("customer_retention_cost"),
        data={"retention": crc, "acquisition": cac, "currency": currency},
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
    return Notice(
        key=f"{key}_rising",
        metric=key,
        href=_href(key, at=str(last.period.start), **options),
        data={
            "unit": found.unit.value,
            "was": float(before.value or 0),
            "before": str(before.period.start),
            "now": float(last.value or 0),
            "last": str(last.period.start),
            "low": rise.low,
            "high": rise.high,
        },
    )


def risen(last: Value, before: Value) -> Interval | None:
    """The interval of the rise, where it leaves out 0; None where it does not, or has none."""
    ends = (last.low, last.high, before.low, before.high, last.value, before.value)
    if any(end is None for end in ends):
        return None
    low, high, low_before, high_before, value, value_before = (float(end or 0) for end in ends)
    found = difference(value, Interval(low, high), value_before, Interval(low_before, high_before))
    return found if found.low > 0 else None
