"""Which chart shows a metric: movements, segments or a single line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from metrics.charts.legends import said_legend
from metrics.charts.marks import Mark
from metrics.charts.notes import notes_in
from metrics.contributions.flows import Flows
from metrics.contributions.frame import label_of
from metrics.models import Annotation
from metrics.periods import Grain
from metrics.series import Series
from metrics.words import said

CLOSED_LEGEND = [
    {"label": gettext_noop("As the facts say now"), "series": "1"},
    {"label": gettext_noop("As closed, where that is another"), "series": "2"},
]


def is_net(found: Series) -> bool:
    """Whether the values are changes themselves, of which a relative change says nothing."""
    measure = found.computation.measure
    return isinstance(measure, Flows) and not measure.losses


def chart_of(
    found: Series,
    grain: Grain,
    marks: Sequence[Mark] = (),
    annotations: Sequence[Annotation] = (),
) -> dict[str, Any]:
    """The spec and legend of the chart: movements, segments or a single line with its marks; with
    what the company noted of its days."""
    from metrics.charts import specs  # Altair takes a second to import

    unit = found.unit
    notes = notes_in(annotations, [value.period for value in found.totals])
    if all(value.value is None and not any(value.parts.values()) for value in found.totals):
        return {"nothing": found.totals[-1].why or _("nothing in these periods")}
    if found.segments and not isinstance(found.computation.measure, Flows):
        sizes = {name: max(value.n for value in found.of(name)) for name in found.segments}
        names = sorted(found.segments, key=lambda name: (-sizes[name], name))
        names = names[: specs.MOST_LINES]
        lines = [(label_of(name), found.of(name)) for name in names]
        return {
            "spec": specs.by_segment(lines, grain=grain, unit=unit, notes=notes),
            "legend": [
                {"label": label_of(name), "series": str(number + 1)}
                for number, name in enumerate(names)
            ],
            "left_out": len(found.segments) - len(names),
        }
    if isinstance(found.computation.measure, Flows) and is_net(found):
        kinds = [
            kind
            for kind in found.computation.measure.names
            if any(value.parts.get(kind) for value in found.totals)
        ]
        if not kinds:
            return {"nothing": _("nothing moved in these periods")}
        return {
            "spec": specs.movements(found.totals, grain=grain, notes=notes),
            "legend": [{"label": said(kind.title()), "series": kind} for kind in kinds],
        }
    name = found.metric.name
    spec = specs.course(found.totals, grain=grain, unit=unit, name=name, marks=marks, notes=notes)
    if any(value.closed and value.closed.is_other for value in found.totals):
        return {"spec": spec, "legend": said_legend(CLOSED_LEGEND)}
    return {"spec": spec}
