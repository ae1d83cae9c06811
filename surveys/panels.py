"""What a customer's page shows of answers to surveys (registered by csm_portal.registries)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext_noop

from customers.models import Customer
from customers.registry import Panel
from surveys.latest import SHOWN, latest_answers
from surveys.models import Invitation, Response
from surveys.results.figures import SERIES, level_words
from surveys.results.rows import follow_up_of


def answers_context(customer: Customer, today: dt.date) -> dict[str, Any] | None:
    """The latest answers of the customer's contacts, or how often they were `asked` without any;
    None when they never were. Costs a query each."""
    responses = latest_answers(customer.pk)
    asked = 0
    if not responses:
        asked = Invitation.objects.asked().filter(contact__customer=customer).count()
        if not asked:
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
        "level_words": level_words(campaign.kind, campaign.highest_score, response.score),
        "follow_up": follow_up_of(response),
    }


PANEL = Panel(
    key="answers",
    title=gettext_noop("Survey answers"),
    template="surveys/_customer_answers.html",
    context=answers_context,
    position=40,
)
