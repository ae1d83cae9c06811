"""/api/v1/health/models/ and /api/v1/health/signals/."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import AuditEntry
from metrics.actions import health_models as actions
from metrics.actions import ledger
from metrics.models import CustomSignal, HealthModel
from tenants.jobs import Job
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts
from tests.metrics.health.test_models import DAY, TICKETS, opened
from tests.metrics.test_options_of_a_company import client_with


@pytest.fixture
def address(company: Company) -> str:
    return f"health/models/{HealthModel.objects.get().pk}"


def test_a_model_from_making_to_retiring(company: Company, address: str) -> None:
    call = client_with(company, "read", "write")
    new = {"name": "Small", "ready_made": "usage_led", "segment_key": "tier"}
    refused = call("post", "health/models/", new)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "segment_value"
    made = call("post", "health/models/", {**new, "segment_value": "small"})
    assert made.status_code == 201
    body = made.json()
    assert (body["place"], body["published"], body["draft"]["number"]) == (1, None, None)
    assert sum(row["share"] for row in body["draft"]["signals"]) == pytest.approx(1)
    own = f"health/models/{body['id']}"
    copy = call("post", "health/models/", {"name": "Copy", "copy_of": body["id"]}).json()
    assert copy["draft"]["signals"] == body["draft"]["signals"]
    changed = call("patch", f"{own}/", {"place": 3, "tenure_from": 30})
    assert (changed.json()["place"], changed.json()["tenure_from"]) == (3, 30)
    assert changed.json()["segment_value"] == "small"
    assert call("patch", f"{own}/", {"colour": 1}).json()["code"] == "unknown_member"
    assert call("delete", f"{own}/draft/").status_code == 409
    assert call("delete", f"{own}/").status_code == 204
    assert call("get", f"{own}/").json()["place"] is None
    assert call("delete", f"{own}/").json()["code"] == "not_now"
    assert call("get", "health/models/999/").json()["code"] == "unknown_model"
    names = [one["name"] for one in call("get", "health/models/").json()["results"]]
    assert names == ["Copy", "All customers", "Small"]


def test_a_draft_is_saved_tried_published_and_taken_back(company: Company, address: str) -> None:
    for number in range(4):
        facts.term(f"c{number}", company.today() - 100 * DAY, None, 100 - number)
        opened(f"c{number}", company.today(), number)
    ledger.rebuild()
    call = client_with(company, "read", "write")
    assert call("post", f"{address}/preview/", {}).json()["code"] == "no_draft"
    tried = call("post", f"{address}/preview/", TICKETS).json()
    assert (tried["customers"], tried["of"], tried["changed"]) == (4, 4, 2)
    assert tried["after"] == {"green": 2, "amber": 1, "red": 1, "without_score": 0, "mean": 62.5}
    assert [one["external_id"] for one in tried["largest"]] == ["c2", "c3"]
    assert tried["largest"][0]["mrr"] == 98
    assert call("get", f"{address}/draft/").status_code == 404
    saved = call("put", f"{address}/draft/", {**TICKETS, "note": "Tickets only"})
    assert saved.json()["signals"][0]["share"] == 1
    assert call("post", f"{address}/preview/").json() == tried
    published = call("post", f"{address}/publish/", {})
    assert published.status_code == 201
    assert (published.json()["number"], published.json()["note"]) == (2, "Tickets only")
    assert Job.objects.filter(kind=actions.RESCORE).exists()
    assert call("post", f"{address}/publish/", {}).json()["code"] == "not_now"
    versions = call("get", f"{address}/versions/").json()["results"]
    assert [one["number"] for one in versions] == [2, 1]
    back = call("post", f"{address}/versions/1/revert/", {})
    assert (back.status_code, len(back.json()["signals"])) == (201, 12)
    assert call("post", f"{address}/versions/9/revert/", {}).status_code == 409
    assert call("delete", f"{address}/draft/").status_code == 204
    entry = AuditEntry.objects.filter(action="health_model.published").get()
    assert "test" in entry.actor_label


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({}, "signals", "at least one signal"),
        ({"signals": "nps"}, "signals", "at least one signal"),
        ({"signals": [{"signal": "nps", "weight": 0}]}, "signals", "All weights are 0"),
        ({"signals": [{"signal": "luck", "weight": 1}]}, "signals.luck", "no signal"),
        ({"signals": [7]}, "signals", "no signal"),
        (
            {"signals": [{"signal": "nps", "weight": 1, "curve": [[0, 100], [10, 0]]}]},
            "signals.nps",
            "inverted",
        ),
        ({**TICKETS, "green_from": "high"}, "green_from", "must be a number"),
        ({**TICKETS, "green_from": 10}, "signals", "Green must begin above"),
        ({**TICKETS, "note": 1}, "note", "text"),
        ({**TICKETS, "note": "x" * 501}, "note", "500"),
    ],
)
def test_nonsense_is_a_problem_by_field(
    company: Company, address: str, body: dict[str, Any], field: str, said: str
) -> None:
    answer = client_with(company, "read", "write")("put", f"{address}/draft/", body)
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    (problem,) = answer.json()["errors"]
    assert problem["field"] == field
    assert said in problem["message"]


def test_who_may(company: Company, address: str, client_of: Clients) -> None:
    reads = client_with(company, "read")
    assert reads("get", "health/models/").status_code == 200
    assert reads("put", f"{address}/draft/", TICKETS).json()["code"] == "scope_missing"
    writes = client_with(company, "write")
    assert writes("post", f"{address}/preview/", TICKETS).json()["code"] == "scope_missing"
    path = f"/api/v1/{address}/draft/"
    owner = client_of(company, "owner")  # writing takes a key, whoever is signed in
    assert owner.put(path, TICKETS, content_type="application/json").status_code == 401
    assert client_of(company, "viewer").get("/api/v1/health/models/").status_code == 200


def test_the_catalogue_says_which_signals_are_the_company_s_own(company: Company) -> None:
    CustomSignal.objects.create(key="fit", name="Fit", unit="", curve=[[0, 0], [10, 100]])
    rows = client_with(company, "read")("get", "health/signals/").json()["results"]
    assert [row["key"] for row in rows if row["is_custom"]] == ["custom:fit"]
    nps = next(row for row in rows if row["key"] == "nps")
    assert (nps["group"], nps["direction"]) == ("Feedback", "higher")
