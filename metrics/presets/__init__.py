"""Settings that make the metrics count as another tool does: one file each, found by looking.

Every preset names the same options, so that one set after another leaves nothing of the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from django.utils.translation import gettext as _

from metrics.definition import Metric
from metrics.registry import metrics
from metrics.words import said_by_readers


class UnknownPresetError(LookupError):
    """There is no preset with that key. `str()` says which there are."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a preset sets an option to, and where that tool says so. `source` empty: the tool
    says nothing of it, and the default is the nearest."""

    metric: str
    option: str
    value: str
    source: str = ""


@said_by_readers("name", "differs")
@dataclass(frozen=True, kw_only=True)
class Preset:
    """Options of several metrics. `differs`: what the tool does that no option here does."""

    key: str
    name: str
    settings: tuple[Setting, ...]
    differs: str = ""

    @property
    def wanted(self) -> dict[str, dict[str, str]]:
        """Values by metric and option, as far as there are such metrics and options."""
        found: dict[str, dict[str, str]] = {}
        for metric in metrics():
            values = self.of(metric)
            if values:
                found[metric.key] = values
        return found

    def of(self, metric: Metric) -> dict[str, str]:
        """What it sets of a metric."""
        known = {option.name: option for option in metric.options}
        return {
            one.option: one.value
            for one in self.settings
            if one.metric == metric.key
            and one.option in known
            and known[one.option].is_allowed(one.value)
        }


@cache
def _all() -> dict[str, Preset]:
    found: dict[str, Preset] = {}
    for module in iter_modules(__path__):
        preset: Preset = import_module(f"{__name__}.{module.name}").PRESET
        found[preset.key] = preset
    return found


def presets() -> list[Preset]:
    """All presets, by key."""
    return [found for _, found in sorted(_all().items())]


def preset(key: str) -> Preset:
    """The preset called `key`, else UnknownPresetError."""
    found = _all().get(key)
    if found is None:
        words = _("{name} must be one of {allowed}; got {given}.")
        allowed = ", ".join(sorted(_all()))
        raise UnknownPresetError(words.format(name="preset", allowed=allowed, given=key))
    return found


def of_settings(held: Mapping[str, Mapping[str, str]]) -> Preset | None:
    """The preset that is in force: all it sets is so in `held`, options by metric."""
    for found in presets():
        wanted = found.wanted
        if wanted and all(
            held.get(key, {}).get(name) == value
            for key, values in wanted.items()
            for name, value in values.items()
        ):
            return found
    return None
