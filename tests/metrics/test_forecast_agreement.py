"""The forecast from the ledger: against the plain one over random histories, and as of before."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.actions import ledger
from metrics.currency import figures_currency
from metrics.forecast.calculation import Forecast
from metrics.forecast.reading import members, outlook
from metrics.sbg import log_likelihood
from tenants.models import Company
from tests.metrics import facts, plain
from tests.metrics.plain_forecast import Plain, later, month_of
from tests.metrics.test_agreement import random_histories, stored

BORDER = date(2026, 3, 1)
AS_OF = date(2026, 3, 20)
FIRST = date(2023, 11, 15)
SPAN = 870
"""Some of it after the border, and after the as-of day."""

DAYS = st.integers(0, SPAN).map(lambda number: FIRST + timedelta(days=number))
PRICES = st.sampled_from([Decimal(0), Decimal(10), Decimal(25), Decimal("166.6666666667")])
RATES = [
    ("EUR", "USD", date(2023, 1, 1), Decimal("1.1")),
    ("EUR", "USD", date(2025, 2, 1), Decimal("1.0837")),
    ("EUR", "USD", date(2025, 11, 3), Decimal("0.97")),
]


@st.composite
def histories(draw: st.DrawFn, currencies: tuple[str, ...]) -> list[plain.Customer]:
    """Some years of a few customers, who leave, pause, come back the same month or later. The
    first is there from the beginning, and another is lost, so that mostly there is a forecast."""
    found = [
        plain.Customer("c0", [plain.Term("s0", "Suite", "Basic", FIRST, None, Decimal(10))]),
        plain.Customer(
            "c1", [plain.Term("s0", "Suite", "Basic", FIRST, date(2024, 5, 5), Decimal(10))]
        ),
    ]
    for number in range(2, draw(st.integers(3, 8))):
        customer = plain.Customer(f"c{number}")
        for which in range(draw(st.integers(1, 2))):
            cuts = sorted(draw(st.lists(DAYS, min_size=2, max_size=6, unique=True)))
            for start, end in zip(cuts, [*cuts[1:], None], strict=True):
                if draw(st.integers(0, 2)):
                    currency, price = draw(st.sampled_from(currencies)), draw(PRICES)
                    customer.terms.append(
                        plain.Term(f"s{which}", "Suite", "Basic", start, end, price, currency)
                    )
        if draw(st.booleans()):
            start = draw(DAYS)
            length = draw(st.sampled_from([1, 9, plain.PAUSE_DAYS, 40]))
            customer.pauses = [plain.Pause(None, start, start + timedelta(days=length))]
        found.append(customer)
    return found


def agrees(got: Forecast, expected: Plain) -> None:
    """The likelihood is nearly flat about its maximum: where the engine's fit stopped is as good
    as where the plain one's did, and is taken for the rest."""
    assert (got.reason == "") == (expected.model is not None)
    if expected.model is None:
        assert got.months == []
        return
    assert got.pooled is not None
    model = got.pooled.model
    likelihood = log_likelihood(model.a, model.b, expected.lives())
    assert likelihood == pytest.approx(expected.model.log_likelihood, abs=1e-5)
    expected.model = model
    assert got.customers == len(expected.now)
    assert got.spread == pytest.approx(expected.spread(), rel=1e-6)
    for ahead in (1, 2, 12):
        one, said = got.months[ahead - 1], expected.said(ahead)
        kept = {cohort.cohort.month: float(cohort.expected[ahead - 1]) for cohort in got.cohorts}
        expected_kept = {month: mrr for month, mrr in said.kept.items() if mrr}
        assert kept == pytest.approx(expected_kept, rel=1e-6)
        assert float(one.new) == pytest.approx(said.new, rel=1e-6)
        assert float(one.returned) == pytest.approx(said.returned, rel=1e-6)
        assert one.error.leaves == pytest.approx(said.leaves, rel=1e-6)
        assert one.error.begins == pytest.approx(said.begins, rel=1e-6)
        assert one.error.changes == pytest.approx(said.changes, rel=1e-6, abs=1e-6)
        assert one.low <= one.value <= one.high


@random_histories
@given(found=histories(("USD",)))
def test_it_is_what_the_plain_one_says(company: Company, found: list[plain.Customer]) -> None:
    with stored(found):
        got = outlook(company, as_of=AS_OF)
    agrees(got.forecast, Plain(found, BORDER))
    agrees(got.score.then, Plain(found, later(BORDER, -12)))
    paid = [sum(c.mrr(one.period.end - plain.DAY) for c in found) for one in got.past]
    assert [one.mrr for one in got.past] == paid
    for one in got.score.months:
        assert one.actual == sum(c.mrr(one.ahead.period.end - plain.DAY) for c in found)


@random_histories
@given(found=histories(("USD", "EUR")))
def test_in_currencies_at_the_rates_of_the_close(
    company: Company, found: list[plain.Customer]
) -> None:
    company.currency = "USD"
    worth = plain.worth_in("USD", RATES)
    for customer in found:
        customer.worth = worth
    with stored(found):
        for code, base, day, value in RATES:
            facts.rate(code, base, day, value)
        got = outlook(company, as_of=AS_OF)
    agrees(got.forecast, Plain(found, BORDER))
    agrees(got.score.then, Plain(found, later(BORDER, -12)))
    for one in got.past:
        day = one.period.end - plain.DAY
        assert one.mrr == sum(c.mrr(day) for c in found)


def known_before(customers: list[plain.Customer], border: date) -> list[plain.Customer]:
    """As it stood: what began later is not there, what ended later goes on."""

    def cut(end: date | None) -> date | None:
        return None if end is None or end >= border else end

    return [
        plain.Customer(
            one.name,
            [
                plain.Term(t.subscription, t.product, t.plan, t.starts_on, cut(t.ends_on), t.mrr)
                for t in one.terms
                if t.starts_on < border
            ],
            pauses=[
                plain.Pause(p.subscription, p.starts_on, cut(p.ends_on))
                for p in one.pauses
                if p.starts_on < border
            ],
        )
        for one in customers
    ]


@random_histories
@given(found=histories(("USD",)))
def test_the_score_is_what_it_would_have_said_then(
    company: Company, found: list[plain.Customer]
) -> None:
    then = later(BORDER, -12)
    with stored(found):
        now = outlook(company, as_of=AS_OF)
    with stored(known_before(found, then)):
        before = outlook(company, as_of=then)
    assert now.score.then == before.forecast
    assert [one.ahead for one in now.score.months] == before.forecast.months


@random_histories
@given(found=histories(("USD",)))
def test_the_customers_of_the_cohorts_are_all_there_are(
    company: Company, found: list[plain.Customer]
) -> None:
    expected = Plain(found, BORDER)
    with stored(found):
        currency = figures_currency(company)
        got = [
            (one.began_on, one.is_return, one.mrr)
            for month in sorted({month_of(life.began_on) for life in expected.now})
            for one in members(month, BORDER, currency, limit=100)
        ]
        assert members(later(BORDER, 5), BORDER, currency, limit=100) == []
    assert sorted(got) == sorted(
        (life.began_on, life.is_return, Decimal(0) + sum(a for d, _, a in life.steps if d < BORDER))
        for life in expected.now
    )


def test_few_statements(company: Company, django_assert_max_num_queries: object) -> None:
    for number in range(40):
        facts.term(f"c{number}", date(2024, 1 + number % 12, 3), None, 10)
    ledger.rebuild()
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        outlook(company, as_of=AS_OF)


def test_currencies_without_a_rate_have_no_forecast(company: Company) -> None:
    facts.term("one", date(2024, 1, 3), None, 10)
    facts.term("two", date(2024, 1, 3), None, 10, currency="EUR")
    ledger.rebuild()
    got = outlook(company, as_of=AS_OF)
    assert got.currency is None
    assert got.past == []
    assert "no exchange rate between EUR and USD" in got.forecast.reason
    assert "no exchange rate between EUR and USD" in got.score.reason
