"""Weights learned from who left: regularised logistic regression on points of signals. Pure.

A customer's chance to leave within the horizon is taken as logistic in the points (0 to 100, by
the model's own curves) of its signals; where one was not measured it counts as the signal's mean,
unless the model says what a missing one counts as. A signal's weight is by how much a point of it
lowers the chance. One whose points go with leaving instead gets no weight and the rest is fitted
anew without it, until none is left of these.

Nothing is learned from what was not known in time: whatever is tried on a snapshot was learned
from snapshots whose horizon was over on its day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np
from django.utils.translation import gettext_noop
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from metrics.health.areas import Area, area, difference
from metrics.health.curves import Floats
from metrics.health.past import DAY, LEFT, NOT_ASKED, Ints, Replay
from metrics.health.reasons import FEW_SNAPSHOTS, FEW_TO_LEARN_FROM, UNEVEN, UNTOLD
from metrics.health.recipe import Recipe
from metrics.health.scoring import score
from metrics.intervals import Interval

FEWEST_LEFT = 30
FEWEST_LEFT_PER_SIGNAL = 3
FEWEST_SNAPSHOTS = 6
FEWEST_LEFT_TO_LEARN = 10
FEWEST_LEFT_TO_TRY = 10
MOST_FOLDS = 4
LEAST_MEASURED = 0.05
STRENGTHS = (0.01, 0.1, 1.0, 10.0)
USUAL_STRENGTH = 0.1
"""The inverse of the regularisation, of points from 0 to 1 (C of scikit-learn)."""
WHOLE = 100

AGAINST = gettext_noop("more points went with leaving")
UNMEASURED = gettext_noop("it was hardly ever measured")
CONSTANT = gettext_noop("it told no customers apart")

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Weight:
    """Of a signal: its share of all, in %, `was` and `suggested`; `why` it was left out."""

    signal: str
    was: float
    suggested: float
    why: str = ""


@dataclass(frozen=True)
class Suggestion:
    """`recipe` None: there is none, for `reason`; else `weights`, and what they would have brought:
    `own` and `learned`, the AUC of the model and of weights learned before on the same rows of the
    snapshots `tried` (which nothing was learned from), and the `gain` with its 95 % interval."""

    horizon: int
    left: int
    snapshots: int
    reason: str
    recipe: Recipe | None = None
    weights: Sequence[Weight] = ()
    tried: Sequence[dt.date] = ()
    own: Area | None = None
    learned: Area | None = None
    gain: float | None = None
    gain_interval: Interval | None = None


@dataclass(frozen=True)
class _Rows:
    """What is learned from: `points` (NaN: not measured), whether they left, of which snapshot."""

    measures: Floats
    points: Floats
    is_left: Flags
    at: Ints
    customers: Ints

    def of(self, these: Flags) -> _Rows:
        return _Rows(
            self.measures[these],
            self.points[these],
            self.is_left[these],
            self.at[these],
            self.customers[these],
        )

    @property
    def left(self) -> int:
        """How many customers left."""
        return len(np.unique(self.customers[self.is_left]))


def suggest(replay: Replay, recipe: Recipe, horizon: int) -> Suggestion:
    """Weights for the signals of a recipe, learned from who left `horizon` days later."""
    rows = _rows(replay, recipe, horizon)
    snapshots = len(np.unique(rows.at))
    told = Suggestion(horizon, rows.left, snapshots, "")
    if reason := _too_few(rows, snapshots, recipe, horizon):
        return replace(told, reason=reason)
    folds = _folds(rows, replay.days, horizon)
    if not folds:
        return replace(told, reason=_unevenly(horizon))
    trials = [trial for trial in (_try(fold, recipe, replay, horizon) for fold in folds) if trial]
    found = _learn(rows, recipe, replay.days, horizon)
    if found is None or not trials:
        return replace(told, reason=UNTOLD)
    weights, why = found
    rounded = _rounded(weights)
    own, learned = _areas(trials)
    gain, interval = (None, None)
    if own and learned:
        gain, interval = difference(learned, own)
    shares = recipe.shares()
    return replace(
        told,
        recipe=_with(recipe, rounded),
        weights=[
            Weight(key, WHOLE * shares[key], float(weight), reason)
            for key, weight, reason in zip(recipe.keys, rounded, why, strict=True)
        ],
        tried=[replay.days[one] for one in sorted({int(at) for t in trials for at in t.at})],
        own=own,
        learned=learned,
        gain=gain,
        gain_interval=interval,
    )


def _rows(replay: Replay, recipe: Recipe, horizon: int) -> _Rows:
    measures = replay.columns(recipe.keys)
    outcomes = replay.outcomes(horizon)
    found = score(measures, recipe)
    rows = _Rows(measures, found.points, outcomes == LEFT, replay.at, replay.customers)
    return rows.of((outcomes != NOT_ASKED) & ~np.isnan(found.score))


def _too_few(rows: _Rows, snapshots: int, recipe: Recipe, horizon: int) -> str:
    """Three customers who left for each signal is the least that Vittinghoff and McCulloch 2007
    ("Relaxing the rule of ten events per variable") and regularisation allow."""
    needed = max(FEWEST_LEFT, FEWEST_LEFT_PER_SIGNAL * len(recipe.ingredients))
    said = []
    if rows.left < needed:
        said.append(
            FEW_TO_LEARN_FROM.format(
                needed=needed, horizon=horizon, ingredients=len(recipe.ingredients), left=rows.left
            )
        )
    if snapshots < FEWEST_SNAPSHOTS:
        said.append(FEW_SNAPSHOTS.format(fewest_snapshots=FEWEST_SNAPSHOTS, snapshots=snapshots))
    return " ".join(said)


def _unevenly(horizon: int) -> str:
    return UNEVEN.format(
        fewest_left_to_learn=FEWEST_LEFT_TO_LEARN,
        fewest_left_to_try=FEWEST_LEFT_TO_TRY,
        horizon=horizon,
    )


@dataclass(frozen=True)
class _Fold:
    earlier: _Rows
    later: _Rows


def _folds(rows: _Rows, days: Sequence[dt.date], horizon: int) -> list[_Fold]:
    """Later snapshots to try on, a few at a time, each with all whose outcome was known by then.

    A fold has enough who left on both sides; there are MOST_FOLDS or about so many."""
    found: list[_Fold] = []
    wanted = max(FEWEST_LEFT_TO_TRY, rows.left // (MOST_FOLDS + 1))
    pending: list[int] = []
    for at in sorted(set(rows.at.tolist())):
        begins = pending[0] if pending else at
        known = np.array([day + horizon * DAY < days[begins] for day in days], dtype=bool)
        earlier = rows.of(known[rows.at])
        if earlier.left < FEWEST_LEFT_TO_LEARN:
            continue
        pending.append(at)
        later = rows.of(np.isin(rows.at, pending))
        if later.left >= wanted:
            found.append(_Fold(earlier, later))
            pending = []
    return found


def _learn(
    rows: _Rows, recipe: Recipe, days: Sequence[dt.date], horizon: int
) -> tuple[Floats, list[str]] | None:
    """Weights (adding up to 1) and why some are 0; None where all are. How strongly they are held
    together is chosen by what would have been likeliest on later snapshots."""
    folds = _folds(rows, days, horizon)
    strength = USUAL_STRENGTH
    if folds:
        strength = max(STRENGTHS, key=lambda one: sum(_likelihood(fold, one) for fold in folds))
    filled = _filled(rows.points, _means(rows.points))
    coefficients, why, _ = _fit(filled, rows, strength)
    total = coefficients.sum()
    return (coefficients / total, why) if total > 0 else None


def _likelihood(fold: _Fold, strength: float) -> float:
    """The log-likelihood of what became of the later rows."""
    means = _means(fold.earlier.points)
    coefficients, _, intercept = _fit(_filled(fold.earlier.points, means), fold.earlier, strength)
    logits = intercept - _filled(fold.later.points, means) @ coefficients
    signs = np.where(fold.later.is_left, 1.0, -1.0)
    return -float(np.logaddexp(0, -signs * logits).sum())


def _fit(filled: Floats, rows: _Rows, strength: float) -> tuple[Floats, list[str], float]:
    """By how much each signal's points lower the log odds to leave, none negative; why it is 0;
    and the log odds at no points."""
    width = filled.shape[1]
    coefficients, why = np.zeros(width), [""] * width
    used = []
    for column in range(width):
        if np.mean(~np.isnan(rows.points[:, column])) < LEAST_MEASURED:
            why[column] = UNMEASURED
        elif np.ptp(filled[:, column]) < 1e-9:
            why[column] = CONSTANT
        else:
            used.append(column)
    rate = float(rows.is_left.mean())
    intercept = log(rate / (1 - rate))
    while used:
        model = LogisticRegression(C=strength, max_iter=1000)
        model.fit(filled[:, used], rows.is_left)
        lowered = -model.coef_[0]
        wrong = [column for column, one in zip(used, lowered, strict=True) if one <= 0]
        if not wrong:
            coefficients[used] = lowered
            intercept = float(model.intercept_[0])
            break
        for column in wrong:
            why[column] = AGAINST
        used = [column for column in used if column not in wrong]
    return coefficients, why, intercept


def _means(points: Floats) -> Floats:
    is_measured = ~np.isnan(points)
    number = is_measured.sum(axis=0)
    total: Floats = np.where(is_measured, points, 0.0).sum(axis=0)
    means: Floats = total / np.maximum(number, 1)
    return means


def _filled(points: Floats, means: Floats) -> Floats:
    """From 0 to 1."""
    filled: Floats = np.where(np.isnan(points), means, points) / 100
    return filled


@dataclass(frozen=True)
class _Trial:
    """Later rows, scored by the model and by weights learned before them."""

    own: Floats
    learned: Floats
    is_left: Flags
    customers: Ints
    at: Ints


def _try(fold: _Fold, recipe: Recipe, replay: Replay, horizon: int) -> _Trial | None:
    found = _learn(fold.earlier, recipe, replay.days, horizon)
    if found is None:
        return None
    later, weights = fold.later, found[0]
    learned = score(later.measures[:, weights > 0], _with(recipe, weights)).score
    own = score(later.measures, recipe).score
    kept = ~np.isnan(learned)
    return _Trial(
        own[kept], learned[kept], later.is_left[kept], later.customers[kept], later.at[kept]
    )


def _areas(trials: Sequence[_Trial]) -> tuple[Area | None, Area | None]:
    """Of all trials together: the model's and the learned weights'."""
    is_left = np.concatenate([one.is_left for one in trials])
    customers = np.concatenate([one.customers for one in trials])
    own = area(np.concatenate([one.own for one in trials]), is_left, customers)
    return own, area(np.concatenate([one.learned for one in trials]), is_left, customers)


def _rounded(weights: Floats) -> Floats:
    """Whole per cent that add up to 100, the largest remainders first."""
    exact = WHOLE * weights
    found: Floats = np.floor(exact)
    missing = round(WHOLE - float(found.sum()))
    found[np.argsort(found - exact, kind="stable")[:missing]] += 1
    return found


def _with(recipe: Recipe, weights: Floats) -> Recipe:
    """The recipe with these weights, without the signals that have none."""
    return replace(
        recipe,
        ingredients=tuple(
            replace(one, weight=float(weight))
            for one, weight in zip(recipe.ingredients, weights, strict=True)
            if weight > 0
        ),
    )
