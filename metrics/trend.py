"""Where a straight line through the last values leads. Pure: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from django.utils.translation import gettext_noop

PERIODS = 6
FEWEST = 3
CONFIDENCE = 0.95
METHOD = gettext_noop(
    "least squares through the last 6 full periods, with the 95 % prediction interval of a single"
    " period"
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the line gives so many periods ahead, and between what 95 % of such periods lie."""

    value: float
    low: float
    high: float
    n: int


def outlook(
    values: Sequence[float | None],
    ahead: int,
    *,
    lowest: float | None = None,
    highest: float | None = None,
) -> Outlook | None:
    """The least squares line through `values` (one a period, None: no value), `ahead` periods
    after the last, cut to where the metric can be. None with fewer than three values.

    Prediction interval of one new observation: Draper and Smith, "Applied Regression Analysis",
    1.4, with Student's t of n - 2 degrees of freedom.
    """
    points = [(float(place), value) for place, value in enumerate(values) if value is not None]
    n = len(points)
    if n < FEWEST:
        return None
    mean_x = sum(x for x, _ in points) / n
    mean_y = sum(y for _, y in points) / n
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    residuals = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    at = len(values) - 1 + ahead
    value = mean_y + slope * (at - mean_x)
    error = sqrt(residuals / (n - 2) * (1 + 1 / n + (at - mean_x) ** 2 / spread))
    from scipy.special import stdtrit  # scipy takes a moment to load, and memory

    reach = float(stdtrit(n - 2, (1 + CONFIDENCE) / 2)) * error

    def cut(number: float) -> float:
        if lowest is not None:
            number = max(number, lowest)
        return number if highest is None else min(number, highest)

    return Outlook(cut(value), cut(value - reach), cut(value + reach), n)
