"""The shifted-beta-geometric model."""

from __future__ import annotations

from math import isinf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.sbg import Lives, Model, NobodyLeftError, fit, log_likelihood

SURVIVORS = [1000, 869, 743, 653, 593, 551, 517, 491]


@pytest.fixture(scope="module")
def model() -> Model:
    return fit(Lives.of_survivors(SURVIVORS))


def test_the_example_to_its_digits(model: Model) -> None:
    # The likelihood is greatest at b = 3.806095, which is as near to 3.80609 as to 3.80610.
    assert round(model.a, 5) == 0.66809
    assert model.b == pytest.approx(3.80610, abs=1e-5)
    assert round(model.log_likelihood, 3) == -1611.158
    years = [round(100 * model.survival(t), 1) for t in range(8, 13)]
    assert years == [46.0, 43.6, 41.4, 39.5, 37.8]
    assert round(model.lifetime(0.1, lived=1), 4) == 5.4145
    assert round(model.lifetime(0.1, lived=8), 3) == 7.530


def test_a_lifetime_is_the_sum_of_its_periods(model: Model) -> None:
    total = sum(model.survival(t) / 1.1**t for t in range(2000))
    assert model.lifetime(0.1) == pytest.approx(total)
    assert model.lifetime(0.1, horizon=2000) == pytest.approx(total)
    left = sum(model.survival(t) / model.survival(7) / 1.1 ** (t - 8) for t in range(8, 2000))
    assert model.lifetime(0.1, lived=8) == pytest.approx(left)
    assert model.lifetime(0.1, lived=8, horizon=2000) == pytest.approx(left)


def test_without_discount_the_lifetime_may_have_no_end(model: Model) -> None:
    assert isinf(model.lifetime(0.0))
    ending = Model(3.0, 4.0, 0.0)
    assert ending.lifetime(0.0) == pytest.approx(
        sum(ending.survival(t) for t in range(20_000)), rel=1e-4
    )


def test_nobody_left_is_refused() -> None:
    with pytest.raises(NobodyLeftError):
        fit(Lives.of_survivors([10, 10, 10]))
    with pytest.raises(NobodyLeftError):
        fit(Lives({}, {}))


@settings(max_examples=25)
@given(
    st.dictionaries(st.integers(1, 60), st.integers(1, 500), min_size=1, max_size=8),
    st.dictionaries(st.integers(0, 60), st.integers(1, 500), max_size=8),
)
def test_no_other_model_is_likelier(lost: dict[int, int], alive: dict[int, int]) -> None:
    lives = Lives(lost, alive)
    found = fit(lives)
    tolerance = 1e-6 * abs(found.log_likelihood) + 1e-6
    for a in (0.05, 0.5, 1.0, 3.0, 20.0):
        for b in (0.05, 0.5, 1.0, 3.0, 20.0):
            assert log_likelihood(a, b, lives) <= found.log_likelihood + tolerance
    shares = [found.survival(t) for t in range(5)]
    assert shares[0] == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
