"""How the company and the customer's people get on."""

from __future__ import annotations

from django.utils.translation import gettext_noop
from psycopg.sql import SQL, Composed

from metrics.definition import Direction
from metrics.health.curves import curve
from metrics.health.signals.facts import Then
from metrics.health.signals.signal import Group, Reader, Signal

LATE_GOALS = Signal(
    key="late_goals",
    name=gettext_noop("Milestones and objectives late"),
    group=Group.RELATIONSHIP,
    unit="late",
    direction=Direction.LOWER,
    curve=curve((0, 100), (1, 60), (3, 0)),
    help=gettext_noop(
        "Of onboarding and success plans: due before the day and not reached by then."
    ),
    missing=gettext_noop("none was due yet"),
)
DAYS_SINCE_TOUCHPOINT = Signal(
    key="days_since_touchpoint",
    name=gettext_noop("Days since the last touchpoint"),
    group=Group.RELATIONSHIP,
    unit="days",
    direction=Direction.LOWER,
    curve=curve((14, 100), (60, 70), (180, 0)),
    help=gettext_noop("Since anybody of the company last spoke or wrote to them."),
    missing=gettext_noop("no touchpoint on record"),
)
CHAMPION_GONE = Signal(
    key="champion_gone",
    name=gettext_noop("Champion gone"),
    group=Group.RELATIONSHIP,
    unit="gone",
    direction=Direction.LOWER,
    curve=curve((0, 100), (1, 0)),
    help=gettext_noop("Contacts in the role of champion who left, if none is there now."),
    missing=gettext_noop("nobody was ever its champion"),
)
ADVOCACY = Signal(
    key="advocacy",
    name=gettext_noop("Referrals and reviews given"),
    group=Group.RELATIONSHIP,
    unit="given",
    direction=Direction.HIGHER,
    curve=curve((0, 50), (1, 90), (2, 100)),
    help=gettext_noop("In the last 365 days."),
    missing=gettext_noop("no customer of the company gave any yet"),
)

# Contacts are not versioned: a champion is one from when the contact was recorded until it left.
RELATIONS = SQL("""
    goal AS (
        SELECT asked.customer_id, asked.day, made.due_on,
            made.reached_on IS NULL OR made.reached_on > asked.day AS is_late
        FROM asked
        JOIN customers_milestone AS made ON made.customer_id = asked.customer_id
            AND made.due_on < asked.day AND {goal_known}
        UNION ALL
        SELECT asked.customer_id, asked.day, made.due_on,
            made.reached_on IS NULL OR made.reached_on > asked.day
        FROM asked
        JOIN customers_objective AS made ON made.customer_id = asked.customer_id
            AND made.due_on < asked.day AND {goal_known}
    ), due AS (
        SELECT customer_id, day, count(*) FILTER (WHERE is_late) AS late, max(due_on) AS due_on
        FROM goal GROUP BY customer_id, day
    ), touched AS (
        SELECT asked.customer_id, asked.day,
            (max(touchpoint.happened_at) AT TIME ZONE %(timezone)s)::date AS touched_on
        FROM asked
        JOIN customers_touchpoint AS touchpoint ON touchpoint.customer_id = asked.customer_id
            AND touchpoint.happened_at < asked.until AND {touchpoint_known}
        GROUP BY asked.customer_id, asked.day
    ), champion AS (
        SELECT asked.customer_id, asked.day, count(*) FILTER (WHERE is_gone) AS gone,
            bool_and(is_gone) AS are_gone,
            (max(contact.removed_at) FILTER (WHERE is_gone) AT TIME ZONE %(timezone)s)::date
                AS gone_on
        FROM asked
        JOIN customers_contact AS contact ON contact.customer_id = asked.customer_id
            AND contact.role = 'champion' AND {contact_known}
        CROSS JOIN LATERAL (
            SELECT coalesce(contact.removed_at < asked.until, false) AS is_gone
        ) AS left_by_then
        GROUP BY asked.customer_id, asked.day
    ), given AS (
        SELECT asked.customer_id, asked.day, made.on_day
        FROM asked
        JOIN (
            SELECT customer_id, referred_on AS on_day, recorded_at, superseded_at, is_backfilled
            FROM customers_referral
            UNION ALL
            SELECT customer_id, published_on, recorded_at, superseded_at, is_backfilled
            FROM customers_review
        ) AS made ON made.customer_id = asked.customer_id
            AND made.on_day <= asked.day AND made.on_day > asked.day - 365 AND {goal_known}
    ), advocated AS (
        SELECT customer_id, day, count(*) AS number, max(on_day) AS given_on
        FROM given GROUP BY customer_id, day
    ), begun AS (
        SELECT min(on_day) AS day FROM (
            SELECT min(referred_on) AS on_day FROM customers_referral
            UNION ALL SELECT min(published_on) FROM customers_review
        ) AS first_of_each
    )
""")
SELECT = SQL("""
    SELECT asked.customer_id, asked.day,
        late, due_on,
        asked.day - touched_on, touched_on,
        CASE WHEN are_gone THEN gone WHEN NOT are_gone THEN 0 END, gone_on,
        CASE WHEN begun.day <= asked.day THEN coalesce(number, 0) END, given_on
    FROM asked
    CROSS JOIN begun
    LEFT JOIN due ON due.customer_id = asked.customer_id AND due.day = asked.day
    LEFT JOIN touched ON touched.customer_id = asked.customer_id AND touched.day = asked.day
    LEFT JOIN champion ON champion.customer_id = asked.customer_id AND champion.day = asked.day
    LEFT JOIN advocated ON advocated.customer_id = asked.customer_id AND advocated.day = asked.day
""")
CONTACT_KNOWN = SQL("(contact.recorded_at < asked.until)")


def query(then: Then) -> tuple[Composed, SQL]:
    relations = RELATIONS.format(
        goal_known=then.known("made"),
        touchpoint_known=then.known("touchpoint"),
        contact_known=CONTACT_KNOWN,
    )
    return relations, SELECT


READER = Reader(
    key="relationship",
    signals=(LATE_GOALS, DAYS_SINCE_TOUCHPOINT, CHAMPION_GONE, ADVOCACY),
    query=query,
)
