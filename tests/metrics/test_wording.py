"""Formulas with their numbers put in: what they come to is the value shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from metrics.actions import ledger
from metrics.explanation import Explanation, explain
from metrics.models import MetricSettings
from metrics.periods import Period
from metrics.registry import metric
from metrics.units import Unit
from metrics.wording import figure
from tenants.languages import speaking
from tenants.models import Company
from tests.metrics import facts
from tests.metrics.test_nps import answer

JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
Said = Callable[..., Explanation]


@pytest.fixture
def said(company: Company) -> Said:
    """Six who stay, one of whom buys more in June for a price of many digits; two left before
    and one in June; one is new. Two of them answered."""
    MetricSettings.objects.update_or_create(pk=MetricSettings.ONLY, defaults={"gross_margin": 80})
    began = date(2025, 3, 1)
    for number in range(6):
        facts.term(f"stays{number}", began, None, Decimal("33.335"))
    facts.term("stays0", date(2026, 6, 10), None, Decimal("7.125"), product="Reports")
    for number, end in enumerate((date(2026, 2, 3), date(2026, 4, 3), date(2026, 6, 3))):
        facts.term(f"left{number}", began, end, 20)
    facts.term("new", date(2026, 6, 5), None, 50)
    for name, score in (("stays0", 10), ("new", 4)):
        answer(
            facts.contact(facts.customer(name), f"a@{name}.example"),
            score,
            datetime(2026, 6, 20, 12, tzinfo=UTC),
        )
    ledger.rebuild()

    def asked(key: str, **options: str) -> Explanation:
        return explain(metric(key), JUNE, company=company, as_of=date(2026, 8, 1), options=options)

    return asked


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("mrr", {}),
        ("arr", {}),
        ("arpa", {}),
        ("customers", {}),
        ("expansion_revenue", {}),
        ("quick_ratio", {}),
        ("net_revenue_retention", {}),
        ("nps", {}),
        ("nps", {"weight": "customer"}),
        ("nps", {"weight": "mrr"}),
        ("customer_lifetime_value", {}),
        ("customer_lifetime_value", {"method": "revenue"}),
        ("customer_lifetime_value", {"method": "sbg", "discount": "1"}),
        ("customer_lifetime_value", {"method": "sbg", "lifetime": "residual", "discount": "1"}),
        ("customer_lifetime_value", {"horizon": "24", "discount": "1"}),
    ],
)
def test_the_formula_comes_to_the_value_shown(
    said: Said, key: str, options: dict[str, str]
) -> None:
    found = said(key, **options)
    left, right = calculation(found.words)
    assert found.value.value is not None
    assert right == pytest.approx(float(found.value.value), abs=0.0501)
    assert left == pytest.approx(right, abs=0.07)  # of an MRR shown with two decimals x 12


def calculation(words: str) -> list[float]:
    """Both sides of the formula: its numbers and signs, without what is said of them."""
    text = words.split(";")[0].replace(",", "").replace(" x ", " * ").replace(" %", " / 100")
    text = re.sub(r"\((?![^()]*\d)[^()]*\)", "", text)  # what a number is, in brackets
    sides = [re.sub(r"[^-+*/().\d]", "", re.sub(r"[a-zA-Z]+", "", s)) for s in text.split("=")]
    assert all(re.search(r"\d", side) for side in sides), words
    return [float(eval(side, {})) for side in sides]  # noqa: S307 - digits and signs only


def test_movements_go_from_the_opening_to_the_close(said: Said) -> None:
    movements = "opening 220.01 + new 50.00 + expansion 7.13 - churn 20.00 = closing 257.14"
    assert said("mrr_movements").words == said("mrr").words == movements
    assert said("customers").words == "opening 7 + new 1 - churned 1 = closing 7"


def test_weighted_nps_says_what_it_divides(said: Said) -> None:
    words = said("nps", weight="mrr").words
    assert words == (
        "100 x -9.54 USD (MRR of promoters - MRR of detractors) / 90.46 USD (MRR that answered)"
        " = -10.5"
    )


def test_a_lifetime_says_where_its_months_come_from(said: Said) -> None:
    assert said("customer_lifetime_value").words.endswith(
        "; the months are by c = 3 (lost) / 48 (openings) = 6.25 %"
    )
    assert (
        "the sBG model's: a = " in said("customer_lifetime_value", method="sbg", horizon="9").words
    )
    assert said("customer_churn_rate", method="daily").words.startswith(
        "sum over the days of churn movements / customers that morning = "
    )


@pytest.mark.usefixtures("catalogues")
@pytest.mark.parametrize("key", ["customer_acquisition_cost", "cac_payback_months", "ltv_to_cac"])
def test_costs_moved_back_are_not_called_the_period_s(said: Said, key: str) -> None:
    """And so in German, where the months are filled in again."""
    formulas = [said(key, lag=lag).series.computation.formula for lag in ("0", "1")]
    assert "acquisition cost of the period" in formulas[0]
    assert "acquisition cost of 1 month(s) before" in formulas[1]
    with speaking("de"):
        german = said(key, lag="12").series.computation.formula
    assert "Akquisitionskosten von 12 Monat(en) zuvor" in german


def test_figures_round_as_pages_do() -> None:
    """Half away from zero, and by the currency's own decimals."""
    assert figure(Decimal("0.125"), Unit.MONEY, "USD") == "0.13 USD"
    assert figure(Decimal("-2.5"), Unit.MONEY, "JPY") == "-3 JPY"
    assert figure(0.00125, Unit.SHARE, None) == "0.13 %"
    assert figure(Decimal("12.5"), Unit.COUNT, None) == "12.50"
    assert figure(1200, Unit.COUNT, None) == "1,200"
