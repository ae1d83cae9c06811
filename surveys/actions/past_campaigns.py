"""Bringing in what was asked and answered elsewhere, before the company had the portal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from customers.models import Contact
from surveys import tokens
from surveys.models import Campaign, Invitation, Origin, Response
from surveys.models.invitation import ANSWERABLE_FOR


@dataclass(frozen=True)
class PastInvitation:
    """One contact (by id) asked once. `score` None: it did not answer."""

    contact: int
    asked_at: dt.datetime
    score: int | None = None
    comment: str = ""
    answered_at: dt.datetime | None = None


@transaction.atomic
def record_past_campaign(
    *,
    name: str,
    question: str,
    invitations: Sequence[PastInvitation],
    by: User | None,
    follow_up: str = "",
    is_relational: bool = True,
) -> Campaign:
    """An NPS campaign that is over, flagged as backfilled: no mail goes out for it.

    Answers count on the day they were given. Its links, which nobody has, answer nothing. Raises
    Refused when nobody was asked, a contact is unknown or asked twice, a score is off the scale
    or without its instant, or anything happened out of order or after now.
    """
    now = timezone.now()
    _refuse_impossible(invitations, now)
    asked = [invitation.asked_at for invitation in invitations]
    campaign = Campaign.objects.create(
        name=name,
        question=question,
        follow_up=follow_up,
        is_relational=is_relational,
        state=Campaign.State.DONE,
        started_at=min(asked),
        done_at=max(asked),
        is_backfilled=True,
        created_by=by,
    )
    rows = Invitation.objects.bulk_create(_rows(campaign, invitations, now))
    answers = Response.objects.bulk_create(
        Response(
            invitation=row,
            score=past.score,
            comment=past.comment,
            origin=Origin.IMPORT,
            answered_at=past.answered_at,
            recorded_at=now,
        )
        for row, past in zip(rows, invitations, strict=True)
        if past.score is not None and past.answered_at is not None
    )
    detail = {"contacts": len(rows), "answers": len(answers)}
    audit.record(by=by, action="campaign.past_recorded", subject=campaign, detail=detail)
    return campaign


def _rows(
    campaign: Campaign, invitations: Sequence[PastInvitation], now: dt.datetime
) -> Iterator[Invitation]:
    for past in invitations:
        seed = tokens.new_seed()
        yield Invitation(
            campaign=campaign,
            contact_id=past.contact,
            state=Invitation.State.SENT,
            token_seed=seed,
            token_hash=tokens.hash_of(tokens.derive(seed)),
            created_at=now,
            send_after=past.asked_at,
            attempts=1,
            claimed_at=past.asked_at,
            sent_at=past.asked_at,
            expires_at=min(past.asked_at + ANSWERABLE_FOR, now),
        )


def _refuse_impossible(invitations: Sequence[PastInvitation], now: dt.datetime) -> None:
    if not invitations:
        raise Refused("Nobody was asked.", code="nobody_asked")
    contacts = {invitation.contact for invitation in invitations}
    if len(contacts) < len(invitations):
        raise Refused("A contact is asked once per campaign.", code="contact_asked_twice")
    if Contact.objects.filter(pk__in=contacts).count() < len(contacts):
        raise Refused("Some of the contacts do not exist.", code="contact_unknown")
    for past in invitations:
        if (past.score is None) != (past.answered_at is None):
            raise Refused("An answer has a score and an instant.", code="answer_incomplete")
        if past.score is not None and not 0 <= past.score <= 10:
            raise Refused("A score is from 0 to 10.", code="score_off_scale")
        if not past.asked_at <= (past.answered_at or past.asked_at) <= now:
            raise Refused("Nobody answers before the question or after now.", code="out_of_order")
