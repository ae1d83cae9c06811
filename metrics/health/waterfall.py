"""The working of a score as pages and the API lay it out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.formatting import format_number
from metrics.health.explaining import Between, Explained, Line, Moved
from metrics.health.signals.signal import unit_name

NARROW = 0.05
"""Less than what is written as 0.1 points is no loss worth naming."""
MOST_NAMED = 3


def places_of(measure: float) -> int:
    """How many decimals tell enough of a measure."""
    return 0 if abs(measure) >= 100 or measure == int(measure) else 1


@dataclass(frozen=True, slots=True)
class Step:
    """A signal's step of the waterfall. `weight`: of what counts here, in points of the score (it
    contributes that much at 100 points); 0 where it is left out. `begins`: what the signals before
    it contributed."""

    line: Line
    weight: float
    begins: float

    @property
    def lost(self) -> float:
        """What it contributes less than it could."""
        return max(self.weight - self.line.contribution, 0.0)

    @property
    def is_left_out(self) -> bool:
        return self.line.points is None

    @property
    def unit(self) -> str:
        measure = self.line.measure
        return "" if measure is None else unit_name(self.line.signal.unit, measure)

    @property
    def places(self) -> int:
        return 0 if self.line.measure is None else places_of(self.line.measure)

    @property
    def bar(self) -> dict[str, str]:
        """Where it is drawn on a scale of 0 to 100, as attributes of SVG."""
        return {
            "begins": f"{self.begins:.2f}",
            "contribution": f"{self.line.contribution:.2f}",
            "lost_from": f"{self.begins + self.line.contribution:.2f}",
            "lost": f"{self.lost:.2f}",
        }


def steps_of(found: Explained) -> list[Step]:
    """In the model's order; their weights add up to 100 wherever anything counts."""
    counted = sum(line.share for line in found.lines if line.points is not None)
    steps: list[Step] = []
    begins = 0.0
    for line in found.lines:
        weight = 100 * line.share / counted if line.points is not None and counted else 0.0
        steps.append(Step(line, weight, begins))
        begins += line.contribution
    return steps


def costliest(steps: Sequence[Step]) -> list[Step]:
    """Those that cost the score most."""
    lost = sorted(steps, key=lambda step: -step.lost)
    return [step for step in lost[:MOST_NAMED] if step.lost >= NARROW]


@dataclass(frozen=True, slots=True)
class Shift:
    """What a signal moved, with its two lines (None: that version does not weigh it). `reach`: the
    largest shift of all, which is drawn to the edge."""

    moved: Moved
    before: Line | None
    after: Line | None
    reach: float

    @property
    def total(self) -> float:
        return self.moved.behaviour + self.moved.model

    @property
    def was(self) -> str:
        return _measured(self.before)

    @property
    def now(self) -> str:
        return _measured(self.after)

    @property
    def bars(self) -> list[dict[str, str]]:
        """From the middle (50) out, on a scale of 0 to 100: behaviour and model."""
        found = []
        for name, points in (("behaviour", self.moved.behaviour), ("model", self.moved.model)):
            width = 50 * abs(points) / self.reach
            begins = 50 - width if points < 0 else 50.0
            found.append({"name": name, "begins": f"{begins:.2f}", "width": f"{width:.2f}"})
        return found


def _measured(line: Line | None) -> str:
    if line is None:
        return _("not weighed")
    if line.measure is None:
        return _("not measured")
    said = format_number(line.measure, places_of(line.measure))
    return f"{said} {unit_name(line.signal.unit, line.measure)}".strip()


def shifts_of(found: Between) -> list[Shift]:
    """What moved anything, the most first."""
    before = {line.signal.key: line for line in found.earlier.lines}
    after = {line.signal.key: line for line in found.later.lines}
    moved = [one for one in found.moved if max(abs(one.behaviour), abs(one.model)) >= NARROW]
    reach = max((max(abs(one.behaviour), abs(one.model)) for one in moved), default=1.0)
    shifts = [
        Shift(one, before.get(one.signal.key), after.get(one.signal.key), reach) for one in moved
    ]
    return sorted(shifts, key=lambda one: -abs(one.total))
