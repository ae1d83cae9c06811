"""How much the customer's people use the product.

Roll-ups do not keep when an event came in, so an event counts from its own day.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop
from psycopg.sql import SQL, Composed

from metrics.definition import Direction
from metrics.health.curves import curve
from metrics.health.signals.facts import Then
from metrics.health.signals.signal import Group, Reader, Signal

ACTIVE_USERS_TREND = Signal(
    key="active_users_trend",
    name=gettext_noop("Trend of active users"),
    group=Group.USAGE,
    unit="%",
    direction=Direction.HIGHER,
    curve=curve((0, 0), (50, 40), (100, 80), (130, 100)),
    help=gettext_noop(
        "End users active in the last 7 days, of the weekly mean of the 8 weeks before."
    ),
    missing=gettext_noop("nobody was active in the 8 weeks before"),
)
DAYS_SINCE_USE = Signal(
    key="days_since_use",
    name=gettext_noop("Days since last use"),
    group=Group.USAGE,
    unit="days",
    direction=Direction.LOWER,
    curve=curve((1, 100), (7, 80), (30, 20), (60, 0)),
    help=gettext_noop("Since any end user did anything."),
    missing=gettext_noop("nobody ever used it"),
)
FEATURES_USED = Signal(
    key="features_used",
    name=gettext_noop("Feature breadth"),
    group=Group.USAGE,
    unit="features",
    direction=Direction.HIGHER,
    curve=curve((0, 0), (2, 40), (5, 80), (8, 100)),
    help=gettext_noop("Different events, pages and screens used in the last 30 days."),
    missing=gettext_noop("nobody ever used it"),
)
LICENCES_USED = Signal(
    key="licences_used",
    name=gettext_noop("Share of licences used"),
    group=Group.USAGE,
    unit="%",
    direction=Direction.HIGHER,
    curve=curve((0, 0), (30, 40), (60, 80), (80, 100)),
    help=gettext_noop("End users active in the last 30 days, of the quantity contracted."),
    missing=gettext_noop("nobody ever used it, or nothing is contracted"),
)

# A user's week: 0 are the last 7 days, 1 to 8 the weeks before. All of a customer's last 63 days,
# and of who was idle in these the last day before.
RELATIONS = SQL("""
    used AS (
        SELECT asked.customer_id, asked.day, (asked.day - rolled.day) / 7 AS week,
            rolled.end_user, max(rolled.day) AS last_on,
            bool_or(rolled.day > asked.day - 30) AS is_recent
        FROM asked
        JOIN customers_usageday AS rolled ON rolled.customer_id = asked.customer_id
            AND rolled.day <= asked.day AND rolled.day > asked.day - 63
        GROUP BY asked.customer_id, asked.day, week, rolled.end_user
    ), weekly AS (
        SELECT customer_id, day, count(*) FILTER (WHERE week = 0) AS latest,
            count(*) FILTER (WHERE week > 0) AS before, max(last_on) AS last_on
        FROM used GROUP BY customer_id, day
    ), recent AS (
        SELECT customer_id, day, count(DISTINCT end_user) AS users
        FROM used WHERE is_recent GROUP BY customer_id, day
    ), breadth AS (
        SELECT asked.customer_id, asked.day, counted.features
        FROM asked
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT feature) AS features
            FROM customers_usageday AS rolled
            CROSS JOIN LATERAL unnest(rolled.names) AS feature
            WHERE rolled.customer_id = asked.customer_id
                AND rolled.day <= asked.day AND rolled.day > asked.day - 30
        ) AS counted
        WHERE 'features_used' = ANY(%(keys)s)
    ), contracted AS (
        SELECT asked.customer_id, asked.day, sum(term.quantity) AS quantity
        FROM asked
        JOIN customers_subscription AS subscription USING (customer_id)
        JOIN customers_term AS term ON term.subscription_id = subscription.id
            AND term.starts_on <= asked.day AND (term.ends_on IS NULL OR term.ends_on > asked.day)
            AND {known}
        WHERE 'licences_used' = ANY(%(keys)s)
        GROUP BY asked.customer_id, asked.day
    )
""")
SELECT = SQL("""
    SELECT asked.customer_id, asked.day,
        100.0 * latest * 8 / nullif(before, 0), seen.last_on,
        asked.day - seen.last_on, seen.last_on,
        CASE WHEN seen.last_on IS NOT NULL THEN coalesce(features, 0) END, seen.last_on,
        CASE WHEN seen.last_on IS NOT NULL THEN 100.0 * coalesce(users, 0) / nullif(quantity, 0)
            END, seen.last_on
    FROM asked
    LEFT JOIN weekly USING (customer_id, day)
    LEFT JOIN recent USING (customer_id, day)
    LEFT JOIN breadth USING (customer_id, day)
    LEFT JOIN contracted USING (customer_id, day)
    CROSS JOIN LATERAL (
        SELECT coalesce(weekly.last_on, (
            SELECT max(rolled.day) FROM customers_usageday AS rolled
            WHERE rolled.customer_id = asked.customer_id AND rolled.day <= asked.day
        )) AS last_on
    ) AS seen
    WHERE seen.last_on IS NOT NULL
""")


def query(then: Then) -> tuple[Composed, SQL]:
    return RELATIONS.format(known=then.known("term")), SELECT


READER = Reader(
    key="usage",
    signals=(ACTIVE_USERS_TREND, DAYS_SINCE_USE, FEATURES_USED, LICENCES_USED),
    query=query,
)
