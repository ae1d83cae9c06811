from decimal import Decimal
from math import isclose, sqrt
from statistics import variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.intervals import (
    Interval,
    Z,
    difference,
    effective_n,
    is_significant,
    net_promoter,
    ratio,
    wilson,
)


def test_nps_of_50_promoters_and_20_detractors_of_100() -> None:
    found = net_promoter(50, 20, 100)
    assert found is not None
    assert round((found.low + found.high) / 2, 2) == 29.13
    assert round((found.high - found.low) / 2, 2) == 15.08


def test_nps_of_ten_promoters_is_cut_at_100() -> None:
    found = net_promoter(10, 0, 10)
    assert found is not None
    assert (round(found.low, 1), found.high) == (47.5, 100.0)


def test_csat_of_the_definitions() -> None:
    found = wilson(74, 107)
    assert found is not None
    assert (round(100 * found.low, 2), round(100 * found.high, 2)) == (59.87, 77.12)


@given(st.integers(1, 10_000), st.data())
def test_wilson_solves_its_own_equation(n: int, data: st.DataObject) -> None:
    """Its ends are where the share observed is just Z standard errors away."""
    k = data.draw(st.integers(0, n))
    found = wilson(k, n)
    assert found is not None
    share = k / n
    assert 0 <= found.low <= share <= found.high <= 1
    for bound in (found.low, found.high):
        if 0 < bound < 1:
            assert isclose(
                abs(share - bound), Z * sqrt(bound * (1 - bound) / n), rel_tol=1e-6, abs_tol=1e-9
            )


def test_nobody_gives_no_interval() -> None:
    assert wilson(0, 0) is None
    assert net_promoter(0, 0, 0) is None
    assert ratio(0, *[Decimal(0)] * 5) is None


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30))
def test_effective_n_is_at_most_the_number_of_customers(amounts: list[int]) -> None:
    squares = Decimal(sum(x * x for x in amounts))
    found = effective_n(Decimal(sum(amounts)), squares)
    assert 1 - 1e-9 <= found <= len(amounts) + 1e-9
    same = effective_n(Decimal(7 * 5), Decimal(7 * 25))
    assert same == 7


@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=30))
def test_a_ratio_over_ones_is_the_mean_with_its_standard_error(values: list[int]) -> None:
    n = len(values)
    total = Decimal(sum(values))
    found = ratio(n, total, Decimal(n), Decimal(sum(v * v for v in values)), total, Decimal(n))
    assert found is not None
    mean, error = sum(values) / n, sqrt(variance(values) / n)
    assert isclose(found.low, mean - Z * error, rel_tol=1e-9, abs_tol=1e-6)
    assert isclose(found.high, mean + Z * error, rel_tol=1e-9, abs_tol=1e-6)


def test_newcombes_own_example() -> None:
    """Newcombe 1998, table II, (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339."""
    first, second = wilson(56, 70), wilson(48, 80)
    assert first is not None
    assert second is not None
    found = difference(56 / 70, first, 48 / 80, second)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert is_significant(56 / 70, first, 48 / 80, second)


@pytest.mark.parametrize(("now", "expected"), [(0.30, False), (0.60, True), (0.05, True)])
def test_a_change_counts_when_its_interval_leaves_out_zero(now: float, expected: bool) -> None:
    spread = Interval(now - 0.1, now + 0.1)
    assert is_significant(now, spread, 0.25, Interval(0.15, 0.35)) is expected
