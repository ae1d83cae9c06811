"""The charts of a health model's record: who left by band, and by score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
from django.utils.translation import gettext as _

from metrics.charts.specs import Spec, data_of, finished, share_words
from metrics.words import said

Named = tuple[str, dict[str, Any]]
"""A version's name and its record at a horizon (metrics.health.telling)."""

COLOURS = ("var(--series-1)", "var(--series-2)")


def by_band(versions: Sequence[Named]) -> Spec:
    """A bar for each band and version, with the interval of its rate."""
    rows = [
        {
            "band": said(one["band"].capitalize()),
            "version": name,
            **{key: one[key] for key in ("rate", "low", "high", "n", "left")},
        }
        for name, record in versions
        for one in record["bands"]
        if one["n"]
    ]
    x = alt.X(
        "band:O", sort=[_("Green"), _("Amber"), _("Red")], axis=alt.Axis(labelAngle=0, title=None)
    )
    base = alt.Chart(data_of(rows)).encode(x=x, tooltip=_tooltip("band:N", _("Band")))
    if len(versions) > 1:
        base = base.encode(xOffset=alt.XOffset("version:N", sort=[name for name, _ in versions]))
    bars = base.mark_bar(opacity=0.75).encode(y=_rate("rate"), color=_colour(versions))
    reach = base.mark_rule(color="var(--text)", strokeWidth=1.5).encode(y=_rate("low"), y2="high:Q")
    return finished(alt.layer(bars, reach))


def by_score(versions: Sequence[Named]) -> Spec:
    """A point for each tenth of the rows, at its mean score, with the interval of its rate."""
    rows = [
        {
            "version": name,
            "mean": one["mean"],
            "scores": _("{low} to {high}").format(
                low=f"{one['from_score']:.0f}", high=f"{one['to_score']:.0f}"
            ),
            **{key: one[key] for key in ("rate", "low", "high", "n", "left")},
        }
        for name, record in versions
        for one in record["calibration"]
    ]
    axis = alt.Axis(title=None, format="~f", tickCount=5)
    x = alt.X("mean:Q", axis=axis, scale=alt.Scale(zero=False, nice=True))
    base = alt.Chart(data_of(rows)).encode(
        x=x, color=_colour(versions), tooltip=_tooltip("scores:N", _("Scores"))
    )
    line = base.mark_line(strokeWidth=2).encode(y=_rate("rate"))
    points = base.mark_point(filled=True, size=45, opacity=1).encode(y=_rate("rate"))
    reach = base.mark_rule(opacity=0.45, strokeWidth=1.5).encode(y=_rate("low"), y2="high:Q")
    return finished(alt.layer(reach, line, points))


def _rate(field: str) -> alt.Y:
    axis = alt.Axis(format=".0%", title=None, labelExpr=share_words())
    return alt.Y(f"{field}:Q", axis=axis, scale=alt.Scale(zero=True, nice=True))


def _colour(versions: Sequence[Named]) -> alt.Color:
    names = [name for name, _ in versions]
    scale = alt.Scale(domain=names, range=list(COLOURS[: len(names)]))
    return alt.Color("version:N", scale=scale, legend=None)


def _tooltip(field: str, title: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("version:N", title=_("Version")),
        alt.Tooltip(field, title=title),
        alt.Tooltip("rate:Q", title=_("Left"), format=".1%"),
        alt.Tooltip("low:Q", title=_("Low"), format=".1%"),
        alt.Tooltip("high:Q", title=_("High"), format=".1%"),
        alt.Tooltip("n:Q", title=_("Rows"), format=",d"),
    ]
