"""Referrals."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Referral
from metrics import intervals
from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension
from metrics.periods import Grain, periods
from metrics.registry import metric
from metrics.series import Series
from metrics.values import series
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts, plain, plain_customers
from tests.metrics.histories import DAYS, MONTHS, customers
from tests.metrics.test_agreement import GRAINS, SPLITS, random_histories, stored
from tests.metrics.test_customer_costs import rows_add_up

AS_OF = date(2026, 9, 1)
KEY = "customer_referral_rate"
JANUARY = (date(2026, 1, 1), date(2026, 2, 1))


def refer(one: plain_customers.Referral) -> Referral:
    return Referral.objects.create(
        external_id=f"referral-{Referral.objects.count()}",
        source=facts.source(),
        recorded_at=timezone.now(),
        customer=facts.customer(one.customer),
        referred=facts.customer(one.referred) if one.referred else None,
        referred_on=one.day,
        converted_on=one.converted_on,
    )


def found(
    company: Company,
    dimension: Dimension = WHOLE,
    span: tuple[date, date] = JANUARY,
    grain: Grain = Grain.MONTH,
) -> Series:
    cut = periods(*span, grain, as_of=AS_OF)
    return series(metric(KEY), cut, company=company, as_of=AS_OF, dimension=dimension)


def test_the_rate_and_its_complements(company: Company) -> None:
    for number in range(10):
        facts.term(f"c{number}", date(2025, 1, 1), None, 10)
    facts.term("gone", date(2025, 1, 1), date(2026, 1, 1), 10)  # paid no day of January
    facts.term("friend", date(2026, 1, 20), None, 10)
    facts.term("stranger", date(2026, 1, 20), None, 10)
    ledger.rebuild()
    day = date(2026, 1, 10)
    refer(plain_customers.Referral("c0", day, date(2026, 1, 20), "friend"))
    refer(plain_customers.Referral("c0", day))
    refer(plain_customers.Referral("c1", day, date(2027, 1, 1)))  # not by now
    refer(plain_customers.Referral("gone", day))
    refer(plain_customers.Referral("c2", date(2026, 2, 1)))
    removed = refer(plain_customers.Referral("c3", day))
    removed.superseded_at = timezone.now()
    removed.save()
    (value,) = found(company).totals
    assert (value.numerator, value.denominator, value.n) == (2, 12, 12)
    assert value.value == pytest.approx(2 / 12)
    bounds = intervals.wilson(2, 12)
    assert bounds is not None
    assert (value.low, value.high) == (bounds.low, bounds.high)
    assert value.parts == {
        "referrals": 3,
        "converted": 1,
        "referrals_per_customer": Decimal(3) / 12,
        "conversion": Decimal("0.3333333333"),
        "new": 2,
        "new_with_referrer": 1,
        "new_with_referrer_share": Decimal("0.5"),
    }


def test_nobody_paying_is_no_rate(company: Company) -> None:
    (value,) = found(company).totals
    assert (value.value, value.reason) == (None, "no customers paid in the period")


def test_pages_and_api_show_it(company: Company, client_of: Clients) -> None:
    today = company.today()
    facts.term("c", today - timedelta(days=100), None, 10)
    ledger.rebuild()
    refer(plain_customers.Referral("c", today))
    client = client_of(company, "viewer")
    page = client.get(f"/metrics/{KEY}/", {"by": "product"}).content.decode()
    assert "100.00 %" in page.replace("\u202f", " ").replace("\xa0", " ")
    values = client.get(f"/api/v1/metrics/{KEY}/").json()["values"]
    assert (values[-1]["value"], values[-1]["parts"]["referrals_per_customer"]) == (1.0, 1.0)


@random_histories
@given(
    histories=customers(),
    grain=GRAINS,
    which=st.sampled_from(SPLITS),
    data=st.data(),
)
def test_the_plain_implementation_agrees(
    company: Company,
    histories: list[plain.Customer],
    grain: Grain,
    which: tuple[Dimension, plain.Total],
    data: st.DataObject,
) -> None:
    dimension, split = which
    made = data.draw(
        st.lists(
            st.builds(
                plain_customers.Referral,
                st.sampled_from([customer.name for customer in histories]),
                DAYS,
                st.none() | DAYS,
            ),
            max_size=6,
        )
    )
    limit = data.draw(st.integers(1, 3))
    with stored(histories):
        for one in made:
            refer(one)
        got = found(company, dimension, MONTHS, grain)
        for value in got.values:
            rows_add_up(company, KEY, got, value, limit)
    cells = {(value.period, value.segment): value for value in got.values}
    for period in periods(*MONTHS, grain, as_of=AS_OF):
        for name in {None, *got.segments, *split.segments(histories)} - {""}:
            expected = plain_customers.referring(
                made, histories, split, name or "", period.start, period.end, AS_OF
            )
            cell = cells.get((period, name))
            if cell is None:
                assert expected == (0, 0, 0, 0)
                continue
            parts = cell.parts or {"referrals": 0, "converted": 0}
            assert (cell.numerator, cell.denominator) == expected[:2], (period, name)
            assert (parts["referrals"], parts["converted"]) == expected[2:]
