"""The chart of a customer's score over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from metrics.models import HealthScore


def points_of(spans: Sequence[HealthScore], today: dt.date) -> list[dict[str, Any]]:
    """Where the line begins and ends, span by span; spans that do not adjoin are parts of their
    own, numbered."""
    points: list[dict[str, Any]] = []
    part, ended = 0, None
    for span in spans:
        if ended is not None and span.starts_on != ended:
            part += 1
        ended = span.ends_on
        until = span.ends_on or today
        said = {"score": span.score, "band": span.get_band_display(), "part": part}
        points += [{"day": str(day), **said} for day in (span.starts_on, until)]
    return points


def history(
    spans: Sequence[HealthScore], *, today: dt.date, green_from: float, amber_from: float
) -> dict[str, Any]:
    """The score as steps, on the grounds of the bands."""
    from metrics.charts.scores import scores  # Altair takes a second to import

    return scores(points_of(spans, today), green_from=green_from, amber_from=amber_from)
