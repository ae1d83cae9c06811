"""What people fill in about goals and benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from metrics import dimensions, registry
from metrics.models import Benchmark, Goal
from metrics.units import Unit

PER_CENT = Decimal(100)
IN_WHAT = "Shares and rates in %, money in the company's currency, the rest as the metric counts."


def _metrics() -> list[tuple[str, str]]:
    return [(metric.key, metric.name) for metric in registry.metrics()]


def _splits() -> list[tuple[str, str]]:
    """Everything any metric can be split by."""
    names = dict.fromkeys(dimensions.names())
    for metric in registry.metrics():
        names |= dict.fromkeys(metric.splits)
    return [("", "nothing: the total"), *((name, name) for name in names)]


def shown(value: Decimal | None, key: str) -> Decimal | None:
    """A stored value as people write it."""
    if value is None:
        return None
    return (value * PER_CENT if _is_share(key) else value).normalize() + 0


def stored(value: Decimal | None, key: str) -> Decimal | None:
    """What people wrote, in the metric's unit."""
    return value / PER_CENT if value is not None and _is_share(key) else value


def _is_share(key: str) -> bool:
    try:
        return registry.metric(key).unit is Unit.SHARE
    except registry.UnknownMetricError:
        return False


def _day(label: str, text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label, help_text=text, widget=forms.DateInput(attrs={"type": "date"})
    )


class GoalForm(forms.Form):
    """Values for metrics.actions.goals.save_goal, but for shares, which are in % here."""

    metric = forms.ChoiceField(choices=_metrics)
    sense = forms.ChoiceField(
        label="It should be",
        choices=[("", "what is good for the metric"), *Goal.Sense.choices],
        required=False,
    )
    target = forms.DecimalField(max_digits=22, decimal_places=8, help_text=IN_WHAT)
    grain = forms.ChoiceField(
        label="In a",
        choices=Goal.GRAINS,
        help_text="The value of the month, quarter or year that the date is in.",
    )
    due_on = _day("By")
    begins_on = _day("From", "Progress counts from the last full period before this day.")
    by = forms.ChoiceField(label="Only a segment of", choices=_splits, required=False)
    segment = forms.CharField(max_length=200, required=False)
    note = forms.CharField(max_length=500, required=False)

    def values(self) -> dict[str, Any]:
        found = dict(self.cleaned_data)
        return found | {"target": stored(found["target"], found["metric"])}


class BenchmarkForm(forms.Form):
    """Values for metrics.actions.goals.save_benchmark, but for shares, which are in % here."""

    metric = forms.ChoiceField(choices=_metrics)
    label = forms.CharField(max_length=100, help_text="What it is of: median, top quarter.")
    value = forms.DecimalField(max_digits=22, decimal_places=8, help_text=IN_WHAT)
    upper = forms.DecimalField(
        label="Upper end, of a range", max_digits=22, decimal_places=8, required=False
    )
    grain = forms.ChoiceField(
        label="Of",
        choices=Benchmark.GRAINS,
        required=False,
        help_text="A yearly rate is not drawn among monthly values.",
    )
    source = forms.CharField(max_length=300)
    year = forms.IntegerField(min_value=1900, max_value=2999, required=False)
    note = forms.CharField(max_length=300, required=False)
    is_drawn = forms.BooleanField(label="Draw it on the metric's chart", required=False)

    def values(self) -> dict[str, Any]:
        found = dict(self.cleaned_data)
        key = found["metric"]
        return found | {name: stored(found[name], key) for name in ("value", "upper")}


def initial_of(row: Goal | Benchmark) -> Mapping[str, Any]:
    """What a form begins with for a row."""
    if isinstance(row, Goal):
        names = GoalForm.base_fields
        amounts = {"target": shown(row.target, row.metric)}
    else:
        names = BenchmarkForm.base_fields
        amounts = {"value": shown(row.value, row.metric), "upper": shown(row.upper, row.metric)}
    return {name: getattr(row, name) for name in names} | amounts
