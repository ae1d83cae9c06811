"""How the customer's tickets go."""

from __future__ import annotations

from django.utils.translation import gettext_noop
from psycopg.sql import SQL, Composed

from metrics.definition import Direction
from metrics.health.curves import curve
from metrics.health.signals.facts import Then
from metrics.health.signals.signal import Group, Reader, Signal

NO_TICKETS = gettext_noop("the company had no tickets on record yet")
OPEN_TICKETS = Signal(
    key="open_tickets",
    name=gettext_noop("Open tickets"),
    group=Group.SUPPORT,
    unit="tickets",
    direction=Direction.LOWER,
    curve=curve((0, 100), (2, 80), (5, 40), (10, 0)),
    help=gettext_noop("Opened and not resolved by the end of the day."),
    missing=NO_TICKETS,
)
OLD_TICKETS = Signal(
    key="old_tickets",
    name=gettext_noop("Old open tickets"),
    group=Group.SUPPORT,
    unit="tickets",
    direction=Direction.LOWER,
    curve=curve((0, 100), (1, 50), (3, 0)),
    help=gettext_noop("Open for more than 14 days."),
    missing=NO_TICKETS,
)
RESOLUTION_HOURS = Signal(
    key="resolution_hours",
    name=gettext_noop("Resolution time"),
    group=Group.SUPPORT,
    unit="hours",
    direction=Direction.LOWER,
    curve=curve((8, 100), (24, 80), (72, 40), (240, 0)),
    help=gettext_noop("The mean of tickets resolved in the last 90 days."),
    missing=gettext_noop("no ticket was resolved in the last 90 days"),
)
REOPENS = Signal(
    key="reopens",
    name=gettext_noop("Reopened tickets"),
    group=Group.SUPPORT,
    unit="times",
    direction=Direction.LOWER,
    curve=curve((0, 100), (1, 60), (3, 0)),
    help=gettext_noop("How often tickets opened in the last 90 days were opened again."),
    missing=NO_TICKETS,
)

# When a ticket was opened again is not on record: of history brought in, it counts once resolved.
RELATIONS = SQL("""
    supported AS (
        SELECT asked.customer_id, asked.day, max(opened_at) AS latest_at,
            count(*) FILTER (WHERE is_open) AS open,
            count(*) FILTER (WHERE is_open AND opened_at < asked.until - interval '14 days')
                AS old,
            avg(extract(epoch FROM ended_at - opened_at) / 3600)
                FILTER (WHERE ended_at >= asked.until - interval '90 days') AS hours,
            max(ended_at) AS ended_at,
            sum(reopens) FILTER (
                WHERE opened_at >= asked.until - interval '90 days'
                    AND (NOT is_open OR ticket.recorded_at < asked.until)
            ) AS reopens
        FROM asked
        JOIN customers_ticket AS ticket ON ticket.customer_id = asked.customer_id
            AND ticket.opened_at < asked.until AND {known}
        CROSS JOIN LATERAL (
            SELECT CASE WHEN ticket.resolved_at < asked.until THEN ticket.resolved_at END
                AS ended_at, ticket.resolved_at IS NULL OR ticket.resolved_at >= asked.until
                AS is_open
        ) AS by_then
        GROUP BY asked.customer_id, asked.day
    ), begun AS (SELECT min(opened_at) AS at FROM customers_ticket)
""")
SELECT = SQL("""
    SELECT asked.customer_id, asked.day,
        coalesce(open, 0), (latest_at AT TIME ZONE %(timezone)s)::date,
        coalesce(old, 0), (latest_at AT TIME ZONE %(timezone)s)::date,
        hours, (ended_at AT TIME ZONE %(timezone)s)::date,
        coalesce(reopens, 0), (latest_at AT TIME ZONE %(timezone)s)::date
    FROM asked JOIN begun ON begun.at < asked.until
    LEFT JOIN supported USING (customer_id, day)
""")


def query(then: Then) -> tuple[Composed, SQL]:
    return RELATIONS.format(known=then.known("ticket")), SELECT


READER = Reader(
    key="support",
    signals=(OPEN_TICKETS, OLD_TICKETS, RESOLUTION_HOURS, REOPENS),
    query=query,
)
