"""Sending one reply: claimed before the mail server hears of it, never sent twice.

The order of writes is that of surveys.sending: who dies between claim and commit leaves a claim,
and the job's next runner makes it `unknown`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlsplit

import structlog
from django.db import transaction
from django.utils import timezone

from surveys.actions.follow_ups import SEND_REPLY, why_unreachable
from surveys.models import FollowUp, Reply
from surveys.outcomes import DIED, RETRY_AFTER, SERVER_BACK_AFTER, Outcome, Result
from surveys.reply_mail import reply_mail
from surveys.smtp import Sender
from surveys.suppressions import hash_of
from tenants.context import current_company
from tenants.jobs import enqueue
from tenants.links import company_url

log = structlog.get_logger("portal.surveys")

State = Reply.State
CLAIMED_FIELDS = ("state", "claimed_at", "error", "attempts", "message_id", "mailed_hash")


def send_reply(reply_id: int, *, failures: int = 0) -> None:
    """Send one reply, if it is still to be sent. `failures`: how often in a row the mail server
    could not be spoken to."""
    reply = _claim(reply_id)
    if reply is None:
        return
    why = why_unreachable(reply.follow_up.invitation)
    if why:
        _settle(reply, state=State.FAILED, error=why)
        return
    with Sender() as sender:
        result = sender.send(reply_mail(reply))
    _write_down(reply, result, failures)


def _claim(reply_id: int) -> Reply | None:
    """The reply, claimed and committed; None when there is nothing to send. A claim that is there
    is a dead runner's: one at a time runs a job of a key."""
    with transaction.atomic():
        reply = Reply.objects.select_for_update().filter(pk=reply_id).first()
        if reply is None:
            return None
        if reply.state == State.CLAIMED:
            reply.state = State.UNKNOWN
            reply.error = DIED
            reply.save(update_fields=["state", "error"])
            log.warning("claim of a dead sender", reply=reply_id)
            return None
        if reply.state != State.QUEUED or reply.send_after > timezone.now():
            return None
        host = urlsplit(company_url(current_company())).hostname
        reply.state, reply.claimed_at, reply.error = State.CLAIMED, timezone.now(), ""
        reply.attempts += 1
        reply.message_id = f"<{uuid.uuid4()}@{host}>"
        reply.mailed_hash = hash_of(reply.follow_up.invitation.contact.email)
        reply.save(update_fields=CLAIMED_FIELDS)
    return Reply.objects.select_related(
        "by", "follow_up__invitation__campaign", "follow_up__invitation__contact__customer"
    ).get(pk=reply_id)


def _write_down(reply: Reply, result: Result, failures: int) -> None:
    match result.outcome:
        case Outcome.SENT:
            mark_sent(reply, provider_id=result.provider_id)
        case Outcome.UNKNOWN:
            _settle(reply, state=State.UNKNOWN, error=result.words)
        case Outcome.SOFT if reply.attempts <= len(RETRY_AFTER):
            _again(reply, result.words, seconds=RETRY_AFTER[reply.attempts - 1], failures=0)
        case Outcome.DOWN:
            # Not handed over: no attempt.
            reply.attempts -= 1
            seconds = SERVER_BACK_AFTER[min(failures, len(SERVER_BACK_AFTER) - 1)]
            _again(reply, result.words, seconds=seconds, failures=failures + 1)
        case _:
            _settle(reply, state=State.FAILED, error=result.words)


@transaction.atomic
def mark_sent(reply: Reply, *, provider_id: str = "") -> None:
    """Sent, and the follow-up has its first reply; also where it was given up as unknown."""
    now = timezone.now()
    Reply.objects.filter(
        pk=reply.pk, message_id=reply.message_id, state__in=[State.CLAIMED, State.UNKNOWN]
    ).update(state=State.SENT, sent_at=now, error="", provider_id=provider_id)
    FollowUp.objects.filter(pk=reply.follow_up_id, first_reply_at=None).update(first_reply_at=now)


def _settle(reply: Reply, *, state: str, error: str) -> None:
    Reply.objects.filter(pk=reply.pk, message_id=reply.message_id, state=State.CLAIMED).update(
        state=state, error=error
    )


@transaction.atomic
def _again(reply: Reply, words: str, *, seconds: int, failures: int) -> None:
    send_after = timezone.now() + dt.timedelta(seconds=seconds)
    is_mine = Reply.objects.filter(
        pk=reply.pk, message_id=reply.message_id, state=State.CLAIMED
    ).update(state=State.QUEUED, send_after=send_after, error=words, attempts=reply.attempts)
    if is_mine:
        enqueue(
            SEND_REPLY,
            key=f"{SEND_REPLY}-{reply.pk}",
            payload={"reply_id": reply.pk, "failures": failures},
            run_at=send_after,
        )
