"""Contracts in several currencies: the engine against the plain implementation, and identities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal, localcontext

from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.actions.keys import create_api_key
from customers.models import Customer
from metrics.actions import ledger
from metrics.contributions.frame import Dimension, Frame
from metrics.contributions.rows import Cursor, converting
from metrics.currency import Currency, figures_currency
from metrics.exchange import Rates, effective
from metrics.periods import Grain, periods
from metrics.registry import metric, metrics
from metrics.values import sums_of
from tenants.models import Company
from tests.metrics import facts, plain
from tests.metrics.histories import MONTHS, customers, in_currencies
from tests.metrics.test_agreement import (
    AS_OF,
    GRAINS,
    SPLITS,
    by_cell,
    engine,
    expected_rates,
    random_histories,
    stored,
    total,
)

Found = tuple[list[plain.Customer], list[plain.Quote]]


@contextmanager
def stored_with_rates(found: Found) -> Iterator[bool]:
    """Whether all contracts can be converted: without any paid one there is nothing to."""
    people, quotes = found
    with stored(people), localcontext(prec=120):
        for quote in quotes:
            facts.rate(*quote)
        yield any(term.currency != "USD" and term.mrr for one in people for term in one.terms)


@random_histories
@given(found=in_currencies(), grain=GRAINS, which=st.sampled_from(SPLITS))
def test_rates_value_both_ends_at_the_opening_days_rate(
    company: Company, found: Found, grain: Grain, which: tuple[Dimension, plain.Total]
) -> None:
    dimension, split = which
    people, _ = found
    cut = periods(*MONTHS, grain, as_of=AS_OF)
    with stored_with_rates(found):
        names = {"", *split.segments(people)}
        expected = {
            (period, name): expected_rates(
                plain.rates(people, split, name, period.start, period.end)
            )
            for period in cut
            for name in names
        }
        for key, method in expected_rates(plain.Rates()):
            if method == "kept":
                continue
            options = {"method": method} if method else {}
            got = by_cell(engine(company, key, cut, dimension, **options))
            for cell, amounts in expected.items():
                numerator, denominator = amounts[key, method]
                if cell not in got:
                    assert (numerator, denominator) == (0, 0)
                    continue
                value = got[cell]
                assert (value.numerator, value.denominator) == (numerator, denominator), key


@random_histories
@given(found=in_currencies(), grain=GRAINS, which=st.sampled_from(SPLITS))
def test_movements_at_their_days_rate_and_fx(
    company: Company, found: Found, grain: Grain, which: tuple[Dimension, plain.Total]
) -> None:
    dimension, split = which
    people, _ = found
    cut = periods(*MONTHS, grain, as_of=AS_OF)
    with stored_with_rates(found):
        mrr = by_cell(engine(company, "mrr_movements", cut, dimension))
        closing = by_cell(engine(company, "mrr", cut, dimension))
        arpa = engine(company, "arpa", cut, dimension)
        for period in cut:
            for name in {"", *split.segments(people)}:
                money = plain.flows(people, split, name, period.start, period.end)
                if (period, name) not in mrr:
                    assert not any(money.values())
                    continue
                value = mrr[period, name]
                assert dict(value.parts) == {part: money[part] for part in value.parts}
                assert closing[period, name].value == money["closing"]
                assert value.parts["opening"] + total(value) == value.parts["closing"]
        for value in arpa.values:
            own = [plain.seen_from(one, split, value.segment or "") for one in people]
            last = value.period.end - plain.DAY
            held = [
                one.mrr(last)
                for one in own
                if plain.is_placed(
                    one,
                    split,
                    value.segment or "",
                    value.period.end,
                    value.period.end,
                    lambda day: True,
                )
            ]
            assert value.sums is not None
            assert value.sums.xx == sum(amount > 0 for amount in held)
            assert value.sums.yy == sum(amount * amount for amount in held)


@random_histories
@given(found=in_currencies(), which=st.sampled_from(SPLITS), data=st.data())
def test_the_rows_are_the_number(
    company: Company, found: Found, which: tuple[Dimension, plain.Total], data: st.DataObject
) -> None:
    dimension, _ = which
    (period,) = periods(*MONTHS, Grain.QUARTER, as_of=AS_OF)
    limit = data.draw(st.integers(1, 3))
    with stored_with_rates(found):
        currency = figures_currency(company)
        for one in metrics():
            options = {
                option.name: data.draw(st.sampled_from([c.value for c in option.choices]))
                for option in one.options
            }
            measure = one.compute(options).measure
            if not converting(measure):
                continue
            cells = sums_of(
                one.compute(options),
                [period],
                company=company,
                dimension=dimension,
                currency=currency,
            )
            frame = Frame([period], dimension, rates=currency.rates)
            for (_, segment), sums in cells.items():
                cursor: Cursor | None = Cursor()
                rows = []
                while cursor is not None:
                    page = measure.rows(frame, segment, cursor, limit)
                    rows += page.rows
                    cursor = page.next_cursor
                off = abs(sum((row.numerator for row in rows), Decimal(0)) - sums.y)
                assert off < Decimal("1e-15"), one.key
                if sums.x:
                    off = abs(sum((row.denominator or Decimal(0) for row in rows), -sums.x))
                    assert off < Decimal("1e-15") or not rows[0].denominator, one.key
                if "fx" in sums.parts and not sums.x and one.key == "mrr_movements":
                    fx = sum(Decimal(row.parts.get("fx", 0)) for row in rows)
                    assert fx == sums.parts["fx"]


@random_histories
@given(found=in_currencies(), which=st.sampled_from(SPLITS[:2]))
def test_expansion_and_reasons_are_the_movements(
    company: Company, found: Found, which: tuple[Dimension, plain.Total]
) -> None:
    cut = periods(*MONTHS, Grain.MONTH, as_of=AS_OF)
    with stored_with_rates(found):
        moved = by_cell(engine(company, "mrr_movements", cut, which[0]))
        grown = by_cell(engine(company, "expansion_revenue", cut, which[0]))
        lost = by_cell(engine(company, "churn_reasons", cut, which[0], count="mrr"))
        for cell, value in moved.items():
            for other, part in ((grown, "expansion"), (lost, "churn")):
                amount = other[cell].value if cell in other else 0
                assert amount == value.parts[part], part
                if cell in other:
                    assert sum(other[cell].parts.values()) == amount


def test_pages_and_api_in_the_company_s_currency(
    company: Company, client_of: Callable[..., Client]
) -> None:
    facts.term("c", date(2025, 6, 1), None, 100, currency="EUR")
    facts.term("d", date(2025, 6, 1), None, 10)
    facts.rate("EUR", "USD", date(2025, 1, 1), "1.10")
    facts.rate("EUR", "USD", DAY, "1.20")
    ledger.rebuild()
    client = client_of(company, "viewer")
    span = {"start": "2026-01-01", "end": "2026-02-01"}
    assert client.get("/").status_code == 200
    for key in ("mrr", "mrr_movements", "arpa", "net_revenue_retention"):
        page = client.get(f"/metrics/{key}/", {**span, "preset": "custom", "grain": "month"})
        assert page.status_code == 200
    rows = client.get("/metrics/mrr_movements/explain/", span).content.decode()
    assert "fx 10.00" in rows
    _, secret = create_api_key(by=None, name="test", scopes=["read"])
    answer = client.get(
        "/api/v1/metrics/mrr_movements/explain/",
        span,
        headers={"Authorization": f"Bearer {secret}"},
    ).json()
    assert [row["parts"] for row in answer["rows"]] == [{"fx": "10.00"}]


@random_histories
@given(found=customers(), which=st.sampled_from(SPLITS), data=st.data())
def test_sums_add_up_over_customers(
    company: Company,
    found: list[plain.Customer],
    which: tuple[Dimension, plain.Total],
    data: st.DataObject,
) -> None:
    """Of some, and of the others: together those of all."""
    dimension, _ = which
    cut = periods(*MONTHS, Grain.MONTH, as_of=AS_OF)
    with stored(found):
        ids = list(Customer.objects.values_list("pk", flat=True))
        some = data.draw(st.lists(st.sampled_from(ids), unique=True))
        others = [pk for pk in ids if pk not in some]
        for key in (
            "mrr",
            "mrr_movements",
            "customers",
            "arpa",
            "customer_churn_rate",
            "customer_retention_rate",
            "net_revenue_retention",
            "gross_revenue_churn_rate",
        ):
            measure = metric(key).compute(metric(key).choose({})).measure
            whole = measure.sums(Frame(cut, dimension))
            halves = [measure.sums(Frame(cut, dimension, customers=ids)) for ids in (some, others)]
            for cell, sums in whole.items():
                for name in ("n", "y", "x", "yy", "xy", "xx"):
                    both = sum(getattr(half[cell], name) for half in halves if cell in half)
                    assert getattr(sums, name) == both, (key, name)
                for part, amount in sums.parts.items():
                    both = sum(half[cell].parts[part] for half in halves if cell in half)
                    assert amount == both, (key, part)


DAY = date(2026, 1, 10)


def test_which_way_a_rate_goes() -> None:
    quotes = [
        ("EUR", "USD", DAY, Decimal("1.25")),
        ("USD", "EUR", DAY, Decimal("0.5")),
        ("USD", "EUR", date(2026, 2, 1), Decimal("0.8")),
        ("CHF", "EUR", date(2026, 1, 1), Decimal("1.1")),
        ("JPY", "BRL", DAY, Decimal("0.03")),
    ]
    rates = Rates(effective(quotes, ["EUR", "CHF", "JPY", "USD"], "USD"))
    assert sorted(rates.quotes) == ["CHF", "EUR", "USD"]
    assert rates.on("EUR", date(2025, 1, 1)) == Decimal("1.25")
    assert rates.on("EUR", date(2026, 3, 1)) == Decimal("1.25")
    assert rates.quotes["EUR"][date(2026, 2, 1)] == Decimal("1.25")
    assert rates.on("CHF", DAY) == Decimal("1.375")
    spans = rates.within(date(2026, 1, 9), date(2026, 1, 12))
    assert [(s.currency, s.day.day, s.days) for s in spans if s.currency == "CHF"] == [
        ("CHF", 9, 1),
        ("CHF", 10, 2),
    ]


def test_fx_is_the_previous_days_mrr_times_the_change(company: Company) -> None:
    """100 EUR; 1.10 until the 10th, 1.20 from then on; on the 20th 50 more."""
    facts.term("c", date(2025, 6, 1), None, 100, currency="EUR")
    facts.term("c", date(2026, 1, 20), None, 50, currency="EUR")
    facts.term("d", date(2025, 6, 1), None, 10)
    facts.rate("EUR", "USD", date(2025, 1, 1), "1.10")
    facts.rate("EUR", "USD", DAY, "1.20")
    ledger.rebuild()
    january = periods(date(2026, 1, 1), date(2026, 2, 1), Grain.MONTH, as_of=AS_OF)
    found = engine(company, "mrr_movements", january, SPLITS[0][0])
    assert found.currency == "USD"
    parts = {name: amount for name, amount in found.values[0].parts.items() if amount}
    assert parts == {"opening": 120, "expansion": 60, "fx": 10, "closing": 190}
    nrr = engine(company, "net_revenue_retention", january, SPLITS[0][0]).values[0]
    assert (nrr.numerator, nrr.denominator) == (175, 120)


def test_without_a_rate_the_missing_pair_is_named(company: Company) -> None:
    facts.term("a", date(2025, 6, 1), None, 10, currency="EUR")
    facts.term("b", date(2025, 6, 1), None, 10, currency="GBP")
    facts.rate("EUR", "USD", DAY, "1.10")
    ledger.rebuild()
    january = periods(date(2026, 1, 1), date(2026, 2, 1), Grain.MONTH, as_of=AS_OF)
    value = engine(company, "mrr", january, SPLITS[0][0]).values[0]
    assert value.value is None
    assert value.reason == (
        "contracts are in EUR and GBP, and no exchange rate between GBP and USD is known"
    )


def test_the_overview_says_how_to_come_by_a_missing_rate(
    company: Company, client_of: Callable[..., Client]
) -> None:
    facts.term("a", date(2025, 6, 1), None, 10, currency="EUR")
    facts.term("b", date(2025, 6, 1), None, 10, currency="GBP")
    ledger.rebuild()
    page = client_of(company, "admin").get("/").content.decode()
    assert "MRR needs exchange rates" in page
    assert "/imports/new/?kind=exchange_rates" in page
    assert "Choose the company's currency" in page
    assert "Choose the company" not in client_of(company, "manager").get("/").content.decode()
    facts.rate("EUR", "USD", DAY, "1.10")
    facts.rate("GBP", "USD", DAY, "1.30")
    assert "needs exchange rates" not in client_of(company, "admin").get("/").content.decode()


def test_one_foreign_currency_stays_as_it_is_without_a_rate(company: Company) -> None:
    facts.term("a", date(2025, 6, 1), None, 10, currency="EUR")
    ledger.rebuild()
    assert figures_currency(company) == Currency("EUR")
    facts.rate("USD", "EUR", DAY, "0.8")
    january = periods(date(2026, 1, 1), date(2026, 2, 1), Grain.MONTH, as_of=AS_OF)
    found = engine(company, "mrr", january, SPLITS[0][0])
    assert (found.currency, found.values[0].value) == ("USD", Decimal("12.5"))


def test_a_switch_of_currency_is_netted_in_the_company_s(company: Company) -> None:
    facts.term("c", date(2025, 6, 1), DAY, 30, currency="EUR")
    facts.term("c", DAY, None, 34, currency="USD")
    facts.rate("EUR", "USD", date(2025, 1, 1), "1.10")
    ledger.rebuild()
    january = periods(date(2026, 1, 1), date(2026, 2, 1), Grain.MONTH, as_of=AS_OF)
    found = engine(company, "mrr_movements", january, SPLITS[0][0]).values[0]
    parts = {name: amount for name, amount in found.parts.items() if amount}
    assert parts == {"opening": 33, "expansion": 1, "closing": 34}
