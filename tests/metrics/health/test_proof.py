"""A model's record, and weights learned from it: worlds made from a known model."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from metrics.health.curves import curve
from metrics.health.past import LEFT, NOT_ASKED, STAYED, Replay
from metrics.health.proof import prove
from metrics.health.recipe import Ingredient, Recipe
from metrics.health.scoring import Band
from metrics.health.suggesting import AGAINST, CONSTANT, UNMEASURED, suggest

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 3, 10)
STRAIGHT = curve((0, 0), (100, 100))
KEYS = ("nps", "csat", "features_used", "licences_used")


def ends(number: int) -> list[dt.date]:
    """Of months, the last of them 90 days ago and more."""
    days = [dt.date(2023 + at // 12, at % 12 + 1, 1) - DAY for at in range(36)]
    return [day for day in days if day + 90 * DAY < TODAY][-number:]


def world(
    slopes: tuple[float, ...], *, customers: int = 400, months: int = 14, seed: int = 1
) -> Replay:
    """Measures drawn from 0 to 100, which wander; the log odds to leave in the month 30 to 60 days
    after a snapshot fall by `slopes` for each 100."""
    draw = np.random.default_rng(seed)
    days = ends(months)
    measures = draw.uniform(0, 100, (customers, len(slopes)))
    churned: dict[int, list[dt.date]] = {}
    rows, at = [], []
    names = []
    there = np.full(customers, True)
    leaving: dict[int, dt.date] = {}
    for number, day in enumerate(days):
        for customer in np.flatnonzero(there):
            if customer in leaving and leaving[customer] <= day:
                there[customer] = False
                continue
            names.append(customer)
            at.append(number)
            rows.append(measures[customer].copy())
            odds = -1.6 - measures[customer] @ np.array(slopes) / 100
            if customer not in leaving and draw.random() < 1 / (1 + np.exp(-odds)):
                leaving[customer] = day + 45 * DAY
                churned[int(customer)] = [leaving[customer]]
        measures = np.clip(measures + draw.normal(0, 15, measures.shape), 0, 100)
    return Replay(
        TODAY,
        tuple(days),
        np.array(at),
        np.array(names),
        KEYS[: len(slopes)],
        np.array(rows),
        churned,
    )


def recipe(*weights: float) -> Recipe:
    return Recipe(
        tuple(Ingredient(key, one, STRAIGHT) for key, one in zip(KEYS, weights, strict=False))
    )


def few(*rows: tuple[int, int, float, dt.date | None], today: dt.date = TODAY) -> Replay:
    """Of (customer, snapshot, measure, the day it left)."""
    days = tuple(ends(3))
    return Replay(
        today,
        days,
        np.array([row[1] for row in rows]),
        np.array([row[0] for row in rows]),
        KEYS[:1],
        np.array([[row[2]] for row in rows]),
        {row[0]: [row[3]] for row in rows if row[3]},
    )


def test_outcomes_stand_in_their_window() -> None:
    day = ends(3)[0]
    left = [day + after * DAY for after in (30, 31, 60, 61)]
    replay = few(*((number, 0, 50, one) for number, one in enumerate(left)), (9, 0, 50, None))
    assert replay.outcomes(60).tolist() == [NOT_ASKED, LEFT, LEFT, STAYED, STAYED]
    assert replay.outcomes(30).tolist() == [LEFT, STAYED, STAYED, STAYED, STAYED]
    soon = few((1, 0, 50, None), today=day + 60 * DAY)
    assert soon.outcomes(60).tolist() == [NOT_ASKED]
    assert soon.outcomes(30).tolist() == [STAYED]


def test_a_record() -> None:
    day = ends(3)[0]
    rows = [(number, 0, 90.0, None) for number in range(60)]
    rows += [(100 + number, 0, 90.0, day + 40 * DAY) for number in range(2)]
    rows += [(200 + number, 0, 60.0, None) for number in range(20)]
    rows += [(300 + number, 0, 20.0, day + 50 * DAY) for number in range(10)]
    rows += [(400, 0, float("nan"), None), (401, 0, 20.0, day + 10 * DAY)]
    found = prove(few(*rows), recipe(1), 60)
    assert (found.all.n, found.all.left, found.unmeasured, found.left) == (92, 12, 1, 12)
    by = {one.band: one for one in found.bands}
    assert (by[Band.GREEN].rate.n, by[Band.GREEN].rate.left) == (62, 2)
    assert by[Band.RED].rate.value == 1
    assert by[Band.RED].lift == pytest.approx(92 / 12)
    assert by[Band.AMBER].lift == 0
    assert found.area is not None
    pairs = 10 * 80 + 2 * (60 / 2 + 0)
    assert found.area.value == pytest.approx(pairs / (12 * 80))
    assert sum(part.rate.n for part in found.calibration) == 92
    assert found.calibration[0].rate.left == 10
    assert [(one.customer, one.score, one.left_on) for one in found.missed] == [
        (101, 90, day + 40 * DAY),
        (100, 90, day + 40 * DAY),
    ]
    assert found.missed_count == 2


def test_too_few_who_left_prove_nothing() -> None:
    day = ends(3)[0]
    rows = [(number, 0, 90.0, None) for number in range(50)]
    found = prove(few(*rows, (99, 0, 10.0, day + 40 * DAY)), recipe(1), 60)
    assert found.area is None
    assert "1 customer left" in found.reason
    assert "10 are needed" in found.reason
    nothing = prove(few(*rows, today=day), recipe(1), 60)
    assert nothing.all.n == 0
    assert nothing.reason
    assert [one.rate.value for one in nothing.bands] == [None, None, None]
    assert nothing.calibration == []


def test_a_record_tells_a_model_from_chance() -> None:
    replay = world((3, 1, 0, 0))
    good = prove(replay, recipe(3, 1), 60).area
    blind = prove(replay, Recipe((Ingredient("features_used", 1, STRAIGHT),)), 60).area
    assert good is not None
    assert blind is not None
    assert good.interval is not None
    assert blind.interval is not None
    assert good.interval.low > 0.6
    assert blind.interval.low < 0.5 < blind.interval.high


@pytest.mark.parametrize("seed", range(3))
def test_learned_weights_recover_the_order(seed: int) -> None:
    found = suggest(world((4, 2, 0, 0.0), seed=seed), recipe(1, 1, 4, 4), 60)
    assert found.recipe is not None, found.reason
    weights = {one.signal: one.suggested for one in found.weights}
    assert weights["nps"] > weights["csat"] > weights["features_used"]
    assert weights["csat"] > weights["licences_used"]
    assert sum(weights.values()) == 100
    assert found.gain is not None
    assert found.gain_interval is not None
    assert found.gain_interval.low > 0
    assert found.own is not None
    assert min(found.tried) > world((1,), customers=1).days[0]


def test_what_went_with_leaving_gets_no_weight_and_is_said() -> None:
    replay = world((4, -4, 1, 1))
    measures = replay.measures.copy()
    measures[:, 2] = 50
    measures[:, 3] = np.nan
    replay = Replay(
        replay.today, replay.days, replay.at, replay.customers, KEYS, measures, replay.churned
    )
    found = suggest(replay, recipe(1, 1, 1, 1), 60)
    said = {one.signal: (one.suggested, one.why) for one in found.weights}
    assert said == {
        "nps": (100, ""),
        "csat": (0, AGAINST),
        "features_used": (0, CONSTANT),
        "licences_used": (0, UNMEASURED),
    }
    assert found.recipe is not None
    assert found.recipe.keys == ["nps"]


def test_no_weights_are_learned_from_few() -> None:
    found = suggest(world((4, 2), customers=20), recipe(1, 1), 60)
    assert found.recipe is None
    assert "30 customers that left" in found.reason
    assert f"there are {found.left}" in found.reason
    short = suggest(world((4, 2), months=4), recipe(1, 1), 60)
    assert short.recipe is None
    assert "6 ends of months" in short.reason
    wide = suggest(world((2, 2, 0, 0), customers=130), recipe(1, 1, 1, 1), 60)
    assert wide.horizon == 60


def test_weights_that_help_nothing_are_not_sold_as_gain() -> None:
    """Of a past that no signal tells anything of, the gain is around nothing."""
    found = suggest(world((0, 0, 0, 0), seed=4), recipe(1, 1, 1, 1), 60)
    if found.recipe is not None:
        assert found.gain_interval is not None
        assert found.gain_interval.low < 0
    else:
        assert "went with who stayed" in found.reason
