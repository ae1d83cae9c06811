"""The latest answers of a customer's contacts, which several parts of its page show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from customers.models import Contact
from surveys.models import Campaign, FollowUp
from tenants.once import once

SHOWN = 10
# Joined in two steps: planning five tables at once takes longer than looking.
_ANSWERS = """
    WITH given AS MATERIALIZED (
        SELECT response.id, response.score, response.comment, response.is_by_user,
            response.answered_at, response.invitation_id, invitation.campaign_id,
            contact.id AS contact_id, contact.name, contact.email
          FROM customers_contact AS contact
          JOIN surveys_invitation AS invitation ON invitation.contact_id = contact.id
          JOIN surveys_response AS response ON response.invitation_id = invitation.id
         WHERE contact.customer_id = %(customer)s AND response.superseded_at IS NULL
           AND (NOT %(is_nps)s OR NOT response.is_by_user AND invitation.campaign_id IN (
                SELECT id FROM surveys_campaign WHERE kind = 'nps'))
         ORDER BY response.answered_at DESC, response.id DESC LIMIT %(limit)s
    )
    SELECT given.score, given.comment, given.is_by_user, given.answered_at,
        given.contact_id, given.name, given.email,
        campaign.id, campaign.name, campaign.kind, campaign.highest_score,
        follow_up.id, follow_up.state, follow_up.outcome
      FROM given
      JOIN surveys_campaign AS campaign ON campaign.id = given.campaign_id
      LEFT JOIN surveys_followup AS follow_up ON follow_up.invitation_id = given.invitation_id
     ORDER BY given.answered_at DESC, given.id DESC
"""
_CONTACT = ("id", "name", "email")
_CAMPAIGN = ("id", "name", "kind", "highest_score")
_FOLLOW_UP = ("id", "state", "outcome")


@dataclass(frozen=True, slots=True)
class Answer:
    """A current response with what pages say of it; `contact`, `campaign` and `follow_up` hold what
    they are called and no more."""

    score: int
    comment: str
    is_by_user: bool
    answered_at: dt.datetime
    contact: Contact
    campaign: Campaign
    follow_up: FollowUp | None


def _answers(customer: int, *, limit: int, is_nps: bool = False) -> list[Answer]:
    """The latest first; of an NPS and counted alone, if it `is_nps`. A query."""
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERS, {"customer": customer, "limit": limit, "is_nps": is_nps})
        rows = cursor.fetchall()
    return [
        Answer(
            score,
            comment,
            is_by_user,
            answered_at,
            Contact.from_db(None, _CONTACT, of[:3]),
            Campaign.from_db(None, _CAMPAIGN, of[3:7]),
            None if of[7] is None else FollowUp.from_db(None, _FOLLOW_UP, of[7:]),
        )
        for score, comment, is_by_user, answered_at, *of in rows
    ]


@once
def latest_answers(customer: int) -> list[Answer]:
    """One more than are SHOWN, where there are. A query."""
    return _answers(customer, limit=SHOWN + 1)


def latest_nps_answer(customer: int) -> Answer | None:
    """The latest that counts; a further query where it is none of the `latest_answers`."""
    latest = latest_answers(customer)
    for answer in latest:
        if not answer.is_by_user and answer.campaign.is_nps:
            return answer
    if len(latest) <= SHOWN:
        return None
    return next(iter(_answers(customer, limit=1, is_nps=True)), None)
