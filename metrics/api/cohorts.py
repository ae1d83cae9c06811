"""GET /api/v1/cohorts/"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from metrics.cohorts import GRAINS, Cell, Cohort, Cohorts, Start, cohorts
from metrics.periods import Grain, Period, PeriodError, latest, periods
from metrics.query import day, unknown
from metrics.values import money_text
from tenants.models import Company

USUAL = 12
TAKEN = ("start", "end", "grain", "begins")


class CellShape(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text="Periods since it began; its own is 0.")
    start = serializers.DateField()
    end = serializers.DateField(help_text="The first day after.")
    partial = serializers.BooleanField()  # type: ignore[assignment]
    customers = serializers.IntegerField(help_text="Paying at the close.")
    share = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="95 % interval (Wilson).")
    high = serializers.FloatField(allow_null=True)
    mrr = serializers.CharField(allow_null=True)
    mrr_share = serializers.FloatField(allow_null=True, help_text="Of the first MRR.")


class CohortShape(serializers.Serializer[Any]):
    start = serializers.DateField()
    end = serializers.DateField()
    size = serializers.IntegerField(help_text="Customers that began then.")
    mrr = serializers.CharField(allow_null=True, help_text="Their first MRR.")
    cells = CellShape(many=True)


class CohortsShape(serializers.Serializer[Any]):
    grain = serializers.ChoiceField(choices=[grain.value for grain in GRAINS])
    begins = serializers.ChoiceField(choices=list(Start))
    currency = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why there are no amounts.")
    as_of = serializers.DateField()
    cohorts = CohortShape(many=True)


class CohortsView(CompanyAPIView):
    """Customers by when they began, and how many of them, and how much of their MRR, there are
    at the close of each period since. Without dates: the last twelve periods."""

    required_scope = "read"

    parameters: ClassVar = [
        OpenApiParameter("start", str, description="First day, as YYYY-MM-DD."),
        OpenApiParameter("end", str, description="First day after."),
        OpenApiParameter(
            "grain", str, description="Default month.", enum=[grain.value for grain in GRAINS]
        ),
        OpenApiParameter(
            "begins",
            str,
            description="What makes a customer one of a cohort; default first_payment.",
            enum=list(Start),
        ),
    ]

    @extend_schema(operation_id="cohorts", parameters=parameters, responses=CohortsShape)
    def get(self, request: Request) -> Response:
        found = asked_for(request, self.company)
        return Response(
            {
                "grain": found.grain,
                "begins": found.start,
                "currency": found.currency,
                "reason": found.money_reason or None,
                "as_of": self.company.today(),
                "cohorts": [_cohort(one) for one in found.cohorts],
            }
        )


def asked_for(request: Request, company: Company) -> Cohorts:
    """The cohorts that a request asks for; else a 400 that says what can be asked."""
    params, as_of = request.query_params.dict(), company.today()
    if problem := unknown(params, TAKEN):
        raise Problem(400, "invalid_option", problem)
    begins = _one_of("begins", params.get("begins", Start.FIRST_PAYMENT), list(Start))
    grain = Grain(_one_of("grain", params.get("grain", Grain.MONTH), list(GRAINS)))
    try:
        cut = _periods(params, grain, as_of, company.week_start)
        return cohorts(cut, company=company, grain=grain, start=Start(begins))
    except PeriodError as error:
        raise Problem(400, "invalid_period", str(error)) from None


def _periods(params: dict[str, str], grain: Grain, as_of: dt.date, week_start: int) -> list[Period]:
    if not params.get("start") and not params.get("end"):
        return latest(grain, USUAL, as_of=as_of, week_start=week_start)
    if not params.get("start") or not params.get("end"):
        raise PeriodError("start and end must be given together.")
    start, end = day(params, "start"), day(params, "end")
    return periods(start, end, grain, as_of=as_of, week_start=week_start)


def _one_of(name: str, text: str, allowed: list[Any]) -> str:
    if text not in allowed:
        raise Problem(
            400, f"invalid_{name}", f"{name} must be one of {', '.join(allowed)}; got {text[:100]}."
        )
    return str(text)


def _cohort(cohort: Cohort) -> dict[str, Any]:
    return {
        "start": cohort.period.start,
        "end": cohort.period.end,
        "size": cohort.size,
        "mrr": None if cohort.mrr is None else money_text(cohort.mrr),
        "cells": [_cell(cell) for cell in cohort.cells],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "number": cell.number,
        "start": cell.period.start,
        "end": cell.period.end,
        "partial": cell.period.is_partial,
        "customers": cell.customers,
        "share": cell.share,
        "low": cell.interval.low if cell.interval else None,
        "high": cell.interval.high if cell.interval else None,
        "mrr": None if cell.mrr is None else money_text(cell.mrr),
        "mrr_share": cell.mrr_share,
    }
