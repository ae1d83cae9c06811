"""CSAT, CES and the response rate."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from customers.models import Contact
from metrics.contributions.frame import WHOLE, Dimension, Split
from metrics.estimates import Number
from metrics.explanation import explain
from metrics.periods import Grain, periods
from metrics.registry import metric
from metrics.series import Value
from metrics.values import series
from surveys import suppressions
from surveys.models import Campaign, Invitation, Response, Suppression
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts

JANUARY = (date(2026, 1, 1), date(2026, 2, 1))
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
AS_OF = date(2026, 6, 1)


def campaign(name: str = "asked", kind: str = "csat", highest: int = 5) -> Campaign:
    return Campaign.objects.create(
        name=name, kind=kind, lowest_score=1, highest_score=highest, question="How?"
    )


def invite(of: Campaign, contact: Contact, at: datetime = NOON, **more: Any) -> Invitation:
    number = Invitation.objects.count()
    given: dict[str, Any] = {"state": "sent", "claimed_at": at, "sent_at": at, "expires_at": at}
    return Invitation.objects.create(
        campaign=of,
        contact=contact,
        round=number + 1,
        token_seed=f"{number}",
        token_hash=f"{number}",
        **given | more,
    )


def answer(of: Campaign, contact: Contact, score: int, at: datetime = NOON, **more: Any) -> None:
    invitation = invite(of, contact, at)
    Response.objects.create(
        invitation=invitation, score=score, origin="page", answered_at=at, **more
    )


def contacts(count: int, of: str = "c") -> list[Contact]:
    first = Contact.objects.count()
    owner = facts.customer(of)
    return [facts.contact(owner, f"p{first + number}@{of}.example") for number in range(count)]


def found(
    company: Company, key: str, dimension: Dimension = WHOLE, **options: str
) -> dict[str | None, Value]:
    made = series(
        metric(key),
        periods(*JANUARY, Grain.MONTH, as_of=AS_OF),
        company=company,
        as_of=AS_OF,
        dimension=dimension,
        options=options,
    )
    return {value.segment: value for value in made.values}


def test_the_example(company: Company) -> None:
    """1-5 answers, from 5 down: 42, 32, 10, 9, 14."""
    asked, (one,) = campaign(), contacts(1)
    for score, count in zip((5, 4, 3, 2, 1), (42, 32, 10, 9, 14), strict=True):
        for _ in range(count):
            answer(asked, one, score)
    value = found(company, "csat")[None]
    assert value.value is not None
    assert value.low is not None
    assert value.high is not None
    assert round(float(value.value), 4) == 0.6916
    assert (round(float(value.low), 4), round(float(value.high), 4)) == (0.5987, 0.7712)
    assert (value.numerator, value.denominator, value.n) == (74, 107, 107)
    mean = (42 * 5 + 32 * 4 + 10 * 3 + 9 * 2 + 14) / 107
    assert float(value.parts["mean"]) == pytest.approx(mean)


@pytest.mark.parametrize(
    ("kind", "highest", "least"), [("csat", 5, 4), ("csat", 10, 7), ("ces", 7, 5), ("ces", 5, 4)]
)
def test_what_is_good(company: Company, kind: str, highest: int, least: int) -> None:
    asked, (one,) = campaign(kind=kind, highest=highest), contacts(1)
    for score in range(1, highest + 1):
        answer(asked, one, score)
    value = found(company, kind)[None]
    assert (value.numerator, value.denominator) == (highest + 1 - least, highest)


def test_scales_are_never_mixed_without_saying_so(company: Company) -> None:
    five, ten, (one,) = campaign("five"), campaign("ten", highest=10), contacts(1)
    answer(five, one, 4)
    answer(ten, one, 5)
    value = found(company, "csat")[None]
    assert value.value is None
    assert value.reason == "answers are on two scales, 1 to 5 and 1 to 10"
    assert (value.parts["answers_1_to_5"], value.parts["answers_1_to_10"]) == (1, 1)
    assert "mean" not in value.parts
    assert found(company, "csat", scale="5")[None].value == 1.0
    assert found(company, "csat", scale="10")[None].value == 0.0
    mixed = found(company, "csat", scale="mixed")[None]
    assert mixed.value == 0.5
    by_campaign = found(company, "csat", Dimension(Split.OWN, "campaign"))
    assert {name: value.value for name, value in by_campaign.items()} == {
        None: None,
        "five": 1.0,
        "ten": 0.0,
    }


def test_what_is_left_out_is_counted_and_said(company: Company, client_of: Clients) -> None:
    """CSAT has no meaning on 1 to 7; and with one scale chosen, others are left out."""
    five, seven, (one,) = campaign("five"), campaign("seven", highest=7), contacts(1)
    answer(five, one, 4)
    for score in (1, 7):
        answer(seven, one, score)
    value = found(company, "csat")[None]
    assert (value.value, value.n, value.parts["left_out_1_to_7"]) == (1.0, 1, 2)
    left_out = "answers left out, since only other scales count here: 2 on 1 to 7"
    assert value.reason == left_out
    assert found(company, "csat", scale="mixed")[None].reason == left_out
    by_campaign = found(company, "csat", Dimension(Split.OWN, "campaign"))
    assert (by_campaign["seven"].value, by_campaign["seven"].reason) == (None, left_out)
    assert by_campaign["five"].reason is None
    ten = found(company, "csat", scale="10")[None]
    assert ten.value is None
    assert ten.reason == f"{left_out[:-11]}1 on 1 to 5, 2 on 1 to 7"
    hard = campaign("hard", kind="ces", highest=10)
    answer(hard, one, 10)
    assert (found(company, "ces")[None].reason or "").endswith(": 1 on 1 to 10")
    client = client_of(company, "viewer")
    span = {"start": "2026-01-01", "end": "2026-02-01"}
    (shown,) = client.get("/api/v1/metrics/csat/", span).json()["values"]
    assert (shown["reason"], shown["parts"]["left_out_1_to_7"]) == (left_out, 2)
    days = {"start": "2026-01-01", "end": "2026-01-31", "grain": "month"}
    page = client.get("/metrics/csat/", {**days, "preset": "custom"})
    assert f"A{left_out[1:]}." in page.content.decode()


def test_every_answer_counts_but_corrected_and_own_ones(company: Company) -> None:
    asked, (one,) = campaign(), contacts(1)
    for score in (5, 1):
        answer(asked, one, score)
    answer(asked, one, 1, superseded_at=NOON)
    answer(asked, one, 1, is_by_user=True)
    answer(asked, one, 1, NOON + timedelta(days=30))
    answer(campaign("effort", kind="ces"), one, 1)
    value = found(company, "csat")[None]
    assert (value.value, value.n) == (0.5, 2)
    assert found(company, "csat", scale="10")[None].value is None


def test_the_rows_are_the_answers(company: Company) -> None:
    asked, (one,) = campaign(), contacts(1)
    answer(asked, one, 5)
    answer(asked, one, 2)
    (january,) = periods(*JANUARY, Grain.MONTH, as_of=AS_OF)
    shown = explain(metric("csat"), january, company=company, as_of=AS_OF, limit=1)
    after = explain(
        metric("csat"), january, company=company, as_of=AS_OF, after=shown.next_cursor, limit=1
    )
    rows = shown.rows + after.rows
    assert [(row.contact, row.numerator, row.parts["score"]) for row in rows] == [
        (one, 1, 5),
        (one, 0, 2),
    ]
    assert shown.words == "1 (answers that say satisfied) / 2 (answers) = 50.00 %"


def test_of_what_is_told_to_be_delivered_only_that_counts(company: Company) -> None:
    asked, people = campaign(), contacts(4, "north")
    answer(asked, people[0], 5)
    invite(asked, people[1])
    invite(asked, people[2], bounced_at=NOON)
    assert _rate(company) == (1, 2)
    invite(asked, people[3], delivered_at=NOON)
    other = campaign(name="Other")
    invite(other, people[1])
    assert _rate(company) == (1, 3)


def _rate(company: Company) -> tuple[Number | None, Number | None]:
    value = found(company, "response_rate")[None]
    return value.numerator, value.denominator


def test_the_response_rate(company: Company) -> None:
    asked = campaign()
    north, south = contacts(3, "north"), contacts(4, "south")
    facts.attribute("north", "region", "north")
    answer(asked, north[0], 5)
    late = invite(asked, north[1])
    Response.objects.create(
        invitation=late, score=1, origin="page", answered_at=NOON + timedelta(days=60)
    )
    invite(asked, north[2])
    by_user = invite(asked, south[0])
    Response.objects.create(
        invitation=by_user, score=1, origin="user", is_by_user=True, answered_at=NOON
    )
    invite(asked, south[1], state="unknown", sent_at=None)
    invite(asked, south[1], state="failed", sent_at=None)
    invite(asked, south[1], source=facts.source())
    invite(asked, south[2])
    Suppression.objects.create(
        email_hash=suppressions.hash_of(south[2].email),
        reason="bounced",
        campaign=asked,
        created_at=NOON + timedelta(hours=1),
    )
    invite(asked, south[3], NOON + timedelta(days=30))
    values = found(company, "response_rate", Dimension(Split.ATTRIBUTE, "region"))
    assert {name: (value.numerator, value.denominator) for name, value in values.items()} == {
        None: (2, 4),
        "north": (2, 3),
        "none": (0, 1),
    }
    assert (
        found(company, "response_rate", kind="ces")[None].reason == "no invitations in the period"
    )
    (january,) = periods(*JANUARY, Grain.MONTH, as_of=AS_OF)
    earlier = series(metric("response_rate"), [january], company=company, as_of=date(2026, 2, 1))
    assert earlier.totals[0].numerator == 1
