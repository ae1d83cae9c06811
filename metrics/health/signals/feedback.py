"""What the customer's contacts last said."""

from __future__ import annotations

from django.utils.translation import gettext_noop
from psycopg.sql import SQL, Composed

from metrics.definition import Direction
from metrics.health.curves import curve
from metrics.health.signals.facts import Then
from metrics.health.signals.signal import Group, Reader, Signal

NO_ANSWER = gettext_noop("no answer in the last year")
NPS = Signal(
    key="nps",
    name=gettext_noop("Latest NPS answers"),
    group=Group.FEEDBACK,
    unit="of 10",
    direction=Direction.HIGHER,
    curve=curve((0, 0), (6, 30), (8, 70), (10, 100)),
    help=gettext_noop("The mean of each contact's latest answer of the last 365 days."),
    missing=NO_ANSWER,
)
CSAT = Signal(
    key="csat",
    name=gettext_noop("Latest CSAT answers"),
    group=Group.FEEDBACK,
    unit="%",
    direction=Direction.HIGHER,
    curve=curve((0, 0), (50, 40), (75, 80), (100, 100)),
    help=gettext_noop(
        "The mean of each contact's latest answer of the last 365 days, as a share of its scale."
    ),
    missing=NO_ANSWER,
)
CES = Signal(
    key="ces",
    name=gettext_noop("Latest CES answers"),
    group=Group.FEEDBACK,
    unit="%",
    direction=Direction.HIGHER,
    curve=curve((0, 0), (50, 40), (75, 80), (100, 100)),
    help=gettext_noop(
        "The mean of each contact's latest answer of the last 365 days, as a share of its scale."
    ),
    missing=NO_ANSWER,
)
FEEDBACK_AGE = Signal(
    key="feedback_age",
    name=gettext_noop("Days since the latest answer"),
    group=Group.FEEDBACK,
    unit="days",
    direction=Direction.LOWER,
    curve=curve((30, 100), (180, 60), (365, 0)),
    help=gettext_noop("Of any survey."),
    missing=gettext_noop("nobody ever answered"),
)

# An answer that was brought in is history: known from when it was given. A scale's lowest score is
# 0 % and its highest 100 %.
RELATIONS = SQL("""
    answered AS (
        SELECT DISTINCT ON (asked.customer_id, asked.day, campaign.kind, contact.id)
            asked.customer_id, asked.day, campaign.kind, response.score, response.answered_at,
            100.0 * (response.score - campaign.lowest_score)
                / nullif(campaign.highest_score - campaign.lowest_score, 0) AS share
        FROM asked
        JOIN customers_contact AS contact ON contact.customer_id = asked.customer_id
        JOIN surveys_invitation AS invitation ON invitation.contact_id = contact.id
        JOIN surveys_campaign AS campaign ON campaign.id = invitation.campaign_id
        JOIN surveys_response AS response ON response.invitation_id = invitation.id
            AND NOT response.is_by_user AND response.answered_at < asked.until AND {known}
        ORDER BY asked.customer_id, asked.day, campaign.kind, contact.id,
            response.answered_at DESC, response.id DESC
    ), said AS (
        SELECT customer_id, day, kind, avg(score) AS score, avg(share) AS share,
            max(answered_at) AS answered_at
        FROM answered
        WHERE answered_at >= (day - 364)::timestamp AT TIME ZONE %(timezone)s
        GROUP BY customer_id, day, kind
    ), latest AS (
        SELECT customer_id, day, (max(answered_at) AT TIME ZONE %(timezone)s)::date AS answered_on
        FROM answered GROUP BY customer_id, day
    )
""")
SELECT = SQL("""
    SELECT latest.customer_id, latest.day,
        nps.score, (nps.answered_at AT TIME ZONE %(timezone)s)::date,
        csat.share, (csat.answered_at AT TIME ZONE %(timezone)s)::date,
        ces.share, (ces.answered_at AT TIME ZONE %(timezone)s)::date,
        latest.day - answered_on, answered_on
    FROM latest
    LEFT JOIN said AS nps ON nps.customer_id = latest.customer_id AND nps.day = latest.day
        AND nps.kind = 'nps'
    LEFT JOIN said AS csat ON csat.customer_id = latest.customer_id AND csat.day = latest.day
        AND csat.kind = 'csat'
    LEFT JOIN said AS ces ON ces.customer_id = latest.customer_id AND ces.day = latest.day
        AND ces.kind = 'ces'
""")
THEN_KNOWN = SQL("""
    CASE WHEN response.origin = 'import' THEN true ELSE response.recorded_at < asked.until END
    AND (response.superseded_at IS NULL OR response.superseded_at >= asked.until)
""")
NOW_KNOWN = SQL("response.superseded_at IS NULL")


def query(then: Then) -> tuple[Composed, SQL]:
    known = NOW_KNOWN if then is Then.PRESENT else THEN_KNOWN
    return RELATIONS.format(known=known), SELECT


READER = Reader(key="feedback", signals=(NPS, CSAT, CES, FEEDBACK_AGE), query=query)
