"""Answers on a scale: every response, and whether it is a good one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_noop
from psycopg.sql import SQL

from metrics.contributions.frame import WHOLE, Frame
from metrics.contributions.placed import Placed, Relation
from metrics.contributions.rows import Cell, Sums
from metrics.estimates import COUNTED_ON, LEFT_OUT_ON, answers_left_out

ONE_SCALE, MIXED = "one", "mixed"

FACT = SQL("""
    good AS (
        SELECT * FROM unnest(%(highest)s::int[], %(from_score)s::int[]) AS scale (highest, least)
    ), fact AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, answered.*
        FROM (
            SELECT response.id, contact.customer_id, invitation.contact_id, response.score,
                (response.answered_at AT TIME ZONE %(timezone)s)::date AS day,
                campaign.name AS own, campaign.lowest_score AS lowest,
                campaign.highest_score AS highest,
                (response.score >= good.least)::int AS y, 1 AS x
            FROM surveys_response AS response
            JOIN surveys_invitation AS invitation ON invitation.id = response.invitation_id
            JOIN surveys_campaign AS campaign ON campaign.id = invitation.campaign_id
            LEFT JOIN good ON good.highest = campaign.highest_score AND campaign.lowest_score = 1
            JOIN customers_contact AS contact ON contact.id = invitation.contact_id
            WHERE response.superseded_at IS NULL AND NOT response.is_by_user
                AND campaign.kind = %(kind)s AND (good.highest IS NOT NULL) = %(is_counted)s
                AND (%(customers)s::bigint[] IS NULL OR contact.customer_id = ANY (%(customers)s))
        ) AS answered
        WHERE day >= %(first)s AND day < %(last)s
    )
""")

LEFT_OUT = SQL("""
    SELECT period, segment, lowest, highest, count(*) FROM placed
    GROUP BY lowest, highest, {cells} ORDER BY lowest, highest
""")


@dataclass(frozen=True, kw_only=True)
class Scored(Placed):
    """Good answers among all to campaigns of a kind, on scales that begin at 1.

    `good`: from which score on an answer is a good one, by the scale's highest score. `scale`:
    the highest score of the only scale that counts; `one`: whichever there is; `mixed`: all.
    Parts count the answers on each scale, those on scales that do not count apart.
    """

    is_additive: ClassVar[bool] = False
    """A part is the mean."""
    kind: str
    good_name: str
    good: Mapping[int, int]
    scale: str = ONE_SCALE
    empty_reason: str = gettext_noop("no answers in the period")

    @property
    def _counted(self) -> dict[int, int]:
        if self.scale in (ONE_SCALE, MIXED):
            return dict(self.good)
        return {int(self.scale): self.good[int(self.scale)]}

    def facts(self, frame: Frame) -> Sequence[Relation]:
        return [FACT]

    def parameters(self, frame: Frame) -> Mapping[str, Any]:
        scales = self._counted
        return {
            "kind": self.kind,
            "highest": list(scales),
            "from_score": list(scales.values()),
            "is_counted": True,
        }

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        found = super().sums(frame)
        left_out = self._left_out(frame)
        if frame.dimension != WHOLE and not self._says_total(frame):
            left_out |= self._left_out(frame.whole())
        for cell, parts in left_out.items():
            sums = found.get(cell, Sums())
            sums = replace(sums, parts={**sums.parts, **parts})
            found[cell] = replace(sums, empty_reason=answers_left_out(sums))
        return found

    def _left_out(self, frame: Frame) -> dict[Cell, dict[str, Decimal]]:
        """By cell, the parts of answers on scales that do not count."""
        found: dict[Cell, dict[str, Decimal]] = defaultdict(dict)
        rows = self.fetch(frame, LEFT_OUT.format(cells=self.cells(frame)), is_counted=False)
        for period, segment, lowest, highest, count in rows:
            name = f"{LEFT_OUT_ON}{lowest}_to_{highest}"
            found[period - 1, segment or None][name] = Decimal(count)
        return found

    def parts(self) -> Mapping[str, SQL]:
        named = {
            self.good_name: SQL("sum(y)"),
            # Of different scales there is no mean.
            "mean": SQL("CASE WHEN min(highest) = max(highest) THEN avg(score) END"),
        }
        for highest in self._counted:
            named[scale_name(highest)] = _ON_SCALE[highest]
        return named

    def row_parts(self) -> Mapping[str, SQL]:
        return {
            "score": SQL("score"),
            "scale": SQL("'1 to ' || highest"),
            "day": SQL("day::text"),
            "campaign": SQL("own"),
        }


_ON_SCALE = {
    5: SQL("count(*) FILTER (WHERE highest = 5)"),
    7: SQL("count(*) FILTER (WHERE highest = 7)"),
    10: SQL("count(*) FILTER (WHERE highest = 10)"),
}


def scale_name(highest: int) -> str:
    """What the part is called that counts the answers on a scale."""
    return f"{COUNTED_ON}1_to_{highest}"
