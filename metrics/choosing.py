"""With which options a metric is computed: the request's, else the company's, else the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db import connection

from metrics.definition import Metric
from metrics.models import ChosenOption
from metrics.options import Options


class Origin(StrEnum):
    """Who said so."""

    REQUEST = "request"
    COMPANY = "company"
    DEFAULT = "default"


@dataclass(frozen=True)
class Choices:
    """Every option of a metric with its value, and who said so."""

    options: dict[str, str]
    origins: dict[str, Origin]


def own_options(metric: Metric) -> dict[str, str]:
    """The company's own settings of a metric; only those that are not its defaults.

    A query, but for a metric without options.
    """
    if not metric.options:
        return {}
    rows = ChosenOption.objects.filter(metric=metric.key).values_list("option", "value")
    return allowed(metric, dict(rows))


def all_own_options() -> dict[str, dict[str, str]]:
    """The company's own settings by metric, as stored. A query."""
    found: dict[str, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT metric, option, value FROM metrics_chosenoption")
        for metric, option, value in cursor.fetchall():
            found.setdefault(metric, {})[option] = value
    return found


def allowed(metric: Metric, values: Mapping[str, str]) -> dict[str, str]:
    """Those of `values` that the metric has and takes."""
    return {
        option.name: option.read(values[option.name])
        for option in metric.options
        if option.name in values and option.is_allowed(values[option.name])
    }


def choices(metric: Metric, given: Options, own: Options) -> Choices:
    """What to compute with. `own`: the company's own settings of the metric (`own_options`).

    Raises OptionError where `given` is not allowed."""
    metric.choose(given)
    origins = {
        option.name: Origin.REQUEST
        if option.name in given
        else Origin.COMPANY
        if option.name in own
        else Origin.DEFAULT
        for option in metric.options
    }
    return Choices(metric.choose({**own, **given}), origins)
