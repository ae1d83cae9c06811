"""What a customer's page shows of surveys (registered by csm_portal.registries)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from customers.models import Customer
from customers.registry import Panel, TimelineEntry
from surveys.models import Invitation, Response
from tenants.context import current_company

SHOWN = 10


def answers_context(customer: Customer, today: dt.date) -> dict[str, Any] | None:
    """The latest answers of the customer's contacts; None when none of them was ever asked.

    Costs two queries.
    """
    responses = list(
        Response.objects.current()
        .filter(invitation__contact__customer=customer)
        .select_related("invitation__campaign", "invitation__contact")
        .order_by("-answered_at", "-pk")[: SHOWN + 1]
    )
    asked = Invitation.objects.asked().filter(contact__customer=customer).count()
    if not asked and not responses:
        return None
    return {
        "responses": [
            (response, response.invitation.campaign.group_of(response.score))
            for response in responses[:SHOWN]
        ],
        "has_more": len(responses) > SHOWN,
        "asked": asked,
    }


PANEL = Panel(
    key="answers",
    title="Survey answers",
    template="surveys/_customer_answers.html",
    context=answers_context,
    position=40,
)


def timeline(customer: Customer, limit: int) -> Iterator[TimelineEntry]:
    """The customer's current answers, newest first. Costs a query."""
    zone = ZoneInfo(current_company().timezone)
    responses = (
        Response.objects.current()
        .filter(invitation__contact__customer=customer)
        .select_related("invitation__campaign", "invitation__contact")
        .order_by("-answered_at", "-pk")[:limit]
    )
    for response in responses:
        invitation, campaign = response.invitation, response.invitation.campaign
        yield TimelineEntry(
            on=response.answered_at.astimezone(zone).date(),
            title=f"{invitation.contact} gave {response.score} of {campaign.highest_score}",
            text=response.comment,
            icon="campaigns",
            href=campaign.get_absolute_url(),
        )
