"""Writing down what became of mails, and what follows from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import structlog
from django.utils import timezone

from surveys.actions.delivery import suppress
from surveys.models import Campaign, Invitation, Suppression
from surveys.outcomes import DIED, RETRY_AFTER, Outcome, Result
from surveys.sending.lines import LINES, Mail
from surveys.sending.sent import mark_sent

log = structlog.get_logger("portal.surveys")


State = Invitation.State


def write_down(campaign: Campaign, told: Sequence[tuple[Mail, Result]]) -> str:
    """Commit what became of mails we had claimed; the campaign's state by now."""
    for mail, result in told:
        if result.outcome is not Outcome.SENT:
            _refused(mail, result)
    state = ""
    for line in {mail.line for mail, _ in told}:
        sent = [
            (mail.row.message_id, result.provider_id)
            for mail, result in told
            if mail.line is line and result.outcome is Outcome.SENT
        ]
        state = mark_sent(line, campaign.pk, sent)
    return state


def _refused(mail: Mail, result: Result) -> None:
    log.info("mail not taken", mail=str(mail.row), words=result.words)
    mine = mail.line.model._default_manager.filter(
        state=State.CLAIMED, message_id=mail.row.message_id
    )
    if result.outcome is Outcome.UNKNOWN:
        mine.update(state=State.UNKNOWN, error=result.words)
    elif result.outcome is Outcome.SOFT and mail.row.attempts <= len(RETRY_AFTER):
        wait = dt.timedelta(seconds=RETRY_AFTER[mail.row.attempts - 1])
        mine.update(state=State.QUEUED, send_after=timezone.now() + wait, error=result.words)
    else:
        mine.update(state=State.FAILED, error=result.words)
        if result.is_address_dead:
            suppress(
                contact=mail.invitation.contact,
                mailed_hash=mail.row.mailed_hash,
                reason=Suppression.Reason.BOUNCED,
                campaign=mail.invitation.campaign,
                words=result.words,
            )


def settle_dead_claims(campaign_id: int) -> None:
    """What a dead runner had claimed may have gone out: never again. What the provider told of
    meanwhile did."""
    for line in LINES:
        claimed = line.of(campaign_id).filter(state=State.CLAIMED)
        known = claimed.exclude(delivered_at=None).values_list("message_id", "provider_id")
        if found := list(known):
            mark_sent(line, campaign_id, found)
        count = claimed.update(state=State.UNKNOWN, error=DIED)
        if count:
            log.warning("claims of a dead sender", campaign=campaign_id, count=count)
