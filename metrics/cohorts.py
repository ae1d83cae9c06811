"""Cohorts: who began in one period, and how many of them, and how much of their MRR, are there at
the close of each period since.

A customer begins on the day of its first ever MRR; or, by sign-up, on the day it signed up. A
former customer that came back counts again. Two statements, however many cohorts there are.

With contracts in several currencies, MRR at a close is at that day's rate, what a customer begins
with at that of its first day with MRR (by sign-up, the later of the two days). The share of MRR
values both ends at the latter, so that it shows what customers did and no rates.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from psycopg.sql import SQL

from metrics import intervals
from metrics.contributions.converted import RATE
from metrics.contributions.frame import Frame
from metrics.contributions.rows import NOTHING, exactly
from metrics.currency import Currency, figures_currency
from metrics.exchange import Rates
from metrics.intervals import Interval
from metrics.periods import DAY, Grain, Period, PeriodError
from metrics.remembered import remembered
from metrics.words import said
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

    @property
    def money_why(self) -> str:
        """The `money_reason` in the reader's language."""
        return said(self.money_reason)

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
# Amounts as they are in the contracts, or (with RATE) what they are worth the day they began.
PLAIN = SQL("""
    begun AS (
        SELECT customer_id, currency, sum(amount) AS amount, sum(amount) AS worth
        FROM metrics_movement WHERE kind = 'new' GROUP BY customer_id, currency
    ), moved AS (
        SELECT *, '' AS money, amount AS worth FROM metrics_movement
    )
""")
CONVERTED = SQL("""
    first_day AS (
        SELECT customer_id, least(greatest(min(day), min(began_on)), %(until)s) AS day
        FROM born JOIN metrics_movement USING (customer_id) WHERE kind = 'new'
        GROUP BY customer_id
    ), begun AS (
        SELECT customer_id, held.currency, sum(amount) AS amount, sum(amount * rate.rate) AS worth
        FROM metrics_movement AS held
        JOIN first_day USING (customer_id)
        JOIN rate ON rate.currency = held.currency AND rate.day = first_day.day
        WHERE kind = 'new' GROUP BY customer_id, held.currency
    ), moved AS (
        SELECT held.*, held.currency AS money, amount * rate.rate AS worth
        FROM metrics_movement AS held
        JOIN first_day USING (customer_id)
        JOIN rate ON rate.currency = held.currency AND rate.day = first_day.day
    )
""")
# What a customer begins with: what its first day with MRR brought.
SIZES = SQL("""
    WITH {born}
    SELECT width_bucket(born.began_on, %(borders)s::date[]), count(DISTINCT born.customer_id),
        coalesce(sum(begun.worth), 0)
    FROM born LEFT JOIN begun USING (customer_id)
    GROUP BY 1
""")
# What changed in each period since, by cohort. Who paid before signing up did so at the opening.
CHANGES = SQL("""
    WITH {born}
    SELECT width_bucket(born.began_on, %(borders)s::date[]) AS cohort,
        greatest(width_bucket(moved.day, %(borders)s::date[]),
            width_bucket(born.began_on, %(borders)s::date[])) AS period,
        moved.money, sum(moved.is_paying::int - moved.was_paying::int), sum(moved.amount),
        sum(moved.worth)
    FROM born JOIN moved USING (customer_id)
    WHERE moved.day < %(last)s
    GROUP BY 1, 2, 3
""")
CLOSING = SQL("""
    LEFT JOIN rate AS closing ON closing.currency = moved.currency
        AND closing.day = %(at)s::date - 1
""")
MEMBERS = SQL("""
    WITH {born}
    SELECT customer_id, born.began_on,
        coalesce(sum(moved.worth) FILTER (WHERE moved.kind = 'new'), 0),
        coalesce(sum(moved.amount {at_close}) FILTER (WHERE moved.day < %(at)s), 0)
    FROM born LEFT JOIN moved USING (customer_id) {closing}
    WHERE customer_id > %(after)s
    GROUP BY customer_id, born.began_on
    ORDER BY customer_id LIMIT %(limit)s
""")


def cohorts(
    cut: Sequence[Period], *, company: Company, grain: Grain, start: Start = Start.FIRST_PAYMENT
) -> Cohorts:
    """The cohorts that began in these adjoining periods, each up to the last of them.

    Raises PeriodError past MOST_COHORTS periods. Reads the ledger the first time that it is asked
    of it.
    """
    if len(cut) > MOST_COHORTS:
        words = _("Up to {most} cohorts can be asked for; got {count}.")
        raise PeriodError(words.format(most=MOST_COHORTS, count=len(cut)))
    begun = [period for period in cut if period.is_begun]
    currency = figures_currency(company)
    if not begun:
        return Cohorts(start, grain, currency.code, currency.reason, [])
    frame = Frame(begun, timezone=company.timezone, rates=currency.rates)
    return remembered(
        "cohorts", lambda: _cohorts(frame, currency, grain, start), frame, currency, grain, start
    )


def _cohorts(frame: Frame, currency: Currency, grain: Grain, start: Start) -> Cohorts:
    found = Cohorts(start, grain, currency.code, currency.reason, [])
    until = _rated_until(currency, frame.borders[-1])
    sizes = {number: (size, mrr) for number, size, mrr in _fetch(frame, SIZES, start, until)}
    changes: Changes = defaultdict(lambda: defaultdict(list))
    for number, period, code, *change in _fetch(frame, CHANGES, start, until):
        changes[number][period].append((code, *change))
    with exactly():
        for number, period in enumerate(frame.periods, start=1):
            if number in sizes:
                size, mrr = sizes[number]
                has_money = currency.code is not None
                cohort = Cohort(period, size, Decimal(mrr) if has_money else None)
                since = frame.periods[number - 1 :]
                each = [changes[number][number + offset] for offset in range(len(since))]
                cohort.cells.extend(_cells(cohort, since, each, currency.rates))
                found.cohorts.append(cohort)
    return found


Change = tuple[str, int, Decimal, Decimal]
"""Of a cohort in a period and a currency: customers, MRR, and that at the day they began."""
Changes = dict[int, dict[int, list[Change]]]


def _cells(
    cohort: Cohort, since: Sequence[Period], each: Sequence[list[Change]], rates: Rates | None
) -> list[Cell]:
    found: list[Cell] = []
    customers, worth = 0, NOTHING
    held: dict[str, Decimal] = defaultdict(Decimal)
    for offset, (period, changes) in enumerate(zip(since, each, strict=True)):
        for code, people, amount, worth_then in changes:
            customers, worth = customers + people, worth + worth_then
            held[code] += amount
        day = period.end - DAY
        now = ((rates.on(code, day) if rates else 1) * amount for code, amount in held.items())
        mrr = sum(now, NOTHING)
        cell = Cell(
            number=offset,
            period=period,
            customers=customers,
            share=customers / cohort.size if cohort.size else None,
            interval=intervals.wilson(customers, cohort.size),
            mrr=None if cohort.mrr is None else mrr,
            mrr_share=float(worth / cohort.mrr) if cohort.mrr else None,
        )
        found.append(cell)
    return found


def members(
    cohort: Period,
    at: Period,
    *,
    company: Company,
    start: Start = Start.FIRST_PAYMENT,
    after: int = 0,
    limit: int,
) -> list[Member]:
    """The customers that began in `cohort`, by id from the one `after`, as of the close of `at`."""
    currency = figures_currency(company)
    frame = Frame([cohort], rates=currency.rates)
    until = _rated_until(currency, max(cohort.end, at.end))
    rows = _fetch(frame, MEMBERS, start, until, at=at.end, after=after, limit=limit)
    return [Member(*row) for row in rows]


def _rated_until(currency: Currency, end: dt.date) -> dt.date:
    """The last day that a rate is needed of: what begins later begins at the same rates."""
    return max(end, currency.rates.last_day) if currency.rates else end


def _fetch(
    frame: Frame, query: SQL, start: Start, until: dt.date, **params: Any
) -> list[tuple[Any, ...]]:
    is_converted = frame.rates is not None
    if frame.rates is not None:
        params |= frame.rates.params(frame.borders[0] - DAY, until + DAY)
    begun = [RATE, BORN[start], CONVERTED] if is_converted else [BORN[start], PLAIN]
    closing, at_close = (CLOSING, SQL("* closing.rate")) if is_converted else (SQL(""), SQL(""))
    made = query.format(born=SQL(",").join(begun), closing=closing, at_close=at_close)
    return frame.fetch(made, until=until, **params)
