"""Answers to surveys: the latest of each contact in a period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from psycopg.sql import SQL, Composed

from metrics.contributions import relations
from metrics.contributions.converted import RATE
from metrics.contributions.frame import WHOLE, Frame, Split
from metrics.contributions.rate import read
from metrics.contributions.rows import Cell, Cursor, Page, Row, Sums
from metrics.units import Unit

LATEST = SQL("""
    latest AS (
        SELECT DISTINCT ON (period, contact_id) period, contact_id, customer_id, day, score
        FROM (
            SELECT width_bucket(day, %(borders)s::date[]) AS period, dated.*
            FROM (
                SELECT contact.id AS contact_id, contact.customer_id, response.score,
                    response.answered_at, response.id,
                    (response.answered_at AT TIME ZONE %(timezone)s)::date AS day
                FROM surveys_response AS response
                JOIN surveys_invitation AS invitation ON invitation.id = response.invitation_id
                JOIN surveys_campaign AS campaign ON campaign.id = invitation.campaign_id
                JOIN customers_contact AS contact ON contact.id = invitation.contact_id
                WHERE response.superseded_at IS NULL AND NOT response.is_by_user
                    AND campaign.kind = 'nps' AND campaign.is_relational = ANY(%(relational)s)
            ) AS dated
            WHERE day >= %(first)s AND day < %(last)s
        ) AS answered
        ORDER BY period, contact_id, answered_at DESC, id DESC
    )
""")

# An answer stands where its customer was on the day it was given.
PLACED = SQL("placed AS (SELECT '' AS segment, latest.* FROM latest)")
PLACED_BY_ATTRIBUTE = SQL("""
    placed AS (
        SELECT coalesce(version.segment, %(unknown)s) AS segment, latest.*
        FROM latest
        LEFT JOIN version ON version.customer_id = latest.customer_id
            AND latest.day >= version.lower AND latest.day < version.upper
    )
""")
PLACED_BY_SUBSCRIPTION = SQL("""
    paid AS (
        SELECT customer_id, segment, day AS lower, is_paying,
            coalesce(next_day, 'infinity') AS upper
        FROM entry
    ), placed AS (
        SELECT coalesce(paid.segment, %(unknown)s) AS segment, latest.*
        FROM latest
        LEFT JOIN paid ON paid.customer_id = latest.customer_id AND paid.is_paying
            AND latest.day >= paid.lower AND latest.day < paid.upper
    )
""")

# sign: 1 promoter, 0 passive, -1 detractor.
WEIGHTED = SQL("""
    weighted AS (
        SELECT placed.*, {weight} AS weight,
            CASE WHEN score >= 9 THEN 1 WHEN score <= 6 THEN -1 ELSE 0 END AS sign
        FROM placed {state}
    )
""")
SHARED = SQL("count(*) OVER (PARTITION BY period, segment, placed.customer_id)")
STATE_ON_THE_DAY = SQL("""
    LEFT JOIN LATERAL (
        SELECT mrr_after AS mrr FROM metrics_movement
        WHERE customer_id = placed.customer_id AND metrics_movement.day <= placed.day
        ORDER BY metrics_movement.day DESC, position DESC LIMIT 1
    ) AS held ON true
""")

SUMS = SQL("""
    SELECT period, segment, count(*), sum(sign * weight), sum(weight),
        sum(sign * weight * sign * weight), sum(sign * weight * weight), sum(weight * weight),
        count(*) FILTER (WHERE sign = 1), count(*) FILTER (WHERE sign = 0),
        count(*) FILTER (WHERE sign = -1)
    FROM weighted GROUP BY period, segment
""")
ROWS = SQL("""
    SELECT customer_id, sign * weight, weight, contact_id, score, day FROM weighted
    WHERE segment = %(segment)s AND contact_id > %(after)s
    ORDER BY contact_id LIMIT %(limit)s
""")


CONVERTED_STATE_ON_THE_DAY = SQL("""
    LEFT JOIN LATERAL (
        SELECT sum(mrr_after * rate.rate) AS mrr
        FROM (
            SELECT DISTINCT ON (currency) currency, mrr_after FROM metrics_movement
            WHERE customer_id = placed.customer_id AND metrics_movement.day <= placed.day
            ORDER BY currency, metrics_movement.day DESC, position DESC
        ) AS latest
        JOIN rate ON rate.currency = latest.currency AND rate.day = placed.day
    ) AS held ON true
""")


class Weight(StrEnum):
    CONTACT = "contact"
    CUSTOMER = "customer"
    MRR = "mrr"


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Promoters less detractors among the contacts that answered; each counts its weight.

    `weight`: every contact 1; or every customer 1, or its MRR on the day, shared evenly among
    its contacts in the cell.
    """

    converts: ClassVar[bool] = True
    is_relational_only: bool = True
    weight: Weight = Weight.CONTACT
    formula: str
    empty_reason: str = "no answers in the period"
    row_unit: Unit = Unit.COUNT

    @property
    def is_money(self) -> bool:
        return self.weight is Weight.MRR

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        found = self._sums(frame.whole())
        if frame.dimension != WHOLE:
            found |= self._sums(frame)
        nobody = {"promoters": Decimal(0), "passives": Decimal(0), "detractors": Decimal(0)}
        for number in range(len(frame.periods)):
            found.setdefault((number, None), Sums(parts=nobody))
        return found

    def _sums(self, frame: Frame) -> dict[Cell, Sums]:
        rows = frame.fetch(self._query(frame, SUMS), relational=self._relational)
        found: dict[Cell, Sums] = {}
        for row in rows:
            promoters, passives, detractors = (Decimal(number) for number in row[-3:])
            parts = {"promoters": promoters, "passives": passives, "detractors": detractors}
            ((cell, sums),) = read([row[:-3]]).items()
            found[cell] = replace(sums, parts=parts)
        return found

    @property
    def _relational(self) -> list[bool]:
        return [True] if self.is_relational_only else [True, False]

    def _query(self, frame: Frame, select: SQL) -> Composed:
        match frame.dimension.split:
            case Split.NOTHING:
                places: list[Composed | SQL] = [LATEST, PLACED]
            case Split.ATTRIBUTE:
                places = [relations.VERSION, LATEST, PLACED_BY_ATTRIBUTE]
            case _:
                entries = relations.entries(frame.dimension)
                places = [entries, LATEST, PLACED_BY_SUBSCRIPTION]
        is_converted = relations.is_converted(frame)
        if is_converted:
            places = [RATE, *places]
        return relations.query(*places, self._weighted(is_converted), select=select)

    def _weighted(self, is_converted: bool) -> Composed:
        match self.weight:
            case Weight.CONTACT:
                return WEIGHTED.format(weight=SQL("1::numeric"), state=SQL(""))
            case Weight.CUSTOMER:
                return WEIGHTED.format(weight=SQL("1::numeric / {}").format(SHARED), state=SQL(""))
            case Weight.MRR:
                weight = SQL("coalesce(held.mrr, 0) / {}").format(SHARED)
                state = CONVERTED_STATE_ON_THE_DAY if is_converted else STATE_ON_THE_DAY
                return WEIGHTED.format(weight=weight, state=state)

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is None:
            frame = frame.whole()
        found = frame.fetch(
            self._query(frame, ROWS),
            relational=self._relational,
            segment=segment or "",
            after=after.key,
            limit=limit + 1,
        )
        rows = [
            Row(
                customer,
                Decimal(y),
                Decimal(x),
                {"score": Decimal(score), "day": str(day)},
                contact,
            )
            for customer, y, x, contact, score, day in found
        ]
        if len(rows) <= limit:
            return Page(rows, None)
        return Page(rows[:limit], Cursor(0, found[limit - 1][3]))
