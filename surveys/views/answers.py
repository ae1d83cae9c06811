"""The pages behind the links of a mail. Nobody signs in here: the token is the proof.

GET and HEAD change nothing, whoever fetches the links: mail scanners and previews do. A POST
records. The pages need no cookie and set none; so there is no CSRF token either, and none is
needed: a forged POST would have to know the invitation's token, and who knows it may answer.
"""

from __future__ import annotations

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
from surveys.actions.responses import (
    ExpiredTokenError,
    TooManyVersionsError,
    UnknownTokenError,
    record_response,
)
from surveys.answers import ANSWER_LENGTH, AnswerError
from surveys.asked import Asked, asked_by
from surveys.forms.answers import AnswerForm, answers_in
from surveys.models import Invitation, Origin, Response
from surveys.reading import Reading
from surveys.referring import offer_context
from surveys.views import answer_pages
from surveys.views.answer_moulds import question_page
from surveys.views.answer_pages import Said
from tenants.context import current_company
from tenants.limits import HOUR, Limit

# Far more than a change of mind needs.
PER_LINK = Limit("answer-link", 60, HOUR)
LINK_IS_PROOF = "the token in the link is the proof; no session is needed"


@csrf_exempt
@open_to_all(LINK_IS_PROOF)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The question with its scores; `?score=` preselects one. A POST records what it holds."""
    asked = asked_by(token)
    if asked is None:
        return answer_pages.unknown_link(request)
    invitation = asked.invitation
    if invitation.is_expired:
        return _expired(request, asked)
    reading = Reading.of(invitation, asked.content)
    if request.method == "POST":
        return _answered(request, token, asked, reading)
    said = _before(request, reading, asked.said)
    if asked.said is None and _user(request) is None:
        page = question_page(reading, asked.texts, said.score)
        return answer_pages.in_language(HttpResponse(page), reading.language)
    return _question(request, reading, said)


def _answered(request: HttpRequest, token: str, asked: Asked, reading: Reading) -> HttpResponse:
    """Record what was posted; the way on, or what does not fit."""
    if not PER_LINK.allows(f"{current_company().pk}:{asked.invitation.pk}"):
        return _too_often(request, reading)
    form = AnswerForm(request.POST, campaign=asked.invitation.campaign)
    if not form.is_valid():
        return _unfit(request, reading, _form_errors(form, reading))
    try:
        response = record_response(
            token=token,
            score=form.cleaned_data["score"],
            comment=form.cleaned_data["comment"],
            answers=answers_in(request.POST, reading.content),
            seen_version=form.cleaned_data["seen"],
            origin=Origin.MAIL_LINK if "score" in request.GET else Origin.PAGE,
            by=_user(request),
        )
    except ExpiredTokenError:
        return _expired(request, asked)
    except UnknownTokenError:
        return answer_pages.unknown_link(request)
    except TooManyVersionsError:
        return _too_often(request, reading)
    except AnswerError as error:
        return _unfit(request, reading, {error.question: _words_for(error, reading)})
    except Refused:
        return _unfit(request, reading, {"score": reading.choose(reading.words.choose_first)})
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"version": response.pk})
    return HttpResponseRedirect(_thanks_address(request, reading, response), status=303)


@open_to_all(LINK_IS_PROOF)
@never_cache
@require_safe
def thanks(request: HttpRequest, token: str) -> HttpResponse:
    """What was answered, what is asked after it (`?more`), and the way to change it."""
    asked = asked_by(token)
    if asked is None:
        return answer_pages.unknown_link(request)
    invitation = asked.invitation
    if invitation.is_expired:
        return _expired(request, asked)
    current = asked.said
    if current is None:
        return HttpResponseRedirect(reverse("surveys:answer", args=[token]))
    reading = Reading.of(invitation, asked.content)
    context = answer_pages.thanks_context(
        reading, _said(current), is_asking_more="more" in request.GET
    )
    expires = reading.filled(reading.words.expires, day=_last_day(invitation, reading.language))
    offered = offer_context(invitation, current, reading)
    return _page(request, "surveys/thanks.html", {**context, **offered, "expires": expires})


def _user(request: HttpRequest) -> User | None:
    """Who is signed in at this company, if anybody: read from the session's cookie if there."""
    return request.user if isinstance(request.user, User) else None


def _said(current: Response) -> Said:
    return Said(current.score, current.comment, current.answers, current.pk)


def _before(request: HttpRequest, reading: Reading, current: Response | None) -> Said:
    """What was answered, under the score of the link that was followed."""
    said = _said(current) if current else Said()
    wanted = answer_pages.score_in(request.GET.get("score"), reading)
    return said if wanted is None else Said(wanted, said.comment, said.answers, said.seen)


def _posted(request: HttpRequest, reading: Reading, errors: dict[str, str]) -> Said:
    """What did not fit, as it was posted."""
    data = request.POST
    seen = data.get("seen", "")
    return Said(
        score=answer_pages.score_in(data.get("score"), reading),
        comment=data.get("comment", ""),
        answers=answers_in(data, reading.content),
        seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else None,
        errors=errors,
    )


def _unfit(request: HttpRequest, reading: Reading, errors: dict[str, str]) -> HttpResponse:
    return _question(request, reading, _posted(request, reading, errors), status=422)


def _too_often(request: HttpRequest, reading: Reading) -> HttpResponse:
    """What was posted is shown as it is, and not kept; the answer of before stays."""
    said = _posted(request, reading, {"score": reading.words.too_often})
    return _question(request, reading, said, status=429)


def _form_errors(form: AnswerForm, reading: Reading) -> dict[str, str]:
    errors = {}
    if "score" in form.errors:
        errors["score"] = reading.choose(reading.words.choose_first)
    if "comment" in form.errors:
        errors["comment"] = answer_pages.too_long(reading)
    return errors


def _words_for(error: AnswerError, reading: Reading) -> str:
    if error.code == "answer_too_long":
        return answer_pages.too_long(reading, ANSWER_LENGTH)
    return reading.words.answer_wrong


def _question(
    request: HttpRequest, reading: Reading, said: Said, *, status: int = 200
) -> HttpResponse:
    as_user = reading.filled(reading.words.as_user) if _user(request) else ""
    context = {**answer_pages.question_context(reading, said), "as_user": as_user}
    return _page(request, "surveys/answer.html", context, status=status)


def _thanks_address(request: HttpRequest, reading: Reading, response: Response) -> str:
    """With what is asked after a score of this level, unless the page that was sent asked it."""
    level = reading.campaign.level_of(response.score)
    unanswered = {one.key for one in reading.content.asked_of(level)} - set(response.answers)
    is_more = request.POST.get("level") != level and (unanswered or not response.comment)
    address = reverse("surveys:thanks", args=[_token(request)])
    return f"{address}?more" if is_more else address


def _last_day(invitation: Invitation, language: str) -> str:
    assert invitation.expires_at is not None
    with translation.override(language):
        zone = ZoneInfo(current_company().timezone)
        return date_format(timezone.localtime(invitation.expires_at, zone), "DATE_FORMAT")


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    is_question = template.endswith("answer.html")
    answer_href = request.path if is_question else _answer_path(request)
    shown = {**context, "answer_href": answer_href}
    response = render(request, template, shown, status=status)
    return answer_pages.in_language(response, context["language"])


def _answer_path(request: HttpRequest) -> str:
    return reverse("surveys:answer", args=[_token(request)])


def _token(request: HttpRequest) -> str:
    assert request.resolver_match is not None
    return str(request.resolver_match.kwargs["token"])


def _expired(request: HttpRequest, asked: Asked) -> HttpResponse:
    reading = Reading.of(asked.invitation, asked.content)
    words = reading.words
    context = {"title": words.expired, "text": words.expired_text}
    shared = answer_pages.shared_context(reading)
    return _page(request, "surveys/dead_link.html", {**shared, **context}, status=410)
