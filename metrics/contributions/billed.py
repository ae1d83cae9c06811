"""Revenue per customer: what was billed for a period, or the MRR at its close per end user.

Customers count, and stand, as in a rate: by the opening day, else by the first paying day. What
was billed to a customer goes with it; by product and plan, with the contract it was billed for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, LiteralString

from django.db.models import Min
from psycopg.sql import SQL, Composed

from customers.models import Invoice
from metrics.contributions import relations
from metrics.contributions.frame import WHOLE, Frame, Split
from metrics.contributions.rate import Balance, Rate
from metrics.contributions.rows import NOTHING, Cell, Cursor, Page, Row, Sums
from metrics.contributions.segments import HELD, history, is_crossed, segment_of
from metrics.contributions.standing import Standing, page
from metrics.units import Unit

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
BY_SERVICE = SQL("""
    line AS (
        SELECT period, invoice.*,
            round(amount * (least(until, (%(borders)s::date[])[period + 1]) - since)
                / (until - since), 10)
            - round(amount * greatest((%(borders)s::date[])[period] - since, 0)
                / (until - since), 10) AS part
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
        WHERE superseded_at IS NULL AND since < %(last)s AND until > %(first)s
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    )
""")
BILLED = SQL("""
    billed AS (
        SELECT period, {name} AS segment, line.customer_id, sum(part) AS amount, count(*) AS lines
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
        SELECT billed.period, {place} AS segment, billed.customer_id, billed.lines,
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
    SELECT period, segment, sum(y), sum(y * y), sum(x * y), sum(lines) FROM invoiced GROUP BY 1, 2
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


@dataclass(frozen=True, kw_only=True)
class Billed:
    """What was billed / customers. `customers` is SQL over the columns of `moved`; a customer
    that did not move counts 1."""

    is_additive: ClassVar[bool] = True
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
        counted = self._counted.sums(frame)
        billed = self._billed(frame.whole())
        if frame.dimension != WHOLE:
            billed |= self._billed(frame)
        first = Invoice.objects.current().aggregate(first=Min("issued_on"))["first"]
        return {
            cell: self._with(sums, billed.get(cell), frame, cell, first)
            for cell, sums in ({cell: Sums() for cell in billed} | counted).items()
        }

    def _billed(self, frame: Frame) -> dict[Cell, tuple[Decimal, ...]]:
        return {
            (period - 1, segment or None): tuple(map(Decimal, amounts))
            for period, segment, *amounts in frame.fetch(self._query(frame, SUMS))
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
        y, yy, xy, lines = billed or (NOTHING, NOTHING, NOTHING, NOTHING)
        is_known = bool(lines) or (first is not None and first < frame.periods[cell[0]].end)
        parts = {"invoices": lines} if is_known else {}
        return replace(sums, y=y, yy=yy, xy=xy, parts=parts)

    def _query(self, frame: Frame, select: SQL | Composed) -> Composed:
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
            BY_SERVICE if self.is_by_service else BY_ISSUE,
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

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is None:
            frame = frame.whole()
        select = SQL(", {state} {rows}").format(
            state=relations.state(frame.dimension), rows=ROWS.format(x=SQL(self.customers))
        )
        found = frame.fetch(
            self._query(frame, select),
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


# An end user is active on a day with any event.
USERS = SQL("""
    users AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, customer_id,
            count(DISTINCT end_user) AS users
        FROM customers_usageday
        WHERE day >= %(first)s AND day < %(last)s AND events > 0
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
        GROUP BY 1, 2
    )
""")
USED = SQL("""
    used AS (
        SELECT users.period, users.customer_id, users.users, {place} AS segment,
            coalesce(held.mrr_after, 0) AS mrr
        FROM users
        LEFT JOIN {history} AS held ON held.customer_id = users.customer_id AND held.is_paying
            AND held.day < (%(borders)s::date[])[users.period + 1]
            AND (held.next_day IS NULL
                OR held.next_day >= (%(borders)s::date[])[users.period + 1])
        {version}
    )
""")
VERSION_AT_CLOSE = SQL("""
    LEFT JOIN version ON version.customer_id = users.customer_id
        AND (%(borders)s::date[])[users.period + 1] - 1 >= version.lower
        AND (%(borders)s::date[])[users.period + 1] - 1 < version.upper
""")
USER_SUMS = SQL("""
    SELECT period, segment, count(*), sum(users), sum(users * mrr), sum(users * users)
    FROM used GROUP BY 1, 2
""")
USER_ROWS = SQL("""
    , {state}
    SELECT customer_id, coalesce(paid.mrr, 0), coalesce(used.users, 0)
    FROM (SELECT * FROM state WHERE is_paying) AS paid
    FULL JOIN used USING (customer_id, segment)
    WHERE segment = %(segment)s AND customer_id > %(after)s
    ORDER BY customer_id LIMIT %(limit)s
""")


@dataclass(frozen=True, kw_only=True)
class PerEndUser:
    """MRR at the close / end users active in the period. Everything stands where its customer is
    at the close; by product and plan, the end users with all that it pays for then."""

    is_additive: ClassVar[bool] = True
    formula: str
    empty_reason: str = "no active end users"
    is_money: bool = True
    row_unit: Unit = Unit.COUNT

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        mrr = Standing(
            numerator=Balance.MRR, denominator=Balance.CUSTOMERS, formula="", is_money=True
        ).sums(frame)
        used = self._used(frame.whole())
        if frame.dimension != WHOLE:
            used |= self._used(frame)
        found: dict[Cell, Sums] = {}
        for cell in {**mrr, **used}:
            money = mrr.get(cell, Sums())
            n, x, xy, xx = used.get(cell, (0, NOTHING, NOTHING, NOTHING))
            found[cell] = Sums(n, money.y, x, money.yy, xy, xx, {"customers": money.x})
        return found

    def _used(self, frame: Frame) -> dict[Cell, tuple[Any, ...]]:
        return {
            (period - 1, segment or None): (n, *map(Decimal, amounts))
            for period, segment, n, *amounts in frame.fetch(self._query(frame, USER_SUMS))
        }

    def _query(self, frame: Frame, select: SQL | Composed) -> Composed:
        dimension = frame.dimension
        version = VERSION_AT_CLOSE if dimension.attributes else SQL("")
        place = segment_of(
            dimension, customer=HELD, contract=SQL("coalesce(held.segment, %(none)s)")
        )
        return relations.query(
            relations.entries(dimension),
            USERS,
            USED.format(place=place, history=history(dimension), version=version),
            select=select,
        )

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is None:
            frame = frame.whole()
        select = USER_ROWS.format(state=relations.state(frame.dimension))
        found = frame.fetch(
            self._query(frame, select),
            segment=segment or "",
            at=frame.borders[-1],
            after=after.key,
            limit=limit + 1,
        )
        return page([Row(one, Decimal(y), Decimal(x)) for one, y, x in found], limit)
