"""GET /api/v1/freshness/: how far each metric is behind the facts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.permissions import Permission, has_permission
from metrics.stored.report import report


class MetricFreshnessShape(serializers.Serializer[Any]):
    metric = serializers.CharField()
    state = serializers.CharField(
        help_text="up to date, changes waiting, of an earlier day, or computed on request."
    )
    as_of = serializers.DateField(allow_null=True, help_text="Null: not kept.")
    computed_at = serializers.DateTimeField(allow_null=True)
    waiting = serializers.IntegerField(
        help_text="Customers with changed facts of kinds that it reads, each kind by itself."
    )
    splits = serializers.ListField(child=serializers.CharField())


class JobShape(serializers.Serializer[Any]):
    kind = serializers.CharField()
    state = serializers.CharField(help_text="queued (it is tried again) or parked.")
    attempts = serializers.IntegerField()
    run_at = serializers.DateTimeField()
    error = serializers.CharField(allow_null=True, help_text="For admins and keys; else null.")


class FreshnessShape(serializers.Serializer[Any]):
    as_of = serializers.DateField(allow_null=True, help_text="Of what is kept; null: nothing is.")
    looked_at = serializers.DateTimeField(allow_null=True, help_text="Last checked for changes.")
    refreshed_at = serializers.DateTimeField(allow_null=True, help_text="The movements.")
    remade_at = serializers.DateTimeField(allow_null=True, help_text="Last made from scratch.")
    nightly_at = serializers.TimeField(help_text="By the clock of the company's time zone.")
    next_nightly_at = serializers.DateTimeField(allow_null=True)
    waiting = serializers.IntegerField()
    splits = serializers.ListField(child=serializers.CharField())
    jobs = JobShape(many=True, help_text="Those that failed.")
    metrics = MetricFreshnessShape(many=True)


class FreshnessView(CompanyAPIView):
    """By metric: as of when, last computed, and how much waits."""

    required_scope = "read"

    @extend_schema(operation_id="freshness", responses=FreshnessShape)
    def get(self, request: Request) -> Response:
        found, user = report(self.company), self.caller.user
        may_see = user is None or has_permission(user, Permission.ADMINISTER)
        state = found.state
        return Response(
            {
                "as_of": state.as_of if state else None,
                "looked_at": state.looked_at if state else None,
                "refreshed_at": found.refreshed_at,
                "remade_at": state.remade_at if state else None,
                "nightly_at": found.nightly_at,
                "next_nightly_at": found.next_nightly,
                "waiting": found.waiting,
                "splits": [split.by for split in found.splits],
                "jobs": [
                    {
                        "kind": job.kind,
                        "state": job.state,
                        "attempts": job.attempts,
                        "run_at": job.run_at,
                        "error": job.error if may_see else None,
                    }
                    for job in found.jobs
                ],
                "metrics": [
                    {
                        "metric": one.metric.key,
                        "state": one.state,
                        "as_of": one.as_of,
                        "computed_at": one.computed_at,
                        "waiting": one.waiting,
                        "splits": one.splits,
                    }
                    for one in found.metrics
                ],
            }
        )
