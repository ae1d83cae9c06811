"""/api/v1/suppressions/: addresses that get no survey, known by their hashes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView, refuse_others
from accounts.api.errors import Problem
from accounts.api.paging import PARAMETERS, Paging
from surveys.actions.suppressions import CONFIRMATION, find, suppress, take_off
from surveys.api.refusing import refusals
from surveys.models import Suppression

FILTERS = ("email", "reason", "cursor", "page_size")


class SuppressionShape(serializers.ModelSerializer[Suppression]):
    campaign = serializers.IntegerField(source="campaign_id", allow_null=True)

    class Meta:
        model = Suppression
        fields = ("id", "reason", "campaign", "created_at")


class SuppressionListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = SuppressionShape(many=True)


class SuppressionBody(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)


class SuppressionsView(CompanyAPIView):
    """Who is left out of every campaign. The list holds hashes: an address can be looked up
    (`email`), none can be read off."""

    required_scope = "read"

    @extend_schema(
        operation_id="suppressions",
        parameters=[
            OpenApiParameter("email", str, description="This address only, in any case."),
            OpenApiParameter("reason", str, enum=Suppression.Reason.values),
            *PARAMETERS,
        ],
        responses=SuppressionListShape,
    )
    def get(self, request: Request) -> Response:
        query = request.query_params
        refuse_others(query, FILTERS)
        rows = Suppression.objects.all()
        if "email" in query:
            with refusals(400):
                found = find(email=query["email"])
            rows = rows.filter(pk=found.pk) if found else rows.none()
        if "reason" in query:
            reasons = Suppression.Reason.values
            if query["reason"] not in reasons:
                raise Problem(400, "invalid_filter", f"reason is one of {', '.join(reasons)}.")
            rows = rows.filter(reason=query["reason"])
        page, following = Paging.of(request).rows(rows, newest_first=True)
        return Response({"next": following, "results": SuppressionShape(page, many=True).data})

    @extend_schema(
        operation_id="suppression_add",
        request=SuppressionBody,
        responses={200: SuppressionShape, 201: SuppressionShape},
    )
    def post(self, request: Request) -> Response:
        body = SuppressionBody(data=self.members(("email",)))
        body.is_valid(raise_exception=True)
        with refusals(400):
            row, is_new = suppress(email=body.validated_data["email"], **self.audit_actor)
        return Response(SuppressionShape(row).data, status=201 if is_new else 200)


class SuppressionView(CompanyAPIView):
    """One address of the list."""

    required_scope = "read"

    @extend_schema(
        operation_id="suppression_remove",
        parameters=[
            OpenApiParameter(
                "confirm",
                str,
                description=f"“{CONFIRMATION}”, needed where the person wanted no more surveys.",
            )
        ],
        responses={204: None},
    )
    def delete(self, request: Request, suppression_id: int) -> Response:
        row = Suppression.objects.filter(pk=suppression_id).first()
        if row is None:
            raise Problem(404, "unknown_suppression", "There is no such row.")
        with refusals():
            take_off(
                suppression=row,
                confirmation=request.query_params.get("confirm", ""),
                **self.audit_actor,
            )
        return Response(status=204)
