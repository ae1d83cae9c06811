"""Answers to surveys: the latest of each contact in a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from django.utils.translation import gettext_noop
from psycopg.sql import SQL

from metrics.contributions import relations
from metrics.contributions.converted import RATE
from metrics.contributions.frame import Frame
from metrics.contributions.placed import Placed, Relation, placed
from metrics.contributions.rows import NOTHING, Cell, Sums

# sign: 1 promoter, 0 passive, -1 detractor.
LATEST = SQL("""
    fact AS (
        SELECT DISTINCT ON (period, contact_id) *
        FROM (
            SELECT width_bucket(day, %(borders)s::date[]) AS period, dated.*
            FROM (
                SELECT contact.id, contact.id AS contact_id, contact.customer_id, '' AS own,
                    response.score, response.answered_at, response.id AS response_id,
                    (response.answered_at AT TIME ZONE %(timezone)s)::date AS day,
                    CASE WHEN response.score >= 9 THEN 1
                        WHEN response.score <= 6 THEN -1 ELSE 0 END AS sign
                FROM surveys_response AS response
                JOIN surveys_invitation AS invitation ON invitation.id = response.invitation_id
                JOIN surveys_campaign AS campaign ON campaign.id = invitation.campaign_id
                JOIN customers_contact AS contact ON contact.id = invitation.contact_id
                WHERE response.superseded_at IS NULL AND NOT response.is_by_user
                    AND campaign.kind = 'nps' AND campaign.is_relational = ANY(%(relational)s)
                    AND (%(customers)s::bigint[] IS NULL
                        OR contact.customer_id = ANY (%(customers)s))
            ) AS dated
            WHERE day >= %(first)s AND day < %(last)s
        ) AS answered
        ORDER BY period, contact_id, answered_at DESC, response_id DESC
    )
""")

# An answer stands where its customer was on the day it was given, and shares its customer's weight
# with those that stand there too.
PLACED = SQL("""
    placed AS (
        SELECT weighted.*, sign * weight AS y, weight AS x
        FROM (SELECT stood.*, {weight} AS weight FROM stood {state}) AS weighted
    )
""")
ALONE = SQL("1::numeric")
SHARED = SQL("{} / count(*) OVER (PARTITION BY period, segment, stood.customer_id)")
STATE_ON_THE_DAY = SQL("""
    LEFT JOIN LATERAL (
        SELECT mrr_after AS mrr FROM metrics_movement
        WHERE customer_id = stood.customer_id AND metrics_movement.day <= stood.day
        ORDER BY metrics_movement.day DESC, position DESC LIMIT 1
    ) AS held ON true
""")
CONVERTED_STATE_ON_THE_DAY = SQL("""
    LEFT JOIN LATERAL (
        SELECT sum(mrr_after * rate.rate) AS mrr
        FROM (
            SELECT DISTINCT ON (currency) currency, mrr_after FROM metrics_movement
            WHERE customer_id = stood.customer_id AND metrics_movement.day <= stood.day
            ORDER BY currency, metrics_movement.day DESC, position DESC
        ) AS latest
        JOIN rate ON rate.currency = latest.currency AND rate.day = stood.day
    ) AS held ON true
""")
SIGNS = {
    "promoters": SQL("count(*) FILTER (WHERE sign = 1)"),
    "passives": SQL("count(*) FILTER (WHERE sign = 0)"),
    "detractors": SQL("count(*) FILTER (WHERE sign = -1)"),
}
NOBODY = Sums(parts=dict.fromkeys(SIGNS, NOTHING))


class Weight(StrEnum):
    CONTACT = "contact"
    CUSTOMER = "customer"
    MRR = "mrr"


@dataclass(frozen=True, kw_only=True)
class Answers(Placed):
    """Promoters less detractors among the contacts that answered; each counts its weight.

    `weight`: every contact 1; or every customer 1, or its MRR on the day (`is_money`), shared
    evenly among its contacts in the cell.
    """

    converts: ClassVar[bool] = True
    is_relational_only: bool = True
    weight: Weight = Weight.CONTACT
    empty_reason: str = gettext_noop("no answers in the period")

    @property
    def is_alone(self) -> bool:  # type: ignore[override]
        """Other weights are shared within a segment."""
        return self.weight is Weight.CONTACT

    def facts(self, frame: Frame) -> Sequence[Relation]:
        return [LATEST]

    def parameters(self, frame: Frame) -> Mapping[str, Any]:
        return {"relational": [True] if self.is_relational_only else [True, False]}

    def parts(self) -> Mapping[str, SQL]:
        return SIGNS

    def row_parts(self) -> Mapping[str, SQL]:
        return {"score": SQL("score"), "day": SQL("day::text")}

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        found = super().sums(frame)
        return {cell: sums if sums.n else NOBODY for cell, sums in found.items()}

    def placing(self, frame: Frame) -> Sequence[Relation]:
        stood = placed(frame, self.facts(frame), name="stood")
        match self.weight:
            case Weight.CONTACT:
                return [*stood, PLACED.format(weight=ALONE, state=SQL(""))]
            case Weight.CUSTOMER:
                return [*stood, PLACED.format(weight=SHARED.format(ALONE), state=SQL(""))]
        weight = SHARED.format(SQL("coalesce(held.mrr, 0)"))
        if relations.is_converted(frame):
            state = CONVERTED_STATE_ON_THE_DAY
            return [RATE, *stood, PLACED.format(weight=weight, state=state)]
        return [*stood, PLACED.format(weight=weight, state=STATE_ON_THE_DAY)]
