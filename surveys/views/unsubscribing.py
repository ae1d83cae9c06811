"""The page behind a mail's way out, and back in. Like the answer page it needs no cookie."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.permissions import open_to_all
from surveys import suppressions, tokens
from surveys.actions.suppressions import subscribe_again
from surveys.actions.suppressions import unsubscribe as record_unsubscribe
from surveys.link_words import LINK_WORDS
from surveys.models import Invitation, Suppression
from surveys.reading import Reading
from surveys.views import answer_pages

AGAIN = "again"


@csrf_exempt  # mail programs POST here for their user: RFC 8058
@open_to_all("the token in the link is the proof; no session is needed")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask before, as scanners follow links; a POST takes the address out of all surveys, one with
    `again` back in, unless it is out for another reason than the person's wish."""
    invitation = (
        Invitation.objects.select_related("campaign", "contact__customer")
        .defer("campaign__audience")  # may hold thousands of ids
        .filter(token_hash=tokens.hash_of(token))
        .first()
    )
    if invitation is None:
        return answer_pages.unknown_link(request)
    reading = Reading.of(invitation)
    words, more = reading.words, LINK_WORDS[reading.language]
    if invitation.contact.is_erased:
        return _page(request, reading, words.unsubscribed)
    if request.method == "POST" and AGAIN in request.POST:
        if subscribe_again(token=token):
            return _page(
                request, reading, more.started, more.started_text, invitation, more.stop_after_all
            )
        return _page(request, reading, more.stopped, more.stays_stopped)
    if request.method == "POST":
        record_unsubscribe(token=token)
    reason = _reason(invitation)
    if reason == "":
        button = words.unsubscribe
        title, text = words.unsubscribe_question, words.unsubscribe_text
        return _page(request, reading, title, text, invitation, button)
    back = more.start_again if reason == Suppression.Reason.UNSUBSCRIBED else ""
    title, text = more.stopped, more.stopped_text
    if request.method == "POST":
        title, text = words.unsubscribed, words.unsubscribed_text
    return _page(request, reading, title, text, invitation, back, is_back=True)


def _reason(invitation: Invitation) -> str:
    """Why the address gets no surveys; empty: it gets them."""
    email_hash = suppressions.hash_of(invitation.contact.email)
    found = Suppression.objects.filter(email_hash=email_hash).values_list("reason", flat=True)
    return found.first() or ""


def _page(
    request: HttpRequest,
    reading: Reading,
    title: str,
    text: str = "",
    invitation: Invitation | None = None,
    button: str = "",
    *,
    is_back: bool = False,
) -> HttpResponse:
    email = invitation.contact.email if invitation else ""
    context = {
        **answer_pages.shared_context(reading),
        "title": title,
        "text": reading.filled(text, email=email),
        "button": reading.filled(button),
        "button_name": AGAIN if is_back else "",
    }
    response = render(request, "surveys/unsubscribe.html", context)
    return answer_pages.in_language(response, reading.language)
