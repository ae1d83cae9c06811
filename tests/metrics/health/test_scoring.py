"""Scores: what every model and measure must give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.definition import Direction
from metrics.health import signals
from metrics.health.curves import CurveError, checked, curve
from metrics.health.ready_made import READY_MADE
from metrics.health.recipe import Ingredient, Recipe, RecipeError, read
from metrics.health.scoring import Band, band, base_of, score

KNOWN = signals.built_in()
KEYS = sorted(KNOWN)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    chosen = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=6, unique=True))
    found = []
    for key in chosen:
        measures = sorted(draw(st.sets(st.integers(-50, 400), min_size=2, max_size=5)))
        heights = sorted(
            draw(st.lists(st.integers(0, 100), min_size=len(measures), max_size=len(measures))),
            reverse=KNOWN[key].direction is Direction.LOWER,
        )
        missing = draw(st.none() | st.integers(0, 100))
        found.append(
            Ingredient(
                key,
                draw(st.integers(1, 100)),
                curve(*zip(measures, heights, strict=True)),
                missing,
            )
        )
    return Recipe(tuple(found))


def measures_of(data: st.DataObject, recipe: Recipe, rows: int = 4) -> Any:
    one = st.floats(-100, 500) | st.just(float("nan"))
    width = len(recipe.ingredients)
    return np.array(
        data.draw(
            st.lists(st.lists(one, min_size=width, max_size=width), min_size=rows, max_size=rows)
        )
    )


@given(recipe=recipes(), data=st.data())
def test_a_score_is_between_0_and_100_and_its_contributions(
    recipe: Recipe, data: st.DataObject
) -> None:
    measures = measures_of(data, recipe)
    found = score(measures, recipe)
    for row in range(len(measures)):
        if np.isnan(measures[row]).all():
            assert np.isnan(found.score[row])
            assert found.coverage[row] == 0
        else:
            assert 0 <= found.score[row] <= 100
            assert found.contributions[row].sum() == pytest.approx(found.score[row], abs=1e-9)
            assert 0 < found.coverage[row] <= 1


@given(recipe=recipes(), data=st.data())
def test_weights_are_proportions(recipe: Recipe, data: st.DataObject) -> None:
    measures = measures_of(data, recipe)
    doubled = Recipe(
        tuple(
            Ingredient(one.signal, one.weight * 2, one.curve, one.missing)
            for one in recipe.ingredients
        )
    )
    assert np.array_equal(
        score(measures, recipe).score, score(measures, doubled).score, equal_nan=True
    )


@given(recipe=recipes(), data=st.data())
def test_a_score_is_monotone_in_each_signal(recipe: Recipe, data: st.DataObject) -> None:
    measures = measures_of(data, recipe)
    column = data.draw(st.integers(0, len(recipe.ingredients) - 1))
    more = measures.copy()
    more[:, column] += data.draw(st.floats(0, 300))
    sign = -1 if KNOWN[recipe.keys[column]].direction is Direction.LOWER else 1
    change = sign * (score(more, recipe).score - score(measures, recipe).score)
    assert (np.nan_to_num(change) >= -1e-9).all()


def test_an_example() -> None:
    """Two of three measured: 30 and 10 of 50 weigh 3/4 and 1/4."""
    recipe = Recipe(
        (
            Ingredient("days_since_use", 30, curve((0, 100), (10, 0))),
            Ingredient("open_tickets", 10, curve((0, 100), (4, 0))),
            Ingredient("nps", 10, curve((0, 0), (10, 100))),
        )
    )
    found = score(np.array([[4.0, 2.0, np.nan]]), recipe)
    assert found.points[0][:2].tolist() == [60, 50]
    assert found.contributions[0].tolist() == [45, 12.5, 0]
    assert found.score[0] == 57.5
    assert found.coverage[0] == 0.8
    assert band(57.5, recipe) is Band.AMBER
    counted = Recipe((*recipe.ingredients[:2], Ingredient("nps", 10, curve((0, 0), (10, 100)), 50)))
    assert score(np.array([[4.0, 2.0, np.nan]]), counted).score[0] == pytest.approx(56)


def test_bands_begin_with_their_thresholds() -> None:
    recipe = READY_MADE["balanced"].recipe()
    assert [band(value, recipe) for value in (75, 74.6, 74.4, 50, 49.4)] == [
        Band.GREEN,
        Band.GREEN,
        Band.AMBER,
        Band.AMBER,
        Band.RED,
    ]


@pytest.mark.parametrize("key", READY_MADE)
def test_ready_made_models_are_read_back(key: str) -> None:
    recipe = READY_MADE[key].recipe()
    assert read(recipe.as_json(), KNOWN) == recipe
    assert sum(recipe.shares().values()) == pytest.approx(1)


@pytest.mark.parametrize("signal", KNOWN.values(), ids=KEYS)
def test_usual_curves_are_what_a_drawn_one_may_be(signal: signals.Signal) -> None:
    assert checked(signal.curve.pairs(), signal.direction) == signal.curve


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([[0, 100]], "2 to 12 points"),
        ([[0, 100], [0, 50]], "must rise"),
        ([[0, 101], [1, 50]], "0 to 100"),
        ([[0, 50], [1, 50]], "flat"),
        ([[0, 0], [1, 50]], "inverted"),
        ([[0, 100], [1, float("nan")]], "two numbers"),
        ([[0, 100], [1, True]], "two numbers"),
        (["a", "b"], "a measure and its points"),
    ],
)
def test_nonsense_curves_are_refused(pairs: list[Any], said: str) -> None:
    with pytest.raises(CurveError, match=said):
        checked(pairs, Direction.LOWER)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({}, "at least one signal"),
        ({"signals": []}, "at least one signal"),
        ({"signals": [{"signal": "luck", "weight": 1}]}, "no signal 'luck'"),
        ({"signals": [{"signal": "nps", "weight": 0}]}, "All weights are 0"),
        ({"signals": [{"signal": "nps", "weight": -1}]}, "weight must be"),
        ({"signals": [{"signal": "nps", "weight": "a"}]}, "weight must be"),
        ({"signals": [{"signal": "nps", "weight": 1}] * 2}, "twice"),
        ({"signals": [{"signal": "nps", "weight": 1, "missing": 101}]}, "points when missing"),
        ({"signals": [{"signal": "nps", "weight": 1, "curve": [[0, 9], [5, 1]]}]}, "inverted"),
        ({"signals": [{"signal": "nps", "weight": 1}], "green_from": 40}, "above amber"),
    ],
)
def test_nonsense_models_are_refused(said: dict[str, Any], problem: str) -> None:
    with pytest.raises(RecipeError, match=problem):
        read(said, KNOWN)


@given(recipe=recipes(), data=st.data())
def test_what_moved_a_score_adds_up(recipe: Recipe, data: st.DataObject) -> None:
    before, after = (score(measures_of(data, recipe), recipe) for _ in range(2))
    base = base_of(before, after)
    moved = (after.above(base) - before.above(base)).sum(axis=1)
    both = ~(np.isnan(before.score) | np.isnan(after.score))
    assert moved[both] == pytest.approx((after.score - before.score)[both], abs=1e-9)


def test_who_is_measured_first_is_who_moved_the_score() -> None:
    """Two signals at 100 and 80 of equal weight, and a bad answer for the first time."""
    recipe = Recipe(
        (
            Ingredient("notice", 1, curve((0, 100), (1, 0))),
            Ingredient("open_tickets", 1, curve((0, 100), (10, 0))),
            Ingredient("nps", 1, curve((0, 0), (10, 100))),
        )
    )
    before = score(np.array([[0.0, 2.0, np.nan]]), recipe)
    after = score(np.array([[0.0, 2.0, 1.5]]), recipe)
    base = base_of(before, after)
    assert (base[0], after.score[0]) == (90, pytest.approx(65))
    moved = (after.above(base) - before.above(base))[0]
    assert moved.tolist() == [pytest.approx(-5 / 3), pytest.approx(5 / 3), pytest.approx(-25)]
