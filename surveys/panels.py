"""What a customer's page shows of surveys (registered by csm_portal.registries)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from customers.models import Customer
from customers.registry import Panel, TimelineEntry
from surveys.models import FollowUp, Invitation, Reply, Response
from surveys.results.figures import SERIES, level_name
from surveys.results.rows import follow_up_of
from tenants.context import current_company

SHOWN = 10


def answers_context(customer: Customer, today: dt.date) -> dict[str, Any] | None:
    """The latest answers of the customer's contacts; None when none of them was ever asked.

    Costs two queries.
    """
    responses = list(
        Response.objects.current()
        .filter(invitation__contact__customer=customer)
        .select_related("invitation__campaign", "invitation__contact", "invitation__follow_up")
        .defer("invitation__campaign__audience")
        .order_by("-answered_at", "-pk")[: SHOWN + 1]
    )
    asked = Invitation.objects.asked().filter(contact__customer=customer).count()
    if not asked and not responses:
        return None
    return {
        "rows": [_row(response) for response in responses[:SHOWN]],
        "has_more": len(responses) > SHOWN,
        "asked": asked,
        "customer": customer,
    }


def _row(response: Response) -> dict[str, Any]:
    campaign = response.invitation.campaign
    return {
        "response": response,
        "campaign": campaign,
        "series": SERIES[campaign.level_of(response.score)],
        "level_name": level_name(campaign.kind, campaign.highest_score, response.score),
        "follow_up": follow_up_of(response),
    }


PANEL = Panel(
    key="answers",
    title="Survey answers",
    template="surveys/_customer_answers.html",
    context=answers_context,
    position=40,
)


def timeline(customer: Customer, limit: int) -> Iterator[TimelineEntry]:
    """The customer's current answers, and what was done about them, newest first. Costs three
    queries."""
    entries = sorted(
        [*_answers(customer, limit), *_replies(customer, limit), *_closed(customer, limit)],
        key=lambda found: found[0],
        reverse=True,
    )
    for _at, entry in entries[:limit]:
        yield entry


Dated = tuple[dt.datetime, TimelineEntry]


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(ZoneInfo(current_company().timezone)).date()


def _answers(customer: Customer, limit: int) -> Iterator[Dated]:
    responses = (
        Response.objects.current()
        .filter(invitation__contact__customer=customer)
        .select_related("invitation__campaign", "invitation__contact", "invitation__follow_up")
        .defer("invitation__campaign__audience")
        .order_by("-answered_at", "-pk")[:limit]
    )
    for response in responses:
        invitation, campaign = response.invitation, response.invitation.campaign
        level = level_name(campaign.kind, campaign.highest_score, response.score)
        found = follow_up_of(response)
        yield (
            response.answered_at,
            TimelineEntry(
                on=_day(response.answered_at),
                title=f"{invitation.contact} gave {response.score} of {campaign.highest_score}"
                f" ({campaign.get_kind_display()}, {level})",
                text=response.comment,
                icon="campaigns",
                href=(found or campaign).get_absolute_url(),
            ),
        )


def _replies(customer: Customer, limit: int) -> Iterator[Dated]:
    """Those that went out, or may have."""
    replies = (
        Reply.objects.filter(
            follow_up__invitation__contact__customer=customer,
            state__in=[Reply.State.SENT, Reply.State.UNKNOWN],
        )
        .select_related("by", "follow_up__invitation__contact")
        .order_by("-created_at", "-pk")[:limit]
    )
    for reply in replies:
        at = reply.sent_at or reply.created_at
        who = reply.by or "Somebody"
        yield (
            at,
            TimelineEntry(
                on=_day(at),
                title=f"{who} replied to {reply.follow_up.invitation.contact}",
                text=reply.text,
                icon="mail",
                href=reply.follow_up.get_absolute_url(),
            ),
        )


def _closed(customer: Customer, limit: int) -> Iterator[Dated]:
    rows = (
        FollowUp.objects.filter(invitation__contact__customer=customer, state=FollowUp.State.CLOSED)
        .select_related("invitation__contact")
        .order_by("-closed_at", "-pk")[:limit]
    )
    for found in rows:
        assert found.closed_at is not None  # a constraint holds it
        yield (
            found.closed_at,
            TimelineEntry(
                on=_day(found.closed_at),
                title=f"Follow-up of {found.invitation.contact} closed:"
                f" {found.get_outcome_display().lower()}",
                icon="check",
                href=found.get_absolute_url(),
            ),
        )
