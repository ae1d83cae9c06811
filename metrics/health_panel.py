"""What a customer's page shows of its health (registered by csm_portal.registries)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from customers.models import Customer
from customers.registry import Panel, TimelineEntry
from metrics.health.history import band_changes, span_on, spans_of
from metrics.models import HealthScore

MONTH = dt.timedelta(days=30)
TREND_DAYS = 180
ICONS = {"green": "good", "amber": "alert", "red": "bad"}


def health_context(customer: Customer, today: dt.date) -> dict[str, Any] | None:
    """The score of today, how it came, and its course; None where it never had one. A query."""
    spans = spans_of(customer.pk)
    if not spans:
        return None
    span, before = span_on(spans, today), span_on(spans, today - MONTH)
    weeks = [today - dt.timedelta(days=back) for back in range(TREND_DAYS, -1, -7)]
    held = [span_on(spans, week) for week in weeks]
    return {
        "customer": customer,
        "span": span,
        "before": before,
        "last": spans[-1],
        "trend": [one.score if one else None for one in held],
    }


PANEL = Panel(
    key="health",
    title="Health",
    template="metrics/_customer_health.html",
    context=health_context,
    position=10,
)


def timeline(customer: Customer, limit: int) -> Iterator[TimelineEntry]:
    """When the customer's band changed, newest first. Costs a query."""
    spans = spans_of(customer.pk)
    href = reverse("metrics:customer_health", args=[customer.pk])
    names = dict(HealthScore.Band.choices)
    scores = {span.starts_on: span.score for span in spans}
    for change in band_changes(spans)[::-1][:limit]:
        before = change.on - dt.timedelta(days=1)
        yield TimelineEntry(
            on=change.on,
            title=f"Health became {names[change.now].lower()}",
            text=f"was {names[change.was].lower()}; score {scores[change.on]}",
            icon=ICONS[change.now],
            href=f"{href}?on={change.on}&from={before}#moved",
        )
