"""/api/v1/closed-months/: closing a month, and opening it again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import paging
from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.api.paging import Paging
from accounts.permissions import Permission
from metrics.actions.closing import close_month, reopen_month
from metrics.models import ClosedMonth

FIELDS = ("start", "note")


class ClosedMonthShape(serializers.Serializer[ClosedMonth]):
    """A month that is closed, or that was (`reopened_at`)."""

    id = serializers.IntegerField()
    start = serializers.DateField()
    closed_at = serializers.DateTimeField()
    closed_by = serializers.CharField(source="closed_by_label")
    note = serializers.CharField()
    reopened_at = serializers.DateTimeField(allow_null=True)
    reopened_by = serializers.CharField(source="reopened_by_label")
    reopened_because = serializers.CharField()


class ClosingShape(serializers.Serializer[Any]):
    start = serializers.DateField(help_text="The first of a month that is over.")
    note = serializers.CharField(required=False, allow_blank=True, max_length=500)


class ClosedMonthPageShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = ClosedMonthShape(many=True)


class ClosedMonthsView(CompanyAPIView):
    """The months that are closed and those that were, the last closed first."""

    required_scope = "read"

    @extend_schema(
        operation_id="closed_months",
        parameters=list(paging.PARAMETERS),
        responses=ClosedMonthPageShape,
    )
    def get(self, request: Request) -> Response:
        page, following = Paging.of(request).rows(ClosedMonth.objects.all(), newest_first=True)
        results = [ClosedMonthShape(month).data for month in page]
        return Response({"next": following, "results": results})

    @extend_schema(
        operation_id="month_close", request=ClosingShape, responses={201: ClosedMonthShape}
    )
    def post(self, request: Request) -> Response:
        self.check_may(Permission.ADMINISTER)
        shape = ClosingShape(data=self.members(FIELDS))
        shape.is_valid(raise_exception=True)
        start: dt.date = shape.validated_data["start"]
        note: str = shape.validated_data.get("note", "")
        try:
            month = close_month(start=start, note=note, **self.audit_actor)
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None
        return Response(ClosedMonthShape(month).data, status=201)


class ClosedMonthView(CompanyAPIView):
    """One closed month."""

    required_scope = "read"

    @extend_schema(operation_id="closed_month", responses=ClosedMonthShape)
    def get(self, request: Request, month_id: int) -> Response:
        return Response(ClosedMonthShape(_month(month_id)).data)

    @extend_schema(
        operation_id="month_reopen",
        parameters=[OpenApiParameter("reason", str, required=True, description="Why.")],
        responses={204: None},
    )
    def delete(self, request: Request, month_id: int) -> Response:
        """Open the month again. That it was closed, with which values, stays on record."""
        self.check_may(Permission.ADMINISTER)
        because = request.query_params.get("reason", "").replace("\x00", "")[:500]
        try:
            reopen_month(month=_month(month_id), because=because, **self.audit_actor)
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None
        return Response(status=204)


def _month(month_id: int) -> ClosedMonth:
    found = ClosedMonth.objects.filter(pk=month_id).first()
    if found is None:
        raise Problem(404, "unknown_month", "There is no such closed month.")
    return found
