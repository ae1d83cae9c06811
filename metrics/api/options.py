"""GET and PATCH /api/v1/metric-options/, and a metric by each preset."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CompanyAPIView
from accounts.api.errors import Problem
from accounts.permissions import Permission
from metrics import query, registry
from metrics.actions.options import Wanted, set_options
from metrics.api.option_shapes import (
    CHANGE,
    ChangedOptionsShape,
    MetricOptionsShape,
    MetricPresetsShape,
)
from metrics.api.views import SPAN, asked, find
from metrics.choosing import all_own_options, allowed
from metrics.comparing import Compared, Comparison, compare
from metrics.definition import Metric
from metrics.estimates import Number
from metrics.options import OptionError
from metrics.presets import Preset, UnknownPresetError, of_settings, preset, presets
from metrics.values import amount

Json = dict[str, Any]


class MetricOptionsView(CompanyAPIView):
    """The options that metrics are computed with where a request says nothing.

    PATCH takes {"metric": {"option": value or null}}; null is the default again, what is not
    named is kept. Or {"preset": "stripe-like"}, which sets several at once. All or nothing.
    """

    required_scope = "read"

    @extend_schema(operation_id="metric_options", responses=MetricOptionsShape)
    def get(self, request: Request) -> Response:
        return Response(_held())

    @extend_schema(
        operation_id="metric_options_change",
        request=CHANGE,
        responses=ChangedOptionsShape,
    )
    def patch(self, request: Request) -> Response:
        self.check_may(Permission.ADMINISTER)
        wanted, name = _wanted(request.data)
        try:
            changes = set_options(wanted=wanted, preset=name, **self.audit_actor)
        except registry.UnknownMetricError as error:
            raise Problem(400, "unknown_metric", str(error)) from None
        except OptionError as error:
            raise Problem(400, "invalid_option", str(error)) from None
        return Response({**_held(), "changes": changes})


def _wanted(data: Any) -> tuple[Wanted, str]:
    """What the body sets, and the preset it names."""
    if not isinstance(data, dict):
        raise Problem(400, "not_an_object", 'The body is an object: {"metric": {"option": value}}.')
    if "preset" in data:
        if len(data) > 1:
            raise Problem(400, "invalid_preset", "preset stands alone.")
        try:
            chosen = preset(str(data["preset"]))
        except UnknownPresetError as error:
            raise Problem(400, "invalid_preset", str(error)) from None
        return chosen.wanted, chosen.key
    for key, values in data.items():
        if not isinstance(values, dict):
            raise Problem(
                400, "not_an_object", f"{key[:100]} takes an object of options and values."
            )
        for name, value in values.items():
            if value is not None and not isinstance(value, str):
                raise Problem(
                    400, "invalid_option", f"{key[:100]}.{name[:100]} takes a text or null."
                )
    return data, ""


def _held() -> Json:
    own = all_own_options()
    held: dict[str, dict[str, str]] = {}
    options: Json = {}
    for metric in registry.metrics():
        set_here = allowed(metric, own.get(metric.key, {}))
        held[metric.key] = metric.choose(set_here)
        if metric.options:
            options[metric.key] = {
                option.name: {
                    "value": held[metric.key][option.name],
                    "origin": "company" if option.name in set_here else "default",
                    "default": option.default,
                }
                for option in metric.options
            }
    in_force = of_settings(held)
    return {
        "options": options,
        "preset": in_force.key if in_force else None,
        "presets": [_preset_json(one) for one in presets()],
    }


def _preset_json(found: Preset) -> Json:
    return {
        "key": found.key,
        "name": found.name,
        "differs": found.differs,
        "sets": [
            {
                "metric": one.metric,
                "option": one.option,
                "value": one.value,
                "source": one.source or None,
            }
            for one in found.settings
        ],
    }


class MetricPresetsView(CompanyAPIView):
    """A metric in one period as the company counts it and as each preset would.

    Options are switched one by one in the metric's order; the parts of the steps add up to the
    difference.
    """

    required_scope = "read"

    @extend_schema(operation_id="metric_presets", parameters=SPAN[:3], responses=MetricPresetsShape)
    def get(self, request: Request, key: str) -> Response:
        metric, as_of = find(key), self.company.today()
        params = request.query_params.dict()
        with asked():
            unknown = sorted(set(params) - {"start", "end", "trailing"})
            if unknown:
                raise OptionError(
                    f"Only start and end, or trailing, can be given; got {unknown[0][:100]}."
                )
            period = query.parse_period(params, as_of=as_of)
        found = compare(metric, period, company=self.company, as_of=as_of)
        return Response(_compared_json(metric, found))


def _compared_json(metric: Metric, found: Compared) -> Json:
    own = found.own.totals[0]
    return {
        "metric": metric.key,
        "unit": metric.unit,
        "currency": found.own.currency,
        "start": own.period.start,
        "end": own.period.end,
        "as_of": found.own.as_of,
        "options": found.own.options,
        "option_origins": found.own.origins,
        "value": amount(own.value, metric.unit),
        "reason": own.reason,
        "presets": [_comparison_json(metric, one) for one in found.comparisons],
    }


def _comparison_json(metric: Metric, one: Comparison) -> Json:
    def written(value: Number | None) -> Any:
        return amount(value, metric.unit)

    value = one.series.totals[0]
    return {
        "preset": one.preset.key,
        "options": one.series.options,
        "value": written(value.value),
        "difference": None if one.difference is None else f"{one.difference:f}",
        "reason": one.reason or None,
        "steps": [
            {
                "option": step.option.name,
                "from": step.before,
                "to": step.after,
                "value": written(step.value),
                "part": None if step.part is None else f"{step.part:f}",
            }
            for step in one.steps
        ],
    }
