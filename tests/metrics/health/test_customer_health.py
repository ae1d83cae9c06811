"""The page and the API of one customer's health, its panel and its timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from customers.looking import Look
from customers.models import Term, Ticket
from metrics.actions import health_scores, ledger
from metrics.charts.scores import scores
from metrics.health_panel import timeline
from metrics.models import HealthVersion
from tenants.models import Company
from tests.clients import HostClient
from tests.metrics import facts, use_facts
from tests.metrics.health.scored import DAY, TICKETS, only_model, span

Get = Callable[..., Any]


@pytest.fixture
def today(company: Company) -> dt.date:
    return company.today()


@pytest.fixture
def acme(company: Company, today: dt.date) -> int:
    """Scored 90 four days ago by one open ticket of two signals; today by another version."""
    version = only_model(
        {
            "signals": [
                *TICKETS["signals"],
                {"signal": "nps", "weight": 3},
                {"signal": "tenure", "weight": 1, "curve": [[0, 0], [200, 100]]},
            ]
        }
    )
    facts.term("acme", today - 100 * DAY, None, 100)
    at = dt.datetime.combine(today - 50 * DAY, dt.time(12), dt.UTC)
    use_facts.ticket("acme", at)
    use_facts.ticket("acme", at + 48 * DAY)
    Ticket.objects.update(is_backfilled=True)
    Term.objects.update(is_backfilled=True)
    ledger.rebuild()
    health_scores.rescore(today=today - 4 * DAY)
    HealthVersion.objects.create(
        model=version.model, number=2, recipe=TICKETS, published_at=version.published_at
    )
    health_scores.rescore(today=today)
    return facts.customer("acme").pk


def test_a_score_opens_into_its_working(viewer_client: Client, acme: int, today: dt.date) -> None:
    page = viewer_client.get(f"/customers/{acme}/health/", {"on": str(today - 4 * DAY)})
    assert page.status_code == 200
    text = page.content.decode()
    steps = page.context["steps"]
    assert [step.line.signal.key for step in steps] == ["open_tickets", "nps", "tenure"]
    assert [round(step.weight) for step in steps] == [50, 0, 50]
    assert sum(step.line.contribution for step in steps) == pytest.approx(
        page.context["explained"].score
    )
    assert "not measured" in text
    assert "left out" in text
    assert "Tested" in text
    assert "version 1" in text


def test_two_days_compared_keep_behaviour_apart_from_the_model(
    viewer_client: Client, acme: int, today: dt.date
) -> None:
    page = viewer_client.get(
        f"/customers/{acme}/health/", {"on": str(today), "from": str(today - 4 * DAY)}
    )
    between = page.context["between"]
    assert between.behaviour == pytest.approx(-5 + 1)
    assert between.behaviour + between.model == pytest.approx(
        between.later.score - between.earlier.score
    )
    assert "What moved it" in page.content.decode()
    alone = viewer_client.get(
        f"/customers/{acme}/health/", {"on": str(today), "from": str(today - 40 * DAY)}
    )
    assert "had no score to compare with" in alone.content.decode()


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"on": "yesterday"}, "on must be a day as YYYY-MM-DD"),
        ({"on": "2999-01-01"}, "on must be a day from"),
        ({"from": "2999-01-01"}, "from must be a day before"),
        ({"day": "2026-01-01"}, "Only on, from can be given"),
    ],
)
def test_bad_days_are_told(
    viewer_client: Client, get: Get, acme: int, params: dict[str, str], words: str
) -> None:
    page = viewer_client.get(f"/customers/{acme}/health/", params)
    assert page.status_code == 400
    assert words in page.content.decode()
    answer = get("customers/acme/health/", **params)
    assert answer.status_code == 400
    assert words in answer.json()["message"]


def test_why_there_is_no_score(viewer_client: Client, acme: int, today: dt.date) -> None:
    gone = facts.customer("gone").pk
    assert "did not pay" in viewer_client.get(f"/customers/{gone}/health/").content.decode()
    before = viewer_client.get(f"/customers/{acme}/health/", {"on": str(today - 60 * DAY)})
    assert "scores begin on" in before.content.decode()
    assert viewer_client.get("/customers/999999/health/").status_code == 404


def test_the_customers_page_and_timeline(viewer_client: Client, acme: int, today: dt.date) -> None:
    customer = facts.customer("acme")
    version = HealthVersion.objects.order_by("-pk")[0]
    span("acme", version, today - 30 * DAY, today - 20 * DAY, 40)
    span("acme", version, today - 20 * DAY, today - 10 * DAY, 60)
    page = viewer_client.get(f"/customers/{acme}/")
    assert f"/customers/{acme}/health/" in page.content.decode()
    newest, entry = timeline(customer, Look(limit=10))
    assert (newest.on, newest.title) == (today, "Health became green")
    assert (entry.on, entry.title) == (today - 20 * DAY, "Health became amber")
    assert "was red" in entry.text
    whole = viewer_client.get(f"/customers/{acme}/timeline/", {"kind": "health"})
    assert "Health became amber" in whole.content.decode()


def test_the_explanation_by_api(get: Get, acme: int, today: dt.date) -> None:
    body = get("customers/acme/health/", **{"from": str(today - 4 * DAY)}).json()
    explained = body["explanation"]
    assert body["score"] == round(explained["score"])
    assert sum(one["contribution"] for one in explained["signals"]) == pytest.approx(
        explained["score"]
    )
    assert body["since"]["behaviour"] + body["since"]["model"] == pytest.approx(
        explained["score"] - body["since"]["earlier"]["score"]
    )
    assert [one["start"] for one in body["history"]] == [str(today - 4 * DAY), str(today)]
    assert get("customers/nobody/health/").status_code == 404


@pytest.mark.usefixtures("acme")
def test_without_a_key_there_is_nothing(company: Company) -> None:
    client = HostClient(f"{company.slug}.localhost")
    assert client.get("/api/v1/customers/acme/health/").status_code == 401


@pytest.mark.parametrize(
    ("days", "drawn"), [(["2026-11-23", "2026-11-23"], True), (["2026-11-22", "2026-11-23"], False)]
)
def test_a_score_of_one_day_is_drawn_as_a_dot(days: list[str], drawn: bool) -> None:
    points = [{"day": day, "score": 70, "band": "Amber", "part": 0} for day in days]
    spec = scores(points, green_from=75, amber_from=50)
    line = spec["layer"][-1]["mark"]
    assert line["type"] == "line"
    assert bool(line.get("point")) is drawn
