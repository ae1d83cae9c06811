"""Scores at a period's close, of the customers that pay then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from django.utils.translation import gettext_noop
from psycopg.sql import SQL, Composed

from metrics.contributions import relations
from metrics.contributions.frame import WHOLE, Frame
from metrics.contributions.placed import columns
from metrics.contributions.rate import Balance
from metrics.contributions.rows import NOTHING, Cell, Cursor, Page, Row, Sums
from metrics.contributions.segments import HELD, history, segment_of
from metrics.contributions.standing import Standing, page
from metrics.health.coverage import ENOUGH
from metrics.units import Unit

BANDS = ("green", "amber", "red")
LITTLE_KNOWN = "little_known"
WITHIN = (*BANDS, LITTLE_KNOWN)
"""What is told of the scored; a customer is in one band, and may be little known beside."""

# A span is there for the closes that it holds on; few of them hold on any.
SCORED = SQL("""
    scored AS (
        SELECT period, (%(borders)s::date[])[period + 1] - 1 AS day, customer_id, score, band,
            coverage
        FROM metrics_healthscore
        CROSS JOIN LATERAL generate_series(
            greatest(width_bucket(starts_on, %(borders)s::date[]), 1),
            width_bucket(coalesce(ends_on, 'infinity'), %(borders)s::date[]) - 1
        ) AS period
        WHERE starts_on < %(last)s AND (ends_on IS NULL OR ends_on > %(first)s)
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    )
""")
VERSION = SQL("""
    LEFT JOIN version ON version.customer_id = scored.customer_id
        AND scored.day >= version.lower AND scored.day < version.upper
""")
FACT = SQL("""
    fact AS (
        SELECT scored.*, {segment} AS segment, held.mrr_after AS mrr
        FROM scored
        JOIN {history} AS held ON held.customer_id = scored.customer_id
            AND held.day <= scored.day AND (held.next_day IS NULL OR held.next_day > scored.day)
            AND held.is_paying
        {version}
    )
""")
# A balance of several currencies is what all movements until the close come to at its rates.
FACT_CONVERTED = SQL("""
    fact AS (
        SELECT scored.*, {segment} AS segment, held.mrr
        FROM scored
        JOIN (
            SELECT period, scored.customer_id {part}, sum(own * rate.rate) AS mrr
            FROM scored
            JOIN {history} AS held ON held.customer_id = scored.customer_id
                AND held.day <= scored.day
            JOIN rate ON rate.currency = held.currency AND rate.day = scored.day
            GROUP BY period, scored.customer_id {part}
            HAVING sum(own * rate.rate) > 0
        ) AS held USING (period, customer_id)
        {version}
    )
""")
SUMS = SQL("""
    SELECT period, segment, count(*), sum(score * {x}), sum({x}), sum(score * score * {x} * {x}),
        sum(score * {x} * {x}), sum({x} * {x}) {parts}
    FROM fact GROUP BY period, segment
""")
ROWS = SQL("""
    SELECT customer_id, score * {x}, {x}, score::text, band, coverage || ' %%' FROM fact
    WHERE segment = %(segment)s AND customer_id > %(after)s
    ORDER BY customer_id LIMIT %(limit)s
""")


class Weight(StrEnum):
    """What a customer counts."""

    CUSTOMER = "customer"
    MRR = "mrr"


@dataclass(frozen=True, kw_only=True)
class Health:
    """The mean score at the close. Parts: what is in each band (customers, or with weight MRR
    theirs) and what is little known, their shares, and what is not scored. One row for each
    customer (by product or plan, for each that it pays for then, with what it pays for it)."""

    is_additive: ClassVar[bool] = False
    """Parts are shares."""
    converts: ClassVar[bool] = True
    weight: Weight = Weight.CUSTOMER
    formula: str
    empty_reason: str = gettext_noop("no customer that paid at the close had a score")

    @property
    def is_money(self) -> bool:
        return self.weight is Weight.MRR

    @property
    def row_unit(self) -> Unit:
        return Unit.MONEY if self.is_money else Unit.COUNT

    @property
    def _x(self) -> SQL:
        return SQL("mrr") if self.is_money else SQL("1")

    @property
    def _standing(self) -> Standing:
        """What stands at the close, scored or not."""
        balance = Balance.MRR if self.is_money else Balance.CUSTOMERS
        return Standing(numerator=balance, formula="", is_money=self.is_money)

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        found = self._sums(frame.whole())
        if frame.dimension != WHOLE:
            found |= self._sums(frame)
        standing = self._standing.sums(frame)
        for cell, whole in standing.items():
            sums = found.get(cell)
            if sums is None:
                if cell[1] is None:
                    found[cell] = Sums()
                continue
            found[cell] = replace(sums, parts={**sums.parts, "not_scored": whole.y - sums.x})
        return found

    def _sums(self, frame: Frame) -> dict[Cell, Sums]:
        parts = {
            band: SQL("sum({x}) FILTER (WHERE band = {band})").format(x=self._x, band=band)
            for band in BANDS
        }
        parts[LITTLE_KNOWN] = SQL("sum({x}) FILTER (WHERE coverage < {enough})").format(
            x=self._x, enough=ENOUGH
        )
        found: dict[Cell, Sums] = {}
        for period, segment, n, *amounts in self._fetch(
            frame, SUMS.format(x=self._x, parts=columns(_as_sql(parts)))
        ):
            y, x, yy, xy, xx = (Decimal(amount) for amount in amounts[:5])
            within = {
                name: Decimal(part or 0) for name, part in zip(WITHIN, amounts[5:], strict=True)
            }
            shares = {f"{name}_share": part / x if x else NOTHING for name, part in within.items()}
            found[period - 1, segment or None] = Sums(n, y, x, yy, xy, xx, within | shares)
        return found

    def _fetch(self, frame: Frame, select: Composed, **more: Any) -> list[tuple[Any, ...]]:
        dimension = frame.dimension
        is_by_contract = dimension.is_by_subscription
        is_converted = relations.is_converted(frame)
        part = SQL(", segment") if is_by_contract else SQL("")
        contract = SQL("held.segment")
        fact = (FACT_CONVERTED if is_converted else FACT).format(
            segment=segment_of(frame, customer=HELD, contract=contract),
            history=history(frame),
            version=VERSION if dimension.attributes else SQL(""),
            part=part,
        )
        query = relations.query(relations.entries(frame), SCORED, fact, select=select)
        return frame.fetch(query, **more)

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is None:
            frame = frame.whole()
        found = self._fetch(
            frame,
            ROWS.format(x=self._x),
            segment=segment or "",
            after=after.key,
            limit=limit + 1,
        )
        rows = [
            Row(customer, Decimal(y), Decimal(x), {"score": said, "band": band, "coverage": share})
            for customer, y, x, said, band, share in found
        ]
        return page(rows, limit)


def _as_sql(parts: Mapping[str, Composed]) -> dict[str, SQL]:
    return {name: SQL(part.as_string()) for name, part in parts.items()}
