"""The latest answers of a customer's contacts, which several parts of its page show."""

from __future__ import annotations

from surveys.models import Response
from surveys.models.response import ResponseQuerySet
from tenants.once import once

SHOWN = 10
_SAID = (
    *("score", "comment", "is_by_user", "answered_at"),
    *(f"invitation__campaign__{name}" for name in ("name", "kind", "highest_score")),
    *(f"invitation__contact__{name}" for name in ("name", "email")),
    *(f"invitation__follow_up__{name}" for name in ("state", "outcome")),
)


def answers_of(customer: int) -> ResponseQuerySet:
    """Current ones with what pages say of them and no more, the latest first."""
    return (
        Response.objects.current()
        .filter(invitation__contact__customer=customer)
        .select_related("invitation__campaign", "invitation__contact", "invitation__follow_up")
        .only(*_SAID)
        .order_by("-answered_at", "-pk")
    )


@once
def latest_answers(customer: int) -> list[Response]:
    """One more than are SHOWN, where there are. A query."""
    return list(answers_of(customer)[: SHOWN + 1])


def latest_nps_answer(customer: int) -> Response | None:
    """The latest that counts; a further query where it is none of the `latest_answers`."""
    latest = latest_answers(customer)
    for response in latest:
        if not response.is_by_user and response.invitation.campaign.kind == "nps":
            return response
    if len(latest) <= SHOWN:
        return None
    return answers_of(customer).filter(is_by_user=False, invitation__campaign__kind="nps").first()
