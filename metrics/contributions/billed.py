"""Revenue per customer: what was billed in a period, or for it.

Customers count, and stand, as in a rate: by the opening day, else by the first paying day. What
was billed to a customer goes with it; by product and plan, with the contract it was billed for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, LiteralString

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Max, Min
from psycopg.sql import SQL, Composed

from customers.models import Invoice
from metrics.contributions import relations
from metrics.contributions.frame import WHOLE, Frame, Split
from metrics.contributions.rate import Balance, Rate
from metrics.contributions.rows import NOTHING, Cell, Cursor, Page, Row, Sums
from metrics.contributions.segments import history, is_crossed, segment_of
from metrics.contributions.standing import page
from metrics.currency import figures_currency, known_rates
from metrics.estimates import FOREIGN
from metrics.periods import DAY
from metrics.units import Unit
from tenants.context import current_company

# line: an invoice's (or its line's) amount in a period. By service it is spread evenly over the
# days it is for, rounded so that the periods add up to it.
BY_ISSUE = SQL("""
    line AS (
        SELECT width_bucket(issued_on, %(borders)s::date[]) AS period, invoice.*, amount AS part
        FROM customers_invoice AS invoice
        WHERE superseded_at IS NULL AND issued_on >= %(first)s AND issued_on < %(last)s
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    )
""")
SERVED = SQL("""
    line AS (
        SELECT period, invoice.*, {upto_end} - {upto_start} AS part
        FROM customers_invoice AS invoice
        CROSS JOIN LATERAL (
            SELECT coalesce(period_starts_on, issued_on) AS since,
                coalesce(period_ends_on, issued_on + 1) AS until
        ) AS service
        CROSS JOIN LATERAL generate_series(
            greatest(width_bucket(since, %(borders)s::date[]), 1),
            least(width_bucket(until - 1, %(borders)s::date[]),
                cardinality(%(borders)s::date[]) - 1)
        ) AS period
        {rates}
        WHERE superseded_at IS NULL AND since < %(last)s AND until > %(first)s
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    )
""")
BY_SERVICE = SERVED.format(
    upto_end=SQL("""round(
        amount * (least(until, (%(borders)s::date[])[period + 1]) - since) / (until - since), 10
    )"""),
    upto_start=SQL("""round(
        amount * greatest((%(borders)s::date[])[period] - since, 0) / (until - since), 10
    )"""),
    rates=SQL(""),
)
# The same with invoices in other currencies: each day of service is worth that day's rate. `worth`
# adds up the rates of a currency's days until a day; a part without a rate is null.
WORTH = SQL("""
    worth AS MATERIALIZED (
        SELECT currency, day, rate,
            sum(rate) OVER (PARTITION BY currency ORDER BY day) - rate AS upto
        FROM (
            SELECT currency, from_day + number AS day, rate
            FROM unnest(
                %(billed_currencies)s::text[], %(billed_days)s::date[], %(billed_lengths)s::int[],
                %(billed_rates)s::numeric[]
            ) AS span (currency, from_day, length, rate)
            CROSS JOIN LATERAL generate_series(0, length - 1) AS number
        ) AS daily
    )
""")
BY_ISSUE_CONVERTED = SQL("""
    line AS (
        SELECT width_bucket(issued_on, %(borders)s::date[]) AS period, invoice.*,
            amount * worth.rate AS part
        FROM customers_invoice AS invoice
        LEFT JOIN worth ON worth.currency = invoice.currency AND worth.day = issued_on
        WHERE superseded_at IS NULL AND issued_on >= %(first)s AND issued_on < %(last)s
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    )
""")
BY_SERVICE_CONVERTED = SERVED.format(
    upto_end=SQL("round(amount * (upper.upto - begun.upto) / (until - since), 10)"),
    upto_start=SQL("round(amount * (lower.upto - begun.upto) / (until - since), 10)"),
    rates=SQL("""
        LEFT JOIN worth AS begun ON begun.currency = invoice.currency AND begun.day = since
        LEFT JOIN worth AS lower ON lower.currency = invoice.currency
            AND lower.day = greatest(since, (%(borders)s::date[])[period])
        LEFT JOIN worth AS upper ON upper.currency = invoice.currency
            AND upper.day = least(until, (%(borders)s::date[])[period + 1])
    """),
)
BILLED = SQL("""
    billed AS (
        SELECT period, {name} AS segment, line.customer_id, coalesce(sum(part), 0) AS amount,
            count(*) AS lines, count(*) FILTER (WHERE part IS NULL) AS foreign_lines
        FROM line {contract}
        GROUP BY 1, 2, 3
    )
""")
CONTRACT = SQL("""
    LEFT JOIN customers_term AS term ON term.subscription_id = line.subscription_id
        AND term.superseded_at IS NULL
        AND term.starts_on <= coalesce(line.period_starts_on, line.issued_on)
        AND (term.ends_on IS NULL OR term.ends_on > coalesce(line.period_starts_on, line.issued_on))
    LEFT JOIN customers_plan AS plan ON plan.id = term.plan_id
    LEFT JOIN customers_product AS product ON product.id = plan.product_id
""")
NAMES = {
    Split.PRODUCT: SQL("coalesce(product.name, nullif(line.product, ''), %(none)s)"),
    Split.PLAN: SQL("""coalesce(
        product.name || ': ' || plan.name,
        nullif(concat_ws(': ', nullif(line.product, ''), nullif(line.plan, '')), ''),
        %(none)s
    )"""),
}

# x of who was billed: from what it did in the period, else from what it was at the opening.
PLACED = SQL("""
    invoiced AS (
        SELECT billed.period, {place} AS segment, billed.customer_id, billed.lines, foreign_lines,
            billed.amount AS y,
            CASE WHEN moved.customer_id IS NOT NULL THEN {x}
                WHEN held.customer_id IS NOT NULL THEN 1 ELSE 0 END AS x
        FROM billed
        LEFT JOIN moved ON moved.period = billed.period
            AND moved.customer_id = billed.customer_id {same_segment}
        LEFT JOIN {history} AS held ON held.customer_id = billed.customer_id {held_segment}
            AND held.is_paying AND held.day < (%(borders)s::date[])[billed.period]
            AND (held.next_day IS NULL OR held.next_day >= (%(borders)s::date[])[billed.period])
        {version}
    )
""")
PUT = SQL("""
    LEFT JOIN put ON put.period = billed.period AND put.customer_id = billed.customer_id
""")
VERSION_AT_OPENING = SQL("""
    LEFT JOIN version ON version.customer_id = billed.customer_id
        AND (%(borders)s::date[])[billed.period] - 1 >= version.lower
        AND (%(borders)s::date[])[billed.period] - 1 < version.upper
""")
SUMS = SQL("""
    SELECT period, segment, sum(y), sum(y * y), sum(x * y), sum(lines), sum(foreign_lines)
    FROM invoiced GROUP BY 1, 2
""")
ROWS = SQL("""
    , counted AS (
        SELECT customer_id, segment, {x} AS x FROM moved
        UNION ALL
        SELECT customer_id, segment, 1 FROM state
        WHERE is_paying AND NOT EXISTS (
            SELECT FROM moved
            WHERE moved.customer_id = state.customer_id AND moved.opening_segment = state.segment
        )
    )
    SELECT customer_id, coalesce(invoiced.y, 0), coalesce(counted.x, 0), coalesce(lines, 0)
    FROM counted FULL JOIN invoiced USING (customer_id, segment)
    WHERE segment = %(segment)s AND customer_id > %(after)s
        AND (coalesce(invoiced.y, 0) <> 0 OR coalesce(counted.x, 0) <> 0)
    ORDER BY customer_id LIMIT %(limit)s
""")


@dataclass(frozen=True, slots=True)
class Bills:
    """Of the invoices on record: the day of the first, and, where one is in another currency than
    figures, the parameters of `worth`."""

    first: date | None
    params: dict[str, Any]

    @classmethod
    def held(cls, frame: Frame) -> Bills:
        """Costs a pass over the invoices."""
        found = Invoice.objects.current().aggregate(
            first=Min("issued_on"),
            serves=Min("period_starts_on"),
            until=Max("period_ends_on"),
            codes=ArrayAgg("currency", distinct=True, default=[]),
        )
        own = figures_currency(current_company()).code
        if own is None or set(found["codes"]) <= {own}:
            return cls(found["first"], {})
        first = min(filter(None, (frame.borders[0], found["first"], found["serves"])))
        last = max(filter(None, (frame.borders[-1], found["until"]))) + DAY
        spans = known_rates(found["codes"], own).within(first, last)
        return cls(
            found["first"],
            {
                "billed_currencies": [span.currency for span in spans],
                "billed_days": [span.day for span in spans],
                "billed_lengths": [span.days for span in spans],
                "billed_rates": [span.rate for span in spans],
            },
        )


@dataclass(frozen=True, kw_only=True)
class Billed:
    """What was billed / customers. `customers` is SQL over the columns of `moved`; a customer
    that did not move counts 1."""

    is_additive: ClassVar[bool] = True
    converts: ClassVar[bool] = True
    customers: LiteralString
    is_by_service: bool
    formula: str
    empty_reason: str
    is_money: bool = True
    row_unit: Unit = Unit.COUNT

    @property
    def _counted(self) -> Rate:
        return Rate(
            numerator="0",
            denominator=self.customers,
            settled_numerator=Balance.NOTHING,
            settled_denominator=Balance.CUSTOMERS,
            formula="",
            is_money=True,  # for the squares
        )

    @property
    def uses(self) -> tuple[Rate, ...]:
        """The rates its sums are made from."""
        return (self._counted,)

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        frame = replace(frame, rates=None)  # customers are counted, whatever they pay in
        counted = self._counted.sums(frame)
        known = Bills.held(frame)
        billed = self._billed(frame.whole(), known)
        if frame.dimension != WHOLE:
            billed |= self._billed(frame, known)
        return {
            cell: self._with(sums, billed.get(cell), frame, cell, known.first)
            for cell, sums in ({cell: Sums() for cell in billed} | counted).items()
        }

    def _billed(self, frame: Frame, known: Bills) -> dict[Cell, tuple[Decimal, ...]]:
        rows = frame.fetch(self._query(frame, known, SUMS), **known.params)
        return {
            (period - 1, segment or None): tuple(map(Decimal, amounts))
            for period, segment, *amounts in rows
        }

    def _with(
        self,
        sums: Sums,
        billed: tuple[Decimal, ...] | None,
        frame: Frame,
        cell: Cell,
        first: date | None,
    ) -> Sums:
        """Without parts where no invoice is known yet."""
        y, yy, xy, lines, foreign = billed or (NOTHING,) * 5
        is_known = bool(lines) or (first is not None and first < frame.periods[cell[0]].end)
        parts = {"invoices": lines} if is_known else {}
        if foreign:
            parts[FOREIGN] = foreign
        return replace(sums, y=y, yy=yy, xy=xy, parts=parts)

    def _query(self, frame: Frame, known: Bills, select: SQL | Composed) -> Composed:
        dimension = frame.dimension
        same, contract = SQL(""), SQL("")
        version: Composed | SQL = SQL("")
        name, held = SQL("''"), SQL("")
        customer = SQL("coalesce(moved.segment, version.segment, %(unknown)s)")
        if dimension.is_by_subscription:
            same = SQL("AND moved.segment = billed.segment")
            held = SQL("AND held.segment = billed.segment")
            name, contract = NAMES[dimension.contract], CONTRACT
        if dimension.attributes:
            version = VERSION_AT_OPENING
        if is_crossed(dimension):
            same = SQL("AND moved.contract = billed.segment")
            version = SQL("{} {}").format(PUT, version)
            customer = SQL("coalesce(put.segment, version.segment, %(unknown)s)")
        place = segment_of(dimension, customer=customer, contract=SQL("billed.segment"))
        return relations.query(
            relations.entries(dimension),
            relations.moved(dimension, self._counted.columns | {"opening", "closing"}),
            self._lines(is_converted=bool(known.params)),
            BILLED.format(name=name, contract=contract),
            PLACED.format(
                place=place,
                x=SQL(self.customers),
                same_segment=same,
                held_segment=held,
                history=history(dimension),
                version=version,
            ),
            select=select,
        )

    def _lines(self, *, is_converted: bool) -> SQL | Composed:
        if not is_converted:
            return BY_SERVICE if self.is_by_service else BY_ISSUE
        line = BY_SERVICE_CONVERTED if self.is_by_service else BY_ISSUE_CONVERTED
        return SQL(",").join([WORTH, line])

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is None:
            frame = frame.whole()
        frame = replace(frame, rates=None)  # customers are counted, whatever they pay in
        select = SQL(", {state} {rows}").format(
            state=relations.state(frame.dimension), rows=ROWS.format(x=SQL(self.customers))
        )
        known = Bills.held(frame)
        found = frame.fetch(
            self._query(frame, known, select),
            **known.params,
            segment=segment or "",
            at=frame.borders[0],
            after=after.key,
            limit=limit + 1,
        )
        rows = [
            Row(customer, Decimal(y), Decimal(x), {"invoices": Decimal(lines)} if lines else {})
            for customer, y, x, lines in found
        ]
        return page(rows, limit)
