"""The forecast as pure arithmetic: cells in, months ahead out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from metrics import sbg
from metrics.forecast.calculation import Forecast, forecast
from metrics.forecast.history import Cell, history, months_between
from metrics.forecast.retention import Retention, retentions
from metrics.forecast.scoring import score
from metrics.periods import Grain, Period, advance
from metrics.sbg import Lives, Model

SURVIVORS = [1000, 869, 743, 653, 593, 551, 517, 491]
AS_OF = date(2025, 2, 17)
ZERO = Decimal(0)


def cell(
    cohort: date, month: date, begun: int = 0, lost: int = 0, each: int = 100, **more: Decimal
) -> Cell:
    """Customers that all pay `each`."""
    net = Decimal((begun - lost) * each)
    churned = Decimal(0 if cohort == month else lost * each)
    made = Cell(cohort, month, False, begun, lost, net, churned, net * each)
    return replace(made, **more)


def of_survivors(cohort: date, survivors: list[int], each: int = 100) -> list[Cell]:
    found = [cell(cohort, cohort, begun=survivors[0], each=each)]
    for number, (before, after) in enumerate(pairwise(survivors), start=1):
        month = advance(cohort, Grain.MONTH, number)
        found.append(cell(cohort, month, lost=before - after, each=each))
    return found


@pytest.fixture(scope="module")
def cells() -> list[Cell]:
    """METRICS.md's cohort, a customer a hundred a month; before it, one that left at once, so
    that there is a year of history and nobody else's life."""
    first = date(2024, 1, 1)
    return [cell(first, first, begun=1, lost=1), *of_survivors(date(2024, 6, 1), SURVIVORS)]


@pytest.fixture(scope="module")
def found(cells: list[Cell]) -> Forecast:
    return forecast(cells, as_of=AS_OF)


def test_by_hand(found: Forecast) -> None:
    a, b = 0.66809, 3.80610  # METRICS.md
    assert found.base == Period(date(2025, 1, 1), date(2025, 2, 1))
    assert (found.mrr, found.customers) == (49100, 491)
    (one,) = found.cohorts
    assert one.cohort.lived == 7
    assert one.kept[0] == pytest.approx((b + 7) / (a + b + 7), rel=1e-5)
    assert one.kept[1] == pytest.approx(one.kept[0] * (b + 8) / (a + b + 8), rel=1e-5)
    # What METRICS.md says is there after 8 to 12 periods, of what the model has after 7.
    shares = [0.460, 0.436, 0.414, 0.395, 0.378]
    after_7 = sbg.Model(a, b, 0).survival(7)
    assert one.kept[:5] == pytest.approx([share / after_7 for share in shares], abs=2e-3)
    # 100,000 in one of the last twelve months; of a month's 8,333.33 the first is there whole.
    ahead = found.months[:3]
    stays = [1, b / (a + b), b / (a + b) * (b + 1) / (a + b + 1)]
    each = 100_000 / 12
    assert [float(m.new) for m in ahead] == pytest.approx(
        [each, each * sum(stays[:2]), each * sum(stays)], rel=1e-5
    )
    assert [m.returned for m in ahead] == [0, 0, 0]
    assert [float(m.kept) for m in ahead] == pytest.approx(
        [49100 * one.kept[number] for number in range(3)]
    )
    assert found.change is not None
    assert (found.change.mean, found.change.deviation) == (0, 0)


def test_the_interval_by_hand(found: Forecast) -> None:
    first = found.months[0]
    (one,) = found.cohorts
    stays = one.kept[0]
    # 131, 126, ... left where the model says other numbers: their variance is that many times
    # what it would be of customers who leave independently of each other.
    pooled = found.pooled
    assert pooled is not None
    off = variance = 0.0
    for number, (before, after) in enumerate(pairwise(SURVIVORS)):
        leaves = pooled.model.a / (pooled.model.a + pooled.model.b + number)
        off += (before - after - before * leaves) ** 2
        variance += before * leaves * (1 - leaves)
    assert found.spread == pytest.approx(off / variance)
    assert first.error.leaves == pytest.approx(found.spread * 491 * 100**2 * stays * (1 - stays))
    # One month of twelve brought 100,000: its variance, and of the mean a twelfth of it.
    variance = (11 * (100_000 / 12) ** 2 + (100_000 * 11 / 12) ** 2) / 11
    assert first.error.begins == pytest.approx(variance * (1 + 1 / 12))
    assert first.error.changes == 0
    reach = Decimal(1.959963984540054 * first.error.standard)
    assert float(first.high) == pytest.approx(float(first.value + reach))
    assert first.low == 0 == max(first.value - reach, ZERO)


def test_it_adds_up_and_the_interval_holds_the_value(found: Forecast) -> None:
    assert [one.number for one in found.months] == list(range(1, 13))
    assert found.months[-1].period == Period(date(2026, 1, 1), date(2026, 2, 1))
    for number, one in enumerate(found.months):
        assert one.kept == sum(cohort.expected[number] for cohort in found.cohorts)
        assert one.value == one.kept + one.new + one.returned
        assert 0 <= one.low < one.value < one.high
    errors = [one.error.standard for one in found.months]
    assert errors == sorted(errors)
    assert found.last is found.months[-1]


def test_constant_churn_decays_geometrically() -> None:
    """With a and b large, everybody leaves with the chance a / (a + b)."""
    steady = Retention(Model(2e13, 98e13, 0.0), False, ((0.0, 0.0), (0.0, 0.0)))
    for lived in (0, 1, 40):
        for ahead in range(13):
            assert steady.kept(lived, ahead) == pytest.approx(0.98**ahead, rel=1e-11)


def test_who_has_stayed_longer_stays_longer() -> None:
    mixed = Retention(Model(0.668, 3.806, 0.0), False, ((0.0, 0.0), (0.0, 0.0)))
    kept = [mixed.kept(lived, 12) for lived in (0, 1, 6, 24, 60)]
    assert kept == sorted(kept)
    assert mixed.kept(5, 7) * mixed.kept(0, 5) == pytest.approx(mixed.kept(0, 12))
    assert mixed.kept(0, 12) == pytest.approx(mixed.model.survival(12))


def test_what_the_parameters_add_is_the_curvature_of_the_likelihood() -> None:
    """Against differences of the log-likelihood and of the share kept."""
    lives = Lives.of_survivors(SURVIVORS)
    model = sbg.fit(lives)
    a, b, step = model.a, model.b, 1e-3

    def likelihood(by_a: float, by_b: float) -> float:
        return sbg.log_likelihood(a + by_a * step, b + by_b * step, lives)

    here = likelihood(0, 0)
    curvature = [
        (likelihood(1, 0) - 2 * here + likelihood(-1, 0)) / -(step**2),
        (likelihood(1, 1) - likelihood(1, -1) - likelihood(-1, 1) + likelihood(-1, -1))
        / -(4 * step**2),
        (likelihood(0, 1) - 2 * here + likelihood(0, -1)) / -(step**2),
    ]
    (aa, ab), (_, bb) = sbg.information(a, b, lives)
    assert [aa, ab, bb] == pytest.approx(curvature, rel=1e-3)

    one = history(of_survivors(date(2024, 6, 1), SURVIVORS), date(2025, 2, 1))
    pooled = retentions(one, months=12).pooled
    for lived, ahead in ((0, 5), (7, 12)):
        slope = pooled.slope(lived, ahead)
        moved = [
            (_moved(pooled, way, 1e-5).kept(lived, ahead) - pooled.kept(lived, ahead)) / 1e-5
            for way in ((1.0, 0.0), (0.0, 1.0))
        ]
        assert list(slope) == pytest.approx(moved, rel=1e-3)
    (v_aa, v_ab), (_, v_bb) = pooled.covariance
    determinant = aa * bb - ab * ab
    assert v_aa == pytest.approx(bb / determinant / a**2)
    assert v_bb == pytest.approx(aa / determinant / b**2)
    assert v_ab == pytest.approx(-ab / determinant / (a * b))


def _moved(of: Retention, way: tuple[float, float], step: float) -> Retention:
    a, b = of.model.a * (1 + way[0] * step), of.model.b * (1 + way[1] * step)
    return Retention(Model(a, b, 0.0), False, of.covariance)


def test_more_that_is_known_narrows_what_the_parameters_add() -> None:
    known: list[float] = []
    for factor in (1, 100):
        made = forecast(
            [
                cell(date(2024, 1, 1), date(2024, 1, 1), begun=1, lost=1),
                *of_survivors(date(2024, 6, 1), [factor * count for count in SURVIVORS]),
            ],
            as_of=AS_OF,
        )
        assert made.last is not None
        known.append(made.last.error.model / made.spread / float(made.last.kept) ** 2)
    assert known[1] == pytest.approx(known[0] / 100, rel=0.05)


def test_a_cohort_that_differs_has_a_model_of_its_own() -> None:
    """Nine alike and one that loses a fifth a month; one as bad but too small; and one that is
    no different."""
    steady = [1000 - 10 * number for number in range(13)]
    bad = [400, 320, 256, 205, 164, 131, 105]
    found = history(
        [
            *of_survivors(date(2024, 1, 1), steady),
            *of_survivors(date(2024, 2, 1), steady[:12]),
            *of_survivors(date(2024, 6, 1), steady[:8]),
            *of_survivors(date(2024, 7, 1), bad),
            *of_survivors(date(2024, 8, 1), [20, 16, 13, 10, 8, 7]),
        ],
        date(2025, 2, 1),
    )
    fitted = retentions(found, months=12)
    months = [found.cohorts[number].month for number in fitted.own]
    assert date(2024, 7, 1) in months
    assert date(2024, 8, 1) not in months
    bad_one = fitted.of([one.month for one in found.cohorts].index(date(2024, 7, 1)))
    assert bad_one.is_own
    assert bad_one.kept(0, 6) == pytest.approx(105 / 400, abs=0.02)
    assert fitted.pooled.kept(0, 6) > 0.7


def test_one_bad_month_for_all_widens_the_interval_and_is_no_cohorts_own() -> None:
    """As with churn recorded in one month only: every cohort loses a quarter in it."""
    cohorts = [date(2023, 1, 1), *(date(2024, month, 1) for month in range(1, 13))]
    cells = [
        made
        for month in cohorts
        for lived in [months_between(month, date(2025, 1, 1))]
        for made in of_survivors(month, [200] * lived + [150])
    ]
    found = retentions(history(cells, date(2025, 2, 1)), months=12)
    assert found.spread > 100
    assert not found.own


def test_growth_of_who_stays_is_in_it() -> None:
    """A hundred more each month on what is about 49,100."""
    cells = [
        cell(date(2023, 12, 1), date(2023, 12, 1), begun=100),
        cell(date(2023, 12, 1), date(2024, 1, 1), lost=1),
        *(
            cell(date(2023, 12, 1), date(2024, month, 1), net=Decimal(99), squares=ZERO)
            for month in range(2, 13)
        ),
        cell(date(2023, 12, 1), date(2025, 1, 1), net=Decimal(99), squares=ZERO),
    ]
    found = forecast(cells, as_of=AS_OF)
    assert found.change is not None
    opening = sum(9900 + 99 * number for number in range(12))
    assert found.change.mean == pytest.approx(12 * 99 / opening)
    (one,) = found.cohorts
    assert float(one.expected[11]) == pytest.approx(
        float(found.mrr) * one.kept[11] * (1 + found.change.mean) ** 12
    )


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([], "nobody ever paid"),
        (of_survivors(date(2024, 6, 1), SURVIVORS), "less than 12 full months of history"),
        (of_survivors(date(2024, 1, 1), [10] * 13), "nobody left"),
        (of_survivors(date(2024, 1, 1), [10] * 12 + [0]), "nobody pays at the close of January"),
    ],
)
def test_empty_with_its_reason(cells: list[Cell], reason: str) -> None:
    found = forecast(cells, as_of=AS_OF)
    assert found.reason.startswith(reason)
    assert found.months == []
    assert found.last is None
    assert score(found, {}).reason.startswith("there was no forecast then: ")


def test_months_that_are_not_over_are_not_looked_at(cells: list[Cell], found: Forecast) -> None:
    later = [
        *cells,
        *of_survivors(date(2025, 2, 1), [50, 20]),
        cell(date(2024, 6, 1), date(2025, 3, 1), lost=400),
    ]
    assert forecast(later, as_of=AS_OF) == found
    assert forecast(later, as_of=date(2025, 4, 1)) != found


def test_a_score_is_what_was_said_beside_what_was(found: Forecast) -> None:
    actual = {one.period: one.value for one in found.months[:3]}
    actual[found.months[3].period] = found.months[3].high + 1
    actual[found.months[4].period] = ZERO
    scored = score(found, actual)
    assert [one.is_held for one in scored.months[:4]] == [True, True, True, False]
    assert [one.error for one in scored.months[:3]] == [0, 0, 0]
    fourth = scored.months[3].error
    assert fourth is not None
    assert fourth < 0
    assert scored.months[4].error is None
    assert scored.mean_error == pytest.approx(-fourth / 4)
    unchanged = [
        abs(float(found.mrr) / float(actual[one.period]) - 1) for one in found.months[:4]
    ]  # fmt: skip
    assert scored.unchanged_mean_error == pytest.approx(sum(unchanged) / 4)
    assert scored.is_better
    assert score(found, {}).reason == "none of its months is over"
