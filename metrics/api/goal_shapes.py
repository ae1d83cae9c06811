"""Shapes of goals with their progress, benchmarks and warnings."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from metrics import trend
from metrics.actions.goals import BENCHMARK_FIELDS, GOAL_FIELDS
from metrics.api.fields import AmountField, unit
from metrics.models import Benchmark, Goal
from metrics.progress import Progress, Verdict
from metrics.series import Value
from metrics.values import amount

Json = dict[str, Any]


class GoalShape(serializers.ModelSerializer[Goal]):
    """`target` is in the metric's unit: a fraction for shares."""

    class Meta:
        model = Goal
        fields = ("id", *GOAL_FIELDS)
        read_only_fields = ("id",)
        extra_kwargs: ClassVar = {"sense": {"required": False}, "begins_on": {"required": False}}
        validators: ClassVar[list[Any]] = []  # the action checks, in words


class BenchmarkShape(serializers.ModelSerializer[Benchmark]):
    class Meta:
        model = Benchmark
        fields = ("id", *BENCHMARK_FIELDS, "shipped_as", "changed_at")
        read_only_fields = ("id", "shipped_as", "changed_at")


class BenchmarkListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = BenchmarkShape(many=True)


class GoalValueShape(serializers.Serializer[Value]):
    start = serializers.DateField()
    end = serializers.DateField()
    value = AmountField(allow_null=True)
    low = AmountField(allow_null=True)
    high = AmountField(allow_null=True)
    n = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True)


class SpanShape(serializers.Serializer[Any]):
    start = serializers.DateField()
    end = serializers.DateField(help_text="The first day after.")


class TrendShape(serializers.Serializer[Any]):
    value = serializers.FloatField()
    low = serializers.FloatField(help_text="Of the 95 % prediction interval.")
    high = serializers.FloatField()
    n = serializers.IntegerField(help_text="Periods it was made of.")
    method = serializers.CharField()


class GoalProgressShape(GoalShape):
    """A goal with how far it is, and whether the trend gets there."""

    target = AmountField(help_text="In `unit`.")
    unit = unit(allow_null=True, help_text="Null: there is no such metric any more.")
    currency = serializers.CharField(allow_null=True)
    due = SpanShape(help_text="The period that `due_on` is in.")
    baseline = GoalValueShape(allow_null=True, help_text="Where it began.")
    current = GoalValueShape(allow_null=True, help_text="The last full period.")
    decided = GoalValueShape(allow_null=True, help_text="The period of its date, when it is over.")
    done = serializers.FloatField(allow_null=True, help_text="The part of the way; 1: reached.")
    verdict = serializers.ChoiceField(choices=list(Verdict))
    explanation = serializers.CharField()
    trend = TrendShape(allow_null=True)

    class Meta(GoalShape.Meta):
        fields = (  # type: ignore[assignment]
            *GoalShape.Meta.fields,
            *("unit", "currency", "due", "baseline", "current", "decided", "done", "verdict"),
            *("explanation", "trend"),
        )


class GoalListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = GoalProgressShape(many=True)


class WarningShape(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    reason = serializers.CharField()
    metric = serializers.CharField()
    href = serializers.URLField()


class WarningsShape(serializers.Serializer[Any]):
    as_of = serializers.DateField()
    refreshed_at = serializers.DateTimeField(allow_null=True)
    warnings = WarningShape(many=True)


def progress_json(found: Progress) -> Json:
    unit = found.unit

    def value_json(value: Value | None) -> Json | None:
        if value is None:
            return None
        return {
            "start": value.period.start,
            "end": value.period.end,
            "value": amount(value.value, unit),
            "low": amount(value.low, unit),
            "high": amount(value.high, unit),
            "n": value.n,
            "reason": value.reason,
        }

    outlook = found.outlook
    return {
        **GoalShape(found.goal).data,
        "target": amount(found.goal.target, unit),
        "unit": found.metric.unit if found.metric else None,
        "currency": found.currency,
        "due": {"start": found.due.start, "end": found.due.end},
        "baseline": value_json(found.baseline),
        "current": value_json(found.current),
        "decided": value_json(found.decided),
        "done": found.done,
        "verdict": found.verdict,
        "explanation": found.words,
        "trend": None
        if outlook is None
        else {
            "value": outlook.value,
            "low": outlook.low,
            "high": outlook.high,
            "n": outlook.n,
            "method": trend.METHOD,
        },
    }
