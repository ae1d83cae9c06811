"""Which chart shows a metric: movements, segments or a single line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metrics.charts.marks import Mark
from metrics.contributions.flows import Flows
from metrics.contributions.frame import label_of
from metrics.periods import Grain
from metrics.series import Series


def is_net(found: Series) -> bool:
    """Whether the values are changes themselves, of which a relative change says nothing."""
    measure = found.computation.measure
    return isinstance(measure, Flows) and not measure.losses


def chart_of(found: Series, grain: Grain, marks: Sequence[Mark] = ()) -> dict[str, Any]:
    """The spec and legend of the chart: movements, segments or a single line with its marks."""
    from metrics.charts import specs  # Altair takes a second to import

    unit = found.unit
    if all(value.value is None and not any(value.parts.values()) for value in found.totals):
        return {"nothing": found.totals[-1].reason or "nothing in these periods"}
    if found.segments and not isinstance(found.computation.measure, Flows):
        sizes = {name: max(value.n for value in found.of(name)) for name in found.segments}
        names = sorted(found.segments, key=lambda name: (-sizes[name], name))
        names = names[: specs.MOST_LINES]
        lines = [(label_of(name), found.of(name)) for name in names]
        return {
            "spec": specs.by_segment(lines, grain=grain, unit=unit),
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
        return {
            "spec": specs.movements(found.totals, grain=grain),
            "legend": [{"label": kind.title(), "series": kind} for kind in kinds],
        }
    name = found.metric.name
    spec = specs.course(found.totals, grain=grain, unit=unit, name=name, marks=marks)
    return {"spec": spec}
