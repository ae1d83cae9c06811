"""States at a period's close."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext_noop
from psycopg.sql import SQL

from metrics.contributions import relations
from metrics.contributions.frame import WHOLE, Frame
from metrics.contributions.rate import (
    Balance,
    added_up,
    balances,
    columns_of,
    columns_of_sums,
    read,
)
from metrics.contributions.rows import Cell, Cursor, Page, Row, Sums
from metrics.units import Unit

SUMS = SQL("""
    SELECT period, segment, n, y, x, yy, xy, xx FROM standing
    CROSS JOIN LATERAL (SELECT {balances}) AS balance (n, y, x, yy, xy, xx)
""")

ROWS = SQL("""
    SELECT customer_id, {y}, {x} FROM state
    WHERE segment = %(segment)s AND is_paying AND customer_id > %(after)s
    ORDER BY customer_id LIMIT %(limit)s
""")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What stands at the close, times `factor`; divided by `denominator` unless that is nothing."""

    is_additive: ClassVar[bool] = True
    converts: ClassVar[bool] = True
    numerator: Balance
    denominator: Balance = Balance.NOTHING
    factor: int = 1
    formula: str
    is_money: bool = False
    empty_reason: str = gettext_noop("no customers at the close")
    row_unit: Unit = Unit.COUNT

    @property
    def has_spread(self) -> bool:
        """Whether it is a mean, whose interval needs squares."""
        return self.denominator is not Balance.NOTHING

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        found = self.with_opening(frame)
        return {cell: sums for cell, sums in found.items() if cell[0] >= 0}

    def with_opening(self, frame: Frame) -> dict[Cell, Sums]:
        """`sums`, and as period -1 what stood at the first period's opening."""
        found = self._sums(frame)
        if frame.dimension.is_of_customers:
            found |= added_up(found)  # every customer is in one segment
        elif frame.dimension != WHOLE:
            found |= self._sums(frame.whole())
        for number in range(-1, len(frame.periods)):
            found.setdefault((number, None), Sums())
        return found

    def _sums(self, frame: Frame) -> dict[Cell, Sums]:
        y, x = self.numerator, self.denominator
        if frame.at_hand is not None:
            columns = columns_of_sums(y, x, with_products=self.has_spread)
            found = frame.at_hand.balances(columns, frame.borders)
        else:
            rows = frame.fetch(
                relations.query(
                    relations.entries(frame),
                    relations.flow(columns_of(y, x, with_products=self.has_spread), frame),
                    select=SUMS.format(balances=balances(y, x, with_products=self.has_spread)),
                )
            )
            found = read(rows)
        return {
            cell: replace(sums, y=sums.y * self.factor) if self.factor != 1 else sums
            for cell, sums in found.items()
        }

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is None:
            frame = frame.whole()
        found = frame.fetch(
            relations.query(
                relations.entries(frame),
                relations.state(frame),
                select=ROWS.format(y=self.numerator.per_customer, x=self.denominator.per_customer),
            ),
            segment=segment or "",
            at=frame.borders[-1],
            after=after.key,
            limit=limit + 1,
        )
        has_denominator = self.denominator is not Balance.NOTHING
        rows = [
            Row(customer, Decimal(y) * self.factor, Decimal(x) if has_denominator else None)
            for customer, y, x in found
        ]
        return page(rows, limit)


def page(rows: list[Row], limit: int) -> Page:
    """The first `limit` of `rows`, which has one more when there are more."""
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], Cursor(0, rows[limit - 1].customer_id))
