"""Setting goals and benchmarks, with a trace."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.models import User
from metrics import dimensions
from metrics.definition import Direction
from metrics.dimensions import UnknownSegmentError
from metrics.models import Benchmark, Goal
from metrics.registry import UnknownMetricError, metric

Row = TypeVar("Row", Goal, Benchmark)

GOAL_FIELDS = (
    *("metric", "by", "segment", "grain", "sense", "target", "begins_on", "due_on", "note"),
)
BENCHMARK_FIELDS = (
    *("metric", "label", "value", "upper", "grain", "source", "year", "note", "is_drawn"),
)
LONGEST_DAYS = 3660
EARLIEST = dt.date(1990, 1, 1)
LATEST = dt.date(2200, 1, 1)
MOST = 500


@transaction.atomic
def save_goal(
    *, values: dict[str, Any], by: User | None, actor_label: str = "", goal: Goal | None = None
) -> Goal:
    """A new goal, or `goal` with other values; absent ones are kept. `sense` is by default what
    is good for the metric. Raises ValidationError by field."""
    found = goal or Goal()
    _known(values, GOAL_FIELDS)
    of = _metric(values.get("metric", found.metric))
    if not found.sense and not values.get("sense"):
        is_low = of.direction is Direction.LOWER
        found.sense = Goal.Sense.AT_MOST if is_low else Goal.Sense.AT_LEAST
    before = _assign(found, {k: v for k, v in values.items() if k != "sense" or v}, GOAL_FIELDS)
    found.full_clean(validate_constraints=False, validate_unique=False)
    _check_goal(found)
    return _stored(found, before, GOAL_FIELDS, by=by, actor_label=actor_label)


def _check_goal(goal: Goal) -> None:
    if goal.begins_on >= goal.due_on:
        raise ValidationError({"due_on": _("The date must lie after the day the goal begins.")})
    if goal.begins_on < EARLIEST or goal.due_on > LATEST:
        words = _("Dates must lie between {first} and {last}.")
        raise ValidationError({"due_on": words.format(first=EARLIEST, last=LATEST)})
    if (goal.due_on - goal.begins_on).days > LONGEST_DAYS:
        raise ValidationError({"due_on": _("A goal can be at most ten years after it begins.")})
    if bool(goal.by) != bool(goal.segment):
        raise ValidationError(
            {"segment": _("A goal for a segment needs both: what it is split by, and the segment.")}
        )
    try:
        split = dimensions.dimension(goal.by, metric(goal.metric))
    except UnknownSegmentError as error:
        raise ValidationError({"by": str(error)}) from None
    if split.sides:
        words = _("A goal is of one split's segment, not of {by}.")
        raise ValidationError({"by": words.format(by=goal.by)})
    same = Goal.objects.filter(
        metric=goal.metric,
        by=goal.by,
        segment=goal.segment,
        grain=goal.grain,
        due_on=goal.due_on,
    )
    if same.exclude(pk=goal.pk).exists():
        raise ValidationError({"due_on": _("There is a goal for that metric, segment and date.")})


@transaction.atomic
def save_benchmark(
    *,
    values: dict[str, Any],
    by: User | None,
    actor_label: str = "",
    benchmark: Benchmark | None = None,
) -> Benchmark:
    """A new benchmark, or `benchmark` with other values. Raises ValidationError by field."""
    found = benchmark or Benchmark()
    _known(values, BENCHMARK_FIELDS)
    _metric(values.get("metric", found.metric))
    before = _assign(found, values, BENCHMARK_FIELDS)
    if found.pk and any(before[name] != getattr(found, name) for name in before):
        found.changed_at = timezone.now()
    found.full_clean(validate_constraints=False, validate_unique=False)
    if found.upper is not None and found.upper < found.value:
        raise ValidationError({"upper": _("The upper end must not be under the value.")})
    if found.year is not None and not 1900 <= found.year <= 2999:
        raise ValidationError({"year": _("A year has four digits.")})
    return _stored(found, before, BENCHMARK_FIELDS, by=by, actor_label=actor_label)


@transaction.atomic
def remove(*, row: Goal | Benchmark, by: User | None, actor_label: str = "") -> None:
    audit.record(by=by, actor_label=actor_label, action=f"{_noun(row)}.removed", subject=row)
    row.delete()


def _noun(row: Goal | Benchmark) -> str:
    return "goal" if isinstance(row, Goal) else "benchmark"


def _known(values: dict[str, Any], fields: tuple[str, ...]) -> None:
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise ValidationError(
            {unknown[0][:100]: f"There is no such member; only {', '.join(fields)}."}
        )


def _metric(key: str) -> Any:
    try:
        return metric(key)
    except UnknownMetricError as error:
        raise ValidationError({"metric": str(error)}) from None


def _assign(row: Goal | Benchmark, values: dict[str, Any], fields: tuple[str, ...]) -> Any:
    """Set the values given; what the fields were before."""
    before = {name: getattr(row, name) for name in fields}
    for name in fields:
        if name in values:
            setattr(row, name, values[name])
    return before


def _stored(
    row: Row, before: dict[str, Any], fields: tuple[str, ...], *, by: User | None, actor_label: str
) -> Row:
    is_new = row.pk is None
    if is_new and type(row).objects.count() >= MOST:
        words = _("There can be at most {count}; remove some first.")
        raise ValidationError({"metric": words.format(count=MOST)})
    after = {name: getattr(row, name) for name in fields}
    changes = audit.changes(before, after, is_new=is_new)
    if not changes:
        return row
    row.save()
    row.refresh_from_db()
    audit.record(
        by=by,
        actor_label=actor_label,
        action=f"{_noun(row)}.{'set' if is_new else 'changed'}",
        subject=row,
        detail={"changes": changes},
    )
    return row
