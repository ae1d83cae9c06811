"""The page behind a referral link. No cookie, no session: the token in the address is the proof.

GET and HEAD change nothing. A POST is kept, within limits per network and per link; the page
needs no CSRF token, as a forged POST would have to know the link, and who knows it may post.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from accounts.permissions import open_to_all
from surveys import referring
from surveys.actions.referrals import NotTakenError, refer
from surveys.forms.referrals import EMAIL_LENGTH, ReferralForm
from surveys.link_words import LINK_WORDS, LinkWords
from surveys.models import Invitation, referral_settings
from surveys.models.campaign import Language
from surveys.models.referral import MESSAGE_LENGTH, NAME_LENGTH
from surveys.texts import fill
from surveys.views.answer_pages import in_language
from surveys.wording import WORDINGS
from tenants.context import current_company
from tenants.limits import HOUR, Limit, network_of

PER_NETWORK = Limit("referral-network", 30, HOUR)
PER_LINK = Limit("referral-link", 30, HOUR)
LIMITS = {"name": NAME_LENGTH, "company_name": NAME_LENGTH, "message": MESSAGE_LENGTH}
LIMITS |= {"email": EMAIL_LENGTH}


@csrf_exempt
@open_to_all("the token in the link is the proof; no session is needed")
@never_cache
@vary_on_headers("Accept-Language")
@require_http_methods(["GET", "HEAD", "POST"])
def referral(request: HttpRequest, token: str) -> HttpResponse:
    """Who recommends whom, and where to leave one's address. With `?thanks`: that it has come."""
    invitation = referring.find(token)
    page = _Page(request, invitation)
    if invitation is None:
        return page.told(page.portal.unknown, page.portal.unknown_text, status=404)
    if "thanks" in request.GET and request.method != "POST":
        return page.told(page.words.thanks, page.words.thanks_text)
    if not referral_settings().is_on:
        return page.told(page.words.closed, page.words.closed_text, status=410)
    if request.method != "POST":
        return page.form({}, {})
    company = current_company().pk
    is_allowed = PER_NETWORK.allows(f"{company}:{network_of(request)}") and PER_LINK.allows(
        f"{company}:{invitation.contact_id}"
    )
    if not is_allowed:
        return page.told(page.words.too_often, page.words.too_often_text, status=429)
    form = ReferralForm(request.POST)
    if not form.is_valid():
        return page.form(form.posted(), form.codes())
    try:
        refer(
            invitation=invitation,
            name=form.cleaned_data["name"],
            email=form.cleaned_data["email"],
            company_name=form.cleaned_data["company_name"],
            message=form.cleaned_data["message"],
            language=page.language,
            consent=page.filled(page.words.consent),
        )
    except NotTakenError as error:
        if error.code == "link_full":
            return page.told(page.words.closed, page.words.closed_text, status=410)
        return page.form(form.posted(), {"email": error.code})
    address = reverse("surveys:referral", args=[token])
    return HttpResponseRedirect(f"{address}?thanks", status=303)


class _Page:
    """The page in the reader's language: the browser's if there are words for it, else that of
    the contact who passed the link on."""

    def __init__(self, request: HttpRequest, invitation: Invitation | None) -> None:
        self.request = request
        self.contact = invitation.contact if invitation else None
        self.language = _language(request, self.contact.language if self.contact else "")
        self.words: LinkWords = LINK_WORDS[self.language]
        self.portal = WORDINGS[self.language]

    def filled(self, text: str, **more: str) -> str:
        values = {
            "company": current_company().name,
            "contact": self.contact.name if self.contact else "",
            "customer": self.contact.customer.name if self.contact else "",
        }
        return fill(text, **values, **more)

    def told(self, title: str, text: str, *, status: int = 200) -> HttpResponse:
        context = {"title": self.filled(title), "text": self.filled(text)}
        return self._render("surveys/dead_link.html", context, status)

    def form(self, values: dict[str, Any], problems: dict[str, str]) -> HttpResponse:
        """`problems`: {field: name of the words}."""
        assert self.contact is not None
        texts = referring.texts_in(
            referral_settings(),
            self.language,
            contact=self.contact.name,
            customer=self.contact.customer.name,
        )
        title = self.words.welcome_title if self.contact.name else "{company}"
        context = {
            "title": self.filled(title),
            "welcome": texts.welcome,
            "reward_title": self.words.reward_title,
            "reward": texts.reward,
            "fields": [
                self._field(name, values, problems)
                for name in ("name", "company_name", "email", "message")
            ],
            "consent": self.filled(self.words.consent),
            "is_consenting": bool(values.get("consent")),
            "consent_problem": self._problem("consent", problems),
            "send": self.words.send,
            "privacy": self.filled(self.words.privacy),
        }
        return self._render("surveys/referral.html", context, 422 if problems else 200)

    def _field(self, name: str, values: dict[str, Any], problems: dict[str, str]) -> dict[str, Any]:
        return {
            "name": name,
            "label": getattr(self.words, name),
            "value": values.get(name, ""),
            "problem": self._problem(name, problems),
            "limit": LIMITS[name],
            "optional": self.words.optional if name in ("company_name", "message") else "",
            "autocomplete": {"company_name": "organization", "message": "off"}.get(name, name),
        }

    def _problem(self, name: str, problems: dict[str, str]) -> str:
        if name not in problems:
            return ""
        return self.filled(getattr(self.words, problems[name]), limit=str(LIMITS.get(name, "")))

    def _render(self, template: str, context: dict[str, Any], status: int) -> HttpResponse:
        shared = {
            "brand_name": current_company().name,
            "language": self.language,
            "direction": self.portal.direction,
        }
        response = render(self.request, template, {**shared, **context}, status=status)
        return in_language(response, self.language)


def _language(request: HttpRequest, contacts_own: str) -> str:
    header = request.headers.get("Accept-Language", "")[:200]
    wanted = [tag for tag, _quality in parse_accept_lang_header(header)]
    for tag in (*wanted, contacts_own):
        for known in (tag, tag.split("-")[0]):
            if known in LINK_WORDS:
                return known
    return str(Language.ENGLISH)
