"""The area under the ROC curve: against its definition, DeLong's variance, and the bootstrap."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.health.areas import Area, area, difference
from metrics.intervals import Z

ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.booleans(), st.integers(1, 5)), min_size=4, max_size=40
)


def of(rows: list[tuple[float, bool, int]]) -> Area | None:
    scores, lefts, customers = zip(*rows, strict=True)
    return area(np.array(scores, dtype=float), np.array(lefts), np.array(customers))


@given(rows=ROWS)
def test_it_is_the_share_of_pairs_in_order(rows: list[tuple[float, bool, int]]) -> None:
    found = of(rows)
    left = [score for score, is_left, _ in rows if is_left]
    stayed = [score for score, is_left, _ in rows if not is_left]
    if not left or not stayed:
        assert found is None
        return
    pairs = [1.0 if x < y else 0.5 if x == y else 0.0 for x in left for y in stayed]
    assert found is not None
    assert found.value == pytest.approx(np.mean(pairs))
    if found.interval:
        assert 0 <= found.interval.low <= found.value <= found.interval.high <= 1


def test_of_customers_seen_once_it_is_delong() -> None:
    """DeLong, DeLong and Clarke-Pearson 1988: S10 / m + S01 / n of the placements."""
    draw = np.random.default_rng(3)
    scores = np.concatenate([draw.normal(45, 12, 30), draw.normal(60, 12, 90)]).round()
    is_left = np.arange(120) < 30
    found = area(scores, is_left, np.arange(120))
    assert found is not None
    less = scores[is_left][:, None] < scores[~is_left][None, :]
    ties = scores[is_left][:, None] == scores[~is_left][None, :]
    pairs = less + ties / 2
    variance = pairs.mean(axis=1).var(ddof=1) / 30 + pairs.mean(axis=0).var(ddof=1) / 90
    reach = Z * sqrt(variance) / (found.value * (1 - found.value))
    assert found.interval is not None
    logit = np.log(found.value / (1 - found.value))
    assert found.interval.low == pytest.approx(1 / (1 + np.exp(reach - logit)))
    assert found.interval.high == pytest.approx(1 / (1 + np.exp(-reach - logit)))


def test_customers_seen_again_and_again_make_no_interval_narrower() -> None:
    """Against the bootstrap of whole customers."""
    draw = np.random.default_rng(5)
    own = draw.normal(0, 10, 150)
    customers = np.repeat(np.arange(150), 8)
    scores = 60 + own[customers] + draw.normal(0, 3, 1200)
    last = np.arange(1200) % 8 == 7
    is_left = last & (draw.random(1200) < 1 / (1 + np.exp((scores - 52) / 5)))
    found = area(scores, is_left, customers)
    assert found is not None
    drawn = []
    for _ in range(600):
        chosen = draw.integers(0, 150, 150)
        rows = np.concatenate([np.arange(8 * one, 8 * one + 8) for one in chosen])
        again = area(scores[rows], is_left[rows], np.repeat(np.arange(150), 8))
        assert again is not None
        drawn.append(again.value)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert found.interval is not None
    assert found.interval.low == pytest.approx(low, abs=0.02)
    assert found.interval.high == pytest.approx(high, abs=0.02)


@given(rows=ROWS, more=st.lists(st.integers(0, 6), min_size=40, max_size=40))
@settings(max_examples=50)
def test_a_difference_is_that_of_both_and_vanishes_with_itself(
    rows: list[tuple[float, bool, int]], more: list[int]
) -> None:
    one = of(rows)
    other = of([(score, *rest) for score, (_, *rest) in zip(more, rows, strict=False)])
    if one is None or other is None:
        return
    assert difference(one, one) == (0.0, None)
    gain, interval = difference(one, other)
    assert gain == pytest.approx(one.value - other.value)
    if interval:
        assert interval.low <= gain <= interval.high


def test_all_apart_has_no_interval() -> None:
    found = of([(10, True, 1), (20, True, 2), (30, False, 3), (40, False, 4)])
    assert found is not None
    assert (found.value, found.interval) == (1.0, None)
