"""Values of a metric, as short as tests want them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from metrics.contributions.frame import WHOLE, Dimension, Frame, Split
from metrics.contributions.rows import Cursor, Row
from metrics.explanation import explain
from metrics.periods import Grain, Period, periods
from metrics.registry import metric
from metrics.series import Value
from metrics.values import series
from tenants.models import Company

JANUARY = (date(2026, 1, 1), date(2026, 2, 1))
AS_OF = date(2026, 6, 1)


def by(name: str, split: Split = Split.OWN) -> Dimension:
    return Dimension(split, name)


def of(
    company: Company,
    key: str,
    dimension: Dimension = WHOLE,
    *,
    as_of: date = AS_OF,
    **options: str,
) -> dict[str | None, Value]:
    """January's values by segment."""
    made = series(
        metric(key),
        periods(*JANUARY, Grain.MONTH, as_of=as_of),
        company=company,
        as_of=as_of,
        dimension=dimension,
        options=options,
    )
    return {value.segment: value for value in made.values}


def words(company: Company, key: str, **options: str) -> str:
    (january,) = periods(*JANUARY, Grain.MONTH, as_of=AS_OF)
    return explain(metric(key), january, company=company, as_of=AS_OF, options=options).words


def all_rows(
    company: Company,
    key: str,
    period: Period,
    dimension: Dimension,
    segment: str | None,
    *,
    as_of: date,
    limit: int,
    options: dict[str, str],
) -> list[Row]:
    """Every row of a cell, page by page."""
    one = metric(key)
    measure = one.compute(one.choose(options)).measure
    frame = Frame([period], dimension, company.timezone, as_of)
    rows: list[Row] = []
    cursor: Cursor | None = Cursor()
    while cursor is not None:
        page = measure.rows(frame, segment, cursor, limit)
        assert len(page.rows) <= limit
        rows += page.rows
        cursor = page.next_cursor
    return rows


def total(rows: list[Row]) -> tuple[Decimal, Decimal]:
    nothing = Decimal(0)
    return (
        sum((row.numerator for row in rows), nothing),
        sum((row.denominator or nothing for row in rows), nothing),
    )
