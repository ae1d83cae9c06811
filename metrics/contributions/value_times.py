"""How long customers take from their start to their first value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from django.utils.translation import gettext_noop
from psycopg.sql import SQL

from metrics.contributions.frame import WHOLE, Frame
from metrics.contributions.placed import Placed, Relation
from metrics.contributions.rows import Cell, Sums
from metrics.contributions.tallies import Tally
from metrics.models import MetricSettings
from metrics.survival import Curve, Followed, curve, merged
from metrics.units import Unit

UNSAID = gettext_noop("nobody said what first value is: see Settings, Metrics")


class Start(StrEnum):
    SIGN_UP = "sign_up"
    PAID = "paid"
    ONBOARDING = "onboarding"


BEGAN = {
    Start.SIGN_UP: SQL("SELECT id AS customer_id, signed_up_on AS day FROM customers_customer"),
    Start.PAID: SQL("""
        SELECT customer_id, min(day) AS day FROM metrics_movement
        WHERE kind = 'new' GROUP BY customer_id
    """),
    Start.ONBOARDING: SQL("""
        SELECT customer_id, min(reached_on) AS day FROM customers_milestone
        WHERE superseded_at IS NULL AND (%(begin)s = '' OR name = %(begin)s)
        GROUP BY customer_id
    """),
}
BEGUN_BY = {Start.ONBOARDING: ["milestones"]}
REACHED_BY = {"event": ["usage"], "milestone": ["milestones"]}
"""Kinds of facts that starts and first values are, beside those of customers themselves."""

# The day of first value of customers that began; no row or null: not yet.
FIRST_VALUE = {
    "": SQL("SELECT NULL::bigint AS customer_id, NULL::date AS day WHERE false"),
    "event": SQL("""
        SELECT customer_id, used.day FROM began
        CROSS JOIN LATERAL (
            SELECT day FROM customers_usageday
            WHERE customer_id = began.customer_id AND %(value_name)s = ANY(names)
            ORDER BY day LIMIT 1
        ) AS used
    """),
    "milestone": SQL("""
        SELECT customer_id, min(reached_on) AS day FROM began
        JOIN customers_milestone USING (customer_id)
        WHERE name = %(value_name)s AND superseded_at IS NULL
        GROUP BY customer_id
    """),
    "date": SQL("""
        SELECT customer_id,
            min(CASE WHEN pg_input_is_valid(value, 'date') THEN value::date END) AS day
        FROM began
        JOIN customers_customerattribute USING (customer_id)
        WHERE key = %(value_name)s AND superseded_at IS NULL
            AND value ~ '^\\d{4}-\\d{2}-\\d{2}$'
        GROUP BY customer_id
    """),
}

# What has happened by the as-of day: first value (if on the day of leaving, before it), leaving,
# or neither. Who had first value before the start had it at once.
FACT = SQL("""
    began AS (
        SELECT customer_id, day FROM ({began}) AS begun
        WHERE day >= %(first)s AND day < %(last)s AND day <= %(as_of)s
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    ), value AS ({value}), gone AS (
        SELECT customer_id, min(churn.day) AS day FROM began
        JOIN metrics_movement AS churn USING (customer_id)
        WHERE churn.kind = 'churn' AND churn.day >= began.day
        GROUP BY customer_id
    ), become AS (
        SELECT customer_id, began.day, value.day AS value_on, gone.day AS gone_on, CASE
            WHEN value.day <= %(as_of)s AND value.day <= coalesce(gone.day, 'infinity')
                THEN 'there'
            WHEN gone.day <= %(as_of)s THEN 'left'
            ELSE 'on the way'
        END AS outcome
        FROM began
        LEFT JOIN value USING (customer_id)
        LEFT JOIN gone USING (customer_id)
    ), fact AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, customer_id, customer_id AS id,
            day, '' AS own, NULL::bigint AS contact_id, (outcome = 'there')::int::numeric AS y,
            1::numeric AS x, outcome,
            greatest(
                0,
                CASE outcome WHEN 'there' THEN value_on WHEN 'left' THEN gone_on
                    ELSE %(as_of)s::date END - day
            ) AS time
        FROM become
    )
""")
SUMS = SQL("""
    SELECT period, segment, {time}, count(*) FILTER (WHERE outcome = 'there'),
        count(*) FILTER (WHERE outcome = 'left'), count(*) FILTER (WHERE outcome = 'on the way')
    FROM placed GROUP BY 1, 2, 3
""")


@dataclass(frozen=True, slots=True)
class Timed(Sums):
    """Sums of those who got there (y) of those who began (x), and the curve of how long it took.

    `reason`: why there is none.
    """

    curve: Curve | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ValueTimes(Placed):
    """Customers that began in the period: whether and when they got to their first value.

    `begin` and `until` are milestones, '' for the company's settings; `within`: the days that
    the part `share_within` is about.
    """

    is_additive: ClassVar[bool] = False
    """A curve and its quantiles."""
    is_tallied: ClassVar[bool] = True
    start: Start
    begin: str = ""
    until: str = ""
    within: int = 30
    empty_reason: str = gettext_noop("nobody began in the period")
    row_unit: Unit = Unit.DAYS

    def facts(self, frame: Frame) -> Sequence[Relation]:
        kind, _ = self._value(MetricSettings.held())
        return [FACT.format(began=BEGAN[self.start], value=FIRST_VALUE[kind])]

    def parameters(self, frame: Frame) -> Mapping[str, Any]:
        held = MetricSettings.held()
        return {
            "begin": self.begin or held.onboarding_milestone,
            "value_name": self._value(held)[1],
        }

    def _value(self, held: MetricSettings) -> tuple[str, str]:
        """What kind of fact first value is, and its name."""
        return (
            ("milestone", self.until) if self.until else (held.first_value, held.first_value_name)
        )

    def row_parts(self) -> Mapping[str, SQL]:
        return {"began": SQL("day::text"), "days": SQL("time::text"), "outcome": SQL("outcome")}

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        return self.of_tallies(self.tallies(frame), frame)

    def tallies(self, frame: Frame) -> dict[Cell, Tally]:
        is_told = bool(self._value(MetricSettings.held())[0])
        # Without first values there is no curve to tell: the times need not be told apart.
        select = SUMS.format(time=SQL("time") if is_told else SQL("0"))
        followed: dict[Cell, list[Followed]] = defaultdict(list)
        for period, segment, time, *became in self.fetch(frame, select):
            followed[period - 1, segment or None].append(Followed(time, *became))
        if frame.dimension.is_of_customers:  # every customer is in one segment
            for (number, _), found in list(followed.items()):
                followed[number, None] += found
        elif frame.dimension != WHOLE:
            for period, _, time, *became in self.fetch(frame.whole(), select):
                followed[period - 1, None].append(Followed(time, *became))
        return {cell: merged(found) for cell, found in followed.items()}

    def of_tallies(self, tallies: Mapping[Cell, Tally], frame: Frame) -> dict[Cell, Sums]:
        reason = "" if self._value(MetricSettings.held())[0] else UNSAID
        totals: dict[Cell, Tally] = {(number, None): [] for number in range(len(frame.periods))}
        return {cell: self._timed(found, reason) for cell, found in {**totals, **tallies}.items()}

    def kinds(self) -> frozenset[str]:
        value, _ = self._value(MetricSettings.held())
        # Where somebody is may be another who never paid, of which the ledger knows nothing.
        return frozenset({"customers", *BEGUN_BY.get(self.start, ()), *REACHED_BY.get(value, ())})

    def _timed(self, found: Tally, reason: str) -> Timed:
        there, left = sum(one.arrived for one in found), sum(one.left for one in found)
        n, course = sum(one.count for one in found), curve(found)
        parts = {
            "there": Decimal(there),
            "left_first": Decimal(left),
            "on_the_way": Decimal(n - there - left),
        }
        quantiles = {"p75": course.quantile(0.75), "p90": course.quantile(0.9)}
        parts |= {name: Decimal(days) for name, days in quantiles.items() if days is not None}
        share = course.share_by(self.within) if n and not reason else None
        if share is not None:
            parts["share_within"] = Decimal(share)
        y, x = Decimal(there), Decimal(n)
        return Timed(n, y, x, parts=parts, curve=course, reason=reason)
