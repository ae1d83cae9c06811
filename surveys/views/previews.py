"""What a contact would see of a campaign. Nothing here records anything."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission, requires
from surveys.emails import preview_mail, somebody_reading
from surveys.forms.answers import answers_in
from surveys.models import Campaign
from surveys.reading import Reading
from surveys.views import answer_pages
from surveys.views.answer_pages import Said
from tenants import mail

NOTE = gettext_noop("This is a preview of what a contact sees. Nothing you enter is recorded.")
# Our mails have no pictures; their links lead to the preview of the page.
MAIL_POLICY = {**mail.MAIL_POLICY, "img-src": ["'none'"]}


@requires(Permission.VIEW)
@require_safe
@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]  # typed for views without arguments
def campaign_mail(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The HTML part of the mail in `?language=`, for the frame of the preview."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    return HttpResponse(mail_of(campaign, request.GET.get("language", "")))


@csrf_exempt  # it records nothing, and its form is the contact's, which has no token
@requires(Permission.VIEW)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": ["'self'"]})  # type: ignore[arg-type]  # as above
def campaign_answer_preview(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The answer page in `?language=` with `?score=` preselected; after a POST, the thanks."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    reading = somebody_reading(campaign, request.GET.get("language", ""))
    if request.method != "POST":
        return question_page(request, reading, request.GET.get("score"))
    score = answer_pages.score_in(request.POST.get("score"), reading)
    if score is None:
        return question_page(request, reading, None)
    said = Said(score, request.POST.get("comment", ""), answers_in(request.POST, reading.content))
    return thanks_page(
        request,
        reading,
        said,
        is_asking_more=request.POST.get("level") != campaign.level_of(score),
    )


def mail_of(campaign: Campaign, language: str) -> str:
    """The HTML part as somebody made up would get it."""
    return str(preview_mail(campaign, language).alternatives[0][0])


def question_page(request: HttpRequest, reading: Reading, score: str | None) -> HttpResponse:
    said = Said(answer_pages.score_in(score, reading))
    return _page(request, "surveys/answer.html", answer_pages.question_context(reading, said))


def thanks_page(
    request: HttpRequest, reading: Reading, said: Said, *, is_asking_more: bool = False
) -> HttpResponse:
    context = answer_pages.thanks_context(reading, said, is_asking_more=is_asking_more)
    return _page(request, "surveys/thanks.html", context)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    shown = {**context, "preview_note": _(NOTE), "answer_href": request.get_full_path()}
    return render(request, template, shown)
