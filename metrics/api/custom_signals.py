"""/api/v1/health/signals/custom/: numbers of the company's own, for health models to weigh."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.permissions import Permission
from customers.api.schema import IDEMPOTENCY_KEY
from customers.api.views import LARGEST_BULK, bulk_of
from metrics.actions.custom_signals import FIELDS, MOST_ROWS, Stored, make_signal, store_values
from metrics.health.signals.custom import PREFIX
from metrics.models import CustomSignal

Json = dict[str, Any]
OUTCOMES = ("created", "unchanged", "error")


class CustomSignalShape(serializers.Serializer[Any]):
    key = serializers.CharField(
        max_length=63, help_text="Small letters, digits and _; cannot be changed."
    )
    name = serializers.CharField(max_length=100)
    unit = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")
    direction = serializers.ChoiceField(
        choices=CustomSignal.Direction.choices,
        required=False,
        default=CustomSignal.Direction.HIGHER,
        help_text="Whether more of it is better.",
    )
    curve = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        required=False,
        help_text="The usual curve, as [[measure, points], ...]. Without it, the number itself.",
    )
    description = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default=""
    )


class CustomSignalOut(CustomSignalShape):
    signal = serializers.CharField(help_text="What a model calls it.")


class CustomSignalsShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = CustomSignalOut(many=True)


class SignalValueShape(serializers.Serializer[Any]):
    customer = serializers.CharField(help_text="Your id of the customer.")
    value = serializers.FloatField()
    measured_at = serializers.DateTimeField(required=False, help_text="Now, without it.")


class SignalValuesShape(serializers.Serializer[Any]):
    rows = SignalValueShape(many=True)
    mode = serializers.ChoiceField(
        choices=["all", "good"],
        default="all",
        help_text="all: nothing is stored where a row is in error; good: the others are.",
    )


class SignalRowErrorShape(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class SignalRowResultShape(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    customer = serializers.CharField(allow_null=True)
    errors = SignalRowErrorShape(many=True)  # type: ignore[assignment]


class SignalValuesResultShape(serializers.Serializer[Any]):
    is_stored = serializers.BooleanField()
    counts = serializers.DictField(child=serializers.IntegerField())
    results = SignalRowResultShape(many=True)


class CustomSignalsView(CompanyAPIView):
    """The company's own signals, and new ones."""

    required_scope = "read"

    @extend_schema(operation_id="custom_signals", responses=CustomSignalsShape)
    def get(self, request: Request) -> Response:
        found = [_json(one) for one in CustomSignal.objects.order_by("key")]
        return Response({"next": None, "results": found})

    @extend_schema(
        operation_id="custom_signal_make",
        parameters=[IDEMPOTENCY_KEY],
        request=CustomSignalShape,
        responses={201: CustomSignalOut},
    )
    def post(self, request: Request) -> Response:
        self.check_may(Permission.ADMINISTER)
        shape = CustomSignalShape(data=self.members(FIELDS))
        shape.is_valid(raise_exception=True)
        try:
            made = make_signal(values=shape.validated_data, **self.audit_actor)
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None
        return Response(_json(made), status=201)


class CustomSignalValuesView(CompanyAPIView):
    """Values of a signal of one's own: up to 5,000 at once, each of a customer."""

    required_scope = "read"
    largest_body = LARGEST_BULK

    @extend_schema(
        operation_id="custom_signal_values",
        parameters=[IDEMPOTENCY_KEY],
        request=SignalValuesShape,
        responses={
            200: OpenApiResponse(SignalValuesResultShape, description="No row is in error."),
            207: OpenApiResponse(
                SignalValuesResultShape,
                description="Mode good: some rows are in error; the others are stored.",
            ),
        },
    )
    def post(self, request: Request, key: str) -> Response:
        signal = CustomSignal.objects.filter(key=key.removeprefix(PREFIX)).first()
        if signal is None:
            raise Problem(404, "not_found", f"There is no signal {key[:100]!r} of your own.")
        rows, mode = bulk_of(request.data)
        if len(rows) > MOST_ROWS:
            raise Problem(
                413,
                "too_many_rows",
                f"These are {len(rows):,} rows; up to {MOST_ROWS:,} can come at once.",
            )
        results = store_values(signal=signal, rows=rows, is_all_or_nothing=mode == "all")
        body = _results(results, is_all=mode == "all")
        if not body["is_stored"]:
            raise Problem(
                400,
                "rows_invalid",
                f"{body['counts']['error']:,} of {len(rows):,} rows are not valid, so none was"
                " stored; see results.",
                **body,
            )
        return Response(body, status=207 if body["counts"]["error"] else 200)


def _json(found: CustomSignal) -> Json:
    said: Json = {name: getattr(found, name) for name in FIELDS}
    return {**said, "signal": f"{PREFIX}{found.key}"}


def _results(results: list[Stored], *, is_all: bool) -> Json:
    counts = Counter(result.outcome for result in results)
    return {
        "is_stored": not (is_all and counts["error"]),
        "counts": {outcome: counts[outcome] for outcome in OUTCOMES},
        "results": [
            {
                "row": number,
                "outcome": result.outcome,
                "customer": result.external_id or None,
                "errors": [
                    {"field": one.field, "code": one.code, "message": one.message}
                    for one in result.problems
                ],
            }
            for number, result in enumerate(results)
        ],
    }
