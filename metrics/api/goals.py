"""/api/v1/goals/, /api/v1/benchmarks/ and /api/v1/warnings/."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.permissions import Permission
from metrics.actions.goals import BENCHMARK_FIELDS, GOAL_FIELDS, remove, save_benchmark, save_goal
from metrics.api.goal_shapes import (
    BenchmarkListShape,
    BenchmarkShape,
    GoalListShape,
    GoalProgressShape,
    GoalShape,
    Json,
    WarningsShape,
    progress_json,
)
from metrics.api.views import find
from metrics.freshness import freshness
from metrics.models import Benchmark, Goal
from metrics.progress import progress_of
from metrics.warning_rules import warnings


class RowsView(CompanyAPIView):
    """What goals and benchmarks have in common: reading a body, and errors by field."""

    required_scope = "read"

    def said(self, shape: type[serializers.BaseSerializer[Any]], *, partial: bool) -> Json:
        """The values of the body. Raises a problem on unknown members and wrong types."""
        self.check_may(Permission.WORK)
        fields = GOAL_FIELDS if shape is GoalShape else BENCHMARK_FIELDS
        data = {
            name: "" if value is None and name in ("by", "segment", "note", "grain") else value
            for name, value in self.members(fields).items()
        }
        found = shape(data=data, partial=partial)
        found.is_valid(raise_exception=True)
        values: Json = dict(found.validated_data)
        return values


def _refused(error: ValidationError) -> serializers.ValidationError:
    return serializers.ValidationError(error.message_dict)


class GoalsView(RowsView):
    """The company's goals with their progress, and new ones."""

    @extend_schema(operation_id="goals", responses=GoalListShape)
    def get(self, request: Request) -> Response:
        goals = Goal.objects.all()
        if request.query_params.get("metric"):
            goals = goals.filter(metric=find(request.query_params["metric"]).key)
        return Response({"next": None, "results": self._written(list(goals))})

    @extend_schema(operation_id="goal_set", request=GoalShape, responses={201: GoalProgressShape})
    def post(self, request: Request) -> Response:
        values = {"begins_on": self.company.today(), **self.said(GoalShape, partial=False)}
        try:
            goal = save_goal(values=values, **self.audit_actor)
        except ValidationError as error:
            raise _refused(error) from None
        return Response(self._written([goal])[0], status=201)

    def _written(self, goals: list[Goal]) -> list[Json]:
        found = progress_of(goals, company=self.company, as_of=self.company.today())
        return [progress_json(one) for one in found]


class GoalView(GoalsView):
    """One goal."""

    http_method_names = ["get", "patch", "delete", "head", "options"]

    def _goal(self, goal_id: int) -> Goal:
        found = Goal.objects.filter(pk=goal_id).first()
        if found is None:
            raise Problem(404, "unknown_goal", "There is no such goal.")
        return found

    @extend_schema(operation_id="goal", responses=GoalProgressShape)
    def get(self, request: Request, goal_id: int) -> Response:  # type: ignore[override]
        return Response(self._written([self._goal(goal_id)])[0])

    @extend_schema(
        operation_id="goal_change", request=GoalShape(partial=True), responses=GoalProgressShape
    )
    def patch(self, request: Request, goal_id: int) -> Response:
        goal = self._goal(goal_id)
        try:
            saved = save_goal(
                values=self.said(GoalShape, partial=True), goal=goal, **self.audit_actor
            )
        except ValidationError as error:
            raise _refused(error) from None
        return Response(self._written([saved])[0])

    @extend_schema(operation_id="goal_remove", responses={204: None})
    def delete(self, request: Request, goal_id: int) -> Response:
        remove(row=self._goal(goal_id), **self.audit_actor)
        return Response(status=204)


class BenchmarksView(RowsView):
    """Published figures to compare with; the company's own to edit and add to."""

    @extend_schema(operation_id="benchmarks", responses=BenchmarkListShape)
    def get(self, request: Request) -> Response:
        rows = Benchmark.objects.all()
        if request.query_params.get("metric"):
            rows = rows.filter(metric=find(request.query_params["metric"]).key)
        return Response({"next": None, "results": BenchmarkShape(rows, many=True).data})

    @extend_schema(
        operation_id="benchmark_add", request=BenchmarkShape, responses={201: BenchmarkShape}
    )
    def post(self, request: Request) -> Response:
        try:
            row = save_benchmark(
                values=self.said(BenchmarkShape, partial=False), **self.audit_actor
            )
        except ValidationError as error:
            raise _refused(error) from None
        return Response(BenchmarkShape(row).data, status=201)


class BenchmarkView(RowsView):
    """One benchmark."""

    def _row(self, benchmark_id: int) -> Benchmark:
        found = Benchmark.objects.filter(pk=benchmark_id).first()
        if found is None:
            raise Problem(404, "unknown_benchmark", "There is no such benchmark.")
        return found

    @extend_schema(operation_id="benchmark", responses=BenchmarkShape)
    def get(self, request: Request, benchmark_id: int) -> Response:
        return Response(BenchmarkShape(self._row(benchmark_id)).data)

    @extend_schema(
        operation_id="benchmark_change",
        request=BenchmarkShape(partial=True),
        responses=BenchmarkShape,
    )
    def patch(self, request: Request, benchmark_id: int) -> Response:
        row = self._row(benchmark_id)
        try:
            saved = save_benchmark(
                values=self.said(BenchmarkShape, partial=True),
                benchmark=row,
                **self.audit_actor,
            )
        except ValidationError as error:
            raise _refused(error) from None
        return Response(BenchmarkShape(saved).data)

    @extend_schema(operation_id="benchmark_remove", responses={204: None})
    def delete(self, request: Request, benchmark_id: int) -> Response:
        remove(row=self._row(benchmark_id), **self.audit_actor)
        return Response(status=204)


class WarningsView(CompanyAPIView):
    """What of the figures somebody should look at: LTV:CAC under 3, retention dearer than
    acquisition, churn that rose significantly."""

    required_scope = "read"

    @extend_schema(operation_id="warnings", responses=WarningsShape)
    def get(self, request: Request) -> Response:
        as_of = self.company.today()
        found = warnings(company=self.company, as_of=as_of)
        body = [
            {
                "key": one.key,
                "title": one.title,
                "reason": one.reason,
                "metric": one.metric,
                "href": request.build_absolute_uri(one.href),
            }
            for one in found
        ]
        fresh = freshness()
        return Response({"as_of": as_of, "refreshed_at": fresh.refreshed_at, "warnings": body})
