"""Movements between two closes, by kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from psycopg.sql import SQL

from metrics.contributions import relations
from metrics.contributions.converted import REVALUED
from metrics.contributions.frame import WHOLE, Frame
from metrics.contributions.rate import Balance
from metrics.contributions.rows import NOTHING, Cell, Cursor, Measure, Page, Row, Sums
from metrics.contributions.standing import Standing, page
from metrics.units import Unit

LOSSES = frozenset({"contraction", "pause", "churn"})
"""Kinds that docs/metrics.md writes with a minus: their parts are what was lost."""

MRR_PARTS = {
    "new": "new",
    "reactivation": "reactivation",
    "resume": "resume",
    "expansion": "expansion",
    "contraction": "contraction",
    "pause": "pause",
    "churn": "churn",
    "transfer": "transfer",
    "fx": "fx",
}
CUSTOMER_PARTS = {
    "new": "new",
    "reactivation": "reactivated",
    "resume": "resumed",
    "pause": "paused",
    "churn": "churned",
    "transfer": "transfer",
}

MRR_KIND, MRR_AMOUNT = SQL("kind"), SQL("amount")
CUSTOMER_KIND, CUSTOMER_AMOUNT = SQL("turn"), SQL("(is_paying::int - was_paying::int)")

# The second grouping set counts the customers of the cell.
SUMS = SQL("""
    SELECT width_bucket(day, %(borders)s::date[]) AS period, segment, {kind}, sum({amount}),
        count(DISTINCT customer_id)
    FROM entry
    WHERE day >= %(first)s AND {amount} <> 0
    GROUP BY GROUPING SETS ((1, segment, {kind}), (1, segment))
""")

# Entries that leave everything as it was (a switch of plans at one price, seen from the total)
# are no rows.
ROWS = SQL("""
    SELECT customer_id, array_agg(kind ORDER BY kind), array_agg(amount ORDER BY kind)
    FROM (
        SELECT customer_id, {kind} AS kind, sum({amount}) AS amount
        FROM entry
        WHERE day >= %(first)s AND segment = %(segment)s AND customer_id > %(after)s
            AND {amount} <> 0
        GROUP BY 1, 2
        {revalued}
    ) AS sorted
    GROUP BY customer_id
    ORDER BY customer_id LIMIT %(limit)s
""")


@dataclass(frozen=True, kw_only=True)
class Flows:
    """Movements by kind, in MRR or (`is_count`) in customers; parts give both balances too.

    What exchange rates did between the two balances is the kind `fx`. The value is the net of
    all; or, when `gains` and `losses` (kinds) are given, what was gained per what was lost.
    """

    is_additive: ClassVar[bool] = True
    converts: ClassVar[bool] = True
    formula: str
    is_count: bool = False
    gains: frozenset[str] = frozenset()
    losses: frozenset[str] = frozenset()
    empty_reason: str = ""

    @property
    def is_money(self) -> bool:
        return not self.is_count

    @property
    def row_unit(self) -> Unit:
        return Unit.COUNT if self.is_count else Unit.MONEY

    @property
    def names(self) -> Mapping[str, str]:
        """What the part of a kind is called."""
        return CUSTOMER_PARTS if self.is_count else MRR_PARTS

    @property
    def _balance(self) -> Standing:
        kept = Balance.CUSTOMERS if self.is_count else Balance.MRR
        return Standing(numerator=kept, formula="")

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        balances = self._balance.with_opening(frame)
        flows = self._flows(frame.whole())
        if frame.dimension != WHOLE:
            flows |= self._flows(frame)
        found: dict[Cell, Sums] = {}
        for period, segment in balances:
            if period < 0:
                continue
            n, by_kind = flows.get((period, segment), (0, {}))
            opening = balances.get((period - 1, segment), Sums()).y
            closing = balances[period, segment].y
            if relations.is_converted(frame):
                moved = sum(by_kind.values(), NOTHING)
                by_kind = {**by_kind, "fx": closing - opening - moved}
            parts = {"opening": opening, **self._parts(by_kind), "closing": closing}
            found[period, segment] = replace(self._sum(by_kind), n=n, parts=parts)
        return found

    def _flows(self, frame: Frame) -> dict[Cell, tuple[int, dict[str, Decimal]]]:
        """By cell: how many customers moved, and the signed amounts by kind."""
        if frame.at_hand is not None:
            return frame.at_hand.flows(frame.periods, is_count=self.is_count)
        kind, amount = self._columns()
        rows = frame.fetch(
            relations.query(
                relations.entries(frame),
                select=SUMS.format(kind=kind, amount=amount),
            )
        )
        counts: dict[Cell, int] = {}
        amounts: dict[Cell, dict[str, Decimal]] = defaultdict(dict)
        for period, segment, name, total, count in rows:
            cell = (period - 1, segment or None)
            if name is None:
                counts[cell] = count
            else:
                amounts[cell][name] = Decimal(total)
        return {cell: (counts[cell], amounts[cell]) for cell in counts}

    def moved(self, frame: Frame) -> dict[str, Decimal]:
        """What moves in the frame's only period, in total, by the part's name; without balances,
        and so without what exchange rates did."""
        _count, by_kind = self._flows(frame.whole()).get((0, None), (0, {}))
        return self._parts(by_kind)

    def _columns(self) -> tuple[SQL, SQL]:
        if self.is_count:
            return CUSTOMER_KIND, CUSTOMER_AMOUNT
        return MRR_KIND, MRR_AMOUNT

    def _parts(self, by_kind: Mapping[str, Decimal]) -> dict[str, Decimal]:
        return {
            name: by_kind.get(kind, NOTHING) * (-1 if kind in LOSSES else 1)
            for kind, name in self.names.items()
        }

    def _sum(self, by_kind: Mapping[str, Decimal]) -> Sums:
        if not self.losses:
            return Sums(y=sum(by_kind.values(), NOTHING))
        return Sums(
            y=sum((by_kind.get(kind, NOTHING) for kind in self.gains), NOTHING),
            x=-sum((by_kind.get(kind, NOTHING) for kind in self.losses), NOTHING),
        )

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is None:
            frame = frame.whole()
        kind, amount = self._columns()
        has_fx = relations.is_converted(frame) and not self.losses
        revalued = SQL("UNION ALL {}").format(REVALUED) if has_fx else SQL("")
        select = ROWS.format(kind=kind, amount=amount, revalued=revalued)
        found = frame.fetch(
            relations.query(relations.entries(frame), select=select),
            segment=segment or "",
            after=after.key,
            limit=limit + 1,
        )
        rows: list[Row] = []
        for customer, kinds, amounts in found:
            by_kind = dict(zip(kinds, map(Decimal, amounts), strict=True))
            sums = self._sum(by_kind)
            parts = {self.names[name]: abs_loss(name, amount) for name, amount in by_kind.items()}
            rows.append(Row(customer, sums.y, sums.x if self.losses else None, parts))
        return page(rows, limit)


def abs_loss(kind: str, amount: Decimal) -> Decimal:
    """A kind's amount with the sign its part has."""
    return -amount if kind in LOSSES else amount


@dataclass(frozen=True, kw_only=True)
class WithFlows:
    """What stands at the close, with the movements that led there as its parts."""

    is_additive: ClassVar[bool] = True
    converts: ClassVar[bool] = True
    standing: Standing
    flows: Flows

    @property
    def formula(self) -> str:
        return self.standing.formula

    @property
    def is_money(self) -> bool:
        return self.standing.is_money

    @property
    def row_unit(self) -> Unit:
        return self.standing.row_unit

    @property
    def empty_reason(self) -> str:
        return self.standing.empty_reason

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        flows = self.flows.sums(frame)
        return {
            cell: replace(sums, parts=flows[cell].parts)
            for cell, sums in self.standing.sums(frame).items()
        }

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        return self.standing.rows(frame, segment, after, limit)


def flows_of(measure: Measure) -> Flows | None:
    """The movements that are a measure's parts, from the opening to the close; None: others are."""
    if isinstance(measure, WithFlows):
        return measure.flows
    return measure if isinstance(measure, Flows) and not measure.losses else None
