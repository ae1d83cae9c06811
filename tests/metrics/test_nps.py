"""The net promoter score, from answers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from customers.models import Contact
from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension, Split
from metrics.explanation import explain
from metrics.periods import Grain, periods
from metrics.registry import metric
from metrics.series import Value
from metrics.values import series
from surveys.models import Campaign, Invitation, Response
from tenants.models import Company
from tests.metrics import facts

JANUARY = (date(2026, 1, 1), date(2026, 2, 1))
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
AS_OF = date(2026, 6, 1)


def campaign(**more: Any) -> Campaign:
    return Campaign.objects.create(name="NPS", question="Would you?", **more)


def answer(
    contact: Contact, score: int, at: datetime = NOON, of: Campaign | None = None, **more: Any
) -> Response:
    asked = of or Campaign.objects.first() or campaign()
    number = Invitation.objects.count()
    invitation = Invitation.objects.create(
        campaign=asked,
        contact=contact,
        round=number + 1,
        token_seed=f"{number}",
        token_hash=f"{number}",
    )
    return Response.objects.create(
        invitation=invitation, score=score, origin="mail_link", answered_at=at, **more
    )


def contacts(count: int, of: str = "c") -> list[Contact]:
    owner = facts.customer(of)
    first = Contact.objects.count()
    return [facts.contact(owner, f"p{first + number}@{of}.example") for number in range(count)]


def nps(company: Company, dimension: Dimension = WHOLE, **options: str) -> dict[str | None, Value]:
    found = series(
        metric("nps"),
        periods(*JANUARY, Grain.MONTH, as_of=AS_OF),
        company=company,
        as_of=AS_OF,
        dimension=dimension,
        options=options,
    )
    return {value.segment: value for value in found.values}


def test_the_example(company: Company) -> None:
    for number, contact in enumerate(contacts(100)):
        answer(contact, 9 if number < 50 else 3 if number < 70 else 7)
    value = nps(company)[None]
    assert (value.value, value.n) == (30.0, 100)
    assert value.parts == {"promoters": 50, "passives": 30, "detractors": 20}
    assert value.low is not None
    assert value.high is not None
    assert round((value.low + value.high) / 2, 2) == 29.13
    assert round((value.high - value.low) / 2, 2) == 15.08


def test_the_latest_answer_of_a_contact_counts_and_earlier_periods_keep_theirs(
    company: Company,
) -> None:
    (one,) = contacts(1)
    answer(one, 0, NOON)
    answer(one, 10, NOON + timedelta(days=2))
    answer(one, 0, NOON + timedelta(days=40))
    assert nps(company)[None].value == 100.0


def test_changed_own_and_transactional_answers_are_left_out(company: Company) -> None:
    first, second, third = contacts(3)
    changed = answer(first, 0, superseded_at=NOON)
    Response.objects.create(
        invitation=changed.invitation, score=10, origin="page", answered_at=NOON
    )
    answer(second, 0, is_by_user=True)
    answer(third, 0, of=campaign(is_relational=False))
    assert nps(company)[None].value == 100.0
    assert nps(company, campaigns="all")[None].value == 0.0


def test_a_single_answer_lies_within_its_interval(company: Company) -> None:
    (one,) = contacts(1)
    answer(one, 0)
    value = nps(company)[None]
    assert (value.value, value.low, value.n) == (-100.0, -100.0, 1)
    assert value.high == pytest.approx(48.5, abs=0.05)
    assert value.is_small


def test_a_day_is_the_companys(company: Company) -> None:
    company.timezone = "America/New_York"
    (one,) = contacts(1)
    answer(one, 10, datetime(2026, 2, 1, 3, tzinfo=UTC))  # 31 January in New York
    assert nps(company)[None].n == 1
    company.timezone = "UTC"
    assert nps(company)[None].value is None


def test_segments_are_those_of_the_answers_day(company: Company) -> None:
    facts.attribute("moves", "region", "north", None)
    facts.attribute("moves", "region", "south", date(2026, 1, 16))
    facts.term("moves", date(2025, 1, 1), date(2026, 1, 16), 10, product="Suite")
    facts.term("moves", date(2026, 1, 16), None, 20, product="Extra")
    ledger.rebuild()
    first, second = contacts(2, "moves")
    (other,) = contacts(1, "elsewhere")
    answer(first, 10, NOON)
    answer(second, 0, NOON + timedelta(days=1))
    answer(other, 8)
    by_region = nps(company, Dimension(Split.ATTRIBUTE, "region"))
    assert {name: value.value for name, value in by_region.items()} == {
        None: 0.0,
        "north": 100.0,
        "south": -100.0,
        "none": 0.0,
    }
    by_product = nps(company, Dimension(Split.PRODUCT))
    assert {name: value.value for name, value in by_product.items()} == {
        None: 0.0,
        "Suite": 100.0,
        "Extra": -100.0,
        "none": 0.0,
    }


def test_weights(company: Company) -> None:
    """Three contacts of one customer against one of another that pays three times as much."""
    facts.term("many", date(2025, 1, 1), None, 10)
    facts.term("one", date(2025, 1, 1), None, 30)
    ledger.rebuild()
    for contact in contacts(3, "many"):
        answer(contact, 10)
    answer(contacts(1, "one")[0], 0)
    assert nps(company)[None].value == 50.0
    assert nps(company, weight="customer")[None].value == pytest.approx(0.0, abs=1e-9)
    weighted = nps(company, weight="mrr")[None]
    assert weighted.value == pytest.approx(-50.0)
    assert weighted.low is not None
    assert weighted.high is not None
    assert -100 <= weighted.low < -50 < weighted.high <= 100


def test_the_rows_are_the_contacts(company: Company) -> None:
    first, second = contacts(2)
    answer(first, 10)
    answer(second, 2)
    (january,) = periods(*JANUARY, Grain.MONTH, as_of=AS_OF)
    found = explain(metric("nps"), january, company=company, as_of=AS_OF)
    assert [(row.contact, row.numerator, row.parts["score"]) for row in found.rows] == [
        (first, 1, 10),
        (second, -1, 2),
    ]
    assert found.words == (
        "100 x (1 - 1) (promoters - detractors) / 2 (contacts that answered) = 0.0"
    )
