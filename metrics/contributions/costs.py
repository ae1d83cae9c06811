"""Costs, spread evenly by day, per customer won or kept."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from django.db.models import Min
from django.utils.translation import gettext_noop
from psycopg.sql import SQL, Composed, Literal

from customers.models import Cost
from metrics.contributions import relations
from metrics.contributions.frame import WHOLE, Dimension, Frame, Split
from metrics.contributions.rate import Balance
from metrics.contributions.rows import NOTHING, Cell, Cursor, FactName, Page, Row, Sums
from metrics.contributions.standing import Standing
from metrics.currency import figures_currency, known_rates
from metrics.estimates import FOREIGN
from metrics.exchange import Rates
from metrics.models import MetricSettings
from metrics.units import Unit
from metrics.words import wording
from tenants.context import current_company
from tenants.once import once

NO_COST = {
    "acquisition": gettext_noop("no acquisition cost on record"),
    "retention": gettext_noop("no retention cost on record"),
}
NO_OTHER_COST = wording(gettext_noop("no {kind} cost on record"))
NOT_ALLOCATED = "not allocated"
"""The segment of cost that nobody said a segment of."""

# Days from the period's spending borders, which a lag moves back.
COST = SQL("""
    cost AS (
        SELECT id, customer_id, starts_on, ends_on, amount, currency, segment_key, segment_value,
            category
        FROM customers_cost
        WHERE superseded_at IS NULL AND kind = %(kind)s AND currency = ANY(%(cost_currencies)s)
            AND starts_on < %(spent_last)s AND ends_on > %(spent_first)s
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    ), price AS (
        SELECT currency, day AS since, day + days AS until, rate
        FROM unnest(
            %(cost_currencies)s::text[], %(cost_days)s::date[], %(cost_lengths)s::int[],
            %(cost_rates)s::numeric[]
        ) AS span (currency, day, days, rate)
    )
""")

# Few costs are a customer's.
OF_SPENDERS = SQL("customer_id IN (SELECT customer_id FROM cost)")

# piece: a cost, or the days of it that its customer was in a segment.
PIECE = SQL("""
    piece AS (SELECT cost.*, {segment} AS segment, starts_on AS lower, ends_on AS upper FROM cost)
""")
PIECE_BY_ATTRIBUTE = SQL("""
    piece AS (
        SELECT cost.*, {segment} AS segment,
            greatest(starts_on, coalesce(version.lower, '-infinity')) AS lower,
            least(ends_on, coalesce(version.upper, 'infinity')) AS upper
        FROM cost
        LEFT JOIN version ON version.customer_id = cost.customer_id
            AND version.lower < ends_on AND version.upper > starts_on
    )
""")
# A side of the segment: what the cost says itself, else where its customer was.
BY_ATTRIBUTE = SQL("""
    CASE WHEN segment_key = {key} THEN segment_value
        WHEN cost.customer_id IS NOT NULL THEN coalesce({held}, %(none)s)
        ELSE %(unallocated)s END
""")
BY_CONTRACT = SQL("""
    CASE WHEN segment_key = %(split)s THEN segment_value ELSE %(unallocated)s END
""")

# What was spent until a day is rounded, and a period's share is the difference of two such sums:
# so the shares of adjoining periods and of segments add up to the last digit.
SPENT = SQL("""
    spent AS (
        SELECT id, customer_id, segment, category, starts_on, ends_on, number AS period,
            rate * (
                round(amount * (span.upper - starts_on) / (ends_on - starts_on), 10)
                - round(amount * (span.lower - starts_on) / (ends_on - starts_on), 10)
            ) AS amount
        FROM piece
        JOIN price USING (currency)
        JOIN (
            SELECT number, since, (%(spent)s::date[])[number + 1] AS until
            FROM unnest(%(spent)s::date[]) WITH ORDINALITY AS border (since, number)
        ) AS period ON true
        CROSS JOIN LATERAL (
            SELECT greatest(piece.lower, period.since, price.since) AS lower,
                least(piece.upper, period.until, price.until) AS upper
        ) AS span
        WHERE span.lower < span.upper AND period.until IS NOT NULL
    )
""")
SPENT_SUMS = SQL("SELECT period, segment, sum(amount) FROM spent GROUP BY 1, 2")
SPENT_ROWS = SQL("""
    SELECT id, min(customer_id), min(category), min(starts_on), min(ends_on), sum(amount)
    FROM spent
    WHERE segment = %(segment)s AND id > %(after)s
    GROUP BY id HAVING sum(amount) <> 0
    ORDER BY id LIMIT %(limit)s
""")
FOREIGN_COUNTS = SQL("""
    SELECT period.number, count(*)
    FROM customers_cost
    JOIN (
        SELECT number, since, (%(spent)s::date[])[number + 1] AS until
        FROM unnest(%(spent)s::date[]) WITH ORDINALITY AS border (since, number)
    ) AS period ON starts_on < period.until AND ends_on > period.since
    WHERE superseded_at IS NULL AND kind = %(kind)s AND currency <> ALL(%(cost_currencies)s)
        AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    GROUP BY 1
""")

NEW_SUMS = SQL("""
    SELECT width_bucket(day, %(borders)s::date[]) AS period, segment,
        count(DISTINCT customer_id), sum(amount)
    FROM entry WHERE day >= %(first)s AND kind = 'new' GROUP BY 1, 2
""")
NEW_ROWS = SQL("""
    SELECT customer_id, sum(amount) FROM entry
    WHERE day >= %(first)s AND kind = 'new' AND segment = %(segment)s AND customer_id > %(after)s
    GROUP BY customer_id ORDER BY customer_id LIMIT %(limit)s
""")


class Per(StrEnum):
    """What cost is divided by."""

    NEW = "new"
    NEW_MARGIN = "new_margin"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Heads:
    """Customers in a cell, and their MRR."""

    count: int = 0
    mrr: Decimal = NOTHING


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months before, or that month's last."""
    number = day.year * 12 + day.month - 1 - months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@dataclass(frozen=True, kw_only=True)
class Spending:
    """Cost of a kind in the period (or `lag` whole months before it), by segment."""

    kind: str
    lag: int = 0

    def sums(self, frame: Frame) -> dict[Cell, Decimal]:
        found = self._sums(frame.whole())
        if frame.dimension != WHOLE:
            found |= self._sums(frame)
        return found

    def _sums(self, frame: Frame) -> dict[Cell, Decimal]:
        rows = frame.fetch(self._query(frame, SPENT_SUMS), **self._params(frame))
        return {(period - 1, segment or None): Decimal(spent) for period, segment, spent in rows}

    def foreign(self, frame: Frame) -> dict[int, int]:
        """How many costs of a period are in a currency that figures are not in."""
        rows = frame.fetch(FOREIGN_COUNTS, **self._params(frame))
        return {period - 1: count for period, count in rows}

    def unknown(self, frame: Frame) -> dict[int, str]:
        """Of the periods whose costs nobody told us of, why: none of the kind is on record, or
        none that begins before the period's spending ends. Costs a query."""
        current = Cost.objects.current().filter(kind=self.kind)
        first = current.aggregate(first=Min("starts_on"))["first"]
        reason = NO_COST.get(self.kind, NO_OTHER_COST.format(kind=self.kind))
        ends = self._spent(frame)[1:]
        return {n: reason for n, end in enumerate(ends) if first is None or first >= end}

    def _spent(self, frame: Frame) -> list[date]:
        """The borders of the periods' spending."""
        return [months_before(border, self.lag) for border in frame.borders]

    def rows(self, frame: Frame, segment: str | None, after: int, limit: int) -> list[Row]:
        """Rows of costs (numerator: what was spent in the period), by id."""
        if segment is None:
            frame = frame.whole()
        params = self._params(frame)
        found = frame.fetch(
            self._query(frame, SPENT_ROWS),
            **params,
            segment=segment or "",
            after=after,
            limit=limit,
        )
        return [
            Row(
                customer or 0,
                Decimal(spent),
                NOTHING,
                {"from": str(since), "until": str(until)},
                fact=FactName("costs", id_, category or f"{self.kind.title()} cost"),
            )
            for id_, customer, category, since, until, spent in found
        ]

    def _query(self, frame: Frame, select: SQL) -> Composed:
        dimension = frame.dimension
        pieces: list[Composed | SQL] = [COST]
        if dimension.attributes:
            pieces = [COST, relations.version(dimension, OF_SPENDERS)]
        piece = PIECE_BY_ATTRIBUTE if dimension.attributes else PIECE
        pieces.append(piece.format(segment=_segment(dimension)))
        return relations.query(*pieces, SPENT, select=select)

    def _params(self, frame: Frame) -> dict[str, Any]:
        spent = self._spent(frame)
        spans = _rates(self.kind).within(spent[0], spent[-1])
        return {
            "kind": self.kind,
            "cost_currencies": [span.currency for span in spans],
            "cost_days": [span.day for span in spans],
            "cost_lengths": [span.days for span in spans],
            "cost_rates": [span.rate for span in spans],
            "spent": spent,
            "spent_first": spent[0],
            "spent_last": spent[-1],
            "unallocated": NOT_ALLOCATED,
            "split": frame.dimension.contract.value,
        }


@once
def _rates(kind: str) -> Rates:
    """What the currencies of the costs are worth in that of figures, as far as it is known."""
    own = figures_currency(current_company()).code
    if own is None:
        return Rates({})
    current = Cost.objects.current().filter(kind=kind)
    return known_rates(current.order_by().values_list("currency", flat=True).distinct(), own)


def _segment(dimension: Dimension) -> Composed | SQL:
    """The segment of a piece. A cost names one side of it at most; its customer says the others."""
    texts: list[Composed | SQL] = []
    number = 0
    for side in dimension.each:
        if side.split.is_by_subscription:
            texts.append(BY_CONTRACT)
        elif side.split is Split.ATTRIBUTE:
            number += 1
            held: Composed | SQL = SQL("version.segment")
            if len(dimension.attributes) > 1:
                held = SQL("split_part(version.segment, chr(31), {})").format(Literal(number))
            key = SQL("%(attribute)s") if number == 1 else SQL("%(second_attribute)s")
            texts.append(BY_ATTRIBUTE.format(key=key, held=held))
    return SQL(" || chr(31) || ").join(texts) if texts else SQL("''")


@dataclass(frozen=True, kw_only=True)
class New:
    """Customers with their first ever MRR in the period, where they were that day."""

    def sums(self, frame: Frame) -> dict[Cell, Heads]:
        found = self._sums(frame.whole())
        if frame.dimension != WHOLE:
            found |= self._sums(frame)
        return found

    def _sums(self, frame: Frame) -> dict[Cell, Heads]:
        swept, dimension = frame.at_hand, frame.dimension
        # By product and plan an entry's turn is the segment's own, not the customer's.
        if swept is not None and (dimension == WHOLE or dimension.is_of_customers):
            begun = swept.begun(frame.periods)
            return {cell: Heads(int(count), mrr) for cell, (count, mrr) in begun.items()}
        rows = frame.fetch(relations.query(relations.entries(frame), select=NEW_SUMS))
        return {
            (period - 1, segment or None): Heads(count, Decimal(mrr))
            for period, segment, count, mrr in rows
        }

    def rows(
        self, frame: Frame, segment: str | None, after: int, limit: int
    ) -> list[tuple[int, Decimal]]:
        """(customer, MRR it began with), by customer."""
        if segment is None:
            frame = frame.whole()
        found = frame.fetch(
            relations.query(relations.entries(frame), select=NEW_ROWS),
            segment=segment or "",
            after=after,
            limit=limit,
        )
        return [(customer, Decimal(mrr)) for customer, mrr in found]


@dataclass(frozen=True, kw_only=True)
class CostPer:
    """Cost of the period per customer: new ones, those at the close, or (for payback) per MRR of
    the new ones x gross margin."""

    is_additive: ClassVar[bool] = False
    """Costs may be of no customer's."""
    converts: ClassVar[bool] = True
    spending: Spending
    per: Per
    formula: str
    empty_reason: str
    is_money: bool = True
    row_unit: Unit = Unit.MONEY

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        spent, foreign = self.spending.sums(frame), self.spending.foreign(frame)
        heads, margin, unknown = self._heads(frame), self._margin(), self.spending.unknown(frame)
        cells = {*spent, *heads, *((number, None) for number in range(len(frame.periods)))}
        found: dict[Cell, Sums] = {}
        for cell in cells:
            head = heads.get(cell, Heads())
            x = head.mrr * margin if self.per is Per.NEW_MARGIN else Decimal(head.count)
            parts = {FOREIGN: Decimal(foreign[cell[0]])} if cell[0] in foreign else {}
            reason = unknown.get(cell[0], "") if x else ""
            spending = spent.get(cell, NOTHING)
            found[cell] = Sums(head.count, spending, x, parts=parts, empty_reason=reason)
        return found

    def _heads(self, frame: Frame) -> dict[Cell, Heads]:
        if self.per is not Per.CLOSING:
            return New().sums(frame)
        found = self._closing.sums(frame)
        return {cell: Heads(sums.n) for cell, sums in found.items()}

    @property
    def _closing(self) -> Standing:
        return Standing(numerator=Balance.NOTHING, denominator=Balance.CUSTOMERS, formula="")

    def _margin(self) -> Decimal:
        return margin() if self.per is Per.NEW_MARGIN else Decimal(1)

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        """The customers (group 0), then the costs (group 1)."""
        found: list[Row] = []
        if after.group == 0:
            found = self._customers(frame, segment, after.key, limit + 1)
            if len(found) > limit:
                return Page(found[:limit], Cursor(0, found[limit - 1].customer_id))
            after = Cursor(1)
        return then_costs(found, self.spending, frame, segment, after, limit)

    def _customers(self, frame: Frame, segment: str | None, after: int, limit: int) -> list[Row]:
        if self.per is Per.CLOSING:
            return self._closing.rows(frame, segment, Cursor(0, after), limit).rows
        share = self._margin()
        return [
            Row(customer, NOTHING, mrr * share if self.per is Per.NEW_MARGIN else Decimal(1))
            for customer, mrr in New().rows(frame, segment, after, limit)
        ]


def then_costs(
    found: list[Row],
    spending: Spending,
    frame: Frame,
    segment: str | None,
    after: Cursor,
    limit: int,
) -> Page:
    """`found`, all customers' rows that were left, and after them costs, up to `limit`."""
    customers = len(found)
    found = [*found, *spending.rows(frame, segment, after.key, limit + 1 - customers)]
    if len(found) <= limit:
        return Page(found, None)
    last = found[limit - 1].fact if limit > customers else None
    return Page(found[:limit], Cursor(1, last.id if last else 0))


def margin() -> Decimal:
    """The company's gross margin, as a fraction. Costs a query."""
    return MetricSettings.held().gross_margin / 100
