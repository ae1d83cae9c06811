"""The score of plain counts, and that a posted answer moves the company's `nps` at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.actions.keys import create_api_key
from surveys.models import Invitation
from surveys.nps import group_of, nps_score
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts


def test_the_score_of_counts() -> None:
    assert nps_score(promoters=50, detractors=20, n=100) == 30
    assert nps_score(promoters=0, detractors=3, n=3) == -100
    assert nps_score(promoters=1, detractors=0, n=3) == Decimal(100) / 3
    assert nps_score(promoters=0, detractors=0, n=0) is None


@pytest.mark.parametrize(
    ("score", "group"),
    [(0, "detractor"), (6, "detractor"), (7, "passive"), (8, "passive"), (9, "promoter")],
)
def test_groups(score: int, group: str) -> None:
    assert group_of(score) == group


def test_a_posted_answer_is_in_the_companys_nps_at_once(
    company: Company, mailbox: Mailbox, client_of: Callable[..., Client]
) -> None:
    """By the API, as anybody would read it: sent, answered, changed, answered by a user."""
    _, key = create_api_key(name="test", scopes=["read"], by=None)
    facts.make_contacts(3)
    facts.sent()
    links = [facts.link_of(row) for row in Invitation.objects.order_by("pk")]
    visitor = client_of(company, None)
    today = company.today()

    def nps() -> dict[str, Any]:
        response = visitor.get(
            "/api/v1/metrics/nps/",
            {"start": str(today), "end": str(today + dt.timedelta(days=1)), "grain": "range"},
            headers={"Authorization": f"Bearer {key}"},
        )
        assert response.status_code == 200, response.content
        (value,) = response.json()["values"]
        return dict(value)

    assert nps()["value"] is None
    visitor.post(links[0], {"score": "9"})
    assert (float(nps()["value"]), nps()["n"]) == (100.0, 1)
    visitor.post(links[1], {"score": "3"})
    assert (float(nps()["value"]), nps()["n"]) == (0.0, 2)
    visitor.post(links[1], {"score": "8"})
    assert (float(nps()["value"]), nps()["n"]) == (50.0, 2)
    client_of(company, "viewer").post(links[2], {"score": "0"})
    assert (float(nps()["value"]), nps()["n"]) == (50.0, 2)
