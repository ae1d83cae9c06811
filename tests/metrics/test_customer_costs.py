"""What customers cost: CAC, retention cost, payback."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Cost
from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension, Split
from metrics.contributions.rows import Cursor
from metrics.explanation import explain
from metrics.models import MetricSettings
from metrics.periods import Grain, periods
from metrics.registry import metric
from metrics.series import Value
from metrics.values import series
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts, plain, plain_customers
from tests.metrics.histories import DAYS, MONTHS, customers
from tests.metrics.test_agreement import GRAINS, SPLITS, random_histories, stored

AS_OF = date(2026, 9, 1)
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
KEYS = ("customer_acquisition_cost", "customer_retention_cost", "cac_payback_months")


def cost(of: plain_customers.Cost, **more: Any) -> Cost:
    return Cost.objects.create(
        external_id=f"cost-{Cost.objects.count()}",
        source=facts.source(),
        recorded_at=timezone.now(),
        kind=of.kind,
        amount=of.amount,
        currency=more.pop("currency", "USD"),
        starts_on=of.starts_on,
        ends_on=of.ends_on,
        segment_key=of.key,
        segment_value=of.value,
        customer=facts.customer(of.customer) if of.customer else None,
        **more,
    )


def acquisition(amount: int, *, key: str = "", value: str = "", **more: Any) -> Cost:
    """Spent over January."""
    return cost(plain_customers.Cost("acquisition", amount, JANUARY, FEBRUARY, key, value), **more)


def values(
    company: Company,
    key: str,
    span: tuple[date, date] = (JANUARY, FEBRUARY),
    dimension: Dimension = WHOLE,
    **options: str,
) -> dict[str | None, Value]:
    found = series(
        metric(key),
        periods(*span, Grain.MONTH, as_of=AS_OF),
        company=company,
        as_of=AS_OF,
        dimension=dimension,
        options=options,
    )
    return {value.segment: value for value in found.values}


def test_cost_per_new_customer(company: Company) -> None:
    for number in range(4):
        facts.term(f"new{number}", date(2026, 1, 10), None, 50)
    facts.term("old", date(2025, 1, 1), date(2025, 6, 1), 50)
    facts.term("old", date(2026, 1, 10), None, 50)  # came back: not new
    ledger.rebuild()
    acquisition(3100)
    found = values(company, "customer_acquisition_cost")[None]
    assert (found.value, found.numerator, found.denominator) == (775, 3100, 4)
    assert (found.low, found.high) == (None, None)
    MetricSettings.objects.create(pk=1, gross_margin=50)
    assert values(company, "cac_payback_months")[None].value == 3100 / (200 * 0.5)


def test_cost_is_spread_by_day_and_moved_by_the_lag(company: Company) -> None:
    facts.term("n", date(2026, 1, 10), None, 50)
    facts.term("m", date(2026, 2, 10), None, 50)
    ledger.rebuild()
    cost(plain_customers.Cost("acquisition", 590, JANUARY, date(2026, 3, 1)))
    both = values(company, "customer_acquisition_cost", (JANUARY, date(2026, 3, 1)))
    assert both[None].value == 280  # the later of the two: February
    lagged = values(company, "customer_acquisition_cost", (FEBRUARY, date(2026, 3, 1)), lag="1")
    assert lagged[None].value == 310
    before = values(company, "customer_acquisition_cost", lag="1")[None]
    assert (before.value, before.reason) == (None, "no acquisition cost on record")


def test_nobody_new_and_nobody_there_is_no_value(company: Company) -> None:
    acquisition(100)
    assert values(company, KEYS[0])[None].reason == "no new customers in the period"
    assert values(company, KEYS[1])[None].reason == "no customers at the close"
    facts.term("n", date(2026, 1, 10), None, 50)
    ledger.rebuild()
    MetricSettings.objects.create(pk=1, gross_margin=0)
    assert values(company, KEYS[2])[None].value is None


def test_without_any_cost_on_record_there_is_none_to_tell(company: Company) -> None:
    """Nobody told us of any: that is not 0. Between costs on record, 0 is true."""
    facts.term("n", date(2026, 1, 10), None, 50)
    facts.term("m", date(2026, 3, 10), None, 50)
    facts.attribute("n", "region", "north")
    ledger.rebuild()
    span = (JANUARY, date(2026, 4, 1))
    for key in (KEYS[0], KEYS[2], "ltv_to_cac"):
        found = values(company, key, dimension=Dimension(Split.ATTRIBUTE, "region"))
        assert {(one.value, one.reason) for one in found.values()} == {
            (None, "no acquisition cost on record")
        }, key
    assert values(company, KEYS[1])[None].reason == "no retention cost on record"
    acquisition(310, superseded_at=timezone.now())
    assert values(company, KEYS[0])[None].value is None
    acquisition(310)
    march = values(company, KEYS[0], span)[None]
    assert (march.value, march.reason) == (0, None)
    assert values(company, KEYS[1])[None].value is None
    assert "no acquisition cost in the period" in (
        values(company, "ltv_to_cac", span)[None].reason or ""
    )
    december = (date(2025, 12, 1), JANUARY)
    facts.term("d", date(2025, 12, 10), None, 50)
    ledger.rebuild()
    assert values(company, KEYS[0], december)[None].reason == ("no acquisition cost on record")


def test_cost_without_a_segment_is_not_allocated(company: Company) -> None:
    facts.term("n", date(2026, 1, 10), None, 50)
    facts.attribute("n", "region", "north")
    ledger.rebuild()
    acquisition(310, key="region", value="north")
    acquisition(620)
    acquisition(1, key="industry", value="steel")
    found = values(company, KEYS[0], dimension=Dimension(Split.ATTRIBUTE, "region"))
    assert {name: value.numerator for name, value in found.items()} == {
        None: 931,
        "north": 310,
        "not allocated": 621,
    }
    assert found["north"].value == 310
    assert found["not allocated"].value is None


def test_removed_and_corrected_costs_do_not_count(company: Company) -> None:
    facts.term("n", date(2026, 1, 10), None, 50)
    ledger.rebuild()
    acquisition(310, superseded_at=timezone.now())
    acquisition(100)
    assert values(company, KEYS[0])[None].value == 100


def test_cost_in_another_currency_has_no_sum(company: Company) -> None:
    facts.term("n", date(2026, 1, 10), None, 50)
    ledger.rebuild()
    acquisition(310)
    acquisition(310, currency="EUR")
    found = values(company, KEYS[0])[None]
    assert found.value is None
    assert "another currency" in (found.reason or "")


def test_cost_in_another_currency_is_converted_day_by_day(company: Company) -> None:
    facts.term("n", date(2026, 1, 10), None, 50)
    ledger.rebuild()
    acquisition(310)
    acquisition(310, currency="EUR")
    facts.rate("EUR", "USD", date(2025, 1, 1), "2")
    facts.rate("EUR", "USD", date(2026, 1, 11), "3")
    assert values(company, KEYS[0])[None].value == 310 + 2 * 100 + 3 * 210
    facts.term("m", date(2026, 1, 10), None, 50, currency="EUR")
    ledger.rebuild()
    assert values(company, KEYS[0])[None].value == (310 + 2 * 100 + 3 * 210) / 2
    payback = values(company, "cac_payback_months")[None]
    assert payback.value == pytest.approx(1140 / (50 + 2 * 50))


def test_the_rows_are_customers_and_costs(company: Company) -> None:
    facts.term("n", date(2026, 1, 10), None, 50)
    ledger.rebuild()
    made = acquisition(310, category="Fairs")
    (january,) = periods(JANUARY, FEBRUARY, Grain.MONTH, as_of=AS_OF)
    found = explain(metric(KEYS[0]), january, company=company, as_of=AS_OF)
    first, second = found.rows
    assert first.customer is not None
    assert (first.customer.name, first.numerator, first.denominator) == ("n", 0, 1)
    assert second.fact is not None
    assert (second.customer, second.fact.id, second.fact.label) == (None, made.pk, "Fairs")
    assert (second.numerator, second.denominator) == (310, 0)
    assert "310.00 USD" in found.words


def test_pages_and_api_show_them(company: Company, client_of: Clients) -> None:
    today = company.today()
    facts.term("n", today, None, 50)
    ledger.rebuild()
    made = cost(
        plain_customers.Cost("acquisition", 310, today, today + timedelta(days=1)),
        category="Fairs",
    )
    client = client_of(company, "viewer")
    for key in KEYS:
        page = client.get(f"/metrics/{key}/", {"by": "product"})
        assert page.status_code == 200
    page = client.get(f"/metrics/{KEYS[0]}/").content.decode()
    assert f"/facts/costs/{made.pk}/" in page
    assert "$310.00" in page
    span = {"start": str(today), "end": str(today + timedelta(days=1))}
    rows = client.get(f"/api/v1/metrics/{KEYS[0]}/explain/", span).json()["rows"]
    assert [row["customer"] and row["customer"]["name"] for row in rows] == ["n", None]
    assert rows[1]["fact"]["label"] == "Fairs"
    assert client.get(f"/facts/costs/{made.pk}/").status_code == 200
    table = client.get(f"/api/v1/metrics/{KEYS[0]}/rows.csv", span)
    assert b"Fairs" in b"".join(table)
    refused = client.get(f"/api/v1/metrics/{KEYS[0]}/", {"lag": "25"})
    assert refused.status_code == 400
    assert "from 0 to 24" in refused.json()["message"]


@st.composite
def costs(draw: st.DrawFn, names: list[str]) -> list[plain_customers.Cost]:
    found: list[plain_customers.Cost] = []
    for _ in range(draw(st.integers(0, 4))):
        start = draw(DAYS)
        key, value = draw(
            st.sampled_from(
                [
                    *(("", ""), ("region", "north"), ("tier", "gold")),
                    *(("product", "Suite"), ("plan", "Suite: Pro")),
                ]
            )
        )
        found.append(
            plain_customers.Cost(
                draw(st.sampled_from(["acquisition", "retention"])),
                draw(st.integers(1, 1000)),
                start,
                start + timedelta(days=draw(st.integers(1, 70))),
                key,
                value,
                draw(st.sampled_from(["", *names])),
            )
        )
    return found


@random_histories
@given(found=customers(), grain=GRAINS, which=st.sampled_from(SPLITS), data=st.data())
def test_the_plain_implementation_agrees(
    company: Company,
    found: list[plain.Customer],
    grain: Grain,
    which: tuple[Dimension, plain.Total],
    data: st.DataObject,
) -> None:
    dimension, split = which
    spending = data.draw(costs([customer.name for customer in found]))
    lag = data.draw(st.integers(0, 3))
    cut = periods(*MONTHS, grain, as_of=AS_OF)
    limit = data.draw(st.integers(1, 3))
    with stored(found):
        for one in spending:
            cost(one)
        got = {
            key: series(
                metric(key),
                cut,
                company=company,
                as_of=AS_OF,
                dimension=dimension,
                options={} if key == KEYS[1] else {"lag": str(lag)},
            )
            for key in KEYS
        }
        names = {name for one in got.values() for name in (None, *one.segments)}
        for period in cut:
            said = {one.value for one in spending if not dimension.sides}
            for name in {*names, *split.segments(found), *said} - {""}:
                check(found, spending, which, period, name, lag, got)
        for key in KEYS:
            for value in got[key].values:
                rows_add_up(company, key, got[key], value, limit)


def check(
    found: list[plain.Customer],
    spending: list[plain_customers.Cost],
    which: tuple[Dimension, plain.Total],
    period: Any,
    name: str | None,
    lag: int,
    got: dict[str, Any],
) -> None:
    dimension, split = which
    where = (split, name or "")
    acquired, kept = (
        plain_customers.spent(
            [one for one in spending if one.kind == kind],
            found,
            split,
            dimension.name,
            name or "",
            plain_customers.back(period.start, months),
            plain_customers.back(period.end, months),
        )
        for kind, months in (("acquisition", lag), ("retention", 0))
    )
    count, mrr = plain_customers.new(found, *where, period.start, period.end)
    closing = plain_customers.at_close(found, *where, period.end)
    expected = {
        KEYS[0]: (acquired, Fraction(count)),
        KEYS[1]: (kept, Fraction(closing)),
        KEYS[2]: (acquired, mrr),
    }
    for key, (numerator, denominator) in expected.items():
        value = next(
            (one for one in got[key].values if (one.period, one.segment) == (period, name)), None
        )
        if value is None:
            assert (numerator, denominator) == (0, 0), (key, name)
            continue
        assert float(value.numerator) == pytest.approx(float(numerator), abs=1e-8), (key, name)
        assert Fraction(value.denominator) == denominator, (key, name)
        kind, months = ("retention", 0) if key == KEYS[1] else ("acquisition", lag)
        begun = [one.starts_on for one in spending if one.kind == kind]
        if not any(day < plain_customers.back(period.end, months) for day in begun):
            assert value.value is None
            assert value.reason
        elif denominator:
            expected_value = pytest.approx(float(numerator / denominator), abs=1e-8)
            assert float(value.value) == expected_value or denominator < Fraction(1, 1000)
        else:
            assert value.value is None
            assert value.reason


def rows_add_up(company: Company, key: str, found: Any, value: Value, limit: int) -> None:
    """All rows of a value, page by page."""
    if not value.numerator and not value.denominator:
        return  # a segment that only another period has cannot be asked for here
    numerator, denominator = Decimal(0), Decimal(0)
    cursor: Cursor | None = Cursor()
    while cursor is not None:
        page = explain(
            metric(key),
            value.period,
            company=company,
            as_of=AS_OF,
            dimension=found.dimension,
            segment=value.segment,
            options=found.options,
            after=cursor,
            limit=limit,
        )
        assert len(page.rows) <= limit
        numerator += sum((row.numerator for row in page.rows), Decimal(0))
        denominator += sum((row.denominator or Decimal(0) for row in page.rows), Decimal(0))
        cursor = page.next_cursor
    assert (numerator, denominator) == (value.numerator, value.denominator)
