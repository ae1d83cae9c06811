"""/api/v1/survey-settings/, its sender check, and /api/v1/referral-settings/."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from surveys import senders
from surveys.actions.rewards import FIELDS as REFERRAL_FIELDS
from surveys.actions.rewards import change_referral_settings
from surveys.actions.senders import check_domain
from surveys.actions.settings import FIELDS, change_survey_settings
from surveys.api.refusing import refusals
from surveys.models import ReferralSettings, SurveySettings, referral_settings, survey_settings


class SenderRecordShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    value = serializers.CharField()


class SurveySenderShape(serializers.Serializer[Any]):
    """The From address's domain, and the TXT record that proves it."""

    in_use = serializers.CharField(help_text="The From of mails that go out now.")
    domain = serializers.CharField(allow_null=True)
    record = SenderRecordShape(allow_null=True)
    is_usable = serializers.BooleanField(help_text="Mails may go out from the address.")
    verified_at = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)
    failing_since = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField(help_text="Of the latest check; empty: none.")


class SurveySettingsBody(serializers.ModelSerializer[SurveySettings]):
    class Meta:
        model = SurveySettings
        fields = FIELDS


def sender_json(held: SurveySettings) -> dict[str, Any]:
    state = senders.state_of(held)
    domain, record = state["domain"], state["record"]
    times = ("verified_at", "checked_at", "failing_since")
    return {
        "in_use": state["in_use"],
        "domain": domain.domain if domain else None,
        "record": {"name": record.name, "value": record.value} if record else None,
        "is_usable": state["is_usable"],
        **{name: getattr(domain, name) if domain else None for name in times},
        "problem": domain.problem if domain else "",
    }


class SurveySettingsReadShape(serializers.ModelSerializer[SurveySettings]):
    sender = SurveySenderShape()

    class Meta:
        model = SurveySettings
        fields = (*FIELDS, "sender")


def _written() -> dict[str, Any]:
    held = survey_settings()
    return {**SurveySettingsBody(held).data, "sender": sender_json(held)}


class SurveySettingsView(CompanyAPIView):
    """In whose name surveys go out, how often somebody is asked, and how fast.

    Changing takes a key of scope write; only admins make keys.
    """

    required_scope = "read"

    @extend_schema(operation_id="survey_settings", responses=SurveySettingsReadShape)
    def get(self, request: Request) -> Response:
        return Response(_written())

    @extend_schema(
        operation_id="survey_settings_change",
        request=SurveySettingsBody(partial=True),
        responses=SurveySettingsReadShape,
    )
    def patch(self, request: Request) -> Response:
        body = SurveySettingsBody(data=self.members(FIELDS), partial=True)
        body.is_valid(raise_exception=True)
        with refusals():
            change_survey_settings(values=body.validated_data, **self.audit_actor)
        return Response(_written())


class SenderCheckView(CompanyAPIView):
    """Asks DNS for the record of the From address's domain, now."""

    required_scope = "read"

    @extend_schema(operation_id="survey_sender_check", request=None, responses=SurveySenderShape)
    def post(self, request: Request) -> Response:
        domain = senders.sender_domain(survey_settings())
        if domain is None:
            raise Problem(409, "no_from_address", "Set a from_address first.")
        check_domain(domain=domain, **self.audit_actor)
        return Response(sender_json(survey_settings()))


class ReferralSettingsShape(serializers.ModelSerializer[ReferralSettings]):
    """`texts`: {language: {offer, welcome, reward}}; what is left out are the portal's own."""

    class Meta:
        model = ReferralSettings
        fields = (*REFERRAL_FIELDS, "reward_from")
        read_only_fields = ("reward_from",)


class ReferralSettingsView(CompanyAPIView):
    """Whether referral links are offered, with which words, and the reward that is promised by
    itself when a referral becomes a customer."""

    required_scope = "read"

    @extend_schema(operation_id="referral_settings", responses=ReferralSettingsShape)
    def get(self, request: Request) -> Response:
        return Response(ReferralSettingsShape(referral_settings()).data)

    @extend_schema(
        operation_id="referral_settings_change",
        request=ReferralSettingsShape(partial=True),
        responses=ReferralSettingsShape,
    )
    def patch(self, request: Request) -> Response:
        body = ReferralSettingsShape(data=self.members(REFERRAL_FIELDS), partial=True)
        body.is_valid(raise_exception=True)
        with refusals():
            change_referral_settings(values=body.validated_data, **self.audit_actor)
        return Response(ReferralSettingsShape(referral_settings()).data)
