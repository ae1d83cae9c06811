"""Shapes of the metrics' API. They write what `metrics.values` gives; nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from metrics.api.fields import AmountField, PartField, amounts, chosen_options, option_origins
from metrics.contributions.frame import WHOLE, names_of
from metrics.definition import Computation
from metrics.explanation import Contribution, Explanation
from metrics.scheduled import Scheduled
from metrics.series import Closed, Series, Value
from metrics.stored.numbers import KeptParts
from metrics.units import Unit
from metrics.values import amount, money_of, written

Json = dict[str, Any]


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
            {"type": "null"},
        ]
    }
)
class SegmentField(serializers.JSONField):
    """A segment's name; of a crossed split both names, in the order of `by`."""


def segment_json(segment: str | None) -> str | list[str] | None:
    """As SegmentField has it."""
    if segment is None:
        return None
    names = names_of(segment)
    return names if len(names) > 1 else segment


class ClosedShape(serializers.Serializer[Closed]):
    """What a value was when its month was closed."""

    value = serializers.JSONField(allow_null=True)
    numerator = serializers.JSONField(allow_null=True)
    denominator = serializers.JSONField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    closed_at = serializers.DateTimeField()
    differs = serializers.BooleanField(help_text="It is another now.")
    not_comparable = serializers.CharField(
        allow_null=True, help_text="Why, where it was closed with other options, for example."
    )


class ValueShape(serializers.Serializer[Value]):
    """One value. Shares are fractions, scores -100 to 100, money decimal strings."""

    start = serializers.DateField()
    end = serializers.DateField(help_text="First day after; of a partial period, after as-of.")
    segment = SegmentField(help_text="Null: the total. With `by` of two: a name of each.")
    value = AmountField(allow_null=True)
    parts = amounts("Named pieces, such as the kinds of movements.")
    numerator = AmountField(allow_null=True)
    denominator = AmountField(allow_null=True)
    n = serializers.IntegerField()
    low = AmountField(allow_null=True, help_text="Of the 95 % interval.")
    high = AmountField(allow_null=True)
    partial = serializers.BooleanField(  # type: ignore[assignment]
        help_text="Not over: ends with the as-of day."
    )
    reason = serializers.CharField(
        allow_null=True, help_text="Why there is no value or bound, or what it leaves out."
    )
    closed = ClosedShape(allow_null=True, help_text="Null: the period is no closed month.")


class ScheduledShape(serializers.Serializer[Scheduled]):
    """Movements to come, which no value counts."""

    start = serializers.DateField()
    end = serializers.DateField(help_text="First day after.")
    parts = amounts("Kinds of movements, those of 0 left out.")


class SeriesShape(serializers.Serializer[Series]):
    metric = serializers.CharField()
    version = serializers.IntegerField(help_text="Of the definition.")
    unit = serializers.ChoiceField(choices=list(Unit))
    currency = serializers.CharField(allow_null=True)
    grain = serializers.CharField()
    by = serializers.CharField(allow_null=True, help_text="Of two: with a comma between them.")
    options = chosen_options()
    option_origins = option_origins()
    interval = serializers.CharField(allow_null=True, help_text="Why there is none, if so.")
    as_of = serializers.DateField()
    computed_at = serializers.DateTimeField()
    values = ValueShape(many=True)
    scheduled = ScheduledShape(
        allow_null=True,
        help_text="What is agreed for days after as-of, in total; null: nothing, or no movements.",
    )


class CustomerShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    external_id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.URLField()


class FactNameShape(serializers.Serializer[Any]):
    kind = serializers.CharField()
    id = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    url = serializers.URLField()


class RowShape(serializers.Serializer[Contribution]):
    customer = CustomerShape(allow_null=True, help_text="Null: a fact of no customer's.")
    fact = FactNameShape(allow_null=True)
    contact = serializers.CharField(allow_null=True)
    numerator = AmountField()
    denominator = AmountField(allow_null=True)
    parts = serializers.DictField(child=PartField())


class ExplanationShape(serializers.Serializer[Explanation]):
    metric = serializers.CharField()
    unit = serializers.ChoiceField(choices=list(Unit))
    currency = serializers.CharField(allow_null=True)
    by = serializers.CharField(allow_null=True)
    options = chosen_options()
    option_origins = option_origins()
    as_of = serializers.DateField()
    formula = serializers.CharField(help_text="In words.")
    explanation = serializers.CharField(help_text="The formula with its numbers put in.")
    start = serializers.DateField()
    end = serializers.DateField()
    segment = SegmentField(help_text="As of values.")
    value = AmountField(allow_null=True)
    numerator = AmountField(allow_null=True)
    denominator = AmountField(allow_null=True)
    n = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True)
    closed = ClosedShape(allow_null=True, help_text="As of values.")
    rows = RowShape(many=True)
    next = serializers.URLField(allow_null=True)


def values_json(found: Series, values: Iterable[Value]) -> Iterator[Json]:
    """Values of a series. There are many: what they have in common is looked up once."""
    computation = found.computation
    number, y = written(found.unit), written(computation.numerator_unit)
    x = written(computation.denominator_unit or Unit.COUNT)
    for value in values:
        period = value.period
        yield {
            "start": period.start.isoformat(),
            "end": period.end.isoformat(),
            "segment": segment_json(value.segment),
            "value": None if value.value is None else number(value.value),
            "parts": parts_json(computation, value.parts),
            "numerator": None if value.numerator is None else y(value.numerator),
            "denominator": None if value.denominator is None else x(value.denominator),
            "n": value.n,
            "low": None if value.low is None else number(value.low),
            "high": None if value.high is None else number(value.high),
            "partial": period.is_partial,
            "reason": value.reason,
            "closed": value.closed and closed_json(found, value.closed),
        }


def parts_json(computation: Computation, parts: Mapping[str, Decimal]) -> Json:
    """Named pieces, each in its unit."""
    is_all_money = computation.parts_unit is Unit.MONEY and not computation.part_units
    if is_all_money and isinstance(parts, KeptParts):
        return {name: money_of(text) for name, text in parts.texts.items()}
    return {name: written(computation.unit_of(name))(part) for name, part in parts.items()}


def closed_json(found: Series, closed: Closed | None) -> Json | None:
    if closed is None:
        return None
    computation = found.computation
    return {
        "value": amount(closed.value, found.unit),
        "numerator": amount(closed.numerator, computation.numerator_unit),
        "denominator": amount(closed.denominator, computation.denominator_unit or Unit.COUNT),
        "reason": closed.reason,
        "closed_at": closed.at,
        "differs": closed.is_other,
        "not_comparable": closed.unlike or None,
    }


def series_json(found: Series, *, grain: str, ahead: Scheduled | None) -> Json:
    return {
        "metric": found.metric.key,
        "version": found.metric.version,
        "unit": found.unit,
        "currency": found.currency,
        "grain": grain,
        "by": _by(found),
        "options": found.options,
        "option_origins": found.origins,
        "interval": found.computation.no_interval or None,
        "as_of": found.as_of,
        "computed_at": found.computed_at,
        "values": list(values_json(found, found.values)),
        "scheduled": ahead
        and {
            "start": ahead.period.start,
            "end": ahead.period.end,
            "parts": parts_json(ahead.series.computation, ahead.parts),
        },
    }


def _by(found: Series) -> str | None:
    return None if found.dimension == WHOLE else found.dimension.name


def row_json(found: Series, row: Contribution, absolute: Callable[[str], str]) -> Json:
    """`absolute` makes a path of this host a URL."""
    computation = found.computation
    customer, fact = row.customer, row.fact
    return {
        "customer": customer
        and {
            "id": customer.pk,
            "external_id": customer.external_id,
            "name": customer.name,
            "url": absolute(customer.get_absolute_url()),
        },
        "fact": fact
        and {
            "kind": fact.kind,
            "id": fact.id,
            "label": fact.label,
            "url": absolute(reverse("customers:fact_detail", args=[fact.kind, fact.id])),
        },
        "contact": str(row.contact) if row.contact else None,
        "numerator": amount(row.numerator, computation.numerator_unit),
        "denominator": amount(row.denominator, computation.denominator_unit or Unit.COUNT),
        "parts": {
            name: amount(part, computation.row_unit_of(name)) if isinstance(part, Decimal) else part
            for name, part in row.parts.items()
        },
    }


def explanation_json(found: Explanation, *, rows: list[Json], next_url: str | None) -> Json:
    series = found.series
    (value,) = values_json(series, [found.value])
    kept = ("start", "end", "segment", "value", "numerator", "denominator", "n", "reason", "closed")
    return {
        "metric": series.metric.key,
        "unit": series.unit,
        "currency": series.currency,
        "by": _by(series),
        "options": series.options,
        "option_origins": series.origins,
        "as_of": series.as_of,
        "formula": formula_of(series),
        "explanation": found.words,
        **{name: value[name] for name in kept},
        "rows": rows,
        "next": next_url,
    }


def formula_of(found: Series) -> str:
    """The formula of the chosen options."""
    measure = found.computation.measure
    return measure.formula
