"""What happened that event campaigns wait for, read from the customers' facts.

A campaign looks at what happened since it last looked, and a while before, because facts come
late; what it has dealt with is kept (Occasion), so nothing asks twice. A fact that is learned more
than a day after the event is history and asks nobody. One that was learned in time but is seen
only a day after its invitation was due was overlooked by us (an outage): then a person is asked.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from surveys.actions.rounds import ToInvite
from surveys.audience import Choice, Values
from surveys.audience.judging import chosen
from surveys.models import Campaign, CampaignWatch, Event
from surveys.models.watch import LONG_PAST
from tenants.context import current_company

# So long before the last look is looked at again: a fact may be committed late.
OVERLAP = dt.timedelta(days=2)
# A fact learned so lately was not overlooked: nobody could have seen it earlier.
JUST_LEARNED = dt.timedelta(hours=1)

# A renewal whose day moves is the same one to whom was asked about it so lately; a year on it is
# another.
SAME_RENEWAL = dt.timedelta(days=90)

# Each gives (cause, customer_id, contact_id, occurred_at, learned_at): what happened after `since`
# and by `now`. A day without a time is over when it was learned, or else at its end.
_TICKETS = """
    SELECT 'ticket:' || t.external_id AS cause, t.customer_id, t.contact_id,
           t.resolved_at AS occurred_at, t.recorded_at AS learned_at
      FROM customers_ticket t
     WHERE t.superseded_at IS NULL AND NOT t.is_backfilled
       AND t.resolved_at > {since} AND t.resolved_at <= {now}
"""
_MILESTONES = """
    SELECT * FROM (
        SELECT 'milestone:' || m.external_id AS cause, m.customer_id, NULL::bigint AS contact_id,
               least(greatest(m.recorded_at, m.reached_on::timestamp AT TIME ZONE {zone}),
                     (m.reached_on + 1)::timestamp AT TIME ZONE {zone}) AS occurred_at,
               m.recorded_at AS learned_at
          FROM customers_milestone m
         WHERE m.superseded_at IS NULL AND NOT m.is_backfilled
           AND m.reached_on >= ({since} AT TIME ZONE {zone})::date - 1
           AND ({name} = '' OR m.name = {name})
    ) AS reached WHERE occurred_at > {since} AND occurred_at <= {now}
"""
# A renewal that was told; else the end of a subscription's last term.
_RENEWALS = """
    SELECT cause, customer_id, NULL::bigint AS contact_id,
           (day - {days}::int)::timestamp AT TIME ZONE {zone} AS occurred_at, learned_at
      FROM (SELECT ({since} AT TIME ZONE {zone})::date AS begins,
                   ({now} AT TIME ZONE {zone})::date AS today) AS known
      CROSS JOIN LATERAL (
        SELECT 'renewal:' || r.external_id || ':' || r.renews_on AS cause, r.customer_id,
               r.renews_on AS day, r.recorded_at AS learned_at
          FROM customers_renewal r
         WHERE r.superseded_at IS NULL AND r.cancelled_on IS NULL
           AND r.renews_on BETWEEN begins + {days}::int AND today + {days}::int
        UNION ALL
        SELECT 'term:' || s.external_id || ':' || t.ends_on, s.customer_id, t.ends_on,
               t.recorded_at
          FROM customers_term t JOIN customers_subscription s ON s.id = t.subscription_id
         WHERE t.superseded_at IS NULL
           AND t.ends_on BETWEEN begins + {days}::int AND today + {days}::int
           AND NOT EXISTS (
                SELECT FROM customers_term later
                 WHERE later.superseded_at IS NULL AND later.subscription_id = t.subscription_id
                   AND later.starts_on > t.starts_on)
           AND NOT EXISTS (
                SELECT FROM customers_renewal r
                 WHERE r.superseded_at IS NULL AND r.customer_id = s.customer_id
                   AND coalesce(r.subscription_id, s.id) = s.id
                   AND r.renews_on >= t.ends_on - 31)
      ) AS ahead
     WHERE day >= today
"""
# Once per person and name, or per customer where the person is no contact. No index: writing one
# would cost every event, and reading a month of a million takes 0.2 s every ten minutes.
_USAGE = """
    SELECT DISTINCT ON (cause) * FROM (
        SELECT 'usage:' || {name} || CASE WHEN coalesce(k.id, m.id) IS NULL
                    THEN ':customer-' || e.customer_id ELSE ':contact-' || coalesce(k.id, m.id) END
                    AS cause,
               e.customer_id, coalesce(k.id, m.id) AS contact_id,
               e.occurred_at, e.received_at AS learned_at
          FROM customers_usageevent e
          LEFT JOIN customers_contact k
            ON k.external_id = e.end_user AND k.customer_id = e.customer_id
          LEFT JOIN customers_contact m
            ON k.id IS NULL AND m.customer_id = e.customer_id
               AND lower(m.email) = lower(e.end_user)
         WHERE e.name = {name} AND e.customer_id IS NOT NULL
           AND e.occurred_at > {since} AND e.occurred_at <= {now}
    ) AS used ORDER BY cause, occurred_at
"""
_SOURCES = {
    Event.TICKET_RESOLVED: _TICKETS,
    Event.MILESTONE_REACHED: _MILESTONES,
    Event.RENEWAL_AHEAD: _RENEWALS,
    Event.USAGE_EVENT: _USAGE,
}


@dataclass(frozen=True)
class News:
    """How much happened that was not dealt with; `overlooked` of it was due more than a day ago,
    the first at `overlooked_since`."""

    count: int
    overlooked: int
    overlooked_since: dt.datetime | None


def news_of(campaign: Campaign, watch: CampaignWatch, now: dt.datetime) -> News:
    """What there is to deal with. Costs a query; none where only programs call."""
    if campaign.event not in _SOURCES:
        return News(0, 0, None)
    values = Values(current_company().today())
    sql = f"""
        WITH {_found(campaign, watch, now, values)}
        SELECT count(*), count(*) FILTER (WHERE is_overlooked),
               min(due_at) FILTER (WHERE is_overlooked)
          FROM found
    """  # noqa: S608 - texts of this module
    with connection.cursor() as cursor:
        cursor.execute(sql, values.held)
        return News(*cursor.fetchone())


def take(campaign: Campaign, watch: CampaignWatch, now: dt.datetime) -> list[ToInvite]:
    """Deal with all of it: who is to be invited, and for what. What is taken is never given again.

    The contact the fact names, if the campaign's choice lets it through; else all of the
    customer's contacts that it does. In the transaction that writes the invitations.
    """
    values = Values(current_company().today())
    sql = f"""
        {chosen(Choice.of(campaign), campaign, values)},
        {_found(campaign, watch, now, values)}, taken AS (
            INSERT INTO surveys_occasion (campaign_id, cause, occurred_at, seen_at)
            SELECT {values.add(campaign.pk)}, cause, occurred_at, {values.add(now)} FROM found
            ON CONFLICT DO NOTHING RETURNING cause
        )
        SELECT chosen.id, chosen.timezone, greatest(found.due_at, {values.add(now)}),
               CASE WHEN found.contact_id IS NULL THEN found.cause || '/' || chosen.id
                    ELSE found.cause END
          FROM taken
          JOIN found ON found.cause = taken.cause
          JOIN chosen ON chosen.customer_id = found.customer_id
               AND chosen.id = coalesce(found.contact_id, chosen.id)
          LEFT JOIN surveys_suppression s ON s.email_hash = chosen.email_hash
         WHERE found.is_news AND chosen.is_sampled AND NOT chosen.is_former AND s.id IS NULL
         ORDER BY found.due_at, chosen.id
    """  # noqa: S608 - texts of surveys only
    with connection.cursor() as cursor:
        cursor.execute(sql, values.held)
        return [ToInvite(*row) for row in cursor.fetchall()]


def _found(campaign: Campaign, watch: CampaignWatch, now: dt.datetime, values: Values) -> str:
    """A CTE `found`: what happened since the campaign started and has not been dealt with.
    `is_news`: to be asked about; the rest is history."""
    started_at = campaign.started_at or now
    since = max(started_at, watch.looked_at - OVERLAP)
    source = _SOURCES[Event(campaign.event)].format(
        since=values.add(since),
        now=values.add(now),
        zone=values.add(current_company().timezone),
        name=values.add(campaign.event_name),
        days=values.add(campaign.days_before or 0),
    )
    at, long_past = values.add(now), values.add(LONG_PAST)
    moved = _is_moved(campaign, values, at) if campaign.event == Event.RENEWAL_AHEAD else "false"
    allowed, skipped = values.add(watch.allowed_until), values.add(watch.skipped_until)
    return f"""
        happened AS MATERIALIZED ({source}), dated AS (
            SELECT happened.*,
                   occurred_at + make_interval(hours => {campaign.delay_hours:d}) AS due_at
              FROM happened
        ), weighed AS (
            SELECT dated.*, due_at < {at} - {long_past}::interval
                       AND due_at > coalesce({allowed}::timestamptz, '-infinity') AS is_late,
                   learned_at <= occurred_at + {long_past}::interval
                       AND due_at > coalesce({skipped}::timestamptz, '-infinity') AS is_timely,
                   learned_at > {at} - {values.add(JUST_LEARNED)}::interval AS is_just_learned
              FROM dated
        ), found AS MATERIALIZED (
            SELECT weighed.*, is_timely AND is_late AND NOT is_just_learned AS is_overlooked,
                   is_timely AND NOT is_late AS is_news
              FROM weighed
             WHERE NOT EXISTS (SELECT FROM surveys_occasion o
                                WHERE o.campaign_id = {values.add(campaign.pk)}
                                  AND o.cause = weighed.cause)
               AND NOT {moved}
        )"""  # noqa: S608 - texts of this module


def _is_moved(campaign: Campaign, values: Values, at: str) -> str:
    """Whether somebody was asked lately about the same renewal, on another day: a contract that
    is put off or brought forward is no new one."""
    number = values.add(campaign.pk)

    def undated(cause: str) -> str:
        return f"regexp_replace({cause}, ':[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(/[0-9]+)?$', '')"

    return f"""EXISTS (
        SELECT FROM surveys_invitation i
         WHERE i.campaign_id = {number} AND i.state NOT IN ('skipped', 'withdrawn')
           AND i.created_at > {at} - {values.add(SAME_RENEWAL)}::interval
           AND {undated("i.cause")} = {undated("weighed.cause")})"""
