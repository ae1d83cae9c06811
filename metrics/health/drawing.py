"""Where lines and bars of pictures lie; pure. The pictures are SVG without styles of their own.

health.js draws curves by the same numbers while they are changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metrics.health.curves import Curve

WIDTH, HEIGHT, MARGIN = 240, 96, 8
CHART_WIDTH, CHART_HEIGHT = 320, 110


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    measure: float
    points: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A curve from the left edge to the right: `line` and `area` are data of paths; `low` and
    `high` the measures at the margins."""

    line: str
    area: str
    dots: Sequence[Dot]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of a distribution, before and after. `y` and `height` are of the bar after, `mark`
    is the height at which the line before passes."""

    x: float
    width: float
    y: float
    height: float
    mark: float
    begins: int
    ends: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a bar that is all customers."""

    key: str
    x: float
    width: float
    count: int
    share: float


def drawn(curve: Curve, *others: Curve) -> Drawn:
    """On an axis long enough for the others, too."""
    measures = [one for each in (curve, *others) for one in each.measures]
    low, high = min(measures), max(measures)
    dots = [
        Dot(_x(measure, low, high), _y(points), measure, points)
        for measure, points in zip(curve.measures, curve.points, strict=True)
    ]
    course = [(0.0, dots[0].y), *((dot.x, dot.y) for dot in dots), (float(WIDTH), dots[-1].y)]
    line = "M" + "L".join(f"{x:g} {y:g}" for x, y in course)
    return Drawn(line, f"{line}V{HEIGHT}H0Z", dots, low, high)


def bars(before: Sequence[int], after: Sequence[int]) -> list[Bar]:
    """Distributions over equal steps from 0 to 100, both to one scale."""
    most = max([*before, *after, 1])
    step = CHART_WIDTH / max(len(after), 1)
    size = 100 // max(len(after), 1)
    found = []
    for number, (was, now) in enumerate(zip(before, after, strict=True)):
        height = round(CHART_HEIGHT * now / most, 1)
        found.append(
            Bar(
                x=round(number * step + 1, 1),
                width=round(step - 2, 1),
                y=round(CHART_HEIGHT - height, 1),
                height=height,
                mark=round(CHART_HEIGHT * (1 - was / most), 1),
                begins=number * size,
                ends=(number + 1) * size,
                before=was,
                after=now,
            )
        )
    return found


def outline(found: Sequence[Bar]) -> str:
    """The line of what was before, over the bars: a staircase."""
    if not found:
        return ""
    steps = [f"V{one.mark:g}H{one.x + one.width + 1:g}" for one in found]
    return f"M0 {CHART_HEIGHT}{''.join(steps)}V{CHART_HEIGHT}"


def stretches(counts: Sequence[tuple[str, int]]) -> list[Stretch]:
    """Of a bar as wide as 100, by count."""
    total = sum(count for _, count in counts) or 1
    found, x = [], 0.0
    for key, count in counts:
        width = 100 * count / total
        found.append(Stretch(key, round(x, 2), round(width, 2), count, count / total))
        x += width
    return found


def _x(measure: float, low: float, high: float) -> float:
    return round(MARGIN + (measure - low) / (high - low) * (WIDTH - 2 * MARGIN), 1)


def _y(points: float) -> float:
    return round(MARGIN + (1 - points / 100) * (HEIGHT - 2 * MARGIN), 1)
