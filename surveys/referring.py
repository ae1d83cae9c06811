"""Referral links: who answered with a high score may pass one on, while the company offers them.

A link's token names the invitation that was answered and carries an HMAC-SHA256 (192 bits of it)
of the company and the invitation's seed under SECRET_KEY, as surveys.tokens. So the rows alone
give no token, a token does nothing at another company, offering one writes nothing, and a link
follows its contact through a merge. It stops with the switch, with the contact's erasure, and
with a SECRET_KEY that is changed without a fallback.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse

from accounts.secrets import hash_secret
from surveys.link_words import LINK_WORDS
from surveys.models import Invitation, ReferralSettings, Response, referral_settings
from surveys.models.campaign import Language
from surveys.scales import Level
from surveys.texts import FIELDS, fill
from tenants.context import current_company
from tenants.links import company_url

if TYPE_CHECKING:
    from surveys.reading import Reading

MAC_BYTES = 24
PURPOSE = "surveys.referral"
_TOKEN = re.compile(r"\A([0-9]{1,18})-([A-Za-z0-9_-]{32})\Z")
TEXT_NAMES = ("offer", "welcome", "reward")


def token_of(invitation: Invitation) -> str:
    return f"{invitation.pk}-{_mac(invitation, settings.SECRET_KEY)}"


def _mac(invitation: Invitation, key: str) -> str:
    message = f"{PURPOSE}:{current_company().pk}:{invitation.token_seed}".encode()
    digest = hmac.digest(key.encode(), message, hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:MAC_BYTES]).decode()


def find(token: str) -> Invitation | None:
    """The invitation of a link that works, whatever the settings say. Costs a query."""
    parts = _TOKEN.match(token)
    if parts is None:
        return None
    invitation = (
        Invitation.objects.select_related("contact__customer")
        .exclude(state=Invitation.State.WITHDRAWN)
        .filter(pk=int(parts[1]))
        .first()
    )
    if invitation is None or invitation.contact.is_erased:
        return None
    keys = (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS))
    is_ours = [hmac.compare_digest(_mac(invitation, key), parts[2]) for key in keys]
    return invitation if any(is_ours) else None


def offer(invitation: Invitation) -> str | None:
    """The link for the contact of an invitation whose campaign, contact and customer are loaded;
    None where none is offered: switched off, no answer of high level, or one by a user of the
    company. Writes nothing; costs up to two queries."""
    response = invitation.responses.current().first()
    return offer_after(invitation, response) if response is not None else None


def offer_after(invitation: Invitation, response: Response) -> str | None:
    """As `offer`, of an answer that is at hand."""
    if _is_high(invitation, response) and referral_settings().is_on:
        return link_of(invitation)
    return None


def _is_high(invitation: Invitation, response: Response) -> bool:
    if response.is_by_user or invitation.contact.is_erased:
        return False
    return invitation.campaign.level_of(response.score) is Level.HIGH


def link_of(invitation: Invitation) -> str:
    """The link's whole address, on the company's primary domain."""
    path = reverse("surveys:referral", args=[token_of(invitation)], urlconf=settings.ROOT_URLCONF)
    return company_url(current_company(), path)


def offer_context(invitation: Invitation, response: Response, reading: Reading) -> dict[str, Any]:
    """What surveys/_referral_offer.html shows on the page of thanks; empty where nothing is
    offered. Costs up to a query."""
    if not _is_high(invitation, response):
        return {}
    held = referral_settings()
    if not held.is_on:
        return {}
    contact, customer = reading.names["contact"], reading.names["customer"]
    own = texts_in(held, reading.language, contact=contact, customer=customer)
    note = LINK_WORDS[reading.language].offer_note if contact else ""
    return {
        "refer": reading.filled(reading.words.refer),
        "referral": {
            "text": own.offer or reading.filled(reading.words.refer_text),
            "href": link_of(invitation),
            "note": reading.filled(note),
        },
    }


@dataclass(frozen=True)
class Texts:
    """What the company says in one language, names filled in; empty: nothing of its own."""

    offer: str
    welcome: str
    reward: str


def texts_in(held: ReferralSettings, language: str, *, contact: str, customer: str) -> Texts:
    """In that language, else the portal's own words; what is promised, else in any language that
    has it. Plain text, to be escaped."""
    own = held.texts.get(language, {})
    promised = [own.get("reward", ""), *(one.get("reward", "") for one in held.texts.values())]
    values = {"company": current_company().name, "contact": contact, "customer": customer}
    welcome = own.get("welcome") or LINK_WORDS[language].welcome
    return Texts(
        offer=fill(own.get("offer", ""), **values),
        welcome=fill(welcome, **values),
        reward=fill(next(filter(None, promised), ""), **values),
    )


def languages() -> Iterator[tuple[str, str]]:
    """(tag, its own name) of every language that texts can be in."""
    yield from Language.choices


def hash_of(email: str) -> str:
    """What is kept of an address, to know it again; includes the company."""
    return hash_secret(purpose=PURPOSE, secret=email.strip().lower())


NAMED = ", ".join(f"{{{name}}}" for name in FIELDS)
