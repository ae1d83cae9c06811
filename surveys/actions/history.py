"""Bringing in a survey that was asked elsewhere, or before, and what was done about its answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from customers.actions.feed import note_change, note_changes
from customers.models import Contact
from surveys import tokens
from surveys.actions.follow_ups import open_follow_up
from surveys.actions.readings import read_soon
from surveys.models import Campaign, FollowUp, FollowUpNote, Invitation, Origin, Reply
from surveys.models.invitation import ANSWERABLE_FOR
from surveys.reply_mail import quoted_of, subject_of
from surveys.suppressions import hash_of


@dataclass(frozen=True)
class PastAnswer:
    """What one contact said, and when."""

    contact_id: int
    score: int
    answered_at: dt.datetime
    comment: str = ""


@dataclass(frozen=True)
class PastWork:
    """What was done about an answer, and when: a reply by mail, a note for the others, an outcome
    it was closed with; '' is none."""

    at: dt.datetime
    reply: str = ""
    note: str = ""
    outcome: str = ""


@transaction.atomic
def record_past_campaign(
    *,
    name: str,
    question: str,
    asked_at: dt.datetime,
    asked: Sequence[int],
    answers: Sequence[PastAnswer],
    is_relational: bool = True,
    by: User | None,
) -> Campaign:
    """A finished NPS campaign with its answers, flagged as backfilled; no mail is sent.

    `asked` are the ids of all contacts that were asked, answered or not. Set-based: costs the
    same few statements for any number. Refused when an answer does not fit: nobody asked for it,
    two of one contact, off the scale, before the asking or in the future.
    """
    _refuse_what_does_not_fit(asked_at, asked, answers)
    campaign = Campaign.objects.create(
        name=name,
        question=question,
        is_relational=is_relational,
        state=Campaign.State.DONE,
        created_by=by,
        created_at=asked_at,
        started_at=asked_at,
        done_at=asked_at,
        is_backfilled=True,
    )
    _insert_invitations(campaign, asked, asked_at)
    _insert_responses(campaign, answers)
    read_soon()
    since = asked_at.date() - dt.timedelta(days=1)
    note_change("invitations", from_day=since)
    _note_answers(answers, since)
    detail = {"asked": len(asked), "answers": len(answers)}
    audit.record(by=by, action="campaign.history_recorded", subject=campaign, detail=detail)
    return campaign


@transaction.atomic
def record_past_follow_up(
    *, invitation: Invitation, opened_at: dt.datetime, work: PastWork, by: User
) -> FollowUp:
    """What a user did about an answer; no mail is sent. Refused where it does not fit: done before
    it was opened, or in the future."""
    if not opened_at <= work.at <= timezone.now():
        raise Refused("Work comes after what it is about.", code="work_out_of_time")
    found = open_follow_up(invitation=invitation, by=by, at=opened_at)
    if work.reply:
        response = invitation.responses.current().get()
        Reply.objects.create(
            follow_up=found,
            by=by,
            reply_to=by.email,
            subject=subject_of(invitation),
            text=work.reply,
            quoted=quoted_of(invitation, response),
            state=Reply.State.SENT,
            mailed_hash=hash_of(invitation.contact.email),
            created_at=work.at,
            send_after=work.at,
            sent_at=work.at,
        )
        found.first_reply_at = work.at
    if work.note:
        FollowUpNote.objects.create(follow_up=found, by=by, text=work.note, created_at=work.at)
    found.owner = found.owner or by
    found.state = FollowUp.State.IN_PROGRESS
    if work.outcome:
        found.state, found.outcome = FollowUp.State.CLOSED, work.outcome
        found.closed_at = work.at
    found.save()
    detail = {"state": str(found.state), "outcome": work.outcome}
    audit.record(by=by, action="follow_up.history_recorded", subject=found, detail=detail)
    return found


def forget_empty_past_campaigns() -> None:
    """Deletes the campaigns of past answers whose answers have all been taken back."""
    asked = Invitation.objects.filter(campaign=OuterRef("pk"))
    Campaign.objects.filter(~Exists(asked), is_backfilled=True).delete()


def _refuse_what_does_not_fit(
    asked_at: dt.datetime, asked: Sequence[int], answers: Sequence[PastAnswer]
) -> None:
    now = timezone.now()
    if len(set(asked)) != len(asked):
        raise Refused("A contact was named twice.", code="asked_twice")
    left = set(asked)
    for answer in answers:
        if answer.contact_id not in left:
            raise Refused(
                f"Contact {answer.contact_id} was not asked, or answered twice.",
                code="answer_without_question",
            )
        left.remove(answer.contact_id)
        if not 0 <= answer.score <= 10:
            raise Refused("A score is from 0 to 10.", code="score_off_scale")
        if not asked_at <= answer.answered_at <= now:
            raise Refused("An answer comes after its question.", code="answer_out_of_time")


def _insert_invitations(campaign: Campaign, asked: Sequence[int], asked_at: dt.datetime) -> None:
    seeds = [tokens.new_seed() for _ in asked]
    hashes = [tokens.hash_of(tokens.derive(seed)) for seed in seeds]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO surveys_invitation
                   (campaign_id, contact_id, state, token_seed, token_hash, message_id, attempts,
                    created_at, send_after, claimed_at, sent_at, expires_at, error)
            SELECT %s, contact_id, 'sent', seed, hash, '', 0, %s, %s, %s, %s, %s, ''
              FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new (contact_id, seed, hash)
            """,
            [
                campaign.pk,
                *[asked_at] * 4,
                asked_at + ANSWERABLE_FOR,
                list(asked),
                seeds,
                hashes,
            ],
        )


def _note_answers(answers: Sequence[PastAnswer], since: dt.date) -> None:
    """Customer by customer: scores and what Today shows follow from answers."""
    of_contacts = Contact.objects.filter(pk__in=[answer.contact_id for answer in answers])
    customers = of_contacts.values_list("customer_id", flat=True).distinct()
    note_changes("responses", from_day=since, customer_ids=customers)


def _insert_responses(campaign: Campaign, answers: Sequence[PastAnswer]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO surveys_response
                   (invitation_id, score, comment, origin, is_by_user, answered_at, recorded_at)
            SELECT i.id, new.score, new.comment, %s, false, new.answered_at, now()
              FROM unnest(%s::bigint[], %s::smallint[], %s::text[], %s::timestamptz[])
                   AS new (contact_id, score, comment, answered_at)
              JOIN surveys_invitation i
                ON i.campaign_id = %s AND i.contact_id = new.contact_id
            """,
            [
                Origin.IMPORT,
                [answer.contact_id for answer in answers],
                [answer.score for answer in answers],
                [answer.comment for answer in answers],
                [answer.answered_at for answer in answers],
                campaign.pk,
            ],
        )
