"""What a customer's page shows of its health (registered by csm_portal.registries)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from customers.looking import Look, TimelineEntry
from customers.models import Customer
from customers.registry import Concern, Figure, TimelineSource
from metrics.health.bands import band_word
from metrics.health.history import band_changes, span_on, spans_of
from metrics.health.hooks import BandChange
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


FIGURE_TEMPLATE = "metrics/_health_stat.html"
DROP = 10
"""Points lost in 30 days that are worth a sentence."""


def health_concerns(context: dict[str, Any]) -> Iterator[Concern]:
    """A score that is red or fell, in words."""
    span, before = context["span"], context["before"]
    if span is None:
        return
    fell = before.score - span.score if before else 0
    href = reverse("metrics:customer_health", args=[context["customer"].pk])
    was = before.score if before and fell else None
    if span.band == HealthScore.Band.RED:
        words = (
            _("Health is red at {score}")
            if was is None
            else _("Health is red at {score}, thirty days ago it was {was}")
        )
        yield Concern(80 + fell / 10, words.format(score=span.score, was=was), href)
    elif fell >= DROP:
        words = _("Health fell to {score}, thirty days ago it was {was}")
        yield Concern(60 + fell / 10, words.format(score=span.score, was=was), href)


def health_plain(context: dict[str, Any]) -> dict[str, Any]:
    span, before = context["span"], context["before"]
    return {
        "score": span.score if span else None,
        "band": span.band if span else None,
        "score_30_days_ago": before.score if before else None,
    }


FIGURE = Figure(
    key="health",
    template=FIGURE_TEMPLATE,
    context=health_context,
    concerns=health_concerns,
    plain=health_plain,
    position=20,
)


def timeline(customer: Customer, look: Look) -> list[TimelineEntry]:
    """When the customer's band changed. Costs a query."""
    spans = spans_of(customer.pk)
    scores = {span.starts_on: span.score for span in spans}
    return look.cut(_entry(customer, change, scores[change.on]) for change in band_changes(spans))


def _entry(customer: Customer, change: BandChange, score: int) -> TimelineEntry:
    before = change.on - dt.timedelta(days=1)
    href = reverse("metrics:customer_health", args=[customer.pk])
    return TimelineEntry(
        on=change.on,
        title=_("Health became {band}").format(band=band_word(change.now)),
        text=_("was {band}; score {score}").format(band=band_word(change.was), score=score),
        icon=ICONS[change.now],
        href=f"{href}?on={change.on}&from={before}#moved",
        kind="health",
        slot="bands",
    )


TIMELINE = TimelineSource("health", frozenset({"health"}), timeline)
