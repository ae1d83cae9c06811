"""Tickets: the hours until they were answered or resolved, and those open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from psycopg.sql import SQL, Composed

from metrics import intervals
from metrics.contributions.frame import Frame
from metrics.contributions.placed import Placed, Relation, own_of
from metrics.contributions.rows import Cell, Middle, Sums
from metrics.models import MetricSettings

# A piece is a stretch of a ticket's time, all of it or what a stage took. What comes before the
# first stage is in none; a ticket in one stage twice has the sum.
ENDED = SQL("""
    ended AS (
        SELECT ticket.id, ticket.external_id, ticket.customer_id, ticket.contact_id,
            ticket.priority, ticket.channel, ticket.opened_at, named.kind, named.ended_at,
            (named.ended_at AT TIME ZONE %(timezone)s)::date AS day
        FROM customers_ticket AS ticket
        CROSS JOIN LATERAL (VALUES
            ('resolution', resolved_at),
            ('first_resolution', first_resolved_at),
            ('first_response', first_responded_at)
        ) AS named (kind, ended_at)
        WHERE ticket.superseded_at IS NULL AND named.ended_at IS NOT NULL
            AND named.kind = ANY(%(kinds)s)
            AND (%(customers)s::bigint[] IS NULL OR ticket.customer_id = ANY (%(customers)s))
    ), within AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, * FROM ended
        WHERE day >= %(first)s AND day < %(last)s
    )
""")
WHOLE_PIECES = SQL("""
    fact AS (
        SELECT *, {own} AS own, 1 AS x, {seconds} / 3600 AS y
        FROM (SELECT *, opened_at AS began, ended_at AS until FROM within) AS piece
    )
""")
STAGE_PIECES = SQL("""
    entered AS (
        SELECT ticket, stage, entered_at, lead(entered_at) OVER course AS left_at,
            row_number() OVER course AS number
        FROM customers_ticketstage
        WHERE superseded_at IS NULL
        WINDOW course AS (PARTITION BY ticket ORDER BY entered_at, id)
    ), piece AS (
        SELECT within.*, {before} AS own, opened_at AS began,
            least(coalesce(entered.entered_at, ended_at), ended_at) AS until
        FROM within
        LEFT JOIN entered ON entered.ticket = within.external_id AND entered.number = 1
        WHERE least(coalesce(entered.entered_at, ended_at), ended_at) > opened_at
        UNION ALL
        SELECT within.*, {own}, greatest(entered.entered_at, opened_at),
            least(coalesce(entered.left_at, ended_at), ended_at)
        FROM within
        JOIN entered ON entered.ticket = within.external_id
        WHERE greatest(entered.entered_at, opened_at)
            < least(coalesce(entered.left_at, ended_at), ended_at)
    ), fact AS (
        SELECT period, day, customer_id, contact_id, id, external_id, priority, channel, own, kind,
            opened_at, ended_at, 1 AS x, sum({seconds}) / 3600 AS y
        FROM piece
        GROUP BY period, day, customer_id, contact_id, id, external_id, priority, channel, own,
            kind, opened_at, ended_at
    )
""")
CALENDAR = SQL("extract(epoch FROM until - began)")
# Business seconds since a Monday long ago, by the clock on the wall.
WORKED = SQL("""(
    SELECT (weeks * (%(worked_until)s::int[])[8]
            + (%(worked_until)s::int[])[weekday + 1]) * %(working)s
        + ((%(worked_until)s::int[])[weekday + 2] - (%(worked_until)s::int[])[weekday + 1])
            * least(greatest(extract(epoch FROM local::time) - %(begins)s, 0), %(working)s)
    FROM (SELECT {instant} AT TIME ZONE %(timezone)s AS local) AS clock
    CROSS JOIN LATERAL (SELECT local::date - date '2001-01-01' AS days) AS counted
    CROSS JOIN LATERAL (
        SELECT floor(days / 7.0)::int AS weeks, (days %% 7 + 7) %% 7 AS weekday
    ) AS cut
)""")

OPEN = SQL("""
    fact AS (
        SELECT period, (%(borders)s::date[])[period + 1] - 1 AS day, customer_id, contact_id, id,
            external_id, priority, channel, {own} AS own, opened_at, NULL::timestamptz AS ended_at,
            1 AS y, 0 AS x
        FROM (
            SELECT *, width_bucket((opened_at AT TIME ZONE %(timezone)s)::date,
                    %(borders)s::date[]) AS opened_in,
                width_bucket(coalesce((resolved_at AT TIME ZONE %(timezone)s)::date,
                    %(last)s::date), %(borders)s::date[]) AS resolved_in
            FROM customers_ticket
            WHERE superseded_at IS NULL
                AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
        ) AS opened
        CROSS JOIN LATERAL generate_series(greatest(opened_in, 1), resolved_in - 1) AS period
    )
""")
STAGE_AT_CLOSE = SQL("""(
    SELECT stage FROM customers_ticketstage AS entered
    WHERE entered.ticket = opened.external_id AND entered.superseded_at IS NULL
        AND (entered.entered_at AT TIME ZONE %(timezone)s)::date < (%(borders)s::date[])[period + 1]
    ORDER BY entered.entered_at DESC, entered.id DESC LIMIT 1
)""")
OWN: Mapping[str, Relation] = {"priority": SQL("priority"), "channel": SQL("channel")}
STAGE = "stage"
OWN_VALUES = {
    "priority": SQL("SELECT priority AS segment FROM customers_ticket WHERE superseded_at IS NULL"),
    "channel": SQL("SELECT channel AS segment FROM customers_ticket WHERE superseded_at IS NULL"),
    STAGE: SQL("SELECT stage AS segment FROM customers_ticketstage WHERE superseded_at IS NULL"),
}

COUNTS = SQL("SELECT count(*) FROM placed GROUP BY kind, {cells}")
# Each cell sorts its own hours, once for all: a rank's value is that of a share just below it.
SUMS = SQL("""
    SELECT kind, period, segment, n, y, yy, middle.*
    FROM (
        SELECT kind, period, segment, count(*) AS n,
            sum(y) FILTER (WHERE kind = %(until)s) AS y,
            sum(y * y) FILTER (WHERE kind = %(until)s) AS yy,
            array_agg(y::double precision) AS hours
        FROM placed GROUP BY kind, {cells}
    ) AS cell
    LEFT JOIN unnest(%(sizes)s::bigint[], %(lows)s::bigint[]) AS rank (n, low) USING (n)
    CROSS JOIN LATERAL (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY hour),
            percentile_cont(0.9) WITHIN GROUP (ORDER BY hour),
            percentile_disc((low - 0.5) / n) WITHIN GROUP (ORDER BY hour),
            percentile_disc((n - low + 0.5) / n) WITHIN GROUP (ORDER BY hour)
        FROM unnest(hours) AS hour
    ) AS middle
""")


class Until(StrEnum):
    """What ends the time that is measured."""

    RESOLUTION = "resolution"
    FIRST_RESOLUTION = "first_resolution"
    FIRST_RESPONSE = "first_response"


@dataclass(frozen=True, kw_only=True)
class OpenTickets(Placed):
    """Tickets opened before the close and not resolved by then."""

    own_values: ClassVar[Mapping[str, SQL]] = OWN_VALUES

    def facts(self, frame: Frame) -> Sequence[Relation]:
        return [OPEN.format(own=own_of(frame.dimension, {**OWN, STAGE: STAGE_AT_CLOSE}))]

    def row_parts(self) -> Mapping[str, SQL]:
        return ROW_PARTS


ROW_PARTS = {
    "ticket": SQL("external_id"),
    "opened": SQL("to_char(opened_at AT TIME ZONE %(timezone)s, 'YYYY-MM-DD HH24:MI')"),
    "ended": SQL("to_char(ended_at AT TIME ZONE %(timezone)s, 'YYYY-MM-DD HH24:MI')"),
    "priority": SQL("priority"),
    "channel": SQL("channel"),
}


@dataclass(frozen=True, kw_only=True)
class Tickets(Placed):
    """Hours of every ticket from its opening until `until`, counted on the day of that.

    By stage: the hours in it. `is_business`: within the company's business hours alone. Parts:
    the 90th percentile, the medians of the other two times, and the tickets open at the close.
    """

    is_additive: ClassVar[bool] = False
    """Medians."""
    own_values: ClassVar[Mapping[str, SQL]] = OWN_VALUES
    until: Until
    is_business: bool = False

    def facts(self, frame: Frame) -> Sequence[Relation]:
        dimension = frame.dimension
        seconds: Composed | SQL = CALENDAR
        if self.is_business:
            seconds = SQL("{} - {}").format(
                WORKED.format(instant=SQL("until")), WORKED.format(instant=SQL("began"))
            )
        if STAGE not in dimension.own:
            own = own_of(dimension, OWN)
            return [ENDED, WHOLE_PIECES.format(own=own, seconds=SQL("({})").format(seconds))]
        pieces = STAGE_PIECES.format(
            before=own_of(dimension, {**OWN, STAGE: SQL("''")}),
            own=own_of(dimension, {**OWN, STAGE: SQL("entered.stage")}),
            seconds=seconds,
        )
        return [ENDED, pieces]

    def parameters(self, frame: Frame) -> Mapping[str, Any]:
        found: dict[str, Any] = {"kinds": [self.until.value]}
        return found | (MetricSettings.held().business_time if self.is_business else {})

    def row_parts(self) -> Mapping[str, SQL]:
        return ROW_PARTS

    def _sums(self, frame: Frame) -> dict[Cell, Sums]:
        ranks = self._ranks(frame)
        rows = self.fetch(
            frame,
            SUMS.format(cells=self.cells(frame)),
            kinds=list(Until),
            until=self.until.value,
            sizes=list(ranks),
            lows=list(ranks.values()),
        )
        sums: dict[Cell, Sums] = {}
        parts: dict[Cell, dict[str, Decimal]] = defaultdict(dict)
        for kind, period, segment, n, y, yy, median, ninth, low, high in rows:
            cell = (period - 1, segment or None)
            if kind != self.until:
                parts[cell][kind] = Decimal(median)
                continue
            sums[cell] = Sums(n, y, Decimal(n), yy, y, Decimal(n), middle=Middle(median, low, high))
            parts[cell]["p90"] = Decimal(ninth)
        waiting = OpenTickets(formula="")._sums(frame)
        for cell in parts.keys() | waiting.keys():
            parts[cell]["open_backlog"] = waiting.get(cell, Sums()).y
        order = ["p90", *Until, "open_backlog"]
        return {
            cell: replace(
                sums.get(cell, Sums()),
                parts={name: parts[cell][name] for name in order if name in parts[cell]},
            )
            for cell in parts
        }

    def _ranks(self, frame: Frame) -> dict[int, int]:
        """By how many tickets a cell has, the rank that bounds its median from below."""
        lows = {
            n: intervals.median_rank(n)
            for (n,) in self.fetch(frame, COUNTS.format(cells=self.cells(frame)))
        }
        return {n: low for n, low in lows.items() if low is not None}
