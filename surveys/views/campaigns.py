"""Preparing and sending campaigns."""

from __future__ import annotations

import re
from collections.abc import Callable

from csp.decorators import csp_replace
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.refusals import Refused
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from customers.models import Contact
from surveys import audience, results
from surveys.actions import campaigns
from surveys.emails import preview_mail
from surveys.forms import AudienceForm, CampaignForm
from surveys.models import Campaign
from surveys.views.paging import summary_of

PAGE = 50
STEPS = ["Question", "Contacts", "Preview and send"]


@requires(Permission.VIEW)
@require_safe
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Newest first, each with what came of it."""
    page = Paginator(Campaign.objects.newest_first(), PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    figures = results.figures_of(shown)
    context = {
        "page": page,
        "page_summary": summary_of(page),
        "rows": [(campaign, *figures[campaign.pk]) for campaign in shown],
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


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_audience(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Who it goes to: choose, see the count and who is left out, choose again."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if not campaign.is_editable:
        return redirect(campaign)
    choice = audience.Choice.of(campaign)
    form = AudienceForm(request.POST if request.method == "POST" else None, choice=choice)
    if request.method == "POST" and form.is_valid():
        try:
            campaigns.choose_contacts(campaign=campaign, choice=form.choice(), by=user_of(request))
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect(campaign)
        following = "send" if request.POST.get("then") == "send" else "audience"
        return redirect(f"surveys:campaign_{following}", campaign.pk)
    context = {
        "campaign": campaign,
        "form": form,
        "plan": audience.plan(choice),
        "has_contacts": Contact.objects.exists(),
        "steps": STEPS,
    }
    status = 422 if form.errors else 200
    return render(request, "surveys/campaign_audience.html", context, status=status)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_send(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The mail as it will look, how many get it, and the button that sends it."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if not campaign.is_editable:
        return redirect(campaign)
    if request.method == "POST":
        expected = request.POST.get("count", "")
        try:
            campaigns.start_campaign(
                campaign=campaign,
                by=user_of(request),
                expected_count=int(expected) if re.fullmatch(r"[0-9]{1,9}", expected) else None,
            )
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect("surveys:campaign_send", campaign.pk)
        messages.success(request, "The mails are on their way.")
        return redirect(campaign)
    mail = preview_mail(campaign)
    context = {
        "campaign": campaign,
        "plan": audience.plan(audience.Choice.of(campaign)),
        "mail": mail,
        "steps": STEPS,
    }
    return render(request, "surveys/campaign_send.html", context)


@requires(Permission.VIEW)
@require_safe
@xframe_options_sameorigin
@csp_replace(  # type: ignore[arg-type]  # it is typed for views without arguments
    {
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],  # a mail's own styles, in a frame without scripts
        "img-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'self'"],
        "script-src": ["'none'"],
        "connect-src": ["'none'"],
        "frame-src": ["'none'"],
    }
)
def campaign_mail(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The HTML part of the mail, for the frame of the preview."""
    mail = preview_mail(get_object_or_404(Campaign, pk=campaign_id))
    return HttpResponse(mail.alternatives[0][0])


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


@requires(Permission.WORK)
@require_POST
def campaign_delete(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Drafts only."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    try:
        campaigns.delete_draft(campaign=campaign, by=user_of(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(campaign)
    messages.success(request, f"“{campaign.name}” is deleted.")
    return redirect("surveys:campaign_list")


def _done(request: HttpRequest, campaign: Campaign, action: Callable[[], object]) -> HttpResponse:
    """Do it, or say why not, and go back to the campaign."""
    try:
        action()
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(campaign)


def _edit_page(
    request: HttpRequest, form: CampaignForm, campaign: Campaign | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "campaign": campaign, "steps": STEPS}
    return render(request, "surveys/campaign_edit.html", context, status=status)
