"""All metrics, by the question they answer."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.permissions import Permission, requires
from accounts.views.requests import company_of
from metrics import figures, registry
from metrics.definition import Metric, Question
from metrics.estimates import Number
from metrics.freshness import freshness
from metrics.periods import Grain, Period, latest
from metrics.series import Closed
from metrics.shared import Shared
from metrics.values import series

FIRST = (
    *("customer_churn_rate", "net_revenue_retention", "gross_revenue_retention", "customers"),
    *("mrr", "mrr_movements", "expansion_revenue", "arpa", "quick_ratio"),
    *("ltv_to_cac", "customer_lifetime_value", "customer_acquisition_cost"),
    *("nps", "csat", "ces", "active_users", "resolution_time"),
)
"""What answers its question best comes before all others."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A metric in the last full month, or, where it has no value there, in this one so far.
    `previous`: of the month before that, None where there is nothing to compare with. `now`: this
    month so far. Holds what is shown and nothing else, so that the same one is rendered once."""

    key: str
    label: str
    value: Number | None
    unit: str
    currency: str
    reason: str
    previous: Number | None
    better: str
    is_small: bool
    is_partial: bool
    is_significant: bool | None
    now: Number | None
    now_reason: str
    trend: tuple[Number | None, ...]
    closed: Closed | None


@requires(Permission.VIEW)
def page(request: HttpRequest) -> HttpResponse:
    """Every metric with its value, what that changed by, and the year that led to it."""
    company = company_of(request)
    as_of = company.today()
    months = latest(Grain.MONTH, figures.TREND_MONTHS + 1, as_of=as_of)
    shared = Shared(company, as_of)
    shared.look_up(registry.metrics(), months)
    groups: dict[Question, list[Entry]] = {question: [] for question in Question}
    for metric in sorted(registry.metrics(), key=_place):
        groups[metric.question].append(_entry(metric, months, shared))
    context = {
        "groups": groups.items(),
        "last": months[-2],
        "before": months[-3],
        "this": months[-1],
        "as_of": as_of,
        "freshness": freshness(),
    }
    return render(request, "metrics/index.html", context)


def _place(metric: Metric) -> int:
    return FIRST.index(metric.key) if metric.key in FIRST else len(FIRST)


def _entry(metric: Metric, months: list[Period], shared: Shared) -> Entry:
    found = series(metric, months, company=shared.company, as_of=shared.as_of, shared=shared)
    *full, now = found.totals
    is_full = full[-1].value is not None
    value, before = (full[-1], full[-2]) if is_full else (now, None)
    return Entry(
        key=metric.key,
        label=metric.name,
        value=value.value,
        unit=found.unit.value,
        currency=found.currency or "",
        reason=value.reason or "",
        previous=before.value if before else None,
        better=metric.direction.value,
        is_small=value.is_small,
        is_partial=value.period.is_partial,
        is_significant=figures.compared(value, before) if before else None,
        now=now.value,
        now_reason=now.reason or "",
        trend=tuple(one.value for one in (full if is_full else found.totals)),
        closed=value.closed,
    )
