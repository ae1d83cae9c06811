"""Included below /api/v1/, in the namespace `api`."""

from __future__ import annotations

from django.urls import path

from surveys.api import campaigns, invitations

urlpatterns = [
    path("campaigns/", campaigns.CampaignsView.as_view(), name="campaigns"),
    path("campaigns/<int:campaign_id>/", campaigns.CampaignView.as_view(), name="campaign"),
    path(
        "campaigns/<int:campaign_id>/start/",
        campaigns.CampaignStartView.as_view(),
        name="campaign_start",
    ),
    path(
        "campaigns/<int:campaign_id>/pause/",
        campaigns.CampaignPauseView.as_view(),
        name="campaign_pause",
    ),
    path(
        "campaigns/<int:campaign_id>/resume/",
        campaigns.CampaignResumeView.as_view(),
        name="campaign_resume",
    ),
    path(
        "campaigns/<int:campaign_id>/preview/",
        campaigns.CampaignPreviewView.as_view(),
        name="campaign_preview",
    ),
    path(
        "campaigns/<int:campaign_id>/invitations/",
        invitations.InvitationsView.as_view(),
        name="campaign_invitations",
    ),
    path(
        "invitations/<int:invitation_id>/response/",
        invitations.InvitationResponseView.as_view(),
        name="invitation_response",
    ),
]
