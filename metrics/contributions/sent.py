"""Invitations that reached somebody, and whether they were answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop
from psycopg.sql import SQL

from metrics.contributions.frame import Frame
from metrics.contributions.placed import Placed, Relation
from surveys.suppressions import prefix

# A mail that may have gone out (`unknown`) is not known to have, and one asked elsewhere is known
# to us only because it was answered: neither says how many answer. Where the mail's provider tells
# of deliveries, only what was delivered reached somebody; elsewhere all that was sent and did not
# come back later. What was answered did in any case.
FACT = SQL("""
    told AS (
        SELECT DISTINCT campaign_id FROM surveys_invitation WHERE delivered_at IS NOT NULL
    ), fact AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, sent.*
        FROM (
            SELECT invitation.id, contact.customer_id, invitation.contact_id,
                (invitation.sent_at AT TIME ZONE %(timezone)s)::date AS day,
                campaign.name AS own, (answer.day IS NOT NULL)::int AS y, 1 AS x,
                answer.day AS answered_on
            FROM surveys_invitation AS invitation
            JOIN surveys_campaign AS campaign ON campaign.id = invitation.campaign_id
            JOIN customers_contact AS contact ON contact.id = invitation.contact_id
            LEFT JOIN (
                SELECT invitation_id, (answered_at AT TIME ZONE %(timezone)s)::date AS day
                FROM surveys_response
                WHERE superseded_at IS NULL AND NOT is_by_user
            ) AS answer ON answer.invitation_id = invitation.id AND answer.day <= %(as_of)s
            WHERE invitation.state = 'sent' AND invitation.source_id IS NULL
                AND campaign.kind = ANY(%(kinds)s)
                AND (%(customers)s::bigint[] IS NULL OR contact.customer_id = ANY (%(customers)s))
                AND (answer.day IS NOT NULL OR invitation.delivered_at IS NOT NULL
                    OR campaign.id NOT IN (SELECT campaign_id FROM told))
                AND (answer.day IS NOT NULL OR invitation.bounced_at IS NULL AND NOT EXISTS (
                    SELECT FROM surveys_suppression AS returned
                    WHERE returned.reason = 'bounced' AND returned.created_at >= invitation.sent_at
                        AND coalesce(returned.campaign_id, campaign.id) = campaign.id
                        AND returned.email_hash = encode(sha256(
                            convert_to(%(hash_prefix)s || lower(contact.email), 'UTF8')), 'hex')
                ))
        ) AS sent
        WHERE day >= %(first)s AND day < %(last)s
    )
""")


@dataclass(frozen=True, kw_only=True)
class Sent(Placed):
    """Invitations sent in the period that reached somebody; those answered until as-of."""

    kinds: Sequence[str]
    empty_reason: str = gettext_noop("no invitations in the period")

    def facts(self, frame: Frame) -> Sequence[Relation]:
        return [FACT]

    def parameters(self, frame: Frame) -> Mapping[str, Any]:
        return {"kinds": list(self.kinds), "hash_prefix": prefix()}

    def parts(self) -> Mapping[str, SQL]:
        return {"answered": SQL("sum(y)"), "waiting": SQL("sum(x - y)")}

    def row_parts(self) -> Mapping[str, SQL]:
        return {
            "sent": SQL("day::text"),
            "answered": SQL("answered_on::text"),
            "campaign": SQL("own"),
        }
