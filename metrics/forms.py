"""What people fill in about goals and benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from metrics import dimensions, registry
from metrics.models import Annotation, Benchmark, Goal
from metrics.part_names import split_label
from metrics.units import Unit

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PER_CENT = Decimal(100)
IN_WHAT = _(
    "Shares and rates in %, money in the company's currency, the rest as the metric counts."
)


def _metrics() -> list[tuple[str, str]]:
    return [(metric.key, metric.name) for metric in registry.metrics()]


def _metrics_or_all() -> list[tuple[str, str]]:
    return [("", str(_("all metrics"))), *_metrics()]


def _splits() -> list[tuple[str, str]]:
    """Everything any metric can be split by."""
    names = dict.fromkeys(dimensions.names())
    for metric in registry.metrics():
        names |= dict.fromkeys(metric.splits)
    return [("", str(_("nothing: the total"))), *((name, split_label(name)) for name in names)]


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


def _day(label: StrOrPromise, text: StrOrPromise = "") -> forms.DateField:
    return forms.DateField(
        label=label, help_text=text, widget=forms.DateInput(attrs={"type": "date"})
    )


class GoalForm(forms.Form):
    """Values for metrics.actions.goals.save_goal, but for shares, which are in % here."""

    metric = forms.ChoiceField(label=_("Metric"), choices=_metrics)
    sense = forms.ChoiceField(
        label=_("It should be"),
        choices=[("", _("what is good for the metric")), *Goal.Sense.choices],
        required=False,
    )
    target = forms.DecimalField(
        label=_("Target"), max_digits=22, decimal_places=8, help_text=IN_WHAT
    )
    grain = forms.ChoiceField(
        label=_("In a"),
        choices=Goal.GRAINS,
        help_text=_("The value of the month, quarter or year that the date is in."),
    )
    due_on = _day(pgettext_lazy("due date", "By"))
    begins_on = _day(_("From"), _("Progress counts from the last full period before this day."))
    by = forms.ChoiceField(label=_("Only a segment of"), choices=_splits, required=False)
    segment = forms.CharField(label=_("Segment"), max_length=200, required=False)
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def values(self) -> dict[str, Any]:
        found = dict(self.cleaned_data)
        return found | {"target": stored(found["target"], found["metric"])}


class BenchmarkForm(forms.Form):
    """Values for metrics.actions.goals.save_benchmark, but for shares, which are in % here."""

    metric = forms.ChoiceField(label=_("Metric"), choices=_metrics)
    label = forms.CharField(
        label=_("Label"), max_length=100, help_text=_("What it is of: median, top quarter.")
    )
    value = forms.DecimalField(label=_("Value"), max_digits=22, decimal_places=8, help_text=IN_WHAT)
    upper = forms.DecimalField(
        label=_("Upper end, of a range"), max_digits=22, decimal_places=8, required=False
    )
    grain = forms.ChoiceField(
        label=pgettext_lazy("benchmark", "Of"),
        choices=Benchmark.GRAINS,
        required=False,
        help_text=_("A yearly rate is not drawn among monthly values."),
    )
    source = forms.CharField(label=_("Source"), max_length=300)
    year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2999, required=False)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
    is_drawn = forms.BooleanField(label=_("Draw it on the metric's chart"), required=False)

    def values(self) -> dict[str, Any]:
        found = dict(self.cleaned_data)
        key = found["metric"]
        return found | {name: stored(found[name], key) for name in ("value", "upper")}


class AnnotationForm(forms.Form):
    """Values for metrics.actions.annotations.save_annotation."""

    metric = forms.ChoiceField(
        choices=_metrics_or_all, required=False, label=pgettext_lazy("annotation", "On")
    )
    day = _day(_("Day"), _("The chart shows it in the period that the day is in."))
    text = forms.CharField(
        label=_("What happened"),
        max_length=200,
        help_text=_("Few words: they stand on the chart."),
    )

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


def initial_of(row: Goal | Benchmark | Annotation) -> Mapping[str, Any]:
    """What a form begins with for a row."""
    if isinstance(row, Annotation):
        return {name: getattr(row, name) for name in AnnotationForm.base_fields}
    if isinstance(row, Goal):
        names = GoalForm.base_fields
        amounts = {"target": shown(row.target, row.metric)}
    else:
        names = BenchmarkForm.base_fields
        amounts = {"value": shown(row.value, row.metric), "upper": shown(row.upper, row.metric)}
    return {name: getattr(row, name) for name in names} | amounts
