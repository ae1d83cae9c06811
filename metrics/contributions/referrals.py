"""Referrals: who of those paying in a period brought in another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext_noop
from psycopg.sql import SQL, Composed

from metrics.contributions import relations
from metrics.contributions.frame import WHOLE, Frame
from metrics.contributions.rate import Balance, Rate
from metrics.contributions.rows import Cell, Cursor, Page, Sums
from metrics.contributions.segments import HELD, history, segment_of
from metrics.estimates import rounded
from metrics.units import Unit

# Days [lower, upper) on which somebody who referred pays.
REFERRER = SQL("""
    referrer AS (
        SELECT width_bucket(referred_on, %(borders)s::date[]) AS period, customer_id,
            count(*) AS referrals, count(*) FILTER (WHERE converted_on <= %(as_of)s) AS converted
        FROM customers_referral
        WHERE superseded_at IS NULL AND referred_on >= %(first)s AND referred_on < %(last)s
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
        GROUP BY 1, 2
    ), spell AS (
        SELECT {segment} AS segment, customer_id, day AS lower,
            coalesce(next_day, 'infinity') AS upper
        FROM {source}
        WHERE is_paying AND next_day IS DISTINCT FROM day
            AND customer_id IN (SELECT customer_id FROM referrer)
    ), paid AS (
        SELECT segment, period, customer_id, referrals, converted, bool_or(upper > since) AS pays,
            min(min(greatest(lower, since - 1))) OVER (PARTITION BY period, customer_id)
                AS first_day
        FROM referrer
        JOIN spell USING (customer_id)
        CROSS JOIN LATERAL (
            SELECT (%(borders)s::date[])[period] AS since,
                (%(borders)s::date[])[period + 1] AS until
        ) AS span
        WHERE lower < until AND upper >= since
        GROUP BY segment, period, customer_id, referrals, converted
    )
""")

# As a rate does: where the customer was on the opening day, else on its first paying day.
PLACED = SQL("counted AS (SELECT * FROM paid WHERE pays)")
PLACED_BY_ATTRIBUTE = SQL("""
    counted AS (
        SELECT {segment} AS segment, period, paid.customer_id, referrals, converted
        FROM paid
        LEFT JOIN version ON version.customer_id = paid.customer_id
            AND first_day >= version.lower AND first_day < version.upper
        WHERE pays
    )
""")
SUMS = SQL("""
    SELECT period, segment, count(*), sum(referrals), sum(converted)
    FROM counted GROUP BY period, segment
""")
OF_CUSTOMERS = SQL("""
    SELECT customer_id, referrals FROM counted
    WHERE segment = %(segment)s AND customer_id = ANY(%(these)s)
""")
NEW = SQL("""
    SELECT width_bucket(day, %(borders)s::date[]) AS period, segment,
        count(DISTINCT customer_id),
        count(DISTINCT customer_id) FILTER (WHERE EXISTS (
            SELECT FROM customers_referral
            WHERE referred_id = entry.customer_id AND superseded_at IS NULL
        ))
    FROM entry WHERE day >= %(first)s AND kind = 'new' GROUP BY 1, 2
""")

PAYING = Rate(
    numerator="0",
    denominator="pays",
    settled_numerator=Balance.NOTHING,
    settled_denominator=Balance.CUSTOMERS,
    formula="",
)


@dataclass(frozen=True, kw_only=True)
class Referrals:
    """Customers paying some day of the period with a referral in it, of those paying some day."""

    is_additive: ClassVar[bool] = False
    """Some parts are rates."""
    formula: str
    is_money: bool = False
    empty_reason: str = gettext_noop("no customers paid in the period")
    row_unit: Unit = Unit.COUNT
    uses: ClassVar[tuple[Rate, ...]] = (PAYING,)
    """The rates its sums are made from."""

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        counts = self._counts(frame.whole(), SUMS)
        new = self._new(frame.whole())
        if frame.dimension != WHOLE:
            counts |= self._counts(frame, SUMS)
            new |= self._new(frame)
        return {
            cell: _with_parts(sums, counts.get(cell, (0, 0, 0)), new.get(cell, (0, 0)))
            for cell, sums in PAYING.sums(frame).items()
        }

    def _counts(self, frame: Frame, select: SQL) -> dict[Cell, tuple[int, int, int]]:
        rows = frame.fetch(_query(frame, select))
        return {
            (period - 1, segment or None): (customers, int(referrals), int(converted))
            for period, segment, customers, referrals, converted in rows
        }

    def _new(self, frame: Frame) -> dict[Cell, tuple[int, int]]:
        rows = frame.fetch(relations.query(relations.entries(frame), select=NEW))
        return {
            (period - 1, segment or None): (count, referred)
            for period, segment, count, referred in rows
        }

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is None:
            frame = frame.whole()
        page = PAYING.rows(frame, segment, after, limit)
        customers = [row.customer_id for row in page.rows]
        found = dict(
            frame.fetch(_query(frame, OF_CUSTOMERS), segment=segment or "", these=customers)
        )
        rows = [
            replace(
                row,
                numerator=Decimal(row.customer_id in found),
                parts={"referrals": Decimal(found.get(row.customer_id, 0))},
            )
            for row in page.rows
        ]
        return Page(rows, page.next_cursor)


def _query(frame: Frame, select: SQL) -> Composed:
    dimension = frame.dimension
    has_segment = dimension.is_by_subscription or not dimension.attributes
    source = history(dimension) if dimension.attributes else SQL("entry")
    referrer = REFERRER.format(segment=SQL("segment") if has_segment else SQL("''"), source=source)
    counted: Composed | SQL = PLACED
    if dimension.attributes:
        segment = segment_of(dimension, customer=HELD, contract=SQL("paid.segment"))
        counted = PLACED_BY_ATTRIBUTE.format(segment=segment)
    return relations.query(relations.entries(frame), referrer, counted, select=select)


def _with_parts(sums: Sums, counts: tuple[int, int, int], new: tuple[int, int]) -> Sums:
    customers, referrals, converted = map(Decimal, counts)
    begun, referred = map(Decimal, new)
    parts = {"referrals": referrals, "converted": converted}
    if sums.x:
        parts["referrals_per_customer"] = rounded(referrals / sums.x)
    if referrals:
        parts["conversion"] = rounded(converted / referrals)
    parts |= {"new": begun, "new_with_referrer": referred}
    if begun:
        parts["new_with_referrer_share"] = rounded(referred / begun)
    return replace(sums, y=customers, parts=parts)
