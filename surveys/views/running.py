"""Pausing a campaign and going on."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.actions.refusals import Refused
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from surveys.actions import campaigns
from surveys.models import Campaign


@requires(Permission.WORK)
@require_POST
def campaign_pause(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    return _done(
        request, campaign, lambda: campaigns.pause_campaign(campaign=campaign, by=user_of(request))
    )


@requires(Permission.WORK)
@require_POST
def campaign_resume(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    return _done(
        request, campaign, lambda: campaigns.resume_campaign(campaign=campaign, by=user_of(request))
    )


def _done(request: HttpRequest, campaign: Campaign, action: Callable[[], object]) -> HttpResponse:
    """Do it, or say why not, and go back to the campaign."""
    try:
        action()
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(campaign)
