"""GET /api/v1/overview/: the figures and sentences of the overview."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from customers.owners import ALL, EVERYBODY, LONGEST, ME, NONE, Owned, owned_of
from metrics.api import serializers as shapes
from metrics.api.fields import AmountField
from metrics.api.goal_shapes import (
    BenchmarkShape,
    GoalProgressShape,
    Json,
    SpanShape,
    WarningShape,
    progress_json,
)
from metrics.freshness import freshness
from metrics.health.coverage import ENOUGH, LittleKnown
from metrics.overview import HeatRow, KeyFigure, Overview, overview
from metrics.pickers import PRESETS, one_period
from metrics.query import unknown
from metrics.shared import Shared
from metrics.values import amount, money_text

TAKEN = ("preset", "start", "end", "owner")


class SentenceShape(serializers.Serializer[Any]):
    """What changed, for people; `href` leads to the rows behind it."""

    key = serializers.CharField(help_text="The rule that said it.")
    text = serializers.CharField()
    tone = serializers.ChoiceField(choices=["good", "bad", "neutral"])
    weight = serializers.IntegerField(help_text="0 to 100; what matters more has more.")
    href = serializers.URLField()


class FigureShape(serializers.Serializer[Any]):
    metric = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    value = shapes.ValueShape()
    before = AmountField(allow_null=True, help_text="The value it is compared with.")
    significant = serializers.BooleanField(
        allow_null=True, help_text="Of the change; null where no interval says so."
    )
    small = serializers.BooleanField(help_text="Rests on fewer than the company's minimum n.")
    trend = serializers.ListField(child=AmountField(allow_null=True), help_text="Twelve months.")
    goal = GoalProgressShape(allow_null=True)
    benchmark = BenchmarkShape(allow_null=True)
    better_than_benchmark = serializers.BooleanField(allow_null=True)


class BandShape(serializers.Serializer[Any]):
    band = serializers.CharField()
    customers = serializers.IntegerField()
    mrr = serializers.CharField(allow_null=True)
    mrr_share = serializers.FloatField(allow_null=True)


class LittleKnownShape(serializers.Serializer[Any]):
    """Of the customers with a score, those whose score has a coverage below `coverage_below`."""

    coverage_below = serializers.IntegerField(help_text="In per cent of the model's weights.")
    customers = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    mrr = serializers.CharField(allow_null=True)
    mrr_share = serializers.FloatField(allow_null=True)


class OverviewHealthShape(serializers.Serializer[Any]):
    score = serializers.FloatField(allow_null=True)
    weighted_score = serializers.FloatField(allow_null=True, help_text="By MRR.")
    currency = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why nobody is scored.")
    bands = BandShape(many=True)
    little_known = LittleKnownShape()


class OverviewMonthShape(serializers.Serializer[Any]):
    start = serializers.DateField()
    value = serializers.CharField()
    low = serializers.CharField()
    high = serializers.CharField()


class OverviewForecastShape(serializers.Serializer[Any]):
    currency = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why there is none.")
    base = serializers.DateField(help_text="The month from whose close it looks ahead.")
    mrr = serializers.CharField()
    months = OverviewMonthShape(many=True)


class OverviewCellShape(serializers.Serializer[Any]):
    start = serializers.DateField()
    end = serializers.DateField()
    customers = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)


class OverviewCohortShape(serializers.Serializer[Any]):
    start = serializers.DateField()
    end = serializers.DateField()
    size = serializers.IntegerField()
    cells = OverviewCellShape(many=True)


class OverviewShape(serializers.Serializer[Any]):
    as_of = serializers.DateField()
    refreshed_at = serializers.DateTimeField(allow_null=True)
    owner = serializers.CharField(
        allow_null=True, help_text="Whose figures; null: the company's. Else the rest is empty."
    )
    period = SpanShape()
    partial = serializers.BooleanField()  # type: ignore[assignment]
    compared_with = SpanShape()
    closed_at = serializers.DateTimeField(allow_null=True, help_text="The month was closed then.")
    figures = FigureShape(many=True)
    movements = shapes.ValueShape(many=True, help_text="Twelve months of mrr_movements.")
    sentences = SentenceShape(many=True)
    warnings = WarningShape(many=True)
    goals = GoalProgressShape(many=True)
    health = OverviewHealthShape(allow_null=True)
    forecast = OverviewForecastShape(allow_null=True)
    cohorts = OverviewCohortShape(many=True)


class OverviewView(CompanyAPIView):
    """The company at a glance: the same numbers and sentences as its overview page."""

    required_scope = "read"

    @extend_schema(
        operation_id="overview",
        parameters=[
            OpenApiParameter(
                "preset",
                str,
                description="Default month (so far); custom takes start and end, both included.",
                enum=[value for value, _ in PRESETS],
            ),
            OpenApiParameter("start", str, description="First day of a custom period."),
            OpenApiParameter("end", str, description="Its last day."),
            OpenApiParameter(
                "owner", str, description="Figures of an owner's customers, as they name it."
            ),
        ],
        responses=OverviewShape,
    )
    def get(self, request: Request) -> Response:
        params, as_of = request.query_params.dict(), self.company.today()
        problem = unknown(params, TAKEN)
        if problem:
            raise Problem(400, "unknown_parameter", problem)
        owned = self._owned(params)
        usual = "month" if owned.is_all else "last_month"
        chosen = one_period(params, company=self.company, as_of=as_of, usual=usual)
        if chosen.problem:
            raise Problem(400, "invalid_period", chosen.problem)
        found = overview(chosen, owned=owned, shared=Shared(self.company, as_of))
        return Response(_written(found, request))

    def _owned(self, params: dict[str, str]) -> Owned:
        """Everybody's, unless an owner is named."""
        asked = params.get("owner", "")[:LONGEST]
        if asked in ("", ALL):
            return EVERYBODY
        if self.caller.user is not None:
            return owned_of(params, self.caller.user)
        if asked == ME:
            told = "owner=me is for users; a key names the owner as customers do."
            raise Problem(400, "invalid_owner", told)
        return Owned(choice=asked, names=() if asked == NONE else (asked.lower(),))


def _written(found: Overview, request: Request) -> Json:
    chosen, wide = found.chosen, found.company_wide
    absolute = request.build_absolute_uri
    health, forecast = wide.health, wide.forecast
    values = found.movements.of(found.owner or None)
    return {
        "as_of": found.as_of,
        "refreshed_at": freshness().refreshed_at,
        "owner": found.owner or None,
        "period": {"start": chosen.period.start, "end": chosen.period.end},
        "partial": chosen.period.is_partial,
        "compared_with": {"start": chosen.before.start, "end": chosen.before.end},
        "closed_at": found.closed.closed_at if found.closed else None,
        "figures": [_figure(one) for one in found.figures],
        "movements": [] if found.is_unknown else list(shapes.values_json(found.movements, values)),
        "sentences": [
            {
                "key": one.key,
                "text": one.text,
                "tone": one.tone,
                "weight": one.weight,
                "href": absolute(one.href),
            }
            for one in wide.sentences
        ],
        "warnings": [
            {
                "key": one.key,
                "title": one.title,
                "reason": one.reason,
                "metric": one.metric,
                "href": absolute(one.href),
            }
            for one in wide.warnings
        ],
        "goals": [progress_json(one) for one in wide.goals],
        "health": health
        and {
            "score": health.score,
            "weighted_score": health.weighted,
            "currency": health.currency or None,
            "reason": health.reason or None,
            "bands": [
                {
                    "band": one.band,
                    "customers": one.customers,
                    "mrr": None if one.mrr is None else money_text(one.mrr),
                    "mrr_share": one.mrr_share,
                }
                for one in health.bands
            ],
            "little_known": _little_known(health.little_known),
        },
        "forecast": forecast
        and {
            "currency": forecast.currency or None,
            "reason": forecast.reason or None,
            "base": forecast.base,
            "mrr": money_text(forecast.mrr),
            "months": [
                {
                    "start": one.month,
                    "value": money_text(one.value),
                    "low": money_text(one.low),
                    "high": money_text(one.high),
                }
                for one in forecast.months
            ],
        },
        "cohorts": [_cohort(row) for row in wide.cohorts],
    }


def _little_known(one: LittleKnown) -> Json:
    return {
        "coverage_below": ENOUGH,
        "customers": one.customers,
        "share": one.share,
        "mrr": None if one.mrr is None else money_text(one.mrr),
        "mrr_share": one.mrr_share,
    }


def _figure(one: KeyFigure) -> Json:
    figure = one.figure
    found = figure.series
    (value,) = shapes.values_json(found, [figure.value])
    return {
        "metric": found.metric.key,
        "name": found.metric.name,
        "unit": found.unit,
        "currency": found.currency,
        "value": value,
        "before": amount(figure.before.value, found.unit),
        "significant": figure.is_significant,
        "small": figure.is_small,
        "trend": [amount(month, found.unit) for month in figure.trend],
        "goal": progress_json(one.goal) if one.goal else None,
        "benchmark": BenchmarkShape(one.benchmark).data if one.benchmark else None,
        "better_than_benchmark": one.is_better,
    }


def _cohort(row: HeatRow) -> Json:
    return {
        "start": row.period.start,
        "end": row.period.end,
        "size": row.size,
        "cells": [
            {
                "start": cell.period.start,
                "end": cell.period.end,
                "customers": cell.customers,
                "share": cell.share,
            }
            for cell in row.cells
        ],
    }
