"""A value lies within its interval, whatever the rows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import estimates
from metrics.contributions.rows import Middle, Sums
from metrics.contributions.value_times import Timed
from metrics.definition import Computation
from metrics.documenting import computations
from metrics.estimates import KINDS, Estimator
from metrics.intervals import median_rank
from metrics.registry import metrics
from metrics.survival import Followed, curve
from metrics.values import scaled
from tests.metrics.held import assert_held

Pair = tuple[Decimal, Decimal]
"""What a row adds to the numerator and to the denominator."""

DAYS = Decimal(28)
AMOUNTS = st.decimals(Decimal("0.01"), Decimal(10**9), places=10)


def sums_of(rows: list[Pair], **parts: Decimal) -> Sums:
    return Sums(
        len(rows),
        sum((y for y, _ in rows), Decimal(0)),
        sum((x for _, x in rows), Decimal(0)),
        sum((y * y for y, _ in rows), Decimal(0)),
        sum((x * y for y, x in rows), Decimal(0)),
        sum((x * x for _, x in rows), Decimal(0)),
        parts,
    )


def rows(pairs: st.SearchStrategy[Pair]) -> st.SearchStrategy[list[Pair]]:
    """One row, rows all alike, or any."""
    alike = st.tuples(pairs, st.integers(1, 30)).map(lambda drawn: [drawn[0]] * drawn[1])
    return pairs.map(lambda pair: [pair]) | alike | st.lists(pairs, min_size=1, max_size=30)


def part_of(whole: Decimal) -> st.SearchStrategy[Pair]:
    return st.decimals(0, whole, places=10).map(lambda part: (part, whole))


SHARES = rows(st.booleans().map(lambda is_in: (Decimal(is_in), Decimal(1)))).map(sums_of)
PARTS = rows(AMOUNTS.flatmap(part_of)).map(sums_of)
RATIOS = rows(st.tuples(AMOUNTS, AMOUNTS))
MEANS = rows(AMOUNTS.map(lambda amount: (amount, Decimal(1))))


def scored(rows: list[Pair]) -> list[Pair]:
    """The first amount as a score from 0 to 100, weighted by the second."""
    return [(y % 101 * x, x) for y, x in rows]


def balance(rows: list[Pair]) -> list[Pair]:
    """The first as -1, 0 or 1, weighted by the second."""
    return [((int(y) % 3 - 1) * x, x) for y, x in rows]


def answered(scores: list[int]) -> Sums:
    return Sums(
        len(scores),
        Decimal(sum(scores)),
        Decimal(len(scores)),
        parts={
            "promoters": Decimal(scores.count(1)),
            "detractors": Decimal(scores.count(-1)),
        },
    )


def middle(rows: list[Pair]) -> Sums:
    """As tickets have it: the values at the ranks that bound the median."""
    values = sorted(float(y) for y, _ in rows)
    rank = median_rank(len(values))
    low, high = (values[rank - 1], values[-rank]) if rank else (None, None)
    return Sums(len(values), x=Decimal(len(values)), middle=Middle(median(values), low, high))


def timed(outcomes: list[tuple[int, str]]) -> Sums:
    found = curve(
        Followed(time, how == "there", how == "left", how == "on the way") for time, how in outcomes
    )
    return Timed(n=len(outcomes), x=Decimal(len(outcomes)), curve=found)


OUTCOME = st.tuples(st.integers(0, 12), st.sampled_from(["there", "left", "on the way"]))
NET = st.sampled_from([-1, 0, 1])
SUMS: dict[Estimator, st.SearchStrategy[Sums]] = {
    estimates.share: SHARES,
    estimates.share_on_one_scale: SHARES,
    estimates.share_of_answers: SHARES,
    estimates.weighted_share: PARTS,
    estimates.ratio: RATIOS.map(sums_of),
    estimates.mean_score: RATIOS.map(scored).map(sums_of),
    estimates.ratio_per_day: RATIOS.map(lambda found: sums_of(found, days=DAYS)),
    estimates.mean_money: MEANS.map(sums_of),
    estimates.mean_billed: MEANS.map(lambda found: sums_of(found, billed=Decimal(1))),
    estimates.median: MEANS.map(middle),
    estimates.median_time: st.lists(OUTCOME, min_size=1, max_size=25).map(timed),
    estimates.net_promoter: (
        NET.map(lambda one: [one])
        | st.tuples(NET, st.integers(1, 60)).map(lambda drawn: [drawn[0]] * drawn[1])
        | st.lists(NET, min_size=1, max_size=60)
    ).map(answered),
    estimates.weighted_net_promoter: RATIOS.map(balance).map(sums_of),
}


def with_interval() -> Iterator[tuple[str, Computation]]:
    """Each metric with each of its options that has an interval."""
    for metric in metrics():
        for way, computed in computations(metric):
            if computed.estimate in KINDS and not computed.no_interval:
                yield f"{metric.key} {way}".strip(), computed


def test_every_kind_of_interval_is_tried() -> None:
    assert {computed.estimate for _, computed in with_interval()} == set(SUMS) == set(KINDS)


@pytest.mark.parametrize(
    ("name", "computed"), [pytest.param(*one, id=one[0]) for one in with_interval()]
)
@given(data=st.data())
def test_an_interval_holds_its_value(name: str, computed: Computation, data: st.DataObject) -> None:
    found = scaled(computed, computed.estimate(data.draw(SUMS[computed.estimate])), int(DAYS))
    assert_held(name, found)


@pytest.mark.parametrize("n", [1, 2, 5, 100])
@pytest.mark.parametrize(("score", "value"), [(1, 100), (0, 0), (-1, -100)])
def test_nps_of_answers_all_alike(score: int, value: float, n: int) -> None:
    found = estimates.net_promoter(answered([score] * n))
    assert found.value == value
    assert found.low is not None
    assert found.high is not None
    assert -100 <= found.low <= value <= found.high <= 100
    assert found.high - found.low > 0
