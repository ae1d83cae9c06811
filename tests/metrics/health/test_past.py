"""Scores of the year before the first: from what was known then, as far as customers paid."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import F

from customers.models import Term, Ticket
from metrics.actions import health_past, ledger
from metrics.models import Attention, HealthPast, HealthScore, HealthVersion
from tenants.jobs import Job
from tenants.models import Company
from tests.metrics import facts, use_facts
from tests.metrics.health.scored import DAY, only_model

WEEK = 7 * DAY


@pytest.fixture
def today(company: Company) -> dt.date:
    return company.today()


def at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), dt.UTC)


def spans(name: str, *, is_backfilled: bool = True) -> list[tuple[dt.date, dt.date | None, int]]:
    rows = HealthScore.objects.filter(
        customer=facts.customer(name), is_backfilled=is_backfilled
    ).order_by("starts_on")
    return [(row.starts_on, row.ends_on, row.score) for row in rows]


def bring_in() -> None:
    Term.objects.update(is_backfilled=True)
    Ticket.objects.update(is_backfilled=True)


@pytest.fixture
def imported(today: dt.date) -> None:
    """Acme paid all year, with a ticket open for five weeks; gone left 10 weeks ago; new has just
    begun."""
    version = only_model()
    facts.term("acme", today - 500 * DAY, None, 100)
    facts.term("gone", today - 500 * DAY, today - 10 * WEEK + 3 * DAY, 100)
    facts.term("new", today, None, 100)
    for name in ("acme", "gone", "new"):
        use_facts.ticket(name, at(today - 450 * DAY), resolved_at=at(today - 449 * DAY))
    use_facts.ticket("acme", at(today - 20 * WEEK), resolved_at=at(today - 15 * WEEK))
    bring_in()
    HealthVersion.objects.create(
        model=version.model,
        number=2,
        recipe={"signals": [{"signal": "tenure", "weight": 1}]},
        published_at=version.published_at,
    )
    ledger.rebuild()


@pytest.mark.usefixtures("imported")
def test_the_year_before_is_scored_week_by_week(today: dt.date) -> None:
    assert Job.objects.filter(kind=health_past.JOB).exists()
    assert health_past.make() == 2
    assert spans("acme") == [
        (today - 52 * WEEK, today - 20 * WEEK, 100),
        (today - 20 * WEEK, today - 15 * WEEK, 90),
        (today - 15 * WEEK, today, 100),
    ]
    assert spans("gone") == [(today - 52 * WEEK, today - 10 * WEEK + 3 * DAY, 100)]
    assert spans("new") == []
    assert [span[0] for span in spans("acme", is_backfilled=False)] == [today]
    versions = HealthScore.objects.filter(is_backfilled=True).values_list("version__number")
    assert set(versions) == {(1,)}
    assert health_past.make() == 0


@pytest.mark.usefixtures("imported")
def test_what_was_learned_later_does_not_tell(today: dt.date) -> None:
    """A ticket that somebody only recorded today was not known last year."""
    use_facts.ticket("acme", at(today - 40 * WEEK))
    use_facts.ticket("acme", at(today - 30 * WEEK))
    Ticket.objects.filter(opened_at=at(today - 40 * WEEK)).update(is_backfilled=True)
    health_past.make()
    found = {start: score for start, _, score in spans("acme")}
    assert found[today - 40 * WEEK] == 90
    assert today - 30 * WEEK not in found


@pytest.mark.usefixtures("imported")
def test_history_that_comes_in_later_makes_it_again(today: dt.date) -> None:
    health_past.make()
    use_facts.ticket("gone", at(today - 30 * WEEK))
    bring_in()
    customer = facts.customer("gone").pk
    facts.Change.objects.create(customer_id=customer, kind="tickets", from_day=today - 30 * WEEK)
    facts.Change.objects.create(
        customer_id=facts.customer("acme").pk, kind="tickets", from_day=today
    )
    ledger.refresh()
    assert list(HealthPast.objects.filter(is_due=True).values_list("customer_id", flat=True)) == [
        customer
    ]
    assert health_past.make() == 1
    assert spans("gone")[1:] == [(today - 30 * WEEK, today - 10 * WEEK + 3 * DAY, 90)]
    HealthPast.objects.update(until=F("until") - 31 * DAY)
    facts.Change.objects.create(customer_id=customer, kind="tickets", from_day=None)
    ledger.refresh()
    assert not HealthPast.objects.filter(is_due=True).exists()


def test_whose_score_fell_since_is_on_today_at_once(today: dt.date) -> None:
    only_model()
    facts.term("acme", today - 500 * DAY, None, 100)
    use_facts.ticket("acme", at(today - 450 * DAY), resolved_at=at(today - 449 * DAY))
    bring_in()
    for days in (1, 2, 3):
        use_facts.ticket("acme", at(today - days * DAY))
    ledger.rebuild()
    drops = Attention.objects.filter(kind=Attention.Kind.DROP)
    assert not drops.exists()
    assert health_past.make() == 1
    assert [(row.customer.external_id, row.data["before"]) for row in drops] == [("acme", 100)]


@pytest.mark.usefixtures("imported")
def test_of_many_customers_weeks_are_left_out(
    today: dt.date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_past, "MOST_CUSTOMER_WEEKS", 30)
    monkeypatch.setattr(health_past, "AT_ONCE", 13)
    assert health_past.make() == 2
    assert spans("acme")[1:] == [
        (today - 20 * WEEK, today - 12 * WEEK, 90),
        (today - 12 * WEEK, today, 100),
    ]


def test_a_company_without_a_model_has_no_past(today: dt.date) -> None:
    facts.term("acme", today - 500 * DAY, None, 100)
    HealthVersion.objects.all().delete()
    ledger.rebuild()
    assert health_past.make() == 0
    assert not HealthScore.objects.exists()
