"""Every metric there is: one per file in `metrics/definitions/`, found by looking."""

from __future__ import annotations

import os
from functools import lru_cache
from importlib import import_module, invalidate_caches
from operator import attrgetter
from pkgutil import iter_modules

from django.utils.translation import gettext as _

from metrics import definitions
from metrics.definition import Metric


class UnknownMetricError(LookupError):
    """There is no metric with that key. `str()` says which there are."""


def _all() -> dict[str, Metric]:
    """A file that comes or goes while running is noticed. (By the folder's time it would not be,
    if it came within the same tick of the clock.)"""
    return _found(tuple(_names(folder) for folder in definitions.__path__))


def _names(folder: str) -> tuple[str, ...]:
    with os.scandir(folder) as entries:
        return tuple(map(attrgetter("name"), entries))


@lru_cache(maxsize=1)
def _found(files: tuple[tuple[str, ...], ...]) -> dict[str, Metric]:
    invalidate_caches()
    found: dict[str, Metric] = {}
    for module in iter_modules(definitions.__path__):
        metric = import_module(f"{definitions.__name__}.{module.name}").METRIC
        if metric.key != module.name:
            raise ValueError(f"The file of {metric.key} must be named {metric.key}.py.")
        found[metric.key] = metric
    return found


def metrics() -> list[Metric]:
    """All metrics, by key."""
    return list(_all().values())


def metric(key: str) -> Metric:
    """The metric called `key`, else UnknownMetricError."""
    found = _all().get(key)
    if found is None:
        words = _("There is no metric {key}; there are: {known}.")
        raise UnknownMetricError(words.format(key=key, known=", ".join(_all())))
    return found
