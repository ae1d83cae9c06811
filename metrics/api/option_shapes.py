"""Shapes of a company's options and of the presets."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from metrics.api.fields import AmountField, chosen_options, option_origins, unit
from metrics.choosing import Origin

_VALUES = {
    "type": "object",
    "additionalProperties": {"type": ["string", "null"]},
    "description": "Values by option; null is the default again.",
}
CHANGE = {
    "application/json": {
        "oneOf": [
            {
                "type": "object",
                "properties": {"preset": {"type": "string"}},
                "required": ["preset"],
                "additionalProperties": False,
            },
            {"type": "object", "additionalProperties": _VALUES, "description": "By metric."},
        ],
        "example": {"customer_churn_rate": {"method": "stripe"}},
    }
}
"""What PATCH takes."""


class HeldOptionShape(serializers.Serializer[Any]):
    value = serializers.CharField(allow_blank=True)
    origin = serializers.ChoiceField(choices=[Origin.COMPANY.value, Origin.DEFAULT.value])
    default = serializers.CharField(allow_blank=True)


class PresetSettingShape(serializers.Serializer[Any]):
    metric = serializers.CharField()
    option = serializers.CharField()
    value = serializers.CharField()
    source = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="Where the tool says so; null: it says nothing of it."
    )


class PresetShape(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    differs = serializers.CharField(help_text="What the tool does that no option here does.")
    sets = PresetSettingShape(many=True)


class MetricOptionsShape(serializers.Serializer[Any]):
    options = serializers.DictField(
        child=serializers.DictField(child=HeldOptionShape()), help_text="By metric and option."
    )
    preset = serializers.CharField(allow_null=True, help_text="The one in force.")
    presets = PresetShape(many=True)


class ChangedOptionsShape(MetricOptionsShape):
    changes = serializers.DictField(
        child=serializers.ListField(
            child=serializers.CharField(allow_blank=True), min_length=2, max_length=2
        ),
        help_text="`metric.option`: what it was and what it is.",
    )


class StepShape(serializers.Serializer[Any]):
    option = serializers.CharField()
    to = serializers.CharField(allow_blank=True)
    value = AmountField(allow_null=True, help_text="After it.")
    part = serializers.CharField(allow_null=True, help_text="By how much it changed, exactly.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With `from`, which no name in Python can be."""
        return {"from": serializers.CharField(allow_blank=True), **super().get_fields()}


class ComparisonShape(serializers.Serializer[Any]):
    preset = serializers.CharField()
    options = chosen_options()
    value = AmountField(allow_null=True)
    difference = serializers.CharField(allow_null=True, help_text="The steps' parts add up to it.")
    reason = serializers.CharField(allow_null=True)
    steps = StepShape(many=True)


class MetricPresetsShape(serializers.Serializer[Any]):
    metric = serializers.CharField()
    unit = unit()
    currency = serializers.CharField(allow_null=True)
    start = serializers.DateField()
    end = serializers.DateField()
    as_of = serializers.DateField()
    options = chosen_options()
    option_origins = option_origins()
    value = AmountField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    presets = ComparisonShape(many=True)
