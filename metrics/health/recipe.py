"""What a health model says: which signals count, how much, by which curve."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from metrics.health import signals
from metrics.health.curves import Curve, CurveError, checked

MOST_SIGNALS = 30
HEAVIEST = 1000.0
GREEN_FROM, AMBER_FROM = 75.0, 50.0
THRESHOLDS = (gettext_noop("green from"), gettext_noop("amber from"))
"""What problems of these are told at."""


class RecipeError(ValueError):
    """What is wrong with a recipe; `problems` says so by signal ('' is the whole)."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A signal, its weight (any unit: only their proportions count) and its curve. `missing`: the
    points that it counts as where it was not measured; None: it is left out there."""

    signal: str
    weight: float
    curve: Curve
    missing: float | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """`green_from`, `amber_from`: the scores that these bands begin with."""

    ingredients: tuple[Ingredient, ...]
    green_from: float = GREEN_FROM
    amber_from: float = AMBER_FROM

    @property
    def keys(self) -> list[str]:
        return [one.signal for one in self.ingredients]

    def shares(self) -> dict[str, float]:
        """By signal: its weight's share of all, which add up to 1."""
        total = sum(one.weight for one in self.ingredients)
        return {one.signal: one.weight / total for one in self.ingredients}

    def as_json(self) -> dict[str, Any]:
        """What `read` reads."""
        return {
            "signals": [
                {
                    "signal": one.signal,
                    "weight": one.weight,
                    "curve": one.curve.pairs(),
                    "missing": one.missing,
                }
                for one in self.ingredients
            ],
            "green_from": self.green_from,
            "amber_from": self.amber_from,
        }


def read(said: Mapping[str, Any], known: Mapping[str, signals.Signal]) -> Recipe:
    """The recipe that `said` (see `Recipe.as_json`) describes, of the signals `known`.

    A signal without a curve has the usual one; of weight 0 it is left out. Raises RecipeError.
    """
    problems: dict[str, str] = {}
    rows = said.get("signals")
    if not isinstance(rows, list) or not rows:
        raise RecipeError({"": _("A model needs at least one signal.")})
    if len(rows) > MOST_SIGNALS:
        raise RecipeError(
            {
                "": _("A model has {most_signals} signals at most; got {rows}.").format(
                    most_signals=MOST_SIGNALS, rows=len(rows)
                )
            }
        )
    found: dict[str, Ingredient] = {}
    for row in rows:
        key = row.get("signal") if isinstance(row, dict) else None
        if not isinstance(key, str) or key not in known:
            problems[str(key or "")] = _("There is no signal {key!r}. Known: {known}.").format(
                key=key, known=_listed(known)
            )
        elif key in found:
            problems[key] = _("The signal is there twice.")
        else:
            try:
                found[key] = _ingredient(row, known[key])
            except (CurveError, ValueError) as error:
                problems[key] = str(error)
    if not problems and not any(one.weight for one in found.values()):
        problems[""] = _("All weights are 0: give at least one signal some weight.")
    green, amber = (
        _number(said.get(name.replace(" ", "_"), default), name, 0, 100, problems)
        for name, default in zip(THRESHOLDS, (GREEN_FROM, AMBER_FROM), strict=True)
    )
    if not problems and not 0 < amber < green <= 100:
        problems[""] = _(
            "Green must begin above amber, and amber above 0; got {green}, {amber}."
        ).format(green=f"{green:g}", amber=f"{amber:g}")
    if problems:
        raise RecipeError(problems)
    return Recipe(tuple(one for one in found.values() if one.weight), green, amber)


def _ingredient(row: Mapping[str, Any], signal: signals.Signal) -> Ingredient:
    problems: dict[str, str] = {}
    weight = _number(row.get("weight"), gettext_noop("weight"), 0, HEAVIEST, problems)
    missing = row.get("missing")
    if missing is not None:
        missing = _number(missing, gettext_noop("points when missing"), 0, 100, problems)
    if problems:
        raise ValueError(" ".join(problems.values()))
    drawn = row.get("curve")
    curve = signal.curve if drawn is None else checked(_list(drawn), signal.direction)
    return Ingredient(signal.key, weight, curve, missing)


def _list(drawn: object) -> Sequence[object]:
    if not isinstance(drawn, list):
        raise CurveError(_("A curve is a list of points: [[0, 100], [30, 0]]."))
    return drawn


def _number(
    value: object, name: str, lowest: float, highest: float, problems: dict[str, str]
) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
        if math.isfinite(number) and lowest <= number <= highest:
            return number
    problems[name] = _(
        "The {name} must be a number from {lowest} to {highest}; got {given}."
    ).format(name=_(name), lowest=f"{lowest:g}", highest=f"{highest:g}", given=repr(value))
    return 0.0


def _listed(known: Mapping[str, signals.Signal]) -> str:
    return ", ".join(sorted(known))
