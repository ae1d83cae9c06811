"""The mail of a user's reply: their words, then the question and the answer as quotes.

What the user wrote is never a template: it goes out as it is, escaped where it is HTML.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import Any
from zoneinfo import ZoneInfo

from django.core.mail import EmailMultiAlternatives
from django.utils.formats import date_format
from django.utils.translation import override

from surveys.content import Content
from surveys.emails import shortened
from surveys.models import Invitation, Reply, Response
from surveys.senders import from_email
from surveys.texts import fill
from surveys.wording import WORDINGS
from tenants.context import current_company
from tenants.mail import compose
from tenants.validators import one_line

TEMPLATE = "emails/survey_reply"
SUBJECT_LENGTH = 200


@dataclass(frozen=True)
class _Words:
    """In a contact's language."""

    reply: str
    you_answered: str
    score: str


WORDS = {
    "en": _Words("Re: {question}", "On {day} you answered:", "{score} out of {highest}"),
    "de": _Words("AW: {question}", "Am {day} haben Sie geantwortet:", "{score} von {highest}"),
    "fr": _Words("RE : {question}", "Le {day}, vous avez répondu :", "{score} sur {highest}"),
    "es": _Words("RE: {question}", "El {day} respondió:", "{score} de {highest}"),
    "it": _Words("R: {question}", "Il {day} ha risposto:", "{score} su {highest}"),
    "nl": _Words("Re: {question}", "Op {day} hebt u geantwoord:", "{score} van {highest}"),
    "ar": _Words("رد: {question}", "إجابتك بتاريخ {day}:", "{score} من {highest}"),
}


def subject_of(invitation: Invitation) -> str:
    """`Re: ` and the question, in the contact's language."""
    words = WORDS.get(_language(invitation), WORDS["en"])
    return shortened(fill(words.reply, question=_question(invitation)))[:SUBJECT_LENGTH]


def quoted_of(invitation: Invitation, response: Response) -> dict[str, Any]:
    """What is quoted: the question and the answer as they are now, as plain texts."""
    language = _language(invitation)
    words = WORDS.get(language, WORDS["en"])
    with override(language):
        zone = ZoneInfo(current_company().timezone)
        day = date_format(response.answered_at.astimezone(zone), "DATE_FORMAT")
    highest = str(invitation.campaign.highest_score)
    return {
        "language": language,
        "introduction": fill(words.you_answered, day=day),
        "question": _question(invitation),
        "score": fill(words.score, score=str(response.score), highest=highest),
        "comment": response.comment,
    }


def reply_mail(reply: Reply) -> EmailMultiAlternatives:
    """The mail of a reply whose follow-up, invitation, contact and user are loaded. From as
    surveys are, with the user's name; answers go to the user."""
    invitation = reply.follow_up.invitation
    company = current_company()
    headers = {"Message-ID": reply.message_id}
    if invitation.message_id:  # so that mail programs show it below the question
        headers |= {"In-Reply-To": invitation.message_id, "References": invitation.message_id}
    language = reply.quoted.get("language", "en")
    wording = WORDINGS.get(language, WORDINGS["en"])
    message = compose(
        template=TEMPLATE,
        to=invitation.contact.email,
        context={
            "brand": company.name,
            "language": language,
            "direction": wording.direction,
            "subject": reply.subject,
            "text": reply.text,
            "quoted": reply.quoted,
            "quoted_lines": _quoted_lines(reply.quoted),
            "signature": str(reply.by) if reply.by else company.name,
        },
        company=company,
        headers=headers,
    )
    _name, address = parseaddr(from_email(company))
    who = f"{reply.by} ({company.name})" if reply.by else company.name
    message.from_email = formataddr((one_line(who), address))
    message.reply_to = [formataddr((one_line(str(reply.by or company.name)), reply.reply_to))]
    return message


def _quoted_lines(quoted: dict[str, Any]) -> list[str]:
    """For the plain part, each line with its mark."""
    text = "\n".join(
        part for part in (quoted["question"], quoted["score"], quoted["comment"]) if part
    )
    return [f"> {line}" for line in text.splitlines()]


def _language(invitation: Invitation) -> str:
    return Content.of(invitation.campaign).language_for(invitation.contact.language)


def _question(invitation: Invitation) -> str:
    contact = invitation.contact
    text = Content.of(invitation.campaign).text(_language(invitation), "question")
    return " ".join(
        fill(
            text,
            company=current_company().name,
            contact=contact.name,
            customer=contact.customer.name,
        ).split()
    )
