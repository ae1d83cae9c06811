"""GET and PATCH /api/v1/metric-settings/."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from metrics.actions.settings import FIELDS, change_metric_settings
from metrics.models import MetricSettings


class MetricSettingsShape(serializers.ModelSerializer[MetricSettings]):
    class Meta:
        model = MetricSettings
        fields = FIELDS


class MetricSettingsView(CompanyAPIView):
    """What the company says once about its metrics: gross margin, what first value is.

    Changing takes a key of scope write; only admins make keys.
    """

    required_scope = "read"

    @extend_schema(operation_id="metric_settings", responses=MetricSettingsShape)
    def get(self, request: Request) -> Response:
        return Response(MetricSettingsShape(MetricSettings.held()).data)

    @extend_schema(
        operation_id="metric_settings_change",
        request=MetricSettingsShape(partial=True),
        responses=MetricSettingsShape,
    )
    def patch(self, request: Request) -> Response:
        shape = MetricSettingsShape(data=self.members(FIELDS), partial=True)
        shape.is_valid(raise_exception=True)
        actor = self.audit_actor
        try:
            change_metric_settings(values=shape.validated_data, **actor)
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None
        return Response(MetricSettingsShape(MetricSettings.held()).data)
