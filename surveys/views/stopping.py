"""Ending a campaign and deleting a draft: each asks first, on a page of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actions.refusals import Refused
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from surveys.actions import campaigns, running
from surveys.models import Campaign, Reminder

State = Campaign.State


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_end(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """What ending it means, and the button; a POST ends it: nobody is asked any more."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if request.method == "POST":
        try:
            running.end_campaign(campaign=campaign, by=user_of(request))
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("“{name}” has ended.").format(name=campaign.name))
        return redirect(campaign)
    if campaign.state not in (State.RUNNING, State.PAUSED):
        return redirect(campaign)
    waiting = campaign.invitations.filter(state="queued").count()
    reminders = Reminder.objects.filter(invitation__campaign=campaign, state="queued").count()
    context = {"waiting": waiting, "reminders": reminders, "button": _("End it")}
    return _asked(request, campaign, _("End this campaign?"), "surveys/_end.html", context)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_delete(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Drafts only: what is lost, and the button; a POST deletes it."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if request.method == "POST":
        try:
            campaigns.delete_draft(campaign=campaign, by=user_of(request))
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect(campaign)
        messages.success(request, _("“{name}” is deleted.").format(name=campaign.name))
        return redirect("surveys:campaign_list")
    if not campaign.is_editable:
        return redirect(campaign)
    context = {"button": _("Delete it")}
    return _asked(request, campaign, _("Delete this draft?"), "surveys/_delete.html", context)


def _asked(
    request: HttpRequest, campaign: Campaign, title: str, words: str, context: dict[str, Any]
) -> HttpResponse:
    """The page that asks; `words`: the template that says what would happen."""
    crumbs = [
        {"label": _("Surveys"), "href": reverse("surveys:campaign_list")},
        {"label": campaign.name, "href": campaign.get_absolute_url()},
        {"label": title},
    ]
    shared = {"campaign": campaign, "title": title, "words": words, "breadcrumbs": crumbs}
    return render(request, "surveys/campaign_confirm.html", {**shared, **context})
