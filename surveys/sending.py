"""Sending a campaign: claim a few, hand each over, write down at once what became of it.

The order of writes is what makes a second mail impossible. A claim is committed before the
server hears of the mail; `sent` is committed after its 250. Whoever dies between leaves a claim,
and the next runner (there is one per campaign at a time: tenants.jobs holds a lock that dies with
its holder) makes it `unknown` and goes on with the others.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog
from django.db import connection, transaction
from django.db.models import F, Min, QuerySet
from django.utils import timezone

from customers.actions.feed import note_change
from surveys import suppressions
from surveys.actions.campaigns import queue_sending
from surveys.emails import invitation_mail
from surveys.models import Campaign, Invitation
from surveys.models.invitation import ANSWERABLE_FOR
from surveys.smtp import Outcome, Result, Sender
from tenants.context import current_company
from tenants.links import company_url

log = structlog.get_logger("portal.surveys")

BATCH = 20  # bounds what a kill can leave unknown
SLICE_SECONDS = 3.0  # then the company's other jobs get their turn
RETRY_AFTER = (60, 300, 900, 3600, 14400)  # seconds, after the first, second, ... refusal
SERVER_BACK_AFTER = (30, 60, 120, 300, 900)

State = Invitation.State


def send_slice(campaign_id: int, *, failures: int = 0) -> None:
    """Send for a few seconds, then queue what is left (or say that the campaign is done).

    `failures`: how often in a row the mail server could not be spoken to before this.
    """
    _settle_dead_claims(campaign_id)
    begun_at = timezone.now()
    until = time.monotonic() + SLICE_SECONDS
    trouble = ""
    with Sender() as sender:
        while not trouble and time.monotonic() < until:
            batch = _claim(campaign_id)
            if not batch:
                break
            trouble = _send_batch(sender, batch)
    _tell_figures(campaign_id, since=begun_at)
    _conclude(campaign_id, trouble=trouble, failures=failures)


def _tell_figures(campaign_id: int, *, since: dt.datetime) -> None:
    """That more were asked, if any were."""
    asked = Invitation.objects.filter(campaign_id=campaign_id, state=State.SENT, sent_at__gte=since)
    if asked.exists():
        zone = ZoneInfo(current_company().timezone)
        note_change("invitations", from_day=since.astimezone(zone).date())


def _settle_dead_claims(campaign_id: int) -> None:
    """What a dead runner had claimed may have gone out: never again."""
    count = Invitation.objects.filter(campaign_id=campaign_id, state=State.CLAIMED).update(
        state=State.UNKNOWN, error="The sender died before it knew whether the mail was taken."
    )
    if count:
        log.warning("claims of a dead sender", campaign=campaign_id, count=count)


def _claim(campaign_id: int) -> list[Invitation]:
    """Up to BATCH due invitations of a running campaign, claimed and committed, with what their
    mails need. Pausing takes the campaign's row, so no claim starts after it returned."""
    host = urlsplit(company_url(current_company())).hostname
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH running AS MATERIALIZED (
                SELECT id FROM surveys_campaign WHERE id = %s AND state = 'running' FOR SHARE
            ), due AS MATERIALIZED (
                SELECT i.id FROM surveys_invitation i JOIN running ON running.id = i.campaign_id
                 WHERE i.state = 'queued' AND i.send_after <= clock_timestamp()
                 ORDER BY i.send_after, i.id LIMIT %s
                   FOR UPDATE OF i SKIP LOCKED
            )
            UPDATE surveys_invitation i
               SET state = 'claimed', claimed_at = clock_timestamp(), attempts = attempts + 1,
                   expires_at = clock_timestamp() + make_interval(days => %s), error = '',
                   message_id = '<' || gen_random_uuid() || '@' || %s || '>'
              FROM due WHERE i.id = due.id
            RETURNING i.id
            """,
            [campaign_id, BATCH, ANSWERABLE_FOR.days, host],
        )
        claimed = [row[0] for row in cursor.fetchall()]
    return list(
        Invitation.objects.filter(pk__in=claimed)
        .select_related("campaign", "contact__customer")
        .defer("campaign__audience")  # may hold thousands of ids
        .order_by("send_after", "pk")
    )


def _send_batch(sender: Sender, batch: list[Invitation]) -> str:
    """Send what was claimed. What cannot be spoken of now goes back; returns why, or ""."""
    unwanted = suppressions.suppressed_among(row.contact.email for row in batch)
    left = list(batch)
    try:
        while left:
            invitation = left[0]
            if invitation.contact.email in unwanted:
                left.pop(0)
                _fail(invitation, "Asked for no more surveys before the mail was sent.")
                continue
            message = invitation_mail(invitation)
            left.pop(0)  # from here on it may be out: whatever happens, it is not put back
            result = sender.send(message)
            if result.outcome is Outcome.DOWN:
                left.insert(0, invitation)
                return result.words
            if not _settle(invitation, result):
                return ""  # paused meanwhile
    finally:
        _put_back(left)
    return ""


def _settle(invitation: Invitation, result: Result) -> bool:
    """Write down what became of one mail; whether the campaign is still running."""
    if result.outcome is Outcome.SENT:
        return _sent(invitation)
    log.info("mail not taken", invitation=invitation.pk, words=result.words)
    if result.outcome is Outcome.UNKNOWN:
        _mine(invitation).update(state=State.UNKNOWN, error=result.words)
    elif result.outcome is Outcome.SOFT and invitation.attempts <= len(RETRY_AFTER):
        wait = dt.timedelta(seconds=RETRY_AFTER[invitation.attempts - 1])
        _mine(invitation).update(
            state=State.QUEUED, send_after=timezone.now() + wait, error=result.words
        )
    else:
        _fail(invitation, result.words)
    return True


def _sent(invitation: Invitation) -> bool:
    """Commit that the server took it; also where another runner had given it up as unknown.

    This commit alone does not wait for the disk: should the database's machine die, the claim
    (which did wait) is what is left, and becomes `unknown` as after any death.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH hurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
            UPDATE surveys_invitation i SET state = 'sent', sent_at = clock_timestamp(), error = ''
              FROM surveys_campaign g, hurried
             WHERE i.id = %s AND i.message_id = %s AND i.state IN ('claimed', 'unknown')
               AND g.id = i.campaign_id
            RETURNING g.state
            """,
            [invitation.pk, invitation.message_id],
        )
        row = cursor.fetchone()
    return row is not None and row[0] == Campaign.State.RUNNING


def _fail(invitation: Invitation, words: str) -> None:
    _mine(invitation).update(state=State.FAILED, error=words)


def _mine(*invitations: Invitation) -> QuerySet[Invitation]:
    """Those that are still claimed by us: a claim is known by the message id it was given."""
    return Invitation.objects.filter(
        state=State.CLAIMED, message_id__in=[row.message_id for row in invitations]
    )


def _put_back(invitations: Iterable[Invitation]) -> None:
    """Claimed, but never spoken of to the server: as before, without counting as an attempt."""
    rows = list(invitations)
    if rows:
        _mine(*rows).update(state=State.QUEUED, attempts=F("attempts") - 1, claimed_at=None)


def _conclude(campaign_id: int, *, trouble: str, failures: int) -> None:
    """Queue the next slice, or the campaign is done. Also says on it what holds it up."""
    now = timezone.now()
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
        if campaign is None:
            return
        if campaign.sending_error != trouble:
            campaign.sending_error = trouble
            campaign.save(update_fields=["sending_error"])
        if campaign.state != Campaign.State.RUNNING:
            return
        waiting = campaign.invitations.filter(state=State.QUEUED)
        next_at = waiting.aggregate(next_at=Min("send_after"))["next_at"]
        if next_at is None:
            campaign.state = Campaign.State.DONE
            campaign.done_at = now
            campaign.save(update_fields=["state", "done_at"])
            return
        if trouble:
            failures += 1
            seconds = SERVER_BACK_AFTER[min(failures, len(SERVER_BACK_AFTER)) - 1]
            next_at = max(next_at, now + dt.timedelta(seconds=seconds))
        queue_sending(campaign, failures=failures if trouble else 0, run_at=max(next_at, now))
