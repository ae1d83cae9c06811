"""What changed in a period, in sentences: true to the metrics' values, and silent where there is
nothing to say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given

from accounts.formatting import format_money_short
from accounts.notations import NO_BREAK_SPACE
from customers.models import Renewal
from metrics.actions import ledger
from metrics.actions.goals import save_goal
from metrics.changed import Sentence, sentences
from metrics.changed.moves import part_of
from metrics.changed.rates import wilson_at
from metrics.contributions.flows import MRR_PARTS
from metrics.contributions.rows import Cursor
from metrics.explanation import explain
from metrics.intervals import Z, wilson
from metrics.models import Goal
from metrics.periods import Period, as_of_day
from metrics.registry import metric
from metrics.shared import Shared
from metrics.values import series
from tenants.models import Company
from tests.metrics import facts, histories, plain
from tests.metrics.revenue import random_histories

AS_OF = date(2026, 3, 10)
FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 1))
FEB_10 = date(2026, 2, 10)
OLD = date(2025, 3, 1)


def said(company: Company, period: Period = FEBRUARY, as_of: date = AS_OF) -> list[Sentence]:
    return sentences(company, period, as_of=as_of)


def by_key(company: Company, period: Period = FEBRUARY) -> dict[str, Sentence]:
    return {one.key: one for one in said(company, period)}


def words(found: Sentence) -> str:
    return found.text.replace(NO_BREAK_SPACE, " ")


@pytest.fixture
def busy(company: Company) -> None:
    """20 customers at 100; in February three come (two in Enterprise), four leave, one grows."""
    for number in range(20):
        ended = FEB_10 if number < 3 else None
        facts.term(f"old{number}", OLD, ended, 100)
        facts.attribute(f"old{number}", "segment", "Small")
    facts.term("Acme Ltd", OLD, date(2026, 2, 12), 400)
    facts.attribute("Acme Ltd", "segment", "Enterprise")
    Renewal.objects.create(
        customer=facts.customer("Acme Ltd"),
        external_id="r",
        renews_on=date(2026, 2, 12),
        cancelled_on=date(2026, 1, 5),
        churn_reason="too dear",
        source=facts.source(),
        recorded_at=timezone.now(),
    )
    for number, segment in enumerate(("Enterprise", "Enterprise", "Small")):
        facts.term(f"new{number}", date(2026, 2, 3 + number), None, 300)
        facts.attribute(f"new{number}", "segment", segment)
    facts.term("grows", OLD, date(2026, 2, 20), 50, subscription="g")
    facts.term("grows", date(2026, 2, 20), None, 170, subscription="g")
    facts.attribute("grows", "segment", "Small")
    ledger.rebuild()


@pytest.mark.usefixtures("busy")
def test_mrr_in_one_sentence(company: Company) -> None:
    found = by_key(company)["mrr"]
    assert words(found) == (
        "MRR grew 13.1 % in the period, to $2.8k: $900.00 new from 3 customers (most of it in"
        " Enterprise), $120.00 expansion at grows; $700.00 lost with 4 customers (most of it Acme"
        " Ltd, left 12 Feb: too dear)."
    )
    assert (found.tone, found.weight) == ("good", 100)
    assert "start=2026-02-01" in found.href


@pytest.mark.usefixtures("busy")
def test_customers_in_one_sentence(company: Company) -> None:
    assert words(by_key(company)["customers"]) == (
        "21 customers pay, 1 fewer than at the start: 3 new; 4 left."
    )


@pytest.mark.usefixtures("busy")
def test_those_who_left_are_the_rows_behind_it(
    company: Company, client_of: Callable[..., Client]
) -> None:
    page = client_of(company, "viewer").get(by_key(company)["customers"].href).content.decode()
    for name in ("Acme Ltd", "old0", "new2"):
        assert f">{name}<" in page, "who left or came is among the rows"
    assert ">old5<" not in page, "and who only goes on paying is not"


@pytest.mark.usefixtures("busy")
def test_every_sentence_leads_to_its_rows(
    company: Company, client_of: Callable[..., Client]
) -> None:
    client = client_of(company, "viewer")
    found = said(company)
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)
    for one in found:
        assert client.get(one.href).status_code == 200, one.text


def test_nothing_is_said_where_nothing_changed(company: Company) -> None:
    assert said(company) == []
    facts.term("still", OLD, None, 100)
    ledger.rebuild()
    assert said(company) == []
    assert said(company, Period(date(2026, 5, 1), date(2026, 6, 1), True, False)) == []


def test_a_tiny_company_is_told_amounts_and_no_percentages(company: Company) -> None:
    facts.term("first", OLD, None, 100)
    facts.term("second", FEB_10, None, 50)
    ledger.rebuild()
    found = by_key(company)
    assert words(found["mrr"]) == "MRR grew from $100.00 to $150.00: $50.00 new from second."
    assert words(found["customers"]) == "2 customers pay, 1 more than at the start: 1 new."


def test_the_first_customer_and_the_last(company: Company) -> None:
    facts.term("only", date(2026, 1, 10), FEB_10, 100)
    ledger.rebuild()
    january = by_key(company, Period(date(2026, 1, 1), date(2026, 2, 1)))
    assert words(january["mrr"]) == "MRR grew from $0.00 to $100.00: $100.00 new from only."
    assert words(january["customers"]) == "1 customer pays, 1 more than at the start: 1 new."
    assert words(by_key(company)["mrr"]) == (
        "MRR fell from $100.00 to $0.00: $100.00 lost with only (left 10 Feb)."
    )


def test_currencies_that_cannot_be_added_up(company: Company) -> None:
    facts.term("one", OLD, None, 100, currency="EUR")
    facts.term("two", FEB_10, None, 100, currency="CHF")
    ledger.rebuild()
    found = by_key(company)
    assert "mrr" not in found
    assert words(found["mrr_unknown"]).startswith("What MRR did cannot be said: contracts are in")
    assert words(found["customers"]) == "2 customers pay, 1 more than at the start: 1 new."
    assert "/customers/explain/" in found["customers"].href, "no movements without rates"
    quiet = Period(date(2026, 1, 1), date(2026, 2, 1))
    assert said(company, quiet) == []


def test_pauses_that_became_churn_are_told_apart(company: Company) -> None:
    facts.term("waits", OLD, None, 100)
    facts.pause("waits", date(2025, 11, 10), None)
    facts.term("rests", OLD, None, 30)
    facts.pause("rests", FEB_10, None)
    ledger.rebuild()  # 90 days after 10 November is 8 February
    text = words(by_key(company)["mrr"])
    assert text == (
        "MRR fell from $30.00 to $0.00: $100.00 of pauses that became churn; $100.00 lost with"
        " waits (left 8 Feb), $30.00 paused at rests."
    )


def test_churn_that_rose_significantly(company: Company) -> None:
    for number in range(200):
        ended = date(2026, 1, 10) if number == 0 else FEB_10 if number <= 20 else None
        facts.term(f"c{number}", OLD, ended, 10)
    ledger.rebuild()
    found = by_key(company)["customer_churn_rate"]
    assert words(found).startswith("Customer churn rose significantly, from 0.50 % to 10.05 %: by ")
    assert found.tone == "bad"
    march = by_key(company, Period(date(2026, 3, 1), date(2026, 4, 1)))
    assert march["customer_churn_rate"].tone == "good"


def test_one_that_left_is_no_trend(company: Company) -> None:
    for number in range(40):
        facts.term(f"c{number}", OLD, FEB_10 if number == 0 else None, 10)
    ledger.rebuild()
    assert set(by_key(company)) == {"mrr", "customers"}


def test_a_segment_that_stands_out(company: Company) -> None:
    for number in range(100):
        is_small = number < 30
        ended = FEB_10 if number < 12 or number == 50 else None
        facts.term(f"c{number}", OLD, ended, 10)
        facts.attribute(f"c{number}", "segment", "Small" if is_small else "Large")
    ledger.rebuild()
    found = by_key(company)["stands_out"]
    assert words(found) == (
        "Customer churn stands out in Small (segment): 40.00 % (12 of 30), elsewhere 1.43 %"
        " (1 of 70)."
    )
    assert "by=segment" in found.href
    assert "segment=Small" in found.href


def test_among_many_segments_one_is_by_chance(company: Company) -> None:
    """Two of 10 left in one of ten segments, two of 90 elsewhere: at 95 % that stands out, but not
    as one of ten looked at."""
    for number in range(100):
        facts.term(f"c{number}", OLD, FEB_10 if number in (0, 10, 25, 47) else None, 10)
        facts.attribute(f"c{number}", "segment", f"s{number % 10}")
    ledger.rebuild()
    assert "stands_out" not in by_key(company)


def test_goals_reached_missed_and_slipping(company: Company) -> None:
    for number in range(9):
        facts.term(f"c{number}", date(2025, 7 + number, 1) if number < 6 else OLD, None, 100)
    ledger.rebuild()
    begins = date(2025, 10, 1)

    def goal(target: int, due: date) -> Goal:
        values: dict[str, Any] = {"metric": "mrr", "target": Decimal(target)}
        return save_goal(values=values | {"begins_on": begins, "due_on": due}, by=None)

    goal(800, date(2026, 2, 15))
    goal(5000, date(2026, 2, 25))
    goal(6000, date(2026, 9, 30))
    goal(850, date(2026, 8, 31))
    texts = [words(one) for one in said(company) if one.key == "goal"]
    assert (
        texts[0]
        == "Goal missed: Monthly recurring revenue at least $5,000.00 in Feb 2026; it was $900.00."
    )
    assert texts[1].startswith(
        "Goal slipping: Monthly recurring revenue at least $6,000.00 in Sep 2026; it was $900.00 in"
        " Feb 2026. The trend"
    )
    assert (
        texts[2]
        == "Goal reached: Monthly recurring revenue at least $800.00 in Feb 2026; it was $900.00."
    )
    assert texts[3].startswith(
        "Goal met early: Monthly recurring revenue at least $850.00 in Aug 2026;"
    )
    january = Period(date(2026, 1, 1), date(2026, 2, 1))
    assert not [one for one in said(company, january) if one.key == "goal"]


@pytest.mark.parametrize(
    ("amount", "whole", "words"),
    [(1, 1, "all of it"), (3, 4, "most of it"), (1, 2, "about half of it"), (2, 5, ""), (5, 4, "")],
)
def test_parts_in_words(amount: int, whole: int, words: str) -> None:
    assert part_of(Decimal(amount), Decimal(whole)) == words


def test_wilson_at_the_usual_confidence_is_the_one_of_the_values() -> None:
    for lost, here in ((0, 5), (3, 10), (10, 10)):
        usual, found = wilson(lost, here), wilson_at(lost, here, Z)
        assert usual is not None
        assert (found.low, found.high) == pytest.approx((usual.low, usual.high))


def _people(company: Company, period: Period) -> dict[str, int]:
    """How many customers the rows of the movements name for each part."""
    counts = dict.fromkeys(MRR_PARTS.values(), 0)
    cursor: Cursor | None = Cursor()
    while cursor is not None:
        page = explain(
            metric("mrr_movements"), period, company=company, as_of=AS_OF, after=cursor, limit=50
        )
        for row in page.rows:
            for part in row.parts:
                counts[part] += bool(Decimal(row.parts[part]))
        cursor = page.next_cursor
    return counts


def _check(company: Company, period: Period) -> None:
    shared = Shared(company, AS_OF)
    value = series(
        metric("mrr_movements"), [period], company=company, as_of=AS_OF, shared=shared
    ).totals[0]
    found = {one.key: one for one in sentences(company, period, as_of=AS_OF, shared=shared)}
    moved = [part for part in MRR_PARTS.values() if value.parts.get(part)]
    assert ("mrr" in found) == bool(moved)
    if not moved:
        return
    text = found["mrr"].text
    assert format_money_short(value.parts["closing"], "USD") in text
    people = _people(company, period)
    lapsed = "pauses that became churn" in text
    for part in moved:
        if part == "pause" and lapsed:
            continue
        amount = format_money_short(abs(value.parts[part]), "USD")
        assert amount in text
        if part not in ("fx", "transfer") and people[part] > 1:
            assert f"{people[part]} customers" in text


@random_histories
@given(histories.customers())
def test_random_histories_are_told_as_the_metrics_count_them(
    company: Company, found: list[plain.Customer]
) -> None:
    from django.db import transaction

    with transaction.atomic():
        facts.store(found)
        ledger.rebuild()
        for start, end in (("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01")):
            _check(company, Period(date.fromisoformat(start), date.fromisoformat(end)))
        _check(company, as_of_day(Period(date(2026, 3, 1), date(2026, 4, 1)), AS_OF))
        transaction.set_rollback(True)


@random_histories
@given(histories.in_currencies())
def test_so_they_are_at_exchange_rates(
    company: Company, found: tuple[list[plain.Customer], list[plain.Quote]]
) -> None:
    from django.db import transaction

    customers, rates = found
    with transaction.atomic():
        facts.store(customers)
        for currency, base, day, rate in rates:
            facts.rate(currency, base, day, rate)
        ledger.rebuild()
        if Shared(company, AS_OF).currency(converts=True).code == "USD":
            _check(company, FEBRUARY)
        transaction.set_rollback(True)
