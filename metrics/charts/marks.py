"""The levels that stand across a metric's chart: benchmarks and open goals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.formatting import format_day
from metrics.models import Benchmark, Goal
from metrics.periods import Grain
from metrics.series import Series


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled level across a chart; with `upper`, a range. `colour`: a custom property;
    `is_right`: its label stands at the right end."""

    label: str
    value: float
    upper: float | None
    colour: str
    is_right: bool = False


def marks_of(
    found: Series, grain: Grain, *, benchmarks: Iterable[Benchmark], goals: Iterable[Goal]
) -> list[Mark]:
    """Of the metric's benchmarks and goals, those of the total that are open and about such values
    as are drawn: of as long a period, in the same unit, not brought to another length."""
    if found.computation.scale is not None or found.unit is not found.metric.unit:
        return []
    marks = [
        Mark(_name(row), float(row.value), _number(row.upper), "var(--series-5)")
        for row in benchmarks
        if row.is_drawn and row.grain in ("", grain.value)
    ]
    return marks + [
        Mark(
            _("Goal by {day}").format(day=format_day(goal.due_on)),
            float(goal.target),
            None,
            "var(--series-2)",
            True,
        )
        for goal in goals
        if not goal.by and goal.grain == grain.value and goal.due_on >= found.as_of
    ]


def _name(row: Benchmark) -> str:
    return f"{row.label} ({row.source}{f' {row.year}' if row.year else ''})"


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
