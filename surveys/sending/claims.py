"""Taking a few mails that are due: judged and claimed in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.db.models import F

from surveys import budget, suppressions
from surveys.models import Campaign, Invitation, Reminder
from surveys.models.invitation import ANSWERABLE_FOR
from surveys.sending.lines import INVITATIONS, REMINDERS, Line, Mail
from surveys.sending.pacing import Pacing
from tenants.context import current_company
from tenants.links import company_url

BATCH = 20  # bounds what a kill can leave unknown

State = Invitation.State


@dataclass(frozen=True)
class Claimed:
    """`skipped` were due as well and are not sent. `is_held`: more would be too fast."""

    mails: list[Mail]
    skipped: int = 0
    is_held: bool = False


def claim(
    line: Line, campaign: Campaign, *, most: int, limits: budget.Limits, pacing: Pacing
) -> Claimed:
    """Up to `most` due mails of a campaign, claimed and committed, with what they need.

    Pausing takes the campaign's row, so no claim starts after it returned. Of one address (they
    may be two contacts) one is judged at a time, so that the next claim knows what came of it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # The campaign first, then the budget: whoever takes both takes them in this order.
        cursor.execute("SELECT state FROM surveys_campaign WHERE id = %s FOR SHARE", [campaign.pk])
        row = cursor.fetchone()
        if row is None or row[0] not in line.states:
            return Claimed([])
        if line is INVITATIONS:
            budget.lock()
        most = min(most, pacing.most())
        if most < 1:
            return Claimed([], is_held=True)
        judged, parameters = _judged(line, limits)
        address = suppressions.hash_sql("due.address")
        host = urlsplit(company_url(current_company())).hostname
        cursor.execute(
            f"""
            WITH due AS MATERIALIZED (
                SELECT m.id, {line.invitation} AS invitation_id, c.customer_id, c.removed_at,
                       lower(c.email) AS address, m.send_after
                  FROM {line.source}
                 WHERE {line.campaign} = %s AND m.state = 'queued'
                   AND m.send_after <= clock_timestamp()
                 ORDER BY m.send_after, m.id LIMIT %s
                   FOR UPDATE OF m SKIP LOCKED
            ), {judged}
            UPDATE {line.table} m
               SET state = CASE WHEN judged.reason IS NULL THEN 'claimed' ELSE 'skipped' END,
                   skip_reason = coalesce(judged.reason, ''), error = '',
                   attempts = m.attempts + (judged.reason IS NULL)::int,
                   claimed_at = CASE WHEN judged.reason IS NULL THEN clock_timestamp()
                                     ELSE m.claimed_at END,
                   message_id = CASE WHEN judged.reason IS NULL
                                     THEN '<' || gen_random_uuid() || '@' || %s || '>'
                                     ELSE '' END,
                   mailed_hash = CASE WHEN judged.reason IS NULL THEN {address}
                                      ELSE m.mailed_hash END
                   {_also(line)}
              FROM judged JOIN due ON due.id = judged.id
             WHERE judged.id = m.id
            RETURNING m.id, judged.reason IS NULL
            """,  # noqa: S608 - texts of this package only
            [campaign.pk, most, *parameters, host, suppressions.prefix()],
        )
        judged_rows = cursor.fetchall()
        taken = [pk for pk, is_claimed in judged_rows if is_claimed]
        pacing.took(len(taken))
    return Claimed(_load(line, campaign, taken), skipped=len(judged_rows) - len(taken))


def _also(line: Line) -> str:
    if line is REMINDERS:
        return ""
    # Whatever may have reached somebody has a date from which its link is dead.
    return f""", expires_at = CASE WHEN judged.reason IS NULL
                     THEN clock_timestamp() + make_interval(days => {ANSWERABLE_FOR.days})
                     ELSE m.expires_at END"""


def _judged(line: Line, limits: budget.Limits) -> tuple[str, list[Any]]:
    """CTEs from `due` to `judged (id, reason)`; reason null: it is sent."""
    address = suppressions.hash_sql("d.address")
    if line is REMINDERS:
        sql = f"""
            judged AS (
                SELECT d.id,
                       CASE WHEN EXISTS (SELECT FROM surveys_response r
                                          WHERE r.invitation_id = d.invitation_id
                                            AND NOT r.is_by_user) THEN 'answered'
                            WHEN i.state <> 'sent' THEN 'not_sent'
                            WHEN i.expires_at <= clock_timestamp() THEN 'expired'
                            WHEN d.removed_at IS NOT NULL THEN 'removed'
                            ELSE s.reason END AS reason
                  FROM due d
                  JOIN surveys_invitation i ON i.id = d.invitation_id
                  LEFT JOIN surveys_suppression s ON s.email_hash = {address}
            )
        """  # noqa: S608
        return sql, [suppressions.prefix()]
    sql = f"""
        one_each AS (
            SELECT DISTINCT ON (address) * FROM due ORDER BY address, send_after, id
        ), wanted AS MATERIALIZED (
            SELECT d.*, CASE WHEN s.reason IS NOT NULL THEN s.reason
                             WHEN d.removed_at IS NOT NULL THEN 'removed' END AS reason
              FROM one_each d LEFT JOIN surveys_suppression s ON s.email_hash = {address}
        ), candidate AS MATERIALIZED (
            SELECT id, customer_id, address,
                   row_number() OVER (ORDER BY send_after, id) AS place
              FROM wanted WHERE reason IS NULL
        ), {budget.judging(limits)}, judged AS (
            SELECT w.id, coalesce(w.reason, b.reason) AS reason
              FROM wanted w LEFT JOIN budgeted b ON b.id = w.id
        )
    """  # noqa: S608
    return sql, [suppressions.prefix()]


def _load(line: Line, campaign: Campaign, taken: list[int]) -> list[Mail]:
    """Costs a query; all share the campaign that is loaded already."""
    if not taken:
        return []
    if line is INVITATIONS:
        invitations = Invitation.objects.filter(pk__in=taken).select_related("contact__customer")
        mails = [Mail(line, row) for row in invitations.order_by("send_after", "pk")]
    else:
        reminders = Reminder.objects.filter(pk__in=taken).select_related(
            "invitation__contact__customer"
        )
        mails = [Mail(line, row) for row in reminders.order_by("send_after", "pk")]
    for mail in mails:
        mail.invitation.campaign = campaign
    return mails


def put_back(mails: Iterable[Mail]) -> None:
    """Claimed, but never spoken of to the server: as before, without counting as an attempt."""
    rows = list(mails)
    for line in {mail.line for mail in rows}:
        ids = [mail.row.message_id for mail in rows if mail.line is line]
        # A claim is known by the message id it was given.
        line.model._default_manager.filter(state=State.CLAIMED, message_id__in=ids).update(
            state=State.QUEUED, attempts=F("attempts") - 1, claimed_at=None
        )
