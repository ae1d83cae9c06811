"""The sums over everybody with a score, remembered: always what adding up would come to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.actions.feed import note_change
from customers.actions.merging import merge_customers
from customers.models import Term
from metrics.actions import health_scores, ledger
from metrics.health import keeping
from metrics.health.filters import Filters
from metrics.health.listing import Listing, Totals
from metrics.models import HealthScore
from metrics.remembered import forget
from tenants.models import Company
from tests.metrics import facts
from tests.metrics.health.scored import DAY, only_model

ClientOf = Callable[..., Client]


@pytest.fixture
def scored(company: Company) -> dt.date:
    """Three customers of 100, 200 and 400, scored by how long they pay."""
    today = company.today()
    scored_by([[0, 0], [100, 100]])
    for name, mrr, days in (("a", 100, 20), ("b", 200, 60), ("c", 400, 90)):
        facts.term(name, today - days * DAY, None, mrr)
        changed(name)
    ledger.refresh()
    return today


def scored_by(curve: list[list[int]], name: str = "Tested") -> None:
    only_model({"signals": [{"signal": "tenure", "weight": 1, "curve": curve}]}, name)


def changed(name: str) -> None:
    note_change("subscriptions", from_day=None, customer_id=facts.customer(name).pk)


def shown(company: Company, **filters: tuple[str, ...]) -> Totals:
    """As the page has them, which are those added up now."""
    listing = Listing(company, company.today(), Filters(**filters))  # type: ignore[arg-type]
    found = keeping.totals(listing)
    assert found == listing.totals()
    return found


def are_remembered(company: Company) -> bool:
    """Whether they are there without a look at the scores, once somebody asked."""
    keeping.totals(Listing(company, company.today()))
    with CaptureQueriesContext(connection) as asked:
        keeping.totals(Listing(company, company.today()))
    return not any("metrics_healthscore" in one["sql"] for one in asked.captured_queries)


@pytest.mark.usefixtures("scored")
def test_they_follow_scores_and_contracts(company: Company) -> None:
    assert are_remembered(company)
    assert (shown(company).customers, shown(company).mrr) == (3, 700)
    assert shown(company, bands=("red",)).customers == 1
    Term.objects.filter(mrr=400).update(mrr=500)
    changed("c")
    ledger.refresh()
    assert are_remembered(company)
    assert shown(company).mrr == 800
    scored_by([[0, 10], [100, 20]], "Other")
    health_scores.rescore_all()
    assert are_remembered(company)
    assert shown(company).bands[-1].customers == 3


def test_those_at_other_rates_are_not_shown(company: Company, scored: dt.date) -> None:
    assert shown(company).mrr == 700
    company.currency = "EUR"
    facts.rate("USD", "EUR", scored - 50 * DAY, 2)
    assert shown(company).mrr == 1400
    facts.rate("USD", "EUR", scored - 5 * DAY, 3)
    assert shown(company).mrr == 2100


@pytest.mark.usefixtures("scored")
def test_they_are_added_up_while_a_merged_customer_waits(company: Company) -> None:
    merge_customers(keep=facts.customer("a"), merge=facts.customer("b"), by=None)
    assert not are_remembered(company)
    assert shown(company).customers == 2
    ledger.refresh()
    assert are_remembered(company)
    assert (shown(company).customers, shown(company).mrr) == (2, 700)


@pytest.mark.usefixtures("scored")
def test_they_are_added_up_while_a_removed_customer_waits(
    company: Company, client_of: ClientOf
) -> None:
    gone = facts.customer("b")
    client_of(company, "admin").post(f"/customers/{gone.pk}/removal/", {"external_id": "b"})
    assert HealthScore.objects.count() == 2
    assert not are_remembered(company)
    assert shown(company).customers == 2
    ledger.refresh()
    assert are_remembered(company)
    assert (shown(company).customers, shown(company).mrr) == (2, 500)


@pytest.mark.usefixtures("scored")
def test_the_page_says_the_same(company: Company, viewer_client: Client) -> None:
    kept = viewer_client.get("/health/").context["totals"]
    assert kept.mrr == 700
    forget()
    assert viewer_client.get("/health/").context["totals"] == kept
