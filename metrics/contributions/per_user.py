"""Revenue per end user: the MRR at the close per end user active in the period."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_noop
from psycopg.sql import SQL, Composed

from metrics.contributions import relations
from metrics.contributions.frame import WHOLE, Frame
from metrics.contributions.rate import Balance
from metrics.contributions.rows import NOTHING, Cell, Cursor, Page, Row, Sums
from metrics.contributions.segments import HELD, Text, history, segment_of
from metrics.contributions.standing import Standing, page
from metrics.units import Unit

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
HELD_CONVERTED = SQL("""
    held AS (
        SELECT users.period, users.customer_id, {segment} AS segment,
            sum(seen.own * rate.rate) AS mrr
        FROM users
        JOIN {history} AS seen ON seen.customer_id = users.customer_id
            AND seen.day < (%(borders)s::date[])[users.period + 1]
        JOIN rate ON rate.currency = seen.currency
            AND rate.day = (%(borders)s::date[])[users.period + 1] - 1
        GROUP BY 1, 2, 3 HAVING sum(seen.own * rate.rate) > 0
    )
""")
USED_CONVERTED = SQL("""
    used AS (
        SELECT users.period, users.customer_id, users.users, {place} AS segment,
            coalesce(held.mrr, 0) AS mrr
        FROM users
        LEFT JOIN held ON held.customer_id = users.customer_id AND held.period = users.period
        {version}
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
    converts: ClassVar[bool] = True
    formula: str
    empty_reason: str = gettext_noop("no active end users")
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
        states = history(dimension)
        used: list[Text] = [USED.format(place=place, history=states, version=version)]
        if relations.is_converted(frame):
            segment = SQL("seen.segment") if dimension.is_by_subscription else SQL("''")
            used = [
                HELD_CONVERTED.format(segment=segment, history=states),
                USED_CONVERTED.format(place=place, version=version),
            ]
        return relations.query(relations.entries(frame), USERS, *used, select=select)

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is None:
            frame = frame.whole()
        select = USER_ROWS.format(state=relations.state(frame))
        found = frame.fetch(
            self._query(frame, select),
            segment=segment or "",
            at=frame.borders[-1],
            after=after.key,
            limit=limit + 1,
        )
        return page([Row(one, Decimal(y), Decimal(x)) for one, y, x in found], limit)
