"""The campaigns, and what one says."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions.refusals import Refused
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from customers.models import Contact
from surveys import results
from surveys.actions import campaigns
from surveys.forms.content import CampaignForm
from surveys.models import Campaign
from surveys.views.paging import summary_of
from surveys.views.steps import STEPS

PAGE = 50


@requires(Permission.VIEW)
@require_safe
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Newest first, each with what came of it."""
    page = Paginator(Campaign.objects.newest_first(), PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    figures, asked = results.figures_of(shown), results.asked_by(shown)
    context = {
        "page": page,
        "page_summary": summary_of(page),
        "rows": [(one, figures[one.pk], asked.get(one.pk, 0)) for one in shown],
        "has_contacts": Contact.objects.exists(),
    }
    return render(request, "surveys/campaign_list.html", context)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_new(request: HttpRequest) -> HttpResponse:
    """The texts of a new campaign."""
    if request.method != "POST":
        form = CampaignForm(initial=CampaignForm.texts_in())
        return _edit_page(request, form)
    form = CampaignForm(request.POST)
    if not form.is_valid():
        return _edit_page(request, form, status=422)
    campaign = campaigns.create_campaign(**form.cleaned_data, by=user_of(request))
    return redirect("surveys:campaign_audience", campaign.pk)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_edit(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The texts of a draft."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if not campaign.is_editable:
        return redirect(campaign)
    if request.method != "POST":
        return _edit_page(request, CampaignForm(instance=campaign), campaign)
    # Without the instance: the form would write into it before the action has looked.
    form = CampaignForm(request.POST)
    if not form.is_valid():
        return _edit_page(request, form, campaign, status=422)
    try:
        campaigns.edit_campaign(campaign=campaign, by=user_of(request), **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(campaign)
    return redirect("surveys:campaign_audience", campaign.pk)


def _edit_page(
    request: HttpRequest, form: CampaignForm, campaign: Campaign | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "campaign": campaign, "steps": STEPS}
    return render(request, "surveys/campaign_edit.html", context, status=status)
