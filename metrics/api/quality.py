"""What the checks of the data found: /api/v1/quality/."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from metrics.quality import checks
from metrics.quality.counting import MOST_KEPT, Counted, counted, rows_of


class QualityCheckShape(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    why = serializers.CharField(help_text="Why it matters, and what helps.")
    found = serializers.IntegerField(allow_null=True, help_text="Null: not counted yet.")
    among = serializers.IntegerField(allow_null=True)
    counted_at = serializers.DateTimeField(allow_null=True)


class QualityShape(serializers.Serializer[Any]):
    results = QualityCheckShape(many=True)


class QualityRowShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    customer_id = serializers.IntegerField(allow_null=True)
    title = serializers.CharField()
    detail = serializers.CharField()


class QualityRowsShape(QualityCheckShape):
    results = QualityRowShape(
        many=True,
        help_text=f"Of the first {MOST_KEPT:,} by name, those that are still found.",
    )


class QualityView(CompanyAPIView):
    """Every check with what was counted last."""

    required_scope = "read"

    @extend_schema(operation_id="quality", responses=QualityShape)
    def get(self, request: Request) -> Response:
        return Response({"results": [_json(one) for one in counted()]})


class QualityRowsView(CompanyAPIView):
    """The rows that a check found."""

    required_scope = "read"

    @extend_schema(operation_id="quality_rows", responses=QualityRowsShape)
    def get(self, request: Request, key: str) -> Response:
        if key not in checks.BY_KEY:
            raise Problem(404, "not_found", f"There is {', '.join(checks.BY_KEY)}; no {key}.")
        kept = next(one for one in counted() if one.check.key == key)
        rows = rows_of(kept.check, kept.count.ids if kept.count else [])
        found = [
            {
                "id": row.id,
                "customer_id": row.customer_id,
                "title": row.title,
                "detail": row.detail,
            }
            for row in rows
        ]
        return Response({**_json(kept), "results": found})


def _json(one: Counted) -> dict[str, Any]:
    return {
        "key": one.check.key,
        "title": one.check.title,
        "why": one.check.why_words,
        "found": one.count.found if one.count else None,
        "among": one.count.among if one.count else None,
        "counted_at": one.count.counted_at if one.count else None,
    }
