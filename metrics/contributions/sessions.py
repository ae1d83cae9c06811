"""Sessions begun in a period: how long they took, and their page views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext_noop
from psycopg.sql import SQL

from metrics.contributions.frame import Frame
from metrics.contributions.placed import Placed, Relation

DURATION = SQL("""
    fact AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, day, customer_id, id, '' AS own,
            extract(epoch FROM ended_at - started_at) AS y, 1 AS x, events
        FROM customers_usagesession
        WHERE day >= %(first)s AND day < %(last)s
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    )
""")
ON_PAGES = SQL("""
    fact AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, day, customer_id, id, '' AS own,
            page_seconds::numeric AS y, page_views AS x
        FROM customers_usagesession
        WHERE day >= %(first)s AND day < %(last)s AND page_views > 0
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    )
""")
MEDIAN = SQL("percentile_cont(0.5) WITHIN GROUP (ORDER BY y)")


@dataclass(frozen=True, kw_only=True)
class Sessions(Placed):
    """Seconds of every session, from its first event to its last; a row for each customer."""

    is_additive: ClassVar[bool] = False
    """A part is the median."""
    is_by_period: ClassVar[bool] = True
    is_per_customer: bool = True
    empty_reason: str = gettext_noop("no sessions in the period")

    def facts(self, frame: Frame) -> Sequence[Relation]:
        return [DURATION]

    def parts(self) -> Mapping[str, SQL]:
        return {
            "median": MEDIAN,
            "single_event_share": SQL("avg((events = 1)::int)"),
        }

    def row_parts(self) -> Mapping[str, SQL]:
        return {"single_event_sessions": SQL("count(*) FILTER (WHERE events = 1)")}


@dataclass(frozen=True, kw_only=True)
class PageViews(Placed):
    """Seconds on pages by page views of the sessions begun; a row for each customer."""

    is_per_customer: bool = True
    empty_reason: str = gettext_noop("no page views in the period")

    def facts(self, frame: Frame) -> Sequence[Relation]:
        return [ON_PAGES]

    def parts(self) -> Mapping[str, SQL]:
        return {"sessions": SQL("count(*)")}

    def row_parts(self) -> Mapping[str, SQL]:
        return {"sessions": SQL("count(*)")}
