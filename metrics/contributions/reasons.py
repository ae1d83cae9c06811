"""Churn by why and how.

What was lost is the ledger's churn. Its reason and kind are those of the customer's renewal whose
date, or notice, is nearest the day of the churn (metrics.ledger.departures); else they are unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from psycopg.sql import SQL, Composed

from metrics.contributions import relations
from metrics.contributions.frame import WHOLE, Frame
from metrics.contributions.rows import NOTHING, Cell, Cursor, Page, Row, Sums
from metrics.contributions.standing import page
from metrics.units import Unit

MOST_REASONS = 20
OTHER = "other reasons"
NO_REASON, NO_KIND = "no reason on record", "unknown"

LOST = SQL("""
    lost AS (
        SELECT segment, customer_id, day, {lost} AS amount
        FROM entry WHERE {kind} = 'churn' AND day >= %(first)s
    ), reasoned AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, lost.*,
            coalesce(nullif(departure.reason, ''), %(no_reason)s) AS reason,
            coalesce(nullif(departure.kind, ''), %(no_kind)s) AS kind
        FROM lost
        LEFT JOIN metrics_departure AS departure USING (customer_id, day)
    )
""")
SUMS = SQL("""
    SELECT period, segment, reason, kind, sum(amount), count(DISTINCT customer_id)
    FROM reasoned
    GROUP BY GROUPING SETS ((period, segment, reason, kind), (period, segment))
""")
ROWS = SQL("""
    SELECT customer_id, sum(amount), string_agg(DISTINCT reason, '; '),
        string_agg(DISTINCT kind, '; '), string_agg(DISTINCT day::text, ', ')
    FROM reasoned
    WHERE segment = %(segment)s AND customer_id > %(after)s
    GROUP BY customer_id
    ORDER BY customer_id LIMIT %(limit)s
""")


class By(StrEnum):
    REASON = "reason"
    KIND = "kind"
    BOTH = "both"


def largest(cells: Mapping[Cell, Sums]) -> dict[Cell, Sums]:
    """With all segments of a period under the same names, the largest of its total first; of more
    than MOST_REASONS the last stand together. The total has its own names alone: who leaves a
    product may have left nothing else, and a total is the same beside whatever split."""
    totals: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for (period, segment), one in cells.items():
        for name, amount in one.parts.items():
            totals[period][name] += amount if segment is None else 0
    names = {period: _largest(by_name) for period, by_name in totals.items()}
    return {
        cell: _under(_largest(one.parts) if cell[1] is None else names.get(cell[0], []), one)
        for cell, one in cells.items()
    }


def _largest(by_name: Mapping[str, Decimal]) -> list[str]:
    names = sorted(by_name, key=lambda name: (-by_name[name], name))
    return names if len(names) <= MOST_REASONS else [*names[: MOST_REASONS - 1], OTHER]


def _under(names: Sequence[str], sums: Sums) -> Sums:
    parts = dict.fromkeys(names, NOTHING)
    for name, amount in sums.parts.items():
        parts[name if name in parts else OTHER] += amount
    return replace(sums, parts=parts)


@dataclass(frozen=True, kw_only=True)
class Reasons:
    """What churned, in customers or (`is_money`) in MRR, with a part for every reason or kind."""

    is_additive: ClassVar[bool] = True
    is_of_ledger: ClassVar[bool] = True
    converts: ClassVar[bool] = True
    by: By
    formula: str
    is_money: bool = False
    empty_reason: str = ""

    @property
    def row_unit(self) -> Unit:
        return Unit.MONEY if self.is_money else Unit.COUNT

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        counts, amounts = self._read(frame.whole())
        if frame.dimension != WHOLE:
            more_counts, more_amounts = self._read(frame)
            counts, amounts = counts | more_counts, amounts | more_amounts
        for number in range(len(frame.periods)):
            counts.setdefault((number, None), (0, NOTHING))
        return {
            cell: Sums(n=n, y=y, parts=amounts.get(cell, {})) for cell, (n, y) in counts.items()
        }

    def _read(
        self, frame: Frame
    ) -> tuple[dict[Cell, tuple[int, Decimal]], dict[Cell, dict[str, Decimal]]]:
        """By cell: customers and amount; and the amount by name."""
        counts: dict[Cell, tuple[int, Decimal]] = {}
        amounts: dict[Cell, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for period, segment, reason, kind, amount, count in self._fetch(frame, SUMS):
            cell = (period - 1, segment or None)
            if reason is None:
                counts[cell] = (count, Decimal(amount))
            else:
                amounts[cell][self._name(reason, kind)] += Decimal(amount)
        return counts, amounts

    def _name(self, reason: str, kind: str) -> str:
        match self.by:
            case By.REASON:
                return reason
            case By.KIND:
                return kind
        return f"{kind}: {reason}"

    def _fetch(self, frame: Frame, select: SQL, **params: object) -> list[tuple[Any, ...]]:
        lost = SQL("-amount") if self.is_money else SQL("1")
        kind = SQL("kind") if self.is_money else SQL("turn")
        relation: Composed = LOST.format(lost=lost, kind=kind)
        query = relations.query(relations.entries(frame), relation, select=select)
        return frame.fetch(query, no_reason=NO_REASON, no_kind=NO_KIND, **params)

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is None:
            frame = frame.whole()
        found = self._fetch(frame, ROWS, segment=segment or "", after=after.key, limit=limit + 1)
        rows = [
            Row(customer, Decimal(amount), None, {"kind": kind, "reason": reason, "day": day})
            for customer, amount, reason, kind, day in found
        ]
        return page(rows, limit)
