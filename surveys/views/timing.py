"""When a campaign asks, and starting it."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.refusals import Refused
from accounts.permissions import Permission, requires
from accounts.views.requests import company_of, user_of
from surveys import audience, timing
from surveys.actions import campaigns, running
from surveys.emails import preview_mail
from surveys.forms.timing import TimingForm
from surveys.models import Campaign, Timing
from surveys.senders import readable
from surveys.views.steps import steps


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_timing(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Once, again and again or on an event; in which hours, over how many days, reminders."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if not campaign.is_editable:
        return redirect(campaign)
    form = TimingForm(request.POST if request.method == "POST" else None, campaign=campaign)
    if request.method == "POST" and form.is_valid():
        try:
            running.set_timing(campaign=campaign, by=user_of(request), **form.cleaned_data)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect(campaign)
        return redirect("surveys:campaign_send", campaign.pk)
    context = {
        "campaign": campaign,
        "form": form,
        "zone": company_of(request).timezone,
        "steps": steps(),
        "step": 3,
    }
    status = 422 if form.errors else 200
    return render(request, "surveys/campaign_timing.html", context, status=status)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_send(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The mail as it will look, how many get it, and the button that starts or schedules it."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if not campaign.is_editable:
        return redirect(campaign)
    if request.method == "POST":
        return _start(request, campaign)
    mail = preview_mail(campaign)
    context = {
        "campaign": campaign,
        "plan": audience.plan_of(campaign),
        "when": timing.in_words(campaign),
        "is_on_events": campaign.timing == Timing.EVENT,
        "is_once": campaign.timing == Timing.ONCE,
        "mail": mail,
        "sender": readable(mail.from_email),
        "steps": steps(),
        "step": 4,
    }
    return render(request, "surveys/campaign_send.html", context)


def _start(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    expected = request.POST.get("count", "")
    by = user_of(request)
    try:
        if request.POST.get("then") == "schedule":
            campaign = running.schedule_campaign(campaign=campaign, by=by)
            messages.success(request, _("It starts by itself. Until then you can change it."))
            return redirect(campaign)
        campaign = campaigns.start_campaign(
            campaign=campaign,
            by=by,
            expected_count=int(expected) if re.fullmatch(r"[0-9]{1,9}", expected) else None,
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("surveys:campaign_send", campaign.pk)
    is_waiting = campaign.timing == Timing.EVENT
    words = (
        _("It has started: a contact is asked when it happens.")
        if is_waiting
        else _("The mails are on their way.")
    )
    messages.success(request, words)
    return redirect(campaign)


@requires(Permission.WORK)
@require_POST
def campaign_unschedule(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    return _done(
        request,
        campaign,
        lambda: running.unschedule_campaign(campaign=campaign, by=user_of(request)),
    )


@requires(Permission.WORK)
@require_POST
def campaign_skip(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Goes on without what is long past."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    return _done(
        request,
        campaign,
        lambda: campaigns.resume_campaign(campaign=campaign, is_skipping=True, by=user_of(request)),
    )


def _done(request: HttpRequest, campaign: Campaign, action: Callable[[], object]) -> HttpResponse:
    """Do it, or say why not, and go back to the campaign."""
    try:
        action()
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(campaign)
