"""From the invitation to the answer: how many got how far, and why the others did not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from surveys.budget import REASONS
from surveys.models import Campaign
from surveys.sending.lines import SKIPPED


@dataclass(frozen=True)
class Skipped:
    """So many were not written to when their time came, for this reason."""

    reason: str
    count: int

    @property
    def words(self) -> str:
        known = REASONS | SKIPPED
        return _(known[self.reason]) if self.reason in known else self.reason.replace("_", " ")


@dataclass(frozen=True)
class Funnel:
    """Counts of invitations. `invited`: all but those taken back. `delivered` and `opened` are
    None where no mail provider ever said so of this campaign: then nobody knows. `answered`: by
    the contact. `asked`: whom the response rate is of, as the metric has it: delivered where that
    is known, else sent less bounced, and whoever answered: their mail did arrive. Those `skipped`,
    `failed` and `unknown` are apart: they are not among `sent`."""

    invited: int
    waiting: int
    sent: int
    unknown: int
    failed: int
    skipped: Sequence[Skipped]
    bounced: int
    complained: int
    delivered: int | None
    opened: int | None
    answered: int
    reminders: int
    asked: int

    @property
    def skipped_count(self) -> int:
        return sum(one.count for one in self.skipped)

    @property
    def response_rate(self) -> Decimal | None:
        return Decimal(self.answered) / self.asked if self.asked else None

    @property
    def steps(self) -> list[tuple[str, int | None]]:
        """(name, how many; None: not known), each among the one before."""
        return [
            (_("Invited"), self.invited),
            (_("Sent"), self.sent),
            (_("Delivered"), self.delivered),
            (_("Opened"), self.opened),
            (_("Answered"), self.answered),
        ]


def funnel_of(campaign: Campaign, stored: Mapping[str, Any] | None = None) -> Funnel:
    """Of what is stored, else costs one query over the campaign's invitations."""
    row = stored["funnel"] if stored else count_funnel(campaign)
    skipped = [Skipped(reason, count) for reason, count in json.loads(row[11]).items()]
    skipped.sort(key=lambda one: (-one.count, one.reason))
    return Funnel(
        invited=row[0],
        waiting=row[1],
        sent=row[2],
        unknown=row[3],
        failed=row[4],
        bounced=row[5],
        complained=row[6],
        delivered=row[7] or None,
        opened=row[8] or None,
        answered=row[9],
        reminders=row[10],
        asked=row[12],
        skipped=skipped,
    )


def count_funnel(campaign: Campaign) -> Any:
    """The counts of Funnel, as funnel_of reads them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH g AS (
                SELECT i.id, i.state, i.skip_reason, i.bounced_at, i.complained_at, i.delivered_at,
                       i.opened_at, r.id IS NOT NULL AS is_answered
                  FROM surveys_invitation i
                  LEFT JOIN surveys_response r -- one at most is current
                    ON r.invitation_id = i.id AND r.superseded_at IS NULL AND NOT r.is_by_user
                 WHERE i.campaign_id = %(campaign)s AND i.state <> 'withdrawn'
            )
            SELECT count(*), count(*) FILTER (WHERE state IN ('queued', 'claimed')),
                   count(*) FILTER (WHERE state = 'sent'),
                   count(*) FILTER (WHERE state = 'unknown'),
                   count(*) FILTER (WHERE state = 'failed'),
                   count(bounced_at), count(complained_at),
                   count(*) FILTER (WHERE delivered_at IS NOT NULL AND bounced_at IS NULL),
                   count(opened_at), count(*) FILTER (WHERE is_answered),
                   (SELECT count(*) FROM surveys_reminder d JOIN g ON g.id = d.invitation_id
                     WHERE d.state = 'sent'),
                   (SELECT coalesce(jsonb_object_agg(skip_reason, n), '{}')
                      FROM (SELECT skip_reason, count(*) AS n FROM g WHERE state = 'skipped'
                             GROUP BY 1) s)::text,
                   count(*) FILTER (WHERE is_answered OR state = 'sent' AND bounced_at IS NULL
                       AND (delivered_at IS NOT NULL
                            OR NOT EXISTS (SELECT FROM g WHERE delivered_at IS NOT NULL)))
              FROM g
            """,
            {"campaign": campaign.pk},
        )
        return cursor.fetchone()
