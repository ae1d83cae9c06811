"""One fact by API: created, read, changed, removed, its versions, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actions.keys import create_api_key
from customers.actions import locking
from customers.models import Source, Ticket
from tenants.models import Company
from tests.casting import Clients
from tests.customers.api.caller import Caller, problem

OPENED: dict[str, Any] = {
    "external_id": "t-1",
    "customer": "c-1",
    "opened_at": "2025-03-01T10:00:00Z",
}
SHOWN = {
    "external_id": "t-1",
    "customer": "c-1",
    "contact": None,
    "subject": None,
    "opened_at": "2025-03-01T10:00:00Z",
    "first_responded_at": None,
    "first_resolved_at": None,
    "resolved_at": None,
    "reopens": 0,
    "priority": None,
    "channel": None,
    "updated_at": None,
}


def said(item: dict[str, Any]) -> dict[str, Any]:
    """An item without where it is from and when we learned of it."""
    return {name: item[name] for name in item if name not in ("source", "recorded_at")}


def test_a_fact_is_created_and_shown(call: Caller) -> None:
    answer = call.post("tickets/", OPENED)
    assert answer.status_code == 201
    body = answer.json()
    assert body.pop("outcome") == "created"
    assert said(body) == SHOWN
    source = Source.objects.get(kind="api_key")
    assert body["source"] == {"kind": "api_key", "label": "Sync", "id": source.pk}
    assert body["recorded_at"].endswith("Z")
    assert call.get(answer["Location"]).json() == body
    assert call.results("tickets/") == [body]


def test_posting_again_updates_or_changes_nothing(call: Caller) -> None:
    call.post("tickets/", OPENED | {"channel": "chat"})
    same = call.post("tickets/", OPENED)
    assert (same.status_code, same.json()["outcome"]) == (200, "unchanged")
    answer = call.post("tickets/", {"external_id": "t-1", "priority": "high"})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "updated")
    assert (answer.json()["priority"], answer.json()["channel"]) == ("high", "chat")


def test_an_older_row_is_ignored_and_said_so(call: Caller) -> None:
    call.post("tickets/", OPENED | {"updated_at": "2025-03-02T00:00:00Z", "priority": "high"})
    older = OPENED | {"updated_at": "2025-03-01T00:00:00Z", "priority": "low"}
    answer = call.post("tickets/", older)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "ignored")
    assert "older than what is held" in answer.json()["message"]
    assert answer.json()["priority"] == "high"


def test_a_fact_is_changed_in_parts(call: Caller) -> None:
    call.post("tickets/", OPENED | {"priority": "high", "channel": "chat"})
    answer = call.patch("tickets/t-1/", {"priority": None})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "updated")
    assert (answer.json()["priority"], answer.json()["channel"]) == (None, "chat")
    problem(call.patch("tickets/t-404/", {"priority": "low"}), 404, "not_found")
    problem(call.patch("tickets/t-404/", OPENED | {"external_id": "t-404"}), 404, "not_found")
    assert not Ticket.objects.filter(external_id="t-404").exists()
    body = problem(call.patch("tickets/t-1/", {"external_id": "t-2"}), 400, "invalid")
    assert body["errors"][0]["field"] == "external_id"


def test_a_fact_is_removed(call: Caller) -> None:
    call.post("tickets/", OPENED)
    answer = call.delete("tickets/t-1/")
    assert (answer.status_code, answer.content) == (204, b"")
    problem(call.get("tickets/t-1/"), 404, "not_found")
    problem(call.delete("tickets/t-1/"), 404, "not_found")
    assert Ticket.objects.get().closed_by == Source.objects.get(kind="api_key")


def test_versions_tell_what_was_held_and_who_closed_it(call: Caller) -> None:
    call.post("tickets/", OPENED)
    call.patch("tickets/t-1/", {"priority": "high"})
    call.delete("tickets/t-1/")
    call.post("tickets/", OPENED)
    found = call.results("tickets/t-1/versions/")
    assert [(one["priority"], one["superseded_at"] is None) for one in found] == [
        (None, True),
        ("high", False),
        (None, False),
    ]
    assert found[0]["closed_by"] is None
    assert found[1]["closed_by"]["label"] == "Sync"
    problem(call.get("tickets/t-404/versions/"), 404, "not_found")


def test_what_is_wrong_is_named_by_field(call: Caller) -> None:
    body = problem(
        call.post("tickets/", {"customer": "nobody", "opened_at": "soon", "colour": "red"}),
        400,
        "invalid",
    )
    assert {(error["field"], error["code"]) for error in body["errors"]} == {
        ("opened_at", "invalid"),
        ("colour", "unknown_field"),
    }
    body = problem(call.post("tickets/", {"external_id": "t-1"}), 400, "invalid")
    assert {(error["field"], error["code"]) for error in body["errors"]} == {
        ("customer", "required"),
        ("opened_at", "required"),
    }
    assert all(error["message"] for error in body["errors"])
    problem(call.post("tickets/", [OPENED]), 400, "not_an_object")
    problem(call.post("tickets/", "t-1"), 400, "not_an_object")


@pytest.mark.parametrize(
    "external_id", ["a/b", "with space", "ü-1", "100%", "a?b#c", "..x", "+1", "a%2Fb"]
)
def test_ids_of_any_characters(call: Caller, external_id: str) -> None:
    answer = call.post("tickets/", OPENED | {"external_id": external_id})
    assert answer.status_code == 201
    assert call.get(answer["Location"]).json()["external_id"] == external_id
    assert call.delete(answer["Location"]).status_code == 204


def test_ids_that_nothing_can_have(call: Caller) -> None:
    problem(call.get("tickets/%00/"), 404, "not_found")
    problem(call.delete("tickets/a%00b/"), 404, "not_found")
    assert call.get("tickets/" + "x" * 3000 + "/").status_code == 404


def test_scopes(call: Caller, company: Company, client_of: Clients) -> None:
    reader, writer = Caller(company, ["read"]), Caller(company, ["write"])
    call.post("tickets/", OPENED)
    for answer in (
        reader.post("tickets/", OPENED),
        reader.patch("tickets/t-1/", {}),
        reader.delete("tickets/t-1/"),
        reader.post("tickets/bulk/", {"rows": []}),
        writer.get("tickets/"),
        writer.get("tickets/t-1/"),
        writer.get("tickets/t-1/versions/"),
    ):
        problem(answer, 403, "scope_missing")
    # Writing does not include reading: no more comes back than was said.
    body = writer.patch("tickets/t-1/", {"priority": "low"}).json()
    assert body == {"outcome": "updated", "external_id": "t-1"}
    viewer = client_of(company, "owner")
    assert viewer.get("/api/v1/tickets/").status_code == 200
    problem(viewer.post("/api/v1/tickets/", OPENED, "application/json"), 401, "not_authenticated")
    problem(viewer.delete("/api/v1/tickets/t-1/"), 401, "not_authenticated")


def test_companies_do_not_see_each_other(
    call: Caller, company: Company, other_company: Company
) -> None:
    from django_tenants.utils import tenant_context

    call.post("tickets/", OPENED)
    with tenant_context(other_company):
        theirs = Caller(other_company)
        assert theirs.results("tickets/") == []
        problem(theirs.get("tickets/t-1/"), 404, "not_found")
        problem(theirs.patch("tickets/t-1/", {"priority": "low"}), 404, "not_found")
        problem(theirs.delete("tickets/t-1/"), 404, "not_found")
        theirs.key = call.key
        problem(theirs.get("tickets/"), 401, "key_unusable")
        problem(theirs.post("tickets/", OPENED), 401, "key_unusable")


def test_a_key_is_one_source(call: Caller, company: Company) -> None:
    call.post("tickets/", OPENED)
    call.patch("tickets/t-1/", {"priority": "low"})
    call.post("tickets/bulk/", {"rows": [OPENED | {"external_id": "t-2"}]})
    assert Source.objects.filter(kind="api_key").count() == 1
    Caller(company).patch("tickets/t-1/", {"priority": "high"})
    assert Source.objects.filter(kind="api_key").count() == 2


def test_somebody_else_is_storing(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg
    from django.db import connection

    from tenants.context import current_company

    monkeypatch.setattr(locking, "_PATIENCE", "50ms")
    given = connection.get_connection_params()
    given = {name: given[name] for name in ("dbname", "user", "host", "port") if name in given}
    with psycopg.connect(**given) as other:
        other.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{current_company().schema_name}:facts:tickets"],
        )
        answer = call.post("tickets/", OPENED)
        problem(answer, 503, "busy")
        assert answer["Retry-After"] == "5"
    assert call.post("tickets/", OPENED).status_code == 201


def test_a_revoked_key(call: Caller) -> None:
    from accounts.actions.keys import revoke_api_key
    from accounts.models import ApiKey, User

    revoke_api_key(key=ApiKey.objects.get(), by=User.objects.get(role="owner"))
    problem(call.get("tickets/"), 401, "key_unusable")
    assert create_api_key(name="Next", scopes=["read"], by=None)[1] != call.key


def test_methods_that_are_not_there(call: Caller) -> None:
    answer = call.send("PUT", "tickets/t-1/", OPENED)
    problem(answer, 405, "method_not_allowed")
    assert "PATCH" in answer["Allow"]
    problem(call.get("tickets/bulk/"), 405, "method_not_allowed")
