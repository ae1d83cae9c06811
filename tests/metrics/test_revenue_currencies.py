"""Renewals, what was billed and upsell of contracts in several currencies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Invoice
from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension
from metrics.currency import Currency, figures_currency
from metrics.periods import Grain, periods
from tenants.models import Company
from tests.metrics import facts, revenue
from tests.metrics import plain_revenue as plain
from tests.metrics.plain import Quote
from tests.metrics.revenue import (
    AS_OF,
    SPAN,
    SPLITS,
    by_cell,
    engine,
    random_histories,
    rows_add_up,
    stored,
)
from tests.metrics.test_revenue_billed import invoice

Found = tuple[list[plain.Customer], list[Quote]]
MONTHS = periods(*SPAN, Grain.MONTH, as_of=AS_OF)
QUARTERS = periods(*SPAN, Grain.QUARTER, as_of=AS_OF)
LONG_AGO, DAY = date(2025, 3, 1), date(2026, 1, 10)


@contextmanager
def stored_with_rates(company: Company, found: Found) -> Iterator[Currency]:
    people, quotes = found
    with stored(people), localcontext(prec=120):
        for quote in quotes:
            facts.rate(*quote)
        yield figures_currency(company)


def near(amount: Decimal) -> Any:
    return pytest.approx(amount, abs=Decimal("1e-8"))


@random_histories
@given(
    found=revenue.in_currencies(),
    which=st.sampled_from(SPLITS),
    grace=st.sampled_from(["0", "10"]),
    cut=st.sampled_from([MONTHS, QUARTERS]),
)
def test_renewals_value_both_ends_at_the_due_days_rate(
    company: Company,
    found: Found,
    which: tuple[Dimension, plain.Split],
    grace: str,
    cut: list[Any],
) -> None:
    dimension, split = which
    people, _ = found
    with stored_with_rates(company, found) as currency:
        for count in ("mrr_gross", "mrr_net"):
            options = {"count": count, "grace_days": grace}
            got = by_cell(engine(company, "renewal_rate", cut, dimension, **options))
            rows_add_up(company, "renewal_rate", cut, dimension, currency=currency, **options)
            for period in cut:
                for name in split.segments(people):
                    one = plain.renewed(
                        people, split, name, period.start, period.end, AS_OF, grace=int(grace)
                    )
                    numerator = one.gross if count == "mrr_gross" else one.net
                    value = got.get((period, name))
                    if value is None:
                        assert not any((numerator, one.due, one.undecided_mrr))
                        continue
                    undecided = value.parts.get("undecided", 0)
                    assert (value.numerator, value.denominator) == (numerator, one.due), name
                    assert undecided == one.undecided_mrr


@random_histories
@given(found=revenue.in_currencies(), which=st.sampled_from(SPLITS))
def test_what_was_billed_and_mrr_per_user(
    company: Company, found: Found, which: tuple[Dimension, plain.Split]
) -> None:
    dimension, split = which
    people, _ = found
    ways: dict[str, tuple[str, dict[str, str]]] = {
        "billed": ("arpa", {"method": "billed"}),
        "served": ("arpu", {}),
        "end_user": ("arpu", {"user": "end_user"}),
    }
    with stored_with_rates(company, found) as currency:
        got = {}
        for way, (key, options) in ways.items():
            got[way] = by_cell(engine(company, key, MONTHS, dimension, **options))
            rows_add_up(company, key, MONTHS, dimension, currency=currency, **options)
        quarters = {
            way: by_cell(engine(company, *ways[way][:1], QUARTERS, dimension, **ways[way][1]))
            for way in ("billed", "served")
        }
    for way, cells in quarters.items():
        # In total: who moves is, for a quarter, where it was on the quarter's opening day.
        (whole,) = [one for (_, name), one in cells.items() if not name]
        monthly = [one.numerator for (_, name), one in got[way].items() if not name]
        assert sum(monthly, Decimal(0)) == whole.numerator, "months add up to quarters"
    for period in MONTHS:
        for name in split.segments(people):
            one = plain.billed(people, split, name, period.start, period.end)
            money, users = plain.per_end_user(people, split, name, period.start, period.end)
            expected = {
                "billed": (one.billed, one.mean_customers),
                "served": (one.served, one.active),
                "end_user": (money, users),
            }
            for way, (numerator, denominator) in expected.items():
                value = got[way].get((period, name))
                if value is None:
                    assert denominator == 0
                    assert abs(numerator) < Decimal("1e-8")
                    continue
                assert value.numerator == near(numerator), (way, name)
                assert value.denominator == denominator, (way, name)


@random_histories
@given(found=revenue.in_currencies(), which=st.sampled_from(SPLITS))
def test_upsell_by_mrr(
    company: Company, found: Found, which: tuple[Dimension, plain.Split]
) -> None:
    dimension, split = which
    people, _ = found
    with stored_with_rates(company, found) as currency:
        key, options = "upsell_cross_sell_rate", {"method": "mrr"}
        got = by_cell(engine(company, key, MONTHS, dimension, **options))
        rows_add_up(company, key, MONTHS, dimension, currency=currency, **options)
    for period in MONTHS:
        for name in split.segments(people):
            one = plain.sold(people, split, name, period.start, period.end)
            value = got.get((period, name))
            if value is None:
                assert (one.opening_mrr, one.sold) == (0, 0)
                continue
            assert value.denominator == one.opening_mrr
            assert value.numerator == near(one.sold)


def test_a_renewal_at_the_same_price_is_no_rise_whatever_the_rate(company: Company) -> None:
    facts.term("c", LONG_AGO, DAY, 100, currency="EUR", subscription="s")
    facts.term("c", DAY, None, 100, currency="EUR", subscription="s")
    facts.term("d", LONG_AGO, None, 10)
    facts.rate("EUR", "USD", date(2025, 1, 1), "1.10")
    facts.rate("EUR", "USD", date(2026, 1, 1), "1.20")
    ledger.rebuild()
    value = engine(company, "renewal_rate", MONTHS[:1], count="mrr_net").totals[0]
    assert (value.numerator, value.denominator) == (130, 130)  # due on the 1st


def test_service_is_worth_its_days_rates(company: Company) -> None:
    """310 EUR for January: 9 days at 1.10, 22 at 1.20."""
    facts.term("c", LONG_AGO, None, 100)
    invoice("c", date(2025, 12, 20), 310, period_starts_on=date(2026, 1, 1),
            period_ends_on=date(2026, 2, 1))  # fmt: skip
    Invoice.objects.update(currency="EUR")
    invoice("c", date(2026, 1, 31), 10)
    ledger.rebuild()
    value = engine(company, "arpu", MONTHS[:1]).totals[0]
    assert value.value is None
    assert value.reason == "1 invoices are in another currency, without an exchange rate"
    facts.rate("EUR", "USD", date(2025, 1, 1), "1.10")
    facts.rate("EUR", "USD", DAY, "1.20")
    assert engine(company, "arpu", MONTHS[:1]).totals[0].value == 99 + 264 + 10
    december = periods(date(2025, 12, 1), date(2026, 1, 1), Grain.MONTH, as_of=AS_OF)
    billed = engine(company, "arpa", december, WHOLE, method="billed").totals[0]
    assert billed.numerator == 341


def test_a_contract_that_is_paused_for_as_long_as_it_lasts_comes_due_at_its_rate(
    company: Company,
) -> None:
    facts.term("a", LONG_AGO, None, 10)
    facts.term("b", LONG_AGO, None, 20, currency="EUR")
    facts.rate("EUR", "USD", LONG_AGO, "1.10")

    def of_january() -> tuple[Any, ...]:
        ledger.rebuild()
        january = periods(date(2026, 1, 1), date(2026, 2, 1), Grain.MONTH, as_of=AS_OF)
        (found,) = engine(company, "renewal_rate", january, WHOLE, count="mrr_gross").values
        return found.numerator, found.denominator, found.parts

    unpaused = of_january()
    assert unpaused[:2] == (32, 32)
    facts.pause("b", LONG_AGO, None)
    assert of_january() == unpaused
    assert figures_currency(company).rates is not None
