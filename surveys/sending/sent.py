"""Committing that mails were taken, and the reminders that follow them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from surveys.models import Invitation
from surveys.sending.lines import Line

State = Invitation.State


def mark_sent(line: Line, campaign_id: int, sent: Sequence[tuple[str, str]]) -> str:
    """Commit that these were taken, as (message id, the provider's id); also those another runner
    had given up as unknown. Writes the reminders that follow them. Returns the campaign's state.

    This commit alone does not wait for the disk: should the database's machine die, the claim
    (which did wait) is what is left, and becomes `unknown` as after any death.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH hurried AS MATERIALIZED (
                SELECT set_config('synchronous_commit', 'off', true)
            ), told AS (
                SELECT * FROM unnest(%s::text[], %s::text[]) AS told (message_id, provider_id)
            ), sent AS (
                UPDATE {line.table} m
                   SET state = 'sent', sent_at = clock_timestamp(), error = '',
                       provider_id = told.provider_id
                  FROM hurried, told
                 WHERE m.message_id = told.message_id AND m.state IN ('claimed', 'unknown')
                RETURNING {line.invitation} AS invitation_id, {line.next_number} AS number,
                          m.sent_at
            ), reminded AS (
                INSERT INTO surveys_reminder
                       (invitation_id, number, state, message_id, created_at, send_after, error)
                SELECT sent.invitation_id, sent.number, 'queued', '', clock_timestamp(),
                       sent.sent_at + make_interval(days => g.reminder_days), ''
                  FROM sent JOIN surveys_campaign g ON g.id = %s AND sent.number <= g.reminders
                ON CONFLICT (invitation_id, number) DO NOTHING
            )
            SELECT state FROM surveys_campaign WHERE id = %s
            """,  # noqa: S608 - texts of this package only
            [[one[0] for one in sent], [one[1] for one in sent], campaign_id, campaign_id],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""
