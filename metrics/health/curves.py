"""From a measure to points: 0 (bad) to 100 (good), straight between the points of a curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from metrics.definition import Direction

MOST_POINTS = 12
Floats = NDArray[np.float64]


class CurveError(ValueError):
    """What is wrong with a curve, in words for whoever drew it."""


@dataclass(frozen=True, slots=True)
class Curve:
    """`measures` rise; `points` are 0 to 100 at each. Outside of them the first or last holds."""

    measures: tuple[float, ...]
    points: tuple[float, ...]

    def at(self, measures: Floats) -> Floats:
        """Points of measures, of any shape; NaN (not measured) stays so."""
        return np.interp(measures, self.measures, self.points)

    def pairs(self) -> list[list[float]]:
        return [list(pair) for pair in zip(self.measures, self.points, strict=True)]


def curve(*pairs: tuple[float, float]) -> Curve:
    """Of (measure, points)."""
    return Curve(tuple(float(x) for x, _y in pairs), tuple(float(y) for _x, y in pairs))


def checked(pairs: Sequence[object], direction: Direction) -> Curve:
    """The curve that `pairs` draw. Raises CurveError where they draw none, or one against what is
    good of the measure."""
    if not 2 <= len(pairs) <= MOST_POINTS:
        raise CurveError(
            _("A curve has 2 to {most_points} points; got {pairs}.").format(
                most_points=MOST_POINTS, pairs=len(pairs)
            )
        )
    found = [_pair(pair) for pair in pairs]
    for (x, _y), (later, _later) in pairwise(found):
        if later <= x:
            raise CurveError(
                _("Measures must rise from point to point; {later} follows {earlier}.").format(
                    later=f"{later:g}", earlier=f"{x:g}"
                )
            )
    for _x, y in found:
        if not 0 <= y <= 100:
            raise CurveError(_("Points go from 0 to 100; got {points}.").format(points=f"{y:g}"))
    heights = [y for _x, y in found]
    if len(set(heights)) == 1:
        raise CurveError(_("A flat curve tells no customers apart: leave the signal out instead."))
    steps = [later - y for y, later in pairwise(heights)]
    if direction is Direction.HIGHER and min(steps) < 0:
        raise CurveError(
            _("The curve is inverted: more of this is better, so points must not fall.")
        )
    if direction is Direction.LOWER and max(steps) > 0:
        raise CurveError(
            _("The curve is inverted: less of this is better, so points must not rise.")
        )
    return curve(*found)


def _pair(pair: object) -> tuple[float, float]:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise CurveError(_("Each point of a curve is a measure and its points: [30, 50]."))
    numbers = [one for one in pair if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(numbers) != 2 or not all(map(math.isfinite, numbers)):
        raise CurveError(
            _("Each point of a curve is two numbers; got {given}.").format(given=repr(pair))
        )
    return float(numbers[0]), float(numbers[1])
