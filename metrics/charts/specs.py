"""The charts. Each takes values and gives a Vega-Lite spec as a dict; the page adds the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
from django.utils.translation import gettext as _

from accounts.formatting import format_day, format_month, format_period
from accounts.notations import current
from metrics.charts.keeping import drawn_once
from metrics.charts.locales import locale_config
from metrics.charts.marks import Mark
from metrics.charts.notes import ChartNote, markers
from metrics.charts.notes import label_of as label_of_marker
from metrics.contributions.flows import LOSSES, MRR_PARTS
from metrics.periods import Grain, Period, advance
from metrics.series import Value
from metrics.units import Unit
from metrics.words import said

Spec = dict[str, Any]

HEIGHT = 260
MOST_LINES = 6
NUMBER_RADIUS = 9
"""Pixels, of the disc that an annotation's number stands on."""
LABEL_HEIGHT = 14
"""Pixels, of the label of a benchmark or goal that stands above its line, which may be the top."""
NOTES_HEIGHT = 2 * NUMBER_RADIUS + LABEL_HEIGHT
HALO: dict[str, Any] = {"color": "var(--surface)", "stroke": "var(--surface)", "strokeWidth": 4}
"""Under a label, so that it can be read over lines."""
FORMATS = {
    Unit.MONEY: "~s",
    Unit.SHARE: ".1~%",
    Unit.COUNT: "~s",
    Unit.SCORE: "~f",
    Unit.RATIO: "~f",
    Unit.SECONDS: "~f",
    Unit.HOURS: "~f",
    Unit.DAYS: "~f",
    Unit.MONTHS: "~f",
}
WORDS = "datum.value === 0 ? '0' : datum.label"
"""Of an axis: a format with prefixes writes "0k"."""
TOOLTIP_FORMATS = {
    Unit.MONEY: ",.2f",
    Unit.SHARE: ".2%",
    Unit.COUNT: ",d",
    Unit.SCORE: ".1f",
    Unit.RATIO: ".2f",
    Unit.SECONDS: ",.0f",
    Unit.HOURS: ",.1f",
    Unit.DAYS: ",.1f",
    Unit.MONTHS: ",.1f",
}


def label_of(period: Period, grain: Grain) -> str:
    """A period's short name on an axis."""
    start = period.start
    match grain:
        case Grain.YEAR:
            return f"{start.year}"
        case Grain.QUARTER:
            return format_period(start, advance(start, grain))
        case Grain.MONTH:
            return format_month(start)
    return format_day(start)


def _x(order: Sequence[str]) -> alt.X:
    """The periods in their order, which layers with data of their own have to share."""
    # The last label would stand out of the picture.
    axis = alt.Axis(
        labelAngle=0, labelOverlap="greedy", labelBound=True, labelSeparation=8, title=None
    )
    return alt.X("period:O", sort=list(order), scale=alt.Scale(domain=list(order)), axis=axis)


def _order(periods: Sequence[Period], grain: Grain) -> list[str]:
    return [label_of(period, grain) for period in periods]


def _y(field: str, unit: Unit, *, zero: bool) -> alt.Y:
    words = share_words() if unit is Unit.SHARE else WORDS
    axis = alt.Axis(format=FORMATS[unit], title=None, labelExpr=words)
    return alt.Y(f"{field}:Q", axis=axis, scale=alt.Scale(zero=zero, nice=True))


def share_words() -> str:
    """WORDS of shares; in the portal's own notation "%" stands apart from its number."""
    apart = "replace(datum.label, '%', '\u00a0%')"
    return WORDS if current().locale else WORDS.replace("datum.label", apart)


def finished(chart: alt.TopLevelMixin, *, has_notes: bool = False) -> Spec:
    """As the page draws it, as high with the numbers of annotations above it as without."""
    height = HEIGHT - NOTES_HEIGHT if has_notes else HEIGHT
    spec: Spec = chart.to_dict() | {"width": "container", "height": height}
    # The page's own look; Altair's default config says otherwise.
    spec.pop("config", None)
    config = locale_config()
    return spec | {"config": config} if config else spec


def data_of(rows: list[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=rows)


def _marks(marks: Sequence[Mark], unit: Unit, *, zero: bool) -> list[alt.Chart]:
    """The layers that draw `marks`. Their labels stand at an end: the lowest one's below its line,
    the others' above, so that two do not meet."""
    layers: list[alt.Chart] = []
    lowest = min((mark.value for mark in marks), default=None) if len(marks) > 1 else None
    for mark in marks:
        row = {"value": mark.value, "upper": mark.upper, "label": mark.label}
        base = alt.Chart(data_of([row]))
        y = _y("value", unit, zero=zero)
        if mark.upper is not None:
            layers.append(base.mark_rect(color=mark.colour, opacity=0.15).encode(y=y, y2="upper:Q"))
        else:
            layers.append(
                base.mark_rule(color=mark.colour, strokeDash=[5, 4], strokeWidth=1.5).encode(y=y)
            )
        is_below = mark.value == lowest
        style: dict[str, Any] = {
            "align": "right" if mark.is_right else "left",
            "baseline": "top" if is_below else "bottom",
            "dx": -4 if mark.is_right else 4,
            "dy": 4 if is_below else -3,
            "fontSize": 11,
            "limit": alt.ExprRef("width - 8"),
        }
        words = base.encode(
            x=alt.value("width" if mark.is_right else 0),
            y=y,
            text="label:N",
            tooltip=alt.Tooltip("label:N", title=_("Goal or benchmark")),
        )
        layers.append(words.mark_text(**style, **HALO))
        layers.append(words.mark_text(**style, color=mark.colour))
    return layers


def _notes(notes: Sequence[ChartNote], periods: Sequence[Period], grain: Grain) -> list[alt.Chart]:
    """The layers that draw annotations: a line at each one's period, and above it its number."""
    layers: list[alt.Chart] = []
    order = _order(periods, grain)
    for marker in markers(notes, len(periods)):
        rows = [{"period": order[place]} for place in sorted({note.place for note in marker})]
        lines = alt.Chart(data_of(rows)).encode(x=_x(order))
        layers.append(lines.mark_rule(color="var(--series-6)", strokeDash=[2, 3], strokeWidth=1.5))
        row = {"period": order[marker[0].place], "label": label_of_marker(marker)}
        row |= {f"text{note.number}": note.text for note in marker}
        number = alt.Chart(data_of([row])).encode(
            x=_x(order),
            y=alt.value(NUMBER_RADIUS - NOTES_HEIGHT),
            tooltip=[
                alt.Tooltip(f"text{note.number}:N", title=f"{note.number}, {format_day(note.day)}")
                for note in marker
            ],
        )
        size = (2 * NUMBER_RADIUS) ** 2 * (2 if len(marker) > 1 else 1)
        disc = number.mark_point(color="var(--series-6)", filled=True, size=size, opacity=1)
        words = number.mark_text(fontSize=11, fontWeight="bold", color="var(--surface)")
        layers += [disc, words.encode(text="label:N")]
    return layers


def _as_closed(values: Sequence[Value], *, grain: Grain, unit: Unit, zero: bool) -> list[alt.Chart]:
    """What values of closed months were then, where they are others now."""
    rows = [
        {
            "period": label_of(value.period, grain),
            "closed": _number(value.closed.value),
            "at": format_day(value.closed.at),
        }
        for value in values
        if value.closed is not None and value.closed.is_other and value.closed.value is not None
    ]
    if not rows:
        return []
    order = _order([value.period for value in values], grain)
    base = alt.Chart(data_of(rows)).encode(x=_x(order))
    point = base.mark_point(color="var(--series-2)", shape="diamond", size=80, strokeWidth=2)
    tooltip = [
        alt.Tooltip("period:N", title=_("Period")),
        alt.Tooltip("closed:Q", title=_("As closed"), format=TOOLTIP_FORMATS[unit]),
        alt.Tooltip("at:N", title=_("Closed on")),
    ]
    return [point.encode(y=_y("closed", unit, zero=zero), tooltip=tooltip)]


@drawn_once
def course(
    values: Sequence[Value],
    *,
    grain: Grain,
    unit: Unit,
    name: str,
    marks: Sequence[Mark] = (),
    notes: Sequence[ChartNote] = (),
) -> Spec:
    """One line with the band of its intervals; a gap where there is no value; beside it what was
    closed with another value."""
    rows = [
        {
            "period": label_of(value.period, grain),
            "value": _number(value.value),
            "low": _number(value.low),
            "high": _number(value.high),
        }
        for value in values
    ]
    tooltip = [
        alt.Tooltip("period:N", title=_("Period")),
        alt.Tooltip("value:Q", title=name, format=TOOLTIP_FORMATS[unit]),
    ]
    has_band = any(row["low"] is not None for row in rows)
    if has_band:
        tooltip += [
            alt.Tooltip("low:Q", title=_("Low"), format=TOOLTIP_FORMATS[unit]),
            alt.Tooltip("high:Q", title=_("High"), format=TOOLTIP_FORMATS[unit]),
        ]
    order = _order([value.period for value in values], grain)
    base = alt.Chart(data_of(rows)).encode(x=_x(order))
    zero = unit in (Unit.SHARE, Unit.COUNT, Unit.MONEY)
    y = _y("value", unit, zero=zero)
    line = base.mark_line(color="var(--series-1)", strokeWidth=2).encode(y=y, tooltip=tooltip)
    points = base.mark_point(color="var(--series-1)", filled=True, size=45, opacity=1).encode(
        y=y, tooltip=tooltip
    )
    also = [
        *_marks(marks, unit, zero=zero),
        *_as_closed(values, grain=grain, unit=unit, zero=zero),
        *_notes(notes, [value.period for value in values], grain),
    ]
    if not has_band:
        return finished(alt.layer(line, points, *also), has_notes=bool(notes))
    band = base.mark_area(color="var(--series-1)", opacity=0.15).encode(
        y=_y("low", unit, zero=zero), y2="high:Q"
    )
    return finished(alt.layer(band, line, points, *also), has_notes=bool(notes))


@drawn_once
def by_segment(
    lines: Sequence[tuple[str, Sequence[Value]]],
    *,
    grain: Grain,
    unit: Unit,
    notes: Sequence[ChartNote] = (),
) -> Spec:
    """A line per segment; the caller chooses at most MOST_LINES."""
    rows = [
        {
            "period": label_of(value.period, grain),
            "segment": name,
            "value": _number(value.value),
        }
        for name, values in lines[:MOST_LINES]
        for value in values
    ]
    names = [name for name, _ in lines[:MOST_LINES]]
    colours = [f"var(--series-{number + 1})" for number in range(len(names))]
    chart = alt.Chart(data_of(rows)).mark_line(
        strokeWidth=2, point=alt.OverlayMarkDef(size=40, filled=True)
    )
    periods = [value.period for value in lines[0][1]] if lines else []
    drawn = chart.encode(
        x=_x(_order(periods, grain)),
        y=_y("value", unit, zero=True),
        color=alt.Color("segment:N", scale=alt.Scale(domain=names, range=colours), legend=None),
        tooltip=[
            alt.Tooltip("period:N", title=_("Period")),
            alt.Tooltip("segment:N", title=_("Segment")),
            alt.Tooltip("value:Q", title=_("Value"), format=TOOLTIP_FORMATS[unit]),
        ],
    )
    return _with_notes(drawn, notes, periods, grain)


def _with_notes(
    drawn: alt.Chart, notes: Sequence[ChartNote], periods: Sequence[Period], grain: Grain
) -> Spec:
    if not notes:
        return finished(drawn)
    return finished(alt.layer(drawn, *_notes(notes, periods, grain)), has_notes=True)


@drawn_once
def movements(values: Sequence[Value], *, grain: Grain, notes: Sequence[ChartNote] = ()) -> Spec:
    """What was gained above the line, what was lost below it, stacked by kind."""
    names = {kind: said(part.title()) for kind, part in MRR_PARTS.items()}
    rows: list[dict[str, Any]] = []
    for value in values:
        for kind, part in MRR_PARTS.items():
            amount = float(value.parts.get(part, 0)) * (-1 if kind in LOSSES else 1)
            if amount:
                label = label_of(value.period, grain)
                rows.append({"period": label, "kind": names[kind], "amount": amount})
    there = {row["kind"] for row in rows}
    kinds = [name for name in names.values() if name in there]
    colours = [f"var(--series-{kind})" for kind, name in names.items() if name in there]
    x = _x(_order([value.period for value in values], grain))
    bars = (
        alt.Chart(data_of(rows))
        .mark_bar()
        .encode(
            x=x,
            y=_y("amount", Unit.MONEY, zero=True),
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=colours), legend=None),
            tooltip=[
                alt.Tooltip("period:N", title=_("Period")),
                alt.Tooltip("kind:N", title=_("Movement")),
                alt.Tooltip("amount:Q", title=_("MRR"), format=",.2f"),
            ],
        )
    )
    return _with_notes(bars, notes, [value.period for value in values], grain)


@drawn_once
def outlook(rows: Sequence[dict[str, Any]]) -> Spec:
    """MRR so far, the months ahead with the band of their interval, and what was said before.

    A row: `period` (its label), and of `actual`, `ahead`, `low`, `high`, `said` those there are.
    """
    titles = {
        "actual": _("MRR"),
        "ahead": _("Forecast"),
        "low": _("Low"),
        "high": _("High"),
        "said": _("Said a year before"),
    }
    tooltip = [alt.Tooltip("period:N", title=_("Close of"))] + [
        alt.Tooltip(f"{name}:Q", title=title, format=TOOLTIP_FORMATS[Unit.MONEY])
        for name, title in titles.items()
    ]
    # The last label would stand out of the picture.
    axis = alt.Axis(
        labelAngle=0, labelOverlap="greedy", labelBound=True, labelSeparation=12, title=None
    )
    x = alt.X("period:O", sort=None, axis=axis)
    base = alt.Chart(data_of(list(rows))).encode(x=x)
    band = base.mark_area(color="var(--series-3)", opacity=0.15).encode(
        y=_y("low", Unit.MONEY, zero=True), y2="high:Q"
    )
    layers: list[alt.Chart] = [band]
    for name, colour, dash in (
        ("said", "var(--series-2)", [2, 3]),
        ("ahead", "var(--series-3)", [6, 4]),
        ("actual", "var(--series-1)", [1, 0]),
    ):
        if all(row.get(name) is None for row in rows):
            continue
        y = _y(name, Unit.MONEY, zero=True)
        layers.append(base.mark_line(color=colour, strokeWidth=2, strokeDash=dash).encode(y=y))
        point = base.mark_point(color=colour, filled=True, size=30, opacity=1)
        layers.append(point.encode(y=y, tooltip=tooltip))
    return finished(alt.layer(*layers))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
