"""How a customer's use over time is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from metrics.charts.locales import date_format
from metrics.charts.specs import Spec, data_of, finished
from metrics.customer_use import UseDay

LEGEND = [
    {"label": gettext_noop("Sessions"), "series": "3"},
    {"label": gettext_noop("People"), "series": "1"},
]


def use(days: Sequence[UseDay]) -> Spec:
    """Sessions as bars, people as a line, by day."""
    points = [{"day": str(one.day), "people": one.people, "sessions": one.sessions} for one in days]
    x = alt.X(
        "utcyearmonthdate(day):T",
        axis=alt.Axis(
            title=None,
            format=date_format("MMMd", "%-d %b"),
            tickCount=6,
            labelOverlap="greedy",
            labelSeparation=12,
            grid=False,
        ),
    )
    middle = alt.X("utcyearmonthdate(day):T", bandPosition=0.5)
    axis = alt.Axis(title=None, tickMinStep=1)
    tooltip = [
        alt.Tooltip(
            "utcyearmonthdate(day):T", title=_("Day"), format=date_format("yMMMd", "%-d %b %Y")
        ),
        alt.Tooltip("sessions:Q", title=_("Sessions")),
        alt.Tooltip("people:Q", title=_("People")),
    ]
    base = alt.Chart(data_of(points))
    bars = base.mark_bar(color="var(--series-3)", opacity=0.55).encode(
        x=x, y=alt.Y("sessions:Q", axis=axis), tooltip=tooltip
    )
    line = base.mark_line(color="var(--series-1)", strokeWidth=2).encode(
        x=middle, y=alt.Y("people:Q", axis=axis), tooltip=tooltip
    )
    return finished(alt.layer(bars, line))
