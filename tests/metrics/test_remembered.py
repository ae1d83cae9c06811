"""What is made of the whole ledger is made once for each state of it, and never of another's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from metrics.actions import ledger
from metrics.cohorts import cohorts
from metrics.explanation import explain
from metrics.forecast.reading import outlook
from metrics.models import StoredValue
from metrics.periods import Grain, Period, latest, periods
from metrics.registry import metric
from metrics.remembered import remembered
from tenants.models import Company
from tests.metrics import facts

JANUARY = date(2026, 1, 1)


def count() -> list[int]:
    """What was made, number by number, of which none is made twice."""
    made: list[int] = []

    def make() -> int:
        made.append(len(made))
        return made[-1]

    return [remembered("numbers", make, "of January") for _ in range(3)]


def test_nothing_is_remembered_before_the_ledger_was_made(company: Company) -> None:
    assert count() == [0, 1, 2]


def test_it_is_made_once_for_each_state_of_the_ledger(company: Company) -> None:
    ledger.refresh()
    assert count() == [0, 0, 0]
    assert remembered("numbers", lambda: 7, "of February") == 7
    assert remembered("others", lambda: 8, "of January") == 8
    ledger.refresh()
    assert remembered("numbers", lambda: 9, "of January") == 9


def test_companies_remember_each_their_own(company: Company, other_company: Company) -> None:
    ledger.refresh()
    assert remembered("numbers", lambda: 1) == 1
    with tenant_context(other_company):
        ledger.refresh()
        assert remembered("numbers", lambda: 2) == 2
    assert remembered("numbers", lambda: 3) == 1


def test_forecast_and_cohorts_read_the_ledger_once(company: Company) -> None:
    today = company.today()
    cut = latest(Grain.MONTH, 12, as_of=today)
    begun = cut[0].start
    for number in range(12):
        facts.term(f"c{number}", begun, None, 50)
    ledger.rebuild()

    def both() -> tuple[Decimal, int]:
        sizes = [one.size for one in cohorts(cut, company=company, grain=Grain.MONTH).cohorts]
        return outlook(company, as_of=today).forecast.mrr, sum(sizes)

    assert both() == (Decimal(600), 12)
    with CaptureQueriesContext(connection) as asked:
        assert both() == (Decimal(600), 12)
    assert not [one for one in asked.captured_queries if "course" in one["sql"]]
    facts.term("late", begun, None, 40)
    ledger.rebuild()
    assert both() == (Decimal(640), 13)


def test_the_number_explained_is_the_kept_one_and_that_of_its_rows(company: Company) -> None:
    for number in range(5):
        facts.term(f"c{number}", JANUARY, None, 50 + number)
    ledger.refresh(keeps=True)
    ledger.rebuild()
    assert StoredValue.objects.exists()
    (january,) = periods(JANUARY, date(2026, 2, 1), Grain.MONTH, as_of=company.today())

    def explained(period: Period) -> tuple[Decimal | None, Decimal]:
        found = explain(metric("mrr"), period, company=company, as_of=company.today())
        return found.value.numerator, sum((row.numerator for row in found.rows), Decimal(0))

    assert explained(january) == (Decimal(260), Decimal(260))
    StoredValue.objects.filter(start=JANUARY).update(numerator=1)
    assert explained(january)[0] == 1  # it was not added up again
    days = Period(JANUARY, date(2026, 1, 15))
    assert explained(days) == (Decimal(260), Decimal(260))
