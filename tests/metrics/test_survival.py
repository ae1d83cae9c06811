"""The curve of how long things take."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.survival import Followed, curve
from tests.metrics import plain_customers

# Leukaemia patients that were maintained: the textbooks' example (Miller 1997). Months to relapse.
MAINTAINED = [
    *(Followed(time, arrived=1) for time in (9, 13, 18, 23, 31, 34, 48)),
    *(Followed(time, censored=1) for time in (13, 28, 45, 161)),
]


def test_the_textbooks_example() -> None:
    """The survival they print, and the median 31 with its log-log interval from 13, open above."""
    found = curve(MAINTAINED)
    survival = {step.time: round(1 - step.share, 3) for step in found.steps}
    assert survival == {9: 0.909, 13: 0.818, 18: 0.716, 23: 0.614, 31: 0.491, 34: 0.368, 48: 0.184}
    errors = {step.time: round(step.error, 4) for step in found.steps}
    assert errors == {
        9: 0.0867, 13: 0.1163, 18: 0.1397, 23: 0.1526, 31: 0.1642, 34: 0.1627, 48: 0.1535
    }  # fmt: skip
    assert found.quantile(0.5) == 31
    assert found.bounds(0.5) == (13, None)


def test_who_left_first_is_not_merely_out_of_sight() -> None:
    """Of four, one leaves before two get there: half, not two thirds."""
    found = curve([Followed(1, left=1), Followed(2, arrived=2), Followed(3, censored=1)])
    assert found.share == 0.5
    assert found.quantile(0.5) == 2


def test_what_is_not_known_yet_is_not_said() -> None:
    found = curve([Followed(5, arrived=1), Followed(120, censored=3)])
    assert found.quantile(0.5) is None
    assert (found.share, found.last) == (0.25, 120)
    assert (found.share_by(4), found.share_by(120), found.share_by(121)) == (0.0, 0.25, None)
    assert curve([Followed(5, arrived=1)]).share_by(1000) == 1
    assert curve([]).quantile(0.5) is None


OUTCOMES = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(["there", "left", "on the way"])), max_size=25
)


def followed(outcomes: list[tuple[int, str]]) -> list[Followed]:
    return [
        Followed(time, how == "there", how == "left", how == "on the way") for time, how in outcomes
    ]


@given(OUTCOMES)
def test_the_plain_implementation_agrees(outcomes: list[tuple[int, str]]) -> None:
    found = curve(followed(outcomes))
    for step in found.steps:
        expected = plain_customers.incidence(outcomes, step.time)
        assert step.share == pytest.approx(float(expected))
    for share in (Fraction(1, 2), Fraction(3, 4), Fraction(9, 10)):
        assert found.quantile(float(share)) == plain_customers.quantile(outcomes, share)
    low, high = found.bounds(0.5)
    median = found.quantile(0.5)
    if median is not None and low is not None:
        assert low <= median
    assert high is None or median is None or median <= high


@given(OUTCOMES)
def test_without_leavers_the_variance_is_greenwoods(outcomes: list[tuple[int, str]]) -> None:
    kept = [(time, how) for time, how in outcomes if how != "left"]
    for step in curve(followed(kept)).steps:
        survival, total = 1.0, 0.0
        for at in sorted({time for time, how in kept if how == "there" and time <= step.time}):
            risk = sum(time >= at for time, _ in kept)
            gone = sum(time == at and how == "there" for time, how in kept)
            survival *= 1 - gone / risk
            total += gone / (risk * (risk - gone)) if risk > gone else 0.0
        assert step.error == pytest.approx(survival * sqrt(total), abs=1e-7)
