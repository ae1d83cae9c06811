"""Shapes of scores and their explanations."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rest_framework import serializers

from metrics.api.fields import AmountField
from metrics.api.serializers import CustomerShape
from metrics.health.explaining import Explained, Line
from metrics.health.listing import Row
from metrics.health.reading import CustomerHealth
from metrics.health.waterfall import Step, steps_of
from metrics.models import HealthScore
from metrics.units import Unit
from metrics.values import amount

Json = dict[str, Any]


class ScoreVersionShape(serializers.Serializer[Any]):
    model = serializers.IntegerField(help_text="Of /health/models/.")
    name = serializers.CharField()
    version = serializers.IntegerField()


class HealthScoreShape(serializers.Serializer[Any]):
    customer = CustomerShape()
    score = serializers.IntegerField(help_text="0 to 100.")
    band = serializers.ChoiceField(choices=HealthScore.Band.choices)
    coverage = serializers.IntegerField(help_text="% of the weights that were measured.")
    since = serializers.DateField(help_text="From when on it has been this score.")
    model = ScoreVersionShape()
    score_30_days_ago = serializers.IntegerField(allow_null=True)
    mrr = AmountField(allow_null=True, help_text="In `currency`.")
    mrr_at_risk = AmountField(allow_null=True, help_text="The MRR, where the band is red; else 0.")
    days_to_renewal = serializers.IntegerField(allow_null=True)
    url = serializers.URLField(help_text="The explanation.")


class ScorePageShape(serializers.Serializer[Any]):
    as_of = serializers.DateField()
    currency = serializers.CharField(
        allow_null=True, help_text="Null: contracts are in several that cannot be added up."
    )
    next = serializers.URLField(allow_null=True)
    results = HealthScoreShape(many=True)


class ScoreLineShape(serializers.Serializer[Any]):
    signal = serializers.CharField(help_text="Its key in /health/signals/.")
    name = serializers.CharField()
    group = serializers.CharField()
    measure = serializers.FloatField(allow_null=True, help_text="Null: not measured.")
    unit = serializers.CharField()
    points = serializers.FloatField(allow_null=True, help_text="0 to 100; null: left out.")
    share = serializers.FloatField(help_text="Of all weights, 0 to 1.")
    counts = serializers.FloatField(help_text="Of the weights that count here, 0 to 1.")
    contribution = serializers.FloatField(help_text="Points x counts; these add up to the score.")
    dated = serializers.DateField(allow_null=True, help_text="Of the latest fact behind it.")
    missing = serializers.CharField(allow_null=True, help_text="Why it is not measured.")


class ScoreExplanationShape(serializers.Serializer[Any]):
    on = serializers.DateField()
    score = serializers.FloatField(allow_null=True, help_text="Not rounded.")
    band = serializers.ChoiceField(choices=HealthScore.Band.choices, allow_null=True)
    coverage = serializers.FloatField(help_text="0 to 1.")
    model = ScoreVersionShape()
    signals = ScoreLineShape(many=True)


class ScoreMovedShape(serializers.Serializer[Any]):
    signal = serializers.CharField()
    behaviour = serializers.FloatField(help_text="By its measure, by the earlier model.")
    model = serializers.FloatField(help_text="By another model or weights, by later measures.")


class ScoreBetweenShape(serializers.Serializer[Any]):
    earlier = ScoreExplanationShape()
    behaviour = serializers.FloatField()
    model = serializers.FloatField()
    signals = ScoreMovedShape(many=True)


class ScoreSpanShape(serializers.Serializer[Any]):
    start = serializers.DateField()
    end = serializers.DateField(allow_null=True, help_text="The first day without; null: now.")
    score = serializers.IntegerField()
    band = serializers.ChoiceField(choices=HealthScore.Band.choices)
    coverage = serializers.IntegerField()
    backfilled = serializers.BooleanField(
        help_text="Made afterwards, from what was known then: before its first score."
    )
    model = ScoreVersionShape()


class CustomerHealthShape(serializers.Serializer[Any]):
    customer = CustomerShape()
    on = serializers.DateField()
    score = serializers.IntegerField(allow_null=True, help_text="As it was given.")
    band = serializers.ChoiceField(choices=HealthScore.Band.choices, allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why there is no score.")
    explanation = ScoreExplanationShape(allow_null=True)
    since = ScoreBetweenShape(allow_null=True, help_text="With `from`: what moved it since then.")
    history = ScoreSpanShape(many=True, help_text="All of it, the oldest first.")


def version_json(span: HealthScore) -> Json:
    found = span.version
    return {"model": found.model_id, "name": found.model.name, "version": found.number}


def score_json(row: Row, url: str, customer: Json) -> Json:
    return {
        "customer": customer,
        "score": row.score,
        "band": row.band,
        "coverage": row.coverage,
        "since": row.since,
        "model": {"model": row.model_id, "name": row.model, "version": row.version},
        "score_30_days_ago": row.before,
        "mrr": amount(row.mrr, Unit.MONEY),
        "mrr_at_risk": amount(row.at_risk, Unit.MONEY),
        "days_to_renewal": row.renews_in,
        "url": url,
    }


def health_json(found: CustomerHealth, customer: Json) -> Json:
    between = found.between
    return {
        "customer": customer,
        "on": found.asked.on,
        "score": found.span.score if found.span else None,
        "band": found.span.band if found.span else None,
        "reason": found.unscored.words if found.unscored else None,
        "explanation": _explanation(found.explained) if found.explained else None,
        "since": {
            "earlier": _explanation(between.earlier),
            "behaviour": between.behaviour,
            "model": between.model,
            "signals": [
                {"signal": one.signal.key, "behaviour": one.behaviour, "model": one.model}
                for one in between.moved
            ],
        }
        if between
        else None,
        "history": [_span(span) for span in found.spans],
    }


def _explanation(found: Explained) -> Json:
    version = found.version
    return {
        "on": found.day,
        "score": found.score,
        "band": found.band.value if found.band else None,
        "coverage": found.coverage,
        "model": {
            "model": version.model_id,
            "name": version.model.name,
            "version": version.number,
        },
        "signals": [_line(step) for step in steps_of(found)],
    }


def _line(step: Step) -> Json:
    line: Line = step.line
    dated: dt.date | None = line.dated
    return {
        "signal": line.signal.key,
        "name": line.signal.name,
        "group": line.signal.group.value,
        "measure": line.measure,
        "unit": line.signal.unit,
        "points": line.points,
        "share": line.share,
        "counts": step.weight / 100,
        "contribution": line.contribution,
        "dated": dated,
        "missing": line.signal.missing if line.measure is None else None,
    }


def _span(span: HealthScore) -> Json:
    return {
        "start": span.starts_on,
        "end": span.ends_on,
        "score": span.score,
        "band": span.band,
        "coverage": span.coverage,
        "backfilled": span.is_backfilled,
        "model": version_json(span),
    }
