"""The latest NPS answer, for the headline of a customer's page (registered by
csm_portal.registries), and what contacts said, for its list of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.formatting import format_day, format_day_of_month
from customers.models import Contact, Customer
from customers.registry import Concern, ContactWord, Figure
from customers.wording import within
from surveys.latest import Answer, latest_nps_answer
from surveys.models import Campaign, Invitation, Response, Suppression
from surveys.results.figures import SERIES, level_name, level_words
from surveys.saying import quoted
from surveys.suppressions import hash_of
from tenants.context import current_company

RECENT_DAYS = 90
QUOTED = 80
TONES = {"promoter": "good", "passive": "neutral", "detractor": "bad"}


def answer_context(customer: Customer, today: dt.date) -> dict[str, Any] | None:
    """The latest NPS answer that counts; None where nobody gave one. Two queries at most."""
    answer = latest_nps_answer(customer.pk)
    if answer is None:
        return None
    campaign, score = answer.campaign, answer.score
    on = answer.answered_at.astimezone(ZoneInfo(current_company().timezone)).date()
    return {
        "customer": customer,
        "answer": answer,
        "on": on,
        "days": (today - on).days,
        "highest": campaign.highest_score,
        "level": level_name(campaign.kind, campaign.highest_score, score),
        "level_words": level_words(campaign.kind, campaign.highest_score, score),
        "series": SERIES[campaign.level_of(score)],
    }


def answer_concerns(context: dict[str, Any]) -> Iterator[Concern]:
    """A detractor of late whom nobody has answered to the end."""
    answer: Answer = context["answer"]
    follow_up = answer.follow_up
    is_open = follow_up is None or not follow_up.is_closed
    if context["level"] == "detractor" and context["days"] <= RECENT_DAYS and is_open:
        said = " ".join(answer.comment.split())
        words = _("{contact} gave {score} of {highest} on {day}").format(
            contact=answer.contact,
            score=answer.score,
            highest=context["highest"],
            day=format_day_of_month(context["on"]),
        )
        if said:
            words += f": {quoted(said[:QUOTED] + ('…' if len(said) > QUOTED else ''))}"
        yield Concern(
            75 - context["days"] / 10,
            words,
            (follow_up or answer.campaign).get_absolute_url(),
        )


def answer_plain(context: dict[str, Any]) -> dict[str, Any]:
    return {
        "score": context["answer"].score,
        "level": context["level"],
        "answered_on": context["on"],
    }


FIGURE = Figure(
    key="nps",
    template="surveys/_customer_nps.html",
    context=answer_context,
    concerns=answer_concerns,
    plain=answer_plain,
    position=40,
)


def contact_words(contacts: Sequence[Contact]) -> Mapping[int, Sequence[ContactWord]]:
    """The last answer of each, whether one is asked now, and why one is not asked any more. Three
    queries."""
    found: dict[int, list[ContactWord]] = {contact.pk: [] for contact in contacts}
    for response in _last_answers(contacts):
        campaign: Campaign = response.invitation.campaign
        level = level_name(campaign.kind, campaign.highest_score, response.score)
        found[response.invitation.contact_id].append(
            ContactWord(
                _("{kind} {score} of {highest} on {day}").format(
                    kind=campaign.get_kind_display(),
                    score=response.score,
                    highest=campaign.highest_score,
                    day=format_day(response.answered_at),
                ),
                TONES.get(level, "neutral"),
                campaign.get_absolute_url(),
            )
        )
    waiting = Invitation.objects.asked().filter(
        contact__in=contacts, responses=None, expires_at__gt=timezone.now()
    )
    for invitation in waiting.distinct("contact").order_by("contact", "-pk"):
        word = _("Mail bounced") if invitation.bounced_at else _("Asked, not answered yet")
        tone = "bad" if invitation.bounced_at else "accent"
        found[invitation.contact_id].append(ContactWord(word, tone))
    hashes = {hash_of(contact.email): contact.pk for contact in contacts}
    for held in Suppression.objects.filter(email_hash__in=hashes):
        word = _("Not asked: {reason}").format(reason=within(held.get_reason_display()))
        found[hashes[held.email_hash]].append(ContactWord(word, "warning"))
    return found


def _last_answers(contacts: Sequence[Contact]) -> list[Response]:
    return list(
        Response.objects.current()
        .filter(invitation__contact__in=contacts)
        .select_related("invitation__campaign")
        .defer("invitation__campaign__audience")
        .order_by("invitation__contact", "-answered_at", "-pk")
        .distinct("invitation__contact")
    )
