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

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from psycopg.sql import SQL, Composed, Identifier

from metrics.contributions import due, relations
from metrics.contributions.converted import RATE
from metrics.contributions.frame import WHOLE, Dimension, Frame
from metrics.contributions.rate import added_up
from metrics.contributions.rows import NOTHING, Cell, Cursor, Page, Row, Sums
from metrics.contributions.segments import HELD, Text, segment_of
from metrics.contributions.standing import page
from metrics.models import MetricSettings
from metrics.units import Unit

PARTS = ("due", "renewed", "lost", "undecided")


class Count(StrEnum):
    """What is counted of what came due."""

    CUSTOMERS = "customers"
    MRR_GROSS = "mrr_gross"
    MRR_NET = "mrr_net"


@dataclass(frozen=True, kw_only=True)
class Renewed:
    """What renewed of what came due and is decided."""

    is_additive: ClassVar[bool] = True
    converts: ClassVar[bool] = True
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
        found = self._sums(frame)
        if frame.dimension.is_of_customers:
            found |= added_up(found)  # every customer is in one segment
        elif frame.dimension != WHOLE:
            found |= self._sums(frame.whole())
        nothing = dict.fromkeys(PARTS, NOTHING)
        for number in range(len(frame.periods)):
            found.setdefault((number, None), Sums(parts=nothing))
        return found

    def _sums(self, frame: Frame) -> dict[Cell, Sums]:
        found: dict[Cell, Sums] = {}
        for period, segment, n, *amounts in frame.fetch(self._summed(frame), grace=self._grace):
            y, x, yy, xy, xx, came_due, lost, undecided = map(Decimal, amounts)
            parts = {"due": came_due, "renewed": y, "lost": lost, "undecided": undecided}
            found[period - 1, segment or None] = Sums(int(n), y, x, yy, xy, xx, parts)
        return found

    def _summed(self, frame: Frame) -> Composed:
        """Of dates on record, each is looked at; else what just goes on is counted by its runs."""
        if self.is_by_record:
            return self._query(frame, [due.RECORDED, due.DUE_BY_RECORD], select=due.SUMS)
        square = SQL("squares") if self.is_money else SQL("n")
        select = due.SUMS_WITH_PLAIN.format(
            amount=SQL("mrr") if self.is_money else SQL("n"), square=square
        )
        dues = [due.ALONE, due.RECORDED, due.ENDED, due.DUE_BY_ALL, *self._plain(frame)]
        return self._query(frame, dues, select=select)

    def _plain(self, frame: Frame) -> list[Text]:
        dimension, rated = frame.dimension, relations.is_converted(frame)
        by_plan = dimension.is_by_subscription
        name = _contract_of(dimension)

        def segment(relation: str) -> Text:
            contract = Identifier(relation, "segment")
            customer = HELD if dimension.attributes else None
            return segment_of(dimension, customer=customer, contract=SQL("{}").format(contract))

        def version(relation: str, day: str) -> Text:
            if not dimension.attributes:
                return SQL("")
            return due.VERSION_OF_LAST.format(relation=Identifier(relation), day=Identifier(day))

        run = due.RUN.format(
            name=name,
            plan=due.PLAN.format(term=SQL("paid")) if by_plan else SQL(""),
            after=due.DUE_BY.format(day=SQL("after")),
            before=due.DUE_BY.format(day=SQL("before")),
            first_due=due.DAY_DUE.format(number=SQL("low")),
            last_due=due.DAY_DUE.format(number=SQL("high")),
        )
        stretch: Text = due.STRETCH
        if dimension.attributes:
            place = SQL("coalesce(place, %(unknown)s)")
            stretch = due.STRETCH_BY_ATTRIBUTE.format(
                segment=segment_of(dimension, customer=place, contract=SQL("segment")),
                lower=due.DUE_BY.format(day=SQL("after")),
                upper=due.DUE_BY.format(day=SQL("before")),
            )
        counted = due.COUNTED.format(
            day=due.DAY_DUE.format(number=SQL("one")),
            next_day=due.DAY_DUE.format(number=SQL("one + 1")),
            run_segment=segment("run"),
            run_version=version("run", "last_due"),
            twice_segment=segment("counted_twice"),
            twice_version=version("counted_twice", "day"),
            twice_name=name,
            twice_plan=due.PLAN.format(term=SQL("ended")) if by_plan else SQL(""),
            mrr=SQL("mrr * rate.rate") if rated else SQL("mrr"),
            squares=SQL("squares * rate.rate * rate.rate") if rated else SQL("squares"),
            rate=due.RATED.format(term=SQL("due"), day=SQL("due.day")) if rated else SQL(""),
        )
        return [run, stretch, counted]

    def _query(self, frame: Frame, dues: Sequence[Text], *, select: Text) -> Composed:
        dimension = frame.dimension
        before: list[Text] = [RATE] if relations.is_converted(frame) else []
        places: list[Text] = [due.PLACED]
        if dimension.attributes:
            place = segment_of(dimension, customer=HELD, contract=SQL("stood.segment"))
            before = [*before, relations.version(dimension)]
            places = [due.STOOD_BY_ATTRIBUTE.format(place=place)]
        return relations.query(
            *before,
            due.PAID,
            *dues,
            self._turn(frame),
            due.PERSON,
            due.STOOD.format(**self._columns),
            *places,
            select=select,
        )

    def _turn(self, frame: Frame) -> Composed:
        by_plan, rated = frame.dimension.is_by_subscription, relations.is_converted(frame)
        name = _contract_of(frame.dimension)

        def rate(of: str, day: str) -> Text:
            if not rated:
                return SQL("")
            return due.RATED.format(term=Identifier(of), day=Identifier(day, "day"))

        return due.TURN.format(
            name=name,
            term_name=name,
            m0=SQL("dated.mrr * rate.rate") if rated else SQL("dated.mrr"),
            term_mrr=SQL("term.mrr * rate.rate") if rated else SQL("term.mrr"),
            plan=due.PLAN.format(term=SQL("dated")) if by_plan else SQL(""),
            term_plan=due.PLAN.format(term=SQL("term")) if by_plan else SQL(""),
            rate=rate("dated", "dated"),
            term_rate=rate("term", "dated"),
            begun_rate=rate("term", "together"),
        )

    @property
    def _grace(self) -> int:
        """Costs a query."""
        return max(self.grace_days, MetricSettings.held().late_days)

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
        dues: list[Text] = [due.RECORDED, due.WATCHED, due.ENDED, due.DUE_BY_ALL]
        if self.is_by_record:
            dues = [due.RECORDED, due.DUE_BY_RECORD]
        found = frame.fetch(
            self._query(frame, dues, select=due.ROWS),
            grace=self._grace,
            segment=segment or "",
            after=after.key,
            limit=limit + 1,
        )
        rows = []
        for customer, y, x, came_due, lost, undecided, day in found:
            amounts = {"due": came_due, "renewed": y, "lost": lost, "undecided": undecided}
            parts = {name: Decimal(amount) for name, amount in amounts.items() if amount}
            rows.append(Row(customer, Decimal(y), Decimal(x), {**parts, "day": str(day)}))
        return page(rows, limit)


def _contract_of(dimension: Dimension) -> SQL:
    """What a contract's plan calls its segment."""
    return relations.NAMES.get(dimension.contract, SQL("''"))
