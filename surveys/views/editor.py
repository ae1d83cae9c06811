"""The editor of what a campaign measures and says, and its previews of what is not saved yet."""

from __future__ import annotations

from collections.abc import Sequence

from csp.decorators import csp_replace
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.refusals import Refused
from accounts.permissions import Permission, requires
from accounts.views.requests import user_of
from surveys.actions.content import change_draft, draft_campaign, send_test
from surveys.content import Content, ContentError
from surveys.default_content import of_another_kind
from surveys.emails import somebody_reading
from surveys.forms.content import (
    CampaignForm,
    NewCampaignForm,
    after,
    content_in,
    problems_in,
)
from surveys.models import Campaign
from surveys.scales import Level, scores_of
from surveys.views.answer_pages import Said
from surveys.views.editor_page import editor_context
from surveys.views.previews import MAIL_POLICY, mail_of, question_page, thanks_page
from surveys.views.steps import steps


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_new(request: HttpRequest) -> HttpResponse:
    """Name, kind, scale and first language; the draft then begins with the portal's words."""
    form = NewCampaignForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        campaign = draft_campaign(**form.values(), by=user_of(request))
        return redirect("surveys:campaign_edit", campaign.pk)
    context = {"form": form, "steps": steps()}
    status = 422 if form.errors else 200
    return render(request, "surveys/campaign_new.html", context, status=status)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_edit(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Everything a draft says. Each button posts the whole page; those that add or take away a
    part show it again with the change, not saved."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if not campaign.is_editable:
        return redirect(campaign)
    saved = Content.of(campaign)
    if request.method != "POST":
        return _page(request, campaign, CampaignForm.of(campaign), saved)
    form = CampaignForm(request.POST)
    content = content_in(request.POST, saved)
    do = request.POST.get("do", "save")
    kind = str(form.values()["kind"]) if form.is_valid() else campaign.kind
    changed = after(content, do, request.POST, kind)
    if changed is not None:
        return _page(request, campaign, form, changed, is_unsaved=True)
    problems = list(problems_in(request.POST, content))
    if problems or not form.is_valid():
        return _page(request, campaign, form, content, problems)
    try:
        change_draft(campaign=campaign, content=content, by=user_of(request), **form.values())
        return _following(request, campaign, do)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("surveys:campaign_edit", campaign.pk)


@requires(Permission.WORK)
@require_POST
@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]  # it is typed for views without arguments
def campaign_look_mail(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The mail as the editor's page would have it, for the frame beside it; saves nothing."""
    campaign = _as_posted(request, campaign_id)
    return HttpResponse(mail_of(campaign, request.POST.get("look_language", "")))


@requires(Permission.WORK)
@require_POST
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": ["'self'"]})  # type: ignore[arg-type]  # as above
def campaign_look_page(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The answer page for a score of `look_level`, or the thanks (`?thanks`); saves nothing."""
    campaign = _as_posted(request, campaign_id)
    reading = somebody_reading(campaign, request.POST.get("look_language", ""))
    score = _score_of_level(campaign, request.POST.get("look_level", ""))
    if "thanks" in request.GET:
        return thanks_page(request, reading, Said(score or campaign.highest_score))
    return question_page(request, reading, None if score is None else str(score))


def _following(request: HttpRequest, campaign: Campaign, do: str) -> HttpResponse:
    """Where a button of a page that was saved leads."""
    if do == "next":
        return redirect("surveys:campaign_audience", campaign.pk)
    language = request.POST.get("look_language", "")
    if do == "test":
        user = user_of(request)
        campaign.refresh_from_db()
        send_test(campaign=campaign, language=language, by=user)
        messages.success(
            request, _("Saved, and a test is on its way to {email}.").format(email=user.email)
        )
    else:
        messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("surveys:campaign_edit", args=[campaign.pk]))


def _as_posted(request: HttpRequest, campaign_id: int) -> Campaign:
    """The campaign with what was posted in it; never to be saved."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    content = content_in(request.POST, Content.of(campaign))
    before = campaign.kind
    _set_kind(campaign, CampaignForm(request.POST))
    for name, value in of_another_kind(content, before, campaign.kind).as_columns().items():
        setattr(campaign, name, value)
    return campaign


def _set_kind(campaign: Campaign, form: CampaignForm) -> None:
    """The form's kind and scale into the instance, which is not saved."""
    if form.is_bound and form.is_valid():
        values = form.values()
        campaign.kind = values["kind"]
        campaign.lowest_score, campaign.highest_score = values["scale"]


def _score_of_level(campaign: Campaign, level: str) -> int | None:
    if level not in list(Level):
        return None
    scores = scores_of(campaign.kind, campaign.lowest_score, campaign.highest_score, Level(level))
    return scores[-1]


def _page(
    request: HttpRequest,
    campaign: Campaign,
    form: CampaignForm,
    content: Content,
    problems: Sequence[ContentError] = (),
    *,
    is_unsaved: bool = False,
) -> HttpResponse:
    _set_kind(campaign, form)
    context = {
        "campaign": campaign,
        "form": form,
        "steps": steps(),
        "is_unsaved": is_unsaved,
        "language": request.POST.get("look_language", content.language),
        "look_level": request.POST.get("look_level", ""),
        "device": request.POST.get("look_device", "phone"),
        **editor_context(campaign, content, problems),
    }
    status = 422 if problems or form.errors else 200
    return render(request, "surveys/campaign_edit.html", context, status=status)
