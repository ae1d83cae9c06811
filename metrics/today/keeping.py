"""Making the reasons to look at customers, of some or of all, in sets.

Called with the ledger's lock held, after movements and scores are made: whoever changed is made
anew, and everybody once a night. What only passes with time is in the rows (Attention says how).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import connection, transaction
from psycopg.sql import SQL, Composed

from metrics.currency import figures_currency
from metrics.health.paid import THESE, paid_in
from metrics.today import falling
from metrics.today.rules import (
    DROP_DAYS,
    DROP_POINTS,
    ONBOARDING_UNTIL,
    RENEWAL_DAYS,
    SILENT_DAYS,
    SILENT_UNTIL,
)
from tenants.context import current_company

LONG_AGO = dt.date(1, 1, 1)
AHEAD = 7
"""Days that rows are made ahead, should a night's remaking not come."""

STORE = SQL("""
    INSERT INTO metrics_attention
        (customer_id, kind, key, starts_on, ends_on, urgency, per_day, most, data, mrr)
    SELECT found.customer_id, {kind}, found.key, found.starts_on, found.ends_on, found.urgency,
        {per_day}, {most}, found.data, {mrr}
    FROM found LEFT JOIN paid USING (customer_id)
    ON CONFLICT (kind, key, customer_id) DO NOTHING
""")

# Within ten points it is the same drop: a further one is a new reason.
DROP = SQL("""
    found AS (
        SELECT customer_id, 'to-' || now.score / 10 AS key, %(today)s::date AS starts_on,
            NULL::date AS ends_on, least(100, 2 * (before.score - now.score)
                + CASE WHEN now.band = 'red' THEN 30 ELSE 0 END) AS urgency,
            jsonb_build_object('score', now.score, 'before', before.score, 'band', now.band)
                AS data
        FROM metrics_healthscore AS now
        JOIN metrics_healthscore AS before USING (customer_id)
        WHERE now.ends_on IS NULL AND now.starts_on > %(then)s AND {these}
            AND before.starts_on <= %(then)s AND before.ends_on > %(then)s
            AND (before.score - now.score >= %(drop)s
                OR (now.band = 'red' AND before.band <> 'red'))
    )
""")
# A contract's next due day; several of a customer's on one day are one renewal.
RENEWAL = SQL("""
    next_due AS (
        SELECT customer_id, subscription_id, is_recorded, CASE
                WHEN first_on >= %(today)s OR months IS NULL THEN first_on
                ELSE (begun_on + make_interval(months => months * ceil((
                    extract(year FROM age(%(today)s::date, begun_on)) * 12
                    + extract(month FROM age(%(today)s::date, begun_on))
                    + CASE WHEN extract(day FROM age(%(today)s::date, begun_on)) > 0
                        THEN 1 ELSE 0 END) / months)::int))::date
            END AS due_on, last_on
        FROM metrics_contractday
        WHERE kind IN ('goes_on', 'ends') AND (is_recorded OR months >= 12)
            AND (last_on IS NULL OR last_on >= %(today)s) AND first_on <= %(furthest)s
            AND noticed_on IS NULL AND (kind = 'goes_on' OR renewed_on IS NULL) AND {these}
    ), found AS (
        SELECT customer_id, due_on::text AS key, due_on - %(renewal)s::int AS starts_on,
            due_on + 1 AS ends_on, 30 AS urgency,
            jsonb_build_object('on', due_on, 'contracts', count(*),
                'is_recorded', bool_or(is_recorded)) AS data
        FROM next_due
        WHERE due_on BETWEEN %(today)s AND %(furthest)s AND (last_on IS NULL OR due_on <= last_on)
            AND NOT EXISTS (
                SELECT FROM customers_renewal AS said
                WHERE said.customer_id = next_due.customer_id AND said.renews_on = due_on
                    AND coalesce(said.subscription_id, next_due.subscription_id)
                        = next_due.subscription_id
                    AND said.superseded_at IS NULL AND said.agreed_on <= %(today)s
            )
        GROUP BY customer_id, due_on
    )
""")
ONBOARDING = SQL("""
    found AS (
        SELECT customer_id, left(due_on || ':' || external_id, 200) AS key,
            due_on + 1 AS starts_on, due_on + %(onboarding)s::int AS ends_on, 40 AS urgency,
            jsonb_build_object('name', name, 'due_on', due_on) AS data
        FROM customers_milestone
        WHERE superseded_at IS NULL AND reached_on IS NULL AND {these}
            AND due_on > %(today)s::date - %(onboarding)s::int
            AND due_on < %(today)s::date + %(ahead)s::int
            AND NOT EXISTS (
                SELECT FROM metrics_movement AS held
                WHERE held.customer_id = customers_milestone.customer_id
                    AND day <= %(today)s AND (next_day IS NULL OR next_day > %(today)s)
                    AND NOT is_paying
            )
    )
""")
# The last day that usage of anybody is of: how far it is known.
SILENT = SQL("""
    paying AS (
        SELECT DISTINCT customer_id FROM metrics_movement
        WHERE day <= %(today)s AND (next_day IS NULL OR next_day > %(today)s) AND is_paying
            AND {these}
    ), found AS (
        SELECT customer_id, last.day::text AS key, last.day + %(silent)s::int AS starts_on,
            last.day + %(silent_until)s::int AS ends_on, 45 AS urgency,
            jsonb_build_object('last_on', last.day) AS data
        FROM paying CROSS JOIN LATERAL (
            SELECT max(day) AS day FROM customers_usageday AS used
            WHERE used.customer_id = paying.customer_id AND day <= %(today)s
        ) AS last
        WHERE last.day + %(silent)s::int <= %(known)s::date + 1
            AND last.day + %(silent_until)s::int > %(today)s
    )
""")
DETRACTOR = SQL("""
    found AS (
        SELECT contact.customer_id, follow_up.id::text AS key,
            (response.answered_at AT TIME ZONE %(timezone)s)::date AS starts_on,
            NULL::date AS ends_on,
            CASE campaign.kind WHEN 'nps' THEN 90 - 5 * response.score
                ELSE greatest(60, 105 - 15 * response.score) END AS urgency,
            jsonb_build_object('campaign', campaign.kind, 'score', response.score,
                'comment', left(response.comment, 200),
                'on', (response.answered_at AT TIME ZONE %(timezone)s)::date) AS data
        FROM surveys_followup AS follow_up
        JOIN surveys_invitation AS invitation ON invitation.id = follow_up.invitation_id
        JOIN surveys_campaign AS campaign ON campaign.id = invitation.campaign_id
        JOIN customers_contact AS contact ON contact.id = invitation.contact_id
        JOIN surveys_response AS response ON response.invitation_id = invitation.id
            AND response.superseded_at IS NULL AND NOT response.is_by_user
        WHERE follow_up.state <> 'closed' AND {those}
    )
""")


@transaction.atomic
def make(customers: Collection[int] | None = None, *, today: dt.date | None = None) -> None:
    """The reasons of these customers, or of all, as of today (the company's). Twice is harmless."""
    today = today or current_company().today()
    these = None if customers is None else sorted(set(customers))
    params = _params(these, today)
    with connection.cursor() as cursor:
        cursor.execute(
            SQL("DELETE FROM metrics_attention WHERE {}").format(_these("customer_id")), params
        )
        for kind, relations, per_day, most in (
            ("drop", DROP.format(these=_these("now.customer_id")), 0.0, 100.0),
            ("renewal", RENEWAL.format(these=_these("customer_id")), 70 / RENEWAL_DAYS, 100.0),
            ("onboarding", ONBOARDING.format(these=_these("customer_id")), 1.0, 80.0),
            ("silent", SILENT.format(these=_these("customer_id")), 1.0, 85.0),
            ("detractor", DETRACTOR.format(those=_these("contact.customer_id")), 0.0, 100.0),
        ):
            cursor.execute(_stored(kind, relations, per_day, most), params)
    falling.name_what_fell(these, today=today)


def _these(column: str) -> Composed:
    return THESE.format(column=SQL(column))


def _stored(kind: str, relations: Composed, per_day: float, most: float) -> Composed:
    currency = figures_currency(current_company())
    return SQL("WITH {paid}, {relations} {store}").format(
        paid=paid_in(currency),
        relations=relations,
        store=STORE.format(
            kind=kind,
            per_day=per_day,
            most=most,
            mrr=SQL("NULL::numeric" if currency.code is None else "coalesce(paid.mrr, 0)"),
        ),
    )


def _params(customers: list[int] | None, today: dt.date) -> dict[str, Any]:
    company = current_company()
    return {
        "customers": customers,
        "today": today,
        "then": today - dt.timedelta(days=DROP_DAYS),
        "drop": DROP_POINTS,
        "renewal": RENEWAL_DAYS,
        "furthest": today + dt.timedelta(days=RENEWAL_DAYS + AHEAD),
        "onboarding": ONBOARDING_UNTIL,
        "ahead": AHEAD,
        "silent": SILENT_DAYS,
        "silent_until": SILENT_UNTIL,
        "known": _usage_known(today),
        "timezone": company.timezone,
        **figures_currency(company).parameters(today),
    }


def _usage_known(today: dt.date) -> dt.date:
    """The last day that usage of anybody is held of; long ago where none came in lately: then
    nobody is silent, but whoever sends the events is.

    By the index, which tells where a day's rows are: read in order, those of long ago come first.
    """
    days = [today - dt.timedelta(days=ago) for ago in range(SILENT_DAYS)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        is_known = _is_used(cursor, days[-1], today)
        found = next((day for day in days if is_known and _is_used(cursor, day, day)), LONG_AGO)
        cursor.execute("SET LOCAL enable_seqscan = on")
    return found


def _is_used(cursor: Any, first: dt.date, last: dt.date) -> bool:
    cursor.execute(
        "SELECT 1 FROM customers_usageday WHERE day BETWEEN %s AND %s LIMIT 1", [first, last]
    )
    return cursor.fetchone() is not None
