"""GET /api/v1/forecast/"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from metrics.forecast.calculation import Ahead, CohortAhead, Forecast
from metrics.forecast.reading import Outlook, outlook
from metrics.forecast.scoring import Score, Scored
from metrics.periods import Period, PeriodError
from metrics.query import asked_as_of, unknown
from metrics.values import money_text
from tenants.models import Company

TABLE = OpenApiParameter(
    "table", str, description="Which one; default months.", enum=["months", "cohorts", "score"]
)


def _money(help_text: str = "") -> Any:
    return serializers.CharField(help_text=help_text)


class MonthAheadShape(serializers.Serializer[Any]):
    start = serializers.DateField()
    end = serializers.DateField(help_text="The first day after; the value is at the close.")
    value = _money("kept + new + returned")
    low = _money("95 % interval.")
    high = _money()
    kept = _money("Of who is there at the base's close.")
    new = _money("Of who comes until then for the first time.")
    returned = _money("Of who comes back until then.")
    standard_error = serializers.FloatField()


class ModelShape(serializers.Serializer[Any]):
    a = serializers.FloatField()
    b = serializers.FloatField()


class CohortAheadShape(serializers.Serializer[Any]):
    start = serializers.DateField(help_text="First day of the month they began in.")
    size = serializers.IntegerField(help_text="There at that month's close.")
    customers = serializers.IntegerField(help_text="Of them, there at the base's close.")
    mrr = _money("At the base's close.")
    lived = serializers.IntegerField(help_text="Closes since the first.")
    own_model = serializers.BooleanField(help_text="Whether it differs enough from the pooled.")
    model = ModelShape()
    kept = serializers.ListField(
        child=serializers.FloatField(), help_text="S(n+k) / S(n), for k from 1."
    )
    expected = serializers.ListField(child=_money(), help_text="MRR at each close ahead.")


class BegunShape(serializers.Serializer[Any]):
    start = serializers.DateField()
    mrr = _money("Of who began in the month, at its close.")
    returned = _money("Of it, who came back.")


class NewBusinessShape(serializers.Serializer[Any]):
    new = _money("A month's mean.")
    returned = _money("A month's mean.")
    deviation = serializers.FloatField(help_text="Standard deviation of a month.")
    months = BegunShape(many=True)


class ErrorShape(serializers.Serializer[Any]):
    leaves = serializers.FloatField(help_text="Variance by who leaves.")
    begins = serializers.FloatField(help_text="By how much new business comes.")
    changes = serializers.FloatField(help_text="By what customers who stay change.")
    model = serializers.FloatField(help_text="By the parameters of the model.")


class ScoredShape(serializers.Serializer[Any]):
    start = serializers.DateField()
    end = serializers.DateField()
    forecast = _money()
    low = _money()
    high = _money()
    actual = _money()
    error = serializers.FloatField(allow_null=True, help_text="(forecast - actual) / actual")
    held = serializers.BooleanField(help_text="Whether the interval holds what was.")


class ScoreShape(serializers.Serializer[Any]):
    base = serializers.DateField(help_text="First day of the month it would have looked from.")
    reason = serializers.CharField(allow_null=True, help_text="Why there is nothing to score.")
    mean_error = serializers.FloatField(allow_null=True, help_text="Mean of the errors' sizes.")
    unchanged_mean_error = serializers.FloatField(
        allow_null=True, help_text='The same of "MRR stays as it was".'
    )
    held = serializers.IntegerField(help_text="Months whose interval held what was.")
    months = ScoredShape(many=True)


class PastShape(serializers.Serializer[Any]):
    start = serializers.DateField()
    end = serializers.DateField()
    mrr = _money()


class ForecastShape(serializers.Serializer[Any]):
    as_of = serializers.DateField()
    base_start = serializers.DateField(help_text="The last full month: it looks from its close.")
    base_end = serializers.DateField()
    currency = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why there is no forecast.")
    mrr = serializers.CharField(allow_null=True, help_text="At the base's close.")
    customers = serializers.IntegerField(help_text="There at the base's close, also who pauses.")
    value = serializers.CharField(allow_null=True, help_text="At the last close ahead.")
    low = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)
    months = MonthAheadShape(many=True)
    cohorts = CohortAheadShape(many=True)
    model = ModelShape(allow_null=True, help_text="Fitted to all cohorts together.")
    spread = serializers.FloatField(
        help_text="How much more the numbers lost each month vary than by chance alone; 1 at least."
    )
    monthly_change = serializers.FloatField(
        allow_null=True, help_text="What customers who stay change their MRR by in a month."
    )
    new_business = NewBusinessShape(allow_null=True)
    variance = ErrorShape(allow_null=True, help_text="Of the last close ahead, by what makes it.")
    past = PastShape(many=True)
    score = ScoreShape()


class ForecastView(CompanyAPIView):
    """MRR at the next twelve closes of a month, how it comes about, and how the forecast of a
    year before would have done."""

    required_scope = "read"

    parameters: ClassVar = [
        OpenApiParameter(
            "as_of",
            str,
            description="What could be said on that day, as YYYY-MM-DD; default today. "
            "What became known since is in it.",
        ),
    ]

    @extend_schema(operation_id="forecast", parameters=parameters, responses=ForecastShape)
    def get(self, request: Request) -> Response:
        return Response(shape(asked_for(request.query_params.dict(), self.company)))


def asked_for(
    params: Mapping[str, str], company: Company, *, taken: Sequence[str] = ("as_of",)
) -> Outlook:
    """The forecast that a request asks for; else a 400 that says what can be asked."""
    if problem := unknown(params, taken):
        raise Problem(400, "invalid_option", problem)
    try:
        return outlook(company, as_of=asked_as_of(params, company.today()))
    except PeriodError as error:
        raise Problem(400, "invalid_as_of", str(error)) from None


def shape(found: Outlook) -> dict[str, Any]:
    said = found.forecast
    last, change = said.last, said.change
    return {
        "as_of": said.as_of,
        "base_start": said.base.start,
        "base_end": said.base.end,
        "currency": found.currency,
        "reason": said.reason or None,
        "mrr": _text(said.mrr if found.currency else None),
        "customers": said.customers,
        "value": _text(last.value if last else None),
        "low": _text(last.low if last else None),
        "high": _text(last.high if last else None),
        "months": [_month(one) for one in said.months],
        "cohorts": [_cohort(one) for one in said.cohorts],
        "model": {"a": said.pooled.model.a, "b": said.pooled.model.b} if said.pooled else None,
        "spread": said.spread,
        "monthly_change": change.mean if change else None,
        "new_business": _new_business(said),
        "variance": _variance(last) if last else None,
        "past": [{**_span(one.period), "mrr": _text(one.mrr)} for one in found.past],
        "score": _score(found.score),
    }


def _span(period: Period) -> dict[str, Any]:
    return {"start": period.start, "end": period.end}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else money_text(value)


def _month(one: Ahead) -> dict[str, Any]:
    return {
        **_span(one.period),
        "value": _text(one.value),
        "low": _text(one.low),
        "high": _text(one.high),
        "kept": _text(one.kept),
        "new": _text(one.new),
        "returned": _text(one.returned),
        "standard_error": one.error.standard,
    }


def _variance(one: Ahead) -> dict[str, float]:
    error = one.error
    return {
        "leaves": error.leaves,
        "begins": error.begins,
        "changes": error.changes,
        "model": error.model,
    }


def _cohort(one: CohortAhead) -> dict[str, Any]:
    model = one.retention.model
    return {
        "start": one.cohort.month,
        "size": one.cohort.size,
        "customers": one.cohort.customers,
        "mrr": _text(one.cohort.mrr),
        "lived": one.cohort.lived,
        "own_model": one.retention.is_own,
        "model": {"a": model.a, "b": model.b},
        "kept": one.kept,
        "expected": [_text(mrr) for mrr in one.expected],
    }


def _new_business(said: Forecast) -> dict[str, Any] | None:
    if said.beginnings is None:
        return None
    return {
        "new": _text(said.beginnings.new),
        "returned": _text(said.beginnings.returned),
        "deviation": said.beginnings.deviation,
        "months": [
            {"start": month, "mrr": _text(mrr), "returned": _text(returned)}
            for month, mrr, returned in said.beginnings.months
        ],
    }


def _score(found: Score) -> dict[str, Any]:
    return {
        "base": found.then.base.start,
        "reason": found.reason or None,
        "mean_error": found.mean_error,
        "unchanged_mean_error": found.unchanged_mean_error,
        "held": found.held,
        "months": [_scored(one) for one in found.months],
    }


def _scored(one: Scored) -> dict[str, Any]:
    return {
        **_span(one.ahead.period),
        "forecast": _text(one.ahead.value),
        "low": _text(one.ahead.low),
        "high": _text(one.ahead.high),
        "actual": _text(one.actual),
        "error": one.error,
        "held": one.is_held,
    }
