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
from surveys.actions.responses import ExpiredTokenError, UnknownTokenError, record_response
from surveys.answers import ANSWER_LENGTH, AnswerError
from surveys.asked import asked_by
from surveys.forms.answers import AnswerForm, answers_in
from surveys.models import Invitation, Origin, Response
from surveys.reading import Reading
from surveys.referring import offer_context
from surveys.views import answer_pages
from surveys.views.answer_pages import Said
from tenants.context import current_company

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
        return _expired(request, invitation)
    reading = Reading.of(invitation)
    if request.method != "POST":
        return _question(request, reading, _before(request, reading, asked.said))
    form = AnswerForm(request.POST, campaign=invitation.campaign)
    if not form.is_valid():
        return _question(request, reading, _posted(request, reading, _form_errors(form, reading)))
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
        return _expired(request, invitation)
    except UnknownTokenError:
        return answer_pages.unknown_link(request)
    except AnswerError as error:
        errors = {error.question: _words_for(error, reading)}
        return _question(request, reading, _posted(request, reading, errors))
    except Refused:
        errors = {"score": reading.choose(reading.words.choose_first)}
        return _question(request, reading, _posted(request, reading, errors))
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
        return _expired(request, invitation)
    current = asked.said
    if current is None:
        return HttpResponseRedirect(reverse("surveys:answer", args=[token]))
    reading = Reading.of(invitation)
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


def _question(request: HttpRequest, reading: Reading, said: Said) -> HttpResponse:
    as_user = reading.filled(reading.words.as_user) if _user(request) else ""
    context = {**answer_pages.question_context(reading, said), "as_user": as_user}
    return _page(request, "surveys/answer.html", context, status=422 if said.errors else 200)


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
    return render(request, template, {**context, "answer_href": answer_href}, status=status)


def _answer_path(request: HttpRequest) -> str:
    return reverse("surveys:answer", args=[_token(request)])


def _token(request: HttpRequest) -> str:
    assert request.resolver_match is not None
    return str(request.resolver_match.kwargs["token"])


def _expired(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    reading = Reading.of(invitation)
    words = reading.words
    context = {"title": words.expired, "text": words.expired_text}
    shared = answer_pages.shared_context(reading)
    return _page(request, "surveys/dead_link.html", {**shared, **context}, status=410)
