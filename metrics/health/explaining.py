"""Where a score comes from, and what moved it between two days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metrics.health import recipe as recipes
from metrics.health import signals
from metrics.health.curves import Floats
from metrics.health.measuring import Measures, measure
from metrics.health.recipe import Recipe
from metrics.health.scoring import Band, Scores, band, base_of, score
from metrics.health.signals.facts import Then
from metrics.health.signals.signal import Signal
from metrics.models import HealthScore, HealthVersion


@dataclass(frozen=True, slots=True)
class Line:
    """What a signal did. `measure` None: not measured, and `points` are those it counts as (None:
    it is left out). `share`: of all weights, 0 to 1. `contribution`: to the score; all of them add
    up to it. `dated`: the day of the latest fact behind the measure, if there is one."""

    signal: Signal
    measure: float | None
    points: float | None
    share: float
    contribution: float
    dated: dt.date | None


@dataclass(frozen=True)
class Explained:
    """A customer's score at the end of a day by a version; None: nothing was measured."""

    customer: int
    day: dt.date
    version: HealthVersion
    recipe: Recipe
    lines: Sequence[Line]
    scores: Scores
    score: float | None
    coverage: float
    band: Band | None

    def above(self, base: Floats) -> dict[str, float]:
        """By key of a signal, how far it lifts the score above `base`, or pulls it below."""
        keys = (line.signal.key for line in self.lines)
        return dict(zip(keys, map(float, self.scores.above(base)[0]), strict=True))


@dataclass(frozen=True, slots=True)
class Moved:
    """How many points of the score a signal moved between two days, told against the score before:
    `behaviour`, because its measure (or what was measured at all) changed, by the earlier model;
    `model`, because the model did, by the later measures."""

    signal: Signal
    behaviour: float
    model: float


@dataclass(frozen=True)
class Between:
    """What moved from `earlier` to `later`; all `moved` add up to the difference of scores."""

    earlier: Explained
    later: Explained
    moved: Sequence[Moved]

    @property
    def behaviour(self) -> float:
        return sum(one.behaviour for one in self.moved)

    @property
    def model(self) -> float:
        return sum(one.model for one in self.moved)


def explain(span: HealthScore, day: dt.date, *, today: dt.date, timezone: str) -> Explained:
    """The working of a customer's score on a day that `span` holds, from what was known then. A
    query for each kind of fact."""
    known = signals.known_to(span.version.recipe)
    recipe = recipes.read(span.version.recipe, known)
    chosen = [known[key] for key in recipe.keys]
    measures = _measures(span.customer_id, day, chosen, today, timezone)
    return _explained(span.customer_id, day, span.version, recipe, measures)


def between(
    customer: int, earlier: dt.date, later: dt.date, *, today: dt.date, timezone: str
) -> Between | None:
    """What moved a customer's score from one day to another; None where one of them has none."""
    version_then, version_now = (_version_on(customer, day) for day in (earlier, later))
    if version_then is None or version_now is None:
        return None
    said = (version_then.recipe, version_now.recipe)
    known = signals.known_to(*said)
    old, new = (recipes.read(one, known) for one in said)
    chosen = [known[key] for key in dict.fromkeys([*old.keys, *new.keys])]
    then = _measures(customer, earlier, chosen, today, timezone)
    now = _measures(customer, later, chosen, today, timezone)
    began = _explained(customer, earlier, version_then, old, then)
    behaved = _explained(customer, later, version_then, old, now)
    ended = _explained(customer, later, version_now, new, now)
    by_behaviour, by_model = _moved(began, behaved), _moved(behaved, ended)
    return Between(
        began,
        ended,
        [
            Moved(
                signal,
                behaviour=by_behaviour.get(signal.key, 0.0),
                model=by_model.get(signal.key, 0.0),
            )
            for signal in chosen
        ],
    )


def _moved(before: Explained, after: Explained) -> dict[str, float]:
    """By key of a signal; adds up to the difference of the scores."""
    base = base_of(before.scores, after.scores)
    was, ended = before.above(base), after.above(base)
    return {key: ended.get(key, 0.0) - was.get(key, 0.0) for key in {**was, **ended}}


def _version_on(customer: int, day: dt.date) -> HealthVersion | None:
    """The version that its score of the day is by."""
    spans = HealthScore.objects.filter(customer_id=customer, starts_on__lte=day)
    span = spans.exclude(ends_on__lte=day).select_related("version__model").first()
    return span.version if span else None


def _measures(
    customer: int, day: dt.date, chosen: Sequence[Signal], today: dt.date, timezone: str
) -> Measures:
    then = Then.PRESENT if day >= today else Then.PAST
    return measure([(customer, day)], chosen, timezone=timezone, then=then, is_dated=True)


def _explained(
    customer: int, day: dt.date, version: HealthVersion, recipe: Recipe, measures: Measures
) -> Explained:
    values = measures.of(recipe.keys)
    found = score(values, recipe)
    total = _number(found.score, 0)
    return Explained(
        customer,
        day,
        version,
        recipe,
        _lines(values, found, recipe, measures),
        found,
        total,
        float(found.coverage[0]),
        None if total is None else band(total, recipe),
    )


def _lines(values: Floats, found: Scores, recipe: Recipe, measures: Measures) -> list[Line]:
    at = {signal.key: number for number, signal in enumerate(measures.signals)}
    shares = recipe.shares()
    return [
        Line(
            measures.signals[at[key]],
            _number(values[0], column),
            _number(found.points[0], column),
            shares[key],
            float(found.contributions[0, column]),
            measures.dated.get((0, at[key])),
        )
        for column, key in enumerate(recipe.keys)
    ]


def _number(row: Floats, column: int) -> float | None:
    value = float(row[column])
    return None if np.isnan(value) else value
