"""Lifetime value, and lifetime value per acquisition cost."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import intervals
from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension, Frame, Split
from metrics.contributions.lifetime import Lifetime, Method, lives_of
from metrics.explanation import explain
from metrics.models import MetricSettings
from metrics.periods import Grain, periods
from metrics.registry import metric
from metrics.sbg import Lives, fit
from metrics.series import Series, Value
from metrics.values import series
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts, plain, plain_customers
from tests.metrics.histories import MONTHS, customers, in_currencies
from tests.metrics.test_agreement import GRAINS, SPLITS, random_histories, stored
from tests.metrics.test_currencies import stored_with_rates
from tests.metrics.test_customer_costs import acquisition, rows_add_up

AS_OF = date(2026, 9, 1)
JANUARY = (date(2026, 1, 1), date(2026, 2, 1))
LTV = "customer_lifetime_value"


def found(
    company: Company,
    key: str = LTV,
    dimension: Dimension = WHOLE,
    span: tuple[date, date] = JANUARY,
    grain: Grain = Grain.MONTH,
    **options: str,
) -> Series:
    cut = periods(*span, grain, as_of=AS_OF)
    return series(
        metric(key), cut, company=company, as_of=AS_OF, dimension=dimension, options=options
    )


def value(company: Company, key: str = LTV, **options: str) -> Value:
    return found(company, key, WHOLE, JANUARY, Grain.MONTH, **options).totals[-1]


@pytest.fixture
def five_percent(company: Company) -> None:
    """20 customers at 100 through six months, one of them lost in the last: pooled over 120
    openings a churn of 1/120; and 6 lost of another 6, one each month: see the tests."""
    for number in range(19):
        facts.term(f"stays{number}", date(2025, 1, 1), None, 100)
    facts.term("leaves", date(2025, 1, 1), date(2026, 1, 10), 100)
    ledger.rebuild()


def test_the_example(company: Company) -> None:
    """ARPA 100, churn 5 %, margin 100 %: 2,000. One of 20 leaves in the only full month there
    is."""
    for number in range(19):
        facts.term(f"stays{number}", date(2025, 12, 15), None, 100)
    facts.term("leaves", date(2025, 12, 15), date(2026, 1, 10), 100)
    ledger.rebuild()
    one = value(company)
    assert one.value == 2000
    assert one.numerator == 19 * 2000
    assert one.denominator == 19
    assert one.parts["lost"] == 1
    assert one.parts["openings"] == 20
    assert one.parts["churn"] == Decimal("0.05")
    assert (one.low, one.high) == (None, None)
    MetricSettings.objects.create(pk=1, gross_margin=80)
    assert value(company).value == 1600
    assert value(company, method="revenue").value == 1600


@pytest.mark.usefixtures("five_percent")
def test_churn_is_pooled_over_six_months(company: Company) -> None:
    one = value(company)
    assert one.parts["lost"] == 1
    assert one.parts["openings"] == 120
    assert one.value == 12_000
    short = value(company, horizon="2", discount="10")
    assert float(short.value or 0) == pytest.approx(100 * (1 + (1 - 1 / 120) / 1.1))
    assert float(value(company, discount="1").value or 0) == pytest.approx(
        100 * 1.01 / (1 / 120 + 0.01)
    )


def test_an_unfinished_month_is_not_among_the_six(company: Company) -> None:
    facts.term("stays", date(2025, 1, 1), None, 100)
    facts.term("leaves", date(2025, 1, 1), date(2026, 1, 10), 100)
    ledger.rebuild()
    as_of = date(2026, 1, 20)
    cut = periods(*JANUARY, Grain.MONTH, as_of=as_of)
    (one,) = series(metric(LTV), cut, company=company, as_of=as_of).totals
    assert one.value is None
    assert one.parts["lost"] == 0


def test_at_no_churn_it_is_at_least(company: Company) -> None:
    for number in range(10):
        facts.term(f"stays{number}", date(2025, 1, 1), None, 100)
    ledger.rebuild()
    one = value(company)
    bound = intervals.wilson(0, 60)
    assert bound is not None
    assert one.value is None
    assert float(one.low or 0) == pytest.approx(100 / bound.high)
    assert "at least" in (one.reason or "")
    assert value(company, horizon="12").value == 1200
    refused = value(company, method="sbg", discount="1")
    assert refused.value is None
    assert "nobody left" in (refused.reason or "")


def test_nobody_has_no_lifetime(company: Company) -> None:
    assert value(company).reason == "no customers at the close"
    facts.term("new", date(2026, 1, 10), None, 100)
    ledger.rebuild()
    assert "6 full months" in (value(company).reason or "")


def test_the_models_lifetime(company: Company) -> None:
    """10 began in January 2025; 4 left in their first year, 2 in their second month."""
    for number in range(10):
        ended = {0: date(2025, 2, 15), 1: date(2025, 3, 1), 2: date(2025, 7, 1)}.get(number)
        facts.term(f"c{number}", date(2025, 1, 1), ended, 100)
    ledger.rebuild()
    model = fit(Lives({2: 2, 6: 1}, {12: 7}))
    monthly = value(company, method="sbg", discount="1")
    assert float(monthly.value or 0) == pytest.approx(100 * model.lifetime(0.01))
    yearly = value(company, method="sbg", discount="10", period="year")
    by_year = fit(Lives({1: 3}, {1: 7}))
    assert float(yearly.value or 0) == pytest.approx(1200 * by_year.lifetime(0.1))
    ahead = value(company, method="sbg", horizon="12")
    assert float(ahead.value or 0) == pytest.approx(100 * model.lifetime(0, horizon=12))


def test_what_is_left_depends_on_how_long_each_has_lived(company: Company) -> None:
    """Of 10 from January 2025 three left in their second, second and sixth month; two began
    later, and one of January came back in December."""
    for number in range(10):
        ended = {0: date(2025, 2, 15), 1: date(2025, 3, 1), 2: date(2025, 7, 1)}.get(number)
        facts.term(f"c{number}", date(2025, 1, 1), ended, 100)
    facts.term("c0", date(2025, 12, 20), None, 50)
    facts.term("later", date(2025, 11, 15), None, 10)
    ledger.rebuild()
    one = value(company, method="sbg", lifetime="residual", discount="1")
    model = fit(Lives({2: 2, 6: 1}, {12: 7, 2: 1}))
    left = {n: model.lifetime(0.01, lived=n) for n in (2, 3, 13)}
    assert left[2] < left[3] < left[13]
    total = 700 * left[13] + 50 * left[2] + 10 * left[3]
    assert float(one.numerator or 0) == pytest.approx(total)
    assert float(one.value or 0) == pytest.approx(total / 9)
    assert one.parts["months"] == pytest.approx(Decimal(total / 760))
    shown = found(company, method="sbg", lifetime="residual", discount="1")
    rows_add_up(company, LTV, shown, one, 2)
    page = explain(
        metric(LTV), one.period, company=company, as_of=AS_OF, options=shown.options, limit=20
    )
    lived = sorted(int(row.parts["periods_lived"]) for row in page.rows)
    assert lived == [1, 2, *7 * [12]]
    assert shown.computation.row_unit_of("periods_lived") == "count"
    assert shown.computation.row_unit_of("months") == "months"
    assert shown.computation.row_unit_of("mrr") == "money"
    yearly = value(company, method="sbg", lifetime="residual", discount="10", period="year")
    by_year = fit(Lives({1: 3}, {1: 7, 0: 1}))
    assert float(yearly.numerator or 0) == pytest.approx(
        12 * (700 * by_year.lifetime(0.1, lived=2) + 60 * by_year.lifetime(0.1, lived=1))
    )
    endless = value(company, method="sbg", lifetime="residual")
    assert (endless.value is None) == (model.a <= 1)


@pytest.mark.usefixtures("five_percent")
def test_constant_churn_knows_no_age(company: Company) -> None:
    for method in ("churn", "revenue"):
        assert (
            value(company, method=method, lifetime="residual").value
            == value(company, method=method).value
        )


@pytest.mark.usefixtures("five_percent")
def test_lifetime_to_cost(company: Company) -> None:
    assert value(company, "ltv_to_cac").reason == "no acquisition cost on record"
    acquisition(6000)
    assert value(company, "ltv_to_cac").reason == "no new customers in the period"
    for number in range(2):
        facts.term(f"new{number}", date(2026, 1, 20), None, 100)
    ledger.rebuild()
    one = value(company, "ltv_to_cac")
    assert one.value == 12_000 / 3000
    assert one.parts["acquisition_cost"] == 3000
    assert value(company, "ltv_to_cac", lag="1").value is None
    rows_add_up(company, "ltv_to_cac", found(company, "ltv_to_cac"), one, 1)


@pytest.mark.usefixtures("five_percent")
def test_pages_and_api_show_them(company: Company, client_of: Clients) -> None:
    client = client_of(company, "viewer")
    for key in (LTV, "ltv_to_cac"):
        for query in ({}, {"by": "product"}, {"method": "sbg"}, {"preset": "24", "grain": "day"}):
            assert client.get(f"/metrics/{key}/", query).status_code == 200, (key, query)
    span = {"start": "2026-01-01", "end": "2026-02-01"}
    answer = client.get(f"/api/v1/metrics/{LTV}/", span).json()["values"][0]
    assert answer["value"] == "12000.00"
    assert answer["parts"]["churn"] == pytest.approx(1 / 120)
    explained = client.get(f"/api/v1/metrics/{LTV}/explain/", span).json()
    assert explained["rows"][0]["numerator"] == "12000.00"
    refused = client.get(f"/api/v1/metrics/{LTV}/", {**span, "discount": "101"})
    assert refused.status_code == 400


@random_histories
@given(
    histories=customers(),
    grain=GRAINS,
    which=st.sampled_from(SPLITS),
    method=st.sampled_from(["churn", "revenue"]),
    horizon=st.sampled_from([0, 0, 1, 7]),
    discount=st.sampled_from(["0", "2.5"]),
    limit=st.integers(1, 3),
)
def test_the_plain_implementation_agrees(
    company: Company,
    histories: list[plain.Customer],
    grain: Grain,
    which: tuple[Dimension, plain.Total],
    method: str,
    horizon: int,
    discount: str,
    limit: int,
) -> None:
    dimension, split = which
    options = {"method": method, "horizon": str(horizon), "discount": discount}
    with stored(histories):
        got = found(company, LTV, dimension, MONTHS, grain, **options)
        for one in got.values:
            rows_add_up(company, LTV, got, one, limit)
    for one in got.values:
        expected = plain_customers.worth(
            histories,
            split,
            one.segment or "",
            one.period.end,
            is_money=method == "revenue",
            horizon=horizon,
            discount=Fraction(discount) / 100,
        )
        assert float(one.numerator or 0) == pytest.approx(float(expected or 0), rel=1e-6, abs=1e-6)
        if one.denominator:
            assert (one.value is None) == (expected is None)
            assert one.value is not None or one.reason


@random_histories
@given(histories=customers(), which=st.sampled_from(SPLITS))
def test_lives_are_counted_as_the_plain_implementation_does(
    company: Company, histories: list[plain.Customer], which: tuple[Dimension, plain.Total]
) -> None:
    dimension, split = which
    cut = periods(*MONTHS, Grain.MONTH, as_of=AS_OF)
    with stored(histories):
        got = lives_of(Lifetime(method=Method.SBG, formula=""), Frame(cut, dimension))
    names = {segment for _, segment in got} | {None, *split.segments(histories)} - {""}
    for number, period in enumerate(cut):
        for name in names:
            lost, alive = plain_customers.lives(histories, split, name or "", period.end)
            one: Any = got.get((number, name), Lives({}, {}))
            assert (dict(one.lost), dict(one.alive)) == (lost, alive), (period, name)


@random_histories
@given(
    world=st.tuples(customers(), st.just([])) | in_currencies(),
    grain=GRAINS,
    which=st.sampled_from(SPLITS),
    length=st.sampled_from(["month", "year"]),
    discount=st.sampled_from(["0", "2.5"]),
    limit=st.integers(1, 3),
)
def test_what_customers_have_left_agrees(
    company: Company,
    world: tuple[list[plain.Customer], list[plain.Quote]],
    grain: Grain,
    which: tuple[Dimension, plain.Total],
    length: str,
    discount: str,
    limit: int,
) -> None:
    (people, quotes), (dimension, split) = world, which
    options = {"method": "sbg", "lifetime": "residual", "period": length}
    options |= {"horizon": "9", "discount": discount}
    months = 12 if length == "year" else 1
    with stored_with_rates((people, quotes)):
        got = found(company, LTV, dimension, MONTHS, grain, **options)
        for one in got.values:
            rows_add_up(company, LTV, got, one, limit)
        for one in got.values:
            segment, end = one.segment or "", one.period.end
            lost, alive = plain_customers.lives(people, split, segment, end)
            by_months = plain_customers.mrr_by_months(people, split, segment, end)
            assert one.parts.get("mrr", 0) == sum(by_months.values())
            if not lost or not by_months:
                assert one.value is None
                assert one.reason
                continue
            by_period: tuple[Counter[int], Counter[int]] = Counter(), Counter()
            for number, count in lost.items():
                by_period[0][(number - 1) // months + 1] += count
            for number, count in alive.items():
                by_period[1][number // months] += count
            model = fit(Lives(*by_period))
            expected = sum(
                float(mrr)
                * plain_customers.residual_months(
                    model.a,
                    model.b,
                    lived,
                    length=months,
                    discount=float(discount) / 100,
                    horizon=9,
                )
                for lived, mrr in by_months.items()
            )
            assert float(one.numerator or 0) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_a_split_by_what_nobody_has_is_empty(company: Company) -> None:
    dimension = Dimension(Split.ATTRIBUTE, "region")
    assert found(company, LTV, dimension).segments == []
