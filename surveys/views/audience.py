"""Who a campaign goes to."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.refusals import Refused
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from customers.models import Contact
from surveys import audience
from surveys.actions import campaigns
from surveys.forms.audience import AudienceForm
from surveys.models import Campaign
from surveys.views.steps import steps


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_audience(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Who it goes to: choose, see the count and who is left out, choose again. The picker's
    buttons post the whole page and show it again, not saved."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if not campaign.is_editable:
        return redirect(campaign)
    choice = audience.Choice.of(campaign)
    form = AudienceForm(
        request.POST if request.method == "POST" else None,
        choice=choice,
        sample_percent=campaign.sample_percent,
    )
    if request.method == "POST" and form.is_valid() and not form.is_picking:
        try:
            campaigns.choose_contacts(
                campaign=campaign,
                choice=form.choice(),
                sample_percent=form.cleaned_data["sample_percent"],
                by=user_of(request),
            )
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect(campaign)
        following = "timing" if request.POST.get("then") == "next" else "audience"
        return redirect(f"surveys:campaign_{following}", campaign.pk)
    context = {
        "campaign": campaign,
        "form": form,
        "plan": audience.plan_of(campaign),
        "has_contacts": Contact.objects.exists(),
        "steps": steps(),
        "step": 2,
    }
    status = 422 if form.errors and not form.is_picking else 200
    return render(request, "surveys/campaign_audience.html", context, status=status)


@requires(Permission.WORK)
@require_POST
def campaign_picker(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The picker alone, as the page that is posted would show it; saves nothing."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    form = AudienceForm(request.POST, choice=audience.Choice.of(campaign))
    form.full_clean()
    return render(request, "surveys/_picker.html", {"campaign": campaign, "form": form})
