"""End users that did something, and customers that use a feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from django.utils.translation import gettext_noop
from psycopg.sql import SQL

from metrics.contributions import relations
from metrics.contributions.frame import Dimension, Frame, Split, joined, names_of
from metrics.contributions.placed import Placed, Relation
from metrics.contributions.rate import Balance
from metrics.contributions.rows import Cell, Cursor, Page, Row, Sums
from metrics.contributions.standing import Standing, page

# A user's day, a row of its own; seen by feature, once for each of the features used (a page and
# an event may be called the same).
USED = SQL("""
    used AS (
        SELECT day, customer_id, end_user, '' AS own FROM customers_usageday
        WHERE day >= {since} AND day < %(last)s
            AND (%(event)s = '' OR %(event)s = ANY(names))
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    )
""")
USED_BY_FEATURE = SQL("""
    used AS (
        SELECT day, customer_id, end_user, own
        FROM customers_usageday
        CROSS JOIN LATERAL (SELECT DISTINCT unnest(names) AS own) AS feature
        WHERE day >= {since} AND day < %(last)s AND (%(event)s = '' OR own = %(event)s)
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    )
""")
PERIOD_BEGINS = SQL("%(first)s")
WINDOW_BEGINS = SQL("least(%(first)s::date, (%(borders)s::date[])[2] - %(window)s)")

IN_THE_PERIOD = SQL("""
    SELECT width_bucket(day, %(borders)s::date[]) AS period, day, customer_id, end_user, own
    FROM used WHERE day >= %(first)s
""")
# In the days of the window up to a close; a day may be in the windows of several closes.
AT_CLOSE = SQL("""
    SELECT DISTINCT period, (%(borders)s::date[])[period + 1] - 1 AS day, customer_id, end_user, own
    FROM used CROSS JOIN LATERAL generate_series(
        greatest(width_bucket(day, %(borders)s::date[]), 1),
        width_bucket(day + %(window)s, %(borders)s::date[]) - 1
    ) AS period
""")
FACT_IN_THE_PERIOD = SQL("fact AS (SELECT *, 1 AS y, 0 AS x FROM ({}) AS seen)").format(
    IN_THE_PERIOD
)
FACT_AT_CLOSE = SQL("fact AS (SELECT *, 1 AS y, 0 AS x FROM ({}) AS seen)").format(AT_CLOSE)
FACT_OF_BOTH = SQL("""
    fact AS (
        SELECT period, (%(borders)s::date[])[period + 1] - 1 AS day, customer_id, end_user, own,
            1 AS y, 0 AS x
        FROM ({within}) AS within
        UNION ALL
        SELECT *, 0, 1 FROM ({at_close}) AS at_close
    )
""").format(within=IN_THE_PERIOD, at_close=AT_CLOSE)

# Who used it in a period and pays at its close.
FACT_OF_ADOPTION = SQL("""
    seen AS (
        SELECT DISTINCT width_bucket(day, %(borders)s::date[]) AS period, customer_id, own
        FROM used
    ), fact AS (
        SELECT period, (%(borders)s::date[])[period + 1] - 1 AS day, customer_id, own,
            1 AS y, 0 AS x
        FROM seen
        CROSS JOIN LATERAL (
            SELECT is_paying FROM metrics_movement
            WHERE metrics_movement.customer_id = seen.customer_id
                AND metrics_movement.day < (%(borders)s::date[])[period + 1]
            ORDER BY metrics_movement.day DESC, position DESC LIMIT 1
        ) AS held
        WHERE is_paying
    )
""")
ROWS_OF_ADOPTION = SQL("""
    SELECT state.customer_id, (user_days.days IS NOT NULL)::int, user_days.days FROM state
    LEFT JOIN (SELECT customer_id, count(*) AS days FROM used GROUP BY customer_id) AS user_days
        ON user_days.customer_id = state.customer_id
    WHERE segment = %(segment)s AND is_paying AND state.customer_id > %(after)s
        AND (
            NOT %(is_of_feature)s
            OR EXISTS (SELECT FROM used JOIN state AS payer USING (customer_id) WHERE is_paying)
        )
    ORDER BY state.customer_id LIMIT %(limit)s
""")


FEATURES = {
    "feature": SQL("""
        SELECT unnest(names) AS segment FROM customers_usageday
        WHERE day >= %(first)s AND day < %(last)s
    """)
}


class Count(StrEnum):
    """How end users are counted: each day, in the 7 or 30 days up to the close, or both."""

    DAILY = "dau"
    WEEKLY = "wau"
    MONTHLY = "mau"
    STICKINESS = "stickiness"

    @property
    def window(self) -> int:
        """The days up to a close."""
        return 7 if self is Count.WEEKLY else 30


def _used(frame: Frame, since: SQL) -> Relation:
    is_by_feature = bool(frame.dimension.own)
    return (USED_BY_FEATURE if is_by_feature else USED).format(since=since)


def _apart(dimension: Dimension, segment: str | None) -> tuple[str | None, str | None]:
    """The feature that a segment names, and the segment of customers it is within."""
    if segment is None or not dimension.own:
        return None, segment
    names = dict(zip((side.split for side in dimension.each), names_of(segment), strict=True))
    feature = names.pop(Split.OWN)
    return feature, next(iter(names.values()), None)


def _segment(dimension: Dimension, feature: str, others: str | None) -> str:
    """What `_apart` takes apart."""
    return joined([feature if side.split is Split.OWN else others or "" for side in dimension.each])


@dataclass(frozen=True, kw_only=True)
class ActiveUsers(Placed):
    """End users with an event (`event`: of that name), a row for each customer.

    y: days on which they were active (`dau`, `stickiness`), or how many there are; x, of
    `stickiness` only: users active in the 30 days up to the close. The part `days` has the
    period's length.
    """

    steady_parts: ClassVar[frozenset[str]] = frozenset({"days"})
    count: Count
    event: str = ""
    is_per_customer: bool = True
    empty_reason: str = gettext_noop("no active users in the 30 days up to the close")

    @property
    def own_values(self) -> Mapping[str, SQL]:
        return {} if self.event else FEATURES

    def facts(self, frame: Frame) -> Sequence[Relation]:
        match self.count:
            case Count.DAILY:
                return [_used(frame, PERIOD_BEGINS), FACT_IN_THE_PERIOD]
            case Count.STICKINESS:
                return [_used(frame, WINDOW_BEGINS), FACT_OF_BOTH]
        return [_used(frame, WINDOW_BEGINS), FACT_AT_CLOSE]

    def goes_by_period(self, frame: Frame) -> bool:
        """By feature a day is several rows, too many to tell apart in memory for all periods."""
        return bool(frame.dimension.own) and not frame.dimension.is_by_subscription

    def parameters(self, frame: Frame) -> Mapping[str, Any]:
        return {"event": self.event, "window": self.count.window}

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        return {
            cell: replace(sums, parts={"days": Decimal(frame.periods[cell[0]].days)})
            for cell, sums in super().sums(frame).items()
        }


@dataclass(frozen=True, kw_only=True)
class Adoption(Placed):
    """Customers paying at the close, and those of them that used a feature in the period."""

    is_additive: ClassVar[bool] = False
    """By feature, everybody paying is counted where anybody paying uses it."""
    event: str = ""
    is_per_customer: bool = True
    empty_reason: str = gettext_noop("no paying customers at the close")

    @property
    def own_values(self) -> Mapping[str, SQL]:
        return {} if self.event else FEATURES

    def facts(self, frame: Frame) -> Sequence[Relation]:
        return [_used(frame, PERIOD_BEGINS), FACT_OF_ADOPTION]

    def goes_by_period(self, frame: Frame) -> bool:
        """By feature a day is several rows, too many to tell apart in memory for all periods."""
        return bool(frame.dimension.own) and not frame.dimension.is_by_subscription

    def parameters(self, frame: Frame) -> Mapping[str, Any]:
        return {"event": self.event}

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        using = super().sums(frame)
        customers = replace(frame, dimension=frame.dimension.without(Split.OWN))
        paying = Standing(numerator=Balance.CUSTOMERS, formula="").sums(customers)
        found: dict[Cell, Sums] = {}
        for cell in self._cells(frame, using, paying):
            _, others = _apart(frame.dimension, cell[1])
            out_of = paying.get((cell[0], others), Sums()).y
            y = using.get(cell, Sums()).y
            found[cell] = Sums(int(out_of), y, out_of, y, y, out_of)
        return found

    def _cells(
        self, frame: Frame, using: Mapping[Cell, Sums], paying: Mapping[Cell, Sums]
    ) -> set[Cell]:
        """The cells of those that pay; by feature, of those that somebody used in the period."""
        dimension = frame.dimension
        cells = {(number, None) for number in range(len(frame.periods))} | paying.keys()
        if not dimension.own:
            return cells
        used = {(number, _apart(dimension, name)[0]) for number, name in using if name is not None}
        return {cell for cell in cells if cell[1] is None} | {
            (number, _segment(dimension, feature or "", others))
            for number, feature in used
            for period, others in cells
            if period == number and (others is None) == (len(dimension.each) == 1)
        }

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        if segment is not None and frame.dimension.own:
            event, others = _apart(frame.dimension, segment)
            customers = replace(frame, dimension=frame.dimension.without(Split.OWN))
            of_feature = replace(self, event=event or "")
            return of_feature._page(customers, others, after, limit, is_of_feature=True)
        return self._page(frame, segment, after, limit, is_of_feature=False)

    def _page(
        self, frame: Frame, segment: str | None, after: Cursor, limit: int, *, is_of_feature: bool
    ) -> Page:
        if segment is None:
            frame = frame.whole()
        found = frame.fetch(
            relations.query(
                relations.entries(frame.dimension),
                relations.state(frame.dimension),
                _used(frame, PERIOD_BEGINS),
                select=ROWS_OF_ADOPTION,
            ),
            **self.parameters(frame),
            segment=segment or "",
            at=frame.borders[-1],
            is_of_feature=is_of_feature,
            after=after.key,
            limit=limit + 1,
        )
        rows = [
            Row(customer, Decimal(y), Decimal(1), {"days_of_users": Decimal(days)} if days else {})
            for customer, y, days in found
        ]
        return page(rows, limit)
