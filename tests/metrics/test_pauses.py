"""Pauses on record, through the ledger and the metrics (docs/metrics.md, `mrr_movements`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from metrics.actions import ledger
from metrics.actions.settings import change_metric_settings
from metrics.models import LedgerState, Movement, MovementPart
from metrics.periods import Grain, periods
from metrics.registry import metric
from metrics.values import series
from tenants.models import Company
from tests.metrics import facts

LONG_AGO = date(2025, 6, 1)
PAUSED = date(2026, 1, 10)
DAY_90 = PAUSED + timedelta(90)
AS_OF = date(2026, 12, 1)


def rows(name: str) -> list[tuple[str, date, Decimal]]:
    found = Movement.objects.filter(customer__name=name).order_by("day", "position")
    return [(row.kind, row.day, row.amount) for row in found]


def parts(key: str, company: Company, start: date, end: date, **options: str) -> Any:
    (period,) = periods(start, end, Grain.RANGE, as_of=AS_OF)
    return series(metric(key), [period], company=company, as_of=AS_OF, options=options).values[0]


def test_back_in_time_resumes_up_to_what_was_paused(company: Company) -> None:
    """The term goes on; more comes back than was paused: the rest is expansion."""
    facts.term("c", LONG_AGO, None, 30)
    facts.term("c", date(2026, 2, 1), None, 12)
    facts.pause("c", PAUSED, date(2026, 2, 1))
    ledger.rebuild()
    assert rows("c") == [
        ("new", LONG_AGO, 30),
        ("pause", PAUSED, -30),
        ("resume", date(2026, 2, 1), 30),
        ("expansion", date(2026, 2, 1), 12),
    ]
    found = parts("mrr_movements", company, date(2026, 1, 1), date(2026, 3, 1))
    named = {name: amount for name, amount in found.parts.items() if amount}
    assert named == {"opening": 30, "pause": 30, "resume": 30, "expansion": 12, "closing": 42}
    heads = parts("customers", company, date(2026, 1, 1), date(2026, 2, 1)).parts
    assert (heads["opening"], heads["paused"], heads["churned"], heads["closing"]) == (1, 1, 0, 0)
    heads = parts("customers", company, date(2026, 2, 1), date(2026, 3, 1)).parts
    assert (heads["resumed"], heads["new"], heads["closing"]) == (1, 0, 1)


def test_the_last_day_to_come_back(company: Company) -> None:
    facts.term("in time", LONG_AGO, None, 30)
    facts.pause("in time", PAUSED, DAY_90)
    facts.term("late", LONG_AGO, None, 30)
    facts.pause("late", PAUSED, DAY_90 + timedelta(1))
    ledger.rebuild()
    assert rows("in time")[2:] == [("resume", DAY_90, 30)]
    assert rows("late")[2:] == [
        ("pause", DAY_90, 30),
        ("churn", DAY_90, -30),
        ("reactivation", DAY_90 + timedelta(1), 30),
    ]


def test_a_pause_that_lasts_churns_on_the_day_not_netted(company: Company) -> None:
    """Also ahead of today: agreed already, and counted when its day has come."""
    facts.term("c", LONG_AGO, PAUSED, 30)
    facts.pause("c", PAUSED, None)
    ledger.rebuild()
    assert rows("c")[1:] == [
        ("pause", PAUSED, -30),
        ("pause", DAY_90, 30),
        ("churn", DAY_90, -30),
    ]
    before, after = Movement.objects.filter(day=DAY_90).order_by("position")
    assert (before.was_paying, before.is_paying, before.previous_day) == (False, True, PAUSED)
    assert (after.was_paying, after.is_paying, after.next_day) == (True, False, None)
    split = MovementPart.objects.filter(day=DAY_90).order_by("amount")
    assert [(part.kind, part.amount, part.mrr_after) for part in split] == [
        ("churn", -30, 0),
        ("pause", 30, 30),
    ]
    april = parts("mrr_movements", company, date(2026, 4, 1), date(2026, 5, 1)).parts
    assert (april["pause"], april["churn"], april["closing"]) == (-30, 30, 0)
    heads = parts("customers", company, date(2026, 4, 1), date(2026, 5, 1)).parts
    assert (heads["opening"], heads["paused"], heads["churned"], heads["closing"]) == (0, -1, 1, 0)


def test_one_subscription_of_two_paused_is_contraction(company: Company) -> None:
    facts.term("c", LONG_AGO, None, 30, subscription="one")
    facts.term("c", LONG_AGO, None, 5, subscription="two")
    facts.pause("c", PAUSED, date(2026, 2, 1), subscription="one")
    ledger.rebuild()
    assert [(kind, amount) for kind, _, amount in rows("c")] == [
        ("new", 35),
        ("contraction", -30),
        ("expansion", 30),
    ]


def test_a_pause_of_a_subscription_is_of_its_plans(company: Company) -> None:
    facts.term("c", LONG_AGO, None, 30, subscription="sub:basic")
    facts.term("c", LONG_AGO, None, 5, subscription="sub:seats")
    facts.pause("c", PAUSED, date(2026, 2, 1), subscription="sub")
    ledger.rebuild()
    assert [kind for kind, _, _ in rows("c")] == ["new", "pause", "resume"]


def test_without_a_pause_on_that_day_it_is_churn(company: Company) -> None:
    facts.term("c", LONG_AGO, PAUSED, 30)
    facts.pause("c", PAUSED + timedelta(1), None)
    removed = facts.pause("c", PAUSED, None)
    type(removed).objects.filter(pk=removed.pk).update(superseded_at=removed.recorded_at)
    ledger.rebuild()
    assert [kind for kind, _, _ in rows("c")] == ["new", "churn"]


def test_a_pause_from_the_beginning_is_only_a_later_start(company: Company) -> None:
    facts.term("c", LONG_AGO, None, 30)
    facts.pause("c", LONG_AGO, PAUSED)
    ledger.rebuild()
    assert rows("c") == [("new", PAUSED, 30)]


def test_churn_with_paused_customers_kept(company: Company) -> None:
    """100 at the start; 5 leave, 3 pause; none of the 3 is back after 90 days."""
    for number in range(100):
        facts.term(f"c{number}", LONG_AGO, PAUSED if number < 5 else None, 20)
    for number in range(5, 8):
        facts.pause(f"c{number}", PAUSED, None)
    ledger.rebuild()
    january = (date(2026, 1, 1), date(2026, 2, 1))
    assert parts("customer_churn_rate", company, *january).value == 0.08
    kept = parts("customer_churn_rate", company, *january, pause="kept")
    assert (kept.value, kept.denominator, kept.n) == (0.05, 100, 100)
    assert parts("customer_churn_rate", company, *january, method="events").value == 0.05
    april = (date(2026, 4, 1), date(2026, 5, 1))
    assert parts("customer_churn_rate", company, *april).value == 0
    kept = parts("customer_churn_rate", company, *april, pause="kept")
    assert (kept.numerator, kept.denominator, kept.n) == (3, 95, 95)


def test_a_change_of_the_setting_makes_the_movements_anew(
    company: Company, do_jobs: Callable[..., int]
) -> None:
    facts.term("c", LONG_AGO, None, 30)
    facts.pause("c", PAUSED, PAUSED + timedelta(40))
    ledger.rebuild()
    assert [kind for kind, _, _ in rows("c")] == ["new", "pause", "resume"]
    change_metric_settings(values={"pause_days": 30}, by=None)
    do_jobs(company)
    assert [kind for kind, _, _ in rows("c")] == [
        "new",
        "pause",
        "pause",
        "churn",
        "reactivation",
    ]
    assert LedgerState.objects.get().pause_days == 30
