"""What a forecast stands on, from the ledger: few statements, however many customers there are."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from psycopg.sql import SQL

from metrics.currency import Currency, figures_currency
from metrics.exchange import Rates
from metrics.forecast.calculation import MONTHS, Forecast, base_of, forecast
from metrics.forecast.history import NOTHING, Cell
from metrics.forecast.scoring import Score, score
from metrics.periods import DAY, Grain, Period, advance
from metrics.remembered import remembered
from tenants.models import Company

# course: every movement with the day its customer's present life began on, and whether it had
# one before. A life goes from new MRR, or MRR after churn, to churn; a pause is in it.
COURSE = SQL("""
    course AS (
        SELECT held.customer_id, held.day, held.kind, {amount} AS amount, {after} AS mrr,
            was_paying, is_paying,
            max(held.day) FILTER (WHERE kind IN ('new', 'reactivation')) OVER upto AS began_on,
            bool_or(kind = 'reactivation') OVER upto AS is_return
        FROM metrics_movement AS held {rate}
        WHERE held.day < %(border)s
        WINDOW upto AS (
            PARTITION BY held.customer_id ORDER BY held.day, held.position
            ROWS UNBOUNDED PRECEDING
        )
    )
""")
# At the rates of one day, so that what the rates did is no change of anybody's.
RATE = SQL("JOIN unnest(%(currencies)s::text[], %(rates)s::numeric[]) AS rate (currency, rate) "
           "USING (currency)")  # fmt: skip
CELLS = SQL("""
    WITH {course}
    SELECT date_trunc('month', began_on)::date, date_trunc('month', day)::date, is_return,
        count(*) FILTER (WHERE kind IN ('new', 'reactivation') AND NOT was_paying),
        count(*) FILTER (WHERE kind = 'churn' AND was_paying AND NOT is_paying),
        sum(amount), coalesce(-sum(amount) FILTER (WHERE kind = 'churn'), 0),
        sum(mrr * mrr - (mrr - amount) * (mrr - amount))
    FROM course
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
""")
MEMBERS = SQL("""
    WITH {course}
    SELECT customer_id, max(began_on), bool_or(is_return), sum(amount)
    FROM course
    WHERE customer_id > %(after)s
    GROUP BY customer_id
    HAVING date_trunc('month', max(began_on)) = %(cohort)s
        AND max(day) FILTER (WHERE kind = 'churn') >= max(began_on) IS NOT TRUE
    ORDER BY customer_id LIMIT %(limit)s
""")
NETS = """
    SELECT date_trunc('month', day)::date, currency, sum(amount)
    FROM metrics_movement WHERE day < %(border)s GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Past:
    """MRR at the close of a full month, at that day's rates."""

    period: Period
    mrr: Decimal


@dataclass(frozen=True)
class Outlook:
    """A forecast with the months that led to it, oldest first, and how the one of a year before
    would have done."""

    currency: str | None
    forecast: Forecast
    past: list[Past]
    score: Score


@dataclass(frozen=True, slots=True)
class Member:
    """A customer of a cohort that is there at the base's close (with an MRR of 0: pausing)."""

    customer_id: int
    began_on: dt.date
    is_return: bool
    mrr: Decimal


def outlook(company: Company, *, as_of: dt.date) -> Outlook:
    """What can be said on `as_of` with what is known now: late facts are in it.

    Five statements at most, of which two read the whole ledger: the first time that it is asked
    of a ledger.
    """
    currency = figures_currency(company)
    return remembered("outlook", lambda: _outlook(currency, as_of), currency, as_of)


def _outlook(currency: Currency, as_of: dt.date) -> Outlook:
    base = base_of(as_of)
    earlier = advance(base.end, Grain.MONTH, -MONTHS)
    if currency.code is None:
        empty = Forecast(as_of, base, NOTHING, 0, currency.reason)
        before = Forecast(earlier, base_of(earlier), NOTHING, 0, currency.reason)
        return Outlook(None, empty, [], score(before, {}))
    past = _past(base.end, currency)
    cells = read(base.end, currency)
    cells_then = cells if currency.rates is None else read(earlier, currency)
    then = forecast(cells_then, as_of=earlier)
    actual = {one.period: one.mrr for one in past}
    found = forecast(cells, as_of=as_of)
    return Outlook(currency.code, found, past, score(then, actual))


def read(border: dt.date, currency: Currency) -> list[Cell]:
    """Everything before `border`, the first day of a month, at the rates of the day before it."""
    return [Cell(*row) for row in _fetch(CELLS, border, currency.rates)]


def members(
    cohort: dt.date, border: dt.date, currency: Currency, *, after: int = 0, limit: int
) -> list[Member]:
    """Who of those that began in the month is there the day before `border`, by id."""
    rows = _fetch(MEMBERS, border, currency.rates, cohort=cohort, after=after, limit=limit)
    return [Member(*row) for row in rows]


def _fetch(
    query: SQL, border: dt.date, rates: Rates | None, **params: Any
) -> list[tuple[Any, ...]]:
    whole: dict[str, Any] = {"border": border, **params}
    parts = {"amount": SQL("amount"), "after": SQL("mrr_after"), "rate": SQL("")}
    if rates is not None:
        parts = {
            "amount": SQL("amount * rate"),
            "after": SQL("sum(amount * rate) OVER upto"),
            "rate": RATE,
        }
        whole["currencies"] = list(rates.quotes)
        whole["rates"] = [rates.on(code, border - DAY) for code in rates.quotes]
    with connection.cursor() as cursor:
        cursor.execute(query.format(course=COURSE.format(**parts)), whole)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _past(border: dt.date, currency: Currency) -> list[Past]:
    """MRR at every full month's close since the first movement."""
    nets: dict[dt.date, list[tuple[str, Decimal]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(NETS, {"border": border})
        for month, code, amount in cursor.fetchall():
            nets[month].append((code, amount))
    found: list[Past] = []
    balances: dict[str, Decimal] = defaultdict(Decimal)
    month = min(nets, default=border)
    while month < border:
        after = advance(month, Grain.MONTH)
        for code, amount in nets.get(month, []):
            balances[code] += amount
        found.append(Past(Period(month, after), _worth(balances, after - DAY, currency.rates)))
        month = after
    return found


def _worth(balances: dict[str, Decimal], day: dt.date, rates: Rates | None) -> Decimal:
    if rates is None:
        return sum(balances.values(), NOTHING)
    return sum((amount * rates.on(code, day) for code, amount in balances.items()), NOTHING)
