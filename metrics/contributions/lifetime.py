"""What customers are worth: MRR at the close x gross margin x expected months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum
from itertools import pairwise
from typing import ClassVar

from django.utils.translation import gettext_noop
from psycopg.sql import SQL, Composed

from metrics import intervals, sbg
from metrics.contributions import relations
from metrics.contributions.costs import New, Spending, margin, then_costs
from metrics.contributions.frame import WHOLE, Frame
from metrics.contributions.rate import Balance, Rate
from metrics.contributions.residual import FULL_MONTHS, months_of, mrr_by_months
from metrics.contributions.rows import NOTHING, Cell, Cursor, Page, Row, Sums
from metrics.contributions.segments import HELD, history, segment_of
from metrics.contributions.standing import Standing
from metrics.estimates import FOREIGN, rounded
from metrics.periods import Grain, Period, advance, floor
from metrics.units import Unit

MONTHS = 6
"""Full months that churn is pooled over."""

EXACT = 60
"""Digits kept, so that the rows of a value add up to it."""

# A life begins on the first paying day and ends with the first churn. As a rate does, it puts a
# customer where it was on its first paying day.
LIFE = SQL("""
    life AS (
        SELECT segment, customer_id, min(day) FILTER (WHERE ever = 1) AS since,
            min(day) FILTER (WHERE turn = 'churn') AS until
        FROM {source} GROUP BY segment, customer_id
    )
""")
LIFE_BY_ATTRIBUTE = SQL("""
    life AS (
        SELECT {segment} AS segment, life.customer_id, since, until
        FROM (
            SELECT customer_id, {contract} AS contract, min(day) FILTER (WHERE ever = 1) AS since,
                min(day) FILTER (WHERE turn = 'churn') AS until
            FROM {source} GROUP BY 1, 2
        ) AS life
        LEFT JOIN version ON version.customer_id = life.customer_id
            AND since >= version.lower AND since < version.upper
    )
""")

# Of every life known at a period's close: whether it is over, and the full months until the day
# before it ended, or until the close.
LIVED = SQL("""
    lived AS (SELECT segment, since, until, count(*) AS customers FROM life GROUP BY 1, 2, 3)
""")
LIVES = SQL("""
    SELECT period, segment, false, {months} AS months, sum(customers)
    FROM (
        SELECT number AS period, segment, since, border - 1 AS day, sum(customers) AS customers
        FROM lived
        JOIN unnest((%(borders)s::date[])[2:]) WITH ORDINALITY AS close (border, number)
            ON since < border AND (until IS NULL OR until >= border)
        GROUP BY 1, 2, 3, 4
    ) AS alive
    GROUP BY 1, 2, 4
    UNION ALL
    SELECT period, segment, true, months, sum(customers)
    FROM (
        SELECT width_bucket(day + 1, %(borders)s::date[]) AS ended, segment, {months} AS months,
            sum(customers) AS customers
        FROM (SELECT segment, since, until - 1 AS day, customers FROM lived) AS seen
        WHERE day + 1 < %(last)s
        GROUP BY 1, 2, 3
    ) AS lost
    JOIN generate_series(1, cardinality(%(borders)s::date[]) - 1) AS period ON period >= ended
    GROUP BY 1, 2, 4
""").format(months=FULL_MONTHS)


class Method(StrEnum):
    CHURN = "churn"
    REVENUE = "revenue"
    SBG = "sbg"


LOST_CUSTOMERS = Rate(
    numerator="at_opening * (1 - at_close)",
    denominator="at_opening",
    settled_numerator=Balance.NOTHING,
    settled_denominator=Balance.CUSTOMERS,
    formula=gettext_noop("customers lost / openings"),
)
LOST_MRR = Rate(
    numerator="opening - least(opening, closing)",
    denominator="opening",
    settled_numerator=Balance.NOTHING,
    settled_denominator=Balance.MRR,
    formula=gettext_noop("MRR lost / openings"),
    is_money=True,
)


@dataclass(frozen=True, slots=True)
class Expected:
    """How many months' margin a customer is worth; None where that is not defined, `reason` then
    says why, and `at_least` what it is at the least, if that can be said."""

    months: Decimal | None
    reason: str = ""
    at_least: Decimal | None = None
    parts: Mapping[str, Decimal] = field(default_factory=dict)
    model: sbg.Model | None = None


@dataclass(frozen=True, slots=True)
class Worth(Sums):
    """Sums with what an estimate of lifetime value needs beside them."""

    reason: str = ""
    at_least: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Lifetime:
    """MRR at the close x gross margin x expected months, of every paying customer.

    `horizon`: periods looked ahead (0: for ever); `discount`: rate a period. A period is a month,
    or for sBG `period_months` of them. `is_residual`: for sBG, each customer's months are those it
    has left, from its coming renewal on, by how long it has lived; else a new customer's.
    """

    is_additive: ClassVar[bool] = False
    """What a customer is worth is the cell's."""
    converts: ClassVar[bool] = True
    method: Method = Method.CHURN
    horizon: int = 0
    discount: Decimal = NOTHING
    period_months: int = 1
    is_residual: bool = False
    formula: str
    is_money: bool = True
    empty_reason: str = gettext_noop("no customers at the close")
    row_unit: Unit = Unit.MONEY

    @property
    def standing(self) -> Standing:
        return Standing(numerator=Balance.MRR, denominator=Balance.CUSTOMERS, formula="")

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        expected, share = self.expected(frame), margin()
        lived = mrr_by_months(frame) if self.is_residual else {}
        found: dict[Cell, Sums] = {}
        for cell, sums in self.standing.sums(frame).items():
            one = expected.get(cell, Expected(None, gettext_noop("nobody to follow")))
            mrr = sums.y
            ahead = self._ahead(one, mrr, lived.get(cell, {}))
            with localcontext() as context:
                context.prec = EXACT
                worth = share * ahead
                least = mrr * share * one.at_least if one.at_least is not None else None
            parts = {"mrr": mrr, "margin": share, **one.parts}
            if self.is_residual and mrr and "months" in parts:
                parts["months"] = rounded(ahead / mrr)
            if sums.x:
                parts = {"arpa": rounded(mrr / sums.x), **parts}
            reason = one.reason if one.months is None else ""
            found[cell] = Worth(
                n=sums.n, y=worth, x=sums.x, parts=parts, reason=reason, at_least=least
            )
        return found

    def _ahead(self, one: Expected, mrr: Decimal, lived: Mapping[int, Decimal]) -> Decimal:
        """MRR x expected months of a cell's customers together; `lived`: their MRR by the full
        months lived."""
        with localcontext() as context:
            context.prec = EXACT
            if one.model is None or not self.is_residual:
                return mrr * (one.months or NOTHING)
            by_period: dict[int, Decimal] = defaultdict(Decimal)
            for months, amount in lived.items():
                by_period[self.renewal(months)] += amount
            left = (amount * self.left(one.model, n) for n, amount in by_period.items())
            return sum(left, NOTHING)

    def renewal(self, months: int) -> int:
        """Which renewal comes next, from 1, after so many full months."""
        return months // self.period_months + 1

    def left(self, model: sbg.Model, renewal: int) -> Decimal:
        """Expected months from the n-th renewal on."""
        periods = model.lifetime(float(self.discount), lived=renewal, horizon=self.horizon or None)
        return rounded(Decimal(periods) * self.period_months)

    def expected(self, frame: Frame) -> dict[Cell, Expected]:
        """Expected months by cell; a cell that nobody was followed in is not there."""
        if self.method is Method.SBG:
            return {cell: self._of_lives(lives) for cell, lives in lives_of(self, frame).items()}
        return {cell: self._of_churn(sums) for cell, sums in pooled(self.lost, frame).items()}

    @property
    def lost(self) -> Rate:
        """What is pooled over months."""
        return LOST_MRR if self.method is Method.REVENUE else LOST_CUSTOMERS

    @property
    def uses(self) -> tuple[Rate, ...]:
        """The rates its sums are made from."""
        return () if self.method is Method.SBG else (self.lost,)

    def _of_churn(self, sums: Sums) -> Expected:
        if not sums.x:
            return Expected(
                None, gettext_noop("no customers at the start of any of the 6 full months before")
            )
        is_money = self.method is Method.REVENUE
        lost, opening = ("lost_mrr", "opening_mrr") if is_money else ("lost", "openings")
        churn = sums.y / sums.x
        parts = {lost: sums.y, opening: sums.x, "churn": rounded(churn)}
        months = self._months(churn)
        if months is not None:
            return Expected(months, parts={**parts, "months": months})
        n = intervals.effective_n(sums.x, sums.xx) if is_money else float(sums.x)
        bound = intervals.wilson_share(0, n)
        least = self._months(Decimal(bound.high)) if bound else None
        return Expected(None, gettext_noop("nobody left in the 6 full months before"), least, parts)

    def _months(self, churn: Decimal) -> Decimal | None:
        """Sum over t = 0..H-1 of ((1-c)/(1+d))^t, without a horizon to infinity; None for that
        at c = 0."""
        kept = (1 - churn) / (1 + self.discount)
        if self.horizon:
            terms = self.horizon if kept == 1 else (1 - kept**self.horizon) / (1 - kept)
            return rounded(Decimal(terms))
        return rounded((1 + self.discount) / (churn + self.discount)) if churn else None

    def _of_lives(self, lives: sbg.Lives) -> Expected:
        try:
            model = sbg.fit(lives)
        except sbg.NobodyLeftError as error:
            return Expected(None, str(error))
        parts = {"sbg_a": Decimal(f"{model.a:.10f}"), "sbg_b": Decimal(f"{model.b:.10f}")}
        periods = model.lifetime(float(self.discount), horizon=self.horizon or None)
        if periods == float("inf"):
            reason = gettext_noop(
                "the model's lifetime has no end (a is 1 or less); give a discount rate"
                " or a horizon"
            )
            return Expected(None, reason, parts=parts)
        months = rounded(Decimal(periods) * self.period_months)
        return Expected(months, parts={**parts, "months": months}, model=model)

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        """Every customer's own worth; 0 where the cell's is undefined."""
        page = self.standing.rows(frame, segment, after, limit)
        framed = frame if segment is not None else frame.whole()
        one = self.expected(framed).get((0, segment)) or Expected(None)
        share = margin()
        model = one.model if self.is_residual else None
        customers = [row.customer_id for row in page.rows]
        lived = months_of(frame, segment, customers) if model is not None else {}
        rows: list[Row] = []
        for row in page.rows:
            months, parts = one.months or NOTHING, {"mrr": row.numerator}
            if model is not None:
                renewal = self.renewal(lived[row.customer_id])
                months = self.left(model, renewal)
                parts |= {"periods_lived": Decimal(renewal - 1), "months": months}
            with localcontext() as context:
                context.prec = EXACT
                worth = row.numerator * share * months
            rows.append(replace(row, numerator=worth, parts=parts))
        return Page(rows, page.next_cursor)


def pooled(rate: Rate, frame: Frame) -> dict[Cell, Sums]:
    """The sums of a rate over the 6 full months before the end of every period."""
    ends = [floor(period.end, Grain.MONTH) for period in frame.periods]
    first = advance(ends[0], Grain.MONTH, -MONTHS)
    borders = [first]
    while borders[-1] < ends[-1]:
        borders.append(advance(borders[-1], Grain.MONTH))
    months = [Period(a, b) for a, b in pairwise(borders)]
    monthly: dict[str | None, dict[date, Sums]] = defaultdict(dict)
    for (number, segment), sums in rate.sums(replace(frame, periods=months)).items():
        monthly[segment][borders[number]] = sums
    found: dict[Cell, Sums] = {}
    for number, end in enumerate(ends):
        starts = [advance(end, Grain.MONTH, -back) for back in range(1, MONTHS + 1)]
        for segment, by_month in monthly.items():
            cells = [by_month[start] for start in starts if start in by_month]
            found[number, segment] = Sums(
                n=sum(one.n for one in cells),
                y=sum((one.y for one in cells), NOTHING),
                x=sum((one.x for one in cells), NOTHING),
                xx=sum((one.xx for one in cells), NOTHING),
            )
    return found


def lives_of(lifetime: Lifetime, frame: Frame) -> dict[Cell, sbg.Lives]:
    """How long customers have stayed by the close of every period."""
    rows = frame.whole().fetch(_lives(frame.whole()))
    if frame.dimension != WHOLE:
        rows += frame.fetch(_lives(frame))
    lost: dict[Cell, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    alive: dict[Cell, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for period, segment, is_over, months, count in rows:
        lived = months // lifetime.period_months
        cell = (period - 1, segment or None)
        if is_over:
            lost[cell][lived + 1] += int(count)
        else:
            alive[cell][lived] += int(count)
    return {cell: sbg.Lives(lost[cell], alive[cell]) for cell in {*lost, *alive}}


def _lives(frame: Frame) -> Composed:
    dimension = frame.dimension
    if dimension.attributes:
        life = LIFE_BY_ATTRIBUTE.format(
            segment=segment_of(dimension, customer=HELD, contract=SQL("contract")),
            contract=SQL("segment") if dimension.is_by_subscription else SQL("''"),
            source=history(dimension),
        )
    else:
        life = LIFE.format(source=SQL("entry"))
    return relations.query(relations.entries(frame), life, LIVED, select=LIVES)


@dataclass(frozen=True, kw_only=True)
class LifetimeToCost:
    """Lifetime value of the new customers per acquisition cost: LTV x new / cost."""

    is_additive: ClassVar[bool] = False
    """What a customer is worth is the cell's, and costs may be of no customer's."""
    converts: ClassVar[bool] = True
    lifetime: Lifetime
    spending: Spending
    formula: str
    is_money: bool = True
    empty_reason: str = gettext_noop("no acquisition cost in the period")
    row_unit: Unit = Unit.MONEY

    def sums(self, frame: Frame) -> dict[Cell, Sums]:
        worth, spent = self.lifetime.sums(frame), self.spending.sums(frame)
        foreign, new = self.spending.foreign(frame), New().sums(frame)
        none = self.spending.unknown(frame)
        found: dict[Cell, Sums] = {}
        for cell in {*worth, *spent, *new}:
            one, cost = worth.get(cell, Sums()), spent.get(cell, NOTHING)
            heads = new[cell].count if cell in new else 0
            value, reason = _value_of(one)
            if not heads:
                reason = gettext_noop("no new customers in the period")
            parts = {"new": Decimal(heads)}
            if value is not None:
                parts["lifetime_value"] = value
            if heads:
                parts["acquisition_cost"] = rounded(cost / heads)
            if cell[0] in foreign:
                parts[FOREIGN] = Decimal(foreign[cell[0]])
            y = heads * (value or NOTHING)
            unknown = none.get(cell[0], "")
            found[cell] = Worth(
                n=heads, y=y, x=cost, parts=parts, reason=reason, empty_reason=unknown
            )
        return found

    def rows(self, frame: Frame, segment: str | None, after: Cursor, limit: int) -> Page:
        """The new customers (group 0), each with the lifetime value of one; then the costs."""
        found: list[Row] = []
        if after.group == 0:
            framed = frame if segment is not None else frame.whole()
            value, _ = _value_of(self.lifetime.sums(framed).get((0, segment), Sums()))
            found = [
                Row(customer, value or NOTHING, NOTHING)
                for customer, _ in New().rows(frame, segment, after.key, limit + 1)
            ]
            if len(found) > limit:
                return Page(found[:limit], Cursor(0, found[limit - 1].customer_id))
            after = Cursor(1)
        page = then_costs(found, self.spending, frame, segment, after, limit)
        rows = [
            replace(row, numerator=NOTHING, denominator=row.numerator) if row.fact else row
            for row in page.rows
        ]
        return Page(rows, page.next_cursor)


def _value_of(sums: Sums) -> tuple[Decimal | None, str]:
    """Lifetime value of one customer, rounded, and why there is none."""
    reason = sums.reason if isinstance(sums, Worth) else ""
    if not sums.x:
        return None, gettext_noop("no customers at the close")
    return (None, reason) if reason else (rounded(sums.y / sums.x), "")
