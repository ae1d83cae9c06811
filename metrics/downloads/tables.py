"""Figures as tables, which customers.tables makes into files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from customers.tables import CONTENT_TYPES, CSV, XLSX, Cell, Table, as_csv, as_xlsx
from metrics.cohorts import Cohorts
from metrics.contributions.frame import names_of
from metrics.explanation import Contribution
from metrics.forecast.reading import Outlook
from metrics.series import Closed, Series
from metrics.units import Unit
from metrics.values import amount

__all__ = [
    "CONTENT_TYPES",
    "CSV",
    "XLSX",
    "Cell",
    "Table",
    "as_csv",
    "as_xlsx",
    "of_cohorts",
    "of_forecast",
    "of_forecast_cohorts",
    "of_forecast_score",
    "of_rows",
    "of_series",
]

CLOSED_COLUMNS = [
    "closed_at",
    "closed_value",
    "closed_numerator",
    "closed_denominator",
    "not_comparable",
]


def of_series(found: Series) -> Table:
    """A metric's values, one row for each period and segment; as the API gives them. A crossed
    segment takes two columns. Where months are closed, what values were then goes last."""
    parts = list(dict.fromkeys(name for value in found.values for name in value.parts))
    segments = ["segment", "second_segment"][: len(found.dimension.each)]
    columns = ["start", "end", "partial", *segments, "value", "low", "high"]
    columns += ["numerator", "denominator", "n", "reason", *parts]
    has_closed = any(value.closed for value in found.values)
    columns += CLOSED_COLUMNS if has_closed else []
    of = found.computation
    rows = (
        [
            value.period.start,
            value.period.end,
            value.period.is_partial,
            *(names_of(value.segment) if value.segment is not None else [None] * len(segments)),
            value.value,
            value.low,
            value.high,
            _number(value.numerator, of.numerator_unit),
            _number(value.denominator, of.denominator_unit or Unit.COUNT),
            value.n,
            value.reason,
            *(_number(value.parts.get(name), of.unit_of(name)) for name in parts),
            *(_closed(value.closed) if has_closed else []),
        ]
        for value in found.values
    )
    return Table(f"{found.metric.key}-{found.as_of}", columns, rows)


def _number(value: Decimal | None, unit: Unit) -> Cell:
    """As the API writes it; money with all its digits."""
    return value if unit is Unit.MONEY else amount(value, unit)


def _closed(closed: Closed | None) -> list[Cell]:
    """In the order of CLOSED_COLUMNS."""
    if closed is None:
        return [None] * len(CLOSED_COLUMNS)
    at = closed.at.isoformat()
    return [at, closed.value, closed.numerator, closed.denominator, closed.unlike or None]


def of_rows(name: str, rows: Iterable[Contribution]) -> Table:
    """The rows behind one number; what is said besides is one column, as name=value. A fact of no
    customer's has its label as the name."""
    columns = ["customer", "name", "contact", "numerator", "denominator", "parts"]
    return Table(
        name,
        columns,
        (
            [
                row.customer.external_id if row.customer else None,
                row.customer.name if row.customer else row.fact.label if row.fact else None,
                str(row.contact) if row.contact else None,
                row.numerator,
                row.denominator,
                "; ".join(f"{key}={part}" for key, part in row.parts.items()),
            ]
            for row in rows
        ),
    )


def of_cohorts(found: Cohorts, as_of: dt.date) -> Table:
    """One row for each cohort and close."""
    columns = ["cohort_start", "cohort_end", "size", "first_mrr", "number", "start", "end"]
    columns += ["partial", "customers", "share", "low", "high", "mrr", "mrr_share"]
    rows = (
        [
            cohort.period.start,
            cohort.period.end,
            cohort.size,
            cohort.mrr,
            cell.number,
            cell.period.start,
            cell.period.end,
            cell.period.is_partial,
            cell.customers,
            cell.share,
            cell.interval.low if cell.interval else None,
            cell.interval.high if cell.interval else None,
            cell.mrr,
            cell.mrr_share,
        ]
        for cohort in found.cohorts
        for cell in cohort.cells
    )
    return Table(f"cohorts-{found.grain}-{as_of}", columns, rows)


def of_forecast(found: Outlook) -> Table:
    """One row for each month: what MRR was, or is forecast to be."""
    columns = ["start", "end", "actual", "forecast", "low", "high", "kept", "new", "returned"]
    rows: list[list[Cell]] = [
        [one.period.start, one.period.end, one.mrr, *[None] * 6] for one in found.past
    ]
    rows += [
        [
            one.period.start,
            one.period.end,
            None,
            one.value,
            one.low,
            one.high,
            one.kept,
            one.new,
            one.returned,
        ]
        for one in found.forecast.months
    ]
    return Table(f"forecast-{found.forecast.as_of}", columns, rows)


def of_forecast_cohorts(found: Outlook) -> Table:
    """One row for each cohort: its model, and close by close what is kept and its MRR."""
    ahead = range(1, len(found.forecast.months) + 1)
    columns = ["cohort_start", "size", "customers", "mrr", "lived", "own_model", "a", "b"]
    columns += [f"kept_{number}" for number in ahead] + [f"mrr_{number}" for number in ahead]
    rows: list[list[Cell]] = [
        [
            one.cohort.month,
            one.cohort.size,
            one.cohort.customers,
            one.cohort.mrr,
            one.cohort.lived,
            one.retention.is_own,
            one.retention.model.a,
            one.retention.model.b,
            *one.kept,
            *one.expected,
        ]
        for one in found.forecast.cohorts
    ]
    return Table(f"forecast-cohorts-{found.forecast.as_of}", columns, rows)


def of_forecast_score(found: Outlook) -> Table:
    """One row for each month that was forecast a year before: what was said, and what was."""
    columns = ["start", "end", "forecast", "low", "high", "actual", "error", "held"]
    columns += ["unchanged", "unchanged_error"]
    rows = (
        [
            one.ahead.period.start,
            one.ahead.period.end,
            one.ahead.value,
            one.ahead.low,
            one.ahead.high,
            one.actual,
            one.error,
            one.is_held,
            found.score.then.mrr,
            one.unchanged_error,
        ]
        for one in found.score.months
    )
    return Table(f"forecast-score-{found.forecast.as_of}", columns, rows)
