"""GET /api/v1/metrics/ and /api/v1/metrics/<key>/definition/: what there is, and what it means."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from metrics import dimensions, registry
from metrics.api.views import find
from metrics.choosing import all_own_options, allowed, own_options
from metrics.counted import MANY
from metrics.definition import Direction, Metric, Note
from metrics.documenting import currencies_of, interval_of
from metrics.options import Option
from metrics.periods import Grain
from metrics.units import Unit

DIRECTIONS = [direction.value or "neither" for direction in Direction]


class ChoiceShape(serializers.Serializer[Any]):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    why = serializers.CharField(help_text="Why it gives another number; empty where that is plain.")


class OptionShape(serializers.Serializer[Option]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    default = serializers.CharField(allow_blank=True)
    allowed = serializers.CharField(help_text="In words.")
    choices = ChoiceShape(
        many=True, help_text="Of an option that takes a number or a text: the default."
    )


class NoteShape(serializers.Serializer[Note]):
    title = serializers.CharField()
    text = serializers.CharField(help_text="Markdown.")


class LinksShape(serializers.Serializer[Any]):
    values = serializers.URLField()
    definition = serializers.URLField()
    explain = serializers.URLField()
    presets = serializers.URLField()
    table_csv = serializers.URLField()
    table_xlsx = serializers.URLField()
    rows_csv = serializers.URLField()
    rows_xlsx = serializers.URLField()
    chart_png = serializers.URLField()
    chart_svg = serializers.URLField()
    page = serializers.URLField()


class MetricShape(serializers.Serializer[Metric]):
    key = serializers.CharField()
    name = serializers.CharField()
    help = serializers.CharField()
    question = serializers.CharField()
    unit = serializers.ChoiceField(choices=list(Unit))
    direction = serializers.ChoiceField(choices=DIRECTIONS, help_text="Which way is good.")
    formula = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    version = serializers.IntegerField()
    n = serializers.CharField(help_text="What n counts.")
    interval = serializers.CharField(help_text="Its kind, or why there is none, by option.")
    currencies = serializers.CharField(
        allow_null=True, help_text="What becomes of amounts in several currencies; null: no money."
    )
    notes = NoteShape(many=True, help_text="How it is read where its definition leaves it open.")
    options = OptionShape(many=True)
    splits = serializers.ListField(
        child=serializers.CharField(), help_text="For `by`, beside the segments of all metrics."
    )
    own_options = serializers.DictField(
        child=serializers.CharField(),
        help_text="What the company set (/metric-options/); holds where a request is silent.",
    )
    url = serializers.URLField()
    explain_url = serializers.URLField()
    page_url = serializers.URLField()
    links = LinksShape()


class MetricListShape(serializers.Serializer[Any]):
    segments = serializers.ListField(child=serializers.CharField(), help_text="For `by`.")
    grains = serializers.ListField(child=serializers.ChoiceField(choices=list(Grain)))
    metrics = MetricShape(many=True)


class MetricsView(CompanyAPIView):
    """Every metric: what it means and what can be chosen."""

    required_scope = "read"

    @extend_schema(operation_id="metrics", responses=MetricListShape)
    def get(self, request: Request) -> Response:
        own = all_own_options()
        return Response(
            {
                "segments": dimensions.names(),
                "grains": list(Grain),
                "metrics": [
                    definition_json(request, metric, allowed(metric, own.get(metric.key, {})))
                    for metric in registry.metrics()
                ],
            }
        )


class MetricDefinitionView(CompanyAPIView):
    """One metric: what it means and what can be chosen."""

    required_scope = "read"

    @extend_schema(operation_id="metric_definition", responses=MetricShape)
    def get(self, request: Request, key: str) -> Response:
        metric = find(key)
        return Response(definition_json(request, metric, own_options(metric)))


def definition_json(request: Request, metric: Metric, own: dict[str, str]) -> dict[str, Any]:
    """`own`: the company's options."""

    def url(name: str, *more: str) -> str:
        return request.build_absolute_uri(reverse(name, args=[metric.key, *more]))

    links = {
        "values": url("api:metric"),
        "definition": url("api:metric_definition"),
        "explain": url("api:metric_explain"),
        "presets": url("api:metric_presets"),
        "table_csv": url("api:metric_table", "csv"),
        "table_xlsx": url("api:metric_table", "xlsx"),
        "rows_csv": url("api:metric_rows", "csv"),
        "rows_xlsx": url("api:metric_rows", "xlsx"),
        "chart_png": url("api:metric_chart", "png"),
        "chart_svg": url("api:metric_chart", "svg"),
        "page": url("metrics:detail"),
    }
    return {
        "key": metric.key,
        "name": metric.name,
        "help": metric.help,
        "question": metric.question,
        "unit": metric.unit,
        "direction": metric.direction or "neither",
        "formula": metric.formula,
        "source": metric.source,
        "version": metric.version,
        "n": metric.n_label(MANY),
        "interval": interval_of(metric),
        "currencies": currencies_of(metric) or None,
        "notes": [NoteShape(note).data for note in metric.notes],
        "options": [OptionShape(option).data for option in metric.options],
        "splits": list(metric.splits),
        "own_options": own,
        "url": links["values"],
        "explain_url": links["explain"],
        "page_url": links["page"],
        "links": links,
    }
