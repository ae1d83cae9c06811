"""Cohorts: who began in one period, and how many of them, and how much of their MRR, are there at
the close of each period since.

A customer begins on the day of its first ever MRR; or, by sign-up, on the day it signed up. A
former customer that came back counts again. Two statements, however many cohorts there are.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate

from psycopg.sql import SQL, Composed

from metrics import intervals
from metrics.contributions.frame import Frame
from metrics.contributions.rows import NOTHING
from metrics.currency import reporting_currency
from metrics.intervals import Interval
from metrics.periods import Grain, Period, PeriodError
from tenants.models import Company

MOST_COHORTS = 120
GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)


class Start(StrEnum):
    """What makes a customer one of a cohort."""

    FIRST_PAYMENT = "first_payment"
    SIGN_UP = "sign_up"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cohort at the close of a period: how many of it pay, their share of the cohort with its
    interval (Wilson), their MRR, and its share of what the cohort began with."""

    number: int
    period: Period
    customers: int
    share: float | None
    interval: Interval | None
    mrr: Decimal | None
    mrr_share: float | None


@dataclass(frozen=True)
class Cohort:
    """Who began in `period`: `size` customers, whose first MRR was `mrr` in sum (None: it cannot
    be added up). `cells`: period by period, its own first."""

    period: Period
    size: int
    mrr: Decimal | None
    cells: list[Cell] = field(default_factory=list)


@dataclass(frozen=True)
class Cohorts:
    """`money_reason`: why there are no amounts, where there are none."""

    start: Start
    grain: Grain
    currency: str | None
    money_reason: str
    cohorts: list[Cohort]

    @property
    def longest(self) -> int:
        return max((len(cohort.cells) for cohort in self.cohorts), default=0)


@dataclass(frozen=True, slots=True)
class Member:
    """A customer of a cohort: what it began with, and what it pays at a close."""

    customer_id: int
    began_on: dt.date
    first_mrr: Decimal
    mrr: Decimal


BORN = {
    Start.FIRST_PAYMENT: SQL("""
        born AS (
            SELECT customer_id, day AS began_on FROM metrics_movement
            WHERE kind = 'new' AND position = 0 AND day >= %(first)s AND day < %(last)s
        )
    """),
    Start.SIGN_UP: SQL("""
        born AS (
            SELECT id AS customer_id, signed_up_on AS began_on FROM customers_customer
            WHERE signed_up_on >= %(first)s AND signed_up_on < %(last)s
        )
    """),
}
# What a customer begins with: what its first day with MRR brought.
SIZES = SQL("""
    WITH {born}
    SELECT width_bucket(born.began_on, %(borders)s::date[]), count(*), coalesce(sum(begun.mrr), 0)
    FROM born
    LEFT JOIN (
        SELECT customer_id, sum(amount) AS mrr FROM metrics_movement
        WHERE kind = 'new' GROUP BY customer_id
    ) AS begun USING (customer_id)
    GROUP BY 1
""")
# What changed in each period since, by cohort. Who paid before signing up did so at the opening.
CHANGES = SQL("""
    WITH {born}
    SELECT width_bucket(born.began_on, %(borders)s::date[]) AS cohort,
        greatest(width_bucket(moved.day, %(borders)s::date[]),
            width_bucket(born.began_on, %(borders)s::date[])) AS period,
        sum(moved.is_paying::int - moved.was_paying::int), sum(moved.amount)
    FROM born JOIN metrics_movement AS moved USING (customer_id)
    WHERE moved.day < %(last)s
    GROUP BY 1, 2
""")
MEMBERS = SQL("""
    WITH {born}
    SELECT customer_id, born.began_on,
        coalesce(sum(moved.amount) FILTER (WHERE moved.kind = 'new'), 0),
        coalesce(sum(moved.amount) FILTER (WHERE moved.day < %(at)s), 0)
    FROM born LEFT JOIN metrics_movement AS moved USING (customer_id)
    WHERE customer_id > %(after)s
    GROUP BY customer_id, born.began_on
    ORDER BY customer_id LIMIT %(limit)s
""")


def cohorts(
    cut: Sequence[Period], *, company: Company, grain: Grain, start: Start = Start.FIRST_PAYMENT
) -> Cohorts:
    """The cohorts that began in these adjoining periods, each up to the last of them.

    Raises PeriodError past MOST_COHORTS periods.
    """
    if len(cut) > MOST_COHORTS:
        raise PeriodError(f"Up to {MOST_COHORTS} cohorts can be asked for; got {len(cut)}.")
    begun = [period for period in cut if period.is_begun]
    currency = reporting_currency(company)
    found = Cohorts(start, grain, currency.code, currency.reason, [])
    if not begun:
        return found
    frame = Frame(begun, timezone=company.timezone)
    sizes = {number: (size, mrr) for number, size, mrr in frame.fetch(_query(SIZES, start))}
    changes: dict[int, dict[int, tuple[int, Decimal]]] = defaultdict(dict)
    for number, period, customers, amount in frame.fetch(_query(CHANGES, start)):
        changes[number][period] = (int(customers), Decimal(amount))
    for number, period in enumerate(begun, start=1):
        if number in sizes:
            size, mrr = sizes[number]
            has_money = currency.code is not None
            cohort = Cohort(period, size, Decimal(mrr) if has_money else None)
            cohort.cells.extend(_cells(cohort, begun[number - 1 :], changes[number], number))
            found.cohorts.append(cohort)
    return found


def _cells(
    cohort: Cohort,
    since: Sequence[Period],
    changes: dict[int, tuple[int, Decimal]],
    first: int,
) -> list[Cell]:
    each = [changes.get(first + offset, (0, NOTHING)) for offset in range(len(since))]
    counts = list(accumulate(customers for customers, _ in each))
    amounts = list(accumulate((amount for _, amount in each), initial=NOTHING))[1:]
    return [
        Cell(
            number=offset,
            period=period,
            customers=customers,
            share=customers / cohort.size if cohort.size else None,
            interval=intervals.wilson(customers, cohort.size),
            mrr=None if cohort.mrr is None else amount,
            mrr_share=float(amount / cohort.mrr) if cohort.mrr else None,
        )
        for offset, (period, customers, amount) in enumerate(
            zip(since, counts, amounts, strict=True)
        )
    ]


def members(
    cohort: Period, at: Period, *, start: Start = Start.FIRST_PAYMENT, after: int = 0, limit: int
) -> list[Member]:
    """The customers that began in `cohort`, by id from the one `after`, as of the close of `at`."""
    rows = Frame([cohort]).fetch(_query(MEMBERS, start), at=at.end, after=after, limit=limit)
    return [Member(*row) for row in rows]


def _query(query: SQL, start: Start) -> Composed:
    return query.format(born=BORN[start])
