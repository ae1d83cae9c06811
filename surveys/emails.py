"""The mail that asks: the question, and a link for every score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from surveys.models import Campaign, Invitation, Reminder
from surveys.senders import from_email
from surveys.texts import fill
from surveys.tokens import token_of
from surveys.wording import WORDINGS
from tenants.context import current_company
from tenants.links import company_url
from tenants.mail import compose

TEMPLATE = "emails/survey"
SUBJECT_LENGTH = 150
PREVIEW_TOKEN = "0" * 32  # no invitation has it


@dataclass(frozen=True)
class Recipient:
    """Who reads the mail."""

    contact: str
    customer: str
    email: str


# What the preview shows.
SOMEBODY = Recipient("Robin Example", "Example Ltd", "robin@example.com")


def invitation_mail(
    invitation: Invitation, reminder: Reminder | None = None
) -> EmailMultiAlternatives:
    """The mail of an invitation whose campaign, contact and customer are loaded; with a
    `reminder`, the mail that asks again.

    Carries the message id that the claim of the one that goes out gave it.
    """
    contact = invitation.contact
    recipient = Recipient(contact.name, contact.customer.name, contact.email)
    token = token_of(invitation)
    headers = {
        "Message-ID": (reminder or invitation).message_id,
        "List-Unsubscribe": f"<{_link('surveys:unsubscribe', token)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
        "Auto-Submitted": "auto-generated",
    }
    return _mail(invitation.campaign, recipient, token, headers)


def preview_mail(campaign: Campaign) -> EmailMultiAlternatives:
    """The mail as somebody made up would get it; its links lead nowhere."""
    return _mail(campaign, SOMEBODY, PREVIEW_TOKEN, {})


def _mail(
    campaign: Campaign, recipient: Recipient, token: str, headers: dict[str, str]
) -> EmailMultiAlternatives:
    return compose(
        template=TEMPLATE,
        to=recipient.email,
        context=_context(campaign, recipient, token),
        company=current_company(),
        headers=headers,
        from_email=from_email(current_company()),
    )


def _context(campaign: Campaign, recipient: Recipient, token: str) -> dict[str, Any]:
    """Plain strings only: the templates escape them, and nothing in them is a template."""
    company = current_company().name
    names = {"company": company, "contact": recipient.contact, "customer": recipient.customer}
    words = WORDINGS[campaign.language]
    question = fill(campaign.question, **names)
    answer = _link("surveys:answer", token)
    return {
        "brand": company,
        "language": campaign.language,
        "direction": words.direction,
        "subject": shortened(question),
        "greeting": fill(
            words.greeting if recipient.contact else words.greeting_without_name, **names
        ),
        "question": question,
        "scores": [
            {
                "score": score,
                "href": f"{answer}?score={score}",
                "label": fill(words.score_of, score=str(score)),
            }
            for score in campaign.scores
        ],
        "words": words,
        "why_you": fill(words.why_you, **names),
        "unsubscribe": fill(words.unsubscribe, **names),
        "unsubscribe_href": _link("surveys:unsubscribe", token),
    }


def _link(route: str, token: str) -> str:
    return company_url(
        current_company(), reverse(route, args=[token], urlconf=settings.ROOT_URLCONF)
    )


def shortened(text: str) -> str:
    """The text as a subject line: one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= SUBJECT_LENGTH:
        return line
    return line[:SUBJECT_LENGTH].rsplit(" ", 1)[0] + "…"
