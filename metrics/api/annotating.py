"""/api/v1/annotations/"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.permissions import Permission
from metrics.actions.annotations import FIELDS, remove_annotation, save_annotation
from metrics.api.views import find
from metrics.models import Annotation


class AnnotationShape(serializers.ModelSerializer[Annotation]):
    """A dated note; `metric` empty: on all of them."""

    class Meta:
        model = Annotation
        fields = ("id", *FIELDS, "written_by", "created_at")
        read_only_fields = ("id", "written_by", "created_at")
        validators: ClassVar[list[Any]] = []  # the action checks, in words


class AnnotationListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = AnnotationShape(many=True)


class AnnotationsView(CompanyAPIView):
    """What the company noted of days, the latest first; and new notes."""

    required_scope = "read"

    @extend_schema(
        operation_id="annotations",
        parameters=[OpenApiParameter("metric", str, description="Those on it, and those on all.")],
        responses=AnnotationListShape,
    )
    def get(self, request: Request) -> Response:
        rows = Annotation.objects.all()
        if request.query_params.get("metric"):
            rows = rows.filter(Q(metric="") | Q(metric=find(request.query_params["metric"]).key))
        return Response({"next": None, "results": AnnotationShape(rows, many=True).data})

    @extend_schema(
        operation_id="annotation_make",
        request=AnnotationShape,
        responses={201: AnnotationShape},
    )
    def post(self, request: Request) -> Response:
        row = self.saved(None)
        return Response(AnnotationShape(row).data, status=201)

    def saved(self, row: Annotation | None) -> Annotation:
        """The row with what the body says. Raises a problem on what cannot be."""
        self.check_may(Permission.WORK)
        members = self.members(FIELDS)
        data = {**members, "metric": members["metric"] or ""} if "metric" in members else members
        shape = AnnotationShape(data=data, partial=row is not None)
        shape.is_valid(raise_exception=True)
        try:
            return save_annotation(
                values=dict(shape.validated_data), annotation=row, **self.audit_actor
            )
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None


class AnnotationView(AnnotationsView):
    """One of them."""

    http_method_names = ["get", "patch", "delete", "head", "options"]

    def _row(self, annotation_id: int) -> Annotation:
        found = Annotation.objects.filter(pk=annotation_id).first()
        if found is None:
            raise Problem(404, "unknown_annotation", "There is no such annotation.")
        return found

    @extend_schema(operation_id="annotation", parameters=[], responses=AnnotationShape)
    def get(self, request: Request, annotation_id: int) -> Response:  # type: ignore[override]
        return Response(AnnotationShape(self._row(annotation_id)).data)

    @extend_schema(
        operation_id="annotation_change",
        request=AnnotationShape(partial=True),
        responses=AnnotationShape,
    )
    def patch(self, request: Request, annotation_id: int) -> Response:
        return Response(AnnotationShape(self.saved(self._row(annotation_id))).data)

    @extend_schema(operation_id="annotation_remove", responses={204: None})
    def delete(self, request: Request, annotation_id: int) -> Response:
        row = self._row(annotation_id)
        remove_annotation(annotation=row, **self.audit_actor)
        return Response(status=204)
