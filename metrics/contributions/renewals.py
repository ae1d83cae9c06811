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
from typing import ClassVar, LiteralString

from django.utils.translation import gettext_noop
from psycopg.sql import SQL, Composed, Identifier

from metrics.contributions import due, relations
from metrics.contributions.converted import RATE
from metrics.contributions.frame import WHOLE, Dimension, Frame
from metrics.contributions.rate import added_up
from metrics.contributions.rows import NOTHING, Cell, Cursor, Page, Row, Sums
from metrics.contributions.segments import HELD, Text, segment_of
from metrics.contributions.standing import page
from metrics.models import MetricSettings
from metrics.periods import DAY, Grain, advance, floor
from metrics.units import Unit

PARTS = ("due", "renewed", "lost", "undecided")
EVERY, LOOKED_AT = SQL("true"), SQL("NOT is_plain")


class Count(StrEnum):
    """What is counted of what came due."""

    CUSTOMERS = "customers"
    MRR_GROSS = "mrr_gross"
    MRR_NET = "mrr_net"


@dataclass(frozen=True, kw_only=True)
class Renewed:
    """What renewed of what came due and is decided."""

    is_additive: ClassVar[bool] = True
    is_of_ledger: ClassVar[bool] = True
    part_names: ClassVar[tuple[str, ...]] = PARTS
    converts: ClassVar[bool] = True
    count: Count
    grace_days: int
    formula: str
    days: due.Days = due.Days.ALL
    empty_reason: str = gettext_noop("nothing came due that is decided")

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
        """Of dates on record, each is looked at; else what just goes on is only counted."""
        if self.days is due.Days.RECORDED:
            return self._query(frame, select=due.SUMS)
        square = SQL("squares") if self.is_money else SQL("n")
        select = due.SUMS_WITH_PLAIN.format(
            amount=SQL("mrr") if self.is_money else SQL("n"), square=square
        )
        return self._query(frame, *_plain(frame), select=select, these=LOOKED_AT)

    def _query(self, frame: Frame, *more: Text, select: Text, these: SQL = EVERY) -> Composed:
        dimension = frame.dimension
        before: list[Text] = [RATE] if relations.is_converted(frame) else []
        places: list[Text] = [due.PLACED]
        if dimension.attributes:
            place = segment_of(dimension, customer=HELD, contract=SQL("stood.segment"))
            before = [*before, relations.version(dimension)]
            places = [due.STOOD_BY_ATTRIBUTE.format(place=place)]
        return relations.query(
            *before,
            due.held(self.days),
            due.days_due("due", these=these),
            *more,
            turn(frame),
            due.PERSON,
            due.STOOD.format(**self._columns),
            *places,
            select=select,
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
        found = frame.fetch(
            self._query(frame, select=due.ROWS),
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


def _plain(frame: Frame) -> list[Text]:
    """What just goes on."""
    dimension, is_converted = frame.dimension, relations.is_converted(frame)
    has_stretches = not is_converted and _holds_months(frame)
    place = segment_of(dimension, customer=HELD, contract=_contract_of(dimension))
    these = SQL("is_plain AND NOT is_monthly") if has_stretches else SQL("is_plain")
    plain = (due.CONVERTED_PLAIN if is_converted else due.PLAIN).format(
        place=place,
        plan=_plan(dimension, "going"),
        version=due.VERSION_OF_GOING if dimension.attributes else SQL(""),
        rate=_rate("rate", "counted.currency", "counted.day"),
        and_stretches=due.AND_STRETCHES if has_stretches else SQL(""),
    )
    going = due.days_due("going", these=these)
    if not has_stretches:
        return [going, plain]
    since, until = SQL("%(first)s::date"), SQL("%(last)s::date")
    if dimension.attributes:
        since, until = SQL("greatest(%(first)s, lower)"), SQL("least(%(last)s, upper)")
    stretch = due.STRETCH.format(
        **due.CUT,
        place=place,
        since=since,
        until=until,
        plan=_plan(dimension, "held"),
        version=due.VERSIONS_OF_HELD if dimension.attributes else SQL(""),
    )
    return [stretch, going, plain]


def turn(frame: Frame) -> Composed:
    """What became of `due`."""
    dimension, is_converted = frame.dimension, relations.is_converted(frame)
    no: Text = SQL("")
    return due.TURN.format(
        name=_contract_of(dimension),
        m0=SQL("due.mrr * rate.rate") if is_converted else SQL("due.mrr"),
        m1=SQL("renewed_mrr * again.rate") if is_converted else SQL("renewed_mrr"),
        begun_mrr=SQL("other.mrr * rate.rate") if is_converted else SQL("other.mrr"),
        plan=_plan(dimension, "due"),
        other_plan=_plan(dimension, "other"),
        rate=_rate("rate", "due.currency", "due.day") if is_converted else no,
        renewed_rate=_rate("again", "renewed_currency", "due.day") if is_converted else no,
        begun_rate=_rate("rate", "other.currency", "together.day") if is_converted else no,
    )


def _rate(name: LiteralString, currency: LiteralString, day: LiteralString) -> Composed:
    return due.RATED.format(name=SQL(name), currency=SQL(currency), day=SQL(day))


def _plan(dimension: Dimension, relation: str) -> Text:
    if not dimension.is_by_subscription:
        return SQL("")
    return due.PLAN.format(term=Identifier(relation))


def _holds_months(frame: Frame) -> bool:
    """Whether each period but the first and last holds a whole calendar month, so that what is due
    monthly comes due in it."""
    return all(
        advance(advance(floor(period.start - DAY, Grain.MONTH), Grain.MONTH), Grain.MONTH)
        <= period.end
        for period in frame.periods[1:-1]
    )


def _contract_of(dimension: Dimension) -> SQL:
    """What a contract's plan calls its segment."""
    return relations.NAMES.get(dimension.contract, SQL("''"))
