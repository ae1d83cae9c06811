"""The levels that stand across a metric's chart: benchmarks and open goals."""

from __future__ import annotations

from dataclasses import dataclass

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


def marks_of(found: Series, grain: Grain) -> list[Mark]:
    """The benchmarks and open goals of the total that are about such values as are drawn: of as
    long a period, in the same unit, not brought to another length. Two queries."""
    if found.computation.scale is not None or found.unit is not found.metric.unit:
        return []
    key = found.metric.key
    marks = [
        Mark(_name(row), float(row.value), _number(row.upper), "var(--series-5)")
        for row in Benchmark.objects.filter(metric=key, is_drawn=True, grain__in=["", grain.value])
    ]
    goals = Goal.objects.filter(metric=key, by="", grain=grain.value, due_on__gte=found.as_of)
    return marks + [
        Mark(f"Goal by {goal.due_on:%d %b %Y}", float(goal.target), None, "var(--series-2)", True)
        for goal in goals
    ]


def _name(row: Benchmark) -> str:
    return f"{row.label} ({row.source}{f' {row.year}' if row.year else ''})"


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
