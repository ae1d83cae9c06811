"""/api/v1/campaigns/<id>/invitations/ and /api/v1/invitations/<id>/response/."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.refusals import Refused
from accounts.api import paging
from accounts.api.base import CompanyAPIView, refuse_others
from accounts.api.errors import Problem
from accounts.api.paging import Paging
from surveys.actions.responses import (
    ExpiredTokenError,
    Part,
    UnknownTokenError,
    record_for_invitation,
)
from surveys.answers import AnswerError
from surveys.api.campaigns import OneCampaignView
from surveys.models import Invitation, Origin
from surveys.models.response import COMMENT_LENGTH


class InvitationShape(serializers.Serializer[Invitation]):
    """One contact asked once."""

    id = serializers.IntegerField()
    contact = serializers.CharField(
        source="contact.external_id", allow_null=True, help_text="The contact's id at its source."
    )
    email = serializers.EmailField(source="contact.email")
    customer = serializers.CharField(source="contact.customer.external_id")
    round = serializers.IntegerField()
    cause = serializers.CharField(help_text="The event it was made for; else empty.")
    state = serializers.ChoiceField(choices=Invitation.State.choices)
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)


class InvitationListShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = InvitationShape(many=True)


class AnswerPartShape(serializers.Serializer[Any]):
    """A part of an answer; what is left out stays as it is."""

    score = serializers.IntegerField(required=False)
    comment = serializers.CharField(required=False, max_length=COMMENT_LENGTH)
    answers = serializers.JSONField(
        required=False,
        help_text="To further questions: {question: choice, [choices] or text}.",
    )


class GivenAnswerShape(serializers.Serializer[Any]):
    """The answer as it is now."""

    id = serializers.IntegerField(help_text="Of this version.")
    invitation = serializers.IntegerField(source="invitation_id")
    score = serializers.IntegerField()
    comment = serializers.CharField()
    answers = serializers.JSONField(help_text="{question: choice, [choices] or text}")
    origin = serializers.ChoiceField(choices=Origin.choices)
    is_by_user = serializers.BooleanField()
    answered_at = serializers.DateTimeField()


class InvitationsView(OneCampaignView):
    """Whom a campaign asks, and what became of their mails."""

    @extend_schema(
        operation_id="campaign_invitations",
        responses=InvitationListShape,
        parameters=[
            OpenApiParameter("state", str, enum=Invitation.State.values),
            *paging.PARAMETERS,
        ],
    )
    def get(self, request: Request, campaign_id: int) -> Response:
        refuse_others(request.query_params, ("state", *paging.NAMES))
        rows = self.campaign(campaign_id).invitations.select_related("contact__customer")
        wanted = request.query_params.get("state")
        if wanted and wanted not in Invitation.State.values:
            known = ", ".join(Invitation.State.values)
            raise Problem(400, "unknown_state", f"state is one of {known}.")
        found, following = Paging.of(request).rows(rows.filter(state=wanted) if wanted else rows)
        return Response(
            {"next": following, "results": [InvitationShape(one).data for one in found]}
        )


class InvitationResponseView(CompanyAPIView):
    """The answer to an invitation: reading it, and recording one that was given elsewhere."""

    required_scope = "read"

    @extend_schema(operation_id="invitation_response", responses=GivenAnswerShape)
    def get(self, request: Request, invitation_id: int) -> Response:
        invitation = Invitation.objects.filter(pk=invitation_id).first()
        if invitation is None:
            raise Problem(404, "unknown_invitation", "There is no such invitation.")
        current = invitation.responses.current().first()
        if current is None:
            raise Problem(404, "not_answered", "This invitation has not been answered.")
        return Response(GivenAnswerShape(current).data)

    @extend_schema(
        operation_id="invitation_answer",
        request=AnswerPartShape,
        responses={200: GivenAnswerShape},
    )
    def post(self, request: Request, invitation_id: int) -> Response:
        values = self.checked(AnswerPartShape)
        if not isinstance(values.get("answers", {}), dict):
            words = "The answers are an object: {question: choice, [choices] or text}."
            raise serializers.ValidationError({"answers": [words]})
        part = Part(**values)
        try:
            response = record_for_invitation(
                invitation_id=invitation_id, part=part, **self.audit_actor
            )
        except UnknownTokenError:
            raise Problem(404, "unknown_invitation", "There is no such invitation.") from None
        except ExpiredTokenError as error:
            raise Problem(409, "invitation_expired", error.message) from None
        except AnswerError as error:
            raise serializers.ValidationError(
                {f"answers.{error.question}": [error.message]}
            ) from None
        except Refused as refusal:
            if refusal.code in ("not_asked", "too_many_versions"):
                raise Problem(409, refusal.code, refusal.message) from None
            raise serializers.ValidationError({"score": [refusal.message]}) from None
        return Response(GivenAnswerShape(response).data)
