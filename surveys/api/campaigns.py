"""/api/v1/campaigns/."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import paging
from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.api.paging import Paging
from surveys.actions.campaigns import (
    delete_draft,
    pause_campaign,
    resume_campaign,
    start_campaign,
)
from surveys.actions.content import change_draft, draft_campaign
from surveys.api.campaign_shapes import (
    CampaignBodyShape,
    CampaignListShape,
    CampaignPreviewShape,
    CampaignResumeShape,
    CampaignShape,
    CampaignStartShape,
    campaign_json,
    members_of,
)
from surveys.api.refusing import refusals
from surveys.emails import preview_mail, somebody_reading
from surveys.models import Campaign, Kind


class OneCampaignView(CompanyAPIView):
    """What the views of one campaign have in common."""

    required_scope = "read"

    def campaign(self, campaign_id: int) -> Campaign:
        found = Campaign.objects.filter(pk=campaign_id).first()
        if found is None:
            raise Problem(404, "unknown_campaign", "There is no such campaign.")
        return found


class CampaignsView(CompanyAPIView):
    """The company's campaigns, oldest first, and new ones."""

    required_scope = "read"

    @extend_schema(
        operation_id="campaigns",
        responses=CampaignListShape,
        parameters=[
            OpenApiParameter("state", str, enum=Campaign.State.values),
            OpenApiParameter("kind", str, enum=Kind.values),
            *paging.PARAMETERS,
        ],
    )
    def get(self, request: Request) -> Response:
        rows = Campaign.objects.all()
        for name, known in (("state", Campaign.State.values), ("kind", Kind.values)):
            wanted = request.query_params.get(name)
            if wanted and wanted not in known:
                raise Problem(400, f"unknown_{name}", f"{name} is one of {', '.join(known)}.")
            if wanted:
                rows = rows.filter(**{name: wanted})
        found, following = Paging.of(request).rows(rows)
        return Response({"next": following, "results": [campaign_json(one) for one in found]})

    @extend_schema(
        operation_id="campaign_draft", request=CampaignBodyShape, responses={201: CampaignShape}
    )
    def post(self, request: Request) -> Response:
        values = members_of(self.checked(CampaignBodyShape))
        with refusals():
            campaign = draft_campaign(**values, **self.audit_actor)
        return Response(campaign_json(campaign), status=201)


class CampaignView(OneCampaignView):
    """One campaign: reading it, changing a draft, deleting a draft."""

    @extend_schema(operation_id="campaign", responses=CampaignShape)
    def get(self, request: Request, campaign_id: int) -> Response:
        return Response(campaign_json(self.campaign(campaign_id)))

    @extend_schema(
        operation_id="campaign_change",
        request=CampaignBodyShape(partial=True),
        responses=CampaignShape,
    )
    def patch(self, request: Request, campaign_id: int) -> Response:
        campaign = self.campaign(campaign_id)
        values = members_of(self.checked(CampaignBodyShape, partial=True))
        with refusals():
            changed = change_draft(campaign=campaign, **values, **self.audit_actor)
        return Response(campaign_json(changed))

    @extend_schema(operation_id="campaign_delete", responses={204: None})
    def delete(self, request: Request, campaign_id: int) -> Response:
        campaign = self.campaign(campaign_id)
        with refusals():
            delete_draft(campaign=campaign, **self.audit_actor)
        return Response(status=204)


class CampaignStartView(OneCampaignView):
    """Starts the sending."""

    @extend_schema(
        operation_id="campaign_start", request=CampaignStartShape, responses=CampaignShape
    )
    def post(self, request: Request, campaign_id: int) -> Response:
        campaign = self.campaign(campaign_id)
        values = self.checked(CampaignStartShape)
        with refusals():
            started = start_campaign(campaign=campaign, **values, **self.audit_actor)
        return Response(campaign_json(started))


class CampaignPauseView(OneCampaignView):
    """Holds the sending up."""

    does: Callable[..., Campaign] = staticmethod(pause_campaign)

    @extend_schema(operation_id="campaign_pause", request=None, responses=CampaignShape)
    def post(self, request: Request, campaign_id: int) -> Response:
        return self.done(campaign_id)

    def done(self, campaign_id: int) -> Response:
        campaign = self.campaign(campaign_id)
        with refusals():
            changed: Any = self.does(campaign=campaign, **self.audit_actor)
        return Response(campaign_json(changed))


class CampaignResumeView(CampaignPauseView):
    """Goes on sending."""

    @extend_schema(
        operation_id="campaign_resume", request=CampaignResumeShape, responses=CampaignShape
    )
    def post(self, request: Request, campaign_id: int) -> Response:
        campaign = self.campaign(campaign_id)
        values = self.checked(CampaignResumeShape)
        with refusals():
            changed = resume_campaign(campaign=campaign, **values, **self.audit_actor)
        return Response(campaign_json(changed))


class CampaignPreviewView(OneCampaignView):
    """The mail, with both its parts."""

    @extend_schema(
        operation_id="campaign_preview",
        responses=CampaignPreviewShape,
        parameters=[OpenApiParameter("language", str, description="A tag; none: the first.")],
    )
    def get(self, request: Request, campaign_id: int) -> Response:
        campaign = self.campaign(campaign_id)
        wanted = request.query_params.get("language", "")
        mail = preview_mail(campaign, wanted)
        reading = somebody_reading(campaign, wanted)
        return Response(
            {
                "language": reading.language,
                "direction": reading.words.direction,
                "sender": mail.from_email,
                "subject": mail.subject,
                "text": mail.body,
                "html": mail.alternatives[0][0],
            }
        )
