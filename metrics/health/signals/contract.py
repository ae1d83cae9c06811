"""What the customer pays, and until when."""

from __future__ import annotations

from django.utils.translation import gettext_noop
from psycopg.sql import SQL, Composed

from metrics.definition import Direction
from metrics.health.curves import curve
from metrics.health.signals.facts import Then
from metrics.health.signals.signal import Group, Reader, Signal

DAYS_TO_RENEWAL = Signal(
    key="days_to_renewal",
    name=gettext_noop("Days to renewal"),
    group=Group.RENEWAL,
    unit="days",
    direction=Direction.HIGHER,
    curve=curve((0, 30), (30, 50), (90, 80), (180, 100)),
    help=gettext_noop(
        "To the next renewal on record, else to the end of the quarter or year paid for."
    ),
    missing=gettext_noop("paid for by the month, with no renewal on record"),
)
NOTICE_GIVEN = Signal(
    key="notice_given",
    name=gettext_noop("Notice given"),
    group=Group.RENEWAL,
    unit="notices",
    direction=Direction.LOWER,
    curve=curve((0, 100), (1, 0)),
    help=gettext_noop("Renewals still to come that the customer has cancelled."),
    missing=gettext_noop("no contract"),
)
OVERDUE_DAYS = Signal(
    key="overdue_days",
    name=gettext_noop("Unpaid for"),
    group=Group.RENEWAL,
    unit="days",
    direction=Direction.LOWER,
    curve=curve((0, 100), (30, 80), (60, 30), (90, 0)),
    help=gettext_noop(
        "Days since the oldest invoice that is not paid was issued; 0 where all are paid."
    ),
    missing=gettext_noop("no invoice, or the company says of none when it was paid"),
)
MRR_CHANGE = Signal(
    key="mrr_change",
    name=gettext_noop("Change of MRR"),
    group=Group.RENEWAL,
    unit="%",
    direction=Direction.HIGHER,
    curve=curve((-50, 0), (-10, 40), (0, 80), (20, 100)),
    help=gettext_noop("Of what its contracts are worth, over the last 90 days."),
    missing=gettext_noop("it paid nothing 90 days ago, or pays in several currencies"),
)
TENURE = Signal(
    key="tenure",
    name=gettext_noop("Tenure"),
    group=Group.RENEWAL,
    unit="days",
    direction=Direction.HIGHER,
    curve=curve((0, 40), (180, 70), (730, 100)),
    help=gettext_noop("Since its first contract began."),
    missing=gettext_noop("no contract"),
)

# Days from `day` to the end of the quarter or year that a `term` is paid for (a `step` of so many
# months).
LEFT_OF_TERM = SQL("""
    (term.starts_on + make_interval(months => step.months * (1 + (
        extract(year FROM age({day}, term.starts_on)) * 12
            + extract(month FROM age({day}, term.starts_on))
    )::int / step.months)))::date - {day}
""")

# A term's end counts once it is past: that it would end may have been learned later. The date of
# a renewal is agreed with the contract; notice counts from the day it was given. A renewal that
# was brought in with its notice may be on record only because of that, so its date never counts.
RELATIONS = SQL("""
    contract AS (
        SELECT asked.customer_id, asked.day, min(term.starts_on) AS begun_on,
            max(term.starts_on) AS changed_on,
            sum(term.mrr) FILTER (WHERE in_force) AS mrr,
            sum(term.mrr) FILTER (
                WHERE term.starts_on <= asked.day - 90
                    AND (term.ends_on IS NULL OR term.ends_on > asked.day - 90)
            ) AS mrr_before,
            count(DISTINCT term.currency) AS currencies,
            min({left}) FILTER (WHERE in_force) AS days_left
        FROM asked
        JOIN customers_subscription AS subscription USING (customer_id)
        JOIN customers_term AS term ON term.subscription_id = subscription.id
            AND term.starts_on <= asked.day AND {term_known}
        CROSS JOIN LATERAL (
            SELECT term.ends_on IS NULL OR term.ends_on > asked.day AS in_force
        ) AS standing
        LEFT JOIN (VALUES ('quarter', 3), ('year', 12)) AS step (interval, months)
            ON step.interval = term.interval
        GROUP BY asked.customer_id, asked.day
    ), renewing AS (
        SELECT asked.customer_id, asked.day,
            min(renews_on) FILTER (WHERE cancelled_on IS NULL) - asked.day AS days_left,
            count(*) FILTER (WHERE is_cancelled) AS notices,
            max(cancelled_on) FILTER (WHERE is_cancelled) AS noticed_on
        FROM asked
        JOIN customers_renewal AS renewal ON renewal.customer_id = asked.customer_id
            AND renewal.renews_on >= asked.day AND {renewal_known}
        CROSS JOIN LATERAL (
            SELECT coalesce(renewal.cancelled_on <= asked.day, false) AS is_cancelled
        ) AS noticed
        GROUP BY asked.customer_id, asked.day
    ), billed AS (
        SELECT asked.customer_id, asked.day, max(invoice.issued_on) AS issued_on,
            asked.day - min(invoice.issued_on) FILTER (
                WHERE invoice.amount > 0
                    AND (invoice.paid_on IS NULL OR invoice.paid_on > asked.day)
            ) AS days
        FROM asked
        JOIN customers_invoice AS invoice ON invoice.customer_id = asked.customer_id
            AND invoice.issued_on <= asked.day AND {invoice_known}
        WHERE EXISTS (SELECT FROM customers_invoice AS paid WHERE paid.paid_on <= asked.day)
        GROUP BY asked.customer_id, asked.day
    )
""")
SELECT = SQL("""
    SELECT contract.customer_id, contract.day,
        coalesce(renewing.days_left, contract.days_left), contract.changed_on,
        coalesce(notices, 0), noticed_on,
        CASE WHEN billed.day IS NOT NULL THEN coalesce(billed.days, 0) END, billed.issued_on,
        CASE WHEN currencies = 1 THEN
            100.0 * (coalesce(mrr, 0) - mrr_before) / nullif(mrr_before, 0) END, changed_on,
        contract.day - begun_on, begun_on
    FROM contract
    LEFT JOIN renewing USING (customer_id, day)
    LEFT JOIN billed USING (customer_id, day)
""")


def query(then: Then) -> tuple[Composed, SQL]:
    relations = RELATIONS.format(
        left=LEFT_OF_TERM.format(day=SQL("asked.day")),
        term_known=then.known("term"),
        renewal_known=then.known("renewal"),
        invoice_known=then.known("invoice"),
    )
    return relations, SELECT


READER = Reader(
    key="contract",
    signals=(DAYS_TO_RENEWAL, NOTICE_GIVEN, OVERDUE_DAYS, MRR_CHANGE, TENURE),
    query=query,
)
