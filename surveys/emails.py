"""The mail that asks: the question, and a link for every score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext as _

from surveys import moulds
from surveys.models import Campaign, Invitation, Reminder
from surveys.reading import Reading
from surveys.senders import from_email
from surveys.texts import fill
from surveys.tokens import token_of
from tenants.context import current_company
from tenants.links import company_url
from tenants.mail import compose

TEMPLATE = "emails/survey"
SUBJECT_LENGTH = 150
PHONE_COLUMNS = 7


@dataclass(frozen=True)
class Recipient:
    """Who reads the mail."""

    contact: str
    customer: str
    email: str


# Whom the preview shows.
SOMEBODY = Recipient("Robin Example", "Example Ltd", "robin@example.com")


@dataclass(frozen=True)
class Links:
    """Where a mail leads."""

    answer: str
    unsubscribe: str

    @classmethod
    def of(cls, token: str) -> Links:
        return cls(_link("surveys:answer", token), _link("surveys:unsubscribe", token))

    def score(self, score: int) -> str:
        return f"{self.answer}{'&' if '?' in self.answer else '?'}score={score}"


def invitation_mail(
    invitation: Invitation, reminder: Reminder | None = None
) -> EmailMultiAlternatives:
    """The mail of an invitation whose campaign, contact and customer are loaded; with a
    `reminder`, the mail that asks again.

    Carries the message id that the claim of the one that goes out gave it.
    """
    links = Links.of(token_of(invitation))
    headers = {
        "Message-ID": (reminder or invitation).message_id,
        "List-Unsubscribe": f"<{links.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
        "Auto-Submitted": "auto-generated",
    }
    context = mail_context(Reading.of(invitation), links, is_reminder=reminder is not None)
    company = current_company()
    values = {"company": company, "site_url": settings.SITE_URL, **context}
    subject, text, html = moulds.render(TEMPLATE, values)
    mail = EmailMultiAlternatives(
        subject, text, from_email(company), [invitation.contact.email], headers=headers
    )
    mail.attach_alternative(html, "text/html")
    return mail


def preview_mail(campaign: Campaign, language: str = "") -> EmailMultiAlternatives:
    """The mail as somebody made up would get it, whose language has this tag (none: the first).

    Its links lead to the preview of the answer page.
    """
    reading = somebody_reading(campaign, language)
    return composed(mail_context(reading, preview_links(reading)), to=SOMEBODY.email)


def mail_to_oneself(campaign: Campaign, *, to: str, language: str) -> EmailMultiAlternatives:
    """The preview as a mail to a user, marked as a test."""
    reading = somebody_reading(campaign, language)
    context = mail_context(reading, preview_links(reading))
    marked = {
        "is_test": True,
        "subject": shortened(_("[Test] {subject}").format(subject=context["subject"])),
    }
    headers = {"Auto-Submitted": "auto-generated"}
    return composed({**context, **marked}, to=to, headers=headers)


def somebody_reading(campaign: Campaign, language: str = "") -> Reading:
    """What somebody made up reads."""
    return Reading.by(
        campaign, contact=SOMEBODY.contact, customer=SOMEBODY.customer, language=language
    )


def preview_links(reading: Reading) -> Links:
    """To the page that shows what a contact would see, for those signed in; it records nothing."""
    page = _link("surveys:campaign_answer_preview", reading.campaign.pk)
    there = f"{page}?{urlencode({'language': reading.language})}"
    return Links(there, there)


def composed(
    context: dict[str, Any], *, to: str, headers: dict[str, str] | None = None
) -> EmailMultiAlternatives:
    company = current_company()
    return compose(
        template=TEMPLATE,
        to=to,
        context=context,
        company=company,
        headers=headers,
        from_email=from_email(company),
    )


def mail_context(reading: Reading, links: Links, *, is_reminder: bool = False) -> dict[str, Any]:
    """Plain strings only: the templates escape them, and nothing in them is a template."""
    words, question = reading.words, reading.question
    campaign = reading.campaign
    greeting = words.greeting if reading.names["contact"] else words.greeting_without_name
    subject = fill(words.reminder, question=question) if is_reminder else question
    return {
        "brand": reading.names["company"],
        "language": reading.language,
        "direction": words.direction,
        "subject": shortened(subject),
        "greeting": reading.filled(greeting),
        "reminder": words.reminder_text if is_reminder else "",
        "question": question,
        "choose": reading.choose(words.choose),
        "scores": [
            {"score": score, "href": links.score(score), "label": _label(reading, score)}
            for score in campaign.scores
        ],
        "columns": _columns(campaign),
        "lowest": campaign.lowest_score,
        "highest": campaign.highest_score,
        "lowest_label": reading.lowest_label,
        "highest_label": reading.highest_label,
        "words": words,
        "why_you": reading.filled(words.why_you),
        "unsubscribe": reading.filled(words.unsubscribe),
        "unsubscribe_href": links.unsubscribe,
    }


def _label(reading: Reading, score: int) -> str:
    """What a screen reader says: `0 out of 10, Not at all likely`."""
    campaign = reading.campaign
    ends = {
        campaign.lowest_score: reading.lowest_label,
        campaign.highest_score: reading.highest_label,
    }
    return ", ".join(filter(None, [reading.score_words(score), ends.get(score)]))


def _columns(campaign: Campaign) -> int:
    """How many scores stand side by side on a phone: at most seven, in rows as even as can be."""
    count = len(campaign.scores)
    rows = -(-count // PHONE_COLUMNS)
    return -(-count // rows)


def _link(route: str, argument: object) -> str:
    return company_url(
        current_company(), reverse(route, args=[argument], urlconf=settings.ROOT_URLCONF)
    )


def shortened(text: str) -> str:
    """The text as a subject line: one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= SUBJECT_LENGTH:
        return line
    return line[:SUBJECT_LENGTH].rsplit(" ", 1)[0] + "…"
