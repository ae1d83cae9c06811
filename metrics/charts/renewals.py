"""How what was expected to renew and what came are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from metrics.charts.locales import date_format
from metrics.charts.specs import WORDS, Spec, data_of, finished
from metrics.renewals.listing import Month, certain
from metrics.renewals.outlook import Outlook, Said

LEGEND = [
    {"label": gettext_noop("Renewed"), "series": "new"},
    {"label": gettext_noop("Due and not renewed, or open"), "series": "passive"},
    {"label": gettext_noop("Expected, with its 95 % interval"), "series": "2"},
]


def drawn(said: Sequence[Said], ahead: Sequence[tuple[Month, Outlook | None]]) -> Spec:
    """By month: what was due, of it renewed, and what was expected with its interval."""
    points = [_point(str(one.month), one.due, one.came, one.outlook) for one in said] + [
        _point(
            str(month.start),
            float(month.of().mrr),
            float(certain(month.cells).mrr),
            outlook,
        )
        for month, outlook in ahead
    ]
    x = alt.X(
        "yearmonth(month):O",
        axis=alt.Axis(
            title=None,
            labelAngle=0,
            labelOverlap="greedy",
            labelBound=True,
            labelSeparation=14,
            format=date_format("yMMM", "%b %Y"),
            grid=False,
        ),
    )
    axis = alt.Axis(title=None, format="~s", labelExpr=WORDS)
    tooltip = [
        alt.Tooltip("yearmonth(month):T", title=_("Month"), format=date_format("yMMM", "%b %Y")),
        alt.Tooltip("due:Q", title=_("Due"), format=",.0f"),
        alt.Tooltip("came:Q", title=_("Renewed or agreed"), format=",.0f"),
        alt.Tooltip("value:Q", title=_("Expected"), format=",.0f"),
        alt.Tooltip("low:Q", title=_("from"), format=",.0f"),
        alt.Tooltip("high:Q", title=_("to"), format=",.0f"),
    ]
    base = alt.Chart(data_of(points))
    layers: list[Any] = [
        base.mark_bar(color="var(--series-passive)", opacity=0.35).encode(
            x=x, y=alt.Y("due:Q", axis=axis), tooltip=tooltip
        ),
        base.mark_bar(color="var(--series-new)", width={"band": 0.5}).encode(
            x=x, y=alt.Y("came:Q", axis=axis), tooltip=tooltip
        ),
        base.mark_rule(color="var(--series-2)", strokeWidth=2).encode(
            x=x, y=alt.Y("low:Q", axis=axis), y2="high:Q", tooltip=tooltip
        ),
        base.mark_point(color="var(--series-2)", filled=True, size=50).encode(
            x=x, y=alt.Y("value:Q", axis=axis), tooltip=tooltip
        ),
    ]
    return finished(alt.layer(*layers))


def _point(month: str, due: float, came: float, outlook: Outlook | None) -> dict[str, Any]:
    found: dict[str, Any] = {"month": month, "due": due, "came": came}
    if outlook is not None:
        found |= {"value": outlook.value, "low": outlook.low, "high": outlook.high}
    return found
