"""The levels that stand across a metric's chart: benchmarks and open goals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.formatting import format_day
from accounts.notations import current
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
        Mark(
            _("Goal by {day}").format(day=_day(goal.due_on)),
            float(goal.target),
            None,
            "var(--series-2)",
            True,
        )
        for goal in goals
    ]


def _day(day: dt.date) -> str:
    return format_day(day) if current().locale else f"{day:%d %b %Y}"


def _name(row: Benchmark) -> str:
    return f"{row.label} ({row.source}{f' {row.year}' if row.year else ''})"


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
