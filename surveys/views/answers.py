"""The pages behind the links of a mail. Nobody signs in here: the token is the proof.

GET and HEAD change nothing, whoever fetches the links: mail scanners and previews do. A POST
records. The pages need no cookie and set none; so there is no CSRF token either, and none is
needed: a forged POST would have to know the invitation's token, and who knows it may answer.
"""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions.refusals import Refused
from accounts.models import User
from accounts.permissions import open_to_all
from surveys import tokens
from surveys.actions.responses import ExpiredTokenError, UnknownTokenError, record_response
from surveys.actions.suppressions import unsubscribe as record_unsubscribe
from surveys.forms.answers import AnswerForm
from surveys.models import Invitation, Origin, Response
from surveys.models.response import COMMENT_LENGTH
from surveys.texts import fill
from surveys.wording import ENGLISH, WORDINGS, Wording
from tenants.context import current_company

LINK_IS_PROOF = "the token in the link is the proof; no session is needed"


@csrf_exempt
@open_to_all(LINK_IS_PROOF)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The question with its scores; `?score=` preselects one. A POST records what it holds."""
    invitation = _find(token)
    if invitation is None:
        return _unknown(request)
    if invitation.is_expired:
        return _expired(request, invitation)
    form = AnswerForm(request.POST) if request.method == "POST" else None
    if form is None or not form.is_valid():
        return _question(request, invitation, form)
    try:
        response = record_response(
            token=token,
            score=form.cleaned_data["score"],
            comment=form.cleaned_data["comment"],
            seen_version=form.cleaned_data["seen"],
            origin=Origin.MAIL_LINK if "score" in request.GET else Origin.PAGE,
            by=_user(request),
        )
    except ExpiredTokenError:
        return _expired(request, invitation)
    except UnknownTokenError:
        return _unknown(request)
    except Refused:
        form.add_error("score", "missing")
        return _question(request, invitation, form)
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"version": response.pk})
    return HttpResponseRedirect(reverse("surveys:thanks", args=[token]), status=303)


@open_to_all(LINK_IS_PROOF)
@never_cache
@require_safe
def thanks(request: HttpRequest, token: str) -> HttpResponse:
    """What was answered, and the way to change it."""
    invitation = _find(token)
    if invitation is None:
        return _unknown(request)
    if invitation.is_expired:
        return _expired(request, invitation)
    current = _current(invitation)
    if current is None:
        return HttpResponseRedirect(reverse("surveys:answer", args=[token]))
    words = _words(invitation)
    context = {
        "response": current,
        "thank_you": _filled(invitation, invitation.campaign.thank_you),
        "score_words": fill(words.score_of, score=str(current.score)),
        "expires": fill(words.expires, day=_last_day(invitation)),
    }
    return _page(request, "surveys/thanks.html", invitation, context)


@csrf_exempt  # mail programs POST here for their user: RFC 8058
@open_to_all(LINK_IS_PROOF)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask before, as scanners follow links; a POST takes the address out of all surveys."""
    invitation = _find(token)
    if invitation is None:
        return _unknown(request)
    words = _words(invitation)
    is_done = request.method == "POST"
    if is_done:
        record_unsubscribe(token=token)
    text = words.unsubscribed_text if is_done else words.unsubscribe_text
    context = {
        "is_done": is_done,
        "text": _filled(invitation, text, email=invitation.contact.email),
        "button": _filled(invitation, words.unsubscribe),
    }
    return _page(request, "surveys/unsubscribe.html", invitation, context)


def _find(token: str) -> Invitation | None:
    return (
        Invitation.objects.select_related("campaign", "contact__customer")
        .filter(token_hash=tokens.hash_of(token))
        .first()
    )


def _current(invitation: Invitation) -> Response | None:
    return invitation.responses.current().first()


def _user(request: HttpRequest) -> User | None:
    """Who is signed in at this company, if anybody: read from the session's cookie if there."""
    return request.user if isinstance(request.user, User) else None


def _words(invitation: Invitation) -> Wording:
    return WORDINGS[invitation.campaign.language]


def _filled(invitation: Invitation, text: str, **more: str) -> str:
    return fill(
        text,
        company=current_company().name,
        contact=invitation.contact.name,
        customer=invitation.contact.customer.name,
        **more,
    )


def _question(
    request: HttpRequest, invitation: Invitation, form: AnswerForm | None
) -> HttpResponse:
    current = _current(invitation)
    words = _words(invitation)
    comment = form.data.get("comment", "") if form else current.comment if current else ""
    context = {
        "question": _filled(invitation, invitation.campaign.question),
        "follow_up": _filled(invitation, invitation.campaign.follow_up) or words.comment,
        "value": _preselected(request, form, current),
        "comment": comment,
        "seen": current.pk if current else "",
        "score_errors": [words.choose_first] if form and "score" in form.errors else [],
        "comment_error": _too_long(words) if form and "comment" in form.errors else "",
        "comment_length": COMMENT_LENGTH,
        "as_user": _filled(invitation, words.as_user) if _user(request) else "",
    }
    status = 422 if form else 200
    return _page(request, "surveys/answer.html", invitation, context, status=status)


def _too_long(words: Wording) -> str:
    return fill(words.too_long, limit=str(COMMENT_LENGTH))


def _preselected(
    request: HttpRequest, form: AnswerForm | None, current: Response | None
) -> int | None:
    """What was just sent, else the link's score, else the one answered before."""
    wanted = form.data.get("score") if form else request.GET.get("score")
    if wanted and re.fullmatch(r"[0-9]|10", wanted):
        return int(wanted)
    return current.score if current else None


def _last_day(invitation: Invitation) -> str:
    assert invitation.expires_at is not None
    with translation.override(invitation.campaign.language):
        zone = ZoneInfo(current_company().timezone)
        return date_format(timezone.localtime(invitation.expires_at, zone), "DATE_FORMAT")


def _page(
    request: HttpRequest,
    template: str,
    invitation: Invitation,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    words = _words(invitation)
    shared = {
        "brand_name": current_company().name,
        "language": invitation.campaign.language,
        "direction": words.direction,
        "words": words,
        "answer_href": request.path if template.endswith("answer.html") else _answer_path(request),
    }
    return render(request, template, {**shared, **context}, status=status)


def _answer_path(request: HttpRequest) -> str:
    assert request.resolver_match is not None
    return reverse("surveys:answer", args=[request.resolver_match.kwargs["token"]])


def _expired(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    words = _words(invitation)
    context = {"title": words.expired, "text": words.expired_text}
    return _page(request, "surveys/dead_link.html", invitation, context, status=410)


def _unknown(request: HttpRequest) -> HttpResponse:
    """Whose link it is cannot be known, so neither can the language."""
    context = {
        "brand_name": current_company().name,
        "language": "en",
        "direction": ENGLISH.direction,
        "title": ENGLISH.unknown,
        "text": ENGLISH.unknown_text,
    }
    return render(request, "surveys/dead_link.html", context, status=404)
