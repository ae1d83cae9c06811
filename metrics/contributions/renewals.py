"""Contracts that came due, and what became of them.

A contract (a subscription) comes due on its renewal dates on record and, unless only those are
asked for, at the end of every month, quarter or year (whatever its price is for) from its start;
a date on record takes the place of those that are less than half that time away. It is due when
it was paid for the day before, and counts in a period by its last due day there.

It renewed when it is paid for on that day, or from a day at most `grace_days` later (or as many
as the ledger bridges, if that is more: the company's setting `late_days`); or when other
contracts of the customer's (by product or plan: of the same) begin then in its place. While the
grace lasts and no notice was given it is undecided, and stands apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from psycopg.sql import SQL, Composed

from metrics.contributions import relations
from metrics.contributions.frame import WHOLE, Frame
from metrics.contributions.rows import NOTHING, Cell, Cursor, Page, Row, Sums
from metrics.contributions.segments import HELD, segment_of
from metrics.contributions.standing import page
from metrics.models import MetricSettings
from metrics.units import Unit

PARTS = ("due", "renewed", "lost", "undecided")

# paid: terms with MRR, and from when the contract was paid for without a gap. Money stands in
# the contract's currency.
PAID = SQL("""
    paid AS (
        SELECT islands.*,
            max(starts_on) FILTER (WHERE is_start) OVER (
                PARTITION BY subscription_id ORDER BY starts_on
            ) AS begun_on
        FROM (
            SELECT subscription.customer_id, term.subscription_id, term.plan_id, term.starts_on,
                term.ends_on, term.interval, term.mrr,
                lag(term.ends_on) OVER (
                    PARTITION BY term.subscription_id ORDER BY term.starts_on
                ) IS DISTINCT FROM term.starts_on AS is_start
            FROM customers_term AS term
            JOIN customers_subscription AS subscription ON subscription.id = term.subscription_id
            WHERE term.superseded_at IS NULL AND term.mrr > 0
                AND (%(customers)s::bigint[] IS NULL
                    OR subscription.customer_id = ANY (%(customers)s))
        ) AS islands
    )
""")

# Of a contract: the day it comes due with the term that was in force the day before.
RECORDED = SQL("""
    recorded AS (
        SELECT paid.customer_id, paid.subscription_id, paid.plan_id, paid.mrr,
            renewal.renews_on AS day,
            bool_or(coalesce(renewal.cancelled_on <= %(as_of)s, false)) AS is_noticed
        FROM customers_renewal AS renewal
        JOIN paid ON paid.customer_id = renewal.customer_id
            AND paid.subscription_id = coalesce(renewal.subscription_id, paid.subscription_id)
            AND paid.starts_on < renewal.renews_on
            AND (paid.ends_on IS NULL OR paid.ends_on >= renewal.renews_on)
        WHERE renewal.superseded_at IS NULL
            AND renewal.renews_on >= %(first)s AND renewal.renews_on < %(last)s
        GROUP BY 1, 2, 3, 4, 5
    )
""")
ENDED = SQL("""
    ended AS (
        SELECT paid.customer_id, paid.subscription_id, paid.plan_id, paid.mrr, turned.day,
            step.months
        FROM paid
        JOIN (VALUES ('month', 1), ('quarter', 3), ('year', 12)) AS step (interval, months)
            ON step.interval = paid.interval
        CROSS JOIN LATERAL (
            SELECT
                (extract(year FROM greatest(paid.starts_on, %(first)s))
                    - extract(year FROM begun_on)) * 12
                + extract(month FROM greatest(paid.starts_on, %(first)s))
                    - extract(month FROM begun_on) AS low,
                (extract(year FROM least(paid.ends_on, %(last)s))
                    - extract(year FROM begun_on)) * 12
                + extract(month FROM least(paid.ends_on, %(last)s))
                    - extract(month FROM begun_on) AS high
        ) AS since
        CROSS JOIN LATERAL generate_series(
            greatest(floor(low / months)::int, 1), floor(high / months)::int
        ) AS number
        CROSS JOIN LATERAL (
            SELECT (begun_on + make_interval(months => number * months))::date AS day
        ) AS turned
        WHERE day > paid.starts_on AND (paid.ends_on IS NULL OR day <= paid.ends_on)
            AND day >= %(first)s AND day < %(last)s
    )
""")
DUE_BY_RECORD = SQL("""
    due AS (SELECT customer_id, subscription_id, plan_id, mrr, day, is_noticed FROM recorded)
""")
DUE_BY_ALL = SQL("""
    due AS (
        SELECT customer_id, subscription_id, plan_id, mrr, day, is_noticed FROM recorded
        UNION ALL
        SELECT customer_id, subscription_id, plan_id, mrr, day, false FROM ended
        WHERE NOT EXISTS (
            SELECT FROM customers_renewal AS renewal
            WHERE renewal.customer_id = ended.customer_id AND renewal.superseded_at IS NULL
                AND coalesce(renewal.subscription_id, ended.subscription_id)
                    = ended.subscription_id
                AND abs(renewal.renews_on - ended.day) * 2 < ended.months * 30
        )
    )
""")

# contract: every due one by its last due day in the period; m0 what it was worth, m1 what it is
# (null: it did not go on). turn: a customer's contracts due on one day together.
TURN = SQL("""
    contract AS (
        SELECT DISTINCT ON (period, subscription_id) period, {name} AS segment, dated.customer_id,
            subscription_id, day, dated.mrr AS m0, is_noticed,
            (
                SELECT term.mrr FROM customers_term AS term
                WHERE term.subscription_id = dated.subscription_id
                    AND term.superseded_at IS NULL AND term.mrr > 0
                    AND (term.ends_on IS NULL OR term.ends_on > day)
                    AND term.starts_on <= least(day + %(grace)s, greatest(%(as_of)s, day))
                ORDER BY term.starts_on LIMIT 1
            ) AS m1
        FROM (
            SELECT width_bucket(day, %(borders)s::date[]) AS period, due.* FROM due
        ) AS dated
        JOIN customers_plan AS plan ON plan.id = dated.plan_id
        JOIN customers_product AS product ON product.id = plan.product_id
        ORDER BY period, subscription_id, day DESC
    ), together AS (
        SELECT period, segment, customer_id, day, array_agg(subscription_id) AS contracts,
            sum(m0) AS m0, coalesce(sum(m1), 0) AS kept, bool_or(m1 IS NULL) AS has_gap,
            bool_and(is_noticed OR m1 IS NOT NULL) AS is_noticed
        FROM contract GROUP BY period, segment, customer_id, day
    ), turn AS (
        SELECT together.period, together.segment, together.customer_id, together.day, m0,
            kept + coalesce(sum(begun.mrr), 0) AS m1,
            kept + coalesce(sum(begun.mrr), 0) > 0 OR is_noticed
                OR together.day + %(grace)s <= %(as_of)s AS is_decided
        FROM together
        LEFT JOIN (
            SELECT {name} AS segment, paid.customer_id, subscription_id, starts_on, paid.mrr
            FROM paid
            JOIN customers_plan AS plan ON plan.id = paid.plan_id
            JOIN customers_product AS product ON product.id = plan.product_id
            WHERE starts_on = begun_on
        ) AS begun ON has_gap AND begun.customer_id = together.customer_id
            AND begun.segment = together.segment
            AND begun.starts_on >= together.day
            AND begun.starts_on <= together.day + %(grace)s
            AND begun.starts_on <= greatest(%(as_of)s, together.day)
            AND NOT begun.subscription_id = ANY(contracts)
        GROUP BY together.period, together.segment, together.customer_id, together.day, m0, kept,
            is_noticed
    )
""")

# A customer stands, once, where it was on its last due day.
PERSON = SQL("""
    person AS (
        SELECT period, segment, customer_id, max(day) AS day,
            CASE WHEN bool_or(m1 > 0) THEN 'renewed' WHEN bool_or(NOT is_decided) THEN 'undecided'
                ELSE 'lost' END AS outcome,
            coalesce(sum(m0) FILTER (WHERE is_decided), 0) AS due,
            coalesce(sum(m0) FILTER (WHERE NOT is_decided), 0) AS undecided,
            coalesce(sum(least(m0, m1)) FILTER (WHERE is_decided), 0) AS gross,
            coalesce(sum(m1) FILTER (WHERE is_decided), 0) AS net
        FROM turn GROUP BY period, segment, customer_id
    )
""")
STOOD = SQL("""
    stood AS (
        SELECT period, segment, customer_id, day, outcome, {y}::numeric AS y, {x}::numeric AS x,
            {due}::numeric AS due, {lost}::numeric AS lost, {undecided}::numeric AS undecided
        FROM person
    )
""")
STOOD_BY_ATTRIBUTE = SQL("""
    placed AS (
        SELECT stood.*, {place} AS place
        FROM (
            SELECT stood.*, max(day) OVER (PARTITION BY period, customer_id) AS last_day FROM stood
        ) AS stood
        LEFT JOIN version ON version.customer_id = stood.customer_id
            AND last_day >= version.lower AND last_day < version.upper
    )
""")
PLACED = SQL("placed AS (SELECT stood.*, segment AS place FROM stood)")
SUMS = SQL("""
    SELECT period, place, count(*) FILTER (WHERE x > 0), sum(y), sum(x), sum(y * y), sum(x * y),
        sum(x * x), sum(due), sum(lost), sum(undecided)
    FROM placed GROUP BY period, place
""")
ROWS = SQL("""
    SELECT customer_id, y, x, due, lost, undecided, day FROM placed
    WHERE place = %(segment)s AND customer_id > %(after)s
    ORDER BY customer_id LIMIT %(limit)s
""")


class Count(StrEnum):
    """What is counted of what came due."""

    CUSTOMERS = "customers"
    MRR_GROSS = "mrr_gross"
    MRR_NET = "mrr_net"


@dataclass(frozen=True, kw_only=True)
class Renewed:
    """What renewed of what came due and is decided."""

    is_additive: ClassVar[bool] = True
    count: Count
    grace_days: int
    formula: str
    is_by_record: bool = False
    empty_reason: str = "nothing came due that is decided"

    @property
    def is_money(self) -> bool:
        return self.count is not Count.CUSTOMERS

    @property
    def row_unit(self) -> Unit:
        return Unit.MONEY if self.is_money else Unit.COUNT

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        found = self._sums(frame.whole())
        if frame.dimension != WHOLE:
            found |= self._sums(frame)
        nothing = dict.fromkeys(PARTS, NOTHING)
        for number in range(len(frame.periods)):
            found.setdefault((number, None), Sums(parts=nothing))
        return found

    def _sums(self, frame: Frame) -> dict[Cell, Sums]:
        found: dict[Cell, Sums] = {}
        for period, segment, n, *amounts in self._fetch(frame, SUMS):
            y, x, yy, xy, xx, due, lost, undecided = map(Decimal, amounts)
            parts = {"due": due, "renewed": y, "lost": lost, "undecided": undecided}
            found[period - 1, segment or None] = Sums(n, y, x, yy, xy, xx, parts)
        return found

    def _fetch(self, frame: Frame, select: SQL, **params: object) -> list[tuple[Any, ...]]:
        dimension = frame.dimension
        due: list[Composed | SQL] = [PAID, RECORDED]
        due += [DUE_BY_RECORD] if self.is_by_record else [ENDED, DUE_BY_ALL]
        places: list[Composed | SQL] = [PLACED]
        if dimension.attributes:
            place = segment_of(dimension, customer=HELD, contract=SQL("stood.segment"))
            places = [relations.version(dimension), STOOD_BY_ATTRIBUTE.format(place=place)]
        query = relations.query(
            *due,
            TURN.format(name=relations.NAMES.get(dimension.contract, SQL("''"))),
            PERSON,
            STOOD.format(**self._columns),
            *places,
            select=select,
        )
        grace = max(self.grace_days, MetricSettings.held().late_days)
        return frame.fetch(query, grace=grace, **params)

    @property
    def _columns(self) -> dict[str, SQL]:
        if not self.is_money:
            return {
                "y": SQL("(outcome = 'renewed')::int"),
                "x": SQL("(outcome <> 'undecided')::int"),
                "due": SQL("1"),
                "lost": SQL("(outcome = 'lost')::int"),
                "undecided": SQL("(outcome = 'undecided')::int"),
            }
        return {
            "y": SQL("gross") if self.count is Count.MRR_GROSS else SQL("net"),
            "x": SQL("due"),
            "due": SQL("(due + undecided)"),
            "lost": SQL("(due - gross)"),
            "undecided": SQL("undecided"),
        }

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is None:
            frame = frame.whole()
        found = self._fetch(frame, ROWS, segment=segment or "", after=after.key, limit=limit + 1)
        rows = []
        for customer, y, x, due, lost, undecided, day in found:
            amounts = {"due": due, "renewed": y, "lost": lost, "undecided": undecided}
            parts = {name: Decimal(amount) for name, amount in amounts.items() if amount}
            rows.append(Row(customer, Decimal(y), Decimal(x), {**parts, "day": str(day)}))
        return page(rows, limit)
