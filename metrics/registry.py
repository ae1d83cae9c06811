"""Every metric there is: one per file in `metrics/definitions/`, found by looking."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module, invalidate_caches
from pathlib import Path
from pkgutil import iter_modules

from metrics import definitions
from metrics.definition import Metric


class UnknownMetricError(LookupError):
    """There is no metric with that key. `str()` says which there are."""


def _all() -> dict[str, Metric]:
    """A file that comes or goes while running is noticed: its folder has another time then."""
    return _found(tuple(Path(folder).stat().st_mtime_ns for folder in definitions.__path__))


@lru_cache(maxsize=1)
def _found(changed_at: tuple[int, ...]) -> dict[str, Metric]:
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
        raise UnknownMetricError(f"There is no metric {key}; there are: {', '.join(_all())}.")
    return found
