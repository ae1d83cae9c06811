"""What a customer's page shows of answers to surveys (registered by csm_portal.registries)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext_noop

from customers.models import Customer
from customers.registry import Panel
from surveys.latest import SHOWN, Answer, latest_answers
from surveys.models import Invitation
from surveys.results.figures import SERIES, level_words


def answers_context(customer: Customer, today: dt.date) -> dict[str, Any] | None:
    """The latest answers of the customer's contacts, or how often they were `asked` without any;
    None when they never were. Costs a query each."""
    answers = latest_answers(customer.pk)
    asked = 0
    if not answers:
        asked = Invitation.objects.asked().filter(contact__customer=customer).count()
        if not asked:
            return None
    return {
        "rows": [_row(answer) for answer in answers[:SHOWN]],
        "has_more": len(answers) > SHOWN,
        "asked": asked,
        "customer": customer,
    }


def _row(answer: Answer) -> dict[str, Any]:
    campaign = answer.campaign
    return {
        "answer": answer,
        "campaign": campaign,
        "series": SERIES[campaign.level_of(answer.score)],
        "level_words": level_words(campaign.kind, campaign.highest_score, answer.score),
    }


PANEL = Panel(
    key="answers",
    title=gettext_noop("Survey answers"),
    template="surveys/_customer_answers.html",
    context=answers_context,
    position=40,
)
