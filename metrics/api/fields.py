"""Fields of the metrics' API that the OpenAPI document has to be told about."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from metrics.choosing import Origin
from metrics.units import Unit

_MONEY = {"type": "string", "pattern": r"^-?\d+\.\d{2,}$", "description": "Money, exact."}
_NUMBER = {"type": "number", "description": "Anything else; shares are fractions."}


class _AsItIs(serializers.Field[Any, Any, Any, Any]):
    """Already what JSON says."""

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"oneOf": [_MONEY, _NUMBER]})
class AmountField(_AsItIs):
    """As `metrics.values.amount` writes it."""


_WORDS = {"type": "string", "description": "Money as a decimal, or words."}


@extend_schema_field({"oneOf": [_WORDS, _NUMBER]})
class PartField(_AsItIs):
    """A part of a row: an amount, or what it says of itself."""


def amounts(help_text: str) -> serializers.DictField:
    """Amounts by name."""
    return serializers.DictField(child=AmountField(), help_text=help_text)


def chosen_options() -> serializers.DictField:
    return serializers.DictField(child=serializers.CharField(allow_blank=True))


def option_origins() -> serializers.DictField:
    return serializers.DictField(
        child=serializers.ChoiceField(choices=list(Origin)),
        help_text="Who said each option: request, company (its settings) or default.",
    )


def unit(**more: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=list(Unit), **more)
