"""Feedback, use and support in pages and API, split by what their facts say; and of some
customers alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.actions.keys import create_api_key
from customers.models import Customer
from metrics.contributions.frame import Frame
from metrics.periods import Grain, periods
from metrics.registry import metric
from surveys.models import Campaign, Invitation, Response
from tenants.models import Company
from tests.metrics import facts, figures_of
from tests.metrics.use_facts import session, ticket, use

Get = Callable[..., Any]
NOON = datetime(2026, 1, 12, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPAN = {"start": "2026-01-01", "end": "2026-02-01"}
SPLITS = [
    ("csat", "campaign", "How was it?"),
    ("ces", "campaign", "How hard?"),
    ("response_rate", "campaign", "How was it?"),
    ("click_through_rate", "item", "banner"),
    ("active_users", "feature", "Opened"),
    ("resolution_time", "priority", "high"),
    ("resolution_time", "channel", "mail"),
    ("resolution_time", "stage", "work"),
    ("session_duration", "region", "north"),
    ("time_on_page", "product", "Suite"),
]


@pytest.fixture
def world(company: Company) -> None:
    """Two customers, one paying, with one of everything each."""
    facts.term("pays", date(2025, 1, 1), None, 10)
    facts.attribute("pays", "region", "north")
    for of in ("pays", "other"):
        session(of, NOON, 75, page_views=2, page_seconds=60)
        use(of, "u", NOON.date(), items=[("banner", NOON, NOON + HOUR)])
        ticket(
            of,
            NOON,
            stages=[("work", NOON)],
            resolved_at=NOON + HOUR,
            priority="high",
            channel="mail",
        )
    for kind, name in (("csat", "How was it?"), ("ces", "How hard?")):
        asked = Campaign.objects.create(
            name=name, kind=kind, lowest_score=1, highest_score=5, question=name
        )
        for of in ("pays", "other"):
            number = Invitation.objects.count()
            invitation = Invitation.objects.create(
                campaign=asked,
                contact=facts.contact(facts.customer(of), f"{number}@{of}.example"),
                token_hash=f"{number}",
                state="sent",
                claimed_at=NOON,
                sent_at=NOON,
                expires_at=NOON,
            )
            Response.objects.create(invitation=invitation, score=5, origin="page", answered_at=NOON)
    from metrics.actions import ledger

    ledger.rebuild()


@pytest.fixture
def get(company: Company) -> Get:
    _, secret = create_api_key(by=None, name="test", scopes=["read"])
    client = Client(SERVER_NAME=f"{company.slug}.localhost", headers={"x-api-key": secret})
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"

    def call(path: str, status: int = 200, **params: str) -> Any:
        answer = client.get(f"/api/v1{path}", params)
        assert answer.status_code == status, answer.content
        return answer.json()

    return call


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(("key", "split", "segment"), SPLITS)
def test_api_and_rows(get: Get, key: str, split: str, segment: str) -> None:
    found = get(f"/metrics/{key}/", grain="month", by=split, **SPAN)
    assert found["by"] == split
    values = {value["segment"]: value for value in found["values"]}
    assert None in values
    value = values[segment]
    assert value["value"] is not None
    told = get(f"/metrics/{key}/explain/", by=split, segment=segment, **SPAN)
    assert told["value"] == value["value"]
    assert told["rows"]
    assert sum(row["numerator"] for row in told["rows"]) == value["numerator"]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(("key", "split", "segment"), SPLITS)
def test_pages(
    company: Company, client_of: Callable[..., Client], key: str, split: str, segment: str
) -> None:
    client = client_of(company, "viewer")
    course = {"preset": "custom", "start": "2025-12-01", "end": "2026-01-31", "by": split}
    text = client.get(f"/metrics/{key}/", course).content.decode()
    assert segment in text
    assert f'value="{split}" selected' in text
    rows = client.get(f"/metrics/{key}/explain/", {**SPAN, "by": split, "segment": segment})
    assert rows.status_code == 200
    assert "/customers/" in rows.content.decode()


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("method", ["dau", "wau", "mau", "stickiness", "adoption"])
def test_every_way_to_count_users(
    company: Company, client_of: Callable[..., Client], get: Get, method: str
) -> None:
    text = client_of(company).get("/metrics/active_users/", {"method": method}).content.decode()
    assert "?method=adoption" in text
    found = get("/metrics/active_users/", method=method, grain="month", **SPAN)
    shares = ("stickiness", "adoption")
    assert found["unit"] == (
        "share" if method in shares else "ratio" if method == "dau" else "count"
    )


@pytest.mark.usefixtures("world")
def test_what_cannot_be_asked(get: Get) -> None:
    listed = {one["key"]: one for one in get("/metrics/")["metrics"]}
    assert listed["resolution_time"]["splits"] == ["priority", "channel", "stage"]
    refused = get("/metrics/csat/", 400, by="priority")
    assert refused["code"] == "invalid_segment"
    assert "campaign, region, product, plan" in refused["message"]
    assert get("/metrics/active_users/", 400, event="x" * 201)["code"] == "invalid_option"
    assert get("/metrics/resolution_time/", 400, hours="night")["code"] == "invalid_option"


@pytest.mark.usefixtures("world")
def test_an_attribute_called_as_a_split_has_a_name_of_its_own(get: Get) -> None:
    facts.attribute("pays", "channel", "partner")
    own = get("/metrics/resolution_time/", by="channel", grain="month", **SPAN)
    assert {value["segment"] for value in own["values"]} == {None, "mail"}
    of_customers = get("/metrics/resolution_time/", by="customer.channel", grain="month", **SPAN)
    assert of_customers["by"] == "customer.channel"
    assert {value["segment"] for value in of_customers["values"]} == {None, "partner", "none"}
    assert get("/metrics/mrr/", by="channel", grain="month", **SPAN)["by"] == "channel"


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("key", sorted({key for key, _, _ in SPLITS}))
def test_sums_of_some_customers_add_up_to_those_of_all(company: Company, key: str) -> None:
    cut = periods(date(2026, 1, 1), date(2026, 2, 1), Grain.MONTH, as_of=figures_of.AS_OF)
    one = metric(key)
    measure = one.compute(one.choose({})).measure

    def sums(customers: list[int] | None) -> tuple[object, object]:
        frame = Frame(cut, timezone="UTC", as_of=figures_of.AS_OF, customers=customers)
        found = measure.sums(frame)[0, None]
        return found.y, found.x

    (first, second) = (sums([found.pk]) for found in Customer.objects.order_by("pk"))
    assert sums(None) == tuple(a + b for a, b in zip(first, second, strict=True))  # type: ignore[operator]
    assert sums([]) == (0, 0)
