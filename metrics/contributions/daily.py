"""The sum of a rate's values day by day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext_noop
from psycopg.sql import SQL

from metrics.contributions import relations
from metrics.contributions.frame import WHOLE, Frame
from metrics.contributions.rate import Rate
from metrics.contributions.rows import NOTHING, Cell, Cursor, Page, Row, Sums
from metrics.contributions.standing import page
from metrics.units import Unit

ROWS = SQL("""
    SELECT customer_id, array_agg(period ORDER BY period), array_agg(y ORDER BY period) FROM moved
    CROSS JOIN LATERAL (SELECT {y}) AS contribution (y)
    WHERE segment = %(segment)s AND y <> 0 AND customer_id > %(after)s
    GROUP BY customer_id
    ORDER BY customer_id LIMIT %(limit)s
""")


@dataclass(frozen=True, kw_only=True)
class Daily:
    """Sum over the days of a period of a rate whose periods are the days.

    x counts the days on which the rate is defined; a period without one has no value. n is the
    first day's.
    """

    is_additive: ClassVar[bool] = False
    """A sum of quotients."""
    rate: Rate
    formula: str
    is_money: bool = False
    empty_reason: str = gettext_noop("no customers at the start of any day")
    row_unit: Unit = Unit.COUNT

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        days = self.rate.sums(frame.daily())
        first = frame.periods[0].start
        period_of = [
            number for number, period in enumerate(frame.periods) for _ in range(period.days)
        ]
        found: dict[Cell, Sums] = defaultdict(Sums)
        for (day, segment), sums in days.items():
            number = period_of[day]
            cell = (number, segment)
            so_far = found[cell]
            if day == (frame.periods[number].start - first).days:
                so_far = replace(so_far, n=sums.n)
            if sums.x:
                so_far = replace(so_far, y=so_far.y + sums.y / sums.x, x=so_far.x + 1)
            found[cell] = so_far
        return dict(found)

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        dimension = frame.dimension if segment is not None else WHOLE
        days = replace(frame, dimension=dimension).daily()
        openings = {
            day: sums.x for (day, name), sums in self.rate.sums(days).items() if name == segment
        }
        found = days.fetch(
            relations.query(
                relations.entries(dimension),
                relations.moved(dimension, self.rate.columns),
                select=ROWS.format(y=SQL(self.rate.numerator)),
            ),
            segment=segment or "",
            after=after.key,
            limit=limit + 1,
        )
        rows: list[Row] = []
        for customer, numbers, counts in found:
            events = {number - 1: Decimal(y) for number, y in zip(numbers, counts, strict=True)}
            shares = [y / openings[day] for day, y in events.items() if openings[day]]
            days_on = ", ".join(str(days.periods[day].start) for day in events)
            rows.append(Row(customer, sum(shares, NOTHING), None, {"days": days_on}))
        return page(rows, limit)
