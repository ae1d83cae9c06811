"""Writing invitations: whole rounds of them with a few statements, each due within its hours."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.db import connection

from surveys import tokens
from surveys.actions.storing import results_changed
from surveys.audience import ToAsk
from surveys.hours import Hours, at_share, first_moment, windows, zone_named
from surveys.models import Campaign, Timing
from tenants.context import current_company


@dataclass(frozen=True)
class ToInvite:
    """One invitation to write. `cause` names the event it is for; none: a round."""

    contact: int
    timezone: str
    not_before: dt.datetime
    cause: str = ""


def invite_round(campaign: Campaign, asked: Sequence[ToAsk], *, now: dt.datetime) -> int:
    """Invite them, from now on; the first time a campaign asks them, over its `spread_days`."""
    later = set()
    if campaign.timing == Timing.RECURRING and campaign.spread_days > 1:
        later = set(
            campaign.invitations.filter(contact__in=[one.contact for one in asked]).values_list(
                "contact_id", flat=True
            )
        )
    moments = _spread(campaign, [one for one in asked if one.contact not in later], now)
    return invite(
        campaign,
        [ToInvite(one.contact, one.timezone, moments.get(one.contact, now)) for one in asked],
    )


def invite(campaign: Campaign, rows: Sequence[ToInvite]) -> int:
    """Write them; returns how many. Whoever has one for its cause gets none. In the transaction
    that holds the campaign's row. The tokens are made here: SQL does not know the key."""
    if not rows:
        return 0
    hours, company_zone = Hours.of(campaign), current_company().timezone

    @cache
    def moment(not_before: dt.datetime, zone: str) -> dt.datetime:
        return first_moment(hours, not_before, zone_named(zone, company_zone))

    seeds = [tokens.new_seed() for _ in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO surveys_invitation
                   (campaign_id, contact_id, round, cause, state, token_seed, token_hash,
                    message_id, created_at, send_after, error)
            SELECT %(campaign)s, new.contact_id,
                   coalesce(last.round, 0)
                       + row_number() OVER (PARTITION BY new.contact_id ORDER BY new.place),
                   new.cause, 'queued', new.seed, new.hash, '', now(), new.send_after, ''
              FROM unnest(%(contacts)s::bigint[], %(causes)s::text[], %(seeds)s::text[],
                          %(hashes)s::text[], %(moments)s::timestamptz[]) WITH ORDINALITY
                   AS new (contact_id, cause, seed, hash, send_after, place)
              LEFT JOIN (
                    SELECT contact_id, max(round) AS round FROM surveys_invitation
                     WHERE campaign_id = %(campaign)s AND contact_id = ANY(%(contacts)s)
                     GROUP BY contact_id
              ) last ON last.contact_id = new.contact_id
             ORDER BY new.place
            ON CONFLICT DO NOTHING
            """,
            {
                "campaign": campaign.pk,
                "contacts": [row.contact for row in rows],
                "causes": [row.cause for row in rows],
                "seeds": seeds,
                "hashes": [tokens.hash_of(tokens.derive(seed)) for seed in seeds],
                "moments": [moment(row.not_before, row.timezone) for row in rows],
            },
        )
        count = int(cursor.rowcount)
    results_changed(campaign.pk)
    return count


def _spread(campaign: Campaign, asked: Sequence[ToAsk], now: dt.datetime) -> dict[int, dt.datetime]:
    """When each is due: evenly over the days, in an order of the campaign's own that is the same
    whenever it is asked for."""
    if campaign.spread_days <= 1 or campaign.timing == Timing.EVENT:
        return {}
    hours, company_zone = Hours.of(campaign), current_company().timezone
    by_zone = {
        name: windows(hours, now, zone_named(name, company_zone), campaign.spread_days)
        for name in {one.timezone for one in asked}
    }

    def place(one: ToAsk) -> bytes:
        return hashlib.sha256(f"{campaign.pk}:spread:{one.contact}".encode()).digest()

    return {
        one.contact: at_share(by_zone[one.timezone], number / len(asked))
        for number, one in enumerate(sorted(asked, key=place))
    }
