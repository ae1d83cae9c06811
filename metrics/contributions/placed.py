"""Dated facts about customers, placed in the segment that their customer was in that day.

The rows of a metric over facts come from one relation, `fact`, with the columns

| column | is |
|---|---|
| `period` | of the frame, from 1 |
| `customer_id`, `day` | whose it is, and the day that says where its customer was |
| `id` | names the row within its period and segment; pages of rows are in its order |
| `own` | what a split of the metric's own calls it (`own_of`, of several); '' where there is none |
| `y`, `x` | what it adds to the numerator and the denominator |

and any others that parts and rows need.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from psycopg.sql import SQL, Composed, Identifier

from metrics.contributions import relations, segments
from metrics.contributions.frame import WHOLE, Dimension, Frame
from metrics.contributions.rows import Cell, Cursor, Page, Row, Sums
from metrics.units import Unit

Relation = Composed | SQL


def own_of(dimension: Dimension, named: Mapping[str, Relation]) -> Relation:
    """`own` of facts that can be split by several of their own: of those asked for."""
    texts = [named[name] for name in dimension.own]
    if len(texts) < 2:
        return texts[0] if texts else SQL("''")
    text = SQL("coalesce(nullif({}, ''), %(none)s)")
    return SQL(" || chr(31) || ").join(text.format(one) for one in texts)


# Of facts of our own nothing holds the separator; the names of events and items are others'.
_OWN = SQL("coalesce(nullif(own, ''), %(none)s)")
_OWN_CROSSED = SQL("coalesce(nullif(replace(own, chr(31), ' '), ''), %(none)s)")

_SUMS = SQL("""
    SELECT period, coalesce(segment, '') AS segment, count(*), sum(y), sum(x), sum(y * y),
        sum(x * y), sum(x * x) {parts}
    FROM placed GROUP BY {cells}
""")
_SUMS_PER_CUSTOMER = SQL("""
    SELECT period, segment, count(*), sum(y), sum(x), sum(y * y), sum(x * y), sum(x * x)
    FROM (
        SELECT period, coalesce(segment, '') AS segment, sum(y) AS y, sum(x) AS x
        FROM placed GROUP BY customer_id, {cells}
    ) AS customer GROUP BY period, segment
""")
_WITH_PARTS = SQL("""
    SELECT * FROM ({sums}) AS summed
    JOIN (
        SELECT period, coalesce(segment, '') AS segment {parts} FROM placed GROUP BY {cells}
    ) AS parted USING (period, segment)
""")
_CELLS, _CELLS_AND_TOTALS = (
    SQL("period, segment"),
    SQL("GROUPING SETS ((period, segment), (period))"),
)
_ROWS = SQL("""
    SELECT customer_id, y, x, id, contact_id {columns} FROM placed
    WHERE segment = %(segment)s AND id > %(after)s
    ORDER BY id LIMIT %(limit)s
""")
_ROWS_PER_CUSTOMER = SQL("""
    SELECT customer_id, sum(y), sum(x), customer_id, NULL {columns} FROM placed
    WHERE segment = %(segment)s AND customer_id > %(after)s
    GROUP BY customer_id
    ORDER BY customer_id LIMIT %(limit)s
""")


# One period after the other: each adds up its own rows, few enough to do it in memory.
_BY_PERIOD = SQL("""
    SELECT span.number, summed.*
    FROM (
        SELECT number, since, (%(borders)s::date[])[number + 1] AS until
        FROM unnest(%(borders)s::date[]) WITH ORDINALITY AS border (since, number)
    ) AS span
    CROSS JOIN LATERAL ({sums}) AS summed
    WHERE span.until IS NOT NULL
""")
_OF_THE_PERIOD = {
    "%(first)s": "span.since",
    "%(last)s": "span.until",
    "%(borders)s": "ARRAY[span.since, span.until]",
}


def _of_the_period(query: Relation) -> SQL:
    """What the query says of all periods, said of the one `span`."""
    text = query.as_string()
    for name, instead in _OF_THE_PERIOD.items():
        text = text.replace(name, instead)
    return SQL(text)


def placed(frame: Frame, facts: Sequence[Relation], *, name: str = "placed") -> list[Relation]:
    """The relations up to `placed`, or what else it is to be called; the last of `facts` is
    `fact`."""
    before, last = _around(frame, name)
    return [*before, *facts, last]


def _around(frame: Frame, name: str) -> tuple[list[Relation], Relation]:
    """What goes before facts, and how they are placed."""
    dimension = frame.dimension
    before: list[Relation] = []
    if dimension.is_by_subscription:
        before = [relations.entries(dimension)]
    elif dimension.attributes:
        before = [relations.version(dimension)]
    # Two of its own are crossed by `own` itself.
    own = _OWN_CROSSED if dimension.sides and len(dimension.own) == 1 else _OWN
    *more, last = segments.placed(dimension, name=name, own=own)
    return [*before, *more], last


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Sums over placed facts; one row for each fact, or (`is_per_customer`) for each customer.

    n counts the rows. `is_alone`: what a row counts has nothing to do with the others in its
    segment, so that one look at the segments of customers, of which it is in just one, says the
    total too. `is_by_period`: there are many facts, of which those of a few days are found without
    looking at the others, so that periods are added up one by one. `own_values`, if there, says by
    split of its own where to look for what it can be (as `segment`) before all facts are placed,
    see `metrics.limits`.
    """

    is_additive: ClassVar[bool] = True
    is_alone: ClassVar[bool] = True
    is_by_period: ClassVar[bool] = False
    formula: str
    empty_reason: str = ""
    is_money: bool = False
    row_unit: Unit = Unit.COUNT
    is_per_customer: bool = False

    @abstractmethod
    def facts(self, frame: Frame) -> Sequence[Relation]:
        """Relations that end with `fact`, which has a `contact_id` unless rows are customers."""

    def placing(self, frame: Frame) -> Sequence[Relation]:
        """Relations that end with `placed`."""
        return placed(frame, self.facts(frame))

    def parameters(self, frame: Frame) -> Mapping[str, Any]:
        """Of the facts' SQL, beside the frame's."""
        return {}

    def parts(self) -> Mapping[str, SQL]:
        """Named pieces: aggregates over `placed`; null is left out."""
        return {}

    def row_parts(self) -> Mapping[str, SQL]:
        """What a row says of itself: over `placed`, aggregated where rows are customers."""
        return {}

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        found = self._sums(frame)
        if frame.dimension != WHOLE and not self._says_total(frame):
            found |= self._sums(frame.whole())
        for number in range(len(frame.periods)):
            found.setdefault((number, None), Sums())
        return found

    def _says_total(self, frame: Frame) -> bool:
        return self.is_alone and frame.dimension != WHOLE and frame.dimension.is_of_customers

    def cells(self, frame: Frame) -> SQL:
        """What `placed` is grouped by; of the total the segment is null."""
        return _CELLS_AND_TOTALS if self._says_total(frame) else _CELLS

    def _sums(self, frame: Frame) -> dict[Cell, Sums]:
        parts, cells = self.parts(), self.cells(frame)
        select: Relation = _SUMS_PER_CUSTOMER.format(cells=cells)
        if not self.is_per_customer:
            select = _SUMS.format(parts=columns(parts), cells=cells)
        elif parts:
            select = _WITH_PARTS.format(sums=select, parts=columns(parts), cells=cells)
        if self.goes_by_period(frame):
            rows = [(row[0], *row[2:]) for row in self._fetch_by_period(frame, select)]
        else:
            rows = self.fetch(frame, select)
        found: dict[Cell, Sums] = {}
        for period, segment, n, *amounts in rows:
            y, x, yy, xy, xx = (Decimal(amount) for amount in amounts[:5])
            named = zip(parts, amounts[5:], strict=True)
            pieces = {name: Decimal(part) for name, part in named if part is not None}
            found[period - 1, segment or None] = Sums(n, y, x, yy, xy, xx, pieces)
        return found

    def goes_by_period(self, frame: Frame) -> bool:
        """Whether periods are added up one by one."""
        # What customers pay for has no such order: one pass is less than one for each period.
        return self.is_by_period and not frame.dimension.is_by_subscription

    def _fetch_by_period(self, frame: Frame, select: Relation) -> list[tuple[Any, ...]]:
        before, last = _around(frame, "placed")
        sums = relations.query(*self.facts(frame), last, select=select)
        query: Relation = _BY_PERIOD.format(sums=_of_the_period(sums))
        if before:
            query = relations.query(*before, select=query)
        return frame.fetch(query, **self.parameters(frame))

    def fetch(self, frame: Frame, select: Relation, **more: Any) -> list[tuple[Any, ...]]:
        """The rows of a query over `placed`."""
        query = relations.query(*self.placing(frame), select=select)
        return frame.fetch(query, **{**self.parameters(frame), **more})

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is None:
            frame = frame.whole()
        names = self.row_parts()
        select = (_ROWS_PER_CUSTOMER if self.is_per_customer else _ROWS).format(
            columns=columns(names)
        )
        found = self.fetch(frame, select, segment=segment or "", after=after.key, limit=limit + 1)
        rows = [
            Row(customer, Decimal(y), Decimal(x), said(names, more), contact)
            for customer, y, x, _, contact, *more in found
        ]
        if len(rows) <= limit:
            return Page(rows, None)
        return Page(rows[:limit], Cursor(0, found[limit - 1][3]))


def said(names: Mapping[str, SQL], values: Sequence[Any]) -> dict[str, Decimal | str]:
    """The parts of a row; texts stay texts, and what is empty is left out."""
    return {
        name: value if isinstance(value, str) else Decimal(value)
        for name, value in zip(names, values, strict=True)
        if value is not None and value != ""
    }


def columns(named: Mapping[str, SQL]) -> Composed:
    """`, what AS name` for each."""
    return SQL("").join(
        SQL(", {what} AS {name}").format(what=what, name=Identifier(name))
        for name, what in named.items()
    )
