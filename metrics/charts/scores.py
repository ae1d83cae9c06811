"""How the chart of a score over time is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import altair as alt
from django.utils.translation import gettext as _

from metrics.charts.keeping import drawn_once
from metrics.charts.locales import date_format
from metrics.charts.specs import Spec, data_of, finished

POINTS = "scores"
MONTHS_FROM = 100
"""Days that are longer than this are named by month alone."""


def scores(points: Sequence[dict[str, Any]], *, green_from: float, amber_from: float) -> Spec:
    """A score of 0 to 100 by day, as steps, on the grounds of its bands.

    A point: `day`, `score`, `band` (a word), `part` (points of another are not joined).
    """
    days = [date.fromisoformat(point["day"]) for point in points]
    is_long = (max(days) - min(days)).days > MONTHS_FROM
    spec = _steps(
        is_long=is_long, is_one=min(days) == max(days), green_from=green_from, amber_from=amber_from
    )
    spec["datasets"][POINTS] = list(points)
    return spec


@drawn_once
def _steps(*, is_long: bool, is_one: bool, green_from: float, amber_from: float) -> Spec:
    """The chart without its points, which is the same for all customers. A single day is a dot:
    a line through one point is nothing."""
    day = date_format("yMMMd", "%-d %b %Y")
    x = alt.X(
        "utcyearmonthdate(day):T",
        axis=alt.Axis(
            title=None,
            format=date_format("yMMM", "%b %Y") if is_long else day,
            tickCount="month" if is_long else 6,
            labelOverlap="greedy",
            labelSeparation=12,
            grid=False,
        ),
    )
    axis = alt.Axis(title=None, values=[0, 25, 50, 75, 100])
    scale = alt.Scale(domain=[0, 100])
    grounds = [
        {"low": 0, "high": amber_from, "colour": "red"},
        {"low": amber_from, "high": green_from, "colour": "amber"},
        {"low": green_from, "high": 100, "colour": "green"},
    ]
    layers: list[alt.Chart] = [
        alt.Chart(data_of([ground]))
        .mark_rect(color=f"var(--band-{ground['colour']})", opacity=0.14)
        .encode(y=alt.Y("low:Q", axis=axis, scale=scale), y2="high:Q")
        for ground in grounds
    ]
    line = (
        alt.Chart(alt.NamedData(POINTS))
        .mark_line(
            color="var(--series-1)",
            strokeWidth=2,
            interpolate="step-after",
            point=alt.OverlayMarkDef(color="var(--series-1)", size=30) if is_one else False,
        )
        .encode(
            x=x,
            y=alt.Y("score:Q", axis=axis, scale=scale),
            detail="part:N",
            tooltip=[
                alt.Tooltip("utcyearmonthdate(day):T", title=_("Day"), format=day),
                alt.Tooltip("score:Q", title=_("Score"), format=".0f"),
                alt.Tooltip("band:N", title=_("Band")),
            ],
        )
    )
    return finished(alt.layer(*layers, line))
